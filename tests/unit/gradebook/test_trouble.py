"""Backups, files that cannot be written, and full disks: a clear error, and nothing half written."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from autograder.errors import GradebookError, StorageFull
from gradebook import tables
from gradebook.auditing import alone
from gradebook.backup import back_up, file_of, restore
from gradebook.book import Gradebook
from gradebook.course_book import CourseBook
from gradebook.database import Database, database_url
from gradebook.policies.facts import Target
from tests.unit.gradebook.builders import BY_TA, LAB, SPRING, a_graded, an_assignment
from tests.unit.gradebook.conftest import empty_postgres
from tests.unit.gradebook.course_builders import BY_PROF, COLUMNS, POLICIES, a_class, a_row, hand_in

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
NOBODY = 65534


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "grades.sqlite3"


def students(file: Path) -> list[str]:
    with Gradebook.open(file) as book:
        return [str(entry.graded.student) for entry in book.scores(SPRING, LAB)]


def test_a_backup_made_while_the_gradebook_is_open_holds_everything_acknowledged(file: Path) -> None:
    with Gradebook.open(file) as book:
        hand_in(book, "anna")
        back_up(file, file.with_name("kept"))
        hand_in(book, "bert")
    assert students(file.with_name("kept")) == ["anna"]


def test_a_restored_backup_takes_the_place_of_the_gradebook_which_is_kept(file: Path) -> None:
    with Gradebook.open(file) as book:
        course = a_class(book, ["anna"])
        hand_in(book, "anna")
        back_up(file, file.with_name("kept"))
        course.import_roster([a_row("bert")], BY_PROF, columns=COLUMNS)
        hand_in(book, "bert")
    replaced = restore(file.with_name("kept"), file, now=NOW)
    assert students(file) == ["anna"]
    with Gradebook.open(file) as book:
        assert [one.student for one in CourseBook(book, SPRING).members()] == ["anna"]
    assert replaced is not None
    assert replaced.name == "grades.sqlite3.replaced-20260301T120000Z"
    assert students(replaced) == ["anna", "bert"]


def test_a_backup_is_one_file_and_stays_one(file: Path) -> None:
    with Gradebook.open(file) as book:
        hand_in(book, "anna")
        back_up(file, file.with_name("kept"))
    restore(file.with_name("kept"), file, now=NOW)
    assert students(file) == ["anna"]
    assert sorted(each.name for each in file.parent.iterdir()) == [
        "grades.sqlite3", "grades.sqlite3.replaced-20260301T120000Z", "kept",
    ]  # fmt: skip


def test_a_lost_gradebook_comes_back(file: Path) -> None:
    with Gradebook.open(file) as book:
        hand_in(book, "anna")
    back_up(file, file.with_name("kept"))
    file.unlink()
    assert restore(file.with_name("kept"), file, now=NOW) is None
    assert students(file) == ["anna"]


def test_a_backup_is_never_written_over(file: Path) -> None:
    Gradebook.open(file).close()
    file.with_name("kept").write_text("something else")
    with pytest.raises(GradebookError, match="kept is there already"):
        back_up(file, file.with_name("kept"))
    assert file.with_name("kept").read_text() == "something else"


def test_what_is_no_backup_of_a_gradebook_is_not_restored(file: Path) -> None:
    with Gradebook.open(file) as book:
        hand_in(book, "anna")
    other = file.with_name("other")
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE students (id INTEGER)")
    db.close()
    notes = file.with_name("notes")
    notes.write_text("This is a text about grades. " * 100)
    for wrong, said in (
        (other, "no backup of a gradebook"),
        (notes, "no gradebook"),
        (file / "x", "no backup"),
    ):
        with pytest.raises(GradebookError, match=said):
            restore(wrong, file, now=NOW)
    assert students(file) == ["anna"]


def test_backups_of_postgresql_are_left_to_its_own_tools() -> None:
    with pytest.raises(GradebookError, match="SQLite") as caught:
        file_of(database_url("postgresql://host/db"))
    assert "pg_dump" in caught.value.hint


def test_a_full_disk_is_said_and_nothing_is_half_written(file: Path) -> None:
    """SQLite's own limit of pages stands for the disk: it says what a full disk makes it say."""
    with Gradebook.open(file) as book:
        course = a_class(book, ["anna"])
        hand_in(book, "anna")
        with book.reading() as db:
            used = db.execute(text("PRAGMA page_count")).scalar_one()
            db.execute(text(f"PRAGMA max_page_count={used}"))
        many = [a_row(f"s{number}", name="x" * 100) for number in range(500)]
        with pytest.raises(StorageFull, match="disk is full") as caught:
            course.import_roster(many, BY_PROF, columns=COLUMNS)
        assert "Free some space" in caught.value.hint
        assert [one.student for one in course.members()] == ["anna"]
    with Gradebook.open(file) as book:
        CourseBook(book, SPRING).import_roster(many, BY_PROF, columns=COLUMNS)
        assert len(CourseBook(book, SPRING).members()) == 501


