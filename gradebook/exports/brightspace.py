"""Grades for Brightspace: `OrgDefinedId` or `Username`, `<item> Points Grade`, a sign that ends each line.

Brightspace takes points by the name of the item. In its own exports ids begin with `#`, so that spreadsheets
keep their zeros; it reads them with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from autograder.errors import GradebookError
from gradebook.exports.cells import neutral, number
from gradebook.exports.delimited import Manner, read_delimited, write_delimited
from gradebook.exports.lms import LmsColumn, LmsExport, LmsStudent
from gradebook.exports.table import GradeRow, GradeTable, plain_number, refuse, twice

KEYS: Final = {"Username": "net_id", "OrgDefinedId": "student"}
"""The columns that tell students apart, and what of ours is written there without an export."""

END, SIGN = "End-of-Line Indicator", "#"
POINTS: Final = "Points Grade"
_EMAIL, _NAMES = "Email", ("First Name", "Last Name")
_KNOWN: Final = {title.casefold(): title for title in (*KEYS, _EMAIL, *_NAMES, END)}
_ITEM: Final = re.compile(r"(?P<name>.+?) Points Grade(?: ?<(?P<about>[^<>]*)>)?")
_MAXIMUM: Final = re.compile(r"MaxPoints:([0-9.,]+)")


def read_brightspace(raw: bytes, name: str) -> LmsExport:
    """Read what Brightspace exports with grades as points. GradebookError, naming the line, otherwise."""
    file = read_delimited(raw, name)
    place_of = {
        _KNOWN[title.casefold()]: place
        for place, title in enumerate(file.header)
        if title.casefold() in _KNOWN
    }
    keys = sorted(place_of[title] for title in KEYS if title in place_of)
    if not keys:
        raise GradebookError(
            f"{name} has no column OrgDefinedId and no column Username",
            hint="In Brightspace: Grades, Enter Grades, Export; key field `Both`, values `Points grade`.",
        )
    problems = []
    if END in place_of:
        problems = [
            f"line {line.number} does not end with {SIGN}: it is not whole"
            for line in file.lines
            if line.cells[place_of[END]].strip() != SIGN
        ]
    problems += [
        f"line {line.number} names nobody"
        for line in file.lines
        if not any(line.cells[place].strip(" #") for place in keys)
    ]
    refuse(f"{name} cannot be read", problems, hint="Download it again, and leave its lines as they are.")
    columns = tuple(
        column for place, title in enumerate(file.header) if (column := _column(place, title, name))
    )
    used = {*place_of.values(), *(column.index for column in columns)}
    ids = [title for title in (*KEYS, _EMAIL) if title in place_of]
    names = [place_of[title] for title in _NAMES if title in place_of]
    return LmsExport(
        lms="Brightspace",
        manner=file.manner,
        header=file.header,
        kept=tuple(keys),
        columns=columns,
        students=tuple(
            LmsStudent(
                line=line,
                ids={title: line.cells[place_of[title]].strip().removeprefix("#") for title in ids},
                name=" ".join(line.cells[place] for place in names).strip(),
            )
            for line in file.lines
        ),
        last=(END, SIGN),
        words=frozenset({""}),
        left_out=tuple(title for place, title in enumerate(file.header) if title and place not in used),
    )


def _column(place: int, title: str, file: str) -> LmsColumn | None:
    found = _ITEM.fullmatch(title)
    if found is None:
        return None
    said = _MAXIMUM.search(found["about"] or "")
    try:
        maximum = None if said is None else number(said[1].rstrip(",."))
    except ValueError as error:
        raise GradebookError(f"{file}, column {title!r}: {error}") from None
    return LmsColumn(index=place, header=title, names=(found["name"], title), maximum=maximum)


def write_brightspace(table: GradeTable, *, key: str, names: Mapping[str, str]) -> bytes:
    """A file without an export to start from: every student of `table`, known by the column `key`.

    `names` are the items' names in Brightspace by assignment. GradebookError for students without that id,
    or with the same one, and for names that a spreadsheet would take for a formula.
    """
    ids = [_id(row, key) for row in table.rows]
    refuse(
        f"Brightspace could not tell whose grades these are by {key}",
        [
            *(f"{row.student} has none" for row, found in zip(table.rows, ids, strict=True) if not found),
            *(f"two students with {found!r}" for found in twice(filter(None, ids))),
            *(f"two items {name!r}" for name in twice(names.values())),
            *(f"an item cannot be called {name!r}" for name in names.values() if neutral(name) != name),
        ],
        hint="Record the roster, give another --key, or Brightspace's own export with --against.",
    )
    header = [key, *(f"{names[item.assignment]} {POINTS}" for item in table.items), END]
    lines = [
        [f"#{found}", *(_cell(row, item.assignment) for item in table.items), SIGN]
        for row, found in zip(table.rows, ids, strict=True)
    ]
    return write_delimited(header, lines, Manner())


def _id(row: GradeRow, key: str) -> str:
    own: dict[str, str] = {"net_id": row.net_id or row.student, "student": row.student}
    return own[KEYS[key]]


def _cell(row: GradeRow, assignment: str) -> str:
    grade = row.grades.get(assignment)
    points: Decimal | None = None if grade is None else grade.points
    return plain_number(points)
