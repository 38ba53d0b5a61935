"""The whole decision table: who may see what of a check, before and after publication."""

from __future__ import annotations

import pytest

from autograder.model.assignment import Visibility
from autograder.reporting.visibility import Role, Sight, may_see_total, sight, table
from tests.unit.reporting.samples import a_spec

V = Visibility
TABLE = {
    (Role.STUDENT, V.VISIBLE): (Sight.RESULT, Sight.RESULT),
    (Role.STUDENT, V.AFTER_PUBLISHED): (Sight.COUNTED, Sight.RESULT),
    (Role.STUDENT, V.HIDDEN): (Sight.COUNTED, Sight.COUNTED),
    (Role.TA, V.VISIBLE): (Sight.EVERYTHING, Sight.EVERYTHING),
    (Role.TA, V.AFTER_PUBLISHED): (Sight.EVERYTHING, Sight.EVERYTHING),
    (Role.TA, V.HIDDEN): (Sight.EVERYTHING, Sight.EVERYTHING),
    (Role.INSTRUCTOR, V.VISIBLE): (Sight.EVERYTHING, Sight.EVERYTHING),
    (Role.INSTRUCTOR, V.AFTER_PUBLISHED): (Sight.EVERYTHING, Sight.EVERYTHING),
    (Role.INSTRUCTOR, V.HIDDEN): (Sight.EVERYTHING, Sight.EVERYTHING),
}


@pytest.mark.parametrize(("reader", "expected"), TABLE.items(), ids=str)
def test_each_case_of_the_table(reader: tuple[Role, Visibility], expected: tuple[Sight, Sight]) -> None:
    assert tuple(sight(*reader, published=published) for published in (False, True)) == expected


def test_the_table_for_the_documentation_has_every_case_once() -> None:
    rows = table()
    assert len({row[:3] for row in rows}) == len(rows) == len(TABLE) * 2


def test_no_student_ever_sees_a_staff_message() -> None:
    assert not [row for row in table() if row[0] is Role.STUDENT and row[3] is Sight.EVERYTHING]


@pytest.mark.parametrize(
    ("visibilities", "before", "after"),
    [
        ([V.VISIBLE, V.VISIBLE], True, True),
        ([V.VISIBLE, V.AFTER_PUBLISHED], False, True),
        ([V.VISIBLE, V.HIDDEN], False, True),
        ([], True, True),
    ],
)
def test_a_student_sees_the_total_when_it_gives_nothing_away(
    visibilities: list[Visibility], before: bool, after: bool
) -> None:
    checks = [a_spec(f"q{n}", "t", "1", visibility=v) for n, v in enumerate(visibilities)]
    assert may_see_total(Role.STUDENT, checks, published=False) is before
    assert may_see_total(Role.STUDENT, checks, published=True) is after
    assert may_see_total(Role.TA, checks, published=False) is True
