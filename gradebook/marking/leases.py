"""Leases: while one grader holds a piece, nobody else is given it. Each runs inside the caller's transaction.

A lease ends by itself, so that a piece is not lost with a closed laptop. It is no lock on the work itself:
who marks without asking for a piece first is refused only where somebody else holds it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from autograder.errors import GradebookError
from gradebook.auditing import alone
from gradebook.marking.pieces import Piece, PieceRef
from gradebook.marking.tables import mark_leases
from gradebook.tables import submissions
from gradebook.values import Offering, checked_key

USUAL = timedelta(minutes=30)
MINE = "mine"
"""In the place of a piece: the one that its grader holds."""
LONGEST = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who holds a piece, and until when."""

    ref: PieceRef
    grader: str
    taken: datetime
    expires: datetime

    def holds(self, now: datetime) -> bool:
        """Whether it has not ended yet."""
        return now < self.expires


def one_marker_at_a_time(db: Connection, offering: Offering) -> None:
    """Wait until nobody else takes or marks pieces of this offering; others then wait until the end."""
    alone(db, offering.course, offering.term, "marking")


def leases(db: Connection, numbers: Collection[int]) -> dict[PieceRef, Lease]:
    """The leases on pieces of the submissions with these numbers, ended ones too."""
    kept = mark_leases.c
    found = {}
    asked = sorted(numbers)
    for start in range(0, len(asked), 500):
        query = select(mark_leases).where(kept.submission_id.in_(asked[start : start + 500]))
        for row in db.execute(query):
            ref = PieceRef(row.submission_id, row.check_id)
            found[ref] = Lease(ref=ref, grader=row.grader, taken=row.taken_at, expires=row.expires_at)
    return found


def held(db: Connection, offering: Offering, grader: str, *, now: datetime) -> PieceRef:
    """The one piece that a grader holds. GradebookError when there is none, or more than one."""
    kept, of = mark_leases.c, submissions.c
    query = (
        select(kept.submission_id, kept.check_id)
        .join(submissions, of.id == kept.submission_id)
        .where(of.course == offering.course, of.term == offering.term)
        .where(kept.grader == grader, kept.expires_at > now)
    )
    found = [PieceRef(row.submission_id, row.check_id) for row in db.execute(query)]
    if len(found) != 1:
        named = ", ".join(sorted(map(str, found))) or "nothing"
        raise GradebookError(
            f"{grader} holds {named}",
            hint="Name the piece." if found else "Take one with `autograder marking next`.",
        )
    return found[0]


def take_first(
    db: Connection, candidates: Iterable[Piece], grader: str, *, now: datetime, lasts: timedelta = USUAL
) -> tuple[Piece, Lease] | None:
    """Lease the first piece that nobody else holds; None when there is none.

    Who holds one of them already gets that one again, with new time.
    """
    waiting = list(candidates)
    held = leases(db, {piece.ref.submission for piece in waiting})
    mine = [piece for piece in waiting if _held_by(held.get(piece.ref), now) == grader]
    free = [piece for piece in waiting if _held_by(held.get(piece.ref), now) is None]
    for piece in [*mine, *free][:1]:
        return piece, take(db, piece.ref, grader, now=now, lasts=lasts)
    return None


def take(db: Connection, ref: PieceRef, grader: str, *, now: datetime, lasts: timedelta = USUAL) -> Lease:
    """Lease a piece, or give a lease new time. GradebookError when somebody else holds it."""
    checked_key(grader, "a grader's name")
    if not timedelta(0) < lasts <= LONGEST:
        raise GradebookError(f"a lease lasts up to {LONGEST.days} days, not {lasts}")
    before = refuse_others(db, ref, grader, now=now)
    taken = before.taken if before is not None and _held_by(before, now) == grader else now
    forget(db, ref)
    lease = Lease(ref=ref, grader=grader, taken=taken, expires=now + lasts)
    row = {"submission_id": ref.submission, "check_id": ref.check, "grader": grader}
    db.execute(insert(mark_leases), {**row, "taken_at": taken, "expires_at": lease.expires})
    return lease


def renew(db: Connection, ref: PieceRef, grader: str, *, now: datetime, lasts: timedelta = USUAL) -> Lease:
    """Give a lease new time, also one that ended and that nobody took. GradebookError unless it is there."""
    if _yours(db, ref, grader) is None:
        raise GradebookError(f"{grader} does not hold {ref}", hint="Take it again with `marking next`.")
    return take(db, ref, grader, now=now, lasts=lasts)


def release(db: Connection, ref: PieceRef, grader: str) -> None:
    """Give a piece back unmarked. GradebookError when `grader` does not hold it."""
    if _yours(db, ref, grader) is None:
        raise GradebookError(f"{grader} does not hold {ref}, so there is nothing to give back")
    forget(db, ref)


def refuse_others(db: Connection, ref: PieceRef, grader: str, *, now: datetime) -> Lease | None:
    """The piece's lease, if any. GradebookError when somebody else holds it now."""
    found = leases(db, [ref.submission]).get(ref)
    holder = _held_by(found, now)
    if found is not None and holder not in (None, grader):
        raise GradebookError(
            f"{ref} is with {holder} until {found.expires:%Y-%m-%d %H:%M:%SZ}",
            hint="Take another piece with `autograder marking next`.",
        )
    return found


def forget(db: Connection, ref: PieceRef) -> None:
    """Remove a lease, whosever it is."""
    kept = mark_leases.c
    db.execute(delete(mark_leases).where(kept.submission_id == ref.submission, kept.check_id == ref.check))


def _yours(db: Connection, ref: PieceRef, grader: str) -> Lease | None:
    found = leases(db, [ref.submission]).get(ref)
    return found if found is not None and found.grader == grader else None


def _held_by(lease: Lease | None, now: datetime) -> str | None:
    return lease.grader if lease is not None and lease.holds(now) else None
