"""An index with all that grades need to know about scores, which lie far apart because each holds much more.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_scores_at_a_glance",
        "scores",
        ["submission_id", "id", "status", "total", "gate_passed", "max_score", "version_id"],
    )


def downgrade() -> None:
    raise RuntimeError("The way back is a restored backup.")
