"""What the rows of a filled-in sheet would change: compared with the gradebook first, written as a whole.

A row that says what stands already changes nothing. Rows with nothing filled in are left aside. Any wrong row
stops the import, and each one is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches

from autograder.errors import GradebookError
from gradebook.exports.table import refuse
from gradebook.marking.leases import Lease
from gradebook.marking.marks import GivenMark
from gradebook.marking.pieces import Piece, PieceRef
from gradebook.marking.rubric import ZERO, Mark, Rubric, checked_points, points_of, worth
from gradebook.marking.sheet_rows import SheetRow


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetMark:
    """One mark that a sheet gives. `rubric` has no items where the row says points only."""

    line: int
    piece: Piece
    rubric: Rubric
    mark: Mark
    before: Decimal | None
    after: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetDiff:
    """What importing a sheet does: the marks it gives; how many rows say what stands, or nothing."""

    marks: tuple[SheetMark, ...]
    unchanged: int
    empty: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The gradebook's side. `counts` are the submissions that count; `now` decides which leases hold."""

    pieces: Mapping[PieceRef, Piece]
    rubrics: Mapping[str, Rubric]
    given: Mapping[PieceRef, GivenMark]
    leases: Mapping[PieceRef, Lease]
    counts: frozenset[str]
    now: datetime


class _Wrong(Exception):
    """Why a row cannot be imported."""


def compared(rows: Sequence[SheetRow], known: Known, grader: str, *, name: str) -> SheetDiff:
    """What the rows of the file `name` change, imported by `grader`. GradebookError names every wrong row."""
    problems: list[str] = []
    marks: list[SheetMark] = []
    seen: dict[PieceRef, int] = {}
    unchanged = empty = 0
    for row in rows:
        try:
            piece = _piece(row, known)
            if piece.ref in seen:
                raise _Wrong(f"{piece.ref} is in line {seen[piece.ref]} already")
            seen[piece.ref] = row.line
            if not row.filled:
                empty += 1
                continue
            made = _mark(row, piece, known)
            if made is None:
                unchanged += 1
                continue
            _refuse_meanwhile(row, piece, known, grader)
            marks.append(made)
        except _Wrong as wrong:
            problems.append(f"line {row.line}: {wrong}")
        except GradebookError as error:
            problems.append(f"line {row.line}: {error}")
    refuse(f"{name} cannot be imported", problems)
    return SheetDiff(marks=tuple(marks), unchanged=unchanged, empty=empty)


def _piece(row: SheetRow, known: Known) -> Piece:
    if row.piece:
        piece = known.pieces.get(PieceRef.parse(row.piece))
        if piece is None:
            raise _Wrong(f"there is no piece {row.piece[:60]}")
        if row.check != piece.ref.check:
            raise _Wrong(f"the piece is {piece.ref}, but the column check says {row.check[:60]}")
        if row.student and row.student not in (piece.student, piece.pseudonym):
            raise _Wrong(f"{piece.ref} is not of {row.student[:60]}")
        if row.submission and row.submission != piece.submission:
            raise _Wrong(f"{piece.ref} is not of the submission {row.submission[:60]}")
        return piece
    return _found(row, known)


def _found(row: SheetRow, known: Known) -> Piece:
    """The piece of a row that names a student or a submission."""
    every = list(known.pieces.values())
    if row.submission:
        some = [piece for piece in every if piece.submission == row.submission]
        if not some:
            raise _Wrong(_nobody("submission", row.submission, (piece.submission for piece in every)))
        if row.student and row.student not in (some[0].student, some[0].pseudonym):
            raise _Wrong(f"the submission {row.submission[:60]} is not of {row.student[:60]}")
    elif row.student:
        theirs = [piece for piece in every if row.student in (piece.student, piece.pseudonym)]
        if not theirs:
            raise _Wrong(_nobody("student", row.student, (_who(piece, row.student) for piece in every)))
        some = [piece for piece in theirs if piece.submission in known.counts]
        if len({piece.ref.submission for piece in some}) != 1:
            raise _Wrong(f"no submission of {row.student[:60]} counts alone; name it in a column submission")
    else:
        raise _Wrong("it names no piece, submission or student")
    chosen = [piece for piece in some if piece.ref.check == row.check]
    if not chosen:
        raise _Wrong(_nobody("check", row.check, (piece.ref.check for piece in some)))
    return chosen[0]


