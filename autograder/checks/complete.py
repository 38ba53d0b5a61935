"""One result per declared check: absent is never passed, and what nobody asked for is never believed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from autograder.errors import GraderFailed
from autograder.model.assignment import CheckKind, CheckSpec
from autograder.model.execution import Execution, RunOutcome
from autograder.model.results import CheckOutcome, CheckResult


def complete(
    specs: Sequence[CheckSpec], reported: Sequence[CheckResult], execution: Execution
) -> tuple[CheckResult, ...]:
    """Return exactly one result per declared check, in the order of `specs`.

    A check without a result was not run, and the message says how the run ended. When its checkpoint was not
    recognised in the notebook, it waits for a person: nobody is blamed for a structure of their own. When its
    checkpoint was reached, the missing result is our fault: `errored`.

    Raises:
        GraderFailed: a result was never asked for, or is there twice. That is a fault of ours.

    """
    by_id = {result.check_id: result for result in reported}
    unasked = by_id.keys() - {spec.id for spec in specs}
    if unasked or len(by_id) != len(reported):
        raise GraderFailed(f"results nobody asked for, or given twice: {sorted(unasked)}")
    return tuple(by_id.get(spec.id) or _absent(spec, execution) for spec in specs)


def _absent(spec: CheckSpec, execution: Execution) -> CheckResult:
    place = next((found for found in execution.checkpoints if found.id == spec.after), None)
    outcome, staff = CheckOutcome.NOT_RUN, ""
    message = f"This was not reached: {how_it_ended(execution.outcome)}."
    if spec.kind is CheckKind.PYTEST and place is not None and not place.recognised:
        outcome = CheckOutcome.WAITING
        message = f"No place in the notebook could be recognised as `{spec.after}`. A person has to look."
    elif spec.kind is CheckKind.PYTEST and place is not None and place.reached:
        outcome, message = CheckOutcome.ERRORED, ""
        staff = f"the run stopped at `{spec.after}`, but the check gave no result"
    return CheckResult(
        check_id=spec.id,
        kind=spec.kind,
        assurance=spec.assurance,
        outcome=outcome,
        message=message,
        staff_message=staff,
    )


def how_it_ended(outcome: RunOutcome) -> str:
    """Return half a sentence that says how a run ended, for students."""
    match outcome:
        case RunOutcome.COMPLETED:
            return "the notebook ran to its end without it"
        case RunOutcome.CELL_FAILED:
            return "a cell failed before it"
        case RunOutcome.TIMED_OUT:
            return "the run took too long"
        case RunOutcome.OUT_OF_MEMORY:
            return "the run needed too much memory"
        case RunOutcome.OUTPUT_TOO_LARGE:
            return "the run produced too much output"
        case RunOutcome.DISK_FULL:
            return "the run filled its disk"
        case RunOutcome.KERNEL_DIED:
            return "the kernel ended before it"
        case RunOutcome.SANDBOX_FAILED:
            return "the sandbox failed"
        case other:
            assert_never(other)
