"""What a campaign changed, as JSON values that are kept when it is applied. Students are numbers in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from gradebook.campaigns.values import (
    CampaignDiff,
    CourseGrade,
    Distribution,
    Grade,
    StudentDiff,
    SubmissionDiff,
)
from gradebook.json_values import as_json
from gradebook.policies.facts import GradeState
from gradebook.roster import Member


def diff_to_json(diff: CampaignDiff, people: Mapping[str, int]) -> dict[str, Any]:
    """The grades that changed and both distributions; `people` are the persons' numbers by student."""
    return {
        "students": [
            {
                "person": people[one.student],
                "before": {name: _grade_to_json(grade) for name, grade in one.before.items()},
                "after": {name: _grade_to_json(grade) for name, grade in one.after.items()},
                "course": as_json(tuple(one.course)),
                "course_after": as_json(tuple(one.course_after)),
            }
            for one in diff.changed_students
        ],
        "before": as_json(diff.before),
        "after": as_json(diff.after),
    }


def diff_from_json(
    stored: Mapping[str, Any], people: Mapping[int, Member], submissions: Sequence[SubmissionDiff]
) -> CampaignDiff:
    """What `diff_to_json` kept, with the names of now; only students whose grades changed are in it."""
    return CampaignDiff(
        submissions=tuple(submissions),
        students=tuple(_student(one, people[one["person"]]) for one in stored["students"]),
        before=_distribution(stored["before"]),
        after=_distribution(stored["after"]),
    )


def _student(stored: Mapping[str, Any], member: Member) -> StudentDiff:
    return StudentDiff(
        student=member.student,
        pseudonym=member.pseudonym,
        before={name: _grade(grade) for name, grade in stored["before"].items()},
        after={name: _grade(grade) for name, grade in stored["after"].items()},
        course=_course(stored["course"]),
        course_after=_course(stored["course_after"]),
    )


def _grade_to_json(grade: Grade) -> list[Any]:
    kept: list[Any] = as_json(tuple(grade))
    return kept


def _grade(stored: Sequence[Any]) -> Grade:
    points, maximum, state, failed = stored
    return Grade(_number(points), Decimal(maximum), GradeState(state), failed)


def _course(stored: Sequence[Any]) -> CourseGrade:
    percent, letter, failed = stored
    return CourseGrade(_number(percent), letter, failed)


def _distribution(stored: Mapping[str, Any]) -> Distribution:
    figures = {name: _number(stored[name]) for name in ("mean", "median", "lowest", "highest")}
    return Distribution(
        known=stored["known"], unknown=stored["unknown"], tenths=tuple(stored["tenths"]), **figures
    )


def _number(stored: str | None) -> Decimal | None:
    return None if stored is None else Decimal(stored)
