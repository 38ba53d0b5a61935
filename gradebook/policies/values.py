"""Policies of an offering as frozen values. No file, no database, no clock here.

A value that contradicts itself cannot be made: `PolicyProblem` names the key. Times are aware; points and
percentages are `Decimal`; percentages count to 100.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

ZERO = Decimal(0)
HUNDRED = Decimal(100)
FIRST_YEAR, LAST_YEAR = 1971, 2200
"""Times of courses; what is counted from them stays within what `datetime` can hold."""

_SIX = Decimal("0.000001")


class PolicyProblem(ValueError):
    """A policy contradicts itself. `where` is the key below the table the value was made from."""

    def __init__(self, where: tuple[str, ...], message: str) -> None:
        super().__init__(f"{'.'.join(where)}: {message}" if where else message)
        self.where = where
        self.message = message


class Counts(StrEnum):
    """Which of several attempts counts."""

    LAST = "last"
    BEST = "best"
    LAST_BEFORE_DEADLINE = "last-before-deadline"
    STAFF = "staff"


class DeductedFrom(StrEnum):
    """Of what a late day takes its percentage: the assignment's maximum or the points that were earned."""

    MAXIMUM = "maximum"
    EARNED = "earned"


class BasicPart(StrEnum):
    """What follows when the gate did not pass: extras do not count, nothing counts, the course is failed."""

    EXTRAS = "extras"
    ZERO = "zero"
    FAIL = "fail"


class Each(StrEnum):
    """What an assignment weighs in its category: its maximum of points, or the same as every other."""

    POINTS = "points"
    EQUAL = "equal"


