"""What the review page shows besides the results: rubric, marks and commands, as plain values.

The page knows no gradebook. Where there is none, the rubric is the assignment's own and nothing is marked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from decimal import Decimal
from typing import Final

from autograder.model.ids import CheckId, RuleId

_LINK: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*\.html(#[A-Za-z0-9._-]+)?")


def checked_link(link: str) -> str:
    """Return `link` if it leads to a page beside this one, or to a place on it. ValueError otherwise."""
    if not _LINK.fullmatch(link):
        raise ValueError(f"{link[:80]!r} is no page beside this one")
    return link


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A line to copy into a terminal, and what it does."""

    what: str
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RubricLine:
    """One item of a rubric. `comment` is what a student reads where it is chosen; empty: its text."""

    id: str
    text: str
    points: Decimal
    comment: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Another piece of the same question: its page, relative to this one."""

    name: str
    link: str

    def __post_init__(self) -> None:
        checked_link(self.link)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToMark:
    """One check that a person marks: rubric, what was decided, and how to decide.

    `deducts`: a mark starts at full points. `waiting` is false once somebody marked it; `marked_by` says who.
    `held_by` is who looks at it now. `place` counts the pieces of the question from 1, in the queue's order.
    """

    rubric: tuple[RubricLine, ...] = ()
    deducts: bool = False
    waiting: bool = True
    marked_by: str = ""
    adjustment: Decimal = Decimal(0)
    comment: str = ""
    held_by: str = ""
    place: int = 0
    of: int = 0
    before: Neighbour | None = None
    after: Neighbour | None = None
    commands: tuple[Command, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Everything a review page is told besides the results themselves.

    `name` stands in the heading: the student, or what stands for them. `blind`: the results are blinded.
    `index` is the relative path of the index page. `changes` are sentences about what people changed. Times
    are shown by the clock of `zone`.
    """

    name: str
    blind: bool = False
    index: str = ""
    to_mark: Mapping[CheckId, ToMark] = field(default_factory=dict)
    check_commands: Mapping[CheckId, tuple[Command, ...]] = field(default_factory=dict)
    finding_commands: Mapping[RuleId, tuple[Command, ...]] = field(default_factory=dict)
    changes: tuple[str, ...] = ()
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPiece:
    """One piece on the index: `link` leads to its place on a review page. `points` is None while unknown."""

    name: str
    attempt: int
    link: str
    waiting: bool
    points: Decimal | None
    held_by: str = ""

    def __post_init__(self) -> None:
        checked_link(self.link)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexQuestion:
    """One check with its pieces, in the order in which they are to be read."""

    check: CheckId
    title: str
    most: Decimal
    pieces: tuple[IndexPiece, ...]
    commands: tuple[Command, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFinding:
    """One rule with the submissions that break it and are not decided yet, and how to decide for all."""

    rule: RuleId
    points: Decimal
    pieces: tuple[Neighbour, ...]
    commands: tuple[Command, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewIndex:
    """All review pages of an assignment. `others` have nothing to mark."""

    title: str
    blind: bool
    questions: tuple[IndexQuestion, ...]
    findings: tuple[IndexFinding, ...]
    others: tuple[Neighbour, ...]
    stand_ins: tuple[str, ...] = ()
