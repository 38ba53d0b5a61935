"""When something is on time and how many late days something else is. Calendar and clock, nothing of points.

The whole second of the deadline is on time: who hands in at 23:59:00.9 was not late for 23:59:00. A late day
ends when the clock on the wall shows the deadline's time again, so it has 23 or 25 hours where daylight
saving time begins or ends. Where the clock shows that time twice, the later one counts; where it skips it,
the day ends as long after the gap as the deadline's time lies in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Deadline:
    """One deadline with its grace, in UTC and whole seconds. `on_time_before` is the first late instant."""

    at: datetime
    zone: ZoneInfo
    grace: timedelta
    on_time_before: datetime

    def day_ends(self, number: int) -> datetime:
        """The first instant that is more than `number` days late (UTC)."""
        return wall_clock_after(self.at, number, self.zone) + self.grace + _SECOND

    def days_late(self, received: datetime) -> int:
        """How many late days `received` is; 0 is on time. A day that has begun counts."""
        if received < self.on_time_before:
            return 0
        count = max(1, (received - self.on_time_before) // _DAY)
        while count > 1 and received < self.day_ends(count - 1):
            count -= 1
        while received >= self.day_ends(count):
            count += 1
        return count


@lru_cache(maxsize=4096)
def deadline(at: datetime, zone: ZoneInfo, grace: timedelta) -> Deadline:
    """The deadline `at`, made once for all students who have it."""
    whole = at.astimezone(UTC).replace(microsecond=0)
    return Deadline(whole, zone, grace, whole + grace + _SECOND)


@lru_cache(maxsize=4096)
def wall_clock_after(at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which the clock in `zone` shows the same time `days` calendar days after `at`.

    For 0 days it is `at` itself.
    """
    if not days:
        return at.astimezone(UTC)
    shown = at.astimezone(zone) + timedelta(days=days)  # Python adds to what the clock shows
    return max(shown.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def instants(shown: datetime, zone: ZoneInfo) -> list[datetime]:
    """The moments (UTC) at which the clock in `zone` shows `shown` (without a zone): none, one or two."""
    found = {shown.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(at for at in found if at.astimezone(zone).replace(tzinfo=None, fold=0) == shown)
