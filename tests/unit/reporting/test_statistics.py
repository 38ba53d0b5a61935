"""Numbers over a class, on examples worked out by hand and on generated ones."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.reporting.statistics import (
    FEWEST,
    MOST_PERIODS,
    bins,
    discrimination,
    lateness,
    spread,
    timeline,
)

NEW_YORK = ZoneInfo("America/New_York")
YEARS = (datetime(1990, 1, 1), datetime(2060, 1, 1))  # noqa: DTZ001 (made aware in the test)
POINTS = st.lists(st.floats(0, 120), max_size=60)
PAIRS = st.lists(
    st.tuples(st.integers(0, 8).map(float), st.integers(0, 80).map(float)), min_size=FEWEST, max_size=40
)


def test_values_fall_into_ten_equal_bins_and_what_is_above_into_the_last() -> None:
    found = bins([0, 4.49, 4.5, 22.5, 40.5, 45, 48], 45)
    assert [one.number for one in found] == [2, 1, 0, 0, 0, 1, 0, 0, 0, 3]
    assert (found[0].low, found[-1].high) == (0, 45)


def test_a_value_belongs_to_the_bin_that_begins_with_it() -> None:
    """0.3 is not a multiple of 0.1 for a machine, and 0.7 / 0.1 is below 7."""
    for place in range(10):
        assert bins([place * 0.1], 1.0)[place].number == 1


@given(POINTS, st.floats(0.5, 1000))
def test_every_value_is_in_exactly_one_bin(values: list[float], top: float) -> None:
    assert sum(one.number for one in bins(values, top)) == len(values)


def test_nothing_can_be_put_into_bins_without_points() -> None:
    assert bins([0, 0], 0) == ()


def test_a_spread_worked_out_by_hand() -> None:
    found = spread([4, 1, 3, 2])
    assert found is not None
    assert (found.lowest, found.lower, found.median, found.upper, found.highest) == (1, 1.75, 2.5, 3.25, 4)
    assert (found.number, found.mean) == (4, 2.5)
    assert spread([]) is None


@given(st.lists(st.floats(0, 100), min_size=1))
def test_a_spread_is_in_order(values: list[float]) -> None:
    found = spread(values)
    assert found is not None
    ordered = (found.lowest, found.lower, found.median, found.upper, found.highest)
    assert all(low <= high or math.isclose(low, high) for low, high in pairwise(ordered))


def test_discrimination_worked_out_by_hand() -> None:
    """Ten students with 1 to 10 other points; the better five pass: M1 = 8, M0 = 3, s = sqrt(8.25).

    r = (8 - 3) / sqrt(8.25) * sqrt(5 * 5) / 10 = 0.8704; Fisher: tanh(1.3347 -+ 1.96 / sqrt(7)).
    """
    found = discrimination([0] * 5 + [1] * 5, list(range(1, 11)))
    assert found.value == pytest.approx(0.870388, abs=1e-6)
    assert (found.low, found.high) == (pytest.approx(0.5327, abs=1e-4), pytest.approx(0.9690, abs=1e-4))


@given(PAIRS)
def test_for_right_or_wrong_it_is_the_point_biserial_correlation(pairs: list[tuple[float, float]]) -> None:
    item = [float(mine > 4) for mine, _ in pairs]
    rest = [other for _, other in pairs]
    found = discrimination(item, rest)
    if found.value is None:
        assert len(set(item)) == 1 or len(set(rest)) == 1
        return
    right = [other for mine, other in zip(item, rest, strict=True) if mine]
    wrong = [other for mine, other in zip(item, rest, strict=True) if not mine]
    number, mean = len(rest), sum(rest) / len(rest)
    deviation = math.sqrt(sum((other - mean) ** 2 for other in rest) / number)
    gap = sum(right) / len(right) - sum(wrong) / len(wrong)
    expected = gap / deviation * math.sqrt(len(right) * len(wrong)) / number
    assert found.value == pytest.approx(expected, abs=1e-9)


@given(PAIRS, st.floats(0.1, 50), st.randoms())
def test_discrimination_knows_neither_scale_nor_order(
    pairs: list[tuple[float, float]], scale: float, random: object
) -> None:
    item, rest = [mine for mine, _ in pairs], [other for _, other in pairs]
    found = discrimination(item, rest)
    random.shuffle(pairs)  # type: ignore[attr-defined]
    again = discrimination([scale * mine for mine, _ in pairs], [other for _, other in pairs])
    turned = discrimination([-mine for mine, _ in pairs], [other for _, other in pairs])
    if found.value is None:
        assert again.value is turned.value is None
        assert found.why
        return
    assert found.low is not None and found.high is not None
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert again.value == pytest.approx(found.value, abs=1e-9)
    assert turned.value == pytest.approx(-found.value, abs=1e-9)


@pytest.mark.parametrize(
    ("item", "rest", "why"),
    [
        ([0, 1] * 4, [1, 2] * 4, "fewer than 10 students"),
        ([1] * 12, list(range(12)), "everybody has the same points here"),
        (list(range(12)), [3] * 12, "everybody has the same points on the others"),
        ([], [], "fewer than 10 students"),
    ],
)
def test_without_enough_to_say_there_is_a_reason_and_no_number(
    item: list[float], rest: list[float], why: str
) -> None:
    found = discrimination(item, rest)
    assert (found.value, found.low, found.high, found.why) == (None, None, None, why)


def test_points_must_belong_to_the_same_students() -> None:
    with pytest.raises(ValueError, match="3 points on the item and 2"):
        discrimination([1, 2, 3], [1, 2])


def test_attempts_are_counted_by_the_course_s_clock() -> None:
    """04:30 UTC on 2 March is half past eleven at night on 1 March in New York."""
    times = [(datetime(2026, 3, 2, 4, 30, tzinfo=UTC) + timedelta(days=day), day == 0) for day in (0, 30, 30)]
    found = timeline(times, NEW_YORK)
    assert found is not None
    assert (found.hours, found.periods[0].first, found.periods[-1].later) == (24, 1, 2)
    assert found.periods[0].start == datetime(2026, 3, 1, tzinfo=NEW_YORK)


@given(
    st.lists(st.datetimes(*YEARS), min_size=1, max_size=30),
    st.sampled_from([UTC, NEW_YORK, ZoneInfo("Asia/Kathmandu")]),
)
def test_every_attempt_is_in_exactly_one_of_at_most_a_hundred_periods(
    times: list[datetime], zone: ZoneInfo
) -> None:
    found = timeline([(at.replace(tzinfo=UTC), True) for at in times], zone)
    assert found is not None
    assert sum(one.first for one in found.periods) == len(times)
    assert len(found.periods) <= MOST_PERIODS
    starts = [one.start.replace(tzinfo=None) for one in found.periods]
    assert all(later - earlier == timedelta(hours=found.hours) for earlier, later in pairwise(starts))


def test_without_attempts_there_is_no_timeline() -> None:
    assert timeline([]) is None


def test_lateness_counts_who_is_late_and_nobody_else() -> None:
    found = lateness([-30.0, 0.0, 0.5, 1.0, 1.01, 30.0, 500.0])
    assert [(step.over, step.until, step.number) for step in found if step.number] == [
        (0, 1, 2),
        (1, 6, 1),
        (24, 48, 1),
        (168, None, 1),
    ]


@given(st.lists(st.floats(-100, 2000)))
def test_everybody_late_is_in_one_step(hours: list[float]) -> None:
    assert sum(step.number for step in lateness(hours)) == sum(value > 0 for value in hours)