Write = Callable[[Gradebook, CourseBook, int], object]

WRITES: dict[str, Write] = {
    "score": lambda book, course, n: book.record(
        a_graded(submission=f"s{n}", student=f"s{n}", digest="d"), an_assignment(), SPRING
    ),
    "points": lambda book, course, n: book.override_total(1, Decimal(n % 9), BY_TA, comment="x" * 500),
    "extension": lambda book, course, n: course.extend(Target.STUDENT, "anna", "lab1", BY_TA, days=n + 1),
    "policies": lambda book, course, n: course.store_policies(f"{POLICIES}# {n} {'x' * 500}\n", BY_TA),
}


@pytest.mark.parametrize("what", WRITES)
def test_a_disk_that_fills_up_keeps_every_write_it_acknowledged_and_no_other(file: Path, what: str) -> None:
    """Written until there is no room: what was acknowledged is there, of the last one nothing."""
    with Gradebook.open(file) as book:
        course = a_class(book, ["anna"])
        hand_in(book, "anna")
        with book.reading() as db:
            used = db.execute(text("PRAGMA page_count")).scalar_one()
            db.execute(text(f"PRAGMA max_page_count={used + 4}"))
        before = lines_of_audit(book)
        done = 0
        with pytest.raises(StorageFull, match="disk is full"):
            for number in range(300):
                WRITES[what](book, course, number)
                done += 1
        assert lines_of_audit(book) == before + done
    with Gradebook.open(file) as book:
        assert lines_of_audit(book) == before + done
        with book.reading() as db:
            assert db.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
            assert db.execute(text("PRAGMA foreign_key_check")).all() == []


def lines_of_audit(book: Gradebook) -> int:
    with book.reading() as db:
        return int(db.execute(select(func.count()).select_from(tables.audit_log)).scalar_one())


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users reach, too."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    folder.chmod(0o777)
    shutil.rmtree(folder)


@pytest.mark.parametrize("what", ["file", "folder and file"])
def test_a_gradebook_whose_rights_forbid_writing_says_so(open_folder: Path, what: str) -> None:
    file = open_folder / "grades.sqlite3"
    with Gradebook.open(file) as book:
        hand_in(book, "anna")
    file.chmod(0o444)
    if what == "folder and file":
        open_folder.chmod(0o555)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _write_as_somebody_else(file, writer)
    os.close(writer)
    with os.fdopen(reader) as told:
        said = told.read()
    os.waitpid(child, 0)
    assert said == "GradebookError: the gradebook cannot be written (Check the file's and folder's rights.)"
    file.chmod(0o666)
    open_folder.chmod(0o777)
    assert students(file) == ["anna"]


def _write_as_somebody_else(file: Path, answer: int) -> None:
    """In the child: root could write whatever the rights say. Never returns."""
    try:
        if os.geteuid() == 0:
            os.setuid(NOBODY)
        with Gradebook.open(file) as book:
            book.record(a_graded(run_key="again"), an_assignment(), SPRING)
    except GradebookError as error:
        os.write(answer, f"GradebookError: {error} ({error.hint})".encode())
    finally:
        os._exit(0)


def test_two_writers_who_wait_for_each_other_are_told_and_one_of_them_is_done() -> None:
    """In PostgreSQL; in SQLite writers come one after another."""
    database = Database(database_url(empty_postgres()), survive_power_loss=True)
    both_hold_one = threading.Barrier(2)

    def write(first: str, then: str) -> str:
        try:
            with database.writing() as db:
                alone(db, first)
                both_hold_one.wait(60)
                alone(db, then)
        except GradebookError as error:
            return str(error)
        return "done"

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(write, ("a", "b"), ("b", "a")))
    database.close()
    assert said == ["done", "two writers waited for each other; nothing was written"]