def _mark(row: SheetRow, piece: Piece, known: Known) -> SheetMark | None:
    """The mark a row gives; None when that stands already."""
    given = known.given.get(piece.ref)
    rubric = known.rubrics.get(piece.ref.check, Rubric(check=piece.ref.check))
    if row.items is None and row.adjustment is None:
        return _points_only(row, piece, given)
    if not rubric.items and row.items:
        raise _Wrong(f"{piece.ref.check} has no rubric, so no items can be chosen")
    chosen = row.items or ()
    for item in chosen:
        rubric.item(item)
    order = tuple(item.id for item in rubric.items if item.id in chosen)
    mark = Mark(items=order, adjustment=row.adjustment or ZERO, reason=row.reason, comment=row.comment)
    after = points_of(rubric, mark, piece.most)
    said = None if row.state and row.points == piece.by_hand else row.points  # as the sheet was written
    if said is not None and said != after:
        raise _Wrong(f"the items and the adjustment give {after:f}, but the column points says {said:f}")
    if given is not None and given.rubric_id is not None and after == given.points:
        same = (set(given.mark.items), given.mark.adjustment, given.mark.comment.strip())
        if same == (set(chosen), mark.adjustment, mark.comment.strip()):
            return None
    return SheetMark(line=row.line, piece=piece, rubric=rubric, mark=mark, before=piece.earned, after=after)


def _points_only(row: SheetRow, piece: Piece, given: GivenMark | None) -> SheetMark | None:
    if row.points is None:
        raise _Wrong("there is a comment, but neither points nor items")
    plain = Rubric(check=piece.ref.check)
    if given is not None and given.mark.items:
        chosen = ", ".join(given.mark.items)
        raise _Wrong(
            f"{given.who} marked {piece.ref} with items of the rubric ({chosen}), and this row chooses none; "
            f"choose items in columns such as {piece.ref.check}/{given.mark.items[0]}, or empty the row"
        )
    checked_points(row.points, "points", most=piece.most)
    reason = row.reason or "points from a sheet"
    mark = worth(row.points, plain, piece.most, reason=reason, comment=row.comment)
    before = "" if given is None else given.mark.comment.strip()
    if piece.by_hand == row.points and before == row.comment.strip():
        return None
    return SheetMark(
        line=row.line, piece=piece, rubric=plain, mark=mark, before=piece.earned, after=row.points
    )


def _refuse_meanwhile(row: SheetRow, piece: Piece, known: Known, grader: str) -> None:
    if row.state and row.state != piece.state:
        raise _Wrong(f"{piece.ref} was marked or graded again after the sheet was written")
    if piece.earned is not None and not row.state and not row.reason:
        raise _Wrong(f"{piece.ref} has {piece.earned:f} points already; say why in a column reason")
    lease = known.leases.get(piece.ref)
    if lease is not None and lease.holds(known.now) and lease.grader != grader:
        raise _Wrong(f"{piece.ref} is with {lease.grader} until {lease.expires:%Y-%m-%d %H:%M:%SZ}")


def _who(piece: Piece, typed: str) -> str:
    """What to suggest: to who marks blind no id is shown."""
    return piece.pseudonym if typed.startswith("p-") else piece.student


def _nobody(what: str, name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, sorted(set(known)), n=3, cutoff=0.6)
    return f"there is no {what} {name[:60]!r}" + (f"; did you mean {', '.join(near)}?" if near else "")
