"""Where a graded submission stands: graded, waiting for a person, or failed on our side. Pure.

A submission is never called graded while anybody could still change what it earned by looking.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograder.model.assignment import Assignment, Firmness
from autograder.model.execution import Execution, RunOutcome
from autograder.model.graded import Status
from autograder.model.ids import CheckId
from autograder.model.results import CheckOutcome, CheckResult, Finding, FindingState

NAMED = 5


def standing(
    assignment: Assignment,
    execution: Execution,
    results: Sequence[CheckResult],
    findings: Sequence[Finding],
    *,
    unknown: Iterable[CheckId] = (),
) -> tuple[Status, str]:
    """Return the status and its reason, one sentence for staff (empty when there is nothing to say).

    A proposed finding that would cost points keeps a submission pending until a person decides.
    """
    if execution.outcome is RunOutcome.SANDBOX_FAILED:
        return Status.SANDBOX_FAILED, f"The sandbox failed: {execution.detail or 'no reason is known'}."
    errored = [result.check_id for result in results if result.outcome is CheckOutcome.ERRORED]
    if errored:
        return Status.GRADER_FAILED, f"Checks that failed on our side: {_named(errored)}."
    reasons: list[tuple[list[str], str]] = [
        (
            [result.check_id for result in results if result.outcome is CheckOutcome.WAITING],
            "Checks that wait for a person",
        ),
        (list(unknown), "Checks that need a new run"),
        (_undecided(assignment, findings), "Findings to confirm or waive"),
    ]
    said = " ".join(f"{words}: {_named(names)}." for names, words in reasons if names)
    if said:
        return Status.PENDING, said
    return Status.GRADED, execution.detail


def _undecided(assignment: Assignment, findings: Sequence[Finding]) -> list[str]:
    return [
        finding.rule
        for finding in findings
        if finding.state is FindingState.PROPOSED
        and finding.firmness is not Firmness.HINT
        and min(finding.points, assignment.deduction_cap) > 0
    ]


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(dict.fromkeys(names[:NAMED]))
    return shown if len(names) <= NAMED else f"{shown} and {len(names) - NAMED} more"
