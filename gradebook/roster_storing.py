"""The class in the database: facts are added, names stand apart. Runs inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from difflib import get_close_matches

from sqlalchemy import Connection, func, insert, select, update

from autograder.errors import GradebookError
from gradebook import offering_tables, tables
from gradebook.auditing import audit
from gradebook.roster import DETAILS, Member, RosterChange, RosterDiff, RosterEvent
from gradebook.values import Decision, Offering
from gradebook.writing import add_once, person_of

_CHANGES, _DETAILS = offering_tables.roster_changes, offering_tables.roster_details


def members(
    db: Connection, offering: Offering, *, people: Collection[int] | None = None
) -> dict[str, Member]:
    """Everybody who is or was in the class, by student id (an erased person's is the pseudonym), in order.

    With `people` only those of them.
    """
    last = (
        select(func.max(_CHANGES.c.id))
        .where(_CHANGES.c.course == offering.course, _CHANGES.c.term == offering.term)
        .group_by(_CHANGES.c.person_id)
    )
    if people is not None:
        last = last.where(_CHANGES.c.person_id.in_(sorted(people)))
    query = (
        select(
            tables.people.c.id, tables.people.c.student, tables.people.c.pseudonym,
            _CHANGES.c.section, _CHANGES.c.enrolled, *(_DETAILS.c[name] for name in DETAILS),
        )
        .select_from(_CHANGES)
        .join(tables.people, tables.people.c.id == _CHANGES.c.person_id)
        .outerjoin(_DETAILS, _DETAILS.c.person_id == _CHANGES.c.person_id)
        .where(_CHANGES.c.id.in_(last))
    )  # fmt: skip
    found = [
        Member(
            person_id=row.id,
            student=row.student or row.pseudonym,
            pseudonym=row.pseudonym,
            section=row.section,
            enrolled=row.enrolled,
            **{name: getattr(row, name) or "" for name in DETAILS},
        )
        for row in db.execute(query)
    ]
    return {one.student: one for one in sorted(found, key=lambda one: one.student)}


def apply(db: Connection, diff: RosterDiff, offering: Offering, *, decision: Decision, now: datetime) -> None:
    """Write what the diff says: one fact and one audit line for each student that it changes."""
    where = {"course": offering.course, "term": offering.term}
    add_once(db, tables.offerings, where, {"created_at": now})
    sections = {change.row.section for change in diff.writes if change.row.section}
    for section in sorted(sections):
        add_once(db, offering_tables.sections, {**where, "section": section}, {"created_at": now})
    known = members(db, offering)
    for change in diff.writes:
        before = known.get(change.student)
        person_id = person_of(db, change.student, now) if before is None else before.person_id
        told = {name for name, _, _ in change.fields}
        section = change.row.section if before is None or "section" in told else before.section
        _details(db, person_id, change, now)
        added = db.execute(
            insert(_CHANGES).returning(_CHANGES.c.id),
            {
                **where,
                "person_id": person_id,
                "section": section,
                "enrolled": change.event is not RosterEvent.LEFT,
                "who": decision.who,
                "why": decision.why,
                "at": now,
            },
        )
        fact = int(added.scalar_one())
        audit(db, f"roster_{change.event}", "roster_changes", fact, offering, decision=decision, now=now)


def _details(db: Connection, person_id: int, change: RosterChange, now: datetime) -> None:
    """Names and addresses: kept once, without their history, so that they can be erased."""
    values = {name: after for name, _, after in change.fields if name in DETAILS}
    if not values:
        return
    empty = dict.fromkeys(DETAILS, "")
    _, new = add_once(db, _DETAILS, {"person_id": person_id}, {**empty, **values, "changed_at": now})
    if not new:
        changed = update(_DETAILS).where(_DETAILS.c.person_id == person_id)
        db.execute(changed.values(**values, changed_at=now))


def known_person(db: Connection, offering: Offering, student: str) -> int:
    """The number of a student who is in the class or has handed in. GradebookError names the nearest ids."""
    people, handed_in = tables.people, tables.submissions
    found = db.execute(
        select(people.c.id).where((people.c.student == student) | (people.c.pseudonym == student))
    ).scalar()
    for table in (_CHANGES, handed_in):
        there = select(table.c.id).where(
            table.c.course == offering.course, table.c.term == offering.term, table.c.person_id == found
        )
        if found is not None and db.execute(there.limit(1)).scalar() is not None:
            return int(found)
    near = get_close_matches(student, members(db, offering), n=3, cutoff=0.6)
    raise GradebookError(
        f"there is no student {student!r} in {offering.course}, {offering.term}",
        hint=f"Did you mean {', '.join(near)}?"
        if near
        else "`autograder gradebook roster show` lists the class.",
    )
