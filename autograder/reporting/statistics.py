"""Numbers over a class: spreads, bins, how well one item tells students apart, periods of time, lateness.

Pure arithmetic on plain numbers. It knows no submission and no page, and it rounds nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from statistics import correlation, fmean, quantiles
from typing import Final

from autograder.model.intervals import Z_95

BINS: Final = 10
FEWEST: Final = 10
"""Below this number of students a correlation says nothing that should be shown."""
MOST_PERIODS: Final = 100
LATE_STEPS: Final = (1.0, 6.0, 12.0, 24.0, 48.0, 72.0, 168.0)
"""Ends of the steps of lateness, in hours; the last step has no end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Values from `low` to below `high` (the last bin has no end) and how many there are."""

    low: float
    high: float
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How some numbers are spread. The quartiles interpolate between neighbours."""

    number: int
    mean: float
    lowest: float
    lower: float
    median: float
    upper: float
    highest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrimination:
    """How well an item tells students apart, from -1 to 1, with its 95 % interval; None, and `why`, without.

    `number` is how many students it was worked out from.
    """

    value: float | None
    low: float | None
    high: float | None
    number: int
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """How many first and later attempts came in from `start` (aware) until the next period."""

    start: datetime
    first: int
    later: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Periods of equal length without gaps between them, oldest first. `hours` is the length of one."""

    hours: int
    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LateStep:
    """How many students were more than `over` and at most `until` hours late; None: without end."""

    over: float
    until: float | None
    number: int


def spread(values: Iterable[float]) -> Spread | None:
    """The spread of some numbers, or None where there are none."""
    ordered = sorted(values)
    if not ordered:
        return None
    lower, middle, upper = quantiles(ordered, n=4, method="inclusive") if len(ordered) > 1 else ordered * 3
    return Spread(
        number=len(ordered), mean=fmean(ordered), lowest=ordered[0], lower=lower, median=middle,
        upper=upper, highest=ordered[-1],
    )  # fmt: skip


def bins(values: Iterable[float], top: float, *, number: int = BINS) -> tuple[Bin, ...]:
    """Equal bins from 0 to `top`. What lies above falls into the last, as extra credit does."""
    if not top > 0:
        return ()
    width = top / number
    # A hair's breadth, so that 0.3 belongs to the bin that begins at 0.3 and not to the one below.
    counted = Counter(min(number - 1, max(0, int(value / width + 1e-9))) for value in values)
    return tuple(
        Bin(low=width * place, high=width * (place + 1), number=counted[place]) for place in range(number)
    )


def discrimination(item: Sequence[float], rest: Sequence[float]) -> Discrimination:
    """The corrected item-total correlation of an item: Pearson's r of its points and of all *other* points.

    With x the points on the item and y the sum of the student's points on the others,

        r = sum((x - mean x)(y - mean y)) / sqrt(sum((x - mean x)^2) * sum((y - mean y)^2))

    The item is left out of y, or it would correlate with itself ("corrected": Nunnally & Bernstein,
    Psychometric Theory, 3rd ed. 1994, ch. 8). For an item that is right or wrong this is the point-biserial
    correlation: r = (M1 - M0) / s * sqrt(n1 * n0) / n, where M1 and M0 are the means of y for those who were
    right and wrong and s is the standard deviation of y (over n). The interval is Fisher's: tanh(atanh r +-
    1.96 / sqrt(n - 3)). None where fewer than 10 students have both numbers, or where one of the two is the
    same for all.
    """
    number = len(item)
    if number != len(rest):
        raise ValueError(f"{number} points on the item and {len(rest)} on the others")
    if number < FEWEST:
        return _unknown(number, f"fewer than {FEWEST} students")
    if min(item) == max(item):
        return _unknown(number, "everybody has the same points here")
    if min(rest) == max(rest):
        return _unknown(number, "everybody has the same points on the others")
    r = max(-1.0, min(1.0, correlation(item, rest)))
    low, high = _fisher(r, number)
    return Discrimination(value=r, low=low, high=high, number=number)


def timeline(attempts: Iterable[tuple[datetime, bool]], zone: tzinfo = UTC) -> Timeline | None:
    """How many attempts came in over time, by the clock of `zone`; None where there are none.

    Each attempt is the time it was received (aware) and whether it is its student's first. The periods are
    hours, parts of a day, days, weeks or more, so that there are at most a hundred.
    """
    times = [(at.astimezone(zone).replace(tzinfo=None), first) for at, first in attempts]
    if not times:
        return None
    earliest, latest = min(at for at, _ in times), max(at for at, _ in times)
    hours = _step((latest - earliest) / timedelta(hours=1))
    counted = Counter((_start(at, hours), first) for at, first in times)
    start, periods = _start(earliest, hours), []
    while start <= latest:
        periods.append(
            Period(start=start.replace(tzinfo=zone), first=counted[start, True], later=counted[start, False])
        )
        start += timedelta(hours=hours)
    return Timeline(hours=hours, periods=tuple(periods))


def lateness(hours: Iterable[float]) -> tuple[LateStep, ...]:
    """How late the late ones were, in steps; `hours` are those after each student's own deadline, above 0."""
    found = [value for value in hours if value > 0]
    ends = (*LATE_STEPS, None)
    return tuple(
        LateStep(
            over=over,
            until=until,
            number=sum(over < value and (until is None or value <= until) for value in found),
        )
        for over, until in zip((0.0, *LATE_STEPS), ends, strict=True)
    )


def _unknown(number: int, why: str) -> Discrimination:
    return Discrimination(value=None, low=None, high=None, number=number, why=why)


def _fisher(r: float, number: int) -> tuple[float, float]:
    if abs(r) >= 1:
        return r, r
    half = Z_95 / math.sqrt(number - 3)
    return math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)


def _step(span: float) -> int:
    """The length of a period in hours for a span of hours."""
    day = 24
    for hours in (1, 6, day, 7 * day, 28 * day):
        if span / hours <= MOST_PERIODS - 2:
            return hours
    return 28 * day * math.ceil(span / (28 * day * (MOST_PERIODS - 2)))


def _start(at: datetime, hours: int) -> datetime:
    """The beginning of the period in which a time of the clock lies; weeks begin on Monday."""
    if hours < 24:
        return at.replace(hour=at.hour - at.hour % hours, minute=0, second=0, microsecond=0)
    days = hours // 24
    ordinal = at.toordinal() - 1  # 1 January of the year 1 was a Monday
    return datetime.combine(datetime.fromordinal(max(1, ordinal - ordinal % days + 1)), time())
