"""What nbgrader's gradebook holds, as frozen values; nbgrader itself is not needed for them.

Points are floats there, and times have no zone: they are UTC. Here times are aware; floats stay floats, so
that nothing is rounded on the way through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gradebook.layout import Layout

Place = tuple[str, str]
"""A notebook's name and a cell's."""

OUR_NOTEBOOK = "nbverdict"
"""Holds what has no cell in a notebook: checks outside of it, and the adjustment. No file has this name."""
ADJUSTMENT = "adjustment"
"""The cell in `OUR_NOTEBOOK` that makes nbgrader's total ours: deductions, a failed gate, an override."""

IMPORTED = "nbgrader"
"""Stands where the sandbox is named, in a score that came from nbgrader."""
VERSION_PREFIX = "nbgrader-"
"""Begins the version of an assignment as nbgrader's gradebook describes it. Ours are digests."""
RUN_PREFIX = "nbgrader-"
"""Begins the run key of a score that came from nbgrader. Those of gradings here are hexadecimal."""
NO_TIME = "nbgrader held no time of receipt."
WHY = "imported from nbgrader's gradebook"
"""The reason of everything that an import wrote. What has another reason was decided here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NbGrade:
    """The points of one cell. `score` is what nbgrader makes of them."""

    auto: float | None = None
    manual: float | None = None
    extra: float | None = None
    needs_person: bool = False

    @property
    def score(self) -> float:
        """Manual points before automatic ones, extra credit on top; 0 without either."""
        base = self.auto if self.manual is None else self.manual
        return 0.0 if base is None else base + (self.extra or 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class NbComment:
    """The words on one cell. A person's replace the automatic ones."""

    auto: str | None = None
    manual: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NbWork:
    """What one student handed in for one assignment. `penalties` are by notebook; None where none was set."""

    student: str
    timestamp: datetime | None = None
    grades: Mapping[Place, NbGrade] = field(default_factory=dict)
    comments: Mapping[Place, NbComment] = field(default_factory=dict)
    penalties: Mapping[str, float | None] = field(default_factory=dict)
    extension: timedelta | None = None
    flagged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NbAssignment:
    """One assignment. `worth` is what each graded cell is worth; `works` has one element per student."""

    name: str
    layout: Layout
    worth: Mapping[Place, float]
    works: tuple[NbWork, ...] = ()
    duedate: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NbPerson:
    """What nbgrader says of a student. What it does not know is empty."""

    first: str = ""
    last: str = ""
    email: str = ""
    lms_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NbBook:
    """Everything of one course. `people` has those of whom a name or an address is known.

    `elsewhere` are students without a submission in this course where the gradebook holds several.
    """

    students: tuple[str, ...]
    assignments: tuple[NbAssignment, ...]
    people: Mapping[str, NbPerson] = field(default_factory=dict)
    elsewhere: tuple[str, ...] = ()


class Losses:
    """What the other side cannot hold: each reason once, with where it happens."""

    def __init__(self) -> None:
        self._places: dict[str, list[str]] = {}

    def add(self, reason: str, place: str) -> None:
        """Note that `reason` holds at `place`, such as a student and a cell."""
        self._places.setdefault(reason, []).append(place)

    def lines(self, most: int = 5) -> tuple[str, ...]:
        """One line per reason: how often, and the first places."""
        return tuple(
            f"{reason}: {len(places)} ({'; '.join(places[:most])}{'; ...' if len(places) > most else ''})"
            for reason, places in sorted(self._places.items())
        )
