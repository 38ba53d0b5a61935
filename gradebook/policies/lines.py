"""The lines of an explanation: what was decided, with the values it was decided from, and the sentence.

A line is a kind and plain values; the sentence is written when somebody reads it. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo


class Why(StrEnum):
    """What a line of an explanation is about."""

    DEADLINE = "deadline"
    EXTENSION = "extension"
    EXTENSION_NOT_USED = "extension_not_used"
    EXCUSED = "excused"
    REJECTED = "rejected"
    TOO_LATE = "too_late"
    NOT_BEFORE_DEADLINE = "not_before_deadline"
    COUNTED = "counted"
    CHOSEN = "chosen"
    CHOICE_NEEDED = "choice_needed"
    CHOICE_GONE = "choice_gone"
    LATEST = "latest"
    UNKNOWN = "unknown"
    MAY_RISE = "may_rise"
    MISSING = "missing"
    NOT_DUE = "not_due"
    SCALED = "scaled"
    EXTRA = "extra"
    EXTRAS_LIMITED = "extras_limited"
    GRACE = "grace"
    SAME_SECOND = "same_second"
    LATE = "late"
    LATE_DAYS = "late_days"
    LATENESS_DECIDED = "lateness_decided"
    DEDUCTION = "deduction"
    BASIC_PART = "basic_part"
    CAP = "cap"
    POINTS = "points"
    DROPPED = "dropped"
    CATEGORY = "category"
    CATEGORY_EMPTY = "category_empty"
    EXTRA_CREDIT = "extra_credit"
    BONUS = "bonus"
    COURSE = "course"
    COURSE_EMPTY = "course_empty"
    OPEN = "open"
    FAILED = "failed"
    LETTER = "letter"
    WOULD_BE_REFUSED = "would_be_refused"
    WOULD_NOT_COUNT = "would_not_count"
    WOULD_BE_ON_TIME = "would_be_on_time"
    WOULD_BE_LATE = "would_be_late"
    WOULD_PAY = "would_pay"
    WOULD_MOVE = "would_move"
    WOULD_LOSE = "would_lose"


class Line(NamedTuple):
    """One line of an explanation. `values` depend on the kind; `text` is the sentence for people."""

    kind: Why
    values: tuple[Any, ...] = ()

    @property
    def text(self) -> str:
        """The sentence."""
        return _SENTENCES[self.kind](*self.values)

    def without_reason_of(self, others: Collection[str]) -> Line:
        """The same, but an extension for one of `others`, the reader's group, tells neither who nor why."""
        if self.kind is not Why.EXTENSION or self.values[3] not in others:
            return self
        return self._replace(values=(*self.values[:3], "your group", ""))


def number(value: Decimal) -> str:
    """A number as people write it: at most six decimals, no trailing zeros."""
    rounded = round(value, 6)
    return f"{rounded.normalize() if rounded else abs(rounded):f}".removesuffix(".000000")


def clock(at: datetime, zone: ZoneInfo) -> str:
    """A time by the clock of the course, with its zone."""
    return at.astimezone(zone).strftime("%a %Y-%m-%d %H:%M:%S %Z")


