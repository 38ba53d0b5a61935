"""The first schema: everything is keyed by course, term and assignment; history is append-only.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from gradebook.migrations.append_only import statements

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "offerings",
    "assignments",
    "assignment_versions",
    "submissions",
    "scores",
    "score_details",
    "score_checks",
    "score_findings",
    "score_changes",
    "audit_log",
)

KEY = sa.String(200)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
POINTS = sa.BigInteger()
TIME = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def key(name: str) -> sa.Column[str]:
    return sa.Column(name, KEY, nullable=False)


def text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def time(name: str) -> sa.Column[Any]:
    return sa.Column(name, TIME, nullable=False)


def points(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, POINTS, nullable=nullable)


def json(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=nullable)


def number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, NUMBER, nullable=nullable)


def numbered(table: str) -> tuple[sa.Column[Any], sa.PrimaryKeyConstraint]:
    return (
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )


def primary(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def points_to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}")


def assignment_key(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        key("course"),
        key("term"),
        key("assignment"),
        sa.ForeignKeyConstraint(
            ["course", "term", "assignment"],
            ["assignments.course", "assignments.term", "assignments.assignment"],
            name=f"fk_{table}_course_term_assignment",
        ),
    )


def upgrade() -> None:
    op.create_table(
        "people",
        *numbered("people"),
        sa.Column("student", KEY),
        key("pseudonym"),
        time("created_at"),
        sa.UniqueConstraint("student", name="uq_people_student"),
        sa.UniqueConstraint("pseudonym", name="uq_people_pseudonym"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "offerings",
        key("course"),
        key("term"),
        time("created_at"),
        primary("offerings", "course", "term"),
    )
    op.create_table(
        "assignments",
        key("course"),
        key("term"),
        key("assignment"),
        time("created_at"),
        primary("assignments", "course", "term", "assignment"),
        sa.ForeignKeyConstraint(
            ["course", "term"], ["offerings.course", "offerings.term"], name="fk_assignments_course_term"
        ),
    )
    op.create_table(
        "assignment_versions",
        *numbered("assignment_versions"),
        *assignment_key("assignment_versions"),
        key("version"),
        text("title"),
        points("max_score"),
        json("sheet"),
        time("created_at"),
        sa.UniqueConstraint(
            "course", "term", "assignment", "version",
            name="uq_assignment_versions_course_term_assignment_version",
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "submissions",
        *numbered("submissions"),
        *assignment_key("submissions"),
        number("person_id"),
        sa.Column("attempt", sa.Integer(), nullable=False),
        time("received"),
        key("digest"),
        time("recorded_at"),
        points_to("submissions", "person_id", "people"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_submissions_course_term_assignment_person_id",
        "submissions",
        ["course", "term", "assignment", "person_id"],
    )
    op.create_table(
        "submission_names",
        sa.Column("submission_id", NUMBER, autoincrement=False, nullable=False),
        key("course"),
        key("term"),
        key("assignment"),
        key("submission"),
        primary("submission_names", "submission_id"),
        points_to("submission_names", "submission_id", "submissions"),
        sa.UniqueConstraint(
            "course", "term", "assignment", "submission",
            name="uq_submission_names_course_term_assignment_submission",
        ),
    )
    op.create_table(
        "scores",
        *numbered("scores"),
        number("submission_id"),
        number("version_id"),
        key("run_key"),
        key("status"),
        sa.Column("run_outcome", KEY),
        sa.Column("scored", sa.Boolean(), nullable=False),
        points("total", nullable=True),
        points("deducted"),
        points("max_score"),
        sa.Column("gate_passed", sa.Boolean()),
        json("usage"),
        json("provenance"),
        time("recorded_at"),
        text("recorded_by"),
        points_to("scores", "submission_id", "submissions"),
        points_to("scores", "version_id", "assignment_versions"),
        sa.UniqueConstraint(
            "submission_id", "version_id", "run_key", name="uq_scores_submission_id_version_id_run_key"
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "score_details",
        sa.Column("score_id", NUMBER, autoincrement=False, nullable=False),
        text("reason"),
        json("score", nullable=True),
        json("results"),
        json("findings"),
        json("suspicions"),
        json("notes"),
        primary("score_details", "score_id"),
        points_to("score_details", "score_id", "scores"),
    )
    op.create_table(
        "score_checks",
        sa.Column("score_id", NUMBER, autoincrement=False, nullable=False),
        key("check_id"),
        sa.Column("position", sa.Integer(), nullable=False),
        key("kind"),
        key("assurance"),
        key("outcome"),
        points("earned", nullable=True),
        points("max_points"),
        sa.Column("optional", sa.Boolean(), nullable=False),
        primary("score_checks", "score_id", "check_id"),
        points_to("score_checks", "score_id", "scores"),
    )
    op.create_table(
        "score_findings",
        sa.Column("score_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        key("rule"),
        key("severity"),
        key("firmness"),
        key("state"),
        points("points"),
        sa.Column("places", sa.Integer(), nullable=False),
        primary("score_findings", "score_id", "position"),
        points_to("score_findings", "score_id", "scores"),
    )
    op.create_table(
        "score_changes",
        *numbered("score_changes"),
        number("submission_id"),
        number("score_id"),
        key("kind"),
        key("subject"),
        points("points", nullable=True),
        sa.Column("state", KEY),
        text("comment"),
        text("who"),
        text("why"),
        time("at"),
        points_to("score_changes", "submission_id", "submissions"),
        points_to("score_changes", "score_id", "scores"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_score_changes_submission_id", "score_changes", ["submission_id"])
    op.create_table(
        "audit_log",
        *numbered("audit_log"),
        time("at"),
        text("who"),
        key("event"),
        text("why"),
        number("submission_id", nullable=True),
        number("score_id", nullable=True),
        number("change_id", nullable=True),
        points_to("audit_log", "submission_id", "submissions"),
        points_to("audit_log", "score_id", "scores"),
        points_to("audit_log", "change_id", "score_changes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_log_submission_id", "audit_log", ["submission_id"])
    for table in APPEND_ONLY:
        for statement in statements(table, op.get_bind().dialect.name):
            op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("The way back is a restored backup.")