@dataclass(frozen=True, slots=True, kw_only=True)
class LatePolicy:
    """What lateness costs. A late day ends when the course's clock shows the deadline's time again.

    `grace` is forgiven at the deadline and at the end of each late day. `percent_per_day` is taken for each
    late day, or each day keeps `keeps_percent_per_day` of what is left of the earned points (decay); never
    both. Together lateness takes at most `at_most_percent`. Work is accepted for `accept_days` late days;
    None: without end, 0: no late work.
    """

    grace: timedelta = timedelta(0)
    percent_per_day: Decimal = ZERO
    deducted_from: DeductedFrom = DeductedFrom.MAXIMUM
    keeps_percent_per_day: Decimal | None = None
    at_most_percent: Decimal = HUNDRED
    accept_days: int | None = None

    def __post_init__(self) -> None:
        if not timedelta(0) <= self.grace < timedelta(days=1):
            raise PolicyProblem(("grace_minutes",), "must be at least 0 and less than a day")
        checked_percent(self.percent_per_day, "percent_per_day")
        checked_percent(self.at_most_percent, "at_most_percent")
        if self.keeps_percent_per_day is not None:
            checked_percent(self.keeps_percent_per_day, "keeps_percent_per_day")
            if self.percent_per_day:
                raise PolicyProblem(
                    ("keeps_percent_per_day",), "contradicts percent_per_day: a day costs one or the other"
                )
        if self.accept_days is not None and self.accept_days < 0:
            raise PolicyProblem(("accept_days",), "the hard stop would lie before the deadline")
        if self.accept_days == 0 and (self.percent_per_day or self.keeps_percent_per_day is not None):
            raise PolicyProblem(
                ("accept_days",), "0 accepts no late work: a deduction per day would never be used"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class LateDays:
    """A student's budget of late days for the term; at most `per_assignment` of them on one assignment."""

    budget: int
    per_assignment: int | None = None

    def __post_init__(self) -> None:
        if self.budget < 0:
            raise PolicyProblem(("budget",), f"must be at least 0, not {self.budget}")
        if self.per_assignment is not None and not 0 < self.per_assignment <= self.budget:
            raise PolicyProblem(("per_assignment",), f"must be between 1 and the budget of {self.budget}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentPolicy:
    """Dates and rules of one assignment.

    `maximum` is what its points count out of; None where the gradebook knows it (`with_maximum`). Without
    `due` nothing is ever late or missing. `closes` is a hard stop at a fixed time. `weight` is its share in
    the category; None: by the category's rule. `cap_percent` limits the grade in percent of the maximum,
    `extras_points` what a person may give for open-ended extras. `late_days` is false where the budget may
    not be used.
    """

    id: str
    title: str = ""
    category: str
    zone: ZoneInfo
    maximum: Decimal | None = None
    released: datetime | None = None
    due: datetime | None = None
    closes: datetime | None = None
    counts: Counts = Counts.LAST
    late: LatePolicy = field(default_factory=LatePolicy)
    late_days: bool = True
    weight: Decimal | None = None
    extra_credit: bool = False
    cap_percent: Decimal | None = None
    extras_points: Decimal = ZERO
    basic_part: BasicPart = BasicPart.EXTRAS

    def __post_init__(self) -> None:
        for key in ("released", "due", "closes"):
            _check_time(getattr(self, key), key)
        if self.maximum is not None:
            _check_number(self.maximum, "points", above=ZERO)
        if self.weight is not None:
            _check_number(self.weight, "weight", above=ZERO)
        if self.cap_percent is not None:
            _check_number(self.cap_percent, "cap_percent", above=ZERO)
        _check_number(self.extras_points, "extras_points")
        if self.due is None:
            if self.closes is not None:
                raise PolicyProblem(("closes",), "a hard stop needs a deadline: due is missing")
            if self.counts is Counts.LAST_BEFORE_DEADLINE:
                raise PolicyProblem(("counts",), f'"{self.counts}" needs a deadline: due is missing')
            return
        if self.released is not None and self.due <= self.released:
            raise PolicyProblem(("due",), "the deadline is not after the release")
        if self.closes is not None and self.closes < self.due:
            raise PolicyProblem(("closes",), "the hard stop lies before the deadline")

    @property
    def name(self) -> str:
        """What people read: its title, or its id."""
        return self.title or self.id

    def with_maximum(self, maximum: Decimal) -> AssignmentPolicy:
        """The same policy, counting out of `maximum` where it does not say of how many points itself."""
        return self if self.maximum is not None else replace(self, maximum=maximum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A group of assignments with one weight in the course. An extra-credit category adds on top."""

    id: str
    title: str = ""
    weight: Decimal
    drop_lowest: int = 0
    each: Each = Each.POINTS
    extra_credit: bool = False
    cap_percent: Decimal | None = None

    def __post_init__(self) -> None:
        _check_number(self.weight, "weight", above=ZERO)
        if self.drop_lowest < 0:
            raise PolicyProblem(("drop_lowest",), f"must be at least 0, not {self.drop_lowest}")
        if self.cap_percent is not None:
            _check_number(self.cap_percent, "cap_percent", above=ZERO)

    @property
    def name(self) -> str:
        """What people read: its title, or its id."""
        return self.title or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter and the percentage from which on it is given."""

    name: str
    from_percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """Everything an offering has decided: one value that every view, export and report asks.

    `letters` descend and the last begins at 0. The percentage is rounded half up to `decimals` before the
    letter is looked up.
    """

    zone: ZoneInfo
    categories: Mapping[str, Category]
    assignments: Mapping[str, AssignmentPolicy]
    late_days: LateDays | None = None
    letters: tuple[Letter, ...] = ()
    cap_percent: Decimal | None = None
    decimals: int = 2

    def __post_init__(self) -> None:
        for assignment in self.assignments.values():
            if assignment.category not in self.categories:
                raise PolicyProblem(
                    ("assignments", assignment.id, "category"),
                    f'there is no category "{assignment.category}"',
                )
        self._check_extra_credit()
        if self.cap_percent is not None:
            _check_number(self.cap_percent, "cap_percent", above=ZERO)
        if not 0 <= self.decimals <= 4:
            raise PolicyProblem(("decimals",), "must be between 0 and 4")
        for letter in self.letters:
            _check_number(letter.from_percent, "letters", letter.name)
        for above, below in zip(self.letters, self.letters[1:], strict=False):
            if below.from_percent >= above.from_percent:
                raise PolicyProblem(
                    ("letters", below.name),
                    f'cut-offs must descend: "{below.name}" begins at {below.from_percent}, '
                    f'"{above.name}" before it at {above.from_percent}',
                )
        if self.letters and self.letters[-1].from_percent != 0:
            raise PolicyProblem(
                ("letters", self.letters[-1].name), "the last letter must begin at 0, or some have no letter"
            )

    def _check_extra_credit(self) -> None:
        if all(category.extra_credit for category in self.categories.values()):
            raise PolicyProblem(("categories",), "there must be one that is not extra credit")
        for name in self.categories:
            inside = [a for a in self.assignments.values() if a.category == name]
            if inside and all(assignment.extra_credit for assignment in inside):
                raise PolicyProblem(
                    ("assignments", inside[0].id, "extra_credit"),
                    f'category "{name}" has nothing but extra credit: make the category extra_credit instead',
                )

    def with_maxima(self, maxima: Mapping[str, Decimal]) -> Policies:
        """The same policies, with the points that the gradebook knows for assignments that do not say."""
        known = {
            name: policy.with_maximum(maxima[name]) if name in maxima else policy
            for name, policy in self.assignments.items()
        }
        return replace(self, assignments=known)


def six_decimals(value: Decimal) -> Decimal:
    """Points as the gradebook keeps them: rounded half to even at the sixth decimal, no trailing zeros."""
    return value.quantize(_SIX).normalize() + ZERO


def checked_percent(value: Decimal, key: str) -> Decimal:
    """Return a percentage between 0 and 100; anything else is a PolicyProblem at `key`."""
    _check_number(value, key)
    if value > HUNDRED:
        raise PolicyProblem((key,), f"must be at most 100, not {value}")
    return value


def _check_number(value: Decimal, *where: str, above: Decimal | None = None) -> None:
    if not value.is_finite():
        raise PolicyProblem(where, f"must be a finite number, not {value}")
    if value < 0:
        raise PolicyProblem(where, f"must not be negative: {value}")
    if above is not None and value <= above:
        raise PolicyProblem(where, f"must be above {above}")


def _check_time(value: datetime | None, key: str) -> None:
    if value is None:
        return
    if value.tzinfo is None:
        raise PolicyProblem((key,), f"a time without a zone: {value.isoformat()}")
    if value.microsecond:
        raise PolicyProblem((key,), "must be a whole second: a deadline's whole second is on time")
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise PolicyProblem((key,), f"is no time of a course: {value.isoformat()}")
