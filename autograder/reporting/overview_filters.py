"""How the numbers of overviews look: filters of their templates, beside those of every page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from autograder.model.graded import Status
from autograder.reporting.statistics import LateStep

STATE: Final = {
    "graded": "with a grade",
    "pending": "without a known grade yet",
    "missing": "handed in nothing that counts",
    "not_due": "with time left",
    "excused": "excused",
}
FAILED: Final = {
    Status.SANDBOX_FAILED.value: "the sandbox failed",
    Status.GRADER_FAILED.value: "the grader failed",
}


def short(value: float) -> str:
    """A number with at most one decimal: `7`, `7.5`."""
    return f"{value:.1f}".removesuffix(".0")


def local(at: datetime, zone: tzinfo) -> str:
    """A time by a clock, with its zone: `2 March 2026, 12:00 EST`; at the calendar's ends by UTC."""
    try:
        there = at.astimezone(zone)
    except OverflowError:
        there = at.astimezone(UTC)
    return f"{there.day} {there:%B %Y, %H:%M %Z}"


def state(name: str, number: int) -> str:
    """Where so many students stand, without the number: `student excused`, `students with time left`."""
    return f"{'student' if number == 1 else 'students'} {STATE[name]}"


def length_of_time(hours: int) -> str:
    """`an hour`, `6 hours`, `a day`, `4 weeks`."""
    for unit, of_hours in (("week", 168), ("day", 24), ("hour", 1)):
        if hours % of_hours == 0:
            number = hours // of_hours
            return f"{number} {unit}s" if number > 1 else f"{'an' if unit == 'hour' else 'a'} {unit}"
    raise ValueError(f"{hours} is no number of hours")


def late_words(step: LateStep) -> str:
    """A step of lateness in hours: `0–1`, `over 168`."""
    return f"over {step.over:g}" if step.until is None else f"{step.over:g}–{step.until:g}"


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "short": short,
    "local": local,
    "length_of_time": length_of_time,
    "late_words": late_words,
    "state": state,
    "our_failure": FAILED.__getitem__,
    "zone": str,
}
