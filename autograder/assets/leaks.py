"""Look for withheld rows, and for tables of ready-made answers, in what a submission carries.

A finding is a word for staff and costs nothing: the data set is published, and quoting a few sentences is
honest. Rows are found by runs of words, so case, digits, spaces and small changes do not hide them. What is
encrypted or paraphrased is not found, and neither is what someone has learnt by heart.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from autograder.assets.answer_tables import tables_in
from autograder.assets.haystack import Text, texts
from autograder.model.holdout import Holdout
from autograder.model.submission import Submission

RUN = 4
"""Words in a row that are compared at once."""
ALIKE = 0.7
"""Share of a row's runs that must be found for a copy."""
FEWEST = 3
"""Fewer exact copies than this are not told: examples for in-context learning come from the same data."""
NEAR_SHARE = 0.2
"""Fewer near copies than this share are not told: one in ten published sentences has a close sibling."""
NEAR = 48
_WORD = re.compile(r"[^\W\d_]+")
_CLASS_WORD = re.compile(r"[A-Za-z]+|(?<![\w.])\d(?![\w.])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """Withheld rows in one place: how many, how many word for word, how many with their class beside them."""

    place: str
    rows: int
    exact: int
    labelled: int


@dataclass(frozen=True, slots=True)
class _Index:
    """Which rows each run of words belongs to, and how many different runs a row has."""

    rows: Mapping[tuple[str, ...], tuple[int, ...]]
    runs: Sequence[int]


def suspicions(submission: Submission, holdout: Holdout) -> tuple[str, ...]:
    """What staff should know of rows and answers that a submission brought along; empty for nearly all."""
    found = tuple(texts(submission))
    rows = len(holdout.inputs)
    return (
        *(
            f"{leak.place} holds {leak.rows} of the {rows} withheld rows or close copies of them, "
            f"{leak.exact} word for word, {leak.labelled} with their class beside them"
            for leak in leaks(found, holdout)
        ),
        *(f"{text.place}: {words}" for text in found for words in tables_in(text.content, holdout.classes)),
    )


def leaks(found: Iterable[Text], holdout: Holdout) -> tuple[Leak, ...]:
    """Places that hold withheld rows. Texts of one place count together."""
    index = _indexed(holdout.inputs)
    rows: dict[str, set[int]] = defaultdict(set)
    exact: dict[str, set[int]] = defaultdict(set)
    labelled: dict[str, set[int]] = defaultdict(set)
    for text in found:
        for row, whole, beside in _rows_in(text.content, holdout, index):
            rows[text.place].add(row)
            exact[text.place] |= {row} if whole else set()
            labelled[text.place] |= {row} if beside else set()
    return tuple(
        Leak(place=place, rows=len(there), exact=len(exact[place]), labelled=len(labelled[place]))
        for place, there in rows.items()
        if len(exact[place]) >= FEWEST or len(there) >= max(FEWEST, NEAR_SHARE * len(holdout.inputs))
    )


def _indexed(inputs: Sequence[str]) -> _Index:
    rows: dict[tuple[str, ...], list[int]] = defaultdict(list)
    counts = []
    for row, text in enumerate(inputs):
        runs = set(_runs([word for word, _ in _words(text)]))
        counts.append(len(runs))
        for run in runs:
            rows[run].append(row)
    return _Index(rows={run: tuple(found) for run, found in rows.items()}, runs=counts)


def _rows_in(text: str, holdout: Holdout, index: _Index) -> Iterator[tuple[int, bool, bool]]:
    words = _words(text)
    places: dict[int, list[tuple[int, tuple[str, ...]]]] = defaultdict(list)
    for place, run in enumerate(_runs([word for word, _ in words])):
        for row in index.rows.get(run, ()):
            places[row].append((place, run))
    for row, found in places.items():
        where = _together(found, index.runs[row])
        if where is not None:
            last = min(where[1] + RUN - 1, len(words) - 1)
            whole = _word_for_word(found, index.runs[row])
            yield row, whole, _class_beside(text, words[where[0]][1], words[last][1], row, holdout)


def _together(found: Sequence[tuple[int, tuple[str, ...]]], runs: int) -> tuple[int, int] | None:
    """First and last place of the stretch that holds enough of a row's runs; None where they lie scattered.

    Sentences of this kind share phrases: the runs of one row, each taken from another sentence, are no copy.
    """
    begin = 0
    for end in range(len(found)):
        while found[end][0] - found[begin][0] > 1.5 * runs + RUN:
            begin += 1
        if len({run for _, run in found[begin : end + 1]}) >= ALIKE * runs:
            return found[begin][0], found[min(begin + runs, len(found)) - 1][0]
    return None


def _word_for_word(found: Sequence[tuple[int, tuple[str, ...]]], runs: int) -> bool:
    """Whether all runs of a row stand one after the other."""
    for begin in range(len(found) - runs + 1):
        stretch = found[begin : begin + runs]
        if stretch[-1][0] - stretch[0][0] <= runs and len({run for _, run in stretch}) == runs:
            return True
    return False


def _class_beside(text: str, start: int, last: int, row: int, holdout: Holdout) -> bool:
    """Whether the class of a row, or its number, stands close to where the row was found."""
    label = holdout.labels[row]
    end = last + len(next(iter(_WORD.findall(text[last : last + 100])), ""))
    around = f"{text[max(0, start - NEAR) : start]} {text[end : end + NEAR]}"
    wanted = {label.casefold(), str(holdout.classes.index(label))}
    return any(word.casefold() in wanted for word in _CLASS_WORD.findall(around))


def _words(text: str) -> list[tuple[str, int]]:
    """Words in lower case and where they begin; digits and signs between them do not matter."""
    return [(found.group().casefold(), found.start()) for found in _WORD.finditer(text)]


def _runs(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """All runs of words; a text with fewer words than a run is one run."""
    if 0 < len(words) < RUN:
        yield tuple(words)
    for place in range(len(words) - RUN + 1):
        yield tuple(words[place : place + RUN])
