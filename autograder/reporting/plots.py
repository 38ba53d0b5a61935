"""The plots of reports over a class, drawn by matplotlib as SVG that stands inside a page.

Every plot has a title and a description for screen readers, and a page puts a table of the same numbers
beside it. Nothing is computed here but places. Pages of single submissions do without matplotlib
(docs/decisions/0019-plots.md).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from autograder.reporting.accuracies import AccuracyTable
from autograder.reporting.plot_canvas import (
    ACCENT,
    BAD,
    INK,
    LINE,
    PART,
    SOFT,
    bars,
    counting,
    drawn,
    short_label,
    short_number,
)
from autograder.reporting.statistics import Bin, Spread, Timeline, spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SMALL: Final = 8.5
"""The size of names that have little room; a phone does not enlarge it."""
SINGLE_DOTS: Final = 150
"""Up to here each submission has a dot and an interval of its own; more are drawn as a line in a band."""
MOST_POINTS: Final = 300


def score_plot(
    name: str, bins: Sequence[Bin], *, title: str, unit: str, cuts: Sequence[tuple[str, float]] = ()
) -> Markup:
    """How many are in each bin. `cuts` are named places from which on something holds, such as letters."""

    def draw(axes: Axes) -> None:
        widths = [one.high - one.low for one in bins]
        middles = [(one.low + one.high) / 2 for one in bins]
        bars(axes, middles, [one.number for one in bins], width=[0.9 * width for width in widths])
        ends = [bins[0].low, *(one.high for one in bins)]
        axes.set_xticks(ends[:: 2 if len(ends) > 11 else 1])
        axes.set_xticklabels([short_number(end) for end in ends[:: 2 if len(ends) > 11 else 1]])
        axes.set_xlim(bins[0].low, bins[-1].high)
        _cuts(axes, cuts, bins[0].low, bins[-1].high)
        axes.set_xlabel(unit)

    most = max(bins, key=lambda one: one.number)
    described = (
        f"{sum(one.number for one in bins)} in {len(bins)} bins; most, {most.number}, from "
        f"{short_number(most.low)} to {short_number(most.high)} {unit}."
    )
    return drawn(name, title, described, draw, height=190)


def _cuts(axes: Axes, cuts: Sequence[tuple[str, float]], low: float, high: float) -> None:
    """A line behind the bars at each cut, and its name above the range that it begins."""
    ordered = sorted(cuts, key=lambda cut: cut[1])
    for place, (words, start) in enumerate(ordered):
        end = min(high, ordered[place + 1][1] if place + 1 < len(ordered) else high)
        if start >= end:
            continue
        if low < start:
            axes.axvline(start, color=BAD, linewidth=0.8, alpha=0.5, linestyle=(0, (3, 2)), zorder=0.5)
        axes.text(
            (max(low, start) + end) / 2, 1.01, short_label(words, 4), transform=axes.get_xaxis_transform(),
            color=BAD, fontsize=SMALL, ha="center", va="bottom",
        )  # fmt: skip


def count_plot(name: str, counts: Sequence[tuple[str, int]], *, title: str, unit: str) -> Markup:
    """How many there are of each kind, in the given order."""

    def draw(axes: Axes) -> None:
        places = list(range(len(counts)))
        bars(axes, places, [number for _, number in counts], width=[0.8] * len(counts))
        axes.set_xticks(places)
        axes.set_xticklabels([short_label(label, 8 if len(counts) > 9 else 12) for label, _ in counts])
        axes.set_xlim(-0.6, len(counts) - 0.4)
        axes.set_xlabel(unit)

    described = "; ".join(f"{short_label(label)}: {number}" for label, number in counts[:30]) + "."
    return drawn(name, title, described, draw, height=190)


def time_plot(name: str, line: Timeline, *, title: str, due: datetime | None = None) -> Markup:
    """First and later attempts over time, and the deadline where there is one."""
    starts = [one.start for one in line.periods]

    def draw(axes: Axes) -> None:
        first = [one.first for one in line.periods]
        later = [one.later for one in line.periods]
        places = range(len(starts))
        axes.bar(places, first, width=0.85, color=ACCENT)
        if any(later):
            axes.bar(places, later, width=0.85, bottom=first, color=PART, alpha=0.65)
        counting(axes, max(a + b for a, b in zip(first, later, strict=True)))
        shown = _labelled(starts, line.hours)
        axes.set_xticks(shown)
        axes.set_xticklabels([_when(starts[place], line.hours) for place in shown])
        ends = (-0.7, len(starts) - 0.3)
        axes.set_xlim(*ends)
        if due is not None:
            at = _place(due, starts, line.hours)
            if ends[0] < at < ends[1]:
                axes.axvline(at, color=BAD, linewidth=1.2, linestyle=(0, (3, 2)))
                axes.text(
                    at, 1.02, "deadline", transform=axes.get_xaxis_transform(), color=BAD, fontsize=9,
                    ha="right" if at > len(starts) * 0.5 else "left", va="bottom",
                )  # fmt: skip

    busiest = max(line.periods, key=lambda one: one.first + one.later)
    described = (
        f"{len(line.periods)} periods of {line.hours} hours; most attempts, "
        f"{busiest.first + busiest.later}, from {_when(busiest.start, 1)} on."
    )
    return drawn(name, title, described, draw, height=190)


def range_plot(name: str, rows: Sequence[tuple[str, Spread]], *, title: str) -> Markup:
    """Lowest to highest as a line, the middle half as a bar and the median as a mark, in per cent."""

    def draw(axes: Axes) -> None:
        for place, (_, one) in enumerate(rows):
            axes.plot([one.lowest, one.highest], [place, place], color=SOFT, linewidth=1)
            axes.barh(
                place, max(one.upper - one.lower, 0.6), left=one.lower, height=0.55, color=ACCENT, alpha=0.4
            )
            axes.plot([one.median] * 2, [place - 0.36, place + 0.36], color=INK, linewidth=2)
        axes.set_yticks(range(len(rows)))
        axes.set_yticklabels([short_label(label) for label, _ in rows])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        highest = max(one.highest for _, one in rows)
        axes.set_xlim(0, max(100.0, math.ceil(highest / 10) * 10))
        axes.set_xlabel("per cent")
        axes.grid(axis="x", color=LINE, linewidth=0.6)

    longest = max(len(short_label(label)) for label, _ in rows)
    described = "; ".join(f"{short_label(label)}: median {one.median:.1f}" for label, one in rows[:40]) + "."
    return drawn(name, title, described, draw, height=52 + 18 * len(rows), left=16 + 6.3 * longest)


def accuracy_plot(name: str, table: AccuracyTable, *, title: str) -> Markup:
    """Every submission's number with its interval, sorted, against the thresholds and the floor."""
    measured = table.measured
    step = max(1, math.ceil(len(measured) / MOST_POINTS))
    shown = [*measured[::step], *([measured[-1]] if step > 1 else [])]
    places = [min(place * step, len(measured) - 1) + 1 for place in range(len(shown))]
    lowest, highest = _sensible(table)
    values = [min(highest, max(lowest, one.value)) for one in shown]
    lows = [at if one.low is None else one.low for one, at in zip(shown, values, strict=True)]
    highs = [at if one.high is None else one.high for one, at in zip(shown, values, strict=True)]
    bottom = min([*lows, *(tier.threshold for tier in table.tiers), *_finite(table.floor)])
    top = max([*highs, *(tier.threshold for tier in table.tiers), *_finite(table.floor_upper)])
    room = (top - bottom) * 0.06 or 0.05

    def draw(axes: Axes) -> None:
        right = len(measured) + max(1.0, len(measured) * 0.02)
        if table.floor is not None:
            upper = table.floor if table.floor_upper is None else table.floor_upper
            axes.fill_between([0, right], table.floor, upper, color=BAD, alpha=0.18, linewidth=0)
            axes.plot([0, right], [table.floor] * 2, color=BAD, linewidth=1)
        for tier in table.tiers:
            axes.plot([0, right], [tier.threshold] * 2, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
        if len(measured) <= SINGLE_DOTS:
            gap = [math.nan] * len(shown)
            xs = [x for trio in zip(places, places, gap, strict=True) for x in trio]
            ys = [y for trio in zip(lows, highs, gap, strict=True) for y in trio]
            axes.plot(xs, ys, color=ACCENT, linewidth=1, alpha=0.55)
            axes.plot(
                places, values, "o", color=ACCENT, markersize=3 if len(shown) > 60 else 4, markeredgewidth=0
            )
        else:
            axes.fill_between(places, lows, highs, color=ACCENT, alpha=0.25, linewidth=0)
            axes.plot(places, values, color=ACCENT, linewidth=1.6)
        axes.set_xlim(0, right)
        axes.set_ylim(bottom - room, top + room)
        axes.set_xlabel("submissions, from the lowest to the highest")
        _named_levels(axes, table)

    described = (
        f"{len(measured)} submissions from {measured[0].value:g} to {measured[-1].value:g}. "
        + " ".join(f"{tier.reached} reach {tier.threshold:g}." for tier in table.tiers)
    )
    return drawn(name, title, described, draw, height=240, left=36, right=52)


def _sensible(table: AccuracyTable) -> tuple[float, float]:
    """Between which numbers to draw. A number without an interval may be anything a student sent.

    One that lies far away is drawn at the edge, or nobody else could be seen.
    """
    found = spread(one.value for one in table.measured)
    if found is None or any(one.low is not None for one in table.measured):
        return -math.inf, math.inf
    far = 3 * (found.upper - found.lower)
    tiers = [tier.threshold for tier in table.tiers]
    return min([found.lower - far, *tiers]), max([found.upper + far, *tiers])


def _named_levels(axes: Axes, table: AccuracyTable) -> None:
    """Names of the lines at the right edge, moved apart where they would lie on each other."""
    bottom, top = axes.get_ylim()
    named = [(tier.threshold, f"{tier.threshold:g}", INK) for tier in table.tiers]
    named += [(table.floor, "floor", BAD)] if table.floor is not None else []
    apart, last = (top - bottom) * 0.06, -math.inf
    for level, words, colour in sorted(named):
        at = max(level, last + apart)
        last = at
        axes.text(
            1.01, at, words, transform=axes.get_yaxis_transform(), color=colour, fontsize=9, va="center",
            ha="left",
        )  # fmt: skip


def _finite(value: float | None) -> list[float]:
    return [] if value is None else [value]


def _labelled(starts: Sequence[datetime], hours: int) -> list[int]:
    """At most four places to label, evenly spaced; beginnings of days where there are at least two."""
    places = list(range(len(starts)))
    if hours < 24:
        days = [place for place in places if starts[place].hour == 0]
        places = days if len(days) > 1 else places
    return places[:: max(1, math.ceil(len(places) / 4))]


def _when(start: datetime, hours: int) -> str:
    if hours < 24 and start.hour:
        return f"{start.day} {start:%b} {start:%H:%M}"
    if hours < 24:
        return f"{start.day} {start:%b}"
    return f"{start.day} {start:%b}" if hours < 24 * 28 else f"{start:%b %Y}"


def _place(at: datetime, starts: Sequence[datetime], hours: int) -> float:
    """Where a time lies on an axis on which each period is one wide and its middle is its number."""
    first: Any = starts[0]
    clock = at.astimezone(first.tzinfo).replace(tzinfo=None) - first.replace(tzinfo=None)
    return float(clock.total_seconds() / 3600 / hours) - 0.5
