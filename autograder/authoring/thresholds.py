"""Whether the tiers of a check can be told from guessing and from the reference's own noise. Pure arithmetic.

It reads the figures that a check noted (`accuracy`, `rows`, `floor_upper`, `macro_f1`, `value`, `tier:0.75`).
It can say nothing about a check that grades without tiers, nor about a number whose meaning it does not know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from autograder.model.holdout import Holdout
from autograder.model.intervals import wilson
from autograder.model.results import TIER_FIGURE

SAME = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The number that tiers judge: its name, value and interval, and what guessing reaches."""

    name: str
    value: float
    low: float
    high: float
    floor: float


def threshold_problems(
    figures: Mapping[str, float], repeats: Sequence[Mapping[str, float]] = (), holdout: Holdout | None = None
) -> tuple[str, ...]:
    """List what is wrong with the tiers of one check of the reference, each as a sentence.

    `repeats` are the figures of the same check in other trainings of the reference; `holdout` gives the floor
    where the check did not note it.
    """
    tiers = tiers_of(figures)
    judged = _judged(figures, holdout)
    if not tiers or judged is None:
        return ()
    values = [judged.value, *(other["value"] for other in repeats if "value" in other)]
    low, high = min(judged.low, *values), max(judged.high, *values)
    return tuple(_problems(judged, tiers, low, high))


def tiers_of(figures: Mapping[str, float]) -> Mapping[float, float]:
    """Map each threshold to the share of the points it gives; tiers that give nothing are left out."""
    found = {
        float(name.removeprefix(TIER_FIGURE)): share
        for name, share in figures.items()
        if name.startswith(TIER_FIGURE)
    }
    return {threshold: found[threshold] for threshold in sorted(found) if found[threshold] > 0}


def interval(share: float, rows: float) -> tuple[float, float]:
    """Give Wilson's interval of a share of `rows` rows, in [0, 1]; the whole range without rows."""
    return wilson(share, rows) if rows > 0 else (0.0, 1.0)


def _problems(judged: Judged, tiers: Mapping[float, float], low: float, high: float) -> Iterator[str]:
    for threshold in tiers:
        if threshold <= judged.floor + SAME:
            yield (
                f"the tier {threshold:g} lies at or below what guessing reaches on these rows "
                f"({judged.name} {judged.floor:.3f}): raise it"
            )
        elif low - SAME <= threshold <= high + SAME:
            yield (
                f"the tier {threshold:g} lies inside the reference's own noise ({judged.name} "
                f"{judged.value:.3f}, {low:.3f} to {high:.3f}): lower it or judge on more rows"
            )
        elif threshold > high:
            yield f"the reference ({judged.name} {judged.value:.3f}) never reaches the tier {threshold:g}"


def _judged(figures: Mapping[str, float], holdout: Holdout | None) -> Judged | None:
    """Find which noted number the tiers judge: the one that equals `value`, accuracy before macro-F1."""
    value = figures.get("value")
    if value is None:
        return None
    for metric in ("accuracy", "macro_f1"):
        for name, figure in figures.items():
            is_metric = name == metric or name.endswith(f".{metric}")
            if is_metric and abs(figure - value) <= SAME:
                return _with_floor(metric, name.removesuffix(metric), figures, holdout)
    return None


def _with_floor(
    metric: str, prefix: str, figures: Mapping[str, float], holdout: Holdout | None
) -> Judged | None:
    value = figures[prefix + metric]
    rows = figures.get(f"{prefix}rows", float(len(holdout.labels)) if holdout else 0.0)
    low, high = interval(value, rows)
    share = figures.get(f"{prefix}floor", holdout.majority_share if holdout else 0.0)
    if metric == "accuracy":
        floor = figures.get(f"{prefix}floor_upper", interval(share, rows)[1] if rows and share else 0.0)
    else:
        # Always the most frequent class: F1 of that class is 2m/(1+m), of the others 0.
        classes = len(holdout.classes) if holdout else 2
        floor = 2 * share / (1 + share) / classes
    return Judged(
        name="macro-F1" if metric == "macro_f1" else metric,
        value=value,
        low=figures.get(f"{prefix}{metric}_low", low),
        high=figures.get(f"{prefix}{metric}_high", high),
        floor=floor,
    )
