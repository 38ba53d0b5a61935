"""Marks in the database: each is written with the change of points and words that follows from it.

Runs inside the caller's transaction. A mark stands as long as its change of points is the last one of its
check: points that somebody sets otherwise later take its place, and stay when a rubric changes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, insert, select

from autograder.errors import GradebookError
from gradebook import reading, tables, writing
from gradebook.auditing import audit
from gradebook.marking.pieces import Piece, PieceRef
from gradebook.marking.rubric import Mark, Rubric, points_of, words_of
from gradebook.marking.tables import marks
from gradebook.values import ChangeKind, Decision, Offering


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenMark:
    """A mark as it was written. `rubric_id` is None where the check had no rubric."""

    id: int
    ref: PieceRef
    rubric_id: int | None
    mark: Mark
    points: Decimal
    who: str
    at: datetime


def add_mark(
    db: Connection,
    offering: Offering,
    piece: Piece,
    rubric: Rubric,
    mark: Mark,
    *,
    decision: Decision,
    now: datetime,
) -> GivenMark:
    """Write a mark with its points and words. GradebookError for an item the rubric does not have."""
    points, words = points_of(rubric, mark, piece.most), words_of(rubric, mark)
    row = reading.one_row(db, piece.score_id)
    if row is None:
        raise GradebookError(f"there is no score {piece.score_id}")

    def change(kind: ChangeKind, given: Decimal | None) -> int:
        return writing.add_change(
            db, row, kind=kind, subject=piece.ref.check, points=given, state=None, comment=words,
            decision=decision, now=now,
        )  # fmt: skip

    change_id = change(ChangeKind.CHECK_POINTS, points)
    if words or _commented(db, piece.ref):
        change(ChangeKind.COMMENT, None)
    values = {
        "submission_id": piece.ref.submission,
        "check_id": piece.ref.check,
        "rubric_id": rubric.id or None,
        "change_id": change_id,
        "items": list(mark.items),
        "adjustment": mark.adjustment,
        "reason": mark.reason,
        "comment": mark.comment,
        "points": points,
        "who": decision.who,
        "why": decision.why,
        "at": now,
    }
    number = int(db.execute(insert(marks).returning(marks.c.id), values).scalar_one())
    audit(db, "marked", marks.name, number, offering, decision=decision, now=now)
    return GivenMark(
        id=number,
        ref=piece.ref,
        rubric_id=rubric.id or None,
        mark=mark,
        points=points,
        who=decision.who,
        at=now,
    )


def standing_marks(db: Connection, pieces: Collection[Piece]) -> dict[PieceRef, GivenMark]:
    """The marks of these pieces that stand."""
    changes = sorted({piece.change for piece in pieces if piece.change})
    wanted = {piece.ref for piece in pieces}
    found = {}
    for start in range(0, len(changes), 500):
        query = select(marks).where(marks.c.change_id.in_(changes[start : start + 500]))
        for row in db.execute(query):
            ref = PieceRef(row.submission_id, row.check_id)
            if ref in wanted:
                found[ref] = GivenMark(
                    id=row.id,
                    ref=ref,
                    rubric_id=row.rubric_id,
                    mark=Mark(
                        items=tuple(row.items),
                        adjustment=row.adjustment,
                        reason=row.reason,
                        comment=row.comment,
                    ),
                    points=row.points,
                    who=row.who,
                    at=row.at,
                )
    return found


def _commented(db: Connection, ref: PieceRef) -> bool:
    """Whether words on this check stand, which would hide those of a new mark."""
    kept = tables.score_changes.c
    query = (
        select(kept.comment)
        .where(kept.submission_id == ref.submission, kept.subject == ref.check)
        .where(kept.kind == ChangeKind.COMMENT.value)
        .order_by(kept.id.desc())
        .limit(1)
    )
    return bool(db.execute(query).scalar())
