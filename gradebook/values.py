"""What goes into the gradebook and what comes out of it, as frozen values. No database here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

from autograder.errors import GradebookError
from autograder.model.graded import GradedSubmission
from autograder.model.ids import AssignmentId, SubmissionId
from autograder.model.results import FindingState

KEY_LENGTH = 200


def checked_key(value: str, what: str) -> str:
    """Return `value` if it can be a key: 1 to 200 printable characters, no space at either end."""
    if not value or value != value.strip() or len(value) > KEY_LENGTH or not value.isprintable():
        raise GradebookError(f"{what} must be 1 to {KEY_LENGTH} printable characters, not {value[:40]!r}")
    return value


def checked_time(value: datetime, what: str) -> datetime:
    """Return an aware time in UTC; a time without a zone is refused."""
    if value.tzinfo is None:
        raise GradebookError(f"{what} has no time zone: {value.isoformat()}")
    return value.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Offering:
    """One course in one term, such as `Offering("deep-learning", "2026-spring")`."""

    course: str
    term: str

    def __post_init__(self) -> None:
        checked_key(self.course, "a course")
        checked_key(self.term, "a term")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who changes something, and why. The gradebook adds the time."""

    who: str
    why: str

    def __post_init__(self) -> None:
        if not self.who.strip():
            raise GradebookError("a change needs to say who makes it")
        if not self.why.strip():
            raise GradebookError("a change needs a reason")


class ChangeKind(StrEnum):
    """What a person changed.

    A check's points, points on top of them, the state of a rule's findings, the total itself, what lateness
    costs, or the words for the student.
    """

    CHECK_POINTS = "check_points"
    EXTRA_POINTS = "extra_points"
    FINDING_STATE = "finding_state"
    TOTAL = "total"
    LATE_PENALTY = "late_penalty"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One human change, as it stands in the history.

    `subject` is a check id, a rule id, a notebook's name or empty (for the whole); a comment's may also be
    "NOTEBOOK/CELL". `points` is None where the change concerns a finding or a comment, or withdraws an
    earlier change. `comment` may be shown to the student, `why` is for staff.
    `score_id` is the recorded score the person saw; `carried` is true when a later grading exists and the
    change was carried over to it.
    """

    id: int
    score_id: int
    kind: ChangeKind
    subject: str
    points: Decimal | None
    state: FindingState | None
    comment: str
    who: str
    why: str
    at: datetime
    carried: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What `record` did. `new` is false when the same grading was there before; then nothing was written."""

    score_id: int
    new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One recorded score with every human change applied.

    `recorded` is what the grader found, unchanged for ever; `graded` is the same value with `changes`
    applied: use it for reports and exports. `pseudonym` stands for the student where no name should appear.
    """

    score_id: int
    offering: Offering
    pseudonym: str
    recorded_at: datetime
    recorded_by: str
    recorded: GradedSubmission
    graded: GradedSubmission
    changes: tuple[Change, ...]

    @property
    def assignment(self) -> AssignmentId:
        """The assignment's id."""
        return self.graded.assignment

    @property
    def submission(self) -> SubmissionId:
        """The submission's id."""
        return self.graded.submission

    @property
    def total(self) -> Decimal | None:
        """Points with all changes applied; None while they are not known."""
        return None if self.graded.score is None else self.graded.score.total


class EventKind(StrEnum):
    """What happened to a submission in the gradebook."""

    RECORDED = "recorded"
    SET_ASIDE = "set_aside"
    CHECK_POINTS = "check_points"
    EXTRA_POINTS = "extra_points"
    FINDING_STATE = "finding_state"
    TOTAL = "total"
    LATE_PENALTY = "late_penalty"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of a submission's history. `points` are of the whole for `recorded` and `total`.

    `comment` is what the student may read.
    """

    kind: EventKind
    at: datetime
    who: str
    why: str
    score_id: int
    subject: str = ""
    points: Decimal | None = None
    state: str = ""
    comment: str = ""
