"""The tables of an offering: who takes part, in which groups, and what was decided about dates and attempts.

Every table is append-only but `roster_details`, which holds names and addresses apart from the history, so
that they can be corrected or erased. Of several rows about one thing the last one counts.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, ForeignKeyConstraint, Index, Integer, Table

from gradebook.columns import CleanText, Points, UtcTime
from gradebook.tables import KEY, NUMBER, metadata


def _numbered() -> Column[int]:
    return Column("id", NUMBER, primary_key=True, autoincrement=True)


def _offering() -> tuple[Column[str], Column[str], ForeignKeyConstraint]:
    return (
        Column("course", KEY, nullable=False),
        Column("term", KEY, nullable=False),
        ForeignKeyConstraint(["course", "term"], ["offerings.course", "offerings.term"]),
    )


def _person(*, nullable: bool = False) -> Column[int]:
    return Column("person_id", NUMBER, ForeignKey("people.id"), nullable=nullable)


def _decided() -> tuple[Column[str], Column[str], Column[object]]:
    return (
        Column("who", CleanText, nullable=False),
        Column("why", CleanText, nullable=False),
        Column("at", UtcTime, nullable=False),
    )


roster_details = Table(
    "roster_details",
    metadata,
    Column("person_id", NUMBER, ForeignKey("people.id"), primary_key=True, autoincrement=False),
    Column("name", CleanText, nullable=False),
    Column("net_id", CleanText, nullable=False),
    Column("email", CleanText, nullable=False),
    Column("lms_id", CleanText, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)

sections = Table(
    "sections",
    metadata,
    Column("course", KEY, primary_key=True),
    Column("term", KEY, primary_key=True),
    Column("section", KEY, primary_key=True),
    Column("created_at", UtcTime, nullable=False),
    ForeignKeyConstraint(["course", "term"], ["offerings.course", "offerings.term"]),
)

roster_changes = Table(
    "roster_changes",
    metadata,
    _numbered(),
    *_offering(),
    _person(),
    Column("section", KEY, nullable=False),
    Column("enrolled", Boolean(create_constraint=False), nullable=False),
    *_decided(),
    Index(None, "course", "term", "person_id"),
    sqlite_autoincrement=True,
)

offering_policies = Table(
    "offering_policies",
    metadata,
    _numbered(),
    *_offering(),
    Column("text", CleanText, nullable=False),
    Column("digest", KEY, nullable=False),
    *_decided(),
    Index(None, "course", "term"),
    sqlite_autoincrement=True,
)

extensions = Table(
    "extensions",
    metadata,
    _numbered(),
    *_offering(),
    Column("assignment", KEY),
    _person(nullable=True),
    Column("section", KEY),
    Column("until", UtcTime),
    Column("days", Integer),
    Column("excused", Boolean(create_constraint=False), nullable=False),
    Column("withdraws", NUMBER, ForeignKey("extensions.id")),
    *_decided(),
    Index(None, "course", "term"),
    sqlite_autoincrement=True,
)

group_changes = Table(
    "group_changes",
    metadata,
    _numbered(),
    *_offering(),
    Column("assignment", KEY, nullable=False),
    _person(),
    Column("group_name", KEY),
    *_decided(),
    Index(None, "course", "term"),
    sqlite_autoincrement=True,
)

attempt_choices = Table(
    "attempt_choices",
    metadata,
    _numbered(),
    *_offering(),
    Column("assignment", KEY, nullable=False),
    _person(),
    Column("submission_id", NUMBER, ForeignKey("submissions.id")),
    *_decided(),
    Index(None, "course", "term"),
    sqlite_autoincrement=True,
)

extras = Table(
    "extras",
    metadata,
    _numbered(),
    *_offering(),
    Column("assignment", KEY, nullable=False),
    _person(),
    Column("title", CleanText, nullable=False),
    Column("points", Points),
    *_decided(),
    Index(None, "course", "term"),
    sqlite_autoincrement=True,
)

erasures = Table(
    "erasures",
    metadata,
    _numbered(),
    _person(),
    *_decided(),
    Index(None, "person_id"),
    sqlite_autoincrement=True,
)

APPEND_ONLY: tuple[str, ...] = (
    "sections",
    "roster_changes",
    "offering_policies",
    "extensions",
    "group_changes",
    "attempt_choices",
    "extras",
    "erasures",
)
"""Tables whose rows are never changed or removed."""
