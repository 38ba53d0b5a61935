"""Connections to the gradebook's database, and what its errors mean.

SQLite files are opened in WAL mode: readers and one writer do not wait for each other, and a process killed
at any point (kill -9) loses nothing that was acknowledged, whatever the `synchronous` level. The level
decides about a power loss: with FULL, our default, an acknowledged write survives it too; with NORMAL the
newest writes may be gone, but the file stays consistent. No level protects from a disk that lies or dies, or
from a network file system: keep the file on a local disk and make backups.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError, StatementError

from autograder.errors import GradebookError, StorageFull
from gradebook.turns import begin as begin_writing
from gradebook.turns import end_queue, turn

BUSY_SECONDS = 30
_PAGES_IN_LOG = 4000  # four times SQLite's own: whoever writes when the log is full waits for the disk
# At most, for each connection. With SQLite's own 2 MiB the pages of a large class are read twice.
_CACHE_KIB = 32 * 1024
_PATIENCE = "gradebook_patience"  # of a transaction that writes
_SNAPSHOT = re.compile("[0-9A-F-]{1,64}")


def database_url(text: str | Path) -> URL:
    """What `text` names: a database URL, or the path of an SQLite file.

    GradebookError for a database that is not supported: SQLite in a file and PostgreSQL are.
    """
    if isinstance(text, Path) or "://" not in text:
        return URL.create("sqlite", database=str(text))
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise GradebookError("the gradebook's address is not a database URL") from error
    match url.get_backend_name():
        case "sqlite" if url.database and url.database != ":memory:":
            return url
        case "sqlite":
            raise GradebookError("a gradebook in memory would be lost", hint="Give the name of a file.")
        case "postgresql" | "postgres":
            return url.set(drivername="postgresql+psycopg")
        case other:
            raise GradebookError(f"gradebooks are kept in SQLite or PostgreSQL, not in {other}")


def without_password(text: str) -> str:
    """The same address for others to read: PostgreSQL's clients find passwords elsewhere."""
    if "://" not in text:
        return text
    url = database_url(text)
    if url.password is None and "password" not in url.query:
        return text
    kept = url._replace(password=None).difference_update_query(["password"])
    return kept.render_as_string(hide_password=False)


class Database:
    """One database with its connections. `reading()` and `writing()` are its two kinds of transaction."""

    def __init__(self, url: URL, *, survive_power_loss: bool) -> None:
        self.sqlite = url.get_backend_name() == "sqlite"
        with explained():
            self.engine = _sqlite(url, survive_power_loss) if self.sqlite else _postgresql(url)

    @contextmanager
    def reading(self, state: str = "") -> Iterator[Connection]:
        """A transaction that reads one consistent state and never waits for a writer.

        `state` is what `held` said in another process: then it is that state in PostgreSQL.
        """
        with explained(), self.engine.connect() as db:
            if not self.sqlite:  # where each query would see what others wrote meanwhile
                db.execution_options(isolation_level="REPEATABLE READ")
            with db.begin():
                if state and not self.sqlite:
                    if not _SNAPSHOT.fullmatch(state):  # the statement takes no parameters
                        raise GradebookError(f"{state!r} is no name of a state")
                    db.exec_driver_sql(f"SET TRANSACTION SNAPSHOT '{state}'")
                yield db

    @contextmanager
    def held(self, patience: float) -> Iterator[str]:
        """A state in which others can begin to read, so that they all see the same; until the block ends.

        Yields what they give to `reading`. SQLite lets nobody write meanwhile; PostgreSQL names the state and
        lets them. GradebookError where another writer does not end within some `patience` seconds.
        """
        if self.sqlite:
            with self.writing(patience):
                yield ""
        else:
            with self.reading() as db:
                yield str(db.execute(select(func.pg_export_snapshot())).scalar_one())

    @contextmanager
    def writing(self, patience: float = BUSY_SECONDS) -> Iterator[Connection]:
        """A transaction that is written as a whole when its block ends, or not at all.

        In SQLite it waits up to `patience` seconds for its turn, and again for who writes without one.
        """
        with explained(), self._turn(patience), self.engine.connect() as db:
            db.execution_options(**{_PATIENCE: patience})
            with db.begin():
                yield db

    def _turn(self, patience: float) -> AbstractContextManager[None]:
        return turn(Path(self.engine.url.database or ""), patience) if self.sqlite else nullcontext()

    def use_wal(self) -> None:
        """Switch an SQLite file to WAL mode, which it then keeps. Nothing happens in PostgreSQL."""
        if self.sqlite:
            with explained(), self.engine.connect() as db:
                _use_wal(db.connection.driver_connection)

    def empty_log(self) -> None:
        """Move everything in SQLite's write-ahead log into the file and empty the log."""
        if self.sqlite:
            with explained(), self.engine.connect() as db:
                raw = db.connection.driver_connection
                if raw is not None:
                    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()
        if self.sqlite:
            end_queue(Path(self.engine.url.database or ""))


