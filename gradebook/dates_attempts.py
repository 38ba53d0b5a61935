"""Every attempt of an offering as the policies want it, read without decoding whole gradings.

A submission that a person changed is read in full, so that its points are those of `gradebook.effective`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select, type_coerce
from sqlalchemy.types import BigInteger, DateTime, String

from autograder.model.graded import Status
from gradebook import reading, tables
from gradebook.columns import from_micro
from gradebook.policies.facts import Attempt
from gradebook.values import Offering

_STATUS = {status.value: status for status in Status}
_OURS = {Status.SANDBOX_FAILED.value, Status.GRADER_FAILED.value}
_MOST_AT_ONCE = 500

Attempts = dict[tuple[str, int], list[Attempt]]
"""Attempts by assignment and person, in no order; the policies order them."""


def attempts(
    db: Connection, offering: Offering, *, people: Collection[int] | None = None, assignment: str = ""
) -> tuple[Attempts, dict[int, str]]:
    """Every attempt with the score that counts for it, and each submission's name by its number.

    `people` and `assignment` narrow it down.
    """
    rows: dict[int, Any] = {}
    for row in _rows(db, offering, people, assignment):
        before = rows.get(row.submission_id)
        if before is None or row.status not in _OURS or before.status in _OURS:
            rows[row.submission_id] = row
    changed = _changed(db, offering)
    whole = {
        entry.score_id: entry
        for entry in reading.entries(db, [row.id for row in rows.values() if row.submission_id in changed])
    }
    found: Attempts = {}
    names: dict[int, str] = {}
    for row in rows.values():
        name = names[row.submission_id] = row.submission or f"submission {row.submission_id}"
        entry = whole.get(row.id)
        if entry is None:
            points = None if row.total is None else from_micro(row.total)
            status, gate = _STATUS[row.status], row.gate_passed
        else:
            score = entry.graded.score
            points, status = entry.total, entry.graded.status
            gate = None if score is None else score.gate_passed
        attempt = Attempt(
            id=name,
            received=_time(row.received),
            points=points,
            status=status,
            number=row.attempt,
            version=row.version,
            maximum=from_micro(row.max_score),
            gate_passed=gate,
        )
        found.setdefault((row.assignment, row.person_id), []).append(attempt)
    return found, names


def _rows(
    db: Connection, offering: Offering, people: Collection[int] | None, assignment: str
) -> Iterator[Any]:
    """The scores, oldest first, with values as the database has them: converting each one costs too much."""
    s, u = tables.scores.c, tables.submissions.c
    number = BigInteger()
    time = String() if db.dialect.name == "sqlite" else DateTime(timezone=True)
    query = (
        select(
            s.id, s.submission_id, s.status, type_coerce(s.total, number).label("total"), s.gate_passed,
            type_coerce(s.max_score, number).label("max_score"), tables.assignment_versions.c.version,
            u.assignment, u.person_id, u.attempt, type_coerce(u.received, time).label("received"),
            tables.submission_names.c.submission,
        )
        .select_from(tables.submissions)
        .join(tables.scores, s.submission_id == u.id)
        .join(tables.assignment_versions, tables.assignment_versions.c.id == s.version_id)
        .outerjoin(tables.submission_names, tables.submission_names.c.submission_id == u.id)
        .where(u.course == offering.course, u.term == offering.term)
        .order_by(s.id)
    )  # fmt: skip
    if assignment:
        query = query.where(u.assignment == assignment)
    for some in _parts(people):
        part = query if some is None else query.where(u.person_id.in_(some))
        yield from db.execute(part)


def _parts(people: Collection[int] | None) -> Iterable[list[int] | None]:
    if people is None:
        return [None]
    numbers = sorted(people)
    return [numbers[at : at + _MOST_AT_ONCE] for at in range(0, len(numbers), _MOST_AT_ONCE)]


def _changed(db: Connection, offering: Offering) -> set[int]:
    """The submissions that a person changed."""
    changes, kept = tables.score_changes.c, tables.submissions.c
    query: Select[Any] = (
        select(changes.submission_id)
        .join(tables.submissions, kept.id == changes.submission_id)
        .where(kept.course == offering.course, kept.term == offering.term)
        .distinct()
    )
    return set(db.execute(query).scalars())


def _time(stored: str | datetime) -> datetime:
    return datetime.fromisoformat(stored) if isinstance(stored, str) else stored
