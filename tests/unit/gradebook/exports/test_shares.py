"""Several processes give the same table as one, of one state, and leave it to one where they cannot work."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from threading import Event, Thread

import pytest
from hypothesis import given

from autograder.errors import GradebookError
from gradebook.book import Gradebook
from gradebook.course_book import CourseBook
from gradebook.exports import share_process, shares
from gradebook.exports.reading import Wanted, read_table
from gradebook.exports.share import plain_rows, rows_of
from gradebook.exports.shares import Way, read_large_csv, read_large_table
from gradebook.exports.table import GradeTable
from gradebook.exports.tidy import write_csv
from gradebook.values import Offering
from tests.unit.gradebook.builders import BY_TA, SPRING, a_graded, an_assignment
from tests.unit.gradebook.course_builders import COLUMNS, a_class, a_row, hand_in
from tests.unit.gradebook.exports.tables import tables

STEP = Decimal("0.001")
MAY = datetime(2026, 5, 1, tzinfo=UTC)
ALL = Wanted(offering=SPRING, now=MAY)
STUDENTS = ["anna", "bert", "cleo", "dora", "emil"]


@pytest.fixture
def book(url: str) -> Iterator[Gradebook]:
    with Gradebook.open(url, clock=lambda: MAY) as opened:
        a_class(opened, STUDENTS)
        for student in STUDENTS:
            hand_in(opened, student)
        yield opened


def no_single_process(*_: object, **__: object) -> None:
    raise AssertionError("one process was to do it all")


def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where several processes must do it: a busy machine may need longer than anybody should wait."""
    monkeypatch.setattr(shares, "_HOLD_SECONDS", 30.0)
    monkeypatch.setattr(shares, "_alone", no_single_process)


@given(tables())
def test_every_student_comes_back_from_json(table: GradeTable) -> None:
    assert tuple(rows_of(json.loads(json.dumps(plain_rows(table))))) == table.rows


