"""Who takes part in an offering, its policies, and what was decided about dates, groups and attempts.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from gradebook.migrations.append_only import statements

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "sections",
    "roster_changes",
    "offering_policies",
    "extensions",
    "group_changes",
    "attempt_choices",
    "extras",
    "erasures",
)

KEY = sa.String(200)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
POINTS = sa.BigInteger()
TIME = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def key(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, KEY, nullable=nullable)


def text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)


def time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, TIME, nullable=nullable)


def number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, NUMBER, nullable=nullable)


def flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def numbered(table: str) -> tuple[Any, ...]:
    return (
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )


def offering(table: str) -> tuple[Any, ...]:
    return (
        key("course"),
        key("term"),
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
        "roster_details",
        sa.Column("person_id", NUMBER, autoincrement=False, nullable=False),
        text("name"),
        text("net_id"),
        text("email"),
        text("lms_id"),
        time("changed_at"),
        sa.PrimaryKeyConstraint("person_id", name="pk_roster_details"),
        points_to("roster_details", "person_id", "people"),
    )
    op.create_table(
        "sections",
        *offering("sections"),
        key("section"),
        time("created_at"),
        sa.PrimaryKeyConstraint("course", "term", "section", name="pk_sections"),
    )
    op.create_table(
        "roster_changes",
        *numbered("roster_changes"),
        *offering("roster_changes"),
        number("person_id"),
        key("section"),
        flag("enrolled"),
        *decided(),
        points_to("roster_changes", "person_id", "people"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_roster_changes_course_term_person_id", "roster_changes", ["course", "term", "person_id"]
    )
    op.create_table(
        "offering_policies",
        *numbered("offering_policies"),
        *offering("offering_policies"),
        text("text"),
        key("digest"),
        *decided(),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "extensions",
        *numbered("extensions"),
        *offering("extensions"),
        key("assignment", nullable=True),
        number("person_id", nullable=True),
        key("section", nullable=True),
        time("until", nullable=True),
        sa.Column("days", sa.Integer()),
        flag("excused"),
        number("withdraws", nullable=True),
        *decided(),
        points_to("extensions", "person_id", "people"),
        points_to("extensions", "withdraws", "extensions"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "group_changes",
        *numbered("group_changes"),
        *offering("group_changes"),
        key("assignment"),
        number("person_id"),
        key("group_name", nullable=True),
        *decided(),
        points_to("group_changes", "person_id", "people"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "attempt_choices",
        *numbered("attempt_choices"),
        *offering("attempt_choices"),
        key("assignment"),
        number("person_id"),
        number("submission_id", nullable=True),
        *decided(),
        points_to("attempt_choices", "person_id", "people"),
        points_to("attempt_choices", "submission_id", "submissions"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "extras",
        *numbered("extras"),
        *offering("extras"),
        key("assignment"),
        number("person_id"),
        text("title"),
        sa.Column("points", POINTS),
        *decided(),
        points_to("extras", "person_id", "people"),
        sqlite_autoincrement=True,
    )
    for table in ("offering_policies", "extensions", "group_changes", "attempt_choices", "extras"):
        op.create_index(f"ix_{table}_course_term", table, ["course", "term"])
    op.create_table(
        "erasures",
        *numbered("erasures"),
        number("person_id"),
        *decided(),
        points_to("erasures", "person_id", "people"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_erasures_person_id", "erasures", ["person_id"])
    for column in (
        key("course", nullable=True),
        key("term", nullable=True),
        key("about", nullable=True),
        number("about_id", nullable=True),
    ):
        op.add_column("audit_log", column)
    for table in APPEND_ONLY:
        for statement in statements(table, op.get_bind().dialect.name):
            op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("The way back is a restored backup.")
