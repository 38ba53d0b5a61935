"""Whose work is marked: of each student or group the submission that counts. Reads, and changes nothing.

The policies decide, as for the grade. Where none are stored for the assignment, it is the last attempt.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from gradebook import tables
from gradebook.dates_facts import course_facts
from gradebook.dates_storing import policies
from gradebook.policies.file import parse_policies
from gradebook.values import Offering


def counting(db: Connection, offering: Offering, assignment: str, now: datetime) -> frozenset[str]:
    """The ids of the submissions that count for an assignment."""
    stored = policies(db, offering)
    read = parse_policies(stored[-1].text) if stored else None
    if read is None or assignment not in read.assignments:
        return _last(db, offering, assignment)
    facts = course_facts(db, offering, read)
    found = set()
    for student in facts.students:
        standing = facts.standing(student, now).assignments.get(assignment)
        if standing is not None and standing.attempt is not None:
            found.add(standing.attempt.id)
    return frozenset(found)


def _last(db: Connection, offering: Offering, assignment: str) -> frozenset[str]:
    kept, names = tables.submissions.c, tables.submission_names.c
    query = (
        select(kept.person_id, names.submission)
        .join(tables.submission_names, names.submission_id == kept.id)
        .where(kept.course == offering.course, kept.term == offering.term, kept.assignment == assignment)
        .order_by(kept.received, kept.attempt, kept.id)
    )
    return frozenset({row.person_id: row.submission for row in db.execute(query)}.values())
