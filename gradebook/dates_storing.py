"""What was decided about dates, groups and attempts, in the database. Runs inside the caller's transaction.

Facts are added and never edited; of several about one thing the last one stands. What they do to a grade is
the matter of `gradebook.policies`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select

from autograder.errors import GradebookError
from gradebook import offering_tables, tables
from gradebook.auditing import audit
from gradebook.policies.facts import Choice, Extension, Extra, Target
from gradebook.values import Decision, Offering
from gradebook.writing import add_once


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPolicies:
    """One version of an offering's policies.toml, in full, with who stored it and why."""

    id: int
    text: str
    who: str
    why: str
    at: datetime


def add_fact(
    db: Connection, table: Table, event: str, offering: Offering, values: Mapping[str, Any], *,
    decision: Decision, now: datetime,
) -> int:  # fmt: skip
    """Add a row with who, why and when, and its audit line. Returns the row's number."""
    where = {"course": offering.course, "term": offering.term}
    add_once(db, tables.offerings, where, {"created_at": now})
    row = {**where, **values, "who": decision.who, "why": decision.why, "at": now}
    number = int(db.execute(insert(table).returning(table.c.id), row).scalar_one())
    audit(db, event, table.name, number, offering, decision=decision, now=now)
    return number


def policies(db: Connection, offering: Offering) -> tuple[StoredPolicies, ...]:
    """Every version of the policies, oldest first; the last one counts."""
    kept = offering_tables.offering_policies
    query = select(kept.c.id, kept.c.text, kept.c.who, kept.c.why, kept.c.at).order_by(kept.c.id)
    return tuple(StoredPolicies(**row) for row in db.execute(_of(query, kept, offering)).mappings())


def add_policies(
    db: Connection, offering: Offering, text: str, *, decision: Decision, now: datetime
) -> int | None:
    """Keep a new version of the policies; None when it is the one that counts already."""
    there = policies(db, offering)
    if there and there[-1].text == text:
        return None
    values = {"text": text, "digest": sha256(text.encode()).hexdigest()}
    table = offering_tables.offering_policies
    return add_fact(db, table, "policies", offering, values, decision=decision, now=now)


def extensions(
    db: Connection, offering: Offering, *, of: Collection[int] | None = None
) -> tuple[Extension, ...]:
    """The extensions and excuses that stand, in the order in which they were granted.

    With `of` those of these persons, and all that are for no person alone.
    """
    kept, people = offering_tables.extensions, tables.people
    query = (
        select(kept, people.c.student, people.c.pseudonym)
        .outerjoin(people, people.c.id == kept.c.person_id)
        .order_by(kept.c.id)
    )
    if of is not None:
        query = query.where(kept.c.person_id.is_(None) | kept.c.person_id.in_(sorted(of)))
    rows = [dict(row) for row in db.execute(_of(query, kept, offering)).mappings()]
    gone = {row["withdraws"] for row in rows}
    return tuple(_extension(row) for row in rows if row["id"] not in gone and row["withdraws"] is None)


def add_extension(
    db: Connection, offering: Offering, granted: Extension, person_id: int | None, *,
    decision: Decision, now: datetime,
) -> int:  # fmt: skip
    """Keep an extension. `person_id` is the student's where it is for a student."""
    values = {
        "assignment": granted.assignment or None,
        "person_id": person_id,
        "section": granted.name if granted.target is Target.SECTION else None,
        "until": granted.until,
        "days": granted.days,
        "excused": granted.excused,
        "withdraws": None,
    }
    event = "excused" if granted.excused else "extended"
    table = offering_tables.extensions
    return add_fact(db, table, event, offering, values, decision=decision, now=now)


def withdraw_extension(
    db: Connection, offering: Offering, number: int, *, decision: Decision, now: datetime
) -> int:
    """Take an extension back with one more row. GradebookError unless that extension stands."""
    if number not in {each.id for each in extensions(db, offering)}:
        raise GradebookError(
            f"no extension {number} stands in {offering.course}, {offering.term}",
            hint="`autograder gradebook extensions` lists them with their numbers.",
        )
    values = {"excused": False, "withdraws": number}
    table = offering_tables.extensions
    return add_fact(db, table, "extension_withdrawn", offering, values, decision=decision, now=now)


def groups(
    db: Connection, offering: Offering, *, of: int | None = None
) -> dict[tuple[str, str], dict[int, str]]:
    """The groups by assignment and name: each member's number and student id.

    With `of` those in which this person is, or ever was with somebody.
    """
    people = None
    if of is not None:
        kept = offering_tables.group_changes
        names = select(kept.c.group_name).where(kept.c.person_id == of)
        query = _of(select(kept.c.person_id).where(kept.c.group_name.in_(names)), kept, offering)
        people = {of, *db.execute(query).scalars()}
    found: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    for row in _last(db, offering_tables.group_changes, offering, "assignment", "person_id", of=people):
        if row["group_name"] is not None:
            found[row["assignment"], row["group_name"]][row["person_id"]] = row["student"] or row["pseudonym"]
    return dict(found)


