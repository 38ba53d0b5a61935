"""The rule about the data set: graded work is trained on its rows, with their labels, and not on test rows.

It follows values through the code to the calls of `fit`. After the run the number of rows is compared with
what the sandbox offered; which rows a table holds at run time, and with which labels, is not seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from autograder.guidelines import label_changes, rows, trained_rows
from autograder.guidelines.data_sources import Kind, Source, Sources
from autograder.guidelines.facts import Call, Facts, Relabel
from autograder.guidelines.flows import mark
from autograder.guidelines.meaning import Meaning
from autograder.guidelines.rule import Evidence, Hit, Need, Rule
from autograder.model.assignment import Firmness
from autograder.model.ids import RuleId
from autograder.model.results import Severity

_TRAINS: Final = frozenset({"fit", "train_on_batch", "fit_generator"})
_INPUTS: Final = ("x", "y", "X", "data", "dataset")
_ANSWERS: Final = frozenset({"predict", "pipeline", "polarity_scores"})
_JOINS: Final = frozenset({"concat", "concatenate", "concatenate_datasets", "vstack", "append", "extend"})
_MOST_FITS: Final = 200


def check(evidence: Evidence) -> Iterator[Hit]:
    """Follow rows and labels to what is graded; where the code says nothing, count the rows of the run."""
    required = evidence.settings.get("required") or evidence.assignment.assets.datasets
    if not required:
        return
    hits = list(_by_code(evidence, required))
    yield from hits
    # What the code shows already needs no word of the run, which may be held back from the student.
    if all(hit.firmness is Firmness.HINT for hit in hits):
        yield from trained_rows.check(evidence, required)


def _by_code(evidence: Evidence, required: tuple[str, ...]) -> Iterator[Hit]:
    """Follow rows and labels to what is graded."""
    facts = evidence.reading.facts
    fits = _graded(facts, frozenset(evidence.assignment.contract))
    sources = Sources(evidence, required)
    yield from _sources(facts, fits, sources)
    yield from _labels(facts, fits)
    yield from _test_rows(fits, facts)


def _graded(facts: Facts, contract: frozenset[str]) -> list[tuple[Call, frozenset[str]]]:
    """Return the calls that train what is graded, each with what flowed into its rows."""
    fits = [call for call in facts.calls if call.method in _TRAINS and not call.where.exempt][:_MOST_FITS]
    named = [call for call in fits if call.owner in contract]
    return [(call, _flowed(facts, call)) for call in named or fits]


def _flowed(facts: Facts, call: Call) -> frozenset[str]:
    return frozenset[str]().union(*(facts.tokens_of(meaning) for meaning in _given(call)))


def _given(call: Call) -> list[Meaning]:
    return [*call.arguments[:2], *(call.keywords[word] for word in _INPUTS if word in call.keywords)]


def _surely(facts: Facts, call: Call) -> frozenset[str]:
    return frozenset[str]().union(*(facts.surely_in(meaning) for meaning in _given(call)))


def _sources(facts: Facts, fits: Sequence[tuple[Call, frozenset[str]]], sources: Sources) -> Iterator[Hit]:
    """Find graded work whose rows come from somewhere else only."""
    seen: set[int] = set()
    found = False
    for call, tokens in fits:
        flowed = [source for source in sources.all if mark(source.number) in tokens]
        if any(source.kind is not Kind.OTHER for source in flowed):
            yield from _added(facts, tokens, flowed)
            continue
        if not flowed and rows.OWN_ROWS in tokens:
            yield _written(call)
        for source in flowed:
            found = True
            if source.number not in seen:
                seen.add(source.number)
                yield _other(source)
    # Values that cannot be followed to `fit`: another data set of the hub, and the right one nowhere.
    if not found and all(source.kind is Kind.OTHER for source in sources.all):
        for source in sources.all:
            if source.is_data_set:
                yield _other(source)


def _added(facts: Facts, tokens: frozenset[str], flowed: Sequence[Source]) -> Iterator[Hit]:
    """Find rows of another data set that are put together with the right ones."""
    others = [source for source in flowed if source.is_data_set]
    right = {mark(source.number) for source in flowed if source.kind is Kind.RIGHT}
    for call in facts.calls if others and right else ():
        if call.method in _JOINS:
            given = frozenset[str]().union(
                call.receiver.tokens, *(facts.tokens_of(meaning) for meaning in call.arguments)
            )
            for source in others:
                if mark(source.number) in given and given & right:
                    yield _other(source)


def _written(call: Call) -> Hit:
    return Hit(
        place=call.where.place(),
        message="The graded work seems to be trained on sentences that are written into the notebook.",
        instead="Train what is graded on the assignment's data set, as published. Others are for extras.",
        firmness=Firmness.PROPOSED,
        severity=Severity.ERROR,
    )


def _other(source: Source) -> Hit:
    return Hit(
        place=source.call.where.place(),
        message=f"The graded work is trained on {source.words} instead of the assignment's data set.",
        instead="Train what is graded on the assignment's data set, as published. Others are for extras.",
        firmness=Firmness.PROPOSED,
        severity=Severity.ERROR,
    )


def _labels(facts: Facts, fits: Sequence[tuple[Call, frozenset[str]]]) -> Iterator[Hit]:
    """Find changed labels, and classes left out, that reach graded work."""
    answers = {mark(number) for number, call in enumerate(facts.calls) if call.method in _ANSWERS}
    for change in facts.relabels:
        if change.where.exempt:
            continue
        reason = change.reason or ("labels are a model's own answers" if change.tokens & answers else "")
        if not reason:
            continue
        reached = any(
            change.mark in tokens and rows.PICKED not in tokens and change.mark in _surely(facts, call)
            for call, tokens in fits
        )
        graded = reached or not fits or label_changes.is_test(change.name)
        yield _changed(change, reason, graded)


def _changed(change: Relabel, reason: str, graded: bool) -> Hit:
    return Hit(
        place=change.where.place(),
        message=(
            f"The labels of the data set are changed: {reason}."
            if graded
            else f"In an experiment the labels are changed: {reason}."
        ),
        instead="Keep rows and labels as published for what is graded; change them in an extra, and say so.",
        firmness=Firmness.PROPOSED if graded else Firmness.HINT,
        severity=Severity.ERROR if graded else Severity.INFO,
    )


def _test_rows(fits: Sequence[tuple[Call, frozenset[str]]], facts: Facts) -> Iterator[Hit]:
    """Find graded work trained on the test side of a split."""
    for call, tokens in fits:
        tests = {token[len(rows.TEST) :] for token in tokens if token.startswith(rows.TEST)}
        trains = {token[len(rows.TRAIN) :] for token in tokens if token.startswith(rows.TRAIN)}
        if tests & trains or (tests and not trains):
            yield Hit(
                place=call.where.place(),
                message="Rows that were split off for testing seem to be trained on.",
                instead="Train on the training side of the split only, and test on rows no training saw.",
                firmness=Firmness.PROPOSED,
                severity=Severity.ERROR,
            )
        whole = {token[len(rows.WHOLE) :] for token in tokens if token.startswith(rows.WHOLE)} - trains
        if whole and any(_is_tested(facts, other, call, whole) for other in facts.calls):
            yield Hit(
                place=call.where.place(),
                message="All rows seem to be trained on, and some of them are tested on later.",
                instead="Train on the training side of the split only, and test on rows no training saw.",
                firmness=Firmness.PROPOSED,
                severity=Severity.ERROR,
            )


def _is_tested(facts: Facts, call: Call, fit: Call, splits: set[str]) -> bool:
    """Whether the trained model is tested on the test side of one of the splits."""
    if call.method not in ("evaluate", "predict", "score") or call.owner != fit.owner or not call.owner:
        return False
    tokens = frozenset[str]().union(*(facts.tokens_of(meaning) for meaning in call.arguments[:1]))
    return any(f"{rows.TEST}{split}" in tokens for split in splits)


RULE: Final = Rule(
    id=RuleId("data"),
    title="The assignment's data",
    statement="Graded work is trained on the rows and labels of the assignment's data set, as published.",
    firmness=Firmness.PROPOSED,
    severity=Severity.ERROR,
    needs=(Need.SYNTAX, Need.ARCHIVE, Need.EXECUTION),
    looks_for=(
        "another data set, or a file or address of your own, that reaches a `fit` of graded work instead",
        "another subset than the one the assignment asks for",
        "labels drawn by chance, set by hand, made from words, merged, or replaced by a model's answers",
        "a class that is left out, and test rows that are trained on",
        (
            "in the run, a graded name trained on more rows than were supplied, or on fewer than a third of "
            "them, as the fit ledger counts them: a hint, which never costs points"
        ),
    ),
    leaves_alone=(
        "all of this in extras: graded are models under the names that are asked for, or all without them",
        "classes written as numbers, one-hot labels, and names for them",
        "the authors' own text files, and files that the notebook wrote",
        "cells unchanged from the release",
    ),
    cannot_see=(
        "rows and labels that are changed inside a library, by position or in a file",
        (
            "which rows the run trained on, and with which labels: the fit ledger only counts them, at most "
            "to a whole batch, and a kernel can forge it"
        ),
        (
            "rows of a training in a loop of your own, of a generator, or of a pipeline without a known end; "
            "the sandbox offers its own copy of the data and judges on withheld rows"
        ),
    ),
    example_bad='rows = load_dataset("glue", "sst2")\npart1_all.fit(encode(rows))',
    example_good=(
        'rows = load_dataset("financial_phrasebank", "sentences_allagree")\npart1_all.fit(encode(rows))'
    ),
    settings={
        "required": "names of the data set, without its owner; those of `[assets]` without it",
        "subset": "the subset that graded work is trained on; any without it",
    },
    check=check,
)
