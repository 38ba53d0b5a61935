"""Where on a page a cell stands, and which cell a check, a finding or a question is about.

Cells are found by the author's `grade_id`, which a student can change: an anchor is a help for the eye, not a
fact. Nothing is found where the evidence does not say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from autograder.model.assignment import CheckSpec
from autograder.model.execution import Execution
from autograder.model.ids import END_OF_RUN, CheckpointId
from autograder.model.results import Place
from autograder.reporting.feedback_values import RunView

PLACES_AT_MOST: Final = 40
CellPlace = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A cell on the page: the `id` of its element, and words for a link to it."""

    id: str
    words: str


class Anchors:
    """The anchors of one run's notebooks."""

    def __init__(self, run: RunView | None, execution: Execution | None) -> None:
        cells = run.cells if run else ()
        self.names = list(dict.fromkeys(cell.notebook for cell in cells))
        self.shown = {(cell.notebook, cell.position) for cell in cells}
        self.graded: dict[str, CellPlace] = {}
        for cell in cells:
            if cell.grade_id:
                self.graded.setdefault(cell.grade_id, (cell.notebook, cell.position))
        for record in execution.cells if execution else ():
            if record.grade_id:
                self.graded[record.grade_id] = (record.notebook, record.position)
        self.reached: Mapping[CheckpointId, CellPlace] = {
            one.id: (one.notebook, one.position)
            for one in (execution.checkpoints if execution else ())
            if one.reached and one.id != END_OF_RUN
        }

    def at(self, notebook: str, position: int) -> Anchor | None:
        """The anchor of a cell; None when the page does not show it."""
        if (notebook, position) not in self.shown:
            return None
        number = self.names.index(notebook)
        words = f"cell {position + 1}" if len(self.names) == 1 else f"{notebook}, cell {position + 1}"
        return Anchor(id=f"cell-{number + 1}-{position + 1}", words=words)

    def of_check(self, spec: CheckSpec) -> Anchor | None:
        """The check's own cell, or else the cell after which its questions were asked."""
        place = self.graded.get(spec.cell) if spec.cell else self.reached.get(spec.after)
        return self.at(*place) if place else None

    def of_place(self, place: Place) -> Anchor | None:
        """The cell in which a guideline is broken."""
        return self.at(place.file, place.cell) if place.cell >= 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """From a cell to something in the panel beside it."""

    target: str
    words: str


def pointers(
    anchors: Anchors, checks: Mapping[str, CheckSpec], findings: Mapping[str, tuple[Place, ...]]
) -> dict[str, tuple[Pointer, ...]]:
    """What each cell is about, by the cell's anchor. Both mappings name things by their id on the page."""
    found: dict[str, dict[str, Pointer]] = {}
    for anchor, pointer in _all(anchors, checks, findings):
        found.setdefault(anchor.id, {})[pointer.target] = pointer
    return {anchor: tuple(these.values()) for anchor, these in found.items()}


def _all(
    anchors: Anchors, checks: Mapping[str, CheckSpec], findings: Mapping[str, tuple[Place, ...]]
) -> Iterator[tuple[Anchor, Pointer]]:
    for target, spec in checks.items():
        anchor = anchors.of_check(spec)
        if anchor is not None:
            yield anchor, Pointer(target=target, words=spec.title or str(spec.id))
    for target, places in findings.items():
        for place in places[:PLACES_AT_MOST]:
            anchor = anchors.of_place(place)
            if anchor is not None:
                yield anchor, Pointer(target=target, words=target.removeprefix("finding-"))
