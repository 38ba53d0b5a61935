"""Tags by which a converted source says where a cell runs in notebooks that never held it.

Only the author's own notebooks are asked for them; on a student's cell they mean nothing.
"""

from __future__ import annotations

from typing import Final

from autograder.formats.notebook import Cell

FIRST: Final = "nbverdict-first"
"""The cell runs before every other one of the notebook."""
_BEHIND: Final = "nbverdict-behind-call:"


def behind_call(function: str, value: str) -> str:
    """Give the tag of a cell that runs behind the last cell that calls `function` with the text `value`.

    Where nothing calls it, the cell runs at the end of the notebook.
    """
    return f"{_BEHIND}{function}:{value}"


def runs_first(cell: Cell) -> bool:
    """Whether a cell of a source is to run before every other one."""
    return FIRST in cell.metadata.get("tags", ())


def call_before(cell: Cell) -> tuple[str, str] | None:
    """Give the function and the text behind whose last call a cell of a source runs, if it says so."""
    for tag in cell.metadata.get("tags", ()):
        if tag.startswith(_BEHIND):
            function, _, value = tag.removeprefix(_BEHIND).partition(":")
            return function, value
    return None
