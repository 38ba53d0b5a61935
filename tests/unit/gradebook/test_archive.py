"""Records of an archive: all are there, they come back as they were, and strangers' lines do no harm."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, select

from autograder.errors import GradebookError
from autograder.model.ids import CheckId
from gradebook.archive.dumping import dump, dump_policies
from gradebook.archive.filling import fill
from gradebook.archive.grades import differences, grades
from gradebook.archive.manifest import MANIFEST, check_manifest, write_manifest
from gradebook.archive.rows import NAMED_TABLES, all_tables, archived_tables, columns_page
from gradebook.book import Gradebook
from gradebook.course_book import CourseBook
from gradebook.erasing import Erasing
from gradebook.policies.facts import Target
from gradebook.values import Decision
from tests.unit.gradebook.builders import BY_TA, LAB, SPRING, a_graded, a_layout, an_assignment
from tests.unit.gradebook.course_builders import BY_PROF, a_class, hand_in

Rows = dict[str, list[dict[str, Any]]]


def a_term(book: Gradebook) -> CourseBook:
    """A class in which a bit of everything happened."""
    course = a_class(book, ["anna", "kim7", "zoe", "gone"])
    for student in ("anna", "zoe", "gone"):
        hand_in(book, student)
    hand_in(book, "anna", late=timedelta(days=1), attempt=2)
    book.record(
        a_graded(submission="x", student="zoe", digest="x"), an_assignment(), SPRING, layout=a_layout()
    )
    score = book.attempts(SPRING, LAB, "anna")[0].score_id
    book.record_manual_points(score, CheckId("q1"), Decimal("3.5"), BY_TA, comment="Half right: Zürich, 東京")
    course.extend(Target.STUDENT, "kim7", "lab1", BY_PROF, days=2)
    course.extend(Target.SECTION, "A", "lab1", BY_PROF, days=1)
    course.withdraw_extension(2, BY_PROF)
    course.group("lab1", "g1", ["anna", "kim7"], BY_PROF)
    course.choose_attempt("lab1", "anna", "anna-1", BY_PROF)
    course.award_extra("lab1", "zoe", "an own idea", Decimal("1.25"), Decision(who="zoe", why="asked for it"))
    Erasing(book).erase(["gone"], BY_PROF)
    return course


def rows(book: Gradebook) -> Rows:
    with book.reading() as db:
        return {
            table.name: [
                dict(row) for row in db.execute(select(table).order_by(*table.primary_key)).mappings()
            ]
            for table in all_tables()
        }


@pytest.fixture
def folder(book: Gradebook, tmp_path: Path) -> Path:
    """The archive's records of a term."""
    a_term(book)
    made = tmp_path / "archive"
    made.mkdir()
    with book.reading() as db:
        dump(db, made, names=True)
    return made


def filled(folder: Path, file: Path, *, names: bool = True) -> Gradebook:
    again = Gradebook.open(file)
    with again.writing() as db:
        fill(db, folder, names=names)
    return again


def test_every_table_of_the_database_is_archived(book: Gradebook) -> None:
    with book.reading() as db:
        there = set(inspect(db).get_table_names()) - {"alembic_version"}
    assert {table.name for table in archived_tables()} | set(NAMED_TABLES) == there
    assert all(f"## {table.name}\n" in columns_page() for table in archived_tables())


def test_what_is_restored_is_what_was_archived_row_by_row(
    book: Gradebook, folder: Path, tmp_path: Path
) -> None:
    """Also from PostgreSQL into SQLite. History, audit log, names, layouts and erasures are rows, too."""
    before = rows(book)
    assert len([name for name in before if before[name]]) > 15
    with filled(folder, tmp_path / "again.sqlite3") as again:
        assert rows(again) == before
        with book.reading() as db, again.reading() as other:
            assert not list(differences(grades(db, book.now()), grades(other, book.now())))
        assert again.history(SPRING, LAB, "anna-1") == book.history(SPRING, LAB, "anna-1")


def test_a_restored_gradebook_is_written_on_from_where_it_was(url: str, tmp_path: Path) -> None:
    with Gradebook.open(tmp_path / "old.sqlite3") as old:
        a_term(old)
        (tmp_path / "archive").mkdir()
        with old.reading() as db:
            dump(db, tmp_path / "archive", names=True)
        last = max(row["id"] for row in rows(old)["scores"])
    with Gradebook.open(url) as again:
        with again.writing() as db:
            fill(db, tmp_path / "archive", names=True)
        receipt = again.record(a_graded(submission="new", student="new"), an_assignment(), SPRING)
        assert receipt.score_id > last
        with pytest.raises(GradebookError, match="append-only"), again.writing() as db:
            db.exec_driver_sql("DELETE FROM scores")


def test_without_names_the_grades_are_the_same_and_no_name_is_there(book: Gradebook, tmp_path: Path) -> None:
    a_term(book)
    folder = tmp_path / "archive"
    folder.mkdir()
    with book.reading() as db:
        dump(db, folder, names=False)
        dump_policies(db, folder / "policies")
    files = [path for path in folder.rglob("*") if path.is_file()]
    text = "\n".join(path.read_text() for path in files)
    assert not [name for name in ("anna", "kim7", "zoe", "Zoe Student") if name in text]
    with filled(folder, tmp_path / "again.sqlite3") as again, again.reading() as other, book.reading() as db:
        assert not list(differences(grades(db, book.now()), grades(other, book.now())))
        named = {entry.graded.student[:2] for entry in again.scores(SPRING, LAB)}
        assert named == {"p-"}


