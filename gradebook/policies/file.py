"""Read a policies.toml: text in, `Policies` out, or one error that lists all it found with key and line.

It reads what staff wrote. It does not know which assignments the gradebook has.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from autograder.errors import ConfigError
from gradebook.policies.clock import instants
from gradebook.policies.places import KeyPath, line_of, written
from gradebook.policies.tables import AssignmentTable, PoliciesTable
from gradebook.policies.values import (
    FIRST_YEAR,
    LAST_YEAR,
    AssignmentPolicy,
    Category,
    LatePolicy,
    Letter,
    Policies,
    PolicyProblem,
)

LONGEST = 100_000
"""Characters a policies.toml may have."""

T = TypeVar("T")


def parse_policies(text: str, name: str = "policies.toml") -> Policies:
    """The policies that a TOML text states. `name` is what errors call the file.

    ConfigError names file, line and key of everything that is wrong, and the nearest known key.
    """
    return _Reader(text.removeprefix("\ufeff").replace("\r\n", "\n"), name).read()


class _Reader:
    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.name = name
        self.problems: list[str] = []

    def read(self) -> Policies:
        if len(self.text) > LONGEST:
            raise ConfigError(f"{self.name}: is longer than {LONGEST} characters")
        try:
            content = tomllib.loads(self.text, parse_float=Decimal)
        except (ValueError, ArithmeticError, RecursionError) as problem:  # ValueError: also absurd numbers
            raise ConfigError(f"{self.name}: is not valid TOML: {problem}") from None
        try:
            table = PoliciesTable.model_validate(content)
        except ValidationError as problem:
            self._collect(problem)
            self._stop()
            raise  # not reached: there was something to collect
        return self._policies(table)

    def _policies(self, table: PoliciesTable) -> Policies:
        zone = ZoneInfo(table.zone)
        late = self._made(("late",), table.late.to_value)
        late_days = None
        if table.late_days is not None:
            late_days = self._made(("late_days",), table.late_days.to_value)
        categories = {}
        for key, entry in table.categories.items():
            category = self._made(("categories", key), partial(Category, id=key, **dict(entry)))
            if category is not None:
                categories[key] = category
        assignments = {}
        for key, each in table.assignments.items():
            policy = self._assignment(("assignments", key), each, table, zone, late or LatePolicy())
            if policy is not None:
                assignments[key] = policy
        self._stop()
        letters = tuple(Letter(name=name, from_percent=start) for name, start in table.letters.items())
        whole = self._made(
            (),
            partial(
                Policies,
                zone=zone,
                categories=categories,
                assignments=assignments,
                late_days=late_days,
                letters=letters,
                cap_percent=table.cap_percent,
                decimals=table.decimals,
            ),
        )
        self._stop()
        assert whole is not None
        return whole

    def _assignment(
        self, where: KeyPath, table: AssignmentTable, whole: PoliciesTable, zone: ZoneInfo, late: LatePolicy
    ) -> AssignmentPolicy | None:
        if table.late is not None:
            late = self._made((*where, "late"), table.late.to_value) or late
        before = len(self.problems)
        times = {
            key: self._time((*where, key), getattr(table, key), zone) for key in ("released", "due", "closes")
        }
        if len(self.problems) > before:
            return None
        kept = dict(table) | times
        kept |= {"maximum": kept.pop("points"), "counts": table.counts or whole.counts, "late": late}
        return self._made(where, partial(AssignmentPolicy, id=where[-1], zone=zone, **kept))

    def _time(self, where: KeyPath, value: datetime | None, zone: ZoneInfo) -> datetime | None:
        """A time of the file in UTC. Without an offset it is what the course's clock shows."""
        if value is None:
            return None
        if not FIRST_YEAR <= value.year <= LAST_YEAR:
            self._wrong(where, f"is no time of a course: {value.isoformat()}")
            return None
        if value.tzinfo is not None:
            at = value.astimezone(UTC)
            if value.utcoffset() not in (timedelta(0), at.astimezone(zone).utcoffset()):
                right = at.astimezone(zone).strftime("%z")
                self._wrong(where, f"{zone.key} is not at this offset then, but at {right[:3]}:{right[3:]}")
            return at
        found = instants(value, zone)
        if len(found) == 1:
            return found[0]
        if found:
            offsets = " or ".join(at.astimezone(zone).isoformat()[-6:] for at in found)
            self._wrong(where, f"the clock shows this time twice then: add the offset, {offsets}")
        else:
            self._wrong(where, f"the clock of {zone.key} skips this time: daylight saving time begins")
        return None

    def _made(self, where: KeyPath, make: Callable[[], T]) -> T | None:
        """What `make` returns; None when it contradicts itself, which is noted."""
        try:
            return make()
        except PolicyProblem as problem:
            self._wrong((*where, *problem.where), problem.message)
            return None

    def _wrong(self, where: KeyPath, message: str) -> None:
        key = f"{written(where)}: " if where else ""
        self.problems.append(f"{self.name}:{line_of(self.text, where)}: {key}{message}")

    def _stop(self) -> None:
        if self.problems:
            raise ConfigError("\n".join(dict.fromkeys(self.problems)))

    def _collect(self, problem: ValidationError) -> None:
        for error in problem.errors(include_url=False):
            where = tuple(str(part) for part in error["loc"] if part != "[key]")
            known = _keys_at(where[:-1])
            if error["type"] == "extra_forbidden":
                self._wrong(where, f'unknown key "{where[-1]}"{_nearest(where[-1], known)}')
            elif error["type"] == "missing":
                self._wrong(where[:-1], f'the key "{where[-1]}" is missing')
            else:
                self._wrong(where, error["msg"].removeprefix("Value error, "))


def _keys_at(where: KeyPath) -> list[str]:
    """The keys that the table at `where` knows."""
    table: Any = PoliciesTable
    for part in where:
        if isinstance(table, type) and issubclass(table, BaseModel):
            info = table.model_fields.get(part)
            table = info.annotation if info else None
        else:
            table = get_args(table)[-1] if get_args(table) else None
        if type(None) in get_args(table):
            table = get_args(table)[0]
    return list(table.model_fields) if isinstance(table, type) and issubclass(table, BaseModel) else []


def _nearest(word: str, known: Iterable[str]) -> str:
    """The known key nearest to `word`, as the end of a sentence, or all of them."""
    words = sorted(known)
    close = difflib.get_close_matches(word, words, n=1)
    return f'; did you mean "{close[0]}"?' if close else f"; known here: {', '.join(words)}"
