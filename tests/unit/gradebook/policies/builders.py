"""Policies and facts for tests; only what matters needs to be said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from autograder.model.graded import Status
from gradebook.policies.facts import Attempt, Extension, Facts, Target
from gradebook.policies.values import AssignmentPolicy, Category, LatePolicy, Policies

NEW_YORK = ZoneInfo("America/New_York")
DUE = datetime(2026, 9, 20, 23, 59, tzinfo=NEW_YORK).astimezone(UTC)
NOW = datetime(2027, 1, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def a_policy(
    name: str = "lab1", *, due: datetime | None = DUE, points: str = "10", **more: Any
) -> AssignmentPolicy:
    return AssignmentPolicy(
        id=name,
        category=more.pop("category", "homework"),
        zone=more.pop("zone", NEW_YORK),
        maximum=Decimal(points),
        due=due,
        **more,
    )


def costing(percent: str = "10", **more: Any) -> LatePolicy:
    return LatePolicy(percent_per_day=Decimal(percent), **more)


def some_policies(*assignments: AssignmentPolicy, **more: Any) -> Policies:
    names = {assignment.category for assignment in assignments}
    categories = more.pop("categories", [Category(id=name, weight=Decimal(1)) for name in sorted(names)])
    return Policies(
        zone=NEW_YORK,
        categories={category.id: category for category in categories},
        assignments={assignment.id: assignment for assignment in assignments},
        **more,
    )


def an_attempt(
    after: timedelta = -HOUR, points: str | None = "8", *, number: int = 1, due: datetime = DUE, **more: Any
) -> Attempt:
    """An attempt received so long after the deadline."""
    return Attempt(
        id=more.pop("id", f"s{number}"),
        received=due + after,
        points=None if points is None else Decimal(points),
        status=more.pop("status", Status.GRADED if points is not None else Status.PENDING),
        number=number,
        **more,
    )


def handed_in(*attempts: Attempt, **more: Any) -> Facts:
    return Facts(attempts=attempts, **more)


def more_days(days: int, assignment: str = "lab1", **more: Any) -> Extension:
    return Extension(
        target=more.pop("target", Target.STUDENT),
        name=more.pop("name", "student07"),
        assignment=assignment,
        days=days,
        reason=more.pop("reason", "a doctor's note"),
        **more,
    )


def excused(assignment: str = "lab1", **more: Any) -> Extension:
    return Extension(
        target=Target.STUDENT,
        name="student07",
        assignment=assignment,
        excused=True,
        reason="jury duty",
        **more,
    )
