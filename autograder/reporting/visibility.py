"""Who may see what, and when: one function, `sees`, that every page and export for students asks.

It knows no person and no clock: the moment comes in as a `Stage`, what is special about the thing itself as
`Facts`. What is not listed in it is not shown to a student. It hides nothing by itself: `feedback`, `embargo`
and `blinding` leave out what it refuses. `docs/reference/visibility.md` is written from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, assert_never

from autograder.model.assignment import Visibility


class Role(StrEnum):
    """Who reads a report."""

    STUDENT = "student"
    TA = "ta"
    INSTRUCTOR = "instructor"


class Stage(StrEnum):
    """How far the work of one student is: may be handed in on time, due but not published, published."""

    OPEN = "open"
    DUE = "due"
    PUBLISHED = "published"


class Lifted(StrEnum):
    """When what the run made may be shown to the student.

    AT_ONCE: nothing hidden had been sent to it before. PUBLISHED: all that was sent is published with the
    grades. NEVER: part of it never is.
    """

    AT_ONCE = "at_once"
    PUBLISHED = "published"
    NEVER = "never"


class Item(StrEnum):
    """What a page may show. The comment after each names what else decides about it."""

    CHECK = "check"  # visibility
    CHECK_COUNT = "check_count"
    STAFF_MESSAGE = "staff_message"
    TOTAL = "total"  # whether all checks are visible
    COMMENT = "comment"
    FINDING = "finding"
    RUN_OUTCOME = "run_outcome"
    RUN_DETAIL = "run_detail"
    OUTPUT = "output"  # when the embargo is lifted
    HIDDEN_LINES = "hidden_lines"
    NOTES = "notes"
    SUSPICIONS = "suspicions"
    REASONS = "reasons"
    EVIDENCE = "evidence"
    IDENTITY = "identity"  # whether the reader marks blind
    CLASS = "class"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What decides besides role and stage, each only where the item depends on it."""

    visibility: Visibility = Visibility.VISIBLE
    all_visible: bool = True
    lifted: Lifted = Lifted.AT_ONCE
    blind: bool = False


def stage_at(now: datetime, *, due: datetime | None, publication: datetime | None) -> Stage:
    """The stage of one student's work. `due` is that student's own deadline, extensions included.

    The whole second of a deadline is on time. Grades that are published do not show hidden results to a
    student who may still hand in. None: no deadline; not published.
    """
    if due is not None and now.replace(microsecond=0) <= due.replace(microsecond=0):
        return Stage.OPEN
    return Stage.PUBLISHED if publication is not None and publication <= now else Stage.DUE


def sees(item: Item, role: Role, stage: Stage, facts: Facts = Facts()) -> bool:
    """Whether `role` may see `item` at this stage."""
    match role:
        case Role.INSTRUCTOR:
            return True
        case Role.TA:
            return not (item is Item.IDENTITY and facts.blind)
        case Role.STUDENT:
            return _student_sees(item, stage is Stage.PUBLISHED, facts)
        case other:
            assert_never(other)


def _student_sees(item: Item, published: bool, facts: Facts) -> bool:
    match item:
        case Item.CHECK:
            return _lifted(_LIFTED_OF[facts.visibility], published)
        case Item.TOTAL:  # it tells, by subtraction, what the checks that are not shown earned
            return published or facts.all_visible
        case Item.OUTPUT:  # a notebook can put what it saw of a hidden test anywhere
            return _lifted(facts.lifted, published)
        case Item.COMMENT:
            return published
        case Item.CHECK_COUNT | Item.FINDING | Item.RUN_OUTCOME | Item.NOTES | Item.IDENTITY:
            return True
        case Item.STAFF_MESSAGE | Item.SUSPICIONS | Item.REASONS | Item.EVIDENCE:
            return False
        case Item.HIDDEN_LINES | Item.RUN_DETAIL | Item.CLASS:
            return False
        case other:
            assert_never(other)


_LIFTED_OF: Final = {
    Visibility.VISIBLE: Lifted.AT_ONCE,
    Visibility.AFTER_PUBLISHED: Lifted.PUBLISHED,
    Visibility.HIDDEN: Lifted.NEVER,
}


def _lifted(when: Lifted, published: bool) -> bool:
    return when is Lifted.AT_ONCE or (when is Lifted.PUBLISHED and published)


def cases(item: Item) -> Iterator[Facts]:
    """Every value of the facts on which this item depends, for the documentation and its test."""
    match item:
        case Item.CHECK:
            yield from (Facts(visibility=visibility) for visibility in Visibility)
        case Item.TOTAL:
            yield from (Facts(all_visible=every) for every in (True, False))
        case Item.OUTPUT:
            yield from (Facts(lifted=lifted) for lifted in Lifted)
        case Item.IDENTITY:
            yield from (Facts(blind=blind) for blind in (False, True))
        case _:
            yield Facts()
