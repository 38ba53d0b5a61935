"""Marks as a table for a spreadsheet, and the same table read again: text and values, no database.

One row for each piece. Items are columns `CHECK/ITEM`, chosen with an x. A table made by hand needs no more
than `student` (or `submission`, or `piece`), `check` and `points`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import Final

from gradebook.exports.cells import number
from gradebook.exports.delimited import Delimited, Manner, write_delimited
from gradebook.exports.table import refuse
from gradebook.marking.marks import GivenMark
from gradebook.marking.pieces import Piece
from gradebook.marking.rubric import Rubric

WHO: Final = ("piece", "student", "submission", "check")
SAID: Final = ("points", "adjustment", "reason", "comment")
SEEN: Final = ("title", "out of", "state")
_YES: Final = frozenset({"x", "1", "yes", "y", "true"})
_NO: Final = frozenset({"", "0", "no", "n", "false"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """One row as somebody filled it in. `line` is where it stands in the file.

    `items` are the ids chosen, None where no cell of an item was filled in; numbers are None where empty.
    `state` is the piece's when the sheet was written; empty in a table made by hand.
    """

    line: int
    piece: str = ""
    student: str = ""
    submission: str = ""
    check: str = ""
    state: str = ""
    items: tuple[str, ...] | None = None
    points: Decimal | None = None
    adjustment: Decimal | None = None
    reason: str = ""
    comment: str = ""

    @property
    def filled(self) -> bool:
        """Whether somebody said anything about the piece."""
        said = (self.items, self.points, self.adjustment)
        return any(one is not None for one in said) or bool(self.comment)


def sheet(
    found: Sequence[tuple[Piece, GivenMark | None]], rubrics: Mapping[str, Rubric], *, blind: bool
) -> bytes:
    """The file's bytes: every piece with what it has. `blind`: pseudonyms in place of ids."""
    checks = list(dict.fromkeys(piece.ref.check for piece, _ in found))
    columns = [
        (check, item.id) for check in checks for item in (rubrics[check].items if check in rubrics else ())
    ]
    header = [*WHO, *SEEN, *(f"{check}/{item}" for check, item in columns), *SAID]
    return write_delimited(header, (_line(*one, columns, blind=blind) for one in found), Manner(bom=True))


def _line(
    piece: Piece, given: GivenMark | None, columns: Iterable[tuple[str, str]], *, blind: bool
) -> list[str]:
    mark = None if given is None else given.mark
    by_rubric = given is not None and given.rubric_id is not None
    chosen = () if mark is None else mark.items
    return [
        str(piece.ref),
        piece.pseudonym if blind else piece.student,
        "" if blind else piece.submission,
        piece.ref.check,
        piece.title,
        f"{piece.most:f}",
        piece.state,
        *("x" if check == piece.ref.check and item in chosen else "" for check, item in columns),
        "" if piece.by_hand is None else f"{piece.by_hand:f}",
        f"{mark.adjustment:f}" if mark is not None and by_rubric and mark.adjustment else "",
        mark.reason if mark is not None and by_rubric and mark.adjustment else "",
        "" if mark is None else mark.comment,
    ]


def rows_of(table: Delimited, name: str, *, check: str = "") -> tuple[SheetRow, ...]:
    """The rows of a table. `check` is the check where the table has no such column.

    GradebookError names every column nobody knows and every cell that cannot be read, by line.
    """
    columns = {title: place for place, title in enumerate(table.header) if title}
    known = {*WHO, *SEEN, *SAID}
    problems = [
        f"line 1: {_unknown(title, known)}" for title in columns if title not in known and "/" not in title
    ]
    if not {"piece", "student", "submission"} & set(columns):
        problems.append("line 1: there is no column piece, student or submission")
    if "piece" not in columns and "check" not in columns and not check:
        problems.append("line 1: there is no column check")
    refuse(f"{name} cannot be imported", problems)
    read = [_read(line.number, line.cells, columns, check) for line in table.lines]
    refuse(f"{name} cannot be imported", [problem for _, some in read for problem in some])
    return tuple(row for row, _ in read)


def _read(
    line: int, cells: Sequence[str], columns: Mapping[str, int], check: str
) -> tuple[SheetRow, list[str]]:
    problems: list[str] = []

    def cell(title: str) -> str:
        return cells[columns[title]].strip() if title in columns else ""

    def value(title: str) -> Decimal | None:
        try:
            return number(cell(title))
        except ValueError:
            problems.append(f"line {line}: {cell(title)[:40]!r} in the column {title} is no number of points")
            return None

    about = cell("check") or cell("piece").partition(":")[2] or check
    chosen: list[str] = []
    given = False
    for title in columns:
        its_check, slash, item = title.partition("/")
        said = cell(title).casefold()
        if not slash or not said:
            continue
        if said not in _YES | _NO:
            problems.append(f"line {line}: {cell(title)[:40]!r} in the column {title}: write x, or nothing")
        elif its_check != about:
            if said in _YES:
                problems.append(f"line {line}: {title} is no item of {about or 'this row'}")
        else:
            given = True
            chosen += [item] if said in _YES else []
    row = SheetRow(
        line=line,
        piece=cell("piece"),
        student=cell("student"),
        submission=cell("submission"),
        check=about,
        state=cell("state"),
        items=tuple(chosen) if given else None,
        points=value("points"),
        adjustment=value("adjustment"),
        reason=cell("reason"),
        comment=cell("comment"),
    )
    if row.filled and not about:
        problems.append(f"line {line}: the check is missing")
    return row, problems


def _unknown(title: str, known: Iterable[str]) -> str:
    near = get_close_matches(title, sorted(known), n=1, cutoff=0.6)
    return f"no column {title[:60]!r} is known" + (f"; did you mean {near[0]}?" if near else "")
