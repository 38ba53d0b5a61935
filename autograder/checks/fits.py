"""The fit ledger as frozen values: every Keras `fit` of a run, as the student's kernel recorded it.

The ledger lives in the student's kernel, so what follows from it is `shared`: it shows what honest work did
and can be forged by a determined liar. Training loops written by hand leave no entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from autograder.checks.weights import NoListing, Weight, read_listing

MOST_FITS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """One call of `fit`.

    `cell` says in which cell it happened, `model` tells models apart within the run, `names` are the
    variables that were bound to the model when the ledger was read. `before` and `after` list its weights.
    When looking at the weights would have slowed the training down, `listed` is false and these lists may be
    empty. `rows` and `epochs` are -1 where they are not known. `history` holds one number per epoch and
    metric.
    """

    cell: int
    model: str
    names: tuple[str, ...]
    before: tuple[Weight, ...] = field(repr=False)
    after: tuple[Weight, ...] = field(repr=False)
    rows: int = -1
    epochs: int = -1
    seconds: float = 0.0
    history: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    trainable_size: int = -1
    total_size: int = -1
    listed: bool = True


def read_fits(value: object) -> tuple[Fit, ...]:
    """Turn the decoded ledger into fits, in the order in which they began.

    Raises:
        NoListing: it is no ledger.

    """
    if not isinstance(value, list) or len(value) > MOST_FITS:
        raise NoListing("not a ledger, or one that is too long")
    return tuple(_fit(entry) for entry in value)


def _fit(entry: object) -> Fit:
    if not isinstance(entry, dict):
        raise NoListing("a fit that is no object")
    names, history = entry.get("names"), entry.get("history")
    seconds = entry.get("seconds")
    if not isinstance(names, list) or any(not isinstance(name, str) for name in names):
        raise NoListing("a fit without names")
    return Fit(
        cell=_count(entry, "cell"),
        model=str(entry.get("model", "")),
        names=tuple(str(name) for name in names),
        before=read_listing(entry.get("before")),
        after=read_listing(entry.get("after")),
        rows=_count(entry, "rows"),
        epochs=_count(entry, "epochs"),
        seconds=float(seconds) if isinstance(seconds, int | float) else 0.0,
        history=_history(history),
        trainable_size=_count(entry, "trainable_size"),
        total_size=_count(entry, "total_size"),
        listed=entry.get("cut") is not True,
    )


def _count(entry: Mapping[object, object], key: str) -> int:
    value = entry.get(key)
    return value if type(value) is int else -1


def _history(value: object) -> Mapping[str, tuple[float, ...]]:
    if not isinstance(value, dict):
        return {}
    return {
        str(metric): tuple(float(number) for number in numbers if isinstance(number, int | float))
        for metric, numbers in value.items()
        if isinstance(numbers, list)
    }
