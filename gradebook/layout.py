"""Where the graded cells of an assignment's version stand: notebooks, their cells and whose check each is.

The score needs none of it. It is kept for gradebooks that count cells notebook by notebook, nbgrader's above
all, and it holds texts of the author only: never a student's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from gradebook.json_values import as_json


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceText:
    """The author's text of a cell, hidden tests in it and solutions not, with nbgrader's checksum of it."""

    cell_type: str
    locked: bool
    text: str
    checksum: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CellLine:
    """One cell with a role. `name` is its `grade_id`; `check` is the check it belongs to, or empty.

    `graded` cells have points; `answer` cells are written by students; a `task` has points and no answer cell
    of its own. `cell_type` is `code` or `markdown`.
    """

    notebook: str
    name: str
    cell_type: str
    graded: bool = False
    answer: bool = False
    task: bool = False
    check: str = ""
    source: SourceText | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookLine:
    """One notebook. `name` has no suffix; `kernelspec` is JSON as nbgrader keeps it."""

    name: str
    kernelspec: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The notebooks of one version in their order, and their cells with a role.

    `called` is the assignment's name in the course it comes from; empty where that is its id.
    """

    notebooks: tuple[NotebookLine, ...]
    cells: tuple[CellLine, ...]
    called: str = ""


def layout_to_json(layout: Layout) -> dict[str, Any]:
    """The layout as JSON values."""
    stored: dict[str, Any] = as_json(layout)
    return stored


def layout_from_json(stored: Mapping[str, Any]) -> Layout:
    """The layout from what `layout_to_json` made."""
    return _LAYOUT.validate_python(stored)


_LAYOUT = TypeAdapter(Layout)
