"""Write students into nbgrader's gradebook: who is missing, and what is not known there of the others.

Runs inside the caller's transaction. What nbgrader says of a student already is never changed.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, insert, select, update

from gradebook.nbgrader_people import described
from gradebook.nbgrader_values import Losses, NbBook, NbPerson

_COLUMNS = {"first": "first_name", "last": "last_name", "email": "email", "lms_id": "lms_user_id"}


def write_people(db: Connection, table: Table, book: NbBook, losses: Losses) -> None:
    """Add the students of `book` to `table`; `losses` gets what is said otherwise there."""
    there = {row["id"]: row for row in db.execute(select(table)).mappings()}
    new: list[dict[str, Any]] = []
    for student in book.students:
        ours = book.people.get(student, NbPerson())
        row = there.get(student)
        if row is None:
            new.append({"id": student, **_row(ours)})
            continue
        theirs = NbPerson(**{field: row[column] or "" for field, column in _COLUMNS.items()})
        wanted = described(student, ours, theirs, losses)
        if wanted != theirs:
            changed = {key: value for key, value in _row(wanted).items() if value != row[key] and value}
            db.execute(update(table).where(table.c.id == student).values(**changed))
    if new:
        db.execute(insert(table), new)


def _row(person: NbPerson) -> dict[str, str | None]:
    return {column: getattr(person, field) or None for field, column in _COLUMNS.items()}
