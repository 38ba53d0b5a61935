"""The notebook that ran beside the one that was handed in, cell by cell, ready for the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from autograder.formats.notebook import Cell, NotebookRejected, read
from autograder.reporting.feedback_values import CellView, RunView
from autograder.reporting.markdown import shown_markdown
from autograder.reporting.outputs import Block, Budget, blocks, note
from autograder.reporting.text import shown_text

SOURCE_AT_MOST = 8_000
CELLS_AT_MOST = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookCell:
    """One cell on the page. `stored` is what the student's own copy showed; None when it has no such cell.

    `same` says that this was the same as what the run made; then it is not there twice.
    """

    view: CellView
    source: Markup
    prose: Markup | None
    fresh: tuple[Block, ...]
    stored: tuple[Block, ...] | None
    same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookPage:
    """One notebook on the page. `left_out` cells are not shown."""

    name: str
    cells: tuple[NotebookCell, ...]
    left_out: int


def notebook_pages(
    run: RunView, budget: Budget, *, stored: Mapping[str, str] | None = None
) -> tuple[NotebookPage, ...]:
    """The notebooks of a run. What the run made takes the budget first, then what was handed in.

    `stored` maps notebook names to their text as handed in, outputs included; without it only the run is
    shown.
    """
    names = list(dict.fromkeys(cell.notebook for cell in run.cells))
    shown = {name: [cell for cell in run.cells if cell.notebook == name] for name in names}
    fresh = {
        name: [(_source(cell, budget), _prose(cell, budget), blocks(cell.outputs, budget)) for cell in some]
        for name, some in ((name, cells[:CELLS_AT_MOST]) for name, cells in shown.items())
    }
    pages = []
    for name in names:
        copy = _Copy((stored or {}).get(name, ""))
        cells = tuple(
            _with_stored(view, source, prose, made, copy.outputs_of(view), budget)
            for view, (source, prose, made) in zip(shown[name], fresh[name], strict=False)
        )
        pages.append(NotebookPage(name=name, cells=cells, left_out=len(shown[name]) - len(cells)))
    return tuple(pages)


def all_outputs(
    run: RunView, stored: Mapping[str, str] | None = None
) -> tuple[list[Sequence[Mapping[str, Any]]], int]:
    """The outputs of every cell that `notebook_pages` would show, and about how long the cells' texts are."""
    copies = {name: _Copy(text) for name, text in (stored or {}).items()}
    others = [
        found
        for view in run.cells
        if view.notebook in copies
        and (found := copies[view.notebook].outputs_of(view))
        and found != view.outputs
    ]
    written = sum(
        (1 + (cell.cell_type == "markdown")) * min(len(cell.source), SOURCE_AT_MOST) for cell in run.cells
    )
    return [*(cell.outputs for cell in run.cells), *others], written


def _cells(text: str) -> tuple[Cell, ...]:
    try:
        return read(text.encode("utf-8", "surrogatepass")).cells if text else ()
    except NotebookRejected:
        return ()


class _Copy:
    """The notebook as it was handed in, cells found by their id or else by their text."""

    def __init__(self, text: str) -> None:
        cells = _cells(text)
        self.by_id = {cell.id: cell for cell in cells}
        self.by_source: dict[str, list[Cell]] = {}
        for cell in cells:
            self.by_source.setdefault(cell.source, []).append(cell)

    def outputs_of(self, view: CellView) -> tuple[Mapping[str, Any], ...] | None:
        """The outputs that this cell had when it was handed in; None if there was no such cell."""
        if view.cell_type != "code":
            return None
        cell = self.by_id.get(view.cell_id)
        if cell is None or cell.source != view.source:
            same = self.by_source.get(view.source, [])
            cell = same.pop(0) if same else cell
        return None if cell is None else cell.outputs


def _with_stored(
    view: CellView,
    source: Markup,
    prose: Markup | None,
    made: tuple[Block, ...],
    handed_in: tuple[Mapping[str, Any], ...] | None,
    budget: Budget,
) -> NotebookCell:
    same = bool(handed_in) and handed_in == view.outputs
    shown = None if handed_in is None else () if same else blocks(handed_in, budget)
    return NotebookCell(view=view, source=source, prose=prose, fresh=made, stored=shown, same=same)


def _source(cell: CellView, budget: Budget) -> Markup:
    shown = shown_text(cell.source, at_most=SOURCE_AT_MOST)
    return shown if budget.take(shown) else note("left out to keep the page small").content


def _prose(cell: CellView, budget: Budget) -> Markup | None:
    if cell.cell_type != "markdown":
        return None
    shown = shown_markdown(cell.source, budget)
    return shown if budget.take(shown) else note("left out to keep the page small").content
