"""The table of grades of a large class, worked out by several processes that all see one state.

Each process works on a share of the students (`share`) and sends their grades as lines of JSON; only plain
data comes back. All begin in one state of the gradebook (`Gradebook.held`). Where they cannot work, as where
somebody writes for long or the gradebook must not be written, one process does it all.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from threading import Lock
from typing import Final

from sqlalchemy import func, select, union

from autograder.errors import GradebookError
from gradebook import tables
from gradebook.book import Gradebook
from gradebook.exports.from_book import COURSE, grade_table
from gradebook.exports.reading import Standings, Wanted, standings
from gradebook.exports.share_process import Failed, Share, Worker, worker
from gradebook.exports.table import GradeTable, Item
from gradebook.exports.tidy import csv_head, write_csv
from gradebook.offering_tables import roster_changes
from gradebook.policies.facts import Standing
from gradebook.roster import Member
from gradebook.values import Offering

WORTH_IT: Final = 2_000
"""Students from which on several processes are faster: each needs half a second before it begins."""

_MOST: Final = 4
_EVERY = 100
_START_SECONDS, _HOLD_SECONDS = 60.0, 2.0

Done = Callable[[int, int], None]
"""Is told how many students are done and of how many; from several threads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a large table is read. `processes` 0 lets the size of the class and of the machine decide.

    `done` is told about progress, `told` gets a sentence where one process does what several could not.
    """

    processes: int = 0
    done: Done | None = None
    told: Callable[[str], object] = lambda _: None


def read_large_table(book: Gradebook, wanted: Wanted, way: Way = Way()) -> GradeTable:
    """What `reading.read_table` gives, by several processes where the class is large.

    GradebookError as there.
    """
    counted = _Counted(way.done)
    found = _in_shares(book, wanted, way, counted, csv=False)
    if found is None:
        return _alone(book, wanted, counted)
    return GradeTable(items=found.items, rows=tuple(row for share in found.shares for row in share.rows))


@dataclass(frozen=True, slots=True)
class LargeCsv:
    """What `tidy.write_csv` gives, and how many students and items it is about."""

    content: bytes
    students: int
    items: int


def read_large_csv(book: Gradebook, wanted: Wanted, way: Way = Way()) -> LargeCsv:
    """The tidy table as CSV, by several processes where the class is large; see `read_large_table`."""
    counted = _Counted(way.done)
    found = _in_shares(book, wanted, way, counted, csv=True)
    if found is None:
        table = _alone(book, wanted, counted)
        return LargeCsv(write_csv(table), len(table.rows), len(table.items))
    text = "".join([csv_head(), *(text for share in found.shares for text in share.texts)])
    return LargeCsv(text.encode(), counted.done, len(found.items))


def _processes(book: Gradebook, offering: Offering) -> int:
    """How many are worth it for this class: whoever was ever in its roster or has handed in."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if usable < 2:
        return 1
    people = union(
        *(
            select(kept.person_id).where(kept.course == offering.course, kept.term == offering.term)
            for kept in (roster_changes.c, tables.submissions.c)
        )
    ).subquery()
    with book.reading() as db:
        students = db.execute(select(func.count()).select_from(people)).scalar_one()
    return 1 if students < WORTH_IT else min(_MOST, usable)


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


def _in_shares(book: Gradebook, wanted: Wanted, way: Way, counted: _Counted, *, csv: bool) -> _Found | None:
    """What all shares found. None for one process, and where one failed: who works alone finds out why."""
    number = way.processes or _processes(book, wanted.offering)
    if number < 2:
        return None
    request = {
        "url": book.url, "course": wanted.offering.course, "term": wanted.offering.term, "of": number,
        "now": wanted.now.isoformat(), "only": wanted.only, "with_course": wanted.with_course, "csv": csv,
    }  # fmt: skip
    try:
        with ExitStack() as stack:
            workers = [stack.enter_context(worker(place + 1)) for place in range(number)]
            for share, one in enumerate(workers):
                one.tell(json.dumps({**request, "share": share}))
            for one in workers:
                one.hear("ready", _START_SECONDS)
            _begin(book, workers)
            counted.begin(sum(int(one.hear("students")) for one in workers))
            shares = _all(workers, counted)
            return _Found(_items(shares, wanted.with_course), shares)
    except (Failed, GradebookError) as error:
        way.told(f"one process does what {number} could not: {error}")
        return None


def _begin(book: Gradebook, workers: Sequence[Worker]) -> None:
    """Let all begin in one state. Writers wait for it, so it must not take long, all together."""
    with book.held(_HOLD_SECONDS) as state:
        end = time.monotonic() + _HOLD_SECONDS
        for one in workers:
            one.tell(state)
        for one in workers:
            one.hear("begun", end - time.monotonic())


def _all(workers: Sequence[Worker], counted: _Counted) -> list[Share]:
    """What all found. Once one fails, the others are ended."""
    with ThreadPoolExecutor(len(workers)) as threads:
        working = [threads.submit(one.grades, counted.more) for one in workers]
        try:
            ended = wait(working, return_when=FIRST_EXCEPTION).done
        finally:
            for one in workers if any(not one.done() for one in working) else ():
                one.process.kill()
        for first in ended:
            first.result()  # raises what went wrong first, not that the others were ended for it
        return [one.result() for one in working]


def _items(shares: Sequence[Share], with_course: bool) -> tuple[Item, ...]:
    maxima = {name: maximum for share in shares for name, _, maximum in share.items if maximum is not None}
    items = [
        Item(assignment=name, title=title, maximum=Decimal(maxima[name]))
        for name, title, _ in shares[0].items
        if name in maxima
    ]
    return (*items, COURSE) if with_course else tuple(items)


@dataclass(frozen=True, slots=True)
class _Found:
    items: tuple[Item, ...]
    shares: list[Share]


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
