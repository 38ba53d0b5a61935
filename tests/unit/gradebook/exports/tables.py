"""Tables of grades for tests of the exports; only what matters needs to be said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import strategies as st

from autograder.model.graded import Status
from gradebook.exports.table import WITH_POINTS, Grade, GradeRow, GradeTable, Item
from gradebook.policies.facts import GradeState

RECEIVED = datetime(2026, 3, 1, 23, 59, 59, 123456, tzinfo=UTC)
NAMES = {"lab1": ("Lab 1", "lab1"), "lab2": ("Lab 2", "lab2")}


def a_grade(points: str | None = "7.5", *, state: GradeState | None = None, why: str = "") -> Grade:
    """A grade with these points, or one without them that waits for a person."""
    if points is None:
        state = state or GradeState.PENDING
        return Grade(state=state, why=why or "a person has to look")
    return Grade(
        state=state or GradeState.GRADED,
        points=Decimal(points),
        score=Decimal(points),
        why=why,
        attempt=1,
        received=RECEIVED,
        submission="s1",
        status=Status.GRADED,
    )


def a_student(student: str, /, *points: str | Grade | None, **ids: str) -> GradeRow:
    """A student with points of lab1, lab2 ... in their order."""
    grades = {
        f"lab{number}": one if isinstance(one, Grade) else a_grade(one)
        for number, one in enumerate(points, start=1)
    }
    return GradeRow(student=student, grades=grades, **ids)


def a_table(*rows: GradeRow, maxima: Mapping[str, str] | None = None) -> GradeTable:
    """A table of lab1 out of 10 points, or of the assignments in `maxima`."""
    items = tuple(
        Item(assignment=name, title=f"Lab {name.removeprefix('lab')}", maximum=Decimal(most))
        for name, most in (maxima or {"lab1": "10"}).items()
    )
    return GradeTable(items=items, rows=rows)


WORDS = st.text(alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)
"""Any text a cell can hold."""

HOSTILE = st.builds("".join, st.lists(st.sampled_from(list("=+-@\t\r\n'\" ;,|\u00a0＝＠0A1ß")), max_size=8))
"""Text made of what formulas, quotes and separators are made of."""

TEXTS = st.one_of(WORDS, HOSTILE)
POINTS = st.decimals(min_value=0, max_value=10_000, places=6, allow_nan=False)
MOMENTS = st.datetimes(timezones=st.just(UTC))


@st.composite
def grades(draw: st.DrawFn) -> Grade:
    state = draw(st.sampled_from(list(GradeState)))
    final = state in WITH_POINTS
    return Grade(
        state=state,
        points=draw(POINTS) if final else None,
        score=draw(st.none() | POINTS),
        why=draw(TEXTS) if final else "because " + draw(TEXTS),
        attempt=draw(st.none() | st.integers(min_value=1, max_value=99)),
        received=draw(st.none() | MOMENTS),
        submission=draw(TEXTS),
        status=draw(st.none() | st.sampled_from(list(Status))),
    )


@st.composite
def tables(draw: st.DrawFn) -> GradeTable:
    """Any table whose students have every assignment."""
    names = draw(st.lists(WORDS.filter(bool), min_size=1, max_size=3, unique=True))
    items = tuple(Item(assignment=name, title=draw(TEXTS), maximum=draw(POINTS)) for name in names)
    students = draw(st.lists(TEXTS.filter(bool), min_size=1, max_size=4, unique=True))
    return GradeTable(
        items=items,
        rows=tuple(
            GradeRow(
                student=student,
                name=draw(TEXTS),
                net_id=draw(TEXTS),
                section=draw(TEXTS),
                grades={item.assignment: draw(grades()) for item in items},
            )
            for student in students
        ),
    )
