"""Withheld rows as a check sees them. They never enter the sandbox with their labels."""

from __future__ import annotations

from dataclasses import dataclass, field

from autograder.checks.metrics import floor_upper_bound, majority_floor
from autograder.model.holdout import Holdout


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldoutRows:
    """The withheld rows. `inputs` go into `student.call`, `labels` stay here; both have the same order.

    `floor` is the accuracy of always answering the most frequent class, `floor_upper` the upper end of its
    95 % interval.
    """

    inputs: list[str] = field(repr=False)
    labels: tuple[str, ...] = field(repr=False)
    classes: tuple[str, ...]

    @property
    def floor(self) -> float:
        """Accuracy of always answering the most frequent class, in [0, 1]."""
        return majority_floor(self.labels)

    @property
    def floor_upper(self) -> float:
        """Upper end of the floor's 95 % interval, in [0, 1]. No tier may lie at or below it."""
        return floor_upper_bound(self.labels)


def rows_of(holdout: Holdout) -> HoldoutRows:
    """Return what a check may see of a holdout."""
    return HoldoutRows(inputs=list(holdout.inputs), labels=holdout.labels, classes=holdout.classes)
