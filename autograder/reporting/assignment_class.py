"""What the overview of an assignment is made of: submissions, grades after policies, dates. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import NamedTuple
from urllib.parse import quote

from autograder.model.graded import GradedSubmission
from autograder.model.results import CheckOutcome, FindingState
from autograder.reporting.class_results import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One submission on the page. `counts` is true for the attempt that counts for its student.

    `name` is the student's id or pseudonym; `link` the relative path of its report. Without `says_why` the
    words of people and programs about it are left out: they may name the student. `older`: graded
    with an older version of the assignment.
    """

    graded: GradedSubmission
    name: str
    counts: bool
    link: str = ""
    says_why: bool = True
    older: bool = False

    @property
    def safe_link(self) -> str:
        """The link with everything quoted that is no plain path."""
        return quote(self.link, safe="/._-~")

    @property
    def total(self) -> Decimal | None:
        """Points of the submission itself, before policies."""
        return None if self.graded.score is None else self.graded.score.total

    @property
    def out_of(self) -> Decimal | None:
        """What the version it was graded with is worth; None while nothing was scored."""
        return None if self.graded.score is None else self.graded.score.max_score

    @property
    def undecided(self) -> int:
        """How many findings that would cost points nobody has decided."""
        return sum(f.state is FindingState.PROPOSED and f.points > 0 for f in self.graded.findings)

    @property
    def waiting(self) -> int:
        """How many checks a person has to look at."""
        return sum(r.outcome in (CheckOutcome.WAITING, CheckOutcome.ERRORED) for r in self.graded.results)


class StudentGrade(NamedTuple):
    """What one student's grade is after every policy.

    `state` is graded, pending, missing, not_due or excused; `points` are None where they are not final.
    `hours_late` are those of the counted attempt after the student's own deadline (below 0: early; None:
    nothing counts, or no deadline), `days_late` the late days that policies count, of which the budget covers
    `covered`; `lost` are the points that lateness took.
    """

    name: str
    state: str
    points: Decimal | None
    hours_late: float | None = None
    days_late: int = 0
    covered: int = 0
    lost: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentClass:
    """Everything the page is made of. `grades` is None where only results are known.

    `due` is the deadline without extensions; times are shown by the clock of `zone`. `as_of` is when the
    gradebook was read.
    """

    title: str
    max_score: Decimal
    items: tuple[Item, ...]
    pieces: tuple[Piece, ...]
    grades: tuple[StudentGrade, ...] | None = None
    zone: tzinfo = UTC
    due: datetime | None = None
    as_of: datetime | None = None
    origin: str = ""
    pseudonyms: bool = False
