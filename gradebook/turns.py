"""Writers of one SQLite file take turns in the order in which they came.

SQLite has no queue: a writer that finds the file locked tries again later, in steps that grow to 100 ms, and
who came last may be first. Here writers stand in line for an empty file beside the gradebook
(`<gradebook>-turn`), which the system hands over in order when a transaction ends. It protects nothing:
SQLite's own lock does. Where it cannot be made, or something else writes, writers wait in short steps.
"""

from __future__ import annotations

import os
import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

_LONGEST_STEP: Final = 0.001


def begin(raw: Any, seconds: float) -> None:
    """Begin a transaction that writes, on a `sqlite3` connection.

    sqlite3.OperationalError when somebody else kept the file locked for that many seconds.
    """
    deadline = time.monotonic() + seconds
    (usual,) = raw.execute("PRAGMA busy_timeout").fetchone()
    raw.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                raw.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(random.uniform(0, _LONGEST_STEP))  # noqa: S311 - no secret
    finally:
        raw.execute(f"PRAGMA busy_timeout={int(usual)}")


@contextmanager
def turn(file: Path, seconds: float) -> Iterator[None]:
    """Be the one whose turn it is, or, after that many seconds, go on without."""
    line = _Line(file)
    line.wait(seconds)
    try:
        yield
    finally:
        line.leave()


def end_queue(file: Path) -> None:
    """Remove the file in which writers stand in line. Whoever stands there still gets a turn."""
    with suppress(OSError):
        _turn_file(file).unlink()


def _turn_file(file: Path) -> Path:
    return file.with_name(f"{file.name}-turn")


class _Line:
    """One writer's place. A process that dies leaves the line at once: the system closes its files."""

    def __init__(self, file: Path) -> None:
        self._place: int | None = None
        with suppress(OSError):
            self._place = os.open(_turn_file(file), os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o666)

    def wait(self, seconds: float) -> None:
        """Come first. A thread waits for the file, since the system knows no end of such waiting."""
        if self._place is None or _locked(self._place, now=True):
            return
        waiting = threading.Thread(target=_locked, args=(self._place,), name="turn", daemon=True)
        waiting.start()
        waiting.join(seconds)

    def leave(self) -> None:
        """Let the next one come, also where a process that was forked meanwhile keeps the file open."""
        if self._place is not None:
            _release(self._place)
            os.close(self._place)


def _locked(place: int, *, now: bool = False) -> bool:
    try:
        import fcntl

        fcntl.flock(place, fcntl.LOCK_EX | (fcntl.LOCK_NB if now else 0))
    except (OSError, ImportError):
        return False
    return True


def _release(place: int) -> None:
    with suppress(OSError, ImportError):
        import fcntl

        fcntl.flock(place, fcntl.LOCK_UN)
