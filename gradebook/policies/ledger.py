"""The ledger of a student's late days: what handing in late has cost of the term's budget.

Handing in is what costs late days, whatever the points turn out to be: of several attempts the last accepted
one decides (the chosen one where staff chose), also where the best one counts. So a preview is exact, and
more points never change what is left for other work. Days are paid in the order in which work was handed in.
An extension never makes work that was accepted without it more expensive. Work whose lateness a decision
charged already costs no days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gradebook.policies.effective import counting
from gradebook.policies.facts import Attempt, Charge, Facts
from gradebook.policies.lateness import windows
from gradebook.policies.values import AssignmentPolicy, Counts, LateDays, Policies


@dataclass(frozen=True, slots=True)
class Ledger:
    """The charges in their order, what is left at the end, and what each assignment may use."""

    charges: tuple[Charge, ...]
    left: int
    available: Mapping[str, int]


def ledger(policies: Policies, facts: Mapping[str, Facts]) -> Ledger:
    """The ledger of one student. `facts` by assignment; assignments without facts cost nothing."""
    budget = policies.late_days or LateDays(budget=0)
    needs = []
    for name, known in facts.items():
        policy = policies.assignments.get(name)
        if policy is not None and known.attempts and policies.late_days is not None:
            need = needed(policy, known)
            if need is not None:
                needs.append((need[0].received, name, need[1]))
    needs.sort()
    left = budget.budget
    charges: list[Charge] = []
    available: dict[str, int] = {}
    for at, name, days in needs:
        may_use = left if budget.per_assignment is None else min(left, budget.per_assignment)
        available[name] = may_use
        if days:
            paid = min(days, may_use)
            left -= paid
            charges.append(Charge(assignment=name, at=at, needed=days, paid=paid, left=left))
    return Ledger(tuple(charges), left, available)


def needed(policy: AssignmentPolicy, facts: Facts) -> tuple[Attempt, int] | None:
    """The attempt that takes a place in the ledger and the late days it needs; None where none does.

    With extensions: the fewest days under any deadline that accepts work, at the place of the earliest one.
    """
    if not policy.late_days or (policy.counts is Counts.LAST_BEFORE_DEADLINE and facts.choice is None):
        return None
    if any(extension.excused for extension in facts.extensions):
        return None
    found = windows(policy, facts.extensions)
    if not found:
        return None
    own = found[0].deadline.on_time_before
    if len(found) == 1 and all(attempt.received < own for attempt in facts.attempts):
        return None
    first: Attempt | None = None
    fewest = 0
    for window in found:
        attempt = counting(policy, facts, window)
        if attempt is None:
            continue
        days = 0 if attempt.lateness is not None else window.deadline.days_late(attempt.received)
        if first is None:
            first, fewest = attempt, days
        fewest = min(fewest, days)
    return None if first is None else (first, fewest)
