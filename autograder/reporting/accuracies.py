"""What tiers judged in a whole class: each submission's number with its interval, against the thresholds.

Pure. It reads the figures that checks leave (`figures` has their names) and computes an interval only where a
check left an accuracy with its rows but without one. An interval speaks of the withheld rows: how much two
trainings of one notebook differ is not in it.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from autograder.model.graded import GradedSubmission
from autograder.model.intervals import wilson
from autograder.model.results import CheckOutcome
from autograder.reporting.class_results import JUDGED, Item
from autograder.reporting.figures import Measure, Tier, figures_of

T = TypeVar("T")
SAME: Final = 1e-9
FARTHEST: Final = 1e9
"""A number that tiers judged may come from a student; beyond this it is shown as this, so that one number
cannot spoil the arithmetic over a class.
"""
METRICS: Final = {"accuracy": "Accuracy", "macro_f1": "Macro-F1", "": "Value"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One submission's number; `low` and `high` bound its 95 % interval, None where nobody knows it."""

    name: str
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TierLine:
    """How many submissions are at or above a threshold and below it, and how many of them it is unsure of.

    Unsure are those whose interval holds the threshold: other rows could have decided the other way.
    """

    threshold: float
    share: float
    reached: int
    reached_unsure: int
    missed: int
    missed_unsure: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyTable:
    """One number of one check over a class, from the lowest to the highest.

    `metric` is what it is called; `model` tells several models of one check apart. `floor` is what always
    guessing the most frequent class reaches and `floor_upper` the upper end of its interval (of an accuracy
    only). `other_tiers` counts submissions that were judged by other tiers, as an older version had them.
    """

    item: Item
    metric: str
    model: str
    measured: tuple[Measured, ...]
    tiers: tuple[TierLine, ...]
    rows: int | None
    floor: float | None
    floor_upper: float | None
    other_tiers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    measured: Measured
    tiers: tuple[Tier, ...]
    rows: int | None
    floor: float | None
    floor_upper: float | None


def accuracy_tables(
    pieces: Iterable[tuple[GradedSubmission, str]], items: Sequence[Item]
) -> tuple[AccuracyTable, ...]:
    """The numbers of every check that left an accuracy or was judged by tiers.

    `pieces` are the submissions, one per student, with what each is called. What was not judged is left out.
    """
    found: defaultdict[tuple[str, str, str], list[_Found]] = defaultdict(list)
    for one, name in pieces:
        for result in one.results:
            if result.outcome in (*JUDGED, CheckOutcome.WAITING) and result.figures:
                for metric, model, entry in _numbers(name, result.figures):
                    found[str(result.check_id), metric, model].append(entry)
    return tuple(
        _table(item, METRICS[metric], model, entries)
        for item in items
        for (check, metric, model), entries in sorted(found.items())
        if check == item.id
    )


def _numbers(name: str, named: Mapping[str, float]) -> Iterable[tuple[str, str, _Found]]:
    """What the tiers judged; without tiers every accuracy."""
    figures = figures_of(named)
    value = named.get("value")
    if not figures.tiers or value is None:
        yield from (("accuracy", one.name, _of(name, one, "accuracy", ())) for one in figures.measures)
        return
    for metric in ("accuracy", "macro_f1"):
        for one in figures.measures:
            number = getattr(one, metric)
            if number is not None and abs(number - value) <= SAME:
                yield metric, one.name, _of(name, one, metric, figures.tiers)
                return
    if not math.isfinite(value):
        return
    plain = Measured(name=name, value=max(-FARTHEST, min(FARTHEST, value)), low=None, high=None)
    yield "", "", _Found(measured=plain, tiers=figures.tiers, rows=None, floor=None, floor_upper=None)


def _of(name: str, one: Measure, metric: str, tiers: tuple[Tier, ...]) -> _Found:
    if metric == "macro_f1":
        value = one.macro_f1 or 0.0
        measured = Measured(name=name, value=value, low=one.macro_f1_low, high=one.macro_f1_high)
        return _Found(measured=measured, tiers=tiers, rows=one.rows, floor=None, floor_upper=None)
    low, high = one.low, one.high
    if (low is None or high is None) and one.rows and one.rows > 0 and 0 <= one.accuracy <= 1:
        low, high = wilson(one.accuracy, one.rows)
    measured = Measured(name=name, value=one.accuracy, low=low, high=high)
    return _Found(measured=measured, tiers=tiers, rows=one.rows, floor=one.floor, floor_upper=one.floor_upper)


def _table(item: Item, metric: str, model: str, entries: Sequence[_Found]) -> AccuracyTable:
    measured = tuple(sorted((entry.measured for entry in entries), key=lambda one: (one.value, one.name)))
    usual = Counter(entry.tiers for entry in entries).most_common(1)[0][0]
    alike = [entry for entry in entries if entry.tiers == usual]
    return AccuracyTable(
        item=item,
        metric=metric,
        model=model,
        measured=measured,
        tiers=tuple(_line(tier, [entry.measured for entry in alike]) for tier in usual),
        rows=_usual(entry.rows for entry in entries),
        floor=_usual(entry.floor for entry in entries),
        floor_upper=_usual(entry.floor_upper for entry in entries),
        other_tiers=len(entries) - len(alike),
    )


def _usual(values: Iterable[T | None]) -> T | None:
    counted = Counter(value for value in values if value is not None)
    return counted.most_common(1)[0][0] if counted else None


def _line(tier: Tier, measured: Sequence[Measured]) -> TierLine:
    reached = [one for one in measured if one.value >= tier.threshold]
    missed = [one for one in measured if one.value < tier.threshold]
    return TierLine(
        threshold=tier.threshold,
        share=tier.share,
        reached=len(reached),
        reached_unsure=sum(one.low is not None and one.low < tier.threshold for one in reached),
        missed=len(missed),
        missed_unsure=sum(one.high is not None and one.high >= tier.threshold for one in missed),
    )
