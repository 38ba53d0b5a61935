"""The made-up phrase bank looks like the original in all that matters to code."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from autograder.assets import phrasebank
from autograder.assets.holdout import group_of
from autograder.assets.phrasebank import FILES
from autograder.assets.sentences import SHARES, made_up, write_made_up

ALL_AGREE = made_up().subsets["sentences_allagree"]


def test_there_are_at_least_six_hundred_distinct_sentences() -> None:
    assert len({row.sentence for row in ALL_AGREE}) >= 600


def test_class_shares_are_like_the_original() -> None:
    counts = Counter(row.label for row in ALL_AGREE)
    for label, share in SHARES.items():
        assert counts[label] / len(ALL_AGREE) == pytest.approx(share / sum(SHARES.values()), abs=0.01)


def test_each_subset_contains_the_one_with_more_agreement() -> None:
    counted = [Counter(made_up().subsets[subset]) for subset in FILES]
    for larger, smaller in pairwise(counted):
        assert smaller < larger


def test_some_rows_occur_twice_and_some_differ_in_digits_only() -> None:
    rows = Counter(row.sentence for row in ALL_AGREE)
    groups = defaultdict(set)
    for sentence in rows:
        groups[group_of(sentence)].add(sentence)
    assert sum(count > 1 for count in rows.values()) >= 3
    assert sum(len(group) > 1 for group in groups.values()) >= 10


def test_sentences_equal_but_for_digits_have_one_class() -> None:
    labels = defaultdict(set)
    for row in made_up().subsets["sentences_50agree"]:
        labels[group_of(row.sentence)].add(row.label)
    assert all(len(found) == 1 for found in labels.values())


def test_no_single_word_gives_a_class_away() -> None:
    """The best rule of the kind "this word means that class, else neutral" stays far from perfect."""
    total = len(ALL_AGREE)
    words = defaultdict(Counter)
    for row in ALL_AGREE:
        for word in set(row.sentence.lower().split()):
            words[word][row.label] += 1
    neutral = Counter(row.label for row in ALL_AGREE)["neutral"]
    best = max(
        (neutral - counts["neutral"] + counts[label]) / total for counts in words.values() for label in SHARES
    )
    assert best < 0.8


def test_the_same_seed_gives_the_same_bytes_everywhere() -> None:
    digest = hashlib.sha256(phrasebank.to_bytes(ALL_AGREE)).hexdigest()
    assert digest == "b6aaa92b5c0dbc4f799e6b24f50ef899d6cd5969af7c429a1bcbe74238e00d50"
    assert made_up(seed=2).subsets["sentences_allagree"] != ALL_AGREE


def test_what_is_written_is_latin_1_and_reads_back(tmp_path: Path) -> None:
    folder = write_made_up(tmp_path / "texts", size=150)
    raw = (folder / "Sentences_AllAgree.txt").read_bytes()
    assert any(byte > 127 for byte in raw)
    assert phrasebank.read(folder) == made_up(size=150)


def test_a_size_too_small_for_twins_and_repeats_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 120"):
        made_up(size=10)
