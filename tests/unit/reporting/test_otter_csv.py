"""The CSV in otter's columns: its header, its first row, and no zero where nothing is known."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import pytest

from autograder.model.assignment import Origin, OriginFormat
from autograder.model.graded import GradedSubmission, Status
from autograder.model.ids import SubmissionId
from autograder.model.results import Score
from autograder.reporting.otter_csv import otter_csv
from tests import fakes

FROM_OTTER = Origin(format=OriginFormat.OTTER, found="otter autograder")
CASES = tuple(fakes.a_check(name, points=Decimal(1)) for name in ("q1.1", "q1.2", "q2"))
OF_OTTER = fakes.an_assignment(checks=CASES, origin=FROM_OTTER)


def rows(*graded: GradedSubmission, assignment: Any = OF_OTTER) -> list[list[str]]:
    return list(csv.reader(io.StringIO(otter_csv(graded, assignment), newline="")))


def with_points(*points: int | None, **changes: Any) -> GradedSubmission:
    earned = {spec.id: None if one is None else Decimal(one) for spec, one in zip(CASES, points, strict=True)}
    total = None if None in points else Decimal(sum(one for one in points if one is not None))
    score = Score(earned=earned, deducted=Decimal(0), total=total, max_score=Decimal(3))
    return fakes.a_graded(OF_OTTER, score=score, **changes)


def test_the_columns_and_the_row_of_points_are_otter_s() -> None:
    header, possible = rows()
    assert header == ["file", "q1", "q2", "total_points_earned", "percent_correct", "grading_status"]
    assert possible == ["points-per-question", "2", "1", "3", "1", "--"]


def test_cases_of_one_question_are_added_up() -> None:
    assert rows(with_points(1, 0, 1))[2] == ["ada-1", "1", "1", "2", "0.6667", "Completed"]


def test_checks_of_other_assignments_are_never_joined() -> None:
    header, *_ = rows(assignment=fakes.an_assignment(checks=CASES))
    assert header[1:4] == ["q1.1", "q1.2", "q2"]


@pytest.mark.parametrize("status", [Status.SANDBOX_FAILED, Status.GRADER_FAILED])
def test_a_failure_on_our_side_has_no_points_at_all(status: Status) -> None:
    failed = fakes.a_graded(OF_OTTER, status=status, reason="the engine is gone", results=(), score=None)
    assert rows(failed)[2] == ["ada-1", "", "", "", "", "Failed on our side. the engine is gone"]


def test_what_waits_is_empty_and_so_is_its_total() -> None:
    pending = with_points(1, None, 1, status=Status.PENDING)
    assert rows(pending)[2] == ["ada-1", "", "1", "", "", "A person has to look."]


def test_a_rejected_submission_earned_nothing() -> None:
    rejected = fakes.a_graded(OF_OTTER, status=Status.REJECTED, reason="no zip", results=(), score=None)
    assert rows(rejected)[2] == ["ada-1", "0", "0", "0", "0", "Rejected. no zip"]


def test_rows_are_ordered_and_nothing_becomes_a_formula() -> None:
    found = rows(with_points(1, 1, 1, submission=SubmissionId("=b")), with_points(1, 1, 1))
    assert [row[0] for row in found[2:]] == ["'=b", "ada-1"]
