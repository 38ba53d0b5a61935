from __future__ import annotations

from decimal import Decimal

import pytest

from autograder.model.assignment import Firmness
from autograder.model.execution import RunOutcome
from autograder.model.graded import Status
from autograder.model.ids import CheckId
from autograder.model.results import CheckOutcome, CheckResult, Finding, FindingState
from autograder.scoring.standing import standing
from tests.fakes import a_finding, a_result, an_assignment, an_execution

CAPPED = an_assignment(deduction_cap=Decimal(10))


def status(
    *results: CheckResult, findings: tuple[Finding, ...] = (), outcome: RunOutcome = RunOutcome.COMPLETED
) -> Status:
    return standing(CAPPED, an_execution(outcome=outcome), results, findings)[0]


@pytest.mark.parametrize(
    "outcome", [CheckOutcome.PASSED, CheckOutcome.PARTIAL, CheckOutcome.FAILED, CheckOutcome.NOT_RUN]
)
def test_a_submission_whose_checks_are_decided_is_graded(outcome: CheckOutcome) -> None:
    assert status(a_result(outcome=outcome)) is Status.GRADED


@pytest.mark.parametrize("outcome", set(RunOutcome) - {RunOutcome.SANDBOX_FAILED})
def test_however_the_students_run_ended_it_is_graded(outcome: RunOutcome) -> None:
    assert status(a_result(), outcome=outcome) is Status.GRADED


def test_a_waiting_check_keeps_it_pending_and_is_named() -> None:
    found, reason = standing(CAPPED, an_execution(), [a_result("essay", CheckOutcome.WAITING)], ())
    assert found is Status.PENDING
    assert "essay" in reason


def test_a_check_that_needs_a_new_run_keeps_it_pending() -> None:
    found, reason = standing(
        CAPPED, an_execution(), [a_result("q1", CheckOutcome.NOT_RUN)], (), unknown=[CheckId("q1")]
    )
    assert found is Status.PENDING
    assert "new run: q1" in reason


def test_our_failure_goes_before_waiting() -> None:
    results = (a_result("a", CheckOutcome.WAITING), a_result("b", CheckOutcome.ERRORED))
    assert status(*results) is Status.GRADER_FAILED


def test_a_failed_sandbox_goes_before_everything() -> None:
    assert (
        status(a_result("b", CheckOutcome.ERRORED), outcome=RunOutcome.SANDBOX_FAILED)
        is Status.SANDBOX_FAILED
    )


def test_a_proposed_finding_that_would_cost_points_keeps_it_pending() -> None:
    assert status(a_result(), findings=(a_finding(state=FindingState.PROPOSED),)) is Status.PENDING


@pytest.mark.parametrize(
    "finding",
    [
        a_finding(state=FindingState.CONFIRMED),
        a_finding(state=FindingState.WAIVED),
        a_finding(points=0, state=FindingState.PROPOSED),
        a_finding(state=FindingState.PROPOSED, firmness=Firmness.HINT),
    ],
)
def test_a_finding_that_is_decided_or_costs_nothing_leaves_it_graded(finding: Finding) -> None:
    assert status(a_result(), findings=(finding,)) is Status.GRADED


def test_without_deductions_no_finding_keeps_it_pending() -> None:
    found, _ = standing(
        an_assignment(), an_execution(), [a_result()], [a_finding(state=FindingState.PROPOSED)]
    )
    assert found is Status.GRADED


def test_many_names_are_cut() -> None:
    results = [a_result(f"q{number}", CheckOutcome.WAITING) for number in range(9)]
    _, reason = standing(CAPPED, an_execution(), results, ())
    assert "q4 and 4 more" in reason
