"""What a score is worth after people changed something. Pure arithmetic: no database, no clock.

A grading nobody touched keeps the score the grader gave, digit for digit. Only after a change is the total
worked out again, here: the gradebook must be readable without the grader, so it has this small copy of the
grader's arithmetic. A test compares both on generated gradings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import assert_never

from autograder.model.assignment import Assurance
from autograder.model.graded import GradedSubmission, Status
from autograder.model.ids import CheckId
from autograder.model.results import CheckOutcome, CheckResult, Finding, FindingState, Score
from gradebook.sheet import CheckLine, Sheet
from gradebook.values import Change, ChangeKind

ZERO = Decimal(0)


def effective(recorded: GradedSubmission, sheet: Sheet, changes: Sequence[Change]) -> GradedSubmission:
    """`recorded` with `changes` applied in their order; of two changes to one thing the later one counts."""
    standing = _standing(changes)
    if not standing:
        return recorded
    lines = {line.id: line for line in sheet.checks}
    by_check = {c.subject: c for c in standing if c.kind is ChangeKind.CHECK_POINTS}
    by_rule = {c.subject: c for c in standing if c.kind is ChangeKind.FINDING_STATE}
    results = tuple(
        _with_points(result, lines[result.check_id], by_check[result.check_id])
        if result.check_id in by_check and result.check_id in lines
        else result
        for result in recorded.results
    )
    findings = tuple(
        replace(finding, state=by_rule[finding.rule].state or finding.state)
        if finding.rule in by_rule
        else finding
        for finding in recorded.findings
    )
    score = recorded.score
    if score is not None and (results != recorded.results or findings != recorded.findings):
        exact = {CheckId(subject): change.points for subject, change in by_check.items()}
        score = total_of(sheet, results, findings, exact)
    total = next((c.points for c in standing if c.kind is ChangeKind.TOTAL), None)
    if total is not None:
        score = replace(score or total_of(sheet, results, findings, {}), total=total)
    return replace(
        recorded,
        results=results,
        findings=findings,
        score=score,
        status=_status(recorded, score, findings, decided=total is not None),
    )


def _standing(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The last change of each thing, without those that were withdrawn."""
    last: dict[tuple[ChangeKind, str], Change] = {}
    for change in changes:
        last[change.kind, change.subject] = change
    return tuple(c for c in last.values() if c.points is not None or c.state is not None)


def _with_points(result: CheckResult, line: CheckLine, change: Change) -> CheckResult:
    points = change.points or ZERO
    if points >= line.points > 0:
        outcome, fraction = CheckOutcome.PASSED, Decimal(1)
    elif points > 0:
        outcome, fraction = CheckOutcome.PARTIAL, points / line.points
    else:
        outcome, fraction = CheckOutcome.FAILED, ZERO
    message = change.comment or result.message
    return replace(result, outcome=outcome, fraction=fraction, assurance=Assurance.HUMAN, message=message)


def total_of(
    sheet: Sheet,
    results: Iterable[CheckResult],
    findings: Iterable[Finding],
    decided: dict[CheckId, Decimal | None],
) -> Score:
    """The score that follows from results and findings.

    `decided` holds points a person gave, exact where a fraction would be rounded. A check without a result
    earns nothing.
    """
    by_id = {result.check_id: result for result in results}
    earned: dict[CheckId, Decimal | None] = {}
    for line in sheet.checks:
        given = decided.get(line.id)
        result = by_id.get(line.id)
        if given is not None:
            earned[line.id] = given
        else:
            earned[line.id] = ZERO if result is None else points_for(line.points, result)
    gate_passed = _gate(sheet, earned)
    deducted = _deducted(findings, sheet.deduction_cap)
    return Score(
        earned=earned,
        deducted=deducted,
        total=_total(sheet, earned, gate_passed, deducted),
        max_score=sheet.max_score,
        gate_passed=gate_passed,
    )


def points_for(points: Decimal, result: CheckResult) -> Decimal | None:
    """What a check of `points` earns with this result; None while a person has to look."""
    match result.outcome:
        case CheckOutcome.PASSED:
            return points
        case CheckOutcome.PARTIAL:
            return points * result.fraction
        case CheckOutcome.FAILED | CheckOutcome.NOT_RUN:
            return ZERO
        case CheckOutcome.WAITING | CheckOutcome.ERRORED:
            return None
        case other:
            assert_never(other)


def _gate(sheet: Sheet, earned: dict[CheckId, Decimal | None]) -> bool | None:
    if sheet.gate is None:
        return None
    worth = {line.id: line.points for line in sheet.checks}
    points = [earned.get(check, ZERO) for check in sheet.gate.checks]
    known = [value for value in points if value is not None]
    if len(known) < len(points):
        return None
    wanted = sum((worth.get(check, ZERO) for check in sheet.gate.checks), ZERO) * sheet.gate.share
    return sum(known, ZERO) >= wanted


def _total(
    sheet: Sheet, earned: dict[CheckId, Decimal | None], gate_passed: bool | None, deducted: Decimal
) -> Decimal | None:
    extras_count = gate_passed is not False
    counted = [earned[line.id] for line in sheet.checks if extras_count or not line.optional]
    known = [value for value in counted if value is not None]
    if len(known) < len(counted):
        return None
    return max(ZERO, sum(known, ZERO) - deducted)


def _deducted(findings: Iterable[Finding], cap: Decimal) -> Decimal:
    """Points that confirmed findings cost: the dearest of each cause, together at most `cap`."""
    dearest: dict[str, Decimal] = {}
    for number, finding in enumerate(findings):
        if finding.state is FindingState.CONFIRMED:
            cause = finding.cause or f"{finding.rule} {number}"
            dearest[cause] = max(dearest.get(cause, ZERO), finding.points)
    return min(cap, sum(dearest.values(), ZERO))


def _status(
    recorded: GradedSubmission, score: Score | None, findings: Sequence[Finding], *, decided: bool
) -> Status:
    """`graded` once the total is known and nothing that costs points is left to decide."""
    if decided:
        return Status.GRADED
    if score is None or recorded.status is Status.REJECTED:
        return recorded.status
    if score.total is None:
        return Status.PENDING if recorded.status is Status.GRADED else recorded.status
    open_findings = any(f.state is FindingState.PROPOSED and f.points > 0 for f in findings)
    return recorded.status if open_findings else Status.GRADED
