"""Points from results and findings: exact arithmetic, nothing else.

It reads no clock, file or environment and never guesses: points that nobody knows stay unknown. Late
policies, extensions, attempts and overrides are not here; they belong to the gradebook.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import assert_never

from autograder.model.assignment import Assignment, CheckSpec, Firmness, Gate
from autograder.model.ids import CheckId
from autograder.model.results import CheckOutcome, CheckResult, Finding, FindingState, Score

ZERO = Decimal(0)


def score(
    assignment: Assignment,
    results: Sequence[CheckResult],
    findings: Sequence[Finding] = (),
    *,
    unknown: Iterable[CheckId] = (),
) -> Score:
    """Return the score of one graded submission.

    `results` must hold exactly one result per declared check. Checks named in `unknown` have no points yet,
    whatever their result says (a corrected check whose question this run was never asked).

    `earned` is what each check earned by itself. `total` is the sum of what counts, less deductions, and
    never below 0; points of extra credit do not count in it when the gate failed. `deducted` is what the
    confirmed findings cost together, after the cap, even where the points to take it from are missing.

    Raises:
        ValueError: a declared check has no result or two, or a result was never declared.

    """
    by_id = {result.check_id: result for result in results}
    if len(by_id) != len(results) or by_id.keys() != {spec.id for spec in assignment.checks}:
        raise ValueError("there must be exactly one result per declared check")
    withheld = frozenset(unknown)
    earned = {
        spec.id: None if spec.id in withheld else points_for(spec, by_id[spec.id])
        for spec in assignment.checks
    }
    gate_passed = gate_state(assignment.gate, assignment.checks, earned)
    deducted = deduction(findings, cap=assignment.deduction_cap)
    total = None
    if None not in earned.values():
        counted = (
            earned[spec.id] or ZERO
            for spec in assignment.checks
            if not spec.optional or gate_passed is not False
        )
        total = max(ZERO, sum(counted, ZERO) - deducted)
    return Score(
        earned=earned,
        deducted=deducted,
        total=total,
        max_score=assignment.max_score,
        gate_passed=gate_passed,
    )


def points_for(spec: CheckSpec, result: CheckResult) -> Decimal | None:
    """Return what a check earned, in points, or None while nobody knows."""
    match result.outcome:
        case CheckOutcome.PASSED:
            return spec.points
        case CheckOutcome.PARTIAL:
            return spec.points * result.fraction
        case CheckOutcome.WAITING | CheckOutcome.ERRORED:
            return None
        case CheckOutcome.FAILED | CheckOutcome.NOT_RUN:
            return ZERO
        case other:
            assert_never(other)


def gate_state(
    gate: Gate | None, checks: Sequence[CheckSpec], earned: Mapping[CheckId, Decimal | None]
) -> bool | None:
    """Say whether the basic part succeeded; None without a gate, or while unknown points still decide.

    The gate counts points of its own checks only, and among these none of extra credit, so extras cannot
    repair it.
    """
    if gate is None:
        return None
    basic = [spec for spec in checks if spec.id in gate.checks and not spec.optional]
    needed = gate.share * sum((spec.points for spec in basic), ZERO)
    known = sum((earned[spec.id] or ZERO for spec in basic), ZERO)
    if known >= needed:
        return True
    open_points = sum((spec.points for spec in basic if earned[spec.id] is None), ZERO)
    return None if known + open_points >= needed else False


def deduction(findings: Iterable[Finding], *, cap: Decimal) -> Decimal:
    """Return what confirmed findings cost together, in points: one cause once, never above `cap`.

    Of the findings of one cause the dearest counts. A finding that names no cause is its rule's. A hint
    never costs anything.
    """
    dearest: dict[tuple[str, str], Decimal] = {}
    for finding in findings:
        if finding.state is not FindingState.CONFIRMED or finding.firmness is Firmness.HINT:
            continue
        cause = ("cause", finding.cause) if finding.cause else ("rule", finding.rule)
        dearest[cause] = max(finding.points, dearest.get(cause, ZERO))
    return min(sum(dearest.values(), ZERO), max(cap, ZERO))
