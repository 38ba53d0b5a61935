"""What handing something in at a moment would cost, before it is done. It reserves nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from autograder.errors import GradebookError
from gradebook.policies.explaining import dates_of
from gradebook.policies.facts import NOTHING, Attempt, Charge, Facts
from gradebook.policies.lateness import deduction_rule, lost_points, windows
from gradebook.policies.ledger import ledger
from gradebook.policies.lines import Line, Why
from gradebook.policies.values import HUNDRED, ZERO, Counts, Policies


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The price of handing in at a moment.

    `accepted` is false after the last moment. `days_late` are those after the student's own deadline; `pays`
    more late days of the budget would be used and `left` remain (None without a budget); `uncovered` days
    cost up to `loses` points, which full marks would lose (percent of 100 while the maximum is not known).
    """

    accepted: bool
    days_late: int
    pays: int
    left: int | None
    uncovered: int
    loses: Decimal
    lines: tuple[Line, ...]


def preview(policies: Policies, facts: Mapping[str, Facts], assignment: str, at: datetime) -> Preview:
    """What a submission received `at` (aware) would cost the student whose facts these are."""
    policy = policies.assignments.get(assignment)
    if policy is None:
        raise GradebookError(f"there is no assignment {assignment!r} in the policies")
    if at.tzinfo is None:
        raise GradebookError(f"a time without a zone: {at.isoformat()}")
    known = facts.get(assignment, NOTHING)
    found = windows(policy, known.extensions)
    lines = dates_of(policy, known, found)
    budgeted = policies.late_days is not None
    before = ledger(policies, facts)
    on_time = Preview(
        accepted=True,
        days_late=0,
        pays=0,
        left=before.left if budgeted else None,
        uncovered=0,
        loses=ZERO,
        lines=(*lines, Line(Why.WOULD_BE_ON_TIME)),
    )
    if not found:
        return on_time
    window = found[-1]
    days = window.deadline.days_late(at)
    closes = window.accepted_before
    if policy.counts is Counts.LAST_BEFORE_DEADLINE:
        closes = window.deadline.on_time_before
    if closes is not None and at >= closes:
        last_moment = (
            window.closes if policy.counts is not Counts.LAST_BEFORE_DEADLINE else window.deadline.at
        )
        refused = Line(Why.WOULD_BE_REFUSED, (last_moment, policy.zone))
        return replace(on_time, accepted=False, days_late=days, lines=(*lines, refused))
    if known.choice is not None:
        return replace(on_time, days_late=days, lines=(*lines, Line(Why.WOULD_NOT_COUNT)))
    number = max((attempt.number for attempt in known.attempts), default=0) + 1
    attempt = Attempt(id=f"{assignment}, to be handed in", received=at, points=None, number=number)
    after = ledger(policies, {**facts, assignment: replace(known, attempts=(*known.attempts, attempt))})
    if not days:
        return on_time
    pays = before.left - after.left
    uncovered = days - min(days, after.available.get(assignment, 0))
    maximum = HUNDRED if policy.maximum is None else policy.maximum
    loses = lost_points(policy.late, maximum, maximum, uncovered)
    lines.append(Line(Why.WOULD_BE_LATE, (days,)))
    if budgeted and policy.late_days:
        lines.append(Line(Why.WOULD_PAY, (pays, after.left)))
        for name, other in policies.assignments.items():
            was, becomes = _paid(before.charges, name), _paid(after.charges, name)
            if name != assignment and was != becomes:  # handing in again can give up a place in the ledger
                lines.append(Line(Why.WOULD_MOVE, (other.name, was, becomes)))
    if loses:
        lines.append(Line(Why.WOULD_LOSE, (uncovered, loses, deduction_rule(policy.late))))
    return Preview(
        accepted=True,
        days_late=days,
        pays=pays,
        left=after.left if budgeted else None,
        uncovered=uncovered,
        loses=loses,
        lines=tuple(lines),
    )


def _paid(charges: tuple[Charge, ...], assignment: str) -> int:
    return sum(charge.paid for charge in charges if charge.assignment == assignment)
