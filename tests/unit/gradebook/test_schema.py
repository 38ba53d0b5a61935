"""Databases that are empty, current, newer, somebody else's or no databases at all."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from autograder.errors import GradebookError
from gradebook import offering_tables, schema, tables
from gradebook.backup import restore
from gradebook.book import Gradebook
from gradebook.campaigns import tables as campaign_tables
from gradebook.database import Database, database_url
from gradebook.marking import tables as marking_tables
from gradebook.policies.facts import Target
from gradebook.writing import add_score
from tests.unit.gradebook.builders import BY_TA, LAB, SPRING, a_graded, a_layout, an_assignment
from tests.unit.gradebook.course_builders import a_class

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    Gradebook.open(url).close()
    opened = Database(database_url(url), survive_power_loss=True)
    yield opened
    opened.close()


def test_the_migrations_make_what_the_tables_say(database: Database) -> None:
    with database.reading() as db:
        context = MigrationContext.configure(db, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []


def test_every_append_only_table_is_guarded(database: Database) -> None:
    if not database.sqlite:
        pytest.skip("test_history tries the statements themselves on PostgreSQL")
    with database.reading() as db:
        found = set(db.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars())
    guarded = tables.APPEND_ONLY + offering_tables.APPEND_ONLY + campaign_tables.APPEND_ONLY
    guarded += marking_tables.APPEND_ONLY
    assert found == {f"{name}_no_{verb}" for name in guarded for verb in ("update", "delete")}


def test_the_newest_schema_is_the_last_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "gradebook" / "migrations"))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [schema.HEAD]


def test_a_second_opening_changes_nothing(url: str) -> None:
    with Gradebook.open(url) as book:
        book.record(a_graded(), an_assignment(), SPRING)
    with Gradebook.open(url) as book:
        assert len(book.scores(SPRING, LAB)) == 1


def test_a_newer_schema_is_refused(database: Database, url: str) -> None:
    with database.writing() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    with pytest.raises(GradebookError, match=rf"schema 0999.*knows schemas up to {schema.HEAD}") as caught:
        Gradebook.open(url)
    assert "update nbverdict" in caught.value.hint


def make_of_schema(url: str, revision: str) -> None:
    """An older gradebook with one score in it."""
    old = Database(database_url(url), survive_power_loss=True)
    config = Config()
    config.set_main_option("script_location", str(ROOT / "gradebook" / "migrations"))
    config.set_main_option("path_separator", "os")
    with old.writing() as db:
        config.attributes["connection"] = db
        command.upgrade(config, revision)
    with old.writing() as db:
        add_score(db, a_graded(), an_assignment(), SPRING, by="autograder", now=datetime.now(UTC))
    old.close()


@pytest.mark.parametrize("revision", ["0001", "0002", "0003", "0004", "0005"])
def test_an_older_gradebook_is_upgraded_and_keeps_its_scores(url: str, revision: str) -> None:
    make_of_schema(url, revision)
    with Gradebook.open(url) as book:
        (kept,) = book.scores(SPRING, LAB)
        assert kept.graded == a_graded()
        book.record(a_graded(run_key="run-2"), an_assignment(), SPRING, layout=a_layout())
        assert book.versions(SPRING, LAB)["v1"].layout == a_layout()
        course = a_class(book, ["anna"])
        course.extend(Target.STUDENT, "anna", "lab1", BY_TA, days=2)
        assert course.standing("anna").assignments["lab1"].points == 10


def test_an_upgrade_leaves_a_backup_from_which_the_old_schema_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "grades.sqlite3"
    make_of_schema(f"sqlite:///{file}", "0001")
    with Gradebook.open(file) as book:
        book.record(a_graded(submission="s2", digest="d2"), an_assignment(), SPRING)
    (backup,) = tmp_path.glob("grades.sqlite3.schema-0001*.backup")
    restore(backup, file, now=datetime(2026, 3, 1, tzinfo=UTC))
    with sqlite3.connect(file) as db:
        assert db.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    db.close()
    with Gradebook.open(file) as book:
        assert [entry.submission for entry in book.scores(SPRING, LAB)] == ["s1"]
    assert len(list(tmp_path.glob("*.schema-0001*.backup"))) == 2, "the second upgrade kept the first backup"


def test_a_database_of_somebody_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "gradebook.db"
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE students (id INTEGER)")
    other.close()
    before = file.read_bytes()
    with pytest.raises(GradebookError, match="belongs to something else"):
        Gradebook.open(file)
    assert file.read_bytes() == before


def test_another_program_with_alembic_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE alembic_version (version_num TEXT)")
        other.execute("INSERT INTO alembic_version VALUES ('0001')")
    other.close()
    with pytest.raises(GradebookError, match="belongs to something else"):
        Gradebook.open(file)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("This is a text about grades. " * 100)
    with pytest.raises(GradebookError, match="no gradebook, or damaged"):
        Gradebook.open(file)


def test_a_folder_that_is_not_there_is_named_as_the_cause(tmp_path: Path) -> None:
    with pytest.raises(GradebookError, match="cannot be opened") as caught:
        Gradebook.open(tmp_path / "nowhere" / "grades.sqlite3")
    assert "folder" in caught.value.hint


def test_reading_a_gradebook_that_is_not_there_makes_none(tmp_path: Path) -> None:
    with pytest.raises(GradebookError, match=r"there is no gradebook grades\.sqlite3"):
        Gradebook.open(tmp_path / "grades.sqlite3", create=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///:memory:", "mysql://host/db", "://"])
def test_an_address_that_cannot_be_a_gradebook_is_refused(address: str) -> None:
    with pytest.raises(GradebookError):
        Gradebook.open(address)


def test_a_gradebook_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    file = tmp_path / "grades.sqlite3"
    with Gradebook.open(file) as book:
        book._database.engine.dispose()
        with (
            pytest.raises(GradebookError, match="cannot be written"),
            book._database.writing() as db,
        ):
            db.execute(text("PRAGMA query_only=ON"))
            db.execute(text("INSERT INTO offerings VALUES ('a', 'b', 'c')"))


@pytest.mark.parametrize(("lasting", "level"), [(True, 2), (False, 1)])
def test_the_level_of_durability_is_the_one_asked_for(tmp_path: Path, lasting: bool, level: int) -> None:
    Gradebook.open(tmp_path / "g").close()
    database = Database(database_url(tmp_path / "g"), survive_power_loss=lasting)
    with database.reading() as db:
        assert db.execute(text("PRAGMA synchronous")).scalar_one() == level
        assert db.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert db.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
    database.close()


def test_processes_that_open_an_empty_file_at_once_all_succeed(tmp_path: Path) -> None:
    file = tmp_path / "grades.sqlite3"
    children = []
    for _ in range(6):
        child = os.fork()
        if child == 0:
            failed = 1
            try:
                Gradebook.open(file).close()
                failed = 0
            finally:
                os._exit(failed)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 6


def test_a_current_gradebook_opens_without_alembic(tmp_path: Path) -> None:
    Gradebook.open(tmp_path / "g").close()
    code = (
        "import sys; from gradebook.book import Gradebook;"
        f"Gradebook.open({str(tmp_path / 'g')!r}).close(); print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "False"
