"""Which work is still accepted, and what lateness takes. Arithmetic on one assignment's late policy.

It does not know about budgets: the days it is given are those that nothing else covers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from gradebook.policies.clock import Deadline, deadline, wall_clock_after
from gradebook.policies.facts import Extension
from gradebook.policies.lines import number
from gradebook.policies.values import HUNDRED, ZERO, AssignmentPolicy, DeductedFrom, LatePolicy, six_decimals

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """The time under one deadline. `accepted_before` is None where work is always taken."""

    deadline: Deadline
    accepted_before: datetime | None

    @property
    def closes(self) -> datetime | None:
        """The last whole second in which work is accepted."""
        return None if self.accepted_before is None else self.accepted_before - _SECOND


def windows(policy: AssignmentPolicy, extensions: Sequence[Extension]) -> tuple[Window, ...]:
    """The window of the policy's own deadline and one for each that an extension grants, earliest first.

    Empty for an assignment without a deadline. What an extension grants before the deadline is left out.
    """
    if policy.due is None:
        return ()
    own = _window(policy.due, policy.zone, policy.late, policy.closes)
    if not extensions:
        return (own,)
    later = {extended(policy, extension) for extension in extensions}
    found = sorted(at for at in later if at is not None and at > own.deadline.at)
    return (own, *(_window(at, policy.zone, policy.late, policy.closes) for at in found))


def extended(policy: AssignmentPolicy, extension: Extension) -> datetime | None:
    """The deadline that an extension grants (UTC); None where it grants none, as when it excuses."""
    if policy.due is None or extension.excused:
        return None
    if extension.days is not None:
        return wall_clock_after(policy.due, extension.days, policy.zone)
    assert extension.until is not None
    return extension.until.replace(microsecond=0)


@lru_cache(maxsize=4096)
def _limits(
    at: datetime, zone: ZoneInfo, grace: timedelta, accept_days: int | None, closes: datetime | None
) -> Window:
    end = deadline(at, zone, grace)
    limits = []
    if accept_days is not None:
        limits.append(end.day_ends(accept_days))
    if closes is not None:  # an extension moves the hard stop, too: who has more time may use it
        limits.append(max(closes, end.at) + _SECOND)
    return Window(end, min(limits, default=None))


def _window(at: datetime, zone: ZoneInfo, late: LatePolicy, closes: datetime | None) -> Window:
    return _limits(at, zone, late.grace, late.accept_days, closes)


def lost_points(late: LatePolicy, points: Decimal, maximum: Decimal, days: int) -> Decimal:
    """What `days` late days take from `points`: never more than there is, rounded to six decimals."""
    if not days or points <= 0:
        return ZERO
    if late.keeps_percent_per_day is not None:
        percent = HUNDRED - HUNDRED * (late.keeps_percent_per_day / HUNDRED) ** days
        base = points
    else:
        percent = late.percent_per_day * days
        base = points if late.deducted_from is DeductedFrom.EARNED else maximum
    if not percent:
        return ZERO
    return min(points, six_decimals(base * min(percent, late.at_most_percent) / HUNDRED))


def takes_points(late: LatePolicy) -> bool:
    """Whether a late day takes anything at all."""
    return late.keeps_percent_per_day is not None or late.percent_per_day > 0


def deduction_rule(late: LatePolicy) -> str:
    """The rule of a deduction in words, such as `10 % of the maximum for each late day`."""
    if late.keeps_percent_per_day is not None:
        rule = f"each late day keeps {number(late.keeps_percent_per_day)} % of what is left"
    else:
        rule = f"{number(late.percent_per_day)} % of the {_BASES[late.deducted_from]} for each late day"
    if late.at_most_percent < HUNDRED:
        rule += f", together at most {number(late.at_most_percent)} %"
    return rule


_BASES = {DeductedFrom.MAXIMUM: "maximum", DeductedFrom.EARNED: "points earned"}
