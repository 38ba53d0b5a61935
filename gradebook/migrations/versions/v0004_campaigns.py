"""Regrade campaigns: their candidates, what became of them, and scores that were set aside.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from gradebook.migrations.append_only import statements

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "campaigns",
    "campaign_candidates",
    "campaign_steps",
    "campaign_scores",
    "scores_set_aside",
)

KEY = sa.String(200)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def key(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, KEY, nullable=nullable)


def text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def json(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=nullable)


def number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, NUMBER, nullable=nullable)


def numbered(table: str) -> tuple[Any, ...]:
    return (
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )


def of_score(table: str) -> tuple[Any, ...]:
    return (
        sa.Column("score_id", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("score_id", name=f"pk_{table}"),
        points_to(table, "score_id", "scores"),
    )


def points_to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}")


def campaign(table: str) -> tuple[Any, ...]:
    return number("campaign_id"), points_to(table, "campaign_id", "campaigns")


def at() -> sa.Column[Any]:
    return sa.Column("at", TIME, nullable=False)


def decided() -> tuple[Any, ...]:
    return text("who"), text("why"), at()


def upgrade() -> None:
    op.create_table(
        "campaigns",
        *numbered("campaigns"),
        key("course"),
        key("term"),
        key("assignment", nullable=True),
        key("kind"),
        sa.Column("forbid_lowering", sa.Boolean(), nullable=False),
        json("selection"),
        key("version", nullable=True),
        json("sheet", nullable=True),
        json("layout", nullable=True),
        text("policies", nullable=True),
        number("policies_before", nullable=True),
        text("results"),
        key("staging"),
        *decided(),
        sa.ForeignKeyConstraint(
            ["course", "term"], ["offerings.course", "offerings.term"], name="fk_campaigns_course_term"
        ),
        points_to("campaigns", "policies_before", "offering_policies"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_campaigns_course_term", "campaigns", ["course", "term"])
    op.create_table(
        "campaign_candidates",
        *numbered("campaign_candidates"),
        *campaign("campaign_candidates"),
        number("submission_id"),
        number("base_score_id"),
        json("grading"),
        text("left_out"),
        points_to("campaign_candidates", "submission_id", "submissions"),
        points_to("campaign_candidates", "base_score_id", "scores"),
        sa.UniqueConstraint(
            "campaign_id", "submission_id", name="uq_campaign_candidates_campaign_id_submission_id"
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "campaign_steps",
        *numbered("campaign_steps"),
        *campaign("campaign_steps"),
        key("event"),
        json("details"),
        *decided(),
        sa.UniqueConstraint("campaign_id", "event", name="uq_campaign_steps_campaign_id_event"),
        sqlite_autoincrement=True,
    )
    op.create_table("campaign_scores", *of_score("campaign_scores"), *campaign("campaign_scores"))
    op.create_index("ix_campaign_scores_campaign_id", "campaign_scores", ["campaign_id"])
    op.create_table("scores_set_aside", *of_score("scores_set_aside"), *campaign("scores_set_aside"), at())
    for table in APPEND_ONLY:
        for statement in statements(table, op.get_bind().dialect.name):
            op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("The way back is a restored backup.")
