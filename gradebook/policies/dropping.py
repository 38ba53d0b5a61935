"""Which results of a category are dropped: those without which the student stands best.

With equal weights that is simply the lowest. With different weights it is not: a low result that weighs
little can hurt less than a better one that weighs much. Dropping the best choice, not the lowest percentage,
is what keeps the promise that more points never lower a grade.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

ZERO = Decimal(0)


class Result(NamedTuple):
    """One assignment's percentage and what it weighs in its category (above 0)."""

    assignment: str
    percent: Decimal
    weight: Decimal


def average(results: Sequence[Result]) -> Decimal:
    """The weighted average percentage of at least one result."""
    if len(results) == 1:
        return results[0].percent
    total = sum((result.weight for result in results), ZERO)
    return sum((result.percent * result.weight for result in results), ZERO) / total


def kept(results: Sequence[Result], drop: int) -> Sequence[Result]:
    """The results that stay when up to `drop` are dropped; at least one stays. In the order given."""
    keep = len(results) - min(drop, len(results) - 1) if results else 0
    if keep == len(results):
        return results
    chosen = _best(results, keep, results[0].percent)
    if any(result.weight != results[0].weight for result in results):
        level = average(chosen)
        while True:  # each round finds a better choice or stops: a few rounds for any course
            chosen = _best(results, keep, level)
            better = average(chosen)
            if better <= level:
                break
            level = better
    names = {result.assignment for result in chosen}
    return [result for result in results if result.assignment in names]


def _best(results: Sequence[Result], keep: int, level: Decimal) -> list[Result]:
    """The `keep` results that lift the average most above `level`; of equals the first ones."""
    ranked = sorted(results, key=lambda result: (level - result.percent) * result.weight)
    return ranked[:keep]