def days(count: int, what: str = "late day") -> str:
    """`1 late day`, `2 late days`."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def _points(value: Decimal) -> str:
    return f"{number(value)} point{'' if value == 1 else 's'}"


def _accepted(at: datetime, zone: ZoneInfo, closes: datetime | None) -> str:
    if closes is None:
        return ""
    if closes <= at:
        return "; nothing is accepted after it"
    return f"; work is accepted until {clock(closes, zone)}"


def _deadline(at: datetime | None, zone: ZoneInfo, closes: datetime | None) -> str:
    if at is None:
        return "There is no deadline."
    return f"The deadline is {clock(at, zone)}{_accepted(at, zone, closes)}."


def _extension(at: datetime, zone: ZoneInfo, closes: datetime | None, whom: str, reason: str) -> str:
    accepted = _accepted(at, zone, closes)
    why = f" Reason: {reason}" if reason else ""
    return f"An extension for {whom} moves the deadline to {clock(at, zone)}{accepted}.{why}"


def _too_late(attempt: str, at: datetime, zone: ZoneInfo) -> str:
    return f"Attempt {attempt} of {clock(at, zone)} came after the last moment and does not count."


def _counted(attempt: str, at: datetime, zone: ZoneInfo, rule: str) -> str:
    which = {
        "last": "the last one that was accepted",
        "best": "the best one after what lateness costs",
        "last-before-deadline": "the last one before the deadline",
        "staff": "the only one that was accepted",
    }[rule]
    return f"Attempt {attempt} of {clock(at, zone)} counts: {which}."


def _chosen(attempt: str, at: datetime, zone: ZoneInfo, who: str, why: str) -> str:
    return f"Attempt {attempt} of {clock(at, zone)} counts, because {who} chose it: {why}"


def _missing(closes: datetime | None, now: datetime) -> str:
    if closes is None or closes >= now:
        return (
            "Nothing that counts was handed in by the deadline. Late work is still accepted; 0 points so far."
        )
    return "Nothing that counts was handed in: 0 points."


def _scaled(points: Decimal, of: Decimal, result: Decimal, maximum: Decimal) -> str:
    return f"{number(points)} of {number(of)} points become {number(result)} of {number(maximum)}."


def _late(count: int, at: datetime, zone: ZoneInfo) -> str:
    return f"That is {days(count)} after the deadline of {clock(at, zone)}."


def _lateness_decided(cost: Decimal, rule: str) -> str:
    said = (
        f"By a decision on this submission lateness costs {_points(cost)}, taken already"
        if cost
        else "By a decision on this submission lateness costs nothing"
    )
    return f"{said}; the course's rule is not used on top: {rule}." if rule else f"{said}."


def _deduction(lost: Decimal, count: int, rule: str) -> str:
    return f"{days(count)} cost{'s' if count == 1 else ''} {_points(lost)}: {rule}."


def _basic(title: str, rule: str) -> str:
    what = {
        "extras": "extras do not count",
        "zero": "nothing counts",
        "fail": "extras do not count, and the course cannot be passed",
    }[rule]
    return f"The basic part of {title} did not succeed: {what}."


def _category(title: str, percent: Decimal, count: int, weight: Decimal, capped: bool) -> str:
    cap = ", its cap" if capped else ""
    return f"{title}: {number(percent)} %{cap} ({days(count, 'assignment')}, weight {number(weight)})."


def _bonus(title: str, percent: Decimal, count: int, weight: Decimal, capped: bool) -> str:
    cap = ", its cap" if capped else ""
    return f"{title}: {number(percent)} %{cap} of weight {number(weight)}, on top as extra credit."


def _letter(letter: str, start: Decimal, failed: bool) -> str:
    return f"Letter {letter}." if failed else f"Letter {letter}: from {number(start)} % on."


def _would_pay(paid: int, left: int) -> str:
    return f"It would use {days(paid)} of the budget; {left} would remain."


def _would_lose(count: int, lost: Decimal, rule: str) -> str:
    return f"Not covered by the budget: {days(count)}, for up to {_points(lost)}: {rule}."


def _course(percent: Decimal, exact: Decimal, cap: Decimal | None) -> str:
    limit = "" if cap is None else f", capped at {number(cap)} %"
    rounded = "" if percent == exact else f" (rounded from {number(exact)} %)"
    return f"The course stands at {number(percent)} %{rounded}{limit}."


_SENTENCES: Mapping[Why, Callable[..., str]] = {
    Why.DEADLINE: _deadline,
    Why.EXTENSION: _extension,
    Why.EXTENSION_NOT_USED: lambda: "The grade is higher without the extension, so it is not used.",
    Why.EXCUSED: lambda whom, reason: f"Excused ({whom}): it does not count. {reason}",
    Why.REJECTED: lambda attempt: f"Attempt {attempt} was rejected and does not count.",
    Why.TOO_LATE: _too_late,
    Why.NOT_BEFORE_DEADLINE: lambda attempt, at, zone: (
        f"Attempt {attempt} of {clock(at, zone)} came after the deadline and does not count."
    ),
    Why.COUNTED: _counted,
    Why.CHOSEN: _chosen,
    Why.CHOICE_GONE: lambda attempt, who: (
        f"{who} chose attempt {attempt}, which is none of this student's any more: choose again, or take the "
        "choice back."
    ),
    Why.CHOICE_NEEDED: lambda: "Staff have not chosen yet which attempt counts.",
    Why.LATEST: lambda attempt, at, zone: f"Attempt {attempt} of {clock(at, zone)} is the last one.",
    Why.UNKNOWN: lambda attempt: f"The points of attempt {attempt} are not known yet.",
    Why.MAY_RISE: lambda: "Something is not graded yet: the points may still rise.",
    Why.SAME_SECOND: lambda: "That is within the second of the deadline: on time.",
    Why.MISSING: _missing,
    Why.NOT_DUE: lambda: "Nothing was handed in yet; there is time left.",
    Why.SCALED: _scaled,
    Why.EXTRA: lambda title, points: f"Extra: {title}: {_points(points)}.",
    Why.EXTRAS_LIMITED: lambda most: f"Extras together give at most {_points(most)}.",
    Why.GRACE: lambda minutes: f"That is within the {minutes} minutes of grace: on time.",
    Why.LATE: _late,
    Why.LATE_DAYS: lambda used: f"The budget of late days covers {days(used)}.",
    Why.LATENESS_DECIDED: _lateness_decided,
    Why.DEDUCTION: _deduction,
    Why.BASIC_PART: _basic,
    Why.CAP: lambda percent, most: f"At most {number(percent)} % of the maximum count: {_points(most)}.",
    Why.POINTS: lambda points, maximum: f"Grade: {number(points)} of {number(maximum)} points.",
    Why.DROPPED: lambda title, percent: f"{title} ({number(percent)} %) is dropped.",
    Why.CATEGORY: _category,
    Why.CATEGORY_EMPTY: lambda title: f"{title}: nothing counts yet.",
    Why.EXTRA_CREDIT: lambda title, percent: f"{title}: {number(percent)} %, as extra credit.",
    Why.BONUS: _bonus,
    Why.COURSE: _course,
    Why.COURSE_EMPTY: lambda: "Nothing counts yet.",
    Why.OPEN: lambda titles: f"Not final: {', '.join(titles)} may still change it.",
    Why.FAILED: lambda titles: f"Not passed: the basic part of {', '.join(titles)} is needed.",
    Why.LETTER: _letter,
    Why.WOULD_BE_REFUSED: lambda at, zone: f"After {clock(at, zone)} work does not count any more.",
    Why.WOULD_NOT_COUNT: lambda: "Staff chose another attempt: this one would not count.",
    Why.WOULD_BE_ON_TIME: lambda: "It would be on time.",
    Why.WOULD_BE_LATE: lambda count: f"It would be {days(count)} after the deadline.",
    Why.WOULD_PAY: _would_pay,
    Why.WOULD_MOVE: lambda title, was, becomes: (
        f"The budget would then cover {days(becomes)} of {title}, not {was}."
    ),
    Why.WOULD_LOSE: _would_lose,
}
