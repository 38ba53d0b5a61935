"""Fill the places of withheld rows with copies of others, for notebooks that count on the number of rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from autograder.assets.rows import Values


def padded_rows(kept: Sequence[Values], removed: Sequence[Values], label: int | None) -> tuple[Values, ...]:
    """`kept`, then one copy for each removed row: of the same class (the cell at `label`) while there is one.

    Copies are taken in order from the start and again from the start when there are too few, so nothing about
    a removed row but its class decides what takes its place. Nothing is added when nothing is kept.
    """
    if not kept:
        return ()
    by_class: dict[object, list[Values]] = defaultdict(list)
    for row in kept:
        by_class[None if label is None else row[label]].append(row)
    used: dict[object, int] = defaultdict(int)
    copies = []
    for row in removed:
        wanted = None if label is None else row[label]
        pool = by_class.get(wanted) or kept
        copies.append(pool[used[wanted] % len(pool)])
        used[wanted] += 1
    return (*kept, *copies)
