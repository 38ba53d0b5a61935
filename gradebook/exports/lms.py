"""What an export of a learning management system (LMS) says, and the same file with new grades.

Reading one is the matter of `brightspace` and `canvas`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from gradebook.exports.cells import number
from gradebook.exports.delimited import Line, Manner, write_delimited


@dataclass(frozen=True, slots=True, kw_only=True)
class LmsColumn:
    """A column of grades: its place, its header, the names by which it may be called, and its maximum.

    `locked` says why nothing can be written there; it is empty where it can.
    """

    index: int
    header: str
    names: tuple[str, ...]
    maximum: Decimal | None
    locked: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LmsStudent:
    """A student's line. `ids` is by column, without what the LMS puts in front of an id."""

    line: Line
    ids: Mapping[str, str]
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LmsExport:
    """A file as it was downloaded.

    `kept` are the places of the columns that go back as they are; `before` are lines above the students;
    `last` is a column that ends every line. `words` are cells that are no number and mean no grade.
    `excused` is the cell of excused work, None where the LMS has no word for it. `decimals` is how far the
    LMS shows points, None if that is not known. `left_out` are columns that the LMS does not import.
    """

    lms: str
    manner: Manner
    header: tuple[str, ...]
    kept: tuple[int, ...]
    columns: tuple[LmsColumn, ...]
    students: tuple[LmsStudent, ...]
    before: tuple[Line, ...] = ()
    last: tuple[str, str] | None = None
    words: frozenset[str] = frozenset()
    excused: str | None = None
    decimals: int | None = None
    left_out: tuple[str, ...] = ()

    def old(self, student: LmsStudent, column: LmsColumn) -> Decimal | None:
        """The points that stand there; None where none do. ValueError for what is neither."""
        cell = student.line.cells[column.index]
        return None if cell.strip() in self.words else number(cell)


def filled(export: LmsExport, columns: Iterable[LmsColumn], new: Mapping[tuple[int, int], str]) -> bytes:
    """The file to upload: the columns that are kept, and `columns` with new cells by line number and place.

    Cells without a new text stay as they are, and so does the order of lines and columns.
    """
    places = sorted({*export.kept, *(column.index for column in columns)})
    last = () if export.last is None else export.last

    def cells(line: Line, end: tuple[str, ...]) -> list[str]:
        return [*(new.get((line.number, place), line.cells[place]) for place in places), *end]

    header = [*(export.header[place] for place in places), *last[:1]]
    above = [cells(line, ("",) if last else ()) for line in export.before]
    below = [cells(student.line, last[1:]) for student in export.students]
    return write_delimited(header, [*above, *below], export.manner)