def _postgresql(url: URL) -> Engine:
    return create_engine(url, pool_pre_ping=True)


def _sqlite(url: URL, survive_power_loss: bool) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    level = "FULL" if survive_power_loss else "NORMAL"

    @event.listens_for(engine, "connect")
    def prepare(raw: Any, _record: Any) -> None:
        raw.isolation_level = None  # we say BEGIN ourselves: the driver's own habit leaves reads outside
        for pragma in (
            f"synchronous={level}",
            "foreign_keys=ON",
            "recursive_triggers=ON",
            f"wal_autocheckpoint={_PAGES_IN_LOG}",
            f"cache_size=-{_CACHE_KIB}",
        ):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(db: Connection) -> None:
        # A writer takes its lock at once: one that reads first and writes later could be refused half-way.
        patience = db.get_execution_options().get(_PATIENCE)
        if patience is not None:
            begin_writing(db.connection.driver_connection, patience)
        else:
            db.exec_driver_sql("BEGIN")

    return engine


def _use_wal(raw: Any) -> None:
    """Switch to WAL. While another process switches, SQLite refuses without waiting, so we wait here."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            (mode,) = raw.execute("PRAGMA journal_mode=WAL").fetchone()
        except Exception as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
            continue
        if mode != "wal":
            raise GradebookError(f"this file cannot be used in WAL mode ({mode})", hint="Use a local disk.")
        return


@contextmanager
def explained() -> Iterator[None]:
    """Turn what a database says into a `GradebookError` with the next step."""
    try:
        yield
    except NoSuchModuleError as error:
        raise GradebookError(f"no driver for this database: {error}") from error
    except ModuleNotFoundError as error:
        hint = "Install it with `pip install 'nbverdict[postgres]'`."
        raise GradebookError(f"the driver {error.name} is not installed", hint=hint) from error
    except DBAPIError as error:
        raise _meaning(str(error.orig)) from error
    except sqlite3.Error as error:
        raise _meaning(str(error)) from error
    except StatementError as error:
        raise GradebookError(f"a value cannot be stored: {error.orig}") from error
    except SQLAlchemyError as error:
        raise GradebookError(f"the gradebook cannot be used: {error}") from error


def _meaning(said: str) -> GradebookError | StorageFull:
    low = said.lower()
    if "append-only" in low:
        return GradebookError(f"history is never changed: {said}", hint="Record a new score or a change.")
    if "disk is full" in low or "no space left" in low:
        return StorageFull(f"the gradebook could not be written: {said}")
    if "deadlock" in low:
        return GradebookError("two writers waited for each other; nothing was written", hint="Try again.")
    if "locked" in low:
        return GradebookError("the gradebook stayed busy: somebody else writes", hint="Try again.")
    if "readonly" in low or "read-only" in low:
        return GradebookError("the gradebook cannot be written", hint="Check the file's and folder's rights.")
    if "not a database" in low or "malformed" in low:
        return GradebookError(f"the file is no gradebook, or damaged: {said}", hint="Restore a backup.")
    if "unable to open" in low:
        return GradebookError("the gradebook's file cannot be opened", hint="Does its folder exist?")
    return GradebookError(f"the gradebook's database refused: {said}")
