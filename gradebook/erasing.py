"""Erase persons: names, addresses and ids of submissions go, every score and decision stays valid.

The pseudonym stays in their place. Kept as they are, since the history is never edited: reasons that people
wrote, and messages of findings, which may quote a path with a name in it. Files outside the database and
backups are not touched either.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, text, update

from autograder.errors import GradebookError
from gradebook import offering_tables, tables
from gradebook.auditing import audit
from gradebook.book import Gradebook
from gradebook.values import Decision


class Erasing:
    """Erasure of persons in one gradebook, in all its offerings."""

    def __init__(self, book: Gradebook) -> None:
        self._book = book

    def erase(self, students: Sequence[str], decision: Decision) -> dict[str, str]:
        """Take every name of these students away, of all or of none. Returns their pseudonyms.

        GradebookError for a student nobody knows.
        """
        gone = {}
        with self._book.writing() as db:
            if db.dialect.name == "sqlite":
                db.execute(text("PRAGMA secure_delete=ON"))  # what is freed is overwritten, too
            for student, number in _numbers(db, students).items():
                gone[student] = _erase(db, number, decision=decision, now=self._book.now())
        self._book.forget_freed()
        return gone

    def known(self, students: Sequence[str]) -> None:
        """Raise GradebookError when one of them is not in the gradebook."""
        with self._book.reading() as db:
            _numbers(db, students)

    def not_seen_since(self, moment: datetime) -> list[str]:
        """Students, not erased yet, of whom nothing was received, recorded or decided since `moment`."""
        people, handed_in, roster = tables.people, tables.submissions, offering_tables.roster_changes
        seen = [
            select(handed_in.c.person_id).where(handed_in.c.recorded_at >= moment),
            select(handed_in.c.person_id).where(handed_in.c.received >= moment),
            select(roster.c.person_id).where(roster.c.at >= moment),
        ]
        query = select(people.c.student).where(people.c.student.is_not(None), people.c.created_at < moment)
        for some in seen:
            query = query.where(people.c.id.not_in(some))
        with self._book.reading() as db:
            return list(db.execute(query.order_by(people.c.student)).scalars())


def _numbers(db: Connection, students: Sequence[str]) -> dict[str, int]:
    people = tables.people
    found = {}
    for student in students:
        number = db.execute(select(people.c.id).where(people.c.student == student)).scalar()
        if number is None:
            raise GradebookError(f"there is no student {student!r}; nobody was erased")
        found[student] = int(number)
    return found


def _erase(db: Connection, person_id: int, *, decision: Decision, now: datetime) -> str:
    people, names, details = tables.people, tables.submission_names, offering_tables.roster_details
    pseudonym = str(db.execute(select(people.c.pseudonym).where(people.c.id == person_id)).scalar_one())
    db.execute(delete(details).where(details.c.person_id == person_id))
    theirs = select(tables.submissions.c.id).where(tables.submissions.c.person_id == person_id)
    for number in db.execute(theirs).scalars().all():
        renamed = update(names).where(names.c.submission_id == number)
        db.execute(renamed.values(submission=f"{pseudonym}-{number}"))
    db.execute(update(people).where(people.c.id == person_id).values(student=None))
    table = offering_tables.erasures
    values = {"person_id": person_id, "who": decision.who, "why": decision.why, "at": now}
    number = int(db.execute(insert(table).returning(table.c.id), values).scalar_one())
    audit(db, "erased", table.name, number, None, decision=decision, now=now)
    return pseudonym
