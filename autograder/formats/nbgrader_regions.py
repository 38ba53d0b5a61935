"""The regions of a source cell: solutions, hidden tests and mark schemes between a BEGIN and an END line.

As in nbgrader, a line is a marker when it holds the marker's words anywhere. Unlike there, an END without
a BEGIN and a region inside another one are errors. Mistyped markers are found by `nbgrader_typos`. A solution
region may say in lines of its own what students get in its place: `### STUDENTS GET: x = ...`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class RegionKind(StrEnum):
    """What a region holds; the value is the marker's words after BEGIN and END."""

    SOLUTION = "SOLUTION"
    HIDDEN_TESTS = "HIDDEN TESTS"
    MARK_SCHEME = "MARK SCHEME"


ALL_KINDS: Final = frozenset(RegionKind)

CODE_FILLER: Final = "raise NotImplementedError()"
CODE_STUB: Final = f"# YOUR CODE HERE\n{CODE_FILLER}"
TEXT_STUB: Final = "YOUR ANSWER HERE"
GET: Final = "### STUDENTS GET:"
GET_NOTHING: Final = "### STUDENTS GET NOTHING"
STUB_WORDS: Final = ("YOUR CODE HERE", TEXT_STUB)
"""By these a stub is known, nbgrader's own included."""


class RegionBroken(Exception):
    """Markers of a cell do not pair up. `line` counts from 1; `reason` says what is wrong."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a cell. `region` is what it belongs to, None for a visible line; `marker`: BEGIN or END."""

    number: int
    text: str
    region: RegionKind | None = None
    marker: bool = False


def lines_of(source: str) -> tuple[Line, ...]:
    """Split a cell's text into lines that know their region. Raises RegionBroken."""
    lines: list[Line] = []
    inside: RegionKind | None = None
    begun = 0
    for number, text in enumerate(source.split("\n"), start=1):
        found = [
            (word, kind) for word in ("BEGIN", "END") for kind in RegionKind if f"{word} {kind.value}" in text
        ]
        if len(found) > 1:
            raise RegionBroken(number, "a line holds two markers")
        if not found:
            lines.append(Line(number=number, text=text, region=inside))
            continue
        word, kind = found[0]
        if word == "BEGIN" and inside is not None:
            raise RegionBroken(number, f"BEGIN {kind} inside the region BEGIN {inside} of line {begun}")
        if word == "END" and inside is not kind:
            why = f"before END {inside}" if inside else "without a BEGIN before it"
            raise RegionBroken(number, f"END {kind} {why}")
        lines.append(Line(number=number, text=text, region=kind, marker=True))
        inside, begun = (kind, number) if word == "BEGIN" else (None, begun)
    if inside is not None:
        raise RegionBroken(begun, f"BEGIN {inside} without an END {inside} after it")
    return tuple(lines)


def has_region(source: str, kind: RegionKind) -> bool:
    """True when the cell holds a region of this kind. Raises RegionBroken."""
    return any(line.marker and line.region is kind for line in lines_of(source))


def without_regions(source: str, kinds: Collection[RegionKind] = ALL_KINDS) -> str:
    """Give the cell's text without these regions and their markers. Raises RegionBroken."""
    return "\n".join(line.text for line in lines_of(source) if line.region not in kinds)


def with_stub(source: str, stub: str) -> str:
    """Give the cell's text with each solution region replaced, indented as its BEGIN line.

    In its place comes what the region itself says that students get, otherwise `stub`.
    """
    lines: list[str] = []
    given: list[str] | None = None
    indent = ""
    opened = False
    for line in lines_of(source):
        if line.region is not RegionKind.SOLUTION:
            lines.append(line.text)
        elif line.marker and not opened:
            opened, given = True, None
            indent = line.text[: len(line.text) - len(line.text.lstrip())]
        elif line.marker:
            opened = False
            own = (indent + text if text else "" for text in given or ())
            lines.extend(own if given is not None else (indent + text for text in stub.split("\n")))
        elif line.text.strip() == GET_NOTHING:
            given = given or []
        elif line.text.lstrip().startswith(GET):
            text = line.text.lstrip().removeprefix(GET)
            given = [*(given or ()), text.removeprefix(" ")]
    return "\n".join(lines)


def as_released(source: str, stub: str, *, answer: bool) -> str:
    """Give the cell's text as students get it. An `answer` without a solution region is one as a whole."""
    if answer and not has_region(source, RegionKind.SOLUTION):
        return stub
    return without_regions(with_stub(source, stub))


def hidden_lines(source: str, kinds: Collection[RegionKind] = ALL_KINDS) -> tuple[Line, ...]:
    """Give the lines inside these regions, without the markers. Raises RegionBroken."""
    return tuple(line for line in lines_of(source) if line.region in kinds and not line.marker)
