"""Grades for Canvas, always by way of its own export: its id columns and their order go back as they came.

Canvas knows students by its own numbers, and sets an assignment's points from the line "Points Possible": so
that line goes back as it came, too. A cell that is empty takes a grade away there; we never empty one.
"""

from __future__ import annotations

import re
from typing import Final

from autograder.errors import GradebookError
from gradebook.exports.cells import number
from gradebook.exports.delimited import Line, read_delimited
from gradebook.exports.lms import LmsColumn, LmsExport, LmsStudent
from gradebook.exports.table import refuse

IDS: Final = ("ID", "SIS User ID", "SIS Login ID", "Integration ID")
_LAST_OF_STUDENT: Final = "Section"
_KNOWN: Final = (*IDS, "Student", "LastName", "FirstName", "Root Account", _LAST_OF_STUDENT)
_POSSIBLE: Final = "Points Possible"
_READ_ONLY: Final = "(read only)"
_HIDDEN: Final = re.compile(r"\s*(Muted|Manual Posting.*)?\s*", re.IGNORECASE)
_NUMBERED: Final = re.compile(r"(?P<title>.+) \((?P<id>[0-9]+)\)")
_HINT: Final = "In Canvas: Grades, Export, Export Entire Gradebook."


def read_canvas(raw: bytes, name: str) -> LmsExport:
    """Read a gradebook that Canvas exported. GradebookError, naming the line or column, otherwise."""
    file = read_delimited(raw, name)
    header = file.header
    if not header[0].startswith(("Student", "LastName")) or not {"ID", _LAST_OF_STUDENT} <= set(header):
        raise GradebookError(f"{name} does not begin with the columns Student, ID ... Section", hint=_HINT)
    kept = tuple(range(header.index(_LAST_OF_STUDENT) + 1))
    strange = [title for title in header[: len(kept)] if title not in _KNOWN]
    refuse(f"{name}: columns that are not of Canvas stand before Section", strange, hint=_HINT)
    before = tuple(line for line in file.lines if _above(line))
    possible = next((line for line in before if _POSSIBLE in line.cells[0]), None)
    if possible is None:
        raise GradebookError(f'{name} has no line "{_POSSIBLE}"', hint=_HINT)
    columns = tuple(
        _column(place, title, possible, name)
        for place, title in enumerate(header)
        if place >= len(kept) and title
    )
    named = [place for place, title in enumerate(header) if title in ("Student", "LastName", "FirstName")]
    return LmsExport(
        lms="Canvas",
        manner=file.manner,
        header=header,
        kept=kept,
        columns=columns,
        students=tuple(
            LmsStudent(
                line=line,
                ids={header[place]: line.cells[place].strip() for place in kept if header[place] in IDS},
                name=", ".join(line.cells[place].strip() for place in named),
            )
            for line in file.lines
            if line not in before
        ),
        before=before,
        words=frozenset({"", "-", "EX", "N/A"}),
        excused="EX",
        decimals=2,
    )


def _above(line: Line) -> bool:
    return _POSSIBLE in line.cells[0] or all(_HIDDEN.fullmatch(cell) for cell in line.cells)


def _column(place: int, title: str, possible: Line, name: str) -> LmsColumn:
    cell = possible.cells[place].strip()
    numbered = _NUMBERED.fullmatch(title)
    names = (title,) if numbered is None else (title, numbered["title"], numbered["id"])
    if cell == _READ_ONLY or not cell:
        why = "Canvas computes it" if cell else f'the line "{_POSSIBLE}" has no points for it'
        return LmsColumn(index=place, header=title, names=names, maximum=None, locked=why)
    try:
        return LmsColumn(index=place, header=title, names=names, maximum=number(cell))
    except ValueError as error:
        raise GradebookError(f"{name}, line {possible.number}, {title!r}: {error}") from None
