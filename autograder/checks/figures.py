"""Named numbers that a check leaves for the reports, and grades that follow from them.

Figures are for reading: no score is computed from them afterwards. Names that others look for: `accuracy`,
`accuracy_low`, `accuracy_high`, `macro_f1`, `macro_f1_low`, `macro_f1_high`, `rows`, `floor`, `floor_upper`
(each behind `NAME.` when a name was given), `value` (what `grade_by` judged) and `tier:THRESHOLD` (the share
of the points that a tier gives).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal

from autograder.checks import metrics
from autograder.checks.metrics import Label
from autograder.checks.verdicts import CheckFailed, Grade, exact
from autograder.model.results import TIER_FIGURE

_noted: ContextVar[dict[str, float] | None] = ContextVar("noted", default=None)


@contextmanager
def collected() -> Iterator[dict[str, float]]:
    """Collect what is noted inside the block."""
    found: dict[str, float] = {}
    token = _noted.set(found)
    try:
        yield found
    finally:
        _noted.reset(token)


def note(name: str, value: float) -> None:
    """Keep a number for the reports. A later number of the same name replaces it; NaN is not kept."""
    found = _noted.get()
    number = float(value)
    if found is not None and math.isfinite(number):
        found[name] = number


def accuracy(
    predicted: object, labels: Sequence[Label], *, classes: Sequence[Label] | None = None, name: str = ""
) -> float:
    """Return the share of rows predicted right, in [0, 1].

    Notes the accuracy with its interval, macro-F1 with its interval, the number of rows, and the majority
    floor with its upper bound. `name` tells several models in one check apart.

    Raises:
        CheckFailed: the predictions are not one known class per row.
        ValueError: there are no rows.

    """
    found = metrics.accuracy(predicted, labels, classes=classes)
    given = metrics.predictions(predicted, len(labels), classes or tuple(set(labels)))
    low, high = metrics.wilson_interval(metrics.correct(given, labels), len(labels))
    f1_low, f1_high = metrics.macro_f1_interval(predicted, labels, classes=classes)
    figures = {
        "accuracy": found, "accuracy_low": low, "accuracy_high": high,
        "macro_f1": metrics.macro_f1(predicted, labels, classes=classes),
        "macro_f1_low": f1_low, "macro_f1_high": f1_high, "rows": float(len(labels)),
        "floor": metrics.majority_floor(labels), "floor_upper": metrics.floor_upper_bound(labels),
    }  # fmt: skip
    for figure, value in figures.items():
        note(f"{name}.{figure}" if name else figure, value)
    return found


def macro_f1(
    predicted: object, labels: Sequence[Label], *, classes: Sequence[Label] | None = None, name: str = ""
) -> float:
    """Return the mean F1 over the classes in `labels`, in [0, 1]; notes what `accuracy` notes."""
    accuracy(predicted, labels, classes=classes, name=name)
    return metrics.macro_f1(predicted, labels, classes=classes)


def grade_by(value: object, tiers: Mapping[str, str]) -> Grade:
    """Return the share of the points that `value` reaches.

    `tiers` maps thresholds to shares, both written as text: `{"0.75": "0.5", "0.90": "1"}`. A value at or
    above a threshold reaches it; below the lowest nothing is earned. The comparison is exact: an accuracy of
    17 in 20 reaches "0.85".

    Raises:
        CheckFailed: the value is no finite number (a student may have sent it).
        TypeError: a threshold or share is not text.
        ValueError: there are no tiers, or a higher threshold gives less.

    """
    steps = sorted((exact(threshold), exact(share)) for threshold, share in tiers.items())
    shares = [share for _, share in steps]
    if not steps or shares != sorted(shares) or not 0 <= shares[0] <= shares[-1] <= 1:
        raise ValueError("tiers need shares in [0, 1] that grow with their thresholds")
    if type(value) not in (int, float) or not math.isfinite(value):  # type: ignore[arg-type]
        raise CheckFailed("A finite number was expected.", staff=f"it is {repr(value)[:60]}")
    number = Decimal(repr(value))
    reached = max((share for threshold, share in steps if number >= threshold), default=Decimal(0))
    figures = {f"{TIER_FIGURE}{threshold}": float(share) for threshold, share in steps}
    return Grade(
        fraction=reached,
        message=f"Reached {number:.3f}.",
        figures={"value": float(number), **figures},
    )
