"""Numbers over a whole class: how scores are spread, and how each check went. Pure arithmetic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import fmean, median

from autograder.model.assignment import Assignment, CheckSpec
from autograder.model.graded import GradedSubmission, Status
from autograder.model.results import CheckOutcome, FindingState

BINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Scores from `low` to `high` points (the last bin includes its upper end) and how many there are."""

    low: Decimal
    high: Decimal
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """How one check went: how many submissions have which outcome, and the mean share of its points."""

    id: str
    title: str
    max_points: Decimal
    optional: bool
    outcomes: tuple[tuple[CheckOutcome, int], ...]
    mean_share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingLine:
    """How many submissions break a rule, and in how many of them that is not decided yet."""

    rule: str
    number: int
    undecided: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """The class in numbers. `mean`, `median`, `lowest` and `highest` are points of known scores."""

    submissions: int
    students: int
    statuses: tuple[tuple[Status, int], ...]
    known: int
    mean: float | None
    median: float | None
    lowest: Decimal | None
    highest: Decimal | None
    bins: tuple[Bin, ...]
    checks: tuple[CheckLine, ...]
    findings: tuple[FindingLine, ...]


def distribution(graded: Sequence[GradedSubmission], assignment: Assignment) -> Distribution:
    """Work out the numbers of a class. Scores nobody knows are left out of the mean and counted by status."""
    totals = sorted(
        one.score.total for one in graded if one.score is not None and one.score.total is not None
    )
    counted = Counter(one.status for one in graded)
    return Distribution(
        submissions=len(graded),
        students=len({one.student for one in graded}),
        statuses=tuple((status, counted[status]) for status in Status if counted[status]),
        known=len(totals),
        mean=fmean(map(float, totals)) if totals else None,
        median=float(median(totals)) if totals else None,
        lowest=totals[0] if totals else None,
        highest=totals[-1] if totals else None,
        bins=_bins(totals, assignment.max_score),
        checks=tuple(_check(spec, graded) for spec in assignment.checks),
        findings=_findings(graded),
    )


def _bins(totals: Sequence[Decimal], max_score: Decimal) -> tuple[Bin, ...]:
    """Ten bins from 0 to the maximum; points of extra credit above it fall into the last."""
    if max_score <= 0:
        return ()
    width = max_score / BINS
    numbers = Counter(min(BINS - 1, int(total / width)) for total in totals)
    return tuple(
        Bin(low=width * place, high=width * (place + 1), number=numbers[place]) for place in range(BINS)
    )


def _check(spec: CheckSpec, graded: Sequence[GradedSubmission]) -> CheckLine:
    outcomes = Counter(
        result.outcome for one in graded for result in one.results if result.check_id == spec.id
    )
    earned = [one.score.earned.get(spec.id) for one in graded if one.score is not None]
    known = [points for points in earned if points is not None]
    share = float(sum(known, Decimal(0)) / (len(known) * spec.points)) if known and spec.points else None
    return CheckLine(
        id=str(spec.id),
        title=spec.title or str(spec.id),
        max_points=spec.points,
        optional=spec.optional,
        outcomes=tuple((outcome, outcomes[outcome]) for outcome in CheckOutcome if outcomes[outcome]),
        mean_share=share,
    )


def _findings(graded: Sequence[GradedSubmission]) -> tuple[FindingLine, ...]:
    number = Counter(rule for one in graded for rule in {str(f.rule) for f in one.findings})
    undecided = Counter(
        rule
        for one in graded
        for rule in {str(f.rule) for f in one.findings if f.state is FindingState.PROPOSED}
    )
    return tuple(
        FindingLine(rule=rule, number=count, undecided=undecided[rule])
        for rule, count in sorted(number.items(), key=lambda item: (-item[1], item[0]))
    )
