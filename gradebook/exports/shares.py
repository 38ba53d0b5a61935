"""The table of grades of a large class, worked out by several processes that all see one state.

Each process works on a share of the students (`share`) and sends their grades as lines of JSON; only plain
data comes back. Nobody writes between the first and the last one's beginning (`Gradebook.held`). Where they
cannot work, as where the gradebook must not be written, one process does it all, and says what is wrong.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from threading import Lock
from typing import IO, Any, Final

import sqlalchemy

from autograder.errors import GradebookError
from gradebook import tables
from gradebook.book import Gradebook
from gradebook.exports.from_book import COURSE, grade_table
from gradebook.exports.reading import Standings, Wanted, standings
from gradebook.exports.share import rows_of
from gradebook.exports.table import GradeRow, GradeTable, Item
from gradebook.exports.tidy import csv_head, write_csv
from gradebook.policies.facts import Standing
from gradebook.roster import Member

WORTH_IT: Final = 2_000
"""Students from which on several processes are faster: each needs half a second before it begins."""

_MOST: Final = 4
_EVERY = 100
_START_SECONDS, _BEGIN_SECONDS = 60.0, 10.0

Done = Callable[[int, int], None]
"""Is told how many students are done and of how many; from several threads."""


def read_large_table(
    book: Gradebook, wanted: Wanted, *, processes: int = 0, done: Done | None = None
) -> GradeTable:
    """What `reading.read_table` gives, by several processes where the class is large.

    `processes` 0 lets the size of the class and of the machine decide. GradebookError as there.
    """
    counted = _Counted(done)
    found = _in_shares(book, wanted, processes, counted, csv=False)
    if found is None:
        return _alone(book, wanted, counted)
    return GradeTable(items=found.items, rows=tuple(row for share in found.shares for row in share.rows))


@dataclass(frozen=True, slots=True)
class LargeCsv:
    """What `tidy.write_csv` gives, and how many students and items it is about."""

    content: bytes
    students: int
    items: int


def read_large_csv(
    book: Gradebook, wanted: Wanted, *, processes: int = 0, done: Done | None = None
) -> LargeCsv:
    """The tidy table as CSV, by several processes where the class is large; see `read_large_table`."""
    counted = _Counted(done)
    found = _in_shares(book, wanted, processes, counted, csv=True)
    if found is None:
        table = _alone(book, wanted, counted)
        return LargeCsv(write_csv(table), len(table.rows), len(table.items))
    text = "".join([csv_head(), *(text for share in found.shares for text in share.texts)])
    return LargeCsv(text.encode(), counted.done, len(found.items))


def _processes(book: Gradebook) -> int:
    with book.reading() as db:
        people = db.execute(
            sqlalchemy.select(sqlalchemy.func.count()).select_from(tables.people)
        ).scalar_one()
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    return 1 if people < WORTH_IT else min(_MOST, usable)


def _alone(book: Gradebook, wanted: Wanted, counted: _Counted) -> GradeTable:
    with book.reading() as db:
        found = standings(db, wanted)
        counted.begin(found.students)
        return grade_table(found.titles, _ticked(found, counted), with_course=wanted.with_course)


def _ticked(found: Standings, counted: _Counted) -> Iterator[tuple[Member, Standing]]:
    for number, one in enumerate(found.standings, 1):
        yield one
        if number % _EVERY == 0:
            counted.more(_EVERY)
    counted.more(counted.of - counted.done)


def _in_shares(
    book: Gradebook, wanted: Wanted, processes: int, counted: _Counted, *, csv: bool
) -> _Found | None:
    """What all shares found. None for one process, and where one failed: who works alone finds out why."""
    number = processes or _processes(book)
    if number < 2:
        return None
    request = {
        "url": book.url, "course": wanted.offering.course, "term": wanted.offering.term, "of": number,
        "now": wanted.now.isoformat(), "only": wanted.only, "with_course": wanted.with_course, "csv": csv,
    }  # fmt: skip
    with ExitStack() as stack, suppress(OSError, ValueError, LookupError, GradebookError, _Failed):
        workers = [stack.enter_context(_worker()) for _ in range(number)]
        for share, worker in enumerate(workers):
            worker.tell(json.dumps({**request, "share": share}))
        for worker in workers:
            worker.hear("ready", _START_SECONDS)
        with book.held() as state:
            for worker in workers:
                worker.tell(state)
            for worker in workers:
                worker.hear("begun", _BEGIN_SECONDS)
        counted.begin(sum(int(worker.hear("students", _START_SECONDS)) for worker in workers))
        with ThreadPoolExecutor(number) as threads:
            try:
                shares = list(threads.map(lambda worker: worker.grades(counted), workers))
            except BaseException:
                for worker in workers:  # otherwise the threads would wait until the others are done
                    worker.process.kill()
                raise
        return _Found(_items(shares, wanted.with_course), shares)
    return None


def _items(shares: Sequence[_Share], with_course: bool) -> tuple[Item, ...]:
    maxima = {name: maximum for share in shares for name, _, maximum in share.items if maximum is not None}
    items = [
        Item(assignment=name, title=title, maximum=Decimal(maxima[name]))
        for name, title, _ in shares[0].items
        if name in maxima
    ]
    return (*items, COURSE) if with_course else tuple(items)


class _Failed(Exception):
    """A share ended early or said something else than was expected."""


@dataclass(slots=True)
class _Counted:
    """Tells how many students are done."""

    tell: Done | None
    of: int = 0
    done: int = 0
    lock: Lock = field(default_factory=Lock)

    def begin(self, of: int) -> None:
        self.of, self.done = of, 0

    def more(self, students: int) -> None:
        with self.lock:
            self.done += students
            if self.tell is not None:
                self.tell(self.done, self.of)


@dataclass(slots=True)
class _Share:
    """What one process found: its students, or CSV about them, and every item, its maximum where known."""

    rows: list[GradeRow] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    items: list[tuple[str, str, str | None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Found:
    items: tuple[Item, ...]
    shares: list[_Share]


@dataclass(frozen=True, slots=True)
class _Worker:
    """A process that works on a share. It is told and says lines."""

    process: subprocess.Popen[bytes]
    to: IO[bytes]
    said: IO[bytes]

    def tell(self, line: str) -> None:
        self.to.write(line.encode() + b"\n")
        self.to.flush()

    def hear(self, word: str, seconds: float) -> str:
        """The rest of the next line, which begins with `word`. _Failed for another one, or none in time."""
        if not select.select([self.said], [], [], seconds)[0]:
            raise _Failed
        first, _, rest = self.said.readline().decode().strip().partition(" ")
        if first != word:
            raise _Failed
        return rest

    def grades(self, counted: _Counted) -> _Share:
        """Everything until the last line. _Failed without one."""
        share = _Share()
        for line in self.said:
            found = json.loads(line)
            if "items" in found:
                share.items = found["items"]
                return share
            share.rows += rows_of(found.get("rows", ()))
            share.texts += (found["csv"],) if "csv" in found else ()
            counted.more(found["students"])
        raise _Failed


@contextmanager
def _worker() -> Iterator[_Worker]:
    """A process of our own, ended with the block. Without `-P` a file in this folder could stand for ours."""
    command: list[Any] = [sys.executable, "-P", "-m", "gradebook.exports.share"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            yield _Worker(process, process.stdin, process.stdout)
        finally:
            process.kill()
            with suppress(OSError):
                process.stdin.close()