def test_a_gradebook_with_anything_in_it_is_not_filled(folder: Path, tmp_path: Path) -> None:
    with Gradebook.open(tmp_path / "full.sqlite3") as full:
        hand_in(full, "kim")
        before = rows(full)
        with pytest.raises(GradebookError, match="already"), full.writing() as db:
            fill(db, folder, names=True)
        assert rows(full) == before


def changed(path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change the first line of a file of records."""
    first, *others = path.read_text().splitlines(keepends=True)
    path.write_text(json.dumps(change(json.loads(first))) + "\n" + "".join(others))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda row: {**row, "total": "NaN"}, "records/scores.jsonl, line 1|a value cannot be stored"),
        (lambda row: {**row, "total": 7.5}, None),
        (lambda row: {**row, "total": [1]}, "cannot be 'total'"),
        (lambda row: {**row, "id": "1"}, "'1' cannot be 'id'"),
        (lambda row: {**row, "scored": 1}, "1 cannot be 'scored'"),
        (lambda row: {**row, "recorded_at": "yesterday"}, "'yesterday' cannot be 'recorded_at'"),
        (lambda row: {**row, "recorded_at": "2026-03-01T17:00:00"}, "without a zone|cannot be stored"),
        (lambda row: {**row, "status": None}, "'status' is empty"),
        (lambda row: {**row, "grade": 1}, "no column 'grade'"),
        (lambda row: {key: row[key] for key in row if key != "status"}, "there is no 'status'"),
        (lambda row: {**row, "submission_id": 999}, "FOREIGN KEY"),
        (lambda row: [row], "this is no row"),
    ],
)
def test_a_line_that_is_no_row_is_refused_and_nothing_is_restored(
    tmp_path: Path, change: Callable[[dict[str, Any]], Any], said: str | None
) -> None:
    with Gradebook.open(tmp_path / "old.sqlite3") as old:
        hand_in(old, "kim")
        (tmp_path / "archive").mkdir()
        with old.reading() as db:
            dump(db, tmp_path / "archive", names=True)
    changed(tmp_path / "archive" / "records" / "scores.jsonl", change)
    if said is None:  # a number of points may be written as a number
        filled(tmp_path / "archive", tmp_path / "again.sqlite3").close()
        return
    with pytest.raises(GradebookError, match=said):
        filled(tmp_path / "archive", tmp_path / "again.sqlite3")
    with Gradebook.open(tmp_path / "again.sqlite3") as again:
        assert not any(rows(again).values())


def test_bytes_that_are_no_lines_of_json_are_refused(tmp_path: Path) -> None:
    with Gradebook.open(tmp_path / "old.sqlite3") as old:
        hand_in(old, "kim")
        (tmp_path / "archive").mkdir()
        with old.reading() as db:
            dump(db, tmp_path / "archive", names=True)
    path = tmp_path / "archive" / "records" / "people.jsonl"
    for content, said in (
        (b"\xff\xfe", "not UTF-8"),
        (b"[" * 100_000 + b"\n", "no JSON"),
        (b'{"id": 1}', "has no end"),
        (None, "the archive has no records/people.jsonl"),
    ):
        path.unlink() if content is None else path.write_bytes(content)
        with pytest.raises(GradebookError, match=said):
            filled(tmp_path / "archive", tmp_path / "again.sqlite3")


def some_files(folder: Path) -> str:
    (folder / "records").mkdir(parents=True)
    for name in ("a.txt", "b.txt", "records/c.jsonl"):
        (folder / name).write_text(name)
    return write_manifest(folder)


def test_a_manifest_tells_what_changed_is_missing_or_was_added(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    digest = some_files(folder)
    assert check_manifest(folder) == (digest, [])
    (folder / "a.txt").write_text("another")
    (folder / "b.txt").unlink()
    (folder / "records" / "new").write_text("")
    (folder / ".hidden").write_text("")
    assert sorted(check_manifest(folder)[1]) == [
        "changed: a.txt", "extra file: '.hidden'", "extra file: 'records/new'", "missing: b.txt",
    ]  # fmt: skip


def test_links_and_special_files_are_never_followed_or_opened(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    some_files(folder)
    same = tmp_path / "same"
    same.write_text("a.txt")
    (folder / "a.txt").unlink()
    (folder / "a.txt").symlink_to(same)
    (folder / "b.txt").unlink()
    os.mkfifo(folder / "b.txt")
    (folder / "more").symlink_to(tmp_path, target_is_directory=True)
    assert sorted(check_manifest(folder)[1]) == [
        "changed: a.txt is a link", "changed: b.txt is a special file", "extra link: 'more'",
    ]  # fmt: skip
    with pytest.raises(GradebookError, match="cannot stand in an archive"):
        write_manifest(folder)


@pytest.mark.parametrize(
    "content",
    [
        "",
        f"{'0' * 64}  ../../etc/passwd\n",
        f"{'0' * 64}  /etc/passwd\n",
        f"{'0' * 64}  a//b\n",
        f"{'0' * 64}  b\n{'0' * 64}  a\n",
        f"{'0' * 64}  a\n{'0' * 64}  a\n",
        f"{'0' * 64}  a b\n",
        f"{'0' * 63}  a\n",
        f"{'0' * 64}  a",
        f"{'0' * 64}  a\r\n",
    ],
    ids=["empty", "up", "absolute", "double", "unsorted", "twice", "space", "short", "no-end", "crlf"],
)
def test_only_a_canonical_manifest_is_one(tmp_path: Path, content: str) -> None:
    (tmp_path / MANIFEST).write_bytes(content.encode())
    with pytest.raises(GradebookError, match=MANIFEST):
        check_manifest(tmp_path)
