"""Connections to nbgrader's database: one that only reads, and one that writes everything or nothing.

`nbgrader.api.Gradebook` is not used for it: opening one writes (a course, tables that are missing), and it
commits after every row, so that a failure in the middle would leave half a gradebook.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from autograder.errors import GradebookError
from gradebook.database import BUSY_SECONDS, database_url, explained


def file_of(address: URL) -> Path | None:
    """The file of an SQLite database, None for PostgreSQL."""
    sqlite = address.get_backend_name() == "sqlite"
    return Path(address.database or "") if sqlite else None


@contextmanager
def reading(where: str | Path) -> Iterator[Connection]:
    """One consistent state of the database at a URL or path. GradebookError when it is not there."""
    address = database_url(where)
    file = file_of(address)
    if file is not None and not file.is_file():
        raise GradebookError(f"there is no gradebook {file}", hint="Check the path.")
    with explained():
        engine = (
            create_engine(
                address,
                isolation_level="REPEATABLE READ",
                execution_options={"postgresql_readonly": True},
                poolclass=NullPool,
            )
            if file is None
            else create_engine("sqlite://", creator=lambda: _opened(file, "ro"), poolclass=NullPool)
        )
        if file is not None:
            event.listen(engine, "begin", lambda db: db.exec_driver_sql("BEGIN"))
        with engine.connect() as db, db.begin():
            yield db


@contextmanager
def writing(address: URL) -> Iterator[Connection]:
    """A transaction that is written as a whole when its block ends, or not at all."""
    file = file_of(address)
    with explained():
        engine = (
            create_engine(address, poolclass=NullPool)
            if file is None
            else create_engine("sqlite://", creator=lambda: _opened(file, "rwc"), poolclass=NullPool)
        )
        if file is not None:
            event.listen(engine, "begin", lambda db: db.exec_driver_sql("BEGIN IMMEDIATE"))
        with engine.connect() as db, db.begin():
            yield db


def _opened(file: Path, mode: str) -> sqlite3.Connection:
    raw = sqlite3.connect(
        f"file:{quote(str(file.absolute()))}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
    )
    raw.execute("PRAGMA foreign_keys=ON")
    return raw
