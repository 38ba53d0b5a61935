from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.checks import metrics
from autograder.checks.figures import accuracy, collected, grade_by, macro_f1, note
from autograder.checks.verdicts import CheckFailed, exact, partial

LABELS = ["negative", "neutral", "neutral", "positive"]


def test_accuracy_is_the_share_of_equal_labels() -> None:
    assert metrics.accuracy(["negative", "neutral", "positive", "positive"], LABELS) == 0.75


def test_an_array_of_texts_is_as_good_as_a_list() -> None:
    assert metrics.accuracy(np.array(LABELS), LABELS) == 1.0
    assert metrics.accuracy(np.array([1, 0, 1]), [1, 0, 0]) == 2 / 3


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (LABELS[:3], "4 predictions were expected"),
        ([*LABELS, "neutral"], "there are 5"),
        (["negative", "neutral", "neutral", "bullish"], "Prediction 3 is no class. The classes"),
        ([0, 1, 1, 2], "Prediction 0 is no class"),
        ([["negative"], "neutral", "neutral", "positive"], "Prediction 0 is no class"),
        ([math.nan] * 4, "Prediction 0 is no class"),
        ([None] * 4, "Prediction 0 is no class"),
        (np.zeros((4, 3)), "one class per row"),
        (np.array("neutral"), "one dimension"),
        ("neutral", "A list or an array"),
        (0.98, "A list or an array"),
        (None, "A list or an array"),
        ({"accuracy": 1.0}, "A list or an array"),
    ],
)  # fmt: skip
def test_predictions_that_are_none_fail_the_check_with_a_reason(answer: object, reason: str) -> None:
    with pytest.raises(CheckFailed, match=reason) as caught:
        metrics.accuracy(answer, LABELS)
    assert "neutral', 'positive" not in caught.value.reason


def test_a_boolean_is_not_the_class_one() -> None:
    with pytest.raises(CheckFailed):
        metrics.accuracy([True, True], [1, 1])


def test_a_class_without_a_row_may_be_predicted_when_it_is_declared() -> None:
    answer = ["positive", "neutral"]
    with pytest.raises(CheckFailed):
        metrics.accuracy(answer, ["neutral", "neutral"])
    assert metrics.accuracy(answer, ["neutral", "neutral"], classes=["neutral", "positive"]) == 0.5


def test_macro_f1_of_always_the_same_answer_is_low_where_accuracy_is_not() -> None:
    labels = ["a"] * 8 + ["b"] * 2
    assert metrics.accuracy(["a"] * 10, labels) == 0.8
    assert metrics.macro_f1(["a"] * 10, labels) == pytest.approx((2 * 8 / 18) / 2)


def test_wilson_interval_agrees_with_published_values() -> None:
    low, high = metrics.wilson_interval(81, 263)  # Newcombe 1998, method 3
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    assert metrics.wilson_interval(0, 20)[0] == 0.0
    assert metrics.wilson_interval(20, 20)[1] == 1.0


@pytest.mark.parametrize(("successes", "rows"), [(1, 0), (-1, 4), (5, 4)])
def test_an_impossible_share_has_no_interval(successes: int, rows: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        metrics.wilson_interval(successes, rows)


@given(st.integers(1, 500).flatmap(lambda rows: st.tuples(st.integers(0, rows), st.just(rows))))
def test_an_interval_holds_its_share(case: tuple[int, int]) -> None:
    low, high = metrics.wilson_interval(*case)
    assert 0 <= low <= case[0] / case[1] <= high <= 1


def test_the_floor_of_the_phrase_bank_is_where_it_was_measured() -> None:
    labels = ["neutral"] * 1391 + ["positive"] * 570 + ["negative"] * 303
    assert round(metrics.majority_floor(labels), 3) == 0.614
    assert 0.62 < metrics.floor_upper_bound(labels) < 0.64


def test_macro_f1_lies_inside_its_own_interval() -> None:
    labels = ["a", "b", "c"] * 40
    answer = ["a", "b", "a"] * 20 + labels[60:]
    low, high = metrics.macro_f1_interval(answer, labels)
    assert low < metrics.macro_f1(answer, labels) < high
    assert metrics.macro_f1_interval(answer, labels) == (low, high)


def test_accuracy_notes_its_figures() -> None:
    with collected() as figures:
        accuracy(LABELS, LABELS)
        macro_f1(LABELS, LABELS, name="lora")
        note("odd", math.nan)
    assert figures["accuracy"] == 1.0
    assert figures["floor"] == 0.5
    assert figures["floor_upper"] > 0.5
    assert figures["rows"] == 4
    assert figures["lora.macro_f1"] == 1.0
    assert "odd" not in figures


TIERS = {"0.75": "0.5", "0.85": "0.8", "0.90": "1"}


@pytest.mark.parametrize(
    ("value", "share"),
    [(0.1, "0"), (0.7499, "0"), (0.75, "0.5"), (17 / 20, "0.8"), (0.9, "1"), (9 / 10, "1"), (1, "1")],
)
def test_a_value_earns_the_highest_tier_it_reaches_exactly(value: float, share: str) -> None:
    assert grade_by(value, TIERS).fraction == Decimal(share)


@given(st.integers(1, 400).flatmap(lambda rows: st.tuples(st.integers(0, rows), st.just(rows))))
def test_a_share_of_rows_is_compared_exactly(case: tuple[int, int]) -> None:
    right, rows = case
    reached = [share for tier, share in TIERS.items() if right * 100 >= int(Decimal(tier) * 100) * rows]
    expected = max(map(Decimal, reached), default=Decimal(0))
    assert grade_by(right / rows, TIERS).fraction == expected


@pytest.mark.parametrize("value", [math.nan, math.inf, "0.9", None, True, [0.9]])
def test_a_value_that_is_no_number_fails_the_check(value: object) -> None:
    with pytest.raises(CheckFailed, match="finite number"):
        grade_by(value, TIERS)


@pytest.mark.parametrize(
    "tiers", [{}, {"0.8": "1", "0.9": "0.5"}, {"0.8": "1.5"}, {"0.8": "-1"}, {"high": "1"}, {"nan": "1"}]
)
def test_tiers_that_make_no_sense_are_the_authors_error(tiers: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        grade_by(0.9, tiers)


def test_numbers_that_are_not_exact_are_the_authors_error() -> None:
    with pytest.raises(TypeError, match="as text"):
        grade_by(0.9, {"0.8": 0.1})  # type: ignore[dict-item]
    with pytest.raises(TypeError):
        exact(True)


def test_a_grade_tells_its_tiers_in_its_figures() -> None:
    assert grade_by(0.8, TIERS).figures == {
        "value": 0.8, "tier:0.75": 0.5, "tier:0.85": 0.8, "tier:0.90": 1.0,
    }  # fmt: skip


def test_a_share_above_one_cannot_be_given() -> None:
    assert partial("0.25", "Half of it.").fraction == Decimal("0.25")
    with pytest.raises(ValueError, match="lies in"):
        partial("1.01")
