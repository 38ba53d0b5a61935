"""An assignment's grade written down as a value, with the lines that say why. It decides nothing.

The lines are worked out when somebody reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from autograder.model.graded import Status
from gradebook.policies.facts import Attempt, Effective, Extension, Facts, GradeState, Target
from gradebook.policies.lateness import Window, deduction_rule, extended, takes_points
from gradebook.policies.lines import Line, Why
from gradebook.policies.values import HUNDRED, ZERO, AssignmentPolicy, BasicPart, Counts, six_decimals

_MINUTE = timedelta(minutes=1)


class Judged(NamedTuple):
    """One attempt under one window: what it is worth. `points` are None while they are not known.

    `covered` late days are paid by the budget; `scaled` are the points out of the policy's maximum before
    anything else; `lost` is what lateness takes. `may_rise`: another attempt is not graded yet.
    """

    attempt: Attempt
    window: Window | None
    points: Decimal | None
    days_late: int = 0
    covered: int = 0
    scaled: Decimal = ZERO
    lost: Decimal = ZERO
    may_rise: bool = False


def unexplained(
    policy: AssignmentPolicy, facts: Facts, state: GradeState, found: Sequence[Window], now: datetime
) -> Effective:
    """A grade for which no attempt counts: excused, missing or not due."""
    assert policy.maximum is not None
    return Effective(
        assignment=policy.id,
        state=state,
        deadline=found[-1].deadline.at if found else None,
        closes=found[-1].closes if found else None,
        attempt=None,
        points=ZERO if state is GradeState.MISSING else None,
        maximum=policy.maximum,
        failed=state is GradeState.MISSING and policy.basic_part is BasicPart.FAIL,
        why=partial(_why_nothing, policy, facts, state, found, now),
    )


def explained(
    policy: AssignmentPolicy, facts: Facts, best: Judged, found: Sequence[Window], is_open: bool
) -> Effective:
    """A grade for which an attempt counts. `is_open`: its points are not known or may still rise."""
    attempt = best.attempt
    assert policy.maximum is not None
    return Effective(
        assignment=policy.id,
        state=GradeState.PENDING if is_open else GradeState.GRADED,
        deadline=found[-1].deadline.at if found else None,
        closes=found[-1].closes if found else None,
        attempt=attempt,
        points=best.points,
        maximum=policy.maximum,
        days_late=best.days_late,
        late_days=best.covered,
        lost=best.lost,
        failed=attempt.gate_passed is False and policy.basic_part is BasicPart.FAIL,
        why=partial(_why, policy, facts, best, found, is_open),
    )


def _why_nothing(
    policy: AssignmentPolicy, facts: Facts, state: GradeState, found: Sequence[Window], now: datetime
) -> tuple[Line, ...]:
    if state is GradeState.EXCUSED:
        excused = [extension for extension in _sorted(facts.extensions) if extension.excused]
        return tuple(Line(Why.EXCUSED, (whom(extension), extension.reason)) for extension in excused)
    lines = dates_of(policy, facts, found) + _not_counted(policy, facts, found[-1] if found else None)
    if state is GradeState.MISSING:
        return (*lines, Line(Why.MISSING, (found[-1].closes, now)))
    return (*lines, Line(Why.NOT_DUE))


def _why(
    policy: AssignmentPolicy, facts: Facts, best: Judged, found: Sequence[Window], is_open: bool
) -> tuple[Line, ...]:
    attempt = best.attempt
    lines = dates_of(policy, facts, found)
    lines += _not_counted(policy, facts, found[-1] if found else None)
    lines.append(_which(policy, facts, best))
    if best.window is not None and attempt.received >= best.window.deadline.at:
        lines += _lateness(policy, best)
    if len(found) > 1 and best.window is not found[-1]:
        lines.append(Line(Why.EXTENSION_NOT_USED))
    if best.points is None:
        waits = policy.counts is Counts.STAFF and facts.choice is None and attempt.points is not None
        lines.append(Line(Why.CHOICE_NEEDED) if waits else Line(Why.UNKNOWN, (attempt.id,)))
    else:
        lines += _arithmetic(policy, facts, best)
        if is_open:
            lines.append(Line(Why.MAY_RISE))
    return tuple(lines)


def whom(extension: Extension) -> str:
    """For whom an extension is, in words."""
    if extension.target is Target.EVERYONE:
        return "everyone"
    return f"section {extension.name}" if extension.target is Target.SECTION else extension.name


def _sorted(extensions: Sequence[Extension]) -> list[Extension]:
    return sorted(extensions, key=lambda e: (e.target, e.name, e.id, e.reason))


def dates_of(policy: AssignmentPolicy, facts: Facts, found: Sequence[Window]) -> list[Line]:
    """The lines about the deadline and the extensions that move it."""
    if not found:
        return [Line(Why.DEADLINE, (None, policy.zone, None))]
    lines = [Line(Why.DEADLINE, (found[0].deadline.at, policy.zone, found[0].closes))]
    for extension in _sorted(facts.extensions) if facts.extensions else ():
        until = extended(policy, extension)
        closes = next((window.closes for window in found[1:] if window.deadline.at == until), None)
        if until is not None and until > found[0].deadline.at:
            lines.append(Line(Why.EXTENSION, (until, policy.zone, closes, whom(extension), extension.reason)))
    return lines


def _not_counted(policy: AssignmentPolicy, facts: Facts, window: Window | None) -> list[Line]:
    """Attempts that cannot count even under the latest deadline."""
    lines = []
    chosen = None if facts.choice is None else facts.choice.attempt
    for attempt in facts.attempts:
        if attempt.id == chosen:
            continue
        if attempt.status is Status.REJECTED:
            lines.append((attempt, Line(Why.REJECTED, (attempt.id,))))
        elif window is None:
            continue
        elif policy.counts is Counts.LAST_BEFORE_DEADLINE and (
            attempt.received >= window.deadline.on_time_before
        ):
            values = (attempt.id, attempt.received, policy.zone)
            lines.append((attempt, Line(Why.NOT_BEFORE_DEADLINE, values)))
        elif window.accepted_before is not None and attempt.received >= window.accepted_before:
            lines.append((attempt, Line(Why.TOO_LATE, (attempt.id, attempt.received, policy.zone))))
    if len(lines) > 1:
        lines.sort(key=lambda pair: (pair[0].received, pair[0].number, pair[0].id))
    return [line for _, line in lines]


def _which(policy: AssignmentPolicy, facts: Facts, best: Judged) -> Line:
    attempt = best.attempt
    if facts.choice is not None:
        return Line(
            Why.CHOSEN, (attempt.id, attempt.received, policy.zone, facts.choice.who, facts.choice.why)
        )
    if policy.counts is Counts.STAFF and best.points is None and attempt.points is not None:
        return Line(Why.LATEST, (attempt.id, attempt.received, policy.zone))
    return Line(Why.COUNTED, (attempt.id, attempt.received, policy.zone, policy.counts))


def _lateness(policy: AssignmentPolicy, best: Judged) -> list[Line]:
    """Why an attempt after the deadline is late, or is not."""
    assert best.window is not None
    if not best.days_late:
        if best.attempt.received < best.window.deadline.at + timedelta(seconds=1):
            return [Line(Why.SAME_SECOND)]
        return [Line(Why.GRACE, (policy.late.grace // _MINUTE,))]
    lines = [Line(Why.LATE, (best.days_late, best.window.deadline.at, policy.zone))]
    if best.covered:
        lines.append(Line(Why.LATE_DAYS, (best.covered,)))
    return lines


def _arithmetic(policy: AssignmentPolicy, facts: Facts, best: Judged) -> list[Line]:
    attempt, maximum = best.attempt, policy.maximum
    assert maximum is not None
    lines: list[Line] = []
    if attempt.points != best.scaled:
        lines.append(Line(Why.SCALED, (attempt.points, attempt.maximum, best.scaled, maximum)))
    before = best.scaled
    if attempt.gate_passed is False:
        lines.append(Line(Why.BASIC_PART, (policy.name, policy.basic_part)))
        if policy.basic_part is BasicPart.ZERO:
            before = ZERO
    elif facts.extras:
        extras = sorted(facts.extras, key=lambda extra: (extra.title, extra.points))
        lines += [Line(Why.EXTRA, (extra.title, extra.points)) for extra in extras]
        together = sum((extra.points for extra in extras), ZERO)
        if together > policy.extras_points:
            lines.append(Line(Why.EXTRAS_LIMITED, (policy.extras_points,)))
        before += min(together, policy.extras_points)
    if attempt.lateness is not None and (attempt.lateness or best.days_late):
        rule = deduction_rule(policy.late) if best.days_late and takes_points(policy.late) else ""
        lines.append(Line(Why.LATENESS_DECIDED, (attempt.lateness, rule)))
    if best.lost:
        days = best.days_late - best.covered
        lines.append(Line(Why.DEDUCTION, (best.lost, days, deduction_rule(policy.late))))
    if policy.cap_percent is not None and best.points is not None and best.points < before - best.lost:
        lines.append(
            Line(Why.CAP, (policy.cap_percent, six_decimals(maximum * policy.cap_percent / HUNDRED)))
        )
    lines.append(Line(Why.POINTS, (best.points, maximum)))
    return lines
