"""What an export is made of: the grades of a class as frozen values, checked once.

It does not know where they come from (`from_book`) or what file they become.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final

from autograder.errors import GradebookError
from autograder.model.graded import Status
from gradebook.policies.facts import GradeState

MOST_NAMED: Final = 20


WITH_POINTS: Final = (GradeState.GRADED, GradeState.MISSING)
"""States in which points are final for now. What is missing after its deadline has 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An assignment as a column of grades. `maximum` is in points, without extra credit."""

    assignment: str
    title: str
    maximum: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """One student's grade of one assignment.

    `points` are what counts after every policy, `score` what the counted attempt earned before; None while
    they are not known, and `why` says why. `letter` is of a course's grade. `attempt`, `received`,
    `submission` and `status` are those of the attempt that counts, if there is one.
    """

    state: GradeState
    points: Decimal | None = None
    score: Decimal | None = None
    why: str = ""
    attempt: int | None = None
    received: datetime | None = None
    submission: str = ""
    status: Status | None = None
    letter: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeRow:
    """One student with the ids by which other systems know them (empty where unknown), and their grades.

    `grades` is by assignment; an assignment that is not in it is one nobody may grade for this student.
    """

    student: str
    grades: Mapping[str, Grade]
    name: str = ""
    net_id: str = ""
    email: str = ""
    lms_id: str = ""
    section: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeTable:
    """Assignments and students. GradebookError, naming student and assignment, for values that cannot be."""

    items: tuple[Item, ...]
    rows: tuple[GradeRow, ...]

    def __post_init__(self) -> None:
        refuse("the grades cannot be exported", self._problems())

    def _problems(self) -> Iterable[str]:
        yield from (f"two assignments {name!r}" for name in twice(item.assignment for item in self.items))
        yield from (f"two students {student!r}" for student in twice(row.student for row in self.rows))
        known = {item.assignment for item in self.items}
        for item in self.items:
            if not item.maximum.is_finite() or item.maximum < 0:
                yield f"{item.assignment}: {item.maximum} is no maximum"
        for row in self.rows:
            for assignment, grade in row.grades.items():
                if assignment not in known:
                    yield f"{row.student}: there is no assignment {assignment!r}"
                elif wrong := _wrong(grade):
                    yield f"{row.student}, {assignment}: {wrong}"


def _wrong(grade: Grade) -> str:
    points = grade.points
    if (points is None) is (grade.state in WITH_POINTS):
        return f"a grade that is {grade.state} has {'no' if points is None else 'no final'} points"
    for known in (points, grade.score):
        if known is not None and not known.is_finite():
            return f"{known} is no number of points"
    if points is not None and points < 0:
        return f"{points} points are below 0"
    if points is None and not grade.why:
        return "nobody says why there are no points"
    if grade.received is not None and grade.received.tzinfo is None:
        return f"{grade.received.isoformat()} has no time zone"
    return ""


def twice(names: Iterable[str]) -> list[str]:
    """The names that are there more than once, in their first order."""
    counted: dict[str, int] = {}
    for name in names:
        counted[name] = counted.get(name, 0) + 1
    return [name for name, count in counted.items() if count > 1]


def refuse(what: str, problems: Iterable[str], *, hint: str = "") -> None:
    """Raise a GradebookError with every problem (the first 20 in words), or do nothing when there is none."""
    found = list(dict.fromkeys(problems))
    if found:
        more = [f"and {len(found) - MOST_NAMED} more"] if len(found) > MOST_NAMED else []
        lines = "\n".join(f"  {line}" for line in [*found[:MOST_NAMED], *more])
        raise GradebookError(f"{what}; nothing was written:\n{lines}", hint=hint or None)


def check_maxima(table: GradeTable, may_exceed: Collection[str] = ()) -> None:
    """Refuse grades above their maximum, but for the assignments in `may_exceed`.

    An LMS that was not told so cuts such a grade down without a word.
    """
    unknown = sorted(set(may_exceed) - {item.assignment for item in table.items})
    refuse("there is no such assignment", unknown)
    refuse(
        "grades are above their maximum",
        (
            f"{row.student}, {item.assignment}: {plain_number(grade.points)} of {plain_number(item.maximum)}"
            for item in table.items
            if item.assignment not in may_exceed
            for row in table.rows
            if (grade := row.grades.get(item.assignment)) and grade.points and grade.points > item.maximum
        ),
        hint="Extra credit? Let the LMS's item exceed its maximum, and give --may-exceed ASSIGNMENT.",
    )


@lru_cache(maxsize=4096)
def plain_number(points: Decimal | None) -> str:
    """Points as text without exponent and trailing zeros; empty for None."""
    if points is None:
        return ""
    return f"{points.normalize() + Decimal(0):f}"
