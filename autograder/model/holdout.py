"""Rows that the sandbox never sees with their labels, and the floor that guessing reaches on them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdout:
    """Withheld rows in the order in which they are asked. `labels[i]` is the class name of `inputs[i]`.

    `digest` identifies the drawing (data set, seed, share) without giving the seed away.
    """

    inputs: tuple[str, ...] = field(repr=False)
    labels: tuple[str, ...] = field(repr=False)
    classes: tuple[str, ...]
    digest: str

    def __post_init__(self) -> None:
        if len(self.inputs) != len(self.labels):
            raise ValueError("a holdout has as many labels as inputs")

    @property
    def majority_share(self) -> float:
        """Accuracy of always answering the most frequent class, in [0, 1]."""
        return Counter(self.labels).most_common(1)[0][1] / len(self.labels) if self.labels else 0.0
