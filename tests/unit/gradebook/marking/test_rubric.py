"""What a mark is worth: pure values."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from autograder.errors import GradebookError
from autograder.model.assignment import RubricItem as AuthorsItem
from gradebook.marking.rubric import (
    Mark,
    MarkType,
    Rubric,
    RubricItem,
    items_from_json,
    items_to_json,
    points_of,
    rubric_of,
    words_of,
    worth,
)
from tests.unit.gradebook.marking.builders import a_rubric, written

POINTS = some.decimals(min_value=-20, max_value=20, places=2, allow_nan=False)
MOST = some.decimals(min_value=0, max_value=20, places=2, allow_nan=False)


@some.composite
def rubrics(draw: some.DrawFn) -> Rubric:
    points = draw(some.lists(POINTS, max_size=6))
    items = tuple(RubricItem(id=f"i{n}", text="text", points=value) for n, value in enumerate(points))
    return Rubric(check="essay", items=items, mark_type=draw(some.sampled_from(MarkType)))


@some.composite
def marks(draw: some.DrawFn) -> tuple[Rubric, Mark]:
    rubric = draw(rubrics())
    chosen = tuple(item.id for item in rubric.items if draw(some.booleans()))
    return rubric, Mark(items=chosen, adjustment=draw(POINTS), reason="because")


@given(marks(), MOST)
def test_points_never_leave_their_range(made: tuple[Rubric, Mark], most: Decimal) -> None:
    assert 0 <= points_of(*made, most) <= most


@given(marks(), MOST, some.decimals(min_value=0, max_value=10, places=2))
def test_a_larger_adjustment_never_lowers_a_mark(
    made: tuple[Rubric, Mark], most: Decimal, more: Decimal
) -> None:
    rubric, mark = made
    larger = Mark(items=mark.items, adjustment=mark.adjustment + more, reason="because")
    assert points_of(rubric, larger, most) >= points_of(rubric, mark, most)


@given(marks(), MOST)
def test_one_more_item_moves_a_mark_to_the_side_of_its_points(
    made: tuple[Rubric, Mark], most: Decimal
) -> None:
    rubric, mark = made
    before = points_of(rubric, mark, most)
    for item in rubric.items:
        if item.id not in mark.items:
            after = points_of(
                rubric, Mark(items=(*mark.items, item.id), adjustment=mark.adjustment, reason="b"), most
            )
            assert (after >= before) if item.points >= 0 else (after <= before)


@given(marks(), MOST, some.randoms())
def test_the_order_in_which_items_were_chosen_does_not_matter(
    made: tuple[Rubric, Mark], most: Decimal, random: some.DataObject
) -> None:
    rubric, mark = made
    shuffled = list(mark.items)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    other = Mark(items=tuple(shuffled), adjustment=mark.adjustment, reason="because")
    assert points_of(rubric, other, most) == points_of(rubric, mark, most)
    assert words_of(rubric, other) == words_of(rubric, mark)


@given(MOST, some.sampled_from(MarkType), some.data())
def test_points_given_without_items_are_the_points_that_count(
    most: Decimal, marks: MarkType, data: some.DataObject
) -> None:
    points = data.draw(some.decimals(min_value=0, max_value=most, places=2))
    rubric = a_rubric(marks=marks)
    assert points_of(rubric, worth(points, rubric, most, reason="said so"), most) == points


def test_a_deducting_rubric_starts_at_full_points() -> None:
    rubric = a_rubric(("late", "-2"), ("wrong", "-4"), marks=MarkType.DEDUCT)
    assert points_of(rubric, Mark(), Decimal(5)) == 5
    assert points_of(rubric, Mark(items=("late",)), Decimal(5)) == 3
    assert points_of(rubric, Mark(items=("late", "wrong")), Decimal(5)) == 0


def test_the_student_reads_the_items_in_the_rubrics_order_and_then_the_comment() -> None:
    item = RubricItem(id="b", text="for staff", points=Decimal("-0.50"), comment="Name the axes.")
    rubric = Rubric(check="essay", items=(RubricItem(id="a", text="It is clear", points=Decimal(2)), item))
    said = words_of(rubric, Mark(items=("b", "a"), comment=" Well done. "))
    assert said == "+2 It is clear\n-0.5 Name the axes.\nWell done."


def test_items_come_back_from_the_database_as_they_were() -> None:
    items = a_rubric(("a", "0.000001"), ("b", "-1000000")).items
    assert items_from_json(items_to_json(items)) == items


@pytest.mark.parametrize("points", ["NaN", "Infinity", "0.0000001", "1e12"])
def test_points_that_cannot_be_kept_are_refused(points: str) -> None:
    with pytest.raises(GradebookError, match="points of the item"):
        RubricItem(id="a", text="text", points=Decimal(points))


@pytest.mark.parametrize("name", ["", "a b", "a/b", "a;b"])
def test_an_item_has_an_id_that_fits_a_column_and_a_command(name: str) -> None:
    with pytest.raises(GradebookError):
        RubricItem(id=name, text="text", points=Decimal(1))


def test_an_item_that_is_there_twice_is_refused() -> None:
    with pytest.raises(GradebookError, match="'clear' twice"):
        a_rubric(("clear", "1"), ("clear", "2"))


def test_an_adjustment_needs_a_reason() -> None:
    with pytest.raises(GradebookError, match="needs a reason"):
        Mark(adjustment=Decimal(1), reason=" ")


def test_an_unknown_item_names_the_nearest_one() -> None:
    with pytest.raises(GradebookError, match="no item 'cleer'") as caught:
        points_of(a_rubric(), Mark(items=("cleer",)), Decimal(5))
    assert caught.value.hint == "Did you mean clear?"


def test_a_check_brings_the_rubric_of_its_author() -> None:
    (_, essay) = written().checks
    assert rubric_of(essay) is None
    item = AuthorsItem(id="why", text="Says why", points=Decimal(-5), comment="Say why.")
    made = rubric_of(replace(essay, rubric=(item,), deducts=True))
    assert made is not None
    assert (made.mark_type, made.items[0].words) == (MarkType.DEDUCT, "-5 Say why.")
