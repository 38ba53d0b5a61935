"""Backups of an SQLite gradebook: one file, made while others write, and put back as a whole.

An upgrade of the schema makes one by itself, beside the gradebook: there is no other way back. PostgreSQL has
its own tools (`pg_dump`); it is refused here.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import URL

from autograder.errors import GradebookError
from gradebook.database import BUSY_SECONDS, explained


def file_of(address: URL) -> Path:
    """The file of an SQLite gradebook. GradebookError for another database."""
    if address.get_backend_name() != "sqlite" or not address.database:
        raise GradebookError(
            "backups are made of SQLite gradebooks", hint="For PostgreSQL use pg_dump and pg_restore."
        )
    return Path(address.database)


def back_up(source: Path, target: Path) -> None:
    """Copy the state of a gradebook that was last acknowledged. `target` is there as a whole or not at all.

    GradebookError when it cannot be written, or is there already.
    """
    if target.exists():
        raise GradebookError(f"{target.name} is there already", hint="Give another name for the backup.")
    part = target.with_name(f"{target.name}.part")
    try:
        with explained():
            _copy(source, part, mode="rw")  # whoever may only read gets that anyway
            with closing(sqlite3.connect(part)) as made:
                made.execute("PRAGMA journal_mode=DELETE")  # one file, readable from a read-only disk, too
        part.replace(target)
    except OSError as error:
        raise GradebookError(f"the backup cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)


def restore(backup: Path, target: Path, *, now: datetime) -> Path | None:
    """Put a backup in the place of a gradebook. What was there is kept beside it; returns its path.

    GradebookError when the backup is none, or damaged; the gradebook is as before then. Nobody may be
    using the gradebook.
    """
    _check(backup)
    replaced = None
    if target.exists():
        replaced = target.with_name(f"{target.name}.replaced-{now:%Y%m%dT%H%M%SZ}")
        back_up(target, replaced)
    with explained():
        _copy(backup, target, mode="ro")
    return replaced


def _copy(source: Path, target: Path, *, mode: str) -> None:
    """Through SQLite, which knows what stands in the log beside the file; a copy of the file would not."""
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode={mode}", uri=True)) as old,
        closing(sqlite3.connect(target, timeout=BUSY_SECONDS)) as new,
    ):
        old.backup(new)


def _check(backup: Path) -> None:
    if not backup.is_file():
        raise GradebookError(f"there is no backup {backup.name}", hint="Check the path.")
    with explained(), closing(sqlite3.connect(f"{backup.resolve().as_uri()}?mode=ro", uri=True)) as db:
        (said,) = db.execute("PRAGMA integrity_check").fetchone()
        names = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if said != "ok":
        raise GradebookError(f"the backup is damaged: {said}", hint="Use an older one.")
    if not {"alembic_version", "score_changes"} <= names:
        raise GradebookError(f"{backup.name} is no backup of a gradebook", hint="Check the path.")
