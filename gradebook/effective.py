"""What a score is worth after people changed something. Pure arithmetic: no database, no clock.

A grading nobody touched keeps the score the grader gave, digit for digit. Only after a change is the total
worked out again, here: the gradebook must be readable without the grader, so it has this small copy of the
grader's arithmetic. A test compares both on generated gradings.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import assert_never

from autograder.model.assignment import Assurance, Firmness
from autograder.model.graded import GradedSubmission, Status
from autograder.model.ids import CheckId
from autograder.model.results import CheckOutcome, CheckResult, Finding, FindingState, Score
from gradebook.sheet import CheckLine, Sheet
from gradebook.values import Change, ChangeKind

ZERO = Decimal(0)


def effective(recorded: GradedSubmission, sheet: Sheet, changes: Sequence[Change]) -> GradedSubmission:
    """`recorded` with `changes` applied in their order; of two changes to one thing the later one counts."""
    standing = standing_of(changes)
    if not standing:
        return recorded
    lines = {line.id: line for line in sheet.checks}
    by_check = {c.subject: c for c in standing if c.kind is ChangeKind.CHECK_POINTS}
    by_rule = {c.subject: c for c in standing if c.kind is ChangeKind.FINDING_STATE}
    words = {c.subject: c.comment for c in standing if c.kind is ChangeKind.COMMENT}
    judged = tuple(
        _with_points(result, lines[result.check_id], by_check[result.check_id])
        if result.check_id in by_check and result.check_id in lines
        else result
        for result in recorded.results
    )
    results = tuple(replace(r, message=words[r.check_id]) if r.check_id in words else r for r in judged)
    findings = tuple(
        replace(finding, state=by_rule[finding.rule].state or finding.state)
        if finding.rule in by_rule
        else finding
        for finding in recorded.findings
    )
    score = recorded.score
    extra, late = extra_points(standing, lines), late_penalty(standing)
    if score is not None and (judged != recorded.results or findings != recorded.findings or extra or late):
        # What nobody changed keeps its points digit for digit: a share of points would be rounded again.
        known = {check: points for check, points in score.earned.items() if points is not None}
        given = {CheckId(c.subject): c.points for c in by_check.values() if c.points is not None}
        unknown = [check for check, points in score.earned.items() if points is None]
        score = total_of(
            sheet, results, findings, given={**known, **given}, unknown=unknown, extra=extra, late=late
        )
    total = next((c.points for c in standing if c.kind is ChangeKind.TOTAL), None)
    if total is not None:
        score = replace(score or total_of(sheet, results, findings), total=total)
    open_things = _open_things(sheet, score, findings)
    status = Status.GRADED if total is not None else _status(recorded, score, open_things)
    reason = recorded.reason
    if status is not recorded.status or status is Status.PENDING:
        reason = "" if status is Status.GRADED else f"A person still has to look at: {open_things}."
    return replace(recorded, results=results, findings=findings, score=score, status=status, reason=reason)


def standing_of(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The last change of each thing, without those that were withdrawn."""
    last: dict[tuple[ChangeKind, str], Change] = {}
    for change in changes:
        last[change.kind, change.subject] = change
    whole = last.get((ChangeKind.LATE_PENALTY, ""))
    return tuple(
        c
        for c in last.values()
        if (c.points is not None or c.state is not None or (c.kind is ChangeKind.COMMENT and c.comment))
        and not (whole is not None and _replaced(c, whole))
    )


def _replaced(change: Change, whole: Change) -> bool:
    """Whether what lateness costs the whole submission was said after this, which is about one notebook."""
    return (
        change.kind is ChangeKind.LATE_PENALTY
        and change.subject != ""
        and whole.points is not None
        and change.id < whole.id
    )


def extra_points(standing: Iterable[Change], checks: Container[str]) -> Decimal:
    """Points that people gave on top of those of `checks`, all together."""
    given = (c.points for c in standing if c.kind is ChangeKind.EXTRA_POINTS and c.subject in checks)
    return sum((points for points in given if points is not None), ZERO)


def late_penalty(standing: Iterable[Change]) -> Decimal:
    """What lateness costs by itself, all notebooks together."""
    taken = (c.points for c in standing if c.kind is ChangeKind.LATE_PENALTY)
    return sum((points for points in taken if points is not None), ZERO)


