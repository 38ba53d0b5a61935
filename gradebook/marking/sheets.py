"""Marks out to a spreadsheet and in again, for one assignment of an offering."""

from __future__ import annotations

from sqlalchemy import Connection

from autograder.errors import GradebookError
from gradebook.exports.delimited import read_delimited
from gradebook.marking.leases import forget, leases
from gradebook.marking.marking_book import MarkingBook
from gradebook.marking.marks import add_mark, standing_marks
from gradebook.marking.pieces import known_assignment, pieces
from gradebook.marking.rubric_storing import rubrics_of
from gradebook.marking.sheet_import import Known, SheetDiff, compared
from gradebook.marking.sheet_rows import rows_of, sheet
from gradebook.marking.which_count import counting
from gradebook.values import Decision


def export_sheet(
    marking: MarkingBook,
    assignment: str,
    *,
    check: str = "",
    every_attempt: bool = False,
    marked_too: bool = False,
    blind: bool = False,
) -> tuple[bytes, int]:
    """The file's bytes and the number of its rows: the pieces of `MarkingBook.queue`.

    GradebookError when no piece waits.
    """
    desks = marking.queue(assignment, check=check, every_attempt=every_attempt, marked_too=marked_too)
    if not desks:
        raise GradebookError(
            f"nothing of {assignment} waits for a person",
            hint="With --marked the sheet shows what is marked.",
        )
    found = [(desk.piece, desk.given) for desk in desks]
    return sheet(found, marking.rubrics(assignment), blind=blind), len(desks)


def import_sheet(
    marking: MarkingBook,
    assignment: str,
    raw: bytes,
    grader: str,
    *,
    name: str,
    check: str = "",
    dry_run: bool = False,
) -> SheetDiff:
    """Give the marks that a filled-in sheet says: all of them, or none. Returns what that changes.

    `name` is what errors call the file; `check` is the check where the file has no such column.
    GradebookError names every wrong row; then, and in a dry run, nothing is written.
    """
    rows = rows_of(read_delimited(raw, name), name, check=check)
    with marking.book.reading() if dry_run else marking.alone() as db:
        diff = compared(rows, _known(db, marking, assignment), grader, name=name)
        if not dry_run:
            _write(db, marking, diff, grader)
    return diff


def _known(db: Connection, marking: MarkingBook, assignment: str) -> Known:
    known_assignment(db, marking.offering, assignment)
    found = pieces(db, marking.offering, assignment)
    now = marking.book.now()
    return Known(
        pieces={piece.ref: piece for piece in found},
        rubrics=rubrics_of(db, marking.offering, assignment),
        given=standing_marks(db, found),
        leases=leases(db, {piece.ref.submission for piece in found}),
        counts=counting(db, marking.offering, assignment, now),
        now=now,
    )


def _write(db: Connection, marking: MarkingBook, diff: SheetDiff, grader: str) -> None:
    for one in diff.marks:
        decision = Decision(who=grader, why=one.mark.reason.strip() or "marked in a sheet")
        forget(db, one.piece.ref)
        add_mark(
            db, marking.offering, one.piece, one.rubric, one.mark, decision=decision, now=marking.book.now()
        )
