"""Give answers the cell type that their author gave them: a code answer turned into text would never run.

nbgrader does so as well. Only cells that kept their mark are looked at; nothing is executed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from autograder.execution.authored import Authored
from autograder.formats.notebook import Notebook


def with_authors_types(
    name: str, notebook: Notebook, known: Mapping[str, Authored], notes: list[str]
) -> Notebook:
    """Give one student's notebook with the answers among the `known` cells in their own types."""
    cells = []
    for number, cell in enumerate(notebook.cells, start=1):
        author = known.get(cell.grade_id)
        wanted = author.cell.cell_type if author is not None and author.is_answer else cell.cell_type
        if cell.cell_type != wanted:
            notes.append(
                f"{name}: cell {number}, {cell.grade_id}, was a {cell.cell_type} cell; it is {wanted}"
            )
        cells.append(replace(cell, cell_type=wanted))
    return replace(notebook, cells=tuple(cells))
