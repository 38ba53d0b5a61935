"""The overview of one assignment over a whole class: one page for staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from urllib.parse import quote

from autograder.model.assignment import Assignment
from autograder.model.graded import GradedSubmission
from autograder.model.ids import SubmissionId
from autograder.model.results import CheckOutcome, FindingState
from autograder.reporting.distribution import Bin, distribution
from autograder.reporting.html import fill

ROWS_AT_MOST: Final = 1_500


def render_overview(
    graded: Sequence[GradedSubmission],
    assignment: Assignment,
    *,
    links: Mapping[SubmissionId, str] | None = None,
) -> str:
    """One page about a whole class. `links` maps submissions to the relative paths of their reports."""
    numbers = distribution(graded, assignment)
    ordered = sorted(graded, key=lambda one: (one.student, one.attempt, one.received))
    found = links or {}
    return fill(
        "overview.html.j2",
        assignment=assignment,
        d=numbers,
        bars=_bars(numbers.bins),
        rows=[_row(one, found.get(one.submission, "")) for one in ordered[:ROWS_AT_MOST]],
        rows_left_out=max(0, len(ordered) - ROWS_AT_MOST),
        stand_ins=sorted({name for one in graded for name in one.provenance.stand_ins}),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bar:
    x: float
    y: float
    width: float
    height: float
    middle: float
    low: Decimal
    high: Decimal
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    graded: GradedSubmission
    link: str
    total: Decimal | None
    undecided: int
    waiting: int


def _row(one: GradedSubmission, link: str) -> _Row:
    return _Row(
        graded=one,
        link=quote(link, safe="/._-~"),
        total=None if one.score is None else one.score.total,
        undecided=sum(f.state is FindingState.PROPOSED and f.points > 0 for f in one.findings),
        waiting=sum(r.outcome in (CheckOutcome.WAITING, CheckOutcome.ERRORED) for r in one.results),
    )


def _bars(bins: Sequence[Bin]) -> list[_Bar]:
    """The bars of the histogram, in the picture's own units: 10 steps of 72 on a floor at 180."""
    most = max((one.number for one in bins), default=0) or 1
    bars = []
    for place, one in enumerate(bins):
        height = round(150 * one.number / most, 1)
        x = 24 + 72 * place
        bars.append(
            _Bar(
                x=x, y=180 - height, width=64, height=height, middle=x + 32,
                low=one.low, high=one.high, number=one.number,
            )
        )  # fmt: skip
    return bars
