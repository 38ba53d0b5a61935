"""Every attempt of an offering as the policies want it, read without decoding whole gradings.

The points of a submission that a person changed are those of `gradebook.effective`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, select, type_coerce
from sqlalchemy.types import BigInteger, DateTime, String

from autograder.model.graded import Status
from gradebook import reading, tables
from gradebook.columns import from_micro
from gradebook.policies.facts import Attempt
from gradebook.reading_decided import ToDecide, decided
from gradebook.values import Offering

_STATUS = {status.value: status for status in Status}
_PEOPLE_AT_ONCE = 500
_ROWS_AT_ONCE = 5_000

_Row = Sequence[Any]
"""Score, submission, status, total, gate, maximum, version, assignment, person, attempt, received, name."""

Attempts = dict[tuple[str, int], list[Attempt]]
"""Attempts by assignment and person, in no order; the policies order them."""


def attempts(
    db: Connection,
    offering: Offering,
    assignments: Collection[str],
    *,
    people: Collection[int] | None = None,
) -> Attempts:
    """Every attempt for these assignments, with the score that counts for it; with `people` only theirs."""
    chosen: dict[int, _Row] = {}
    aside = reading.set_aside(db, offering)
    for rows in _rows(db, offering, assignments, people):
        for row in rows:
            number = row[1]
            if number not in chosen or _rank(row, aside) > _rank(chosen[number], aside):
                chosen[number] = row
    changed = _changed(db, offering, assignments, people)
    looked_at = [
        ToDecide(row[0], number, row[6], _STATUS[row[2]])
        for number, row in chosen.items()
        if number in changed
    ]
    whole = decided(db, looked_at)
    versions = _versions(db, offering)
    points = lru_cache(maxsize=4096)(from_micro)
    time = _time_of(db)
    found: Attempts = defaultdict(list)
    for row in chosen.values():
        score_id, number, status, total, gate, most, version, assignment, person, attempt, at, name = row
        if number in changed:
            known, state, gate, lateness = whole[score_id]
        else:
            known, state, lateness = None if total is None else points(total), _STATUS[status], None
        found[assignment, person].append(
            Attempt(
                name or f"submission {number}", time(at), known, state, attempt, versions[version],
                points(most), gate, lateness,
            )
        )  # fmt: skip
    return dict(found)


def _rank(row: _Row, aside: Collection[int]) -> tuple[bool, bool, int]:
    return reading.rank(row[0], row[2], row[0] in aside)


def _rows(
    db: Connection, offering: Offering, assignments: Collection[str], people: Collection[int] | None
) -> Iterator[Sequence[_Row]]:
    """The scores, in no order, some at a time. Values are as stored: converting each one costs too much."""
    s, u = tables.scores.c, tables.submissions.c
    number = BigInteger()
    time = String() if db.dialect.name == "sqlite" else DateTime(timezone=True)
    query = (
        select(
            s.id, s.submission_id, s.status, type_coerce(s.total, number), s.gate_passed,
            type_coerce(s.max_score, number), s.version_id, u.assignment, u.person_id, u.attempt,
            type_coerce(u.received, time), tables.submission_names.c.submission,
        )
        .select_from(tables.submissions)
        .join(tables.scores, s.submission_id == u.id)
        .outerjoin(tables.submission_names, tables.submission_names.c.submission_id == u.id)
        .where(u.course == offering.course, u.term == offering.term, u.assignment.in_(list(assignments)))
    )  # fmt: skip
    for some in _parts(people):
        part = query if some is None else query.where(u.person_id.in_(some))
        yield from db.execute(part).partitions(_ROWS_AT_ONCE)


def _parts(people: Collection[int] | None) -> Iterable[list[int] | None]:
    if people is None:
        return [None]
    numbers = sorted(people)
    return [numbers[at : at + _PEOPLE_AT_ONCE] for at in range(0, len(numbers), _PEOPLE_AT_ONCE)]


def _changed(
    db: Connection, offering: Offering, assignments: Collection[str], people: Collection[int] | None
) -> set[int]:
    """The submissions that a person changed."""
    changes, kept = tables.score_changes.c, tables.submissions.c
    query: Select[Any] = (
        select(changes.submission_id)
        .join(tables.submissions, kept.id == changes.submission_id)
        .where(kept.course == offering.course, kept.term == offering.term)
        .where(kept.assignment.in_(list(assignments)))  # by which the index finds persons
        .distinct()
    )
    found: set[int] = set()
    for some in _parts(people):
        part = query if some is None else query.where(kept.person_id.in_(some))
        found.update(db.execute(part).scalars())
    return found


def _versions(db: Connection, offering: Offering) -> dict[int, str]:
    kept = tables.assignment_versions.c
    query = select(kept.id, kept.version).where(kept.course == offering.course, kept.term == offering.term)
    return {row.id: row.version for row in db.execute(query)}


def _time_of(db: Connection) -> Callable[[Any], datetime]:
    """What makes a time of a stored one that was read as the database has it."""
    return datetime.fromisoformat if db.dialect.name == "sqlite" else _as_it_is


def _as_it_is(stored: datetime) -> datetime:
    return stored
