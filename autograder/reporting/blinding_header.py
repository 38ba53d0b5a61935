"""Find the cells in which students write who they are, and what they wrote there.

nbgrader's header is a code cell with `NAME = ""` and `COLLABORATORS = ""`; others write "Name: ..." in prose,
or mark the cell in its metadata. Code is read line by line and never parsed or run. A name that is written in
the middle of a sentence is not noticed here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from autograder.formats.notebook import Cell

FIRST_CELLS: Final = 6
"""In the first cells a line such as "Name: ..." is about a person; later it may be about a model."""

REMOVED: Final = "The names that stood in this cell are not shown to whoever marks blind."

_PERSON: Final = (
    "name|names|student|student_name|studentname|my_name|full_name|author|authors|"
    "netid|net_id|student_id|studentid|uni|sid|n_number|email|e_mail"
)
_OTHERS: Final = "collaborator|collaborators|partner|partners|team_members|group_members"
_FIELD: Final = rf"(?P<field>{_PERSON}|{_OTHERS})"
_ASSIGNED: Final = re.compile(
    rf"^[ \t]*{_FIELD}[ \t]*(?::[ \t]*\w{{1,20}}[ \t]*)?=(?!=)(?P<value>[^\n]{{0,2000}})$", re.IGNORECASE
)
_CONTINUED: Final = re.compile(
    r"""^[ \t]*(?:["'][^\n]{0,400}["'][ \t]*[\])]?[ \t]*,?|[\])]+[ \t]*,?|"{3}|'{3})[ \t]*$"""
)
_QUOTED: Final = re.compile(r"""["']([^"'\n]{1,200})["']""")
_SAID: Final = re.compile(
    r"^(?P<lead>[ \t>#*_|-]{0,20}(?:(?:student|full|my|first|last|family|given)[ \t]+)?"
    r"(?P<what>names?|authors?|net[ \t-]?id|student[ \t-]?(?:id|number)|n[ \t-]?number|e-?mail|"
    r"collaborators?|partners?|(?:group|team)[ \t]members|(?:submitted|written|prepared)[ \t]by)"
    r"[ \t*_]{0,6}[:=|][ \t*_]{0,6})(?P<value>[^\n]{1,400})$",
    re.IGNORECASE,
)
_ANYWHERE: Final = re.compile(
    r"net|student[ \t-]?(?:id|number)|number|collab|partner|members|submitted|prepared", re.IGNORECASE
)
_MARKED: Final = re.compile(
    r"names?|identity|net[-_]?id|collaborators|student[-_ ]?(?:names?|info|id)", re.IGNORECASE
)
_SPLIT: Final = re.compile(r"[,;/&|\n]|\band\b|\bwith\b")
_NOBODY: Final = frozenset(
    {
        "", "none", "n/a", "na", "nobody", "no one", "noone", "nil", "me", "myself", "your name", "name",
        "your name here", "names", "your collaborators", "collaborators", "todo", "alone", "no",
        "no collaborators", "self",
    }
)  # fmt: skip
_PERSONAL_NAME: Final = re.compile(r"[^\W\d_][\w'’.-]{1,30}(?:[ \t][^\W\d_][\w'’.-]{0,30}){1,3}")


def is_header(cell: Cell, position: int) -> bool:
    """Whether the whole cell says who handed in: by its metadata, or since it holds nothing else."""
    tags = cell.metadata.get("tags") or ()
    graded = cell.metadata.get("nbgrader", {}).get("grade") is True
    if not graded and any(_MARKED.fullmatch(word) for word in (cell.grade_id, *tags)):
        return True
    if cell.cell_type != "code":
        return False
    fields, others = [], 0
    for line in cell.source.split("\n"):
        found = _ASSIGNED.match(line)
        if found is not None:
            fields.append(found["field"])
        elif line.strip() and not line.lstrip().startswith("#") and not (fields and _CONTINUED.match(line)):
            others += 1
    upper = {field for field in fields if field.isupper()}
    if {"NAME", "COLLABORATORS"} <= upper and others <= 1:
        return True
    return bool(fields) and not others and (bool(upper) or position < FIRST_CELLS)


def lines_with_names(cell: Cell, position: int) -> dict[int, tuple[str, str]]:
    """The lines of a cell that is no header but says who: by number, what stands before and the name."""
    found = {}
    for number, line in enumerate(cell.source.split("\n")):
        if cell.cell_type == "code":
            code = _ASSIGNED.match(line)
            if code is not None and code["field"].isupper() and _looks_personal(code["value"]):
                found[number] = (line[: code.start("value")] + " ", code["value"])
            continue
        prose = _SAID.match(line)
        if prose is not None and "|" in prose["value"].rstrip(" \t|"):
            continue  # a row of a table with more than two columns
        if prose is not None and (position < FIRST_CELLS or _ANYWHERE.search(prose["what"])):
            found[number] = (prose["lead"], prose["value"])
    return found


def names_of(cell: Cell, position: int) -> Iterator[str]:
    """What somebody wrote as a name or id in this cell."""
    if is_header(cell, position):
        for line in cell.source.split("\n"):
            for quoted in _QUOTED.finditer(line):
                yield from _apart(quoted[1])
            if cell.cell_type != "code":
                said = _SAID.match(line)
                yield from _apart(said["value"] if said else line)
        return
    for _, value in lines_with_names(cell, position).values():
        names = _QUOTED.findall(value) if cell.cell_type == "code" else []
        for name in names or [value]:
            yield from _apart(name)


def names_in_metadata(text: str) -> Iterator[str]:
    """Names and ids in the metadata of a notebook's text: Colab's users, and authors.

    The text must have been read as a notebook before, so that its size and depth are known to be harmless.
    """
    top = json.loads(text.removeprefix("\ufeff"))
    metadata = _table(top.get("metadata"))
    authors = metadata.get("authors")
    for author in authors if isinstance(authors, list) else ():
        yield from _texts(_table(author), "name", "email")
    cells = top.get("cells")
    for cell in cells if isinstance(cells, list) else ():
        ran = _table(_table(_table(cell).get("metadata")).get("executionInfo"))
        yield from _texts(_table(ran.get("user")), "displayName", "userId")


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(table: Mapping[str, Any], *keys: str) -> Iterator[str]:
    return (table[key] for key in keys if isinstance(table.get(key), str))


def _looks_personal(value: str) -> bool:
    return any(_PERSONAL_NAME.fullmatch(quoted.strip()) for quoted in _QUOTED.findall(value))


def _apart(value: str) -> Iterator[str]:
    """The single names in what may be a list of them. A long sentence is none."""
    for part in _SPLIT.split(value):
        name = part.strip(" \t*_#>|\"'()[]{}.:")
        if name.lower() not in _NOBODY and 3 <= len(name) <= 60 and len(name.split()) <= 5:
            yield name
