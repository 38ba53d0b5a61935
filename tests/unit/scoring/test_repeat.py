"""Of several runs the one in the middle counts; a failure of ours is never averaged away."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from autograder.model.execution import Usage
from autograder.model.graded import GradedSubmission, Provenance, Status
from autograder.model.ids import AssignmentId, CheckId, StudentId, SubmissionId
from autograder.model.results import Score
from autograder.scoring.repeat import middle


def a_run(points: str | None, *, status: Status = Status.GRADED, part: str = "0") -> GradedSubmission:
    total = None if points is None else Decimal(points)
    return GradedSubmission(
        submission=SubmissionId("s"), student=StudentId("t"), attempt=1, received=datetime.now(UTC),
        assignment=AssignmentId("a"), status=status, reason="", run_outcome=None, results=(), findings=(),
        score=Score(
            earned={CheckId("x"): Decimal(part), CheckId("written"): None}, deducted=Decimal(0), total=total,
            max_score=Decimal(10),
        ),
        usage=Usage(),
        provenance=Provenance(
            run_key="", submission_digest="", assignment_version="", image_digest="", sandbox=""
        ),
    )  # fmt: skip


def test_the_median_counts_in_whatever_order_the_runs_came() -> None:
    for order in itertools.permutations(["0", "7", "9.5"]):
        assert order[middle([a_run(points) for points in order])] == "7"


def test_points_that_are_known_count_where_a_person_must_still_look() -> None:
    runs = [a_run(None, part=part, status=Status.PENDING) for part in ("9", "1", "5")]
    assert middle(runs) == 2


def test_of_equal_runs_the_first_counts() -> None:
    assert middle([a_run("4"), a_run("4"), a_run("4")]) == 0


@pytest.mark.parametrize("status", [Status.SANDBOX_FAILED, Status.GRADER_FAILED])
def test_a_run_that_failed_on_our_side_is_what_counts(status: Status) -> None:
    assert middle([a_run("4"), a_run("0", status=status), a_run("4")]) == 1


def test_an_even_number_of_runs_has_no_middle() -> None:
    with pytest.raises(ValueError, match="no middle"):
        middle([a_run("1"), a_run("2")])
