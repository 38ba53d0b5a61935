"""From which place of a run on nothing the kernel made may be shown to the student.

Once a hidden cell or a question with hidden inputs was sent, student code can smuggle its text into any later
output, file or error message. So what came later is held back until everything hidden is published; questions
with hidden inputs (withheld rows) never are. Where the record leaves a doubt, everything is held back.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from dataclasses import dataclass, field

from autograder.model.assignment import Assignment, Visibility
from autograder.model.evidence import Exchange
from autograder.model.execution import CellRecord, Execution
from autograder.model.ids import END_OF_RUN
from autograder.reporting.visibility import Facts, Item, Lifted, Role, Stage, sees

Position = tuple[int, int]
_FROM_THE_START: Position = (-1, -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Embargo:
    """Places (notebook, position) from `start` on are held back; nothing is when `start` is None."""

    start: Position | None
    notebooks: Mapping[str, int] = field(default_factory=dict)

    def covers(self, notebook: str, position: int) -> bool:
        """Whether what this cell made is held back. An unknown notebook is."""
        if self.start is None:
            return False
        number = self.notebooks.get(notebook)
        return number is None or (number, position) >= self.start

    def until(self, place: tuple[str, int], last: tuple[str, int]) -> bool:
        """Whether `place` lies before `last`, or is it. Of unknown notebooks nothing is known."""
        known = place[0] in self.notebooks and last[0] in self.notebooks
        return known and (self.notebooks[place[0]], place[1]) <= (self.notebooks[last[0]], last[1])

    def covers_cell(self, cell: CellRecord) -> bool:
        """Whether what this cell made is held back."""
        return self.covers(cell.notebook, cell.position)


def embargo_of(
    execution: Execution, assignment: Assignment, *, stage: Stage, role: Role = Role.STUDENT
) -> Embargo:
    """The embargo of one run, as it stands at this stage for this reader."""
    notebooks: dict[str, int] = {}
    for name in (*(cell.notebook for cell in execution.cells), *execution.executed):
        notebooks.setdefault(name, len(notebooks))
    asked = [exchange for exchange in execution.exchanges if exchange.question.hidden]
    never = bool(asked) or any(c.visibility is Visibility.HIDDEN for c in assignment.checks)

    def held_back(lifted: Lifted) -> bool:
        return not sees(Item.OUTPUT, role, stage, Facts(lifted=lifted))

    starts: list[Position | None] = []
    if held_back(Lifted.NEVER):
        starts += [_after(exchange, execution, notebooks) for exchange in asked]
    if held_back(Lifted.NEVER if never else Lifted.PUBLISHED):
        starts += [_rank(cell.notebook, cell.position, notebooks) for cell in execution.cells if cell.hidden]
        if execution.embargo_from is not None:
            starts.append(_rank(*execution.embargo_from, notebooks))
    known = [start for start in starts if start is not None]
    return Embargo(start=min(known, default=None), notebooks=notebooks)


def _rank(notebook: str, position: int, notebooks: Mapping[str, int]) -> Position:
    number = notebooks.get(notebook)
    return _FROM_THE_START if number is None else (number, position)


def _after(exchange: Exchange, execution: Execution, notebooks: Mapping[str, int]) -> Position | None:
    """The first place after a question: None at the end of the run, where no cell follows."""
    if exchange.checkpoint == END_OF_RUN:
        return None
    for checkpoint in execution.checkpoints:
        if checkpoint.id == exchange.checkpoint and checkpoint.notebook in notebooks:
            return notebooks[checkpoint.notebook], checkpoint.position + 1
    return _FROM_THE_START


def public_error_name(name: str) -> str:
    """`name` if Python has an exception of that name, else "an error": a class can be called anything."""
    found = getattr(builtins, name, None) if name.isidentifier() else None
    return name if isinstance(found, type) and issubclass(found, BaseException) else "an error"
