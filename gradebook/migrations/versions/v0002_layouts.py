"""Where the graded cells of an assignment's version stand: what notebook-wise gradebooks ask for.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gradebook.migrations.append_only import statements

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    op.create_table(
        "version_layouts",
        sa.Column("version_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("layout", sa.JSON(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("version_id", name="pk_version_layouts"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["assignment_versions.id"], name="fk_version_layouts_version_id"
        ),
    )
    for statement in statements("version_layouts", op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("The way back is a restored backup.")
