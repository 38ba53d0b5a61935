"""Alembic's entry: run the migrations on the connection that `gradebook.schema` hands over.

It opens no database by itself and reads no configuration file.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from gradebook.campaigns import tables as _campaign_tables  # noqa: F401 - Alembic compares with them
from gradebook.marking import tables as _marking_tables  # noqa: F401
from gradebook.tables import metadata


def run() -> None:
    """Run what was asked for, inside the caller's transaction."""
    connection = context.config.attributes.get("connection")
    if not isinstance(connection, Connection):
        raise RuntimeError("open the gradebook with Gradebook.open; it upgrades the database itself")
    context.configure(connection=connection, target_metadata=metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


run()
