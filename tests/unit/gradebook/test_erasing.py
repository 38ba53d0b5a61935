"""Names can be erased for good; every score, extension and grade stays valid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select, text

from autograder.errors import GradebookError
from gradebook import offering_tables, tables
from gradebook.book import Gradebook
from gradebook.database import Database, database_url
from gradebook.erasing import Erasing
from gradebook.policies.facts import Target
from gradebook.values import Decision
from tests.unit.gradebook.builders import LAB, SPRING, a_graded, an_assignment
from tests.unit.gradebook.course_builders import BY_PROF, COLUMNS, DUE, a_class, a_row, hand_in

ON_REQUEST = Decision(who="registrar", why="asked to be forgotten")


def test_who_is_erased_has_no_name_and_keeps_every_grade(book: Gradebook) -> None:
    course = a_class(book, ["anna", "bert"])
    course.extend(Target.STUDENT, "anna", "lab1", Decision(who="prof", why="ill"), days=1)
    hand_in(book, "anna", late=timedelta(hours=30))
    course.choose_attempt("lab1", "anna", "anna-1", Decision(who="prof", why="the only one"))
    before = course.standing("anna").assignments["lab1"]
    gone = Erasing(book).erase(["anna"], ON_REQUEST)
    after = course.standing(gone["anna"]).assignments["lab1"]
    assert before.points == after.points == Decimal(9)
    assert (before.days_late, before.deadline, before.state) == (after.days_late, after.deadline, after.state)
    assert [one.student for one in course.members()] == ["bert", gone["anna"]]
    assert {entry.graded.student for entry in book.scores(SPRING, LAB)} == {gone["anna"]}
    with pytest.raises(GradebookError, match="no student 'anna'"):
        course.standing("anna")


def test_no_table_holds_the_name_any_more(book: Gradebook, url: str) -> None:
    course = a_class(book, ["qqname1", "bert"])
    rows = [a_row("qqname1", name="Qqfirst Qqlast", email="qqmail@example.edu", section="B"), a_row("bert")]
    course.import_roster(rows, BY_PROF, columns=COLUMNS)
    hand_in(book, "qqname1")
    Erasing(book).erase(["qqname1"], ON_REQUEST)
    database = Database(database_url(url), survive_power_loss=True)
    with database.reading() as db:
        kept = {
            name: [str(tuple(row)) for row in db.execute(text(f"SELECT * FROM {name}"))]
            for name in tables.metadata.tables
        }
    database.close()
    holding = {name for name, rows in kept.items() for row in rows if "qq" in row.casefold()}
    assert holding == set()


def test_the_bytes_of_an_sqlite_file_hold_the_name_no_more(tmp_path: Path) -> None:
    file = tmp_path / "grades.sqlite3"
    with Gradebook.open(file) as book:
        course = a_class(book, ["qqname1", "bert"])
        rows = [a_row("qqname1", name="Qqfirst Qqlast", section="B"), a_row("bert")]
        course.import_roster(rows, BY_PROF, columns=COLUMNS)
        hand_in(book, "qqname1")
        Erasing(book).erase(["qqname1"], ON_REQUEST)
    left = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert b"qqname1" not in left
    assert b"Qqfirst" not in left
    assert b"bert" in left


def test_of_several_one_of_whom_nobody_knows_none_is_erased(book: Gradebook) -> None:
    course = a_class(book, ["anna", "bert"])
    with pytest.raises(GradebookError, match=r"no student 'carl'; nobody was erased"):
        Erasing(book).erase(["anna", "carl"], ON_REQUEST)
    assert [one.student for one in course.members()] == ["anna", "bert"]


def test_an_erasure_says_who_when_and_why_and_never_whom(book: Gradebook) -> None:
    a_class(book, ["anna"])
    Erasing(book).erase(["anna"], ON_REQUEST)
    log, kept = tables.audit_log.c, offering_tables.erasures.c
    with book.reading() as db:
        lines = db.execute(select(log.event, log.who, log.why, log.about).where(log.event == "erased")).all()
        facts = db.execute(select(kept.who, kept.why)).all()
    assert [tuple(line) for line in lines] == [("erased", "registrar", "asked to be forgotten", "erasures")]
    assert [tuple(fact) for fact in facts] == [("registrar", "asked to be forgotten")]


def test_who_comes_back_after_an_erasure_is_a_new_person(book: Gradebook) -> None:
    course = a_class(book, ["anna"])
    hand_in(book, "anna")
    gone = Erasing(book).erase(["anna"], ON_REQUEST)
    course.import_roster([a_row("anna")], BY_PROF, columns=COLUMNS)
    assert course.standing("anna").assignments.get("lab1", None) is not None
    assert course.standing("anna").assignments["lab1"].attempt is None
    assert course.standing(gone["anna"]).assignments["lab1"].points == 10


def test_who_was_not_seen_for_long_is_found_for_erasure(url: str) -> None:
    times = iter([DUE] * 100)
    with Gradebook.open(url, clock=lambda: next(times)) as book:
        a_class(book, ["anna", "bert"])
        hand_in(book, "anna")
    later = DUE + timedelta(days=400)
    with Gradebook.open(url, clock=lambda: later) as book:
        book.record(
            a_graded(submission="b", student="bert", digest="b", received=later), an_assignment(), SPRING
        )
        assert Erasing(book).not_seen_since(datetime(2026, 9, 1, tzinfo=UTC)) == ["anna"]
        assert Erasing(book).not_seen_since(datetime(2025, 9, 1, tzinfo=UTC)) == []
