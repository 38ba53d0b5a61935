"""Who may see which result, and when: one table, used by every report. It knows no person and no clock."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import assert_never

from autograder.model.assignment import CheckSpec, Visibility


class Role(StrEnum):
    """Who reads a report."""

    STUDENT = "student"
    TA = "ta"
    INSTRUCTOR = "instructor"


class Sight(StrEnum):
    """How much of a check's result a reader may see.

    `everything` includes the staff's message; `result` is outcome, points and the student's message; of
    `counted` checks a reader learns only how many there are and what they are worth together.
    """

    EVERYTHING = "everything"
    RESULT = "result"
    COUNTED = "counted"


def sight(role: Role, visibility: Visibility, *, published: bool) -> Sight:
    """What `role` may see of a check with this visibility, before or after the grades were published."""
    match role, visibility:
        case ((Role.TA | Role.INSTRUCTOR), _):
            return Sight.EVERYTHING
        case Role.STUDENT, Visibility.VISIBLE:
            return Sight.RESULT
        case Role.STUDENT, Visibility.AFTER_PUBLISHED:
            return Sight.RESULT if published else Sight.COUNTED
        case Role.STUDENT, Visibility.HIDDEN:
            return Sight.COUNTED
        case other:
            assert_never(other)


def may_see_total(role: Role, checks: Sequence[CheckSpec], *, published: bool) -> bool:
    """Whether the total may be shown: it tells, by subtraction, what the checks that are not shown earned.

    After publication a total includes hidden checks; before, it is shown only where nothing is held back.
    """
    if role is not Role.STUDENT or published:
        return True
    return all(spec.visibility is Visibility.VISIBLE for spec in checks)


def table() -> tuple[tuple[Role, Visibility, bool, Sight], ...]:
    """Every case of the decision, for the documentation and its test."""
    return tuple(
        (role, visibility, published, sight(role, visibility, published=published))
        for role in Role
        for visibility in Visibility
        for published in (False, True)
    )
