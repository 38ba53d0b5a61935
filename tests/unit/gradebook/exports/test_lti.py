"""Line items and scores have the words of LTI Advantage's grade services."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from autograder.errors import GradebookError
from autograder.model.graded import Status
from gradebook.exports.lti import write_lti
from gradebook.exports.table import Grade, GradeState, GradeTable
from tests.unit.gradebook.exports.tables import RECEIVED, a_grade, a_student, a_table

NOW = datetime(2026, 6, 1, 14, 0, tzinfo=timezone(timedelta(hours=2)))
CHANGED = {("lab1", "s1"): datetime(2026, 3, 5, 12, 0, tzinfo=UTC)}


def written(table: GradeTable, **options: Any) -> dict[str, list[dict[str, Any]]]:
    made: dict[str, list[dict[str, Any]]] = json.loads(
        write_lti(table, context="course/term", changed=CHANGED, now=NOW, **options)
    )
    return made


def test_a_line_item_says_what_it_is_and_its_maximum() -> None:
    assert written(a_table())["lineItems"] == [
        {"id": "course/term/lab1", "label": "Lab 1", "scoreMaximum": 10, "resourceId": "lab1", "tag": "grade"}
    ]


def test_a_grade_is_a_score_with_its_maximum_and_its_time() -> None:
    (score,) = written(a_table(a_student("s01", "7.5")))["scores"]
    assert score == {
        "lineItem": "course/term/lab1",
        "userId": "s01",
        "scoreGiven": 7.5,
        "scoreMaximum": 10,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": "2026-03-05T12:00:00.000Z",
        "submission": {"submittedAt": "2026-03-01T23:59:59.123Z"},
    }


def _handed_in(status: Status) -> Grade:
    return Grade(state=GradeState.PENDING, why="?", received=RECEIVED, status=status)


@pytest.mark.parametrize(
    ("grade", "activity", "grading"),
    [
        (a_grade("0", state=GradeState.MISSING), "Completed", "FullyGraded"),
        (_handed_in(Status.PENDING), "Completed", "PendingManual"),
        (_handed_in(Status.SANDBOX_FAILED), "Completed", "Failed"),
        (_handed_in(Status.GRADER_FAILED), "Completed", "Failed"),
        (a_grade(None, state=GradeState.NOT_DUE), "Initialized", "NotReady"),
        (a_grade(None, state=GradeState.EXCUSED), "Initialized", "NotReady"),
    ],
)
def test_progress_is_what_the_state_means(grade: Grade, activity: str, grading: str) -> None:
    (score,) = written(a_table(a_student("s01", grade)))["scores"]
    assert (score["activityProgress"], score["gradingProgress"]) == (activity, grading)
    assert ("scoreGiven" in score) is ("scoreMaximum" in score) is (grade.points is not None)


def test_what_nothing_happened_to_has_the_time_of_the_export_in_utc() -> None:
    (score,) = written(a_table(a_student("s01", None)))["scores"]
    assert score["timestamp"] == "2026-06-01T12:00:00.000Z"
    assert datetime.fromisoformat(score["timestamp"]).tzinfo == UTC


def test_points_are_exact_numbers() -> None:
    table = a_table(a_student("s01", "999999999.999999"), maxima={"lab1": "1000000000"})
    assert '"scoreGiven": 999999999.999999' in write_lti(table, context="c", changed={}, now=NOW)


def test_another_id_can_be_the_user() -> None:
    table = a_table(a_student("s01", "1", lms_id="101"))
    assert written(table, user_id="lms_id")["scores"][0]["userId"] == "101"
    with pytest.raises(GradebookError, match="s01 has none"):
        written(table, user_id="net_id")
    with pytest.raises(GradebookError, match="two students with '7'"):
        written(a_table(a_student("a", "1", lms_id="7"), a_student("b", "1", lms_id="7")), user_id="lms_id")
