"""How a check ends other than by returning: failed, waiting, or never asked; and a grade in between.

What a student may read is the reason given here and nothing else. Tracebacks, expected values and what the
kernel said go into the staff's message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import NoReturn


class CheckFailed(Exception):
    """The submission does not do what the check looks for. `reason` may be shown to the student."""

    def __init__(self, reason: str, *, staff: str = "") -> None:
        super().__init__(reason if not staff else f"{reason} ({staff})")
        self.reason = reason
        self.staff = staff


class CheckWaiting(Exception):
    """A program cannot judge this submission here; a person has to look. `reason` may be shown."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NeverAsked(Exception):
    """The evidence holds no answer to this question: only a new run can give one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """A share of a check's points, in [0, 1], with what the student may read about it.

    `figures` go into the result beside those that were noted during the check.
    """

    fraction: Decimal
    message: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (self.fraction.is_finite() and 0 <= self.fraction <= 1):
            raise ValueError(f"a share of a check's points lies in [0, 1], not at {self.fraction}")


def exact(text: str | int | Decimal) -> Decimal:
    """Return a decimal number from its text, so that 0.1 means 0.1.

    Raises:
        TypeError: it is a float, which is rarely the number that was written.
        ValueError: it is no finite number.

    """
    if isinstance(text, bool) or not isinstance(text, str | int | Decimal):
        raise TypeError(f'write the number as text, "{text}", so that it is exact')
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is not a number") from None
    if not number.is_finite():
        raise ValueError(f"{text!r} is not a finite number")
    return number


def fail(reason: str) -> NoReturn:
    """End the check as failed. The student reads `reason`, so it must not hold what is hidden."""
    raise CheckFailed(reason)


def waiting(reason: str) -> NoReturn:
    """End the check undecided: a person has to look. For work with a structure of its own."""
    raise CheckWaiting(reason)


def partial(share: str | int | Decimal, reason: str = "") -> Grade:
    """Return the grade of a check that earns `share` of its points, written as text: `partial("0.5")`."""
    return Grade(fraction=exact(share), message=reason)
