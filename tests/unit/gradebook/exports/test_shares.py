"""Several processes give the same table as one, of one state, and leave it to one where they cannot work."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from threading import Event, Thread

import pytest
from hypothesis import given

from autograder.errors import GradebookError
from gradebook.book import Gradebook
from gradebook.course_book import CourseBook
from gradebook.exports import shares
from gradebook.exports.reading import Wanted, read_table
from gradebook.exports.share import plain_rows, rows_of
from gradebook.exports.shares import read_large_csv, read_large_table
from gradebook.exports.table import GradeTable
from gradebook.exports.tidy import write_csv
from tests.unit.gradebook.builders import BY_TA, SPRING, a_graded, an_assignment
from tests.unit.gradebook.exports.tables import tables

POLICIES = """
zone = "UTC"

[categories.labs]
weight = 100

[assignments.lab1]
category = "labs"
due = 2026-03-01T12:00:00
late.percent_per_day = 10

[assignments.lab2]
category = "labs"
points = 5
due = 2026-12-01T12:00:00
"""
MAY = datetime(2026, 5, 1, tzinfo=UTC)
ALL = Wanted(offering=SPRING, now=MAY)
STUDENTS = ["anna", "bert", "cleo", "dora", "emil"]


@pytest.fixture
def book(url: str) -> Iterator[Gradebook]:
    with Gradebook.open(url, clock=lambda: MAY) as opened:
        for student in STUDENTS:
            opened.record(a_graded(submission=f"{student}-1", student=student), an_assignment(), SPRING)
        CourseBook(opened, SPRING).store_policies(POLICIES, BY_TA)
        yield opened


def no_single_process(*_: object, **__: object) -> None:
    raise AssertionError("one process was to do it all")


@given(tables())
def test_every_student_comes_back_from_json(table: GradeTable) -> None:
    assert tuple(rows_of(json.loads(json.dumps(plain_rows(table))))) == table.rows


@pytest.mark.parametrize("processes", [2, 3, 7])
def test_several_processes_give_the_same_table(
    book: Gradebook, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = read_table(book, SPRING, with_course=True)
    monkeypatch.setattr(shares, "_alone", no_single_process)
    wanted = replace(ALL, with_course=True)
    assert read_large_table(book, wanted, processes=processes) == alone
    written = read_large_csv(book, wanted, processes=processes)
    assert [written.content, written.students, written.items] == [write_csv(alone), 5, 3]
    assert [row.student for row in alone.rows] == STUDENTS
    only = read_large_table(book, replace(ALL, only=("lab1",)), processes=processes)
    assert [item.assignment for item in only.items] == ["lab1"]


def test_all_see_one_state(book: Gradebook, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Emil's points follow Anna's: what the first share reads is never older than what the last one does."""
    monkeypatch.setattr(shares, "_alone", no_single_process)
    entries = {name: book.attempts(SPRING, an_assignment().id, a_graded(student=name).student)[0].score_id
               for name in ("anna", "emil")}  # fmt: skip
    written, stop = Event(), Event()

    def write() -> None:
        number = 0
        with Gradebook.open(url) as other:
            while not stop.is_set():
                number = number % 9 + 1
                for name in ("anna", "emil"):
                    other.override_total(entries[name], Decimal(number), BY_TA)
                written.set()

    writer = Thread(target=write)
    writer.start()
    assert written.wait(30)
    try:
        seen = set()
        for _ in range(4):
            table = read_large_table(book, ALL, processes=2)
            points = {row.student: int(row.grades["lab1"].score or 0) for row in table.rows}
            assert (points["anna"] - points["emil"]) % 9 in (0, 1)
            seen.add(points["anna"])
    finally:
        stop.set()
        writer.join()
    assert len(seen) > 1


@pytest.mark.parametrize(("processes", "ticks"), [(1, 3), (2, 2)])
def test_progress_is_told(
    book: Gradebook, monkeypatch: pytest.MonkeyPatch, processes: int, ticks: int
) -> None:
    heard: list[tuple[int, int]] = []
    monkeypatch.setattr(shares, "_EVERY", 2)
    read_large_table(book, ALL, processes=processes, done=lambda *now: heard.append(now))
    assert heard[-1] == (5, 5)
    assert len(heard) == ticks


def test_a_small_class_is_left_to_one_process(book: Gradebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "_worker", no_single_process)
    assert read_large_table(book, ALL) == read_table(book, SPRING)
    assert read_large_csv(book, ALL).content == write_csv(read_table(book, SPRING))


def test_one_process_does_it_where_others_cannot_start(
    book: Gradebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = read_table(book, SPRING)
    for executable in ("/bin/false", "/bin/cat", str(tmp_path / "no-such-file")):
        monkeypatch.setattr(sys, "executable", executable)
        assert read_large_table(book, ALL, processes=2) == alone


@pytest.mark.parametrize(
    "last", ["", '{"rows', '{"students": 5, "rows": []}', "ended", "{}"],
    ids=["nothing", "half a line", "no items", "a word", "no students"],
)  # fmt: skip
def test_one_process_does_it_where_a_share_ends_early(
    book: Gradebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    fake = tmp_path / "fake-share"
    fake.write_text(f"#!/bin/sh\nread a; echo ready\nread b; echo begun; echo students 5\necho '{last}'\n")
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))
    assert read_large_table(book, ALL, processes=2) == read_table(book, SPRING)


def test_one_process_does_it_where_nothing_can_be_held(
    book: Gradebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_held(_: Gradebook) -> AbstractContextManager[str]:
        raise GradebookError("the gradebook cannot be written")

    monkeypatch.setattr(Gradebook, "held", not_held)
    assert read_large_table(book, ALL, processes=2) == read_table(book, SPRING)


def test_what_is_wrong_is_said_as_by_one_process(book: Gradebook) -> None:
    with pytest.raises(GradebookError, match="no grades of lab9"):
        read_large_table(book, replace(ALL, only=("lab9",)), processes=2)


def test_a_state_is_named_by_its_own_name_only(book: Gradebook, url: str) -> None:
    if url.startswith("sqlite"):
        pytest.skip("SQLite names no states")
    with pytest.raises(GradebookError, match="no name of a state"), book.reading("x'; SELECT 1 --"):
        pass
