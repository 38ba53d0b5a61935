"""What is known about one student that policies ask for, and what they answer. Values only.

Texts are made when they are read: a course of 10,000 students is computed without writing a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from autograder.errors import GradebookError
from autograder.model.graded import Status
from gradebook.policies.lines import Line
from gradebook.policies.values import FIRST_YEAR, LAST_YEAR, ZERO


class Attempt(NamedTuple):
    """One submission of the student. A tuple, since a course makes hundreds of thousands of them.

    `received` is aware; `points` with every human change, None while they are not known. `maximum` is that
    of the version it was graded with: points are scaled where the policy counts out of something else.
    `lateness` is what a decision on this submission says that lateness costs, taken from `points` already;
    then the policy takes nothing more for it, neither points nor late days. None where nobody decided.
    Attempts are ordered by `received`, then `number`, then `id`.
    """

    id: str
    received: datetime
    points: Decimal | None
    status: Status = Status.GRADED
    number: int = 1
    version: str = ""
    maximum: Decimal | None = None
    gate_passed: bool | None = None
    lateness: Decimal | None = None


class Target(StrEnum):
    """Whom an extension is for."""

    STUDENT = "student"
    SECTION = "section"
    EVERYONE = "everyone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """More time, or no need to hand in. Exactly one of `until`, `days` and `excused` says what was granted.

    `name` is the student's id or the section's name, empty for everyone; `assignment` is empty for every
    assignment. `days` are calendar days after the deadline by the clock of the course's zone. Only standing
    ones reach the policies: a withdrawn extension is left out by whoever reads the history.
    """

    target: Target
    name: str = ""
    assignment: str = ""
    until: datetime | None = None
    days: int | None = None
    excused: bool = False
    reason: str
    who: str = ""
    at: datetime | None = None
    id: int = 0

    def __post_init__(self) -> None:
        if (self.until is not None) + (self.days is not None) + self.excused != 1:
            raise GradebookError("an extension needs one of: a new deadline, a number of days, excused")
        if not self.reason.strip():
            raise GradebookError("an extension needs a reason")
        if bool(self.name) is (self.target is Target.EVERYONE):
            raise GradebookError(
                f"an extension for {self.target}: {'no name' if self.name else 'a name'} is needed"
            )
        if self.until is not None and self.until.tzinfo is None:
            raise GradebookError(f"an extension has no time zone: {self.until.isoformat()}")
        if self.until is not None and not FIRST_YEAR <= self.until.year <= LAST_YEAR:
            raise GradebookError(f"an extension until {self.until.isoformat()} is no time of a course")
        if self.until is not None and not self.assignment:
            raise GradebookError("an extension of every assignment is given in days, not until a time")
        if self.days is not None and not 0 < self.days <= 366:
            raise GradebookError(f"an extension is of 1 to 366 days, not {self.days}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Students who hand in one piece of work together, for one assignment. They share extra time."""

    assignment: str
    members: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A person chose the attempt that counts. It holds under every policy."""

    attempt: str
    who: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """Points a person gave for an open-ended extra of an assignment."""

    title: str
    points: Decimal
    who: str = ""
    why: str = ""

    def __post_init__(self) -> None:
        if not self.points.is_finite() or self.points < 0:
            raise GradebookError(f"points for the extra {self.title!r} must be at least 0, not {self.points}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One student and one assignment. `extensions` are those that apply (`granting`), in any order."""

    attempts: tuple[Attempt, ...] = ()
    extensions: tuple[Extension, ...] = ()
    extras: tuple[Extra, ...] = ()
    choice: Choice | None = None

    def __post_init__(self) -> None:
        for attempt in self.attempts:
            if attempt.received.tzinfo is None:
                raise GradebookError(
                    f"attempt {attempt.id!r} has a time without a zone: {attempt.received.isoformat()}"
                )
            if attempt.points is not None and not attempt.points.is_finite():
                raise GradebookError(f"attempt {attempt.id!r} has {attempt.points} points")


NOTHING = Facts()
"""A student who did nothing and was granted nothing."""


class GradeState(StrEnum):
    """Where an assignment's grade stands.

    graded: final unless something changes. pending: somebody or something still has to grade; known points
    may rise. missing: the deadline has passed and nothing counts, 0 points. not_due: nothing yet, and time is
    left. excused: does not count for this student.
    """

    GRADED = "graded"
    PENDING = "pending"
    MISSING = "missing"
    NOT_DUE = "not_due"
    EXCUSED = "excused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """What one student's grade for one assignment is, and why.

    `deadline` includes every extension; `closes` is the last moment at which work is accepted (both UTC).
    `days_late` are those of the counted attempt, `late_days` how many of them the budget covers, `lost` the
    points that lateness took. `points` are None while unknown or excused. `failed` is true when the basic
    part was needed to pass the course and was not reached.
    """

    assignment: str
    state: GradeState
    deadline: datetime | None
    closes: datetime | None
    attempt: Attempt | None
    points: Decimal | None
    maximum: Decimal
    days_late: int = 0
    late_days: int = 0
    lost: Decimal = ZERO
    failed: bool = False
    why: Callable[[], tuple[Line, ...]] = field(default=tuple, repr=False, compare=False)

    @property
    def lines(self) -> tuple[Line, ...]:
        """The explanation, worked out when it is read."""
        return self.why()


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One line of a student's ledger of late days: what handing in late cost.

    `needed` late days, of which the budget paid `paid`; `left` remain afterwards.
    """

    assignment: str
    at: datetime
    needed: int
    paid: int
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryGrade:
    """One category of one student. `percent` is None while nothing in it counts."""

    category: str
    percent: Decimal | None
    dropped: tuple[str, ...]
    counted: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseGrade:
    """What one student's grade in the course is, and why.

    `percent` is None while nothing counts. `final` is false while assignments are pending or not due.
    """

    percent: Decimal | None
    letter: str
    final: bool
    failed: bool
    categories: tuple[CategoryGrade, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Everything about one student: each assignment, the ledger of late days, the course."""

    assignments: Mapping[str, Effective]
    ledger: tuple[Charge, ...]
    late_days_left: int | None
    course: CourseGrade
