"""The tables of policies.toml as pydantic reads them: strict, and unknown keys are refused.

Their descriptions are the reference page. What several keys mean together is checked by the values they
become, not here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from gradebook.policies.values import BasicPart, Counts, DeductedFrom, Each, LateDays, LatePolicy


class Table(BaseModel):
    """A TOML table: frozen, strict, and a key it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, protected_namespaces=())


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("must be a number without quotes")
    return Decimal(value)


def _time(value: Any) -> Any:
    if not isinstance(value, datetime):
        raise ValueError("must be a date with a time and without quotes, such as 2026-10-04T23:59:00")
    return value


def _zone(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError('must be a name in quotes, such as "America/New_York"')
    try:
        ZoneInfo(value)
    except (ValueError, OSError, LookupError):
        raise ValueError(f'there is no time zone "{value}"; a name is such as "America/New_York"') from None
    return value


Number = Annotated[Decimal, BeforeValidator(_number), Field(ge=0, le=1_000_000, allow_inf_nan=False)]
Above0 = Annotated[Decimal, BeforeValidator(_number), Field(gt=0, le=1_000_000, allow_inf_nan=False)]
Percent = Annotated[Decimal, BeforeValidator(_number), Field(ge=0, le=100, allow_inf_nan=False)]
Time = Annotated[datetime, BeforeValidator(_time)]
Whole = Annotated[int, Field(ge=0, le=10_000)]
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class LateTable(Table):
    """What lateness costs. `[assignments.<id>.late]` takes its place for one assignment."""

    grace_minutes: Annotated[int, Field(ge=0, lt=1440)] = Field(
        0, description="Minutes that are forgiven at the deadline and at the end of each late day."
    )
    percent_per_day: Percent = Field(Decimal(0), description="What each late day takes.")
    deducted_from: Annotated[DeductedFrom, Field(strict=False)] = Field(
        DeductedFrom.MAXIMUM,
        description="Of what `percent_per_day` is taken: the assignment's maximum, or the points earned.",
    )
    keeps_percent_per_day: Percent | None = Field(
        None,
        description="Decay, in place of `percent_per_day`: each late day keeps so much of what is left "
        "of the points earned.",
    )
    at_most_percent: Percent = Field(
        Decimal(100), description="Lateness never takes more than this, however many days."
    )
    accept_days: Whole | None = Field(
        None,
        description="Hard stop: late work is accepted for so many late days. 0: no late work. "
        "Without it: always.",
    )

    def to_value(self) -> LatePolicy:
        """The policy; PolicyProblem when the keys contradict each other."""
        return LatePolicy(
            grace=timedelta(minutes=self.grace_minutes),
            percent_per_day=self.percent_per_day,
            deducted_from=self.deducted_from,
            keeps_percent_per_day=self.keeps_percent_per_day,
            at_most_percent=self.at_most_percent,
            accept_days=self.accept_days,
        )


class LateDaysTable(Table):
    """A budget of late days that each student has for the whole term. Days it covers cost no points."""

    budget: Whole = Field(description="How many late days each student has.")
    per_assignment: Annotated[int, Field(gt=0)] | None = Field(
        None, description="How many of them may be used on one assignment."
    )

    def to_value(self) -> LateDays:
        """The budget; PolicyProblem when the keys contradict each other."""
        return LateDays(budget=self.budget, per_assignment=self.per_assignment)


class CategoryTable(Table):
    """A group of assignments with one weight in the course."""

    title: Title = Field("", description="What people read; without it the id.")
    weight: Above0 = Field(description="Its weight in the course, set against the other categories' weights.")
    drop_lowest: Whole = Field(
        0, description="How many assignments are dropped: those without which the student stands best."
    )
    each: Annotated[Each, Field(strict=False)] = Field(
        Each.POINTS,
        description="What an assignment weighs in it: its maximum of points, or the same as every other.",
    )
    extra_credit: bool = Field(
        False, description="It adds on top of the others, and costs nothing when missed."
    )
    cap_percent: Above0 | None = Field(None, description="It never counts for more than this.")


class AssignmentTable(Table):
    """One assignment, by its id. Times are by the clock of `zone`."""

    title: Title = Field("", description="What people read; without it the id.")
    category: Key = Field(description="The category it belongs to.")
    points: Above0 | None = Field(
        None, description="Counts out of so many points; without it out of what its checks are worth."
    )
    released: Time | None = Field(None, description="When students get it.")
    due: Time | None = Field(
        None, description="The deadline; its whole second is on time. Without it nothing is late or missing."
    )
    closes: Time | None = Field(
        None, description="Hard stop at a time. An extension beyond it moves it, too. Grace does not."
    )
    counts: Annotated[Counts, Field(strict=False)] | None = Field(
        None, description="Which attempt counts, where it differs from `counts` at the top."
    )
    late: LateTable | None = Field(None, description="Its own late policy, in place of `[late]`.")
    late_days: bool = Field(True, description="Whether the budget of late days may be used for it.")
    weight: Above0 | None = Field(None, description="Its weight in the category, in place of `each`.")
    extra_credit: bool = Field(False, description="It adds to its category, and costs nothing when missed.")
    cap_percent: Above0 | None = Field(
        None, description="Its grade is at most so many percent of the maximum, whatever extras give."
    )
    extras_points: Number = Field(
        Decimal(0), description="What a person may give for open-ended extras, all together."
    )
    basic_part: Annotated[BasicPart, Field(strict=False)] = Field(
        BasicPart.EXTRAS,
        description="What follows when the gate did not pass: `extras` do not count, the grade is `zero`, or "
        "the course cannot be passed (`fail`; also when nothing is handed in).",
    )


class PoliciesTable(Table):
    """The rules of one offering."""

    version: Literal[1] = Field(1, description="The version of this file's format.")
    zone: Annotated[str, BeforeValidator(_zone)] = Field(
        description="The course's time zone, such as `America/New_York`: times in this file and late days "
        "follow its clock, daylight saving time included."
    )
    counts: Annotated[Counts, Field(strict=False)] = Field(
        Counts.LAST,
        description="Which attempt counts: the `last` accepted, the `best` after lateness, the "
        "`last-before-deadline`, or the one that `staff` choose.",
    )
    decimals: Annotated[int, Field(ge=0, le=4)] = Field(
        2, description="The course's percentage is rounded half up to so many decimals; letters follow it."
    )
    cap_percent: Above0 | None = Field(None, description="The course's percentage is at most this.")
    late: LateTable = Field(LateTable.model_validate({}), description="What lateness costs.")
    late_days: LateDaysTable | None = Field(None, description="The budget of late days.")
    categories: dict[Key, CategoryTable] = Field(min_length=1, description="The categories by id.")
    assignments: dict[Key, AssignmentTable] = Field(default={}, description="The assignments by id.")
    letters: dict[str, Percent] = Field(
        default={},
        description="Letters and the percentage from which on each is given: descending, the last from 0. "
        "The last one is also the letter of who cannot pass.",
    )
