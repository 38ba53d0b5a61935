"""What one reader may see of a graded submission, as frozen values. Made by `feedback`, shown by `html`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any

from autograder.model.assignment import Assurance, CheckKind, RubricItem, Visibility
from autograder.model.execution import CellStatus, RunOutcome
from autograder.model.graded import Status
from autograder.model.ids import AssignmentId, CheckId, StudentId, SubmissionId
from autograder.model.results import CheckOutcome, Finding
from autograder.reporting.figures import Figures
from autograder.reporting.visibility import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsView:
    """Points to show. `whole` is false when they are only those of the checks that are shown now.

    `earned` is None while nobody knows, or no check is shown; `so_far` is then the sum of what is known,
    before deductions. `out_of` leaves extra credit aside.
    """

    earned: Decimal | None
    so_far: Decimal | None
    out_of: Decimal
    deducted: Decimal
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GateView:
    """The basic part and whether it succeeded (None: not known yet). `share` of its points are needed."""

    title: str
    share: Decimal
    passed: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """Checks of which a reader learns only their number and worth. `later`: some may be shown later."""

    number: int
    points: Decimal
    later: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedView:
    """A request to look at a check again. `answer` is None while nobody answered; `who` is for staff.

    `outcome` says in words what became of it.
    """

    question: str
    outcome: str
    answer: str | None = None
    who: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """One check as a reader may see it. `points` is None while nobody knows."""

    id: CheckId
    title: str
    kind: CheckKind
    assurance: Assurance
    visibility: Visibility
    outcome: CheckOutcome
    points: Decimal | None
    max_points: Decimal
    optional: bool
    message: str
    staff_message: str
    figures: Figures
    rubric: tuple[RubricItem, ...]
    asked: tuple[AskedView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CellView:
    """One cell of the notebook that ran, as a reader may see it.

    `outputs` are nbformat 4 outputs, not sanitised yet. `withheld` says why something is not shown, or is
    empty. `position` counts all cells of its notebook from 0. `grade_id` is for staff.
    """

    notebook: str
    position: int
    cell_id: str
    cell_type: str
    source: str
    status: CellStatus | None
    error: str
    seconds: float
    outputs: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    withheld: str = ""
    marks: tuple[str, ...] = ()
    grade_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """How the run went, as a reader may see it. `embargoed`: outputs are held back from some cell on."""

    outcome: RunOutcome
    detail: str
    cells: tuple[CellView, ...]
    ran: int
    total: int
    embargoed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeView:
    """The grade after the rules of the course. `points` are None while they are not known.

    `counts` is false for an attempt that does not count for its student; then there is nothing else to say.
    `lines` explain the grade.
    """

    counts: bool
    points: Decimal | None
    maximum: Decimal
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentView:
    """What a person wrote for the student about a cell, a notebook or (empty) the whole."""

    about: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """Everything one page shows of one graded submission. `run` is None when no evidence is at hand.

    `found` says how an assignment in another format was read; it is empty for our own. Times are shown by the
    clock of `zone`.
    """

    role: Role
    published: bool
    title: str
    assignment: AssignmentId
    submission: SubmissionId
    student: StudentId
    attempt: int
    received: datetime
    finished: datetime | None
    status: Status
    explanation: str
    points: PointsView
    gate: GateView | None
    checks: tuple[CheckView, ...]
    held_back: HeldBack
    findings: tuple[Finding, ...]
    run: RunView | None
    notes: tuple[str, ...]
    suspicions: tuple[str, ...]
    stand_ins: tuple[str, ...]
    found: str
    grade: GradeView | None = None
    comments: tuple[CommentView, ...] = ()
    zone: tzinfo = UTC
