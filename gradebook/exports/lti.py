"""Line items and scores as JSON, in the words of LTI Advantage's Assignment and Grade Services (AGS 2.0).

Nothing is sent. A tool that has an LMS's addresses and a token posts each object as it stands here, without
`lineItem`, to the scores of its line item.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, assert_never

from autograder.model.graded import OUR_FAILURES
from gradebook.exports.table import Grade, GradeTable, plain_number, refuse, twice
from gradebook.policies.facts import GradeState

USER_IDS: Final = ("student", "net_id", "email", "lms_id")
"""What of ours can be a `userId`."""


def write_lti(
    table: GradeTable,
    *,
    context: str,
    changed: Mapping[tuple[str, str], datetime],
    now: datetime,
    user_id: str = "student",
) -> str:
    """The JSON text: `lineItems` and `scores`. Times are UTC with milliseconds.

    `context` begins every line item's id, such as "course/term"; `changed` says by assignment and submission
    when its score changed last, and `now` is the time of scores that nothing happened to yet. GradebookError
    when a student has not got the id that `user_id` names, or shares it.
    """
    ids = {row.student: str(getattr(row, user_id)) for row in table.rows}
    refuse(
        f"{user_id} does not tell the students apart",
        [
            *(f"{student} has none" for student, found in ids.items() if not found),
            *(f"two students with {found!r}" for found in twice(filter(None, ids.values()))),
        ],
        hint="Record the roster, or give another --key.",
    )
    line_items = [
        {
            "id": f"{context}/{item.assignment}",
            "label": item.title,
            "scoreMaximum": _number(item.maximum),
            "resourceId": item.assignment,
            "tag": "grade",
        }
        for item in table.items
    ]
    scores = [
        {
            "lineItem": f"{context}/{item.assignment}",
            "userId": ids[row.student],
            **_score(grade, item.maximum, changed.get((item.assignment, grade.submission), now)),
        }
        for item in table.items
        for row in table.rows
        if (grade := row.grades.get(item.assignment)) is not None
    ]
    return json.dumps({"lineItems": line_items, "scores": scores}, ensure_ascii=False, indent=2) + "\n"


def _score(grade: Grade, maximum: Decimal, at: datetime) -> Mapping[str, object]:
    given = (
        {}
        if grade.points is None
        else {"scoreGiven": _number(grade.points), "scoreMaximum": _number(maximum)}
    )
    activity, grading = _progress(grade)
    handed_in = {} if grade.received is None else {"submission": {"submittedAt": _moment(grade.received)}}
    return {
        **given,
        "activityProgress": activity,
        "gradingProgress": grading,
        "timestamp": _moment(at),
        **handed_in,
    }


def _progress(grade: Grade) -> tuple[str, str]:
    """`activityProgress` and `gradingProgress`."""
    started = "Initialized" if grade.received is None else "Completed"
    match grade.state:
        case GradeState.GRADED | GradeState.MISSING:
            return "Completed", "FullyGraded"
        case GradeState.PENDING if grade.status in OUR_FAILURES:
            return started, "Failed"
        case GradeState.PENDING:
            return started, "PendingManual"
        case GradeState.NOT_DUE | GradeState.EXCUSED:
            return started, "NotReady"
        case other:
            assert_never(other)


def _number(points: Decimal) -> int | float:
    """A JSON number. Points of usual size with 6 decimals fit into 15 digits, so none is lost."""
    return int(points) if points == points.to_integral_value() else float(plain_number(points))


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
