"""What assignments and cells of nbgrader are called here. Pure: names in, names out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gradebook.layout import Layout
from gradebook.nbgrader_values import ADJUSTMENT, OUR_NOTEBOOK, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """How names of nbgrader become ids of ours, the same ones that an imported source gives.

    `plain` makes an id of any name; `qualified` names a cell after its notebook too, where an earlier
    notebook has one of its name.
    """

    plain: Callable[[str], str] = str
    qualified: Callable[[str, str], str] = "{}-{}".format


def check_ids(layout: Layout, names: Names) -> dict[Place, str]:
    """The check of every cell with points: its name, or a longer one where an earlier notebook has that."""
    taken: set[str] = set()
    used: set[str] = set()
    found: dict[Place, str] = {}
    for notebook in layout.notebooks:
        cells = [cell for cell in layout.cells if cell.notebook == notebook.name]
        own = {
            cell.name: names.qualified(notebook.name, cell.name) if cell.name in taken else cell.name
            for cell in cells
        }
        taken |= set(own.values())
        for cell in cells:
            place = (cell.notebook, cell.name)
            if (cell.graded or cell.task) and place != (OUR_NOTEBOOK, ADJUSTMENT):
                wanted = made = names.plain(own[cell.name])
                turn = 1
                while made in used:
                    turn += 1
                    made = f"{wanted[:90]}-{turn}"
                used.add(made)
                found[place] = made
    return found
