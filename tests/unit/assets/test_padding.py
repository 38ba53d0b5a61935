"""Copies in the places of withheld rows, and how to tell which notebooks need them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.assets.padding import counts_on_withheld_rows, padded_rows
from tests.unit.assets.builders import a_notebook

ROWS = st.lists(st.tuples(st.text(max_size=3), st.integers(0, 2)), max_size=12)
SHOWN = {
    "takala/bank/sentences_allagree": 1811,
    "takala/bank/sentences_50agree": 3878,
    "a/reviews/default": 80,
}
WITHHELD = {
    "takala/bank/sentences_allagree": 453,
    "takala/bank/sentences_50agree": 968,
    "a/reviews/default": 20,
}
LOAD = 'data = load_dataset("bank", "sentences_allagree", split="train")'


def counts(*cells: str) -> bool:
    return counts_on_withheld_rows({"n.ipynb": a_notebook(*cells)}, SHOWN, WITHHELD)


@pytest.mark.parametrize(
    "code",
    [
        "data.select(range(2264))",
        "N = 2_264",
        "data[:2000]",
        "int(0.8*2264)",
        "train_test_split(test_size=1812)",
    ],
)
def test_a_number_that_only_the_whole_data_has_asks_for_copies(code: str) -> None:
    assert counts(LOAD, code)


@pytest.mark.parametrize(
    "code",
    ["data.select(range(1811))", "data[:100]", "Dense(3072)", "lr = 0.2264", "x2000 = 1", "2265", "1e2000"],
)
def test_other_numbers_ask_for_none(code: str) -> None:
    assert not counts(LOAD, code)


def test_numbers_of_a_configuration_that_is_not_loaded_do_not_count() -> None:
    assert not counts(LOAD, "units = 4096")
    assert counts(LOAD.replace("allagree", "50agree"), "units = 4096")


def test_the_only_configuration_of_a_data_set_need_not_be_named() -> None:
    assert counts('load_dataset("a/reviews")', "rows[:100]")


def test_markdown_counts_for_nothing() -> None:
    markdown = a_notebook(LOAD, "2264 rows").replace('"code"', '"markdown"')
    assert not counts_on_withheld_rows({"n.ipynb": markdown}, SHOWN, WITHHELD)


def test_without_withheld_rows_nothing_is_copied() -> None:
    assert not counts_on_withheld_rows({"n": a_notebook(LOAD, "2264")}, SHOWN, dict.fromkeys(WITHHELD, 0))


@given(ROWS, ROWS)
def test_padding_adds_one_copy_for_each_removed_row(
    kept: list[tuple[str, int]], removed: list[tuple[str, int]]
) -> None:
    padded = padded_rows(kept, removed, 1)
    assert len(padded) == (len(kept) + len(removed) if kept else 0)
    assert set(padded) <= set(kept)
    assert padded[: len(kept)] == tuple(kept)


def test_no_row_is_copied_twice_before_all_of_its_class_were_copied_once() -> None:
    kept = [("a", 0), ("b", 0), ("c", 1)]
    assert padded_rows(kept, [("x", 0)] * 3, 1)[3:] == (("a", 0), ("b", 0), ("a", 0))


def test_a_class_without_any_row_left_is_filled_from_the_others() -> None:
    assert padded_rows([("a", 0)], [("x", 1)], 1) == (("a", 0), ("a", 0))
