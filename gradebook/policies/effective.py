"""What a student's deadline and grade for one assignment are, and why: the one place that decides it.

Pure: no database and no clock. The order in which facts are given does not matter.

An extension is an offer. Where the grade is higher without it, as when a later and worse attempt would count,
it is not used; so no extension ever lowers the grade of its assignment. The budget of late days is shared by
all assignments and comes in as a number: `ledger` works it out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from autograder.errors import GradebookError
from autograder.model.graded import Status
from gradebook.policies.explaining import Judged, explained, unexplained
from gradebook.policies.facts import Attempt, Effective, Facts, GradeState
from gradebook.policies.lateness import Window, lost_points, windows
from gradebook.policies.lines import Line, Why
from gradebook.policies.values import HUNDRED, ZERO, AssignmentPolicy, BasicPart, Counts, six_decimals


def effective(policy: AssignmentPolicy, facts: Facts, now: datetime, *, late_days: int = 0) -> Effective:
    """The deadline and grade of one student for one assignment, with the explanation line by line.

    `now` (aware) tells missing from not due and nothing else. `late_days` is what the student's budget has
    left for this assignment. A chosen attempt that is not there (the student left the group) is told, and the
    grade stays open. GradebookError when the maximum is not known.
    """
    if facts.choice is not None and _chosen(facts) is None:
        return _without_choice(policy, facts, now, late_days)
    if now.tzinfo is None:
        raise GradebookError(f"a time without a zone: {now.isoformat()}")
    maximum = policy.maximum
    if maximum is None:
        raise GradebookError(f"nobody says how many points {policy.id} has")
    for extension in facts.extensions:
        if extension.excused:
            return unexplained(policy, facts, GradeState.EXCUSED, (), now)
    found = windows(policy, facts.extensions)
    if not facts.attempts:
        return unexplained(policy, facts, _nothing_yet(found, now), found, now)
    available = late_days if policy.late_days else 0
    each = [_under(policy, facts, window, maximum, available) for window in found or (None,)]
    judged = [one for one in each if one is not None]
    if not judged:
        return unexplained(policy, facts, _nothing_yet(found, now), found, now)
    best = judged[0]
    for one in judged[1:]:  # of equals the later deadline
        if best.points is None or (one.points is not None and one.points >= best.points):
            best = one
    is_open = any(one.points is None or one.may_rise for one in judged)
    return explained(policy, facts, best, found, is_open)


def counting(policy: AssignmentPolicy, facts: Facts, window: Window | None) -> Attempt | None:
    """The attempt whose time decides how many late days are used, whatever the points; None without one."""
    return _chosen(facts) or last(accepted(policy, facts.attempts, window))


def accepted(
    policy: AssignmentPolicy, attempts: Iterable[Attempt], window: Window | None
) -> Sequence[Attempt]:
    """The attempts that may count under one window: in time for it and not rejected."""
    if window is None:
        return [one for one in attempts if one.status is not Status.REJECTED]
    before = window.accepted_before
    if policy.counts is Counts.LAST_BEFORE_DEADLINE:
        before = window.deadline.on_time_before
    return [
        one
        for one in attempts
        if one.status is not Status.REJECTED and (before is None or one.received < before)
    ]


def last(attempts: Iterable[Attempt]) -> Attempt | None:
    """The last attempt by time, then number, then id."""
    found: Attempt | None = None
    for one in attempts:
        if found is not None and one.received == found.received:
            found = max(found, one, key=_order)
        elif found is None or one.received > found.received:
            found = one
    return found


def _under(
    policy: AssignmentPolicy, facts: Facts, window: Window | None, maximum: Decimal, late_days: int
) -> Judged | None:
    """The attempt that counts under one window; None when none does."""
    chosen = _chosen(facts)
    if chosen is not None:
        return _judge(policy, facts, chosen, window, maximum, late_days)
    candidates = accepted(policy, facts.attempts, window)
    if not candidates:
        return None
    if policy.counts is Counts.BEST and len(candidates) > 1:
        return _best(policy, facts, candidates, window, maximum, late_days)
    counted = last(candidates)
    assert counted is not None
    if policy.counts is Counts.STAFF and len(candidates) > 1:
        return Judged(counted, window, None)
    return _judge(policy, facts, counted, window, maximum, late_days)


def _best(
    policy: AssignmentPolicy,
    facts: Facts,
    candidates: Iterable[Attempt],
    window: Window | None,
    maximum: Decimal,
    late_days: int,
) -> Judged:
    """The attempt with the most points after lateness; of equals the first. Unknown ones may be it."""
    best: Judged | None = None
    unknown: Judged | None = None
    for attempt in candidates:
        one = _judge(policy, facts, attempt, window, maximum, late_days)
        if one.points is None:
            if unknown is None or _order(attempt) < _order(unknown.attempt):
                unknown = one
        elif best is None or best.points is None or one.points >= best.points:
            is_first = best is None or one.points != best.points or _order(attempt) < _order(best.attempt)
            best = one if is_first else best
    if unknown is not None:
        return unknown if best is None else best._replace(may_rise=True)
    assert best is not None
    return best


def _order(attempt: Attempt) -> tuple[datetime, int, str]:
    return attempt.received, attempt.number, attempt.id


def _chosen(facts: Facts) -> Attempt | None:
    if facts.choice is None:
        return None
    return next((attempt for attempt in facts.attempts if attempt.id == facts.choice.attempt), None)


def _without_choice(policy: AssignmentPolicy, facts: Facts, now: datetime, late_days: int) -> Effective:
    """What the policy says where the chosen attempt is none of the student's any more."""
    assert facts.choice is not None
    found = effective(policy, replace(facts, choice=None), now, late_days=late_days)
    state = GradeState.PENDING if found.state is GradeState.GRADED else found.state
    gone = Line(Why.CHOICE_GONE, (facts.choice.attempt, facts.choice.who))
    return replace(found, state=state, why=lambda: (*found.lines, gone))


def _judge(
    policy: AssignmentPolicy,
    facts: Facts,
    attempt: Attempt,
    window: Window | None,
    maximum: Decimal,
    late_days: int,
) -> Judged:
    """What one attempt is worth. Order: scale, basic part, extras, lateness, cap."""
    days = covered = 0
    if window is not None and attempt.received >= window.deadline.on_time_before:
        days = window.deadline.days_late(attempt.received)
        covered = min(days, late_days) if attempt.lateness is None else 0
    points = attempt.points
    if points is None:
        return Judged(attempt, window, None, days, covered)
    if attempt.maximum is not None and attempt.maximum != maximum and attempt.maximum > 0:
        points = six_decimals(points * maximum / attempt.maximum)
    scaled = points
    if attempt.gate_passed is False:
        if policy.basic_part is BasicPart.ZERO:
            points = ZERO
    elif facts.extras:
        points += min(policy.extras_points, sum((extra.points for extra in facts.extras), ZERO))
    lost = ZERO
    if days > covered and attempt.lateness is None:  # else it would cost twice
        lost = lost_points(policy.late, points, maximum, days - covered)
        points -= lost
    if policy.cap_percent is not None:
        points = min(points, six_decimals(maximum * policy.cap_percent / HUNDRED))
    return Judged(attempt, window, points, days, covered, scaled, lost)


def _nothing_yet(found: Sequence[Window], now: datetime) -> GradeState:
    if not found or now < found[-1].deadline.on_time_before:
        return GradeState.NOT_DUE
    return GradeState.MISSING
