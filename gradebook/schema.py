"""Bring a database to this version's schema, or refuse it. There is no way back but a restored backup."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from autograder.errors import GradebookError
from gradebook.backup import back_up, file_of
from gradebook.database import Database

HEAD = "0006"
"""The newest schema this version knows: the revision of the last file in `migrations/versions`."""

_MIGRATIONS = Path(__file__).with_name("migrations")
_LOCK = 6_226_483_337  # any fixed number: two upgrades of one PostgreSQL database must wait for each other


def bring_up_to_date(database: Database) -> None:
    """Create the tables in an empty database, upgrade an older one, accept a current one.

    An SQLite file is backed up beside itself before an upgrade.
    GradebookError for a newer schema and for a database that holds something else; nothing is written then.
    """
    with database.reading() as db:
        found = _revision(db)
    database.use_wal()  # only now: a database of somebody else stays as it is
    if found == HEAD:
        return
    with database.writing() as db:
        if not database.sqlite:
            db.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
        found = _revision(db)  # looked up again: somebody else may have upgraded it by now
        if found != HEAD:
            _upgrade(db, found, database)


def _revision(db: Connection) -> str | None:
    """The schema's revision, None for an empty database."""
    tables = inspect(db).get_table_names()
    if "alembic_version" not in tables:
        if tables:
            raise GradebookError(
                f"this database belongs to something else: it has tables such as {sorted(tables)[0]!r}",
                hint="Give a new file; a gradebook shares its database with nobody.",
            )
        return None
    found = db.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    if len(found) != 1:
        raise GradebookError(f"the schema's version is unclear: {found}", hint="Restore a backup.")
    if "score_changes" not in tables:
        raise GradebookError(
            "this database belongs to something else: it has no gradebook's tables",
            hint="Give a new file; a gradebook shares its database with nobody.",
        )
    return str(found[0])


def _upgrade(db: Connection, found: str | None, database: Database) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise GradebookError(
            f"this gradebook has schema {found}; this version of nbverdict knows schemas up to {HEAD}",
            hint="It was written by a newer version: update nbverdict.",
        )
    if found is not None and database.sqlite:
        _keep(database, found)
    config.attributes["connection"] = db
    command.upgrade(config, "head")


def _keep(database: Database, found: str) -> None:
    """Make a backup before the upgrade. One of the same schema that is there is kept, too."""
    file = file_of(database.engine.url)
    numbers = (f".{number}" if number else "" for number in count())
    names = (file.with_name(f"{file.name}.schema-{found}{number}.backup") for number in numbers)
    back_up(file, next(name for name in names if not name.exists()))
