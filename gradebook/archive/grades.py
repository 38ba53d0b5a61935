"""Every effective grade with its explanation, as lines for an archive, and the same numbers again later.

Students are pseudonyms and submissions numbers. Nothing is decided here: `gradebook.policies` is asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, select

from autograder.errors import GradebookError
from gradebook import tables
from gradebook.dates_facts import facts_in_parts, unnamed
from gradebook.exports.reading import graded_students, rules, without_policies
from gradebook.policies.facts import CourseGrade, Effective
from gradebook.values import Offering

GRADES: Final = "grades.jsonl"
_WORDS: Final = ("why", "submission")
"""What may be told in other words by another version; the rest are the numbers that must agree."""

Line = dict[str, Any]


def grades(db: Connection, now: datetime) -> Iterator[Line]:
    """One line for each student and assignment, and one for each student's course, as they stand at `now`.

    What the policies do not name has lines of its own, with the last attempt, marked `in_policies: false`.
    """
    kept = tables.offerings.c
    for course, term in db.execute(select(kept.course, kept.term).order_by(kept.course, kept.term)).all():
        offering = Offering(course, term)
        policies, _, _ = rules(db, offering)
        for facts in facts_in_parts(db, offering, policies).facts:
            for member in graded_students(facts):
                standing = facts.standing(member.student, now)
                who = {"course": course, "term": term, "student": member.pseudonym}
                for name, grade in standing.assignments.items():
                    yield {**who, "assignment": name, **_grade(grade)}
                yield {**who, "assignment": None, **_course(standing.course)}
        others = without_policies(unnamed(db, offering, policies))
        for facts in facts_in_parts(db, offering, others).facts if others.assignments else ():
            for member in graded_students(facts):
                who = {"course": course, "term": term, "student": member.pseudonym}
                for name, grade in facts.standing(member.student, now).assignments.items():
                    yield {**who, "assignment": name, **_grade(grade), "in_policies": False}


def _grade(grade: Effective) -> Line:
    attempt = grade.attempt
    return {
        "state": grade.state.value,
        "points": _number(grade.points),
        "maximum": _number(grade.maximum),
        "deadline": _time(grade.deadline),
        "attempt": None if attempt is None else attempt.number,
        "received": None if attempt is None else _time(attempt.received),
        "score": None if attempt is None else _number(attempt.points),
        "lost": _number(grade.lost),
        "submission": None if attempt is None else attempt.id,
        "why": [line.text for line in grade.lines],
    }


def _course(grade: CourseGrade) -> Line:
    return {
        "percent": _number(grade.percent),
        "letter": grade.letter,
        "final": grade.final,
        "failed": grade.failed,
        "why": [line.text for line in grade.lines],
    }


def _number(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize() + Decimal(0):f}"


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def write_grades(lines: Iterable[Line], path: Path) -> int:
    """Write the lines; returns how many."""
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for line in lines:
            file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
            count += 1
    return count


def read_grades(path: Path) -> Iterator[Line]:
    """The lines again. GradebookError for what is none."""
    try:
        with path.open(encoding="utf-8") as file:
            for number, text in enumerate(file, 1):
                line = json.loads(text)
                if not isinstance(line, dict):
                    raise ValueError(number)
                yield line
    except (OSError, ValueError, RecursionError):
        raise GradebookError(f"{path.name} cannot be read") from None


def differences(one: Iterable[Line], other: Iterable[Line]) -> Iterator[str]:
    """What differs in numbers between two tables of grades, in words, by student and assignment."""
    left, right = _numbers(one), _numbers(other)
    for key in sorted(left.keys() | right.keys(), key=str):
        if left.get(key) != right.get(key):
            yield f"{_about(key)}: {_said(left.get(key))} and {_said(right.get(key))}"


def _numbers(lines: Iterable[Line]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    found: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for line in lines:
        key = tuple(line.pop(name, None) for name in ("course", "term", "student", "assignment"))
        if key in found:
            raise GradebookError(f"two lines are about {_about(key)}")
        found[key] = tuple((name, value) for name, value in line.items() if name not in _WORDS)
    return found


def _about(key: Iterable[Any]) -> str:
    return " ".join(str(part or "course") for part in key)


def _said(numbers: tuple[Any, ...] | None) -> str:
    return "nothing" if numbers is None else ", ".join(f"{name} {value}" for name, value in numbers[:2])
