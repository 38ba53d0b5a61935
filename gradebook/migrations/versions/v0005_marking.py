"""Marking by hand: rubrics, marks, leases, regrade requests with their windows and answers.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from gradebook.migrations.append_only import statements

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

APPEND_ONLY = ("rubrics", "marks", "regrade_windows", "regrade_requests", "regrade_answers")

KEY = sa.String(200)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
POINTS = sa.BigInteger()
TIME = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def key(name: str) -> sa.Column[Any]:
    return sa.Column(name, KEY, nullable=False)


def text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)


def time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, TIME, nullable=nullable)


def number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, NUMBER, nullable=nullable)


def numbered(table: str) -> tuple[Any, ...]:
    return (
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )


def assignment(table: str) -> tuple[Any, ...]:
    return (
        key("course"),
        key("term"),
        key("assignment"),
        sa.ForeignKeyConstraint(
            ["course", "term"], ["offerings.course", "offerings.term"], name=f"fk_{table}_course_term"
        ),
    )


def points_to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}")


def decided() -> tuple[Any, ...]:
    return text("who"), text("why"), time("at")


def upgrade() -> None:
    op.create_table(
        "rubrics",
        *numbered("rubrics"),
        *assignment("rubrics"),
        key("check_id"),
        key("mark_type"),
        sa.Column("items", sa.JSON(), nullable=False),
        *decided(),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "marks",
        *numbered("marks"),
        number("submission_id"),
        key("check_id"),
        number("rubric_id", nullable=True),
        number("change_id"),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("adjustment", POINTS, nullable=False),
        text("reason"),
        text("comment"),
        sa.Column("points", POINTS, nullable=False),
        *decided(),
        points_to("marks", "submission_id", "submissions"),
        points_to("marks", "rubric_id", "rubrics"),
        points_to("marks", "change_id", "score_changes"),
        sa.UniqueConstraint("change_id", name="uq_marks_change_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "mark_leases",
        sa.Column("submission_id", NUMBER, autoincrement=False, nullable=False),
        key("check_id"),
        key("grader"),
        time("taken_at"),
        time("expires_at"),
        sa.PrimaryKeyConstraint("submission_id", "check_id", name="pk_mark_leases"),
        points_to("mark_leases", "submission_id", "submissions"),
    )
    op.create_table(
        "regrade_windows",
        *numbered("regrade_windows"),
        *assignment("regrade_windows"),
        time("opens", nullable=True),
        time("closes", nullable=True),
        *decided(),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "regrade_requests",
        *numbered("regrade_requests"),
        number("submission_id"),
        number("person_id"),
        key("check_id"),
        text("words"),
        text("who"),
        time("at"),
        points_to("regrade_requests", "submission_id", "submissions"),
        points_to("regrade_requests", "person_id", "people"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "regrade_answers",
        *numbered("regrade_answers"),
        number("request_id"),
        key("outcome"),
        text("words"),
        number("mark_id", nullable=True),
        text("who"),
        time("at"),
        points_to("regrade_answers", "request_id", "regrade_requests"),
        points_to("regrade_answers", "mark_id", "marks"),
        sa.UniqueConstraint("request_id", name="uq_regrade_answers_request_id"),
        sqlite_autoincrement=True,
    )
    for table in ("rubrics", "regrade_windows"):
        op.create_index(f"ix_{table}_course_term_assignment", table, ["course", "term", "assignment"])
    for table in ("marks", "regrade_requests"):
        op.create_index(f"ix_{table}_submission_id", table, ["submission_id"])
    for table in APPEND_ONLY:
        for statement in statements(table, op.get_bind().dialect.name):
            op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("The way back is a restored backup.")