def decided_lateness(changes: Iterable[Change]) -> Decimal | None:
    """What people said that lateness costs, 0 included; None where nobody said anything."""
    standing = standing_of(changes)
    return late_penalty(standing) if any(c.kind is ChangeKind.LATE_PENALTY for c in standing) else None


def _with_points(result: CheckResult, line: CheckLine, change: Change) -> CheckResult:
    points = change.points or ZERO
    if points >= line.points > 0:
        outcome, fraction = CheckOutcome.PASSED, Decimal(1)
    elif points > 0:
        outcome, fraction = CheckOutcome.PARTIAL, points / line.points
    else:
        outcome, fraction = CheckOutcome.FAILED, ZERO
    return replace(
        result, outcome=outcome, fraction=fraction, assurance=Assurance.HUMAN, message=change.comment
    )


def total_of(
    sheet: Sheet,
    results: Iterable[CheckResult],
    findings: Iterable[Finding],
    *,
    given: Mapping[CheckId, Decimal] | None = None,
    unknown: Iterable[CheckId] = (),
    extra: Decimal = ZERO,
    late: Decimal = ZERO,
) -> Score:
    """The score that follows from results and findings.

    `given` holds points a person gave, exact where a fraction would be rounded. The points of checks in
    `unknown` are not known, whatever their result says. A check without a result earns nothing. `extra`
    points were given on top; like all extra credit they do not count when the gate failed. `late` is taken.
    """
    by_id = {result.check_id: result for result in results}
    withheld = frozenset(unknown)
    earned: dict[CheckId, Decimal | None] = {}
    for line in sheet.checks:
        result = by_id.get(line.id)
        if given and line.id in given:
            earned[line.id] = given[line.id]
        elif line.id in withheld:
            earned[line.id] = None
        else:
            earned[line.id] = ZERO if result is None else points_for(line.points, result)
    gate_passed = _gate(sheet, earned)
    deducted = _deducted(findings, sheet.deduction_cap)
    total = None
    if None not in earned.values():
        extras_count = gate_passed is not False
        counted = (earned[line.id] or ZERO for line in sheet.checks if extras_count or not line.optional)
        on_top = extra if extras_count else ZERO
        total = max(ZERO, sum(counted, on_top) - deducted - late)
    return Score(
        earned=earned, deducted=deducted, total=total, max_score=sheet.max_score, gate_passed=gate_passed
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


def _gate(sheet: Sheet, earned: Mapping[CheckId, Decimal | None]) -> bool | None:
    """Whether the basic part succeeded; None without a gate or while unknown points decide."""
    if sheet.gate is None:
        return None
    basic = [line for line in sheet.checks if line.id in sheet.gate.checks and not line.optional]
    needed = sheet.gate.share * sum((line.points for line in basic), ZERO)
    known = sum((earned[line.id] or ZERO for line in basic), ZERO)
    still_open = sum((line.points for line in basic if earned[line.id] is None), ZERO)
    if known >= needed:
        return True
    return None if known + still_open >= needed else False


def _deducted(findings: Iterable[Finding], cap: Decimal) -> Decimal:
    """Points that confirmed findings cost: the dearest of each cause, together at most `cap`."""
    dearest: dict[tuple[str, str], Decimal] = {}
    for finding in findings:
        if finding.state is FindingState.CONFIRMED and finding.firmness is not Firmness.HINT:
            cause = ("cause", finding.cause) if finding.cause else ("rule", str(finding.rule))
            dearest[cause] = max(dearest.get(cause, ZERO), finding.points)
    return min(max(cap, ZERO), sum(dearest.values(), ZERO))


def _open_things(sheet: Sheet, score: Score | None, findings: Iterable[Finding]) -> str:
    """The checks without known points and the rules whose findings would cost points but are not decided."""
    checks = [] if score is None else [str(check) for check, points in score.earned.items() if points is None]
    rules = [
        str(finding.rule)
        for finding in findings
        if finding.state is FindingState.PROPOSED
        and finding.firmness is not Firmness.HINT
        and min(finding.points, sheet.deduction_cap) > 0
    ]
    return ", ".join(dict.fromkeys([*checks, *rules]))


def _status(recorded: GradedSubmission, score: Score | None, open_things: str) -> Status:
    """`graded` once the total is known and nothing that costs points is left to decide."""
    if score is None or recorded.status is Status.REJECTED:
        return recorded.status
    if open_things:
        return Status.PENDING if recorded.status is Status.GRADED else recorded.status
    return Status.GRADED
