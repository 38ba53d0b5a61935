from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from autograder.batch.estimate import seconds_left


def left(
    finished: list[tuple[float, float]], waiting: list[float], workers: int = 1,
    running: list[tuple[float, float]] | None = None,
) -> float | None:  # fmt: skip
    return seconds_left(finished=finished, running=running or [], waiting=waiting, workers=workers)


def test_nothing_is_known_before_anything_was_expected_or_measured() -> None:
    assert left([], [0.0, 0.0]) is None


def test_what_was_expected_counts_until_something_was_measured() -> None:
    assert left([], [10.0, 20.0]) == 30.0
    assert left([(10.0, 20.0)], [10.0, 20.0]) == 60.0


def test_jobs_of_which_nothing_was_expected_are_alike() -> None:
    assert left([(0.0, 4.0), (0.0, 6.0)], [0.0, 0.0]) == 10.0


def test_workers_share_the_rest_but_the_longest_job_takes_its_time() -> None:
    assert left([], [10.0] * 4, workers=2) == 20.0
    assert left([], [10.0, 100.0], workers=2) == 100.0


def test_what_runs_already_is_counted_off_and_never_below_nothing() -> None:
    assert left([], [], running=[(10.0, 4.0)]) == 6.0
    assert left([], [], running=[(10.0, 40.0)]) == 0.0


def test_nothing_is_left_at_the_end() -> None:
    assert left([(0.0, 1.0)], []) == 0.0


times = st.floats(min_value=0.1, max_value=1e5)


@given(
    st.lists(st.tuples(times, times), max_size=5), st.lists(times, min_size=1, max_size=5), st.integers(1, 8)
)
def test_more_workers_never_take_longer(
    finished: list[tuple[float, float]], waiting: list[float], workers: int
) -> None:
    one, more = left(finished, waiting, workers), left(finished, waiting, workers + 1)
    assert one is not None
    assert more is not None
    assert 0 <= more <= one
