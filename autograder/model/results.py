"""What a check found, what a guideline found, and the score that follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from autograder.model.assignment import Assurance, CheckKind, Firmness
from autograder.model.ids import CheckId, RuleId

TIER_FIGURE = "tier:"
"""Before a threshold, names the figure that holds the share of the points which that tier gives."""


class CheckOutcome(StrEnum):
    """What became of one check. `errored` is our fault; `waiting` needs a person."""

    PASSED = "passed"
    PARTIAL = "partial"
    FAILED = "failed"
    ERRORED = "errored"
    NOT_RUN = "not_run"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One check's outcome. `fraction` is the earned share in [0, 1] and counts for `partial` only.

    `message` may be shown to whoever may see the check; `staff_message` holds expected values, tracebacks and
    figures and is for staff only. `figures` are named plain numbers (accuracy, floor, macro-F1) for reports.
    """

    check_id: CheckId
    kind: CheckKind
    assurance: Assurance
    outcome: CheckOutcome
    fraction: Decimal = Decimal(0)
    message: str = ""
    staff_message: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (self.fraction.is_finite() and 0 <= self.fraction <= 1):
            raise ValueError(f"{self.check_id}: fraction must be in [0, 1], not {self.fraction}")


class FindingState(StrEnum):
    """Whether a finding costs points. Only `confirmed` does."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    WAIVED = "waived"


class Severity(StrEnum):
    """How serious a finding is for the student."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a guideline is broken. `cell` counts all cells from 0 (-1: the whole file); `line` from 1."""

    file: str
    cell: int = -1
    cell_id: str = ""
    line: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A guideline that a submission breaks, with all its places.

    `points` is what it would cost if confirmed. `cause` groups findings that have one cause: the dearest of a
    group is deducted once. `from_run` marks a finding whose words or places come from the run itself: a
    kernel may have made them, so they are held back from students where the run's outputs are.
    """

    rule: RuleId
    severity: Severity
    firmness: Firmness
    state: FindingState
    message: str
    instead: str = ""
    places: tuple[Place, ...] = ()
    points: Decimal = Decimal(0)
    cause: str = ""
    from_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Points of one graded submission.

    `earned` holds None for a check whose points nobody knows yet. `total` is None until all are known.
    Deductions never push `total` below 0. `gate_passed` is None while unknown or without a gate.
    """

    earned: Mapping[CheckId, Decimal | None]
    deducted: Decimal
    total: Decimal | None
    max_score: Decimal
    gate_passed: bool | None = None
