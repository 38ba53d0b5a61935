"""The words reports use for outcomes, states and numbers. Plain sentences; nothing is computed here."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from autograder.model.assignment import Assurance, CheckKind, Visibility
from autograder.model.execution import CellStatus, RunOutcome
from autograder.model.graded import Status
from autograder.model.results import CheckOutcome, FindingState

OUTCOME: Final = {
    CheckOutcome.PASSED: "Passed",
    CheckOutcome.PARTIAL: "Partly",
    CheckOutcome.FAILED: "Not passed",
    CheckOutcome.ERRORED: "Our error",
    CheckOutcome.NOT_RUN: "Did not run",
    CheckOutcome.WAITING: "Waiting",
}

ASSURANCE: Final = {
    Assurance.SEPARATED: "Judged outside",
    Assurance.REPORTED: "Reported by the run",
    Assurance.SHARED: "Judged in the notebook",
    Assurance.STATIC: "Read from the files",
    Assurance.HUMAN: "Decided by a person",
}

ASSURANCE_EXPLAINED: Final = {
    Assurance.SEPARATED: "What the notebook produced was judged outside of it, by its content.",
    Assurance.REPORTED: "The notebook's run reported plain data about itself; that was judged outside.",
    Assurance.SHARED: "The test ran inside the notebook's own kernel.",
    Assurance.STATIC: "Read from the files; nothing was executed for it.",
    Assurance.HUMAN: "A person read the work and decided.",
}

STATUS: Final = {
    Status.GRADED: "Graded",
    Status.PENDING: "A person has to look",
    Status.REJECTED: "Rejected",
    Status.SANDBOX_FAILED: "Failed on our side",
    Status.GRADER_FAILED: "Failed on our side",
}

RUN: Final = {
    RunOutcome.COMPLETED: "The notebook ran from the first to the last cell without an error.",
    RunOutcome.CELL_FAILED: "At least one cell raised an error.",
    RunOutcome.TIMED_OUT: "A cell took longer than it may, or the run used up its time.",
    RunOutcome.OUT_OF_MEMORY: "The run needed more memory than it may use and was stopped.",
    RunOutcome.OUTPUT_TOO_LARGE: "The run printed more than it may and was stopped.",
    RunOutcome.DISK_FULL: "The run wrote more files than it may.",
    RunOutcome.KERNEL_DIED: "The Python process of the notebook ended before the last cell.",
    RunOutcome.SANDBOX_FAILED: "The place where notebooks run failed. This is not the notebook's fault.",
}

WAS_RUN: Final = "Your notebook was run."

RUN_SHORT: Final = {
    RunOutcome.COMPLETED: "Completed",
    RunOutcome.CELL_FAILED: "A cell failed",
    RunOutcome.TIMED_OUT: "Timed out",
    RunOutcome.OUT_OF_MEMORY: "Out of memory",
    RunOutcome.OUTPUT_TOO_LARGE: "Output too large",
    RunOutcome.DISK_FULL: "Disk full",
    RunOutcome.KERNEL_DIED: "Kernel died",
    RunOutcome.SANDBOX_FAILED: "Sandbox failed",
}

CELL: Final = {
    CellStatus.OK: "Ran",
    CellStatus.ERROR: "Raised an error",
    CellStatus.TIMED_OUT: "Took too long",
    CellStatus.INTERRUPTED: "Was interrupted",
    CellStatus.NOT_RUN: "Did not run",
}

FINDING: Final = {
    FindingState.PROPOSED: "Not decided yet",
    FindingState.CONFIRMED: "Confirmed",
    FindingState.WAIVED: "Waived",
}

KIND: Final = {
    CheckKind.CELLS: "test cell",
    CheckKind.PYTEST: "check",
    CheckKind.MANUAL: "read by a person",
}

VISIBILITY: Final = {
    Visibility.VISIBLE: "shown at once",
    Visibility.AFTER_PUBLISHED: "shown after publication",
    Visibility.HIDDEN: "never shown to students",
}

_FOUR: Final = Decimal("0.0001")


def rounded(points: Decimal) -> Decimal:
    """Points with at most 4 decimals and no trailing zeros, rounded half to even."""
    short = points.quantize(_FOUR, rounding=ROUND_HALF_EVEN).normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short


def points(value: Decimal | None) -> str:
    """Points for people: `7.5`, or a dash while nobody knows."""
    return "–" if value is None else f"{rounded(value):f}"


def moment(value: datetime | None) -> str:
    """A time for people, in UTC: `2 March 2026, 12:00 UTC`."""
    if value is None:
        return "not known"
    utc = value.astimezone(UTC)
    return f"{utc.day} {utc:%B %Y, %H:%M} UTC"


def share(value: float) -> str:
    """A share between 0 and 1 with three decimals."""
    return f"{value:.3f}"


def span(seconds: float) -> str:
    """A length of time: `8.4 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def size(number: int) -> str:
    """A number of bytes: `812 B`, `3.4 MB`, `1.2 GB` (powers of ten)."""
    value = float(number)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def counted(number: int, one: str, many: str = "") -> str:
    """`1 check`, `2 checks`."""
    return f"{number} {one if number == 1 else many or one + 's'}"
