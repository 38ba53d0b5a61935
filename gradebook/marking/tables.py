"""The tables of marking by hand. All are append-only but `mark_leases`.

A lease says who looks at a piece right now. It decides no grade, and what it led to is a mark, which is kept;
so leases are no history: they are changed and removed. Of several rows about one thing the last one counts.
"""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, ForeignKeyConstraint, Index, Table, UniqueConstraint

from gradebook.columns import CleanText, Points, UtcTime
from gradebook.tables import KEY, NUMBER, metadata


def _numbered() -> Column[int]:
    return Column("id", NUMBER, primary_key=True, autoincrement=True)


def _assignment() -> tuple[Column[str], Column[str], Column[str], ForeignKeyConstraint]:
    return (
        Column("course", KEY, nullable=False),
        Column("term", KEY, nullable=False),
        Column("assignment", KEY, nullable=False),
        ForeignKeyConstraint(["course", "term"], ["offerings.course", "offerings.term"]),
    )


def _decided() -> tuple[Column[str], Column[str], Column[object]]:
    return (
        Column("who", CleanText, nullable=False),
        Column("why", CleanText, nullable=False),
        Column("at", UtcTime, nullable=False),
    )


rubrics = Table(
    "rubrics",
    metadata,
    _numbered(),
    *_assignment(),
    Column("check_id", KEY, nullable=False),
    Column("mark_type", KEY, nullable=False),
    Column("items", JSON, nullable=False),
    *_decided(),
    Index(None, "course", "term", "assignment"),
    sqlite_autoincrement=True,
)

marks = Table(
    "marks",
    metadata,
    _numbered(),
    Column("submission_id", NUMBER, ForeignKey("submissions.id"), nullable=False),
    Column("check_id", KEY, nullable=False),
    Column("rubric_id", NUMBER, ForeignKey("rubrics.id")),
    Column("change_id", NUMBER, ForeignKey("score_changes.id"), nullable=False),
    Column("items", JSON, nullable=False),
    Column("adjustment", Points, nullable=False),
    Column("reason", CleanText, nullable=False),
    Column("comment", CleanText, nullable=False),
    Column("points", Points, nullable=False),
    *_decided(),
    Index(None, "submission_id"),
    UniqueConstraint("change_id"),
    sqlite_autoincrement=True,
)
"""`change_id` is the change of the check's points that was written with the mark: the mark stands as long as
that is the last one. `reason` is that of the adjustment, `why` that of the whole mark."""

mark_leases = Table(
    "mark_leases",
    metadata,
    Column("submission_id", NUMBER, ForeignKey("submissions.id"), primary_key=True, autoincrement=False),
    Column("check_id", KEY, primary_key=True),
    Column("grader", KEY, nullable=False),
    Column("taken_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
)

regrade_windows = Table(
    "regrade_windows",
    metadata,
    _numbered(),
    *_assignment(),
    Column("opens", UtcTime),
    Column("closes", UtcTime),
    *_decided(),
    Index(None, "course", "term", "assignment"),
    sqlite_autoincrement=True,
)

regrade_requests = Table(
    "regrade_requests",
    metadata,
    _numbered(),
    Column("submission_id", NUMBER, ForeignKey("submissions.id"), nullable=False),
    Column("person_id", NUMBER, ForeignKey("people.id"), nullable=False),
    Column("check_id", KEY, nullable=False),
    Column("words", CleanText, nullable=False),
    Column("who", CleanText, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index(None, "submission_id"),
    sqlite_autoincrement=True,
)
"""`who` opened it: staff by name, empty for the student, whose name stands in no history."""

regrade_answers = Table(
    "regrade_answers",
    metadata,
    _numbered(),
    Column("request_id", NUMBER, ForeignKey("regrade_requests.id"), nullable=False),
    Column("outcome", KEY, nullable=False),
    Column("words", CleanText, nullable=False),
    Column("mark_id", NUMBER, ForeignKey("marks.id")),
    Column("who", CleanText, nullable=False),
    Column("at", UtcTime, nullable=False),
    UniqueConstraint("request_id"),
    sqlite_autoincrement=True,
)

APPEND_ONLY: tuple[str, ...] = (
    "rubrics",
    "marks",
    "regrade_windows",
    "regrade_requests",
    "regrade_answers",
)
"""Tables whose rows are never changed or removed."""
