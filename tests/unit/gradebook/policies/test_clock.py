"""When a late day ends: by the clock on the wall, also where daylight saving time begins or ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradebook.policies.clock import deadline, instants, wall_clock_after
from tests.unit.gradebook.policies.builders import NEW_YORK

NONE = timedelta(0)
SECOND = timedelta(seconds=1)
ZONES = [
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/Santiago",
    "UTC",
]


def shown(zone: ZoneInfo, *numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=zone).astimezone(UTC)  # type: ignore[misc,arg-type]


def test_the_whole_second_of_the_deadline_is_on_time() -> None:
    end = deadline(shown(NEW_YORK, 2026, 9, 20, 23, 59, 0), NEW_YORK, NONE)
    assert end.days_late(end.at + timedelta(microseconds=999_999)) == 0
    assert end.days_late(end.at + SECOND) == 1


def test_grace_is_forgiven_at_the_deadline_and_at_the_end_of_each_late_day() -> None:
    end = deadline(shown(NEW_YORK, 2026, 9, 20, 23, 59), NEW_YORK, timedelta(minutes=10))
    in_grace = timedelta(minutes=10)
    for day in (0, 1, 2):
        assert end.days_late(end.at + timedelta(days=day) + in_grace) == day
        assert end.days_late(end.at + timedelta(days=day) + in_grace + SECOND) == day + 1


@pytest.mark.parametrize(
    ("due", "hours"),
    [((2026, 3, 7, 23, 59), 23), ((2026, 10, 31, 23, 59), 25), ((2026, 9, 20, 23, 59), 24)],
    ids=["spring", "autumn", "usual"],
)
def test_a_late_day_has_23_or_25_hours_where_the_clock_changes(due: tuple[int, ...], hours: int) -> None:
    end = deadline(shown(NEW_YORK, *due), NEW_YORK, NONE)
    last_second = end.at + timedelta(hours=hours)
    assert end.days_late(last_second) == 1
    assert end.days_late(last_second + SECOND) == 2


def test_a_late_day_that_would_end_in_skipped_time_ends_after_the_gap() -> None:
    # 2:30 does not exist on 8 March 2026: the clock goes from 2:00 to 3:00.
    due = shown(NEW_YORK, 2026, 3, 7, 2, 30)
    assert wall_clock_after(due, 1, NEW_YORK) == shown(NEW_YORK, 2026, 3, 8, 3, 30)


def test_a_late_day_that_ends_at_a_time_shown_twice_ends_at_the_later_one() -> None:
    due = shown(NEW_YORK, 2026, 10, 31, 1, 30)
    assert wall_clock_after(due, 1, NEW_YORK) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)  # 1:30 EST


def test_days_follow_the_zone_of_the_course_and_not_utc() -> None:
    due = datetime(2026, 10, 31, 12, 0, tzinfo=UTC)
    late = due + timedelta(hours=24, minutes=30)
    assert deadline(due, NEW_YORK, NONE).days_late(late) == 1
    assert deadline(due, ZoneInfo("UTC"), NONE).days_late(late) == 2


def test_a_clock_shows_a_time_once_twice_or_never() -> None:
    assert len(instants(datetime.fromisoformat("2026-09-20T23:59"), NEW_YORK)) == 1
    assert len(instants(datetime.fromisoformat("2026-11-01T01:30"), NEW_YORK)) == 2
    assert instants(datetime.fromisoformat("2026-03-08T02:30"), NEW_YORK) == []


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2027-01-01")),
    st.integers(-3600, 20 * 86_400),
    st.sampled_from([0, 15]),
)
def test_late_days_are_those_that_counting_one_by_one_finds(
    name: str, due: datetime, seconds: int, grace: int
) -> None:
    zone = ZoneInfo(name)
    at = due.replace(microsecond=0, tzinfo=UTC)
    received = at + timedelta(seconds=seconds)
    end = deadline(at, zone, timedelta(minutes=grace))
    count = 0
    while received - timedelta(minutes=grace) > wall_clock_after(at, count, zone):
        count += 1
    assert end.days_late(received) == count
    assert end.days_late(received + timedelta(seconds=1)) >= count
