"""Writers of one SQLite gradebook come in the order in which they stood in line; the dead hold nobody up."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gradebook.book import Gradebook
from gradebook.database import Database, database_url
from gradebook.turns import turn
from tests.unit.gradebook.builders import LAB, SPRING, a_graded, an_assignment

LONG = 60.0


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "grades.sqlite3"
    Gradebook.open(path).close()
    return path


@pytest.fixture
def database(file: Path) -> Iterator[Database]:
    opened = Database(database_url(file), survive_power_loss=True)
    yield opened
    opened.close()


def waiting(file: Path) -> int:
    """How many stand in line behind somebody, as the kernel tells it."""
    line = file.with_name(f"{file.name}-turn")
    number = f":{line.stat().st_ino} " if line.exists() else "nobody"
    locks = Path("/proc/locks").read_text().splitlines()
    return sum("->" in lock and "FLOCK" in lock and number in lock for lock in locks)


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.001)


def record(file: Path, name: str) -> None:
    with Gradebook.open(file) as book:
        book.record(a_graded(submission=name, student=name, digest=name), an_assignment(), SPRING)


def recorded(file: Path) -> list[str]:
    with Gradebook.open(file) as book:
        entries = sorted(book.scores(SPRING, LAB), key=lambda entry: entry.score_id)
    return [str(entry.submission) for entry in entries]


def test_who_came_first_writes_first(file: Path, database: Database) -> None:
    writers = [threading.Thread(target=record, args=(file, f"s{number}")) for number in range(4)]
    with database.writing():
        for number, writer in enumerate(writers, 1):
            writer.start()
            wait_until(lambda number=number: waiting(file) == number)  # type: ignore[misc]
    for writer in writers:
        writer.join(LONG)
    assert recorded(file) == ["s0", "s1", "s2", "s3"]


def test_a_writer_killed_in_line_holds_nobody_up(file: Path, database: Database) -> None:
    with database.writing():
        child = os.fork()
        if child == 0:
            record(file, "never")
            os._exit(0)
        wait_until(lambda: waiting(file) == 1)
        after = threading.Thread(target=record, args=(file, "after"))
        after.start()
        wait_until(lambda: waiting(file) == 2)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    after.join(LONG)
    assert recorded(file) == ["after"]


def test_nobody_waits_longer_than_it_may(file: Path) -> None:
    """Whoever waits in vain goes on to SQLite's own lock, which says that somebody else writes."""
    with turn(file, LONG):
        start = time.monotonic()
        with turn(file, 0.05):
            assert 0.05 <= time.monotonic() - start < LONG


def test_without_a_line_writers_still_write(file: Path) -> None:
    file.with_name(f"{file.name}-turn").mkdir()
    writers = [threading.Thread(target=record, args=(file, f"s{number}")) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(LONG)
    assert sorted(recorded(file)) == ["s0", "s1", "s2", "s3"]


def test_the_line_is_gone_with_the_last_writer(file: Path) -> None:
    record(file, "s1")
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_process_forked_meanwhile_holds_nobody_up(file: Path) -> None:
    with turn(file, LONG):
        child = os.fork()
        if child == 0:
            signal.pause()
    start = time.monotonic()
    with turn(file, LONG):
        assert time.monotonic() - start < LONG / 2
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def test_who_may_only_read_the_file_stands_in_line_too(file: Path) -> None:
    """Another user's: the file in which one stands in line belongs to whoever came first."""
    line = file.with_name(f"{file.name}-turn")
    line.touch(mode=0o444)
    with turn(file, LONG):
        writer = threading.Thread(target=record, args=(file, "s1"))
        writer.start()
        wait_until(lambda: waiting(file) == 1)
    writer.join(LONG)
    assert recorded(file) == ["s1"]
