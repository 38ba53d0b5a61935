"""Find lines that look like a mistyped region marker, such as `### BEGIN HIDEN TESTS`.

A mistyped marker is how solutions and hidden tests leak: nbgrader takes it for an ordinary comment. This errs
on the side of asking the author. It cannot find a marker that was forgotten altogether.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Final

from autograder.formats.nbgrader_regions import RegionKind

MARKERS: Final = tuple(f"{word} {kind.value}" for word in ("BEGIN", "END") for kind in RegionKind)
_VOCABULARY: Final = tuple(dict.fromkeys(word for marker in MARKERS for word in marker.split()))
_SAME: Final = {"START": "BEGIN", "OPEN": "BEGIN", "STOP": "END", "FINISH": "END", "CLOSE": "END"}
_LINE_AT_MOST = 300
_DECORATED: Final = re.compile(r"\s*[^\w\s]")
_COMMENT: Final = re.compile(r"\s*(#|==|<!--|//|--)")
_SHOUTED: Final = re.compile(r"\s*[A-Z][A-Z _-]+[A-Z]\s*")
_WORD: Final = re.compile(r"[A-Za-z]+")
_WORDS: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Typo:
    """A line that looks like a marker. `line` counts from 1; `meant` is the nearest marker."""

    line: int
    text: str
    meant: str


def surviving_markers(text: str) -> tuple[Typo, ...]:
    """Find exact markers and everything that looks like a mistyped one: none may be in a release."""
    return tuple(
        Typo(line=number, text=line.strip()[:_LINE_AT_MOST], meant=meant)
        for number, line in enumerate(text.split("\n"), start=1)
        if (meant := _exact(line) or _mistyped(line[:_LINE_AT_MOST]))
    )


def mistyped_markers(text: str) -> tuple[Typo, ...]:
    """Find the lines of a source cell that look like a marker and are none."""
    lines = text.split("\n")
    return tuple(typo for typo in surviving_markers(text) if not _exact(lines[typo.line - 1]))


def _exact(line: str) -> str:
    return next((marker for marker in MARKERS if marker in line), "")


def _mistyped(line: str) -> str:
    at = line.find("#")
    text = line[at:] if at >= 0 else line
    if at < 0 and not _DECORATED.match(line) and not _SHOUTED.fullmatch(line):
        return ""
    words = _WORDS.findall(text)
    if _COMMENT.match(text):
        meant = _as_a_whole(words)
        if meant:
            return meant
    for run in _shouted_runs(words):
        meant = _inside(run)
        if meant:
            return meant
    return ""


def _as_a_whole(words: Sequence[str]) -> str:
    """Compare a whole comment, in capitals or not, with each marker; the words may stand in another order."""
    if not 1 <= len(words) <= 3 or not all(_WORD.fullmatch(word) for word in words):
        return ""
    for marker in MARKERS:
        wanted = marker.split()
        if len(words) == 1 and words[0].upper() == "".join(wanted):
            return marker
        if len(words) == len(wanted):
            for order in permutations(words):
                if all(_near(word, other) for word, other in zip(order, wanted, strict=True)):
                    return marker
    return ""


def _shouted_runs(words: Sequence[str]) -> Iterator[list[str]]:
    """Give the runs of neighbouring words in capitals."""
    run: list[str] = []
    for word in (*words, ""):
        if _WORD.fullmatch(word) and word.isupper() and len(word) > 1:
            run.append(_SAME.get(word, word))
        elif run:
            yield run
            run = []


def _inside(run: Sequence[str]) -> str:
    """Find a marker in a run of words in capitals: alone, among other words, joined, split or shortened."""
    for marker in MARKERS:
        wanted = marker.split()
        joined = "".join(wanted)
        for size in {1, len(wanted) - 1, len(wanted), len(wanted) + 1}:
            for start in range(len(run) - size + 1):
                window = run[start : start + size]
                if size == len(wanted):
                    found = all(_near(word, other) for word, other in zip(window, wanted, strict=True))
                else:
                    found = _distance("".join(window), joined, 2) <= 2
                if found:
                    return marker
    known = [word for word in run if any(_near(word, other) for other in _VOCABULARY)]
    if len(known) == len(run) and (len(run) > 1 or run[0] in ("BEGIN", "HIDDEN")):
        return max(MARKERS, key=lambda marker: len(set(marker.split()) & set(run)))
    return ""


def _near(word: str, wanted: str) -> bool:
    """True when a word is a misspelling of another; what is not in capitals gets less tolerance."""
    tolerance = {3: 1, 4: 1, 5: 2}.get(len(wanted), 2)
    if not word.isupper():
        tolerance -= 1
    return (
        abs(len(word) - len(wanted)) <= tolerance and _distance(word.upper(), wanted, tolerance) <= tolerance
    )


def _distance(first: str, second: str, at_most: int) -> int:
    """Count the edits (insert, delete, change, swap) between two words; stops above `at_most`."""
    if abs(len(first) - len(second)) > at_most:
        return at_most + 1
    before: list[int] = []
    previous = list(range(len(second) + 1))
    for i, letter in enumerate(first, start=1):
        current = [i]
        for j, other in enumerate(second, start=1):
            cost = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == second[j - 2] and first[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            current.append(cost)
        before, previous = previous, current
    return previous[-1]
