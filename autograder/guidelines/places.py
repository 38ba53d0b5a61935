"""Where something stands in a submission: the file, the cell, the line, and whether it counts there.

Pure values. Whether a place breaks a rule is for the rules.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from autograder.model.results import Place

_LONGEST_TEXT: Final = 160


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Unit:
    """One piece of code: a cell, or a module beside the notebook (`cell` is -1).

    `exempt` says that it is unchanged from the release.
    """

    file: str
    cell: int
    cell_id: str
    source: str = field(repr=False)
    exempt: bool = False

    def line(self, number: int) -> str:
        """Return a line of the source, counted from 1, without the space around it."""
        lines = self.source.splitlines()
        text = lines[number - 1].strip() if 0 < number <= len(lines) else ""
        return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 3] + "..."


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm of an `if`: the body (`first`) or the other.

    `off` says that a constant switches it off, `looks` that the test looks whether a file is there. `asks` is
    the function, its parameter and the text that the parameter must be.
    """

    number: int
    first: bool
    off: bool = False
    looks: bool = False
    asks: tuple[int, str, str] | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """A line of a unit. `guarded` says that it runs on Colab (or Kaggle) only.

    `function` is the number of the function of the submission that it stands in, or -1; `arms` are those of
    the choices around it.
    """

    unit: Unit
    line: int
    guarded: bool = False
    function: int = -1
    arms: tuple[Arm, ...] = ()

    def excludes(self, other: Where) -> bool:
        """Whether only one of two places can run, for they are in different arms of one choice."""
        mine = {arm.number: arm.first for arm in self.arms}
        return any(mine.get(arm.number, arm.first) is not arm.first for arm in other.arms)

    @property
    def switched_off(self) -> bool:
        """Whether a constant keeps it from running: `if False:`, or a switch set to False."""
        return any(arm.off for arm in self.arms)

    @property
    def exempt(self) -> bool:
        """Whether the place is unchanged from the release."""
        return self.unit.exempt

    def place(self, text: str = "") -> Place:
        """Return the place as findings show it, with the line's text unless another is given."""
        unit = self.unit
        shown = text or unit.line(self.line)
        return Place(file=unit.file, cell=unit.cell, cell_id=unit.cell_id, line=self.line, text=shown)
