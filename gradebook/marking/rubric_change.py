"""What another rubric does to the marks that stand: shown first, then written as one transaction.

Marks keep the items that were chosen; what those are worth follows from the rubric that counts. Points that
somebody set in another way stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from autograder.errors import GradebookError
from gradebook.marking.marks import GivenMark, add_mark, standing_marks
from gradebook.marking.pieces import Piece, known_assignment, pieces
from gradebook.marking.rubric import Rubric, points_of, signed, words_of
from gradebook.marking.rubric_storing import add_rubric, rubric_for
from gradebook.values import Decision, Offering


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One mark that another rubric changes: its points, or only the words the student reads."""

    piece: Piece
    given: GivenMark
    before: Decimal
    after: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RubricChange:
    """What storing a rubric does. `unchanged` marks stay; `kept` pieces have points that no rubric gave."""

    before: Rubric
    after: Rubric
    lines: tuple[str, ...]
    moved: tuple[Moved, ...]
    unchanged: int
    kept: tuple[Piece, ...]

    @property
    def new(self) -> bool:
        """Whether it says anything else than the rubric that counted before."""
        return not self.before.same_as(self.after)


def preview(db: Connection, offering: Offering, assignment: str, rubric: Rubric) -> RubricChange:
    """What storing `rubric` would change. GradebookError when it lacks an item that a mark has chosen."""
    known_assignment(db, offering, assignment)
    before = rubric_for(db, offering, assignment, rubric.check)
    there = pieces(db, offering, assignment, checks=[rubric.check])
    if not there and not before.id:
        raise GradebookError(
            f"no submission for {assignment} has the check {rubric.check!r}",
            hint="A rubric is stored after the first grading was recorded.",
        )
    given = standing_marks(db, there)
    moved, unchanged = [], 0
    for piece in there:
        mark = given.get(piece.ref)
        if mark is None or mark.rubric_id is None:
            continue
        _refuse_lost(rubric, mark)
        after = points_of(rubric, mark.mark, piece.most)
        if after == mark.points and words_of(rubric, mark.mark) == words_of(before, mark.mark):
            unchanged += 1
        else:
            moved.append(Moved(piece=piece, given=mark, before=mark.points, after=after))
    kept = [
        piece
        for piece in there
        if piece.by_hand is not None and (piece.ref not in given or given[piece.ref].rubric_id is None)
    ]
    return RubricChange(
        before=before,
        after=rubric,
        lines=tuple(_differences(before, rubric)),
        moved=tuple(moved),
        unchanged=unchanged,
        kept=tuple(kept),
    )


def apply(
    db: Connection, offering: Offering, assignment: str, rubric: Rubric, *, decision: Decision, now: datetime
) -> RubricChange:
    """Store a rubric and write every mark that it changes."""
    change = preview(db, offering, assignment, rubric)
    if not change.new:
        return change
    number = add_rubric(db, offering, assignment, rubric, decision=decision, now=now)
    stored = Rubric(check=rubric.check, items=rubric.items, mark_type=rubric.mark_type, id=number)
    for moved in change.moved:
        add_mark(db, offering, moved.piece, stored, moved.given.mark, decision=decision, now=now)
    return change


def _refuse_lost(rubric: Rubric, given: GivenMark) -> None:
    ids = {item.id for item in rubric.items}
    lost = [name for name in given.mark.items if name not in ids]
    if lost:
        raise GradebookError(
            f"the new rubric of {rubric.check} has no item {lost[0]!r}, which the mark of {given.ref} chose",
            hint="Keep the item and set its points to 0, or mark those pieces again first.",
        )


def _differences(before: Rubric, after: Rubric) -> Iterator[str]:
    if before.mark_type is not after.mark_type:
        yield f"marks {after.mark_type.value} instead of {before.mark_type.value}"
    old = {item.id: item for item in before.items}
    for item in after.items:
        was = old.pop(item.id, None)
        if was is None:
            yield f"+ {item.id}: {signed(item.points)} {item.text}"
            continue
        if was.points != item.points:
            yield f"~ {item.id}: {signed(was.points)} -> {signed(item.points)}"
        if (was.text, was.comment) != (item.text, item.comment):
            yield f"~ {item.id}: other words: {item.comment or item.text}"
    for name in old:
        yield f"- {name}"
    common = [item.id for item in after.items if any(item.id == one.id for one in before.items)]
    if common != [item.id for item in before.items if item.id in common]:
        yield "~ another order"
