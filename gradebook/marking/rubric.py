"""Rubrics and what a mark by one is worth. Pure values: no database, no clock.

A rubric says what a person looks for; which of its items hold for a piece of work is the person's judgement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from autograder.errors import GradebookError
from autograder.model.assignment import CheckSpec
from gradebook.columns import MOST_POINTS, to_micro
from gradebook.values import checked_key

ZERO = Decimal(0)


class MarkType(StrEnum):
    """Where a mark starts: at 0, to which items add; or at full points, from which items deduct."""

    ADD = "add"
    DEDUCT = "deduct"


@dataclass(frozen=True, slots=True, kw_only=True)
class RubricItem:
    """One line of a rubric. `points` may be negative; `comment` is what a student reads (empty: the text)."""

    id: str
    text: str
    points: Decimal
    comment: str = ""

    def __post_init__(self) -> None:
        checked_key(self.id, "an item's id")
        if any(char in self.id for char in " ,;|/"):
            raise GradebookError(f"an item's id has no space, comma, bar or slash: {self.id!r}")
        if not self.text.strip():
            raise GradebookError(f"the item {self.id!r} needs a text")
        checked_points(self.points, f"the points of the item {self.id!r}", least=-MOST_POINTS)

    @property
    def words(self) -> str:
        """What the student reads where this item was chosen, with its points."""
        return f"{signed(self.points)} {self.comment or self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric:
    """The rubric of one check. `id` is its number in the gradebook, 0 before it was stored.

    A check without a rubric has one without items: then a mark is points and a comment.
    """

    check: str
    items: tuple[RubricItem, ...] = ()
    mark_type: MarkType = MarkType.ADD
    id: int = 0

    def __post_init__(self) -> None:
        ids = [item.id for item in self.items]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise GradebookError(f"the rubric of {self.check} has the item {twice[0]!r} twice")

    def item(self, name: str) -> RubricItem:
        """The item of that id. GradebookError names the nearest ones."""
        for item in self.items:
            if item.id == name:
                return item
        ids = [item.id for item in self.items]
        near = get_close_matches(name, ids, n=3, cutoff=0.5)
        hint = f"Did you mean {', '.join(near)}?" if near else f"It has: {', '.join(ids) or 'no items'}."
        raise GradebookError(f"the rubric of {self.check} has no item {name!r}", hint=hint)

    def start(self, most: Decimal) -> Decimal:
        """What a mark without items is worth."""
        return ZERO if self.mark_type is MarkType.ADD else most

    def same_as(self, other: Rubric) -> bool:
        """Whether both say the same, whatever their numbers."""
        return (self.items, self.mark_type) == (other.items, other.mark_type)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a person decided about one piece: the items that hold, points on top or off, words.

    `adjustment` needs a `reason`, which staff read; `comment` is for the student.
    """

    items: tuple[str, ...] = ()
    adjustment: Decimal = ZERO
    reason: str = ""
    comment: str = ""

    def __post_init__(self) -> None:
        if len(set(self.items)) != len(self.items):
            raise GradebookError(f"an item is chosen twice: {', '.join(self.items)}")
        checked_points(self.adjustment, "an adjustment", least=-MOST_POINTS)
        if self.adjustment and not self.reason.strip():
            raise GradebookError("an adjustment needs a reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """Points that a person gives without choosing items."""

    points: Decimal
    comment: str = ""


def points_of(rubric: Rubric, mark: Mark, most: Decimal) -> Decimal:
    """What a mark is worth, in [0, `most`]. GradebookError for an item the rubric does not have."""
    chosen = sum((rubric.item(name).points for name in mark.items), ZERO)
    return min(most, max(ZERO, rubric.start(most) + chosen + mark.adjustment))


def words_of(rubric: Rubric, mark: Mark) -> str:
    """What the student reads: a line for each item in the rubric's order, then the comment."""
    chosen = [item.words for item in rubric.items if item.id in mark.items]
    return "\n".join([*chosen, *([mark.comment.strip()] if mark.comment.strip() else [])])


def worth(points: Decimal, rubric: Rubric, most: Decimal, *, reason: str, comment: str = "") -> Mark:
    """The mark without items that is worth `points`. GradebookError unless they lie in [0, `most`]."""
    checked_points(points, "points", most=most)
    return Mark(adjustment=points - rubric.start(most), reason=reason, comment=comment)


def rubric_of(check: CheckSpec) -> Rubric | None:
    """The rubric that an assignment's author gave a check, None where there is none."""
    if not check.rubric:
        return None
    items = tuple(
        RubricItem(id=item.id, text=item.text, points=item.points, comment=item.comment)
        for item in check.rubric
    )
    return Rubric(
        check=str(check.id), items=items, mark_type=MarkType.DEDUCT if check.deducts else MarkType.ADD
    )


def items_to_json(items: Sequence[RubricItem]) -> list[dict[str, str]]:
    """Items as JSON values."""
    return [
        {"id": item.id, "text": item.text, "points": f"{item.points:f}", "comment": item.comment}
        for item in items
    ]


def items_from_json(stored: Sequence[Mapping[str, Any]]) -> tuple[RubricItem, ...]:
    """The items that `items_to_json` was given."""
    return tuple(RubricItem(**{**item, "points": Decimal(item["points"])}) for item in stored)


def checked_points(
    points: Decimal, what: str, *, least: Decimal = ZERO, most: Decimal = MOST_POINTS
) -> Decimal:
    """Return `points` if they are a number in the range with at most 6 decimals. GradebookError otherwise."""
    if not points.is_finite() or not least <= points <= most:
        span = f"between {least:f} and {most:f}" if most < MOST_POINTS else "a finite number of usual size"
        raise GradebookError(f"{what} must be {span}, not {points}")
    if Decimal(to_micro(points)) != points * 1_000_000:
        raise GradebookError(f"{what} must have at most 6 decimals, not {points}")
    return points


def signed(points: Decimal) -> str:
    """Points with their sign, such as +2 or -0.5."""
    text = f"{points.normalize() + ZERO:f}"
    return text if points < 0 else f"+{text}"
