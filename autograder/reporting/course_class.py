"""What the overview of a course is made of: everybody's grades as the policies gave them. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple


class GradeLine(NamedTuple):
    """One student's grade of one assignment. A tuple, since a course makes hundreds of thousands of them.

    `state` is graded, pending, missing, not_due or excused; `percent` of the maximum is None where nothing
    is graded. `late` is true where the counted attempt used late days or lost points by lateness, `ours`
    where it is pending because of a failure on our side.
    """

    state: str
    percent: float | None
    late: bool = False
    ours: bool = False


class CourseStudent(NamedTuple):
    """One student of a course. `percent` of the course is None while nothing counts.

    `final` is false while something is pending or not due; `failed` true where a basic part that is needed to
    pass was not reached. `categories` and `grades` are by id. `handed_in` is for how many assignments.
    """

    name: str
    section: str
    percent: float | None
    letter: str
    final: bool
    failed: bool
    categories: Mapping[str, float | None]
    grades: Mapping[str, GradeLine]
    late_days: int
    handed_in: int


class Named(NamedTuple):
    """An assignment or a category: its id, what people call it, and for an assignment when it is due."""

    id: str
    title: str
    due: datetime | None = None


class Cut(NamedTuple):
    """A letter and the percentage from which on it is given."""

    letter: str
    percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseClass:
    """Everything the page is made of. Without `has_policies` there are no categories, letters or totals.

    `letters` descend. `budget` is each student's number of late days for the term, None without one.
    `stand_ins` are models that stood in for others in any grading.
    """

    title: str
    students: tuple[CourseStudent, ...]
    assignments: tuple[Named, ...]
    categories: tuple[Named, ...] = ()
    letters: tuple[Cut, ...] = ()
    budget: int | None = None
    has_policies: bool = True
    as_of: datetime
    zone: tzinfo = UTC
    pseudonyms: bool = False
    stand_ins: tuple[str, ...] = ()
