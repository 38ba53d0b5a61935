"""CSV and its relatives: bytes to cells with the number of their line, and back in the same manner.

It guards the form (encoding, quotes, number of cells). What the cells mean is its callers' matter.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from autograder.errors import GradebookError
from gradebook.exports.cells import SIGNS, neutral, restored
from gradebook.exports.table import refuse, twice

MOST_BYTES: Final = 64 * 1024 * 1024
_PLAIN: Final = re.compile(f'[^{SIGNS};,|"\' \u00a0\\t\\r\\n][^;,|"\\t\\r\\n]*')
"""Text that `neutral` leaves as it is, told in one look: no sign where a cell could begin, no quotes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a file is written: what parts cells, whether it begins with a byte order mark, how lines end."""

    separator: str = ","
    bom: bool = False
    newline: str = "\r\n"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of cells. `number` counts from 1 as editors do; the header is usually line 1."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delimited:
    """A file's header and lines, all of one length; apostrophes against formulas are taken off."""

    header: tuple[str, ...]
    lines: tuple[Line, ...]
    manner: Manner


def read_delimited(raw: bytes, name: str) -> Delimited:
    """Read CSV with commas, semicolons or tabs. `name` is what errors call the file.

    GradebookError, naming the line, for bytes that are not UTF-8, broken quotes, lines of another length
    than the header, and columns that are there twice.
    """
    if len(raw) > MOST_BYTES:
        raise GradebookError(f"{name}: {len(raw)} bytes are no list of grades")
    text = _decoded(raw, name)
    first = text.lstrip("\r\n").partition("\n")[0]
    separator = max(",;\t", key=lambda sign: _outside_quotes(first).count(sign))
    manner = Manner(
        separator=separator,
        bom=raw.startswith(codecs.BOM_UTF8),
        newline="\r\n" if first.endswith("\r") else "\n",
    )
    found = _lines(text, separator, name)
    if not found:
        raise GradebookError(f"{name}: the file is empty")
    header = tuple(title.strip() for title in found[0].cells)
    problems = [f"line {found[0].number}: two columns {title!r}" for title in twice(filter(None, header))]
    problems += [
        f"line {line.number} has {len(line.cells)} cells, the header has {len(header)}"
        for line in found[1:]
        if len(line.cells) != len(header)
    ]
    refuse(f"{name} cannot be read", problems, hint="Download it again, and leave its lines as they are.")
    return Delimited(header=header, lines=tuple(found[1:]), manner=manner)


def _decoded(raw: bytes, name: str) -> str:
    utf16 = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return raw.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise GradebookError(
            f"{name}, line {line}: this is not UTF-8",
            hint="Use the file as it was downloaded, or save it as `CSV UTF-8`.",
        ) from None


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])


def _lines(text: str, separator: str, name: str) -> list[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    found, begins = [], 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append(Line(begins, tuple(restored(cell) for cell in cells)))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise GradebookError(f"{name}, line {begins}: {error}") from None
    return found


def write_delimited(header: Sequence[str], lines: Iterable[Sequence[str]], manner: Manner) -> bytes:
    """The file's bytes, in UTF-8. Every cell is made harmless for spreadsheets; see `cells`."""
    return whole((joined(line, manner) for line in (header, *lines)), manner)


def joined(cells: Sequence[str], manner: Manner) -> str:
    """One line, or a part of one, without its end: harmless for spreadsheets and quoted where it must be."""
    return manner.separator.join([field(cell, manner.separator) for cell in cells])


def whole(lines: Iterable[str], manner: Manner) -> bytes:
    """A file of lines that `joined` made."""
    return (codecs.BOM_UTF8 if manner.bom else b"") + manner.newline.join([*lines, ""]).encode()


def field(text: str, separator: str) -> str:
    """One cell as it stands in the file."""
    if _PLAIN.fullmatch(text) and separator not in text:
        return text
    cell = neutral(text)
    special = separator in cell or '"' in cell or "\r" in cell or "\n" in cell
    return '"' + cell.replace('"', '""') + '"' if special else cell
