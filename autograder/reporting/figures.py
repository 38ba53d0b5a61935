"""Named numbers of a check, ordered for reading: an accuracy with its interval and floor, and the rest.

The names are those that checks leave (`accuracy`, `accuracy_low`, `floor`, `tier:0.85`, ..., each perhaps
behind `NAME.`). Nothing is computed: a number that is not there is not shown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from autograder.model.results import TIER_FIGURE

_PARTS = (
    "accuracy", "accuracy_low", "accuracy_high", "macro_f1", "macro_f1_low", "macro_f1_high", "rows",
    "floor", "floor_upper", "claimed",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """From `threshold` on, a check gives `share` of its points."""

    threshold: float
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """How well one model does on withheld rows. Shares are in [0, 1]; None where a number was not left.

    `low` and `high` bound the 95 % interval; `floor` is what always guessing the most frequent class reaches
    and `floor_upper` its upper bound; `claimed` is the accuracy that the notebook itself printed.
    """

    name: str
    accuracy: float
    low: float | None
    high: float | None
    macro_f1: float | None
    macro_f1_low: float | None
    macro_f1_high: float | None
    rows: int | None
    floor: float | None
    floor_upper: float | None
    claimed: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All numbers of one check: accuracies, the tiers they were graded by, and everything else by name."""

    measures: tuple[Measure, ...] = ()
    tiers: tuple[Tier, ...] = ()
    others: tuple[tuple[str, float], ...] = ()


def figures_of(named: Mapping[str, float]) -> Figures:
    """Order the figures of a check. Numbers that are not finite are left out."""
    finite = {name: value for name, value in named.items() if math.isfinite(value)}
    prefixes = [
        name.removesuffix("accuracy") for name in finite if name == "accuracy" or name.endswith(".accuracy")
    ]
    used = {f"{prefix}{part}" for prefix in prefixes for part in _PARTS}
    if finite.get("value") in [finite[f"{prefix}accuracy"] for prefix in prefixes]:
        used.add("value")
    tiers = [_tier(name, value) for name, value in finite.items() if name.startswith(TIER_FIGURE)]
    return Figures(
        measures=tuple(_measure(prefix, finite) for prefix in prefixes),
        tiers=tuple(sorted((tier for tier in tiers if tier), key=lambda tier: tier.threshold)),
        others=tuple(
            (name, value)
            for name, value in finite.items()
            if name not in used and not name.startswith(TIER_FIGURE)
        ),
    )


def public(figures: Figures) -> Figures:
    """What a student may see: how well the model does. Other numbers may be what the check expects."""
    return Figures(measures=figures.measures)


def _measure(prefix: str, finite: Mapping[str, float]) -> Measure:
    rows = finite.get(f"{prefix}rows")
    return Measure(
        name=prefix.removesuffix("."),
        accuracy=finite[f"{prefix}accuracy"],
        low=finite.get(f"{prefix}accuracy_low"),
        high=finite.get(f"{prefix}accuracy_high"),
        macro_f1=finite.get(f"{prefix}macro_f1"),
        macro_f1_low=finite.get(f"{prefix}macro_f1_low"),
        macro_f1_high=finite.get(f"{prefix}macro_f1_high"),
        rows=None if rows is None else int(rows),
        floor=finite.get(f"{prefix}floor"),
        floor_upper=finite.get(f"{prefix}floor_upper"),
        claimed=finite.get(f"{prefix}claimed"),
    )


def _tier(name: str, value: float) -> Tier | None:
    try:
        threshold = float(name.removeprefix(TIER_FIGURE))
    except ValueError:
        return None
    return Tier(threshold=threshold, share=value) if math.isfinite(threshold) else None