@pytest.mark.parametrize("processes", [2, 3, 7])
def test_several_processes_give_the_same_table(
    book: Gradebook, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = read_table(book, SPRING, with_course=True)
    patient(monkeypatch)
    wanted = replace(ALL, with_course=True)
    assert read_large_table(book, wanted, Way(processes=processes)) == alone
    written = read_large_csv(book, wanted, Way(processes=processes))
    assert [written.content, written.students, written.items] == [write_csv(alone), 5, 2]
    assert [row.student for row in alone.rows] == STUDENTS
    only = read_large_table(book, replace(ALL, only=("lab1",)), Way(processes=processes))
    assert [item.assignment for item in only.items] == ["lab1"]


def test_all_see_one_state(book: Gradebook, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Emil's points follow Anna's, while each share begins only after somebody could have written."""
    entries = {name: book.attempts(SPRING, an_assignment().id, a_graded(student=name).student)[0].score_id
               for name in ("anna", "emil")}  # fmt: skip
    written, stop, tell = Event(), Event(), share_process.Worker.tell

    def write() -> None:
        with Gradebook.open(url) as other:
            for number in count(1):
                for name in ("anna", "emil"):
                    other.override_total(entries[name], number * STEP, BY_TA)
                written.set()
                if stop.is_set():
                    return

    def tell_later(worker: share_process.Worker, line: str) -> None:
        if not line.startswith("{"):  # the state in which it is to begin
            written.clear()
            written.wait(0.2)  # in SQLite nobody can write: that is what is tried
        tell(worker, line)

    patient(monkeypatch)
    monkeypatch.setattr(share_process.Worker, "tell", tell_later)
    writer = Thread(target=write)
    writer.start()
    try:
        assert written.wait(30)
        seen = []
        for _ in range(3):
            table = read_large_table(book, ALL, Way(processes=3))
            points = {row.student: row.grades["lab1"].score for row in table.rows}
            assert points["anna"] in (points["emil"], points["emil"] + STEP)  # type: ignore[operator]
            seen.append(points["anna"])
    finally:
        stop.set()
        writer.join()
    assert seen == sorted(set(seen))  # every table is of a later state


@pytest.mark.parametrize(("processes", "ticks"), [(1, 3), (2, 2)])
def test_progress_is_told(
    book: Gradebook, monkeypatch: pytest.MonkeyPatch, processes: int, ticks: int
) -> None:
    heard: list[tuple[int, int]] = []
    monkeypatch.setattr(shares, "_EVERY", 2)
    read_large_table(book, ALL, Way(processes=processes, done=lambda *now: heard.append(now)))
    assert heard[-1] == (5, 5)
    assert len(heard) == ticks


def test_a_small_class_is_left_to_one_process(book: Gradebook, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the gradebook has large classes."""
    monkeypatch.setattr(shares, "WORTH_IT", len(STUDENTS) + 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2})
    large = Offering("large", "2026-spring")
    rows = [a_row(f"s{number}", line=number + 2) for number in range(len(STUDENTS) + 1)]
    CourseBook(book, large).import_roster(rows, BY_TA, columns=COLUMNS)
    assert [shares._processes(book, offering) for offering in (SPRING, large)] == [1, 3]
    monkeypatch.setattr(shares, "worker", no_single_process)
    assert read_large_table(book, ALL) == read_table(book, SPRING)
    assert read_large_csv(book, ALL).content == write_csv(read_table(book, SPRING))


def test_one_process_does_it_where_others_cannot_start(
    book: Gradebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = read_table(book, SPRING)
    for executable in ("/bin/false", "/bin/cat", str(tmp_path / "no-such-file")):
        monkeypatch.setattr(sys, "executable", executable)
        assert read_large_table(book, ALL, Way(processes=2)) == alone


@pytest.mark.parametrize(
    "last", ["", '{"rows', '{"students": 5, "rows": []}', "ended", "{}"],
    ids=["nothing", "half a line", "no items", "a word", "no students"],
)  # fmt: skip
def test_one_process_does_it_where_a_share_ends_early(
    book: Gradebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    said: list[str] = []
    fake = tmp_path / "fake-share"
    fake.write_text(f"#!/bin/sh\nread a; echo ready\nread b; echo begun; echo students 5\necho '{last}'\n")
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))
    assert read_large_table(book, ALL, Way(processes=2, told=said.append)) == read_table(book, SPRING)
    assert re.fullmatch(
        "one process does what 2 could not: share [12] (ended early|said something unexpected)", said[0]
    )


def test_one_process_does_it_where_nothing_can_be_held(
    book: Gradebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_held(_: Gradebook, __: float) -> AbstractContextManager[str]:
        raise GradebookError("the gradebook cannot be written")

    said: list[str] = []
    monkeypatch.setattr(Gradebook, "held", not_held)
    assert read_large_table(book, ALL, Way(processes=2, told=said.append)) == read_table(book, SPRING)
    assert said == ["one process does what 2 could not: the gradebook cannot be written"]


def test_nobody_waits_long_for_somebody_who_writes(book: Gradebook, url: str) -> None:
    if not url.startswith("sqlite"):
        pytest.skip("PostgreSQL lets them write")
    said: list[str] = []
    alone = read_table(book, SPRING)
    with Gradebook.open(url) as other, other.writing():
        assert read_large_table(book, ALL, Way(processes=2, told=said.append)) == alone
    assert said == ["one process does what 2 could not: the gradebook stayed busy: somebody else writes"]


def test_what_is_wrong_is_said_as_by_one_process(book: Gradebook) -> None:
    with pytest.raises(GradebookError, match="no grades of lab9"):
        read_large_table(book, replace(ALL, only=("lab9",)), Way(processes=2))


def test_a_state_is_named_by_its_own_name_only(book: Gradebook, url: str) -> None:
    if url.startswith("sqlite"):
        pytest.skip("SQLite names no states")
    with pytest.raises(GradebookError, match="no name of a state"), book.reading("x'; SELECT 1 --"):
        pass
