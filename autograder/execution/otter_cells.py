"""What otter's metadata on a student's cells means for the run: cells left out, and tests behind a cell.

Only for assignments that came from otter. A student decides about their own cells only: the author's are put
back whatever is said of them. Nothing is executed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from autograder.formats.notebook import Cell, Notebook
from autograder.model.assignment import Assignment, OriginFormat

IGNORED: Final = "otter_ignore"
_OTTERS: Final = (OriginFormat.OTTER, OriginFormat.OTTER_MASTER)


def without_ignored(name: str, notebook: Notebook, assignment: Assignment, notes: list[str]) -> Notebook:
    """Give a student's notebook in which the code cells that otter leaves out are no code."""
    if assignment.origin is None or assignment.origin.format not in _OTTERS:
        return notebook
    cells = []
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "code" and _is_ignored(cell):
            notes.append(f"{name}: cell {number} has the tag {IGNORED}; it was not run, as with otter")
            cell = replace(cell, cell_type="raw", outputs=())
        cells.append(cell)
    return replace(notebook, cells=tuple(cells))


def checks_behind(cell: Cell) -> tuple[str, ...]:
    """Give the names of the tests that otter runs behind a cell without a call in any cell."""
    return tuple(cell.metadata.get("otter", {}).get("tests", ()))


def _is_ignored(cell: Cell) -> bool:
    tagged = IGNORED in cell.metadata.get("tags", ())
    return tagged or bool(cell.metadata.get("otter", {}).get("ignore"))