def team(db: Connection, offering: Offering, assignment: str, person_id: int) -> frozenset[int]:
    """The person and everybody in the same group for that assignment."""
    for (where, _), members in groups(db, offering).items():
        if where == assignment and person_id in members:
            return frozenset(members)
    return frozenset({person_id})


def set_group(
    db: Connection, offering: Offering, assignment: str, name: str, person_ids: frozenset[int], *,
    decision: Decision, now: datetime,
) -> int:  # fmt: skip
    """Make a group's members those. Returns how many came or left. Nobody is in two groups."""
    there = groups(db, offering)
    for (where, other), members in there.items():
        both = [student for number, student in members.items() if number in person_ids]
        if where == assignment and other != name and both:
            raise GradebookError(
                f"{', '.join(sorted(both))}: already in the group {other!r} for {assignment}"
            )
    before = frozenset(there.get((assignment, name), {}))
    for person_id in sorted(before ^ person_ids):
        values = {
            "assignment": assignment,
            "person_id": person_id,
            "group_name": name if person_id in person_ids else None,
        }
        table = offering_tables.group_changes
        add_fact(db, table, "grouped", offering, values, decision=decision, now=now)
    return len(before ^ person_ids)


def choices(
    db: Connection, offering: Offering, *, of: Collection[int] | None = None
) -> dict[tuple[str, int], tuple[int, Choice]]:
    """The chosen attempts by assignment and person: the submission's number, and the choice."""
    names = tables.submission_names
    found = {}
    rows = _last(db, offering_tables.attempt_choices, offering, "assignment", "person_id", of=of)
    chosen = [row["submission_id"] for row in rows if row["submission_id"] is not None]
    query = select(names.c.submission_id, names.c.submission).where(names.c.submission_id.in_(chosen))
    known = {row.submission_id: row.submission for row in db.execute(query)} if chosen else {}
    for row in rows:
        number = row["submission_id"]
        if number is not None:
            choice = Choice(attempt=known.get(number, f"submission {number}"), who=row["who"], why=row["why"])
            found[row["assignment"], row["person_id"]] = (number, choice)
    return found


def extras(
    db: Connection, offering: Offering, *, of: Collection[int] | None = None
) -> dict[tuple[str, int], tuple[Extra, ...]]:
    """Points for open-ended extras by assignment and person."""
    found: dict[tuple[str, int], tuple[Extra, ...]] = {}
    for row in _last(db, offering_tables.extras, offering, "assignment", "person_id", "title", of=of):
        if row["points"] is not None:
            extra = Extra(title=row["title"], points=row["points"], who=row["who"], why=row["why"])
            key = (row["assignment"], row["person_id"])
            found[key] = (*found.get(key, ()), extra)
    return found


def set_extra(
    db: Connection, offering: Offering, assignment: str, person_id: int, title: str,
    points: Decimal | None, *, decision: Decision, now: datetime,
) -> int:  # fmt: skip
    """Set the points of one open-ended extra; None takes them back."""
    values = {"assignment": assignment, "person_id": person_id, "title": title, "points": points}
    return add_fact(db, offering_tables.extras, "extra", offering, values, decision=decision, now=now)


def _extension(row: Mapping[str, Any]) -> Extension:
    target = Target.EVERYONE
    if row["person_id"] is not None:
        target = Target.STUDENT
    elif row["section"] is not None:
        target = Target.SECTION
    return Extension(
        target=target,
        name=row["student"] or row["pseudonym"] or row["section"] or "",
        assignment=row["assignment"] or "",
        until=row["until"],
        days=row["days"],
        excused=row["excused"],
        reason=row["why"],
        who=row["who"],
        at=row["at"],
        id=row["id"],
    )


def _last(
    db: Connection, table: Table, offering: Offering, *key: str, of: Collection[int] | None = None
) -> list[Mapping[str, Any]]:
    """The last row of each thing, oldest first, with the person's ids; with `of` only of these persons."""
    people = tables.people
    newest = _of(select(func.max(table.c.id)), table, offering).group_by(*(table.c[name] for name in key))
    if of is not None:
        newest = newest.where(table.c.person_id.in_(sorted(of)))
    query = (
        select(table, people.c.student, people.c.pseudonym)
        .join(people, people.c.id == table.c.person_id)
        .where(table.c.id.in_(newest))
        .order_by(table.c.id)
    )
    return [dict(row) for row in db.execute(query).mappings()]


def _of(query: Any, table: Table, offering: Offering) -> Any:
    return query.where(table.c.course == offering.course, table.c.term == offering.term)
