"""History is added to, never edited, and what was acknowledged is there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text

from autograder.errors import GradebookError
from autograder.model.ids import CheckId
from gradebook import tables
from gradebook.book import Gradebook
from gradebook.database import Database, database_url
from tests.unit.gradebook.builders import (
    BY_TA,
    LAB,
    SPRING,
    a_finding,
    a_graded,
    a_layout,
    an_assignment,
)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """The tables with a few rows in each, and a way past the gradebook's own functions."""
    with Gradebook.open(url) as book:
        score_id = book.record(
            a_graded(findings=(a_finding(),)), an_assignment(), SPRING, layout=a_layout()
        ).score_id
        book.record_manual_points(score_id, CheckId("q1"), Decimal(1), BY_TA)
    opened = Database(database_url(url), survive_power_loss=True)
    yield opened
    opened.close()


@pytest.mark.parametrize("table", tables.APPEND_ONLY)
def test_rows_of_the_history_cannot_be_changed_or_removed(database: Database, table: str) -> None:
    column = tables.metadata.tables[table].columns.keys()[0]
    for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
        with pytest.raises(GradebookError, match="history is never changed"), database.writing() as db:
            db.execute(text(statement))
    with database.reading() as db:
        assert db.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() > 0


def test_a_row_cannot_be_replaced_either(database: Database) -> None:
    if not database.sqlite:
        pytest.skip("PostgreSQL has no REPLACE")
    statement = "INSERT OR REPLACE INTO offerings SELECT course, term, created_at FROM offerings"
    with pytest.raises(GradebookError, match="history is never changed"), database.writing() as db:
        db.execute(text(statement))


def test_the_history_cannot_be_emptied_at_once(database: Database) -> None:
    if database.sqlite:
        pytest.skip("SQLite has no TRUNCATE")
    with pytest.raises(GradebookError, match="history is never changed"), database.writing() as db:
        db.execute(text("TRUNCATE audit_log"))


def test_only_names_can_be_erased_and_scores_stay_valid(database: Database, url: str) -> None:
    with database.writing() as db:
        db.execute(text("UPDATE people SET student = NULL"))
    with Gradebook.open(url) as book:
        entry = book.scores(SPRING, LAB)[0]
    assert entry.graded.student == entry.pseudonym
    assert entry.total == Decimal(7)


def test_no_table_of_the_history_but_the_details_holds_a_name(database: Database) -> None:
    with database.reading() as db:
        for table in set(tables.APPEND_ONLY) - {"score_details"}:
            rows = db.execute(text(f"SELECT * FROM {table}")).all()
            assert "anna" not in str(rows)


def test_every_score_and_every_change_has_its_audit_line(database: Database) -> None:
    log = tables.audit_log.c
    with database.reading() as db:
        lines = db.execute(select(log.event, log.who, log.why).order_by(log.id)).all()
    assert [tuple(line) for line in lines] == [
        ("recorded", "autograder", ""),
        ("check_points", "ta7", "read it twice"),
    ]


def test_a_change_without_its_audit_line_is_not_kept(url: str) -> None:
    with Gradebook.open(url) as book:
        score_id = book.record(a_graded(), an_assignment(), SPRING).score_id
        other = Database(database_url(url), survive_power_loss=True)
        with other.writing() as db:
            db.execute(text("ALTER TABLE audit_log RENAME TO audit_gone"))
        with pytest.raises(GradebookError):
            book.record_manual_points(score_id, CheckId("q1"), Decimal(1), BY_TA)
        with other.reading() as db:
            assert db.execute(select(func.count()).select_from(tables.score_changes)).scalar_one() == 0
        other.close()


def test_points_are_stored_as_integers(database: Database) -> None:
    with database.reading() as db:
        stored = db.execute(text("SELECT total, max_score FROM scores")).one()
    assert tuple(stored) == (10_000_000, 10_000_000)


def test_writers_at_the_same_instant_lose_nothing(url: str) -> None:
    """Eight writers record their own scores, the same score, and change one score, all at once."""
    shared = a_graded(submission="shared", digest="x", student="zoe")
    with Gradebook.open(url) as book:
        start = threading.Barrier(8)
        receipts: list[tuple[int, bool]] = []
        failures: list[BaseException] = []

        def write(number: int) -> None:
            try:
                start.wait()
                receipt = book.record(shared, an_assignment(), SPRING)
                receipts.append((receipt.score_id, receipt.new))
                own = a_graded(submission=f"s{number}", student=f"student{number}", digest=f"d{number}")
                book.record(own, an_assignment(), SPRING)
                book.record_manual_points(receipt.score_id, CheckId("q1"), Decimal(number) / 4, BY_TA)
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert len({score_id for score_id, _ in receipts}) == 1
        assert sorted(new for _, new in receipts) == [False] * 7 + [True]
        assert len(book.scores(SPRING, LAB)) == 9
        entry = book.latest(SPRING, LAB, shared.submission)
        assert entry is not None
        assert sorted(change.points for change in entry.changes) == [Decimal(n) / 4 for n in range(8)]
        last = entry.changes[-1].points
        assert last is not None
        assert entry.total == 6 + last


def test_one_new_submission_recorded_by_eight_at_once_is_there_once(url: str) -> None:
    with Gradebook.open(url) as book:
        book.record(a_graded(), an_assignment(), SPRING)  # the version is known: nobody waits for its row
        start = threading.Barrier(8)
        receipts: list[bool] = []
        failures: list[BaseException] = []

        def write(number: int) -> None:
            try:
                for turn in range(5):
                    graded = a_graded(submission=f"new{turn}", digest=f"new{turn}")
                    start.wait()
                    receipts.append(book.record(graded, an_assignment(), SPRING).new)
            except BaseException as error:
                failures.append(error)
                start.abort()

        threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert (receipts.count(True), receipts.count(False)) == (5, 35)
