"""One line in the audit log for each change of an offering's facts, and the lock under which they change.

Both run inside the caller's transaction: what has no audit line is not kept either. Scores and their changes
write their lines in `gradebook.writing`.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from gradebook import tables
from gradebook.values import Decision, Offering


def audit(
    db: Connection, event: str, about: str, about_id: int | None, offering: Offering | None, *,
    decision: Decision, now: datetime,
) -> None:  # fmt: skip
    """Add a line about row `about_id` of the table `about`."""
    db.execute(
        insert(tables.audit_log),
        {
            "at": now,
            "who": decision.who,
            "event": event,
            "why": decision.why,
            "course": None if offering is None else offering.course,
            "term": None if offering is None else offering.term,
            "about": about,
            "about_id": about_id,
        },
    )


def one_at_a_time(db: Connection, offering: Offering) -> None:
    """Wait until nobody else changes the facts of this offering, and keep others waiting until the end.

    In SQLite a transaction that writes is alone anyway.
    """
    alone(db, offering.course, offering.term)


def alone(db: Connection, *what: str) -> bool:
    """Wait until no other transaction that asked for the same `what` is under way.

    True where it may have waited: what was read before may be old. In SQLite nobody ever waits here.
    """
    if db.dialect.name != "postgresql":
        return False
    db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("\n".join(what), 3))))
    return True
