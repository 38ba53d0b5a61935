"""Judge the notebook's own test cells (nbgrader's autograded tests) from the records of the run.

A test cell passes if it ran as its author wrote it and raised nothing. What it prints, warns or writes to
stderr is no failure; so is whatever other cells do. A number that the cell displays as its result is partial
credit, as in nbgrader, but only if it is the author's own. All of it happened in the student's kernel, so it
is `shared`: tricks that change what runs are noticed where they can be, and then a person decides.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from types import TracebackType
from typing import Self, assert_never

from autograder.checks.stop import Stop
from autograder.model.assignment import Assignment, CheckKind, CheckSpec
from autograder.model.execution import CellRecord, CellStatus, Execution, NumberOf
from autograder.model.holdout import Holdout
from autograder.model.results import CheckOutcome, CheckResult

NOT_FAITHFUL = "Something else than the test cell's own code ran in its place. A person has to look."
IRREFUTABLE = "The test cell passes whatever value it expects. A person has to look."
UNCONFIRMED = "The kernel ended before this test could be confirmed. A person has to look."
CANARY = "This notebook changes how later cells run. A person has to look."
TWICE = "The notebook has this test cell more than once. A person has to look."
STUDENTS_NUMBER = "The number that the test cell displayed may be the notebook's own. A person has to look."
NOT_A_SHARE = "The test cell displayed a number that is no share of its points. A person has to look."


class CellChecks:
    """The checks of one run that are test cells."""

    def __init__(self, specs: Sequence[CheckSpec]) -> None:
        self._specs = tuple(spec for spec in specs if spec.kind is CheckKind.CELLS)

    @classmethod
    def of(cls, assignment: Assignment, holdout: Holdout | None) -> CellChecks:
        """Return the test cells of an assignment."""
        return cls(assignment.checks)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do nothing: there is nothing to end."""

    def ready(self) -> None:
        """Do nothing: test cells need no preparation."""

    def at(self, stop: Stop) -> tuple[CheckResult, ...]:
        """Return nothing: test cells are judged when the run has ended."""
        return ()

    def after(self, execution: Execution) -> tuple[CheckResult, ...]:
        """Judge every test cell by its record. A cell that did not run is left out: it has no result."""
        judged = (_judged(spec, execution) for spec in self._specs)
        return tuple(result for result in judged if result is not None)


def judge_cells(assignment: Assignment, execution: Execution) -> tuple[CheckResult, ...]:
    """Judge the test cells that ran. Cells that did not run have no result; `complete` adds it."""
    return CellChecks.of(assignment, None).after(execution)


def _judged(spec: CheckSpec, execution: Execution) -> CheckResult | None:
    records = [cell for cell in execution.cells if cell.grade_id == spec.cell]
    if len(records) > 1:
        return _result(spec, CheckOutcome.WAITING, TWICE)
    if not records:
        return None
    record = records[0]
    staff = f"{record.error_name}: {record.error_value}" if record.error_name else ""
    if not record.faithful and record.status is not CellStatus.NOT_RUN:
        return _result(spec, CheckOutcome.WAITING, NOT_FAITHFUL, staff=staff)
    match record.status:
        case CellStatus.NOT_RUN:
            return None
        case CellStatus.ERROR:
            return _result(spec, CheckOutcome.FAILED, "A test in this cell did not pass.", staff=staff)
        case CellStatus.TIMED_OUT | CellStatus.INTERRUPTED:
            return _result(spec, CheckOutcome.FAILED, "The test cell did not end in time.", staff=staff)
        case CellStatus.OK if not execution.canary_held:
            return _result(spec, CheckOutcome.WAITING, CANARY)
        case CellStatus.OK if not record.refutable:
            return _result(spec, CheckOutcome.WAITING, IRREFUTABLE)
        case CellStatus.OK if not record.confirmed:
            return _result(spec, CheckOutcome.WAITING, UNCONFIRMED)
        case CellStatus.OK:
            return _passed(spec, record)
        case other:
            assert_never(other)


def _passed(spec: CheckSpec, record: CellRecord) -> CheckResult:
    """Grade a cell that ran: all points, or the share that it displayed."""
    shown = None if record.number_of is NumberOf.NOBODY else _number(record.displayed)
    if shown is None or not spec.points:
        return _result(spec, CheckOutcome.PASSED, fraction=Decimal(1))
    if not math.isfinite(shown):
        return _result(spec, CheckOutcome.WAITING, NOT_A_SHARE, staff=f"it displayed {record.displayed}")
    doubtful = record.number_of is NumberOf.STUDENT and Decimal(repr(shown)) != spec.points
    if doubtful or record.number_of is NumberOf.SEVERAL:
        return _result(spec, CheckOutcome.WAITING, STUDENTS_NUMBER, staff=f"it displayed {record.displayed}")
    earned = min(max(Decimal(repr(shown)), Decimal(0)), spec.points)
    if earned == spec.points:
        return _result(spec, CheckOutcome.PASSED, fraction=Decimal(1))
    words = "The test cell gave part of its points." if earned else "The test cell gave no points."
    outcome = CheckOutcome.PARTIAL if earned else CheckOutcome.FAILED
    return _result(
        spec, outcome, words, fraction=earned / spec.points, staff=f"it displayed {record.displayed}"
    )


def _number(displayed: str) -> float | None:
    """Return the number that a cell displayed, or None for any other text."""
    text = displayed.strip()
    if len(text) > 40 or not text.isascii() or "_" in text:
        return None
    try:
        return float(text)
    except ValueError:
        return None


def _result(
    spec: CheckSpec,
    outcome: CheckOutcome,
    message: str = "",
    *,
    staff: str = "",
    fraction: Decimal = Decimal(0),
) -> CheckResult:
    return CheckResult(
        check_id=spec.id,
        kind=spec.kind,
        assurance=spec.assurance,
        outcome=outcome,
        fraction=fraction,
        message=message,
        staff_message=staff[:20_000],
    )
