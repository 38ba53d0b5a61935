"""Accuracy, macro-F1, their intervals, and the floor that guessing reaches. Pure arithmetic on plain data.

Predictions come from a student's kernel, so they are looked at before they are counted: a wrong type, a
wrong number of rows or a label nobody knows fails the check with a reason the student can act on.
Intervals are 95 %. They speak of the withheld rows only: how much two trainings of one notebook differ is not
in them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from autograder.checks.verdicts import CheckFailed
from autograder.model.intervals import Z_95, wilson

RESAMPLES: Final = 2000

Label = str | int


def predictions(answer: object, rows: int, classes: Sequence[Label]) -> tuple[Label, ...]:
    """Return what was predicted as `rows` labels out of `classes`.

    Taken are a list, an array of one dimension, or a table's column.

    Raises:
        CheckFailed: the answer is something else, too short or too long, or holds what is no class.

    """
    found = _items(answer)
    if len(found) != rows:
        raise CheckFailed(f"{rows} predictions were expected, one per row, but there are {len(found)}.")
    wanted = {type(name) for name in classes}
    known = set(classes)
    for position, item in enumerate(found):
        if type(item) not in wanted or item not in known:
            names = ", ".join(str(name) for name in classes)
            shown = repr(item)[:40]
            raise CheckFailed(
                f"Prediction {position} is no class. The classes are: {names}.", staff=f"it is {shown}"
            )
    return tuple(found)


def accuracy(predicted: object, labels: Sequence[Label], *, classes: Sequence[Label] | None = None) -> float:
    """Return the share of rows predicted right, in [0, 1]. Raises CheckFailed as `predictions` does."""
    return correct(predictions(predicted, len(labels), _classes(labels, classes)), labels) / len(labels)


def correct(predicted: Sequence[Label], labels: Sequence[Label]) -> int:
    """Return how many rows were predicted right."""
    return sum(given == true for given, true in zip(predicted, labels, strict=True))


def macro_f1(predicted: object, labels: Sequence[Label], *, classes: Sequence[Label] | None = None) -> float:
    """Return the mean F1 over the classes that occur in `labels`, in [0, 1].

    A class that is never predicted has F1 0. Raises CheckFailed as `predictions` does.
    """
    given = predictions(predicted, len(labels), _classes(labels, classes))
    return _mean_f1(_confusion(given, labels), set(labels))


def macro_f1_interval(
    predicted: object, labels: Sequence[Label], *, classes: Sequence[Label] | None = None
) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of macro-F1. It is the same at every call: its seed is fixed."""
    import numpy as np

    names = _classes(labels, classes)
    counts = _confusion(predictions(predicted, len(labels), names), labels)
    cells = list(counts)
    shares = np.array([counts[cell] for cell in cells], dtype=float) / len(labels)
    drawn = np.random.default_rng(0).multinomial(len(labels), shares, size=RESAMPLES)
    true = {name: _summed(drawn, [cell[1] == name for cell in cells]) for name in names}
    given = {name: _summed(drawn, [cell[0] == name for cell in cells]) for name in names}
    right = {name: _summed(drawn, [cell == (name, name) for cell in cells]) for name in names}
    present = [name for name in names if name in set(labels)]
    scores = [2 * right[name] / np.maximum(true[name] + given[name], 1) for name in present]
    low, high = np.quantile(np.mean(scores, axis=0), [0.025, 0.975])
    return float(low), float(high)


def wilson_interval(successes: int, rows: int, *, z: float = Z_95) -> tuple[float, float]:
    """Return the Wilson score interval of a share, both ends in [0, 1].

    Raises:
        ValueError: there are no rows, or not 0 <= successes <= rows.

    """
    if rows <= 0 or not 0 <= successes <= rows:
        raise ValueError(f"{successes} of {rows} is no share")
    return wilson(successes / rows, rows, z=z)


def majority_floor(labels: Sequence[Label]) -> float:
    """Return the accuracy of always answering the most frequent class, in [0, 1]; 0 without rows."""
    return Counter(labels).most_common(1)[0][1] / len(labels) if labels else 0.0


def floor_upper_bound(labels: Sequence[Label]) -> float:
    """Return the upper end of the floor's 95 % interval. No tier may lie at or below it."""
    return wilson_interval(Counter(labels).most_common(1)[0][1], len(labels))[1] if labels else 0.0


def _classes(labels: Sequence[Label], classes: Sequence[Label] | None) -> tuple[Label, ...]:
    if not labels:
        raise ValueError("there are no rows to judge by")
    return tuple(sorted(set(labels), key=str)) if classes is None else tuple(classes)


def _items(answer: object) -> list[Any]:
    if isinstance(answer, list | tuple):
        return list(answer)
    shape = getattr(answer, "shape", None)  # a numpy array, without importing numpy for a list
    if shape is None:
        raise CheckFailed(
            "A list or an array of predictions was expected.", staff=f"it is a {type(answer).__name__}"
        )
    if len(shape) != 1:
        raise CheckFailed(
            "An array with one dimension was expected: one class per row, not one number per class.",
            staff=f"its shape is {tuple(shape)}",
        )
    return list(answer.tolist())  # type: ignore[attr-defined]


def _confusion(predicted: Sequence[Label], labels: Sequence[Label]) -> Counter[tuple[Label, Label]]:
    return Counter(zip(predicted, labels, strict=True))


def _mean_f1(counts: Counter[tuple[Label, Label]], present: set[Label]) -> float:
    scores = []
    for name in present:
        true = sum(count for (_, label), count in counts.items() if label == name)
        given = sum(count for (guess, _), count in counts.items() if guess == name)
        scores.append(2 * counts[name, name] / (true + given))
    return sum(scores) / len(scores)


def _summed(drawn: Any, chosen: list[bool]) -> Any:
    return drawn[:, [position for position, wanted in enumerate(chosen) if wanted]].sum(axis=1)
