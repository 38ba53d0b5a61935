"""The class: what a roster file changes, what it may not, and what stays."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from autograder.errors import GradebookError
from gradebook import offering_tables, tables
from gradebook.book import Gradebook
from gradebook.course_book import CourseBook
from gradebook.roster import RosterEvent, RosterRow
from gradebook.values import Decision, Offering
from tests.unit.gradebook.builders import SPRING
from tests.unit.gradebook.course_builders import BY_PROF, COLUMNS, a_class, a_row, hand_in


@pytest.fixture
def course(book: Gradebook) -> CourseBook:
    return CourseBook(book, SPRING)


@pytest.fixture
def empty_class(tmp_path: Path) -> Iterator[CourseBook]:
    """A class in a file: for what does not depend on the kind of database."""
    with Gradebook.open(tmp_path / "quick.sqlite3") as book:
        yield CourseBook(book, SPRING)


def count(book: Gradebook, table: str) -> int:
    with book.reading() as db:
        return db.execute(select(func.count()).select_from(tables.metadata.tables[table])).scalar_one()


def test_a_roster_makes_the_class(course: CourseBook) -> None:
    rows = [a_row("s2", name="Zoë Ünal", net_id="zz1", email="zz1@example.edu", lms_id="77"), a_row("s1")]
    diff = course.import_roster(rows, BY_PROF, columns=COLUMNS)
    assert [(change.event, change.student) for change in diff.changes] == [
        (RosterEvent.ADDED, "s2"),
        (RosterEvent.ADDED, "s1"),
    ]
    first, second = course.members()
    assert (first.student, first.section, first.enrolled) == ("s1", "A", True)
    assert (second.name, second.net_id, second.email, second.lms_id) == (
        "Zoë Ünal", "zz1", "zz1@example.edu", "77",
    )  # fmt: skip
    assert first.pseudonym != second.pseudonym


def test_a_dry_run_shows_the_same_difference_and_writes_nothing(course: CourseBook) -> None:
    course.import_roster([a_row("s1", name="Old")], BY_PROF, columns=COLUMNS)
    rows = [a_row("s1", name="New", section="B"), a_row("s2")]
    dry = course.import_roster(rows, BY_PROF, columns=COLUMNS, dry_run=True)
    assert [one.name for one in course.members()] == ["Old"]
    assert course.import_roster(rows, BY_PROF, columns=COLUMNS) == dry
    assert str(dry.changes[0]) == "moved     s1: name Old -> New; section A -> B"


def test_the_same_roster_twice_changes_nothing(empty_class: CourseBook) -> None:
    rows = [a_row("s1", name="One")]
    empty_class.import_roster(rows, BY_PROF, columns=COLUMNS)
    before = count(empty_class.book, "audit_log")
    diff = empty_class.import_roster(rows, BY_PROF, columns=COLUMNS)
    assert (diff.changes, diff.unchanged) == ((), 1)
    assert count(empty_class.book, "audit_log") == before


def test_a_column_that_the_file_lacks_changes_nothing(empty_class: CourseBook) -> None:
    empty_class.import_roster([a_row("s1", name="One", email="one@example.edu")], BY_PROF, columns=COLUMNS)
    diff = empty_class.import_roster([RosterRow(student="s1", name="Uno")], BY_PROF, columns=["name"])
    (one,) = empty_class.members()
    assert (one.name, one.email, one.section) == ("Uno", "one@example.edu", "A")
    assert [change.event for change in diff.changes] == [RosterEvent.CORRECTED]


def test_who_is_missing_stays_unless_it_is_said(empty_class: CourseBook) -> None:
    empty_class.import_roster([a_row("s1"), a_row("s2")], BY_PROF, columns=COLUMNS)
    diff = empty_class.import_roster([a_row("s1")], BY_PROF, columns=COLUMNS)
    assert [(change.event, change.student) for change in diff.changes] == [(RosterEvent.MISSING, "s2")]
    assert all(one.enrolled for one in empty_class.members())
    empty_class.import_roster([a_row("s1")], BY_PROF, columns=COLUMNS, remove_missing=True)
    assert [one.enrolled for one in empty_class.members()] == [True, False]
    diff = empty_class.import_roster([a_row("s1"), a_row("s2")], BY_PROF, columns=COLUMNS)
    assert [change.event for change in diff.changes] == [RosterEvent.RETURNED]
    assert [one.enrolled for one in empty_class.members()] == [True, True]


def test_leaving_the_class_costs_no_score(book: Gradebook) -> None:
    course = a_class(book)
    hand_in(book, "zoe")
    course.import_roster([a_row("anna", section="B")], BY_PROF, columns=COLUMNS, remove_missing=True)
    grade = course.standing("zoe").assignments["lab1"]
    assert grade.points == 10


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([a_row("s1", line=2), a_row("s1", line=3)], "line 3: the id 's1' stands in line 2, too"),
        ([a_row("S1", line=2), a_row("s1", line=3)], "line 3: the id 's1' stands in line 2, too"),
        ([a_row("s1", line=2, email="x@y"), a_row("s2", line=3, email="X@y")], "line 3: the email 'X@y'"),
        ([a_row("", line=4)], "line 4: the id is empty"),
        ([a_row("s\n1", line=4)], "line 4: the id"),
        ([a_row("s1", line=2, section="x" * 201)], "line 2: the section"),
        ([a_row("s1", line=2, name='One\n"s2",Two')], "line 2: a line break in name"),
        ([], "names nobody"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_written(
    empty_class: CourseBook, rows: list[RosterRow], said: str
) -> None:
    with pytest.raises(GradebookError) as caught:
        empty_class.import_roster([a_row("s9", line=9), *rows] if rows else [], BY_PROF, columns=COLUMNS)
    assert said in str(caught.value)
    assert empty_class.members() == ()
    assert count(empty_class.book, "people") == 0


def test_an_address_of_somebody_who_stays_is_refused(empty_class: CourseBook) -> None:
    empty_class.import_roster([a_row("s1", email="a@example.edu")], BY_PROF, columns=COLUMNS)
    with pytest.raises(GradebookError, match=r"line 2: the email 'A@example.edu' is s1's"):
        empty_class.import_roster([a_row("s2", email="A@example.edu", line=2)], BY_PROF, columns=COLUMNS)


def test_every_row_that_is_wrong_is_named_at_once(empty_class: CourseBook) -> None:
    rows = [a_row("s1", line=2), *(a_row("", line=line) for line in range(3, 40))]
    with pytest.raises(GradebookError) as caught:
        empty_class.import_roster(rows, BY_PROF, columns=COLUMNS)
    assert "line 3: the id is empty\nline 4:" in str(caught.value)
    assert str(caught.value).endswith("and 17 more")


def test_each_change_says_who_when_and_why_in_its_own_audit_line(course: CourseBook) -> None:
    course.import_roster([a_row("s1"), a_row("s2")], BY_PROF, columns=COLUMNS)
    log, facts = tables.audit_log.c, offering_tables.roster_changes.c
    with course.book.reading() as db:
        lines = db.execute(
            select(log.event, log.who, log.why, log.course, log.term, log.about, log.about_id).order_by(
                log.id
            )
        ).all()
        numbers = db.execute(select(facts.id).order_by(facts.id)).scalars().all()
    assert [tuple(line) for line in lines] == [
        ("roster_added", "prof", "start of term", SPRING.course, SPRING.term, "roster_changes", number)
        for number in numbers
    ]


def test_the_same_person_in_two_terms_is_one_person_with_two_places(book: Gradebook) -> None:
    autumn = CourseBook(book, Offering("deep-learning", "2026-autumn"))
    CourseBook(book, SPRING).import_roster([a_row("s1", name="One")], BY_PROF, columns=COLUMNS)
    autumn.import_roster([a_row("s1", section="C")], BY_PROF, columns=["section"])
    (spring_one,), (autumn_one,) = CourseBook(book, SPRING).members(), autumn.members()
    assert (spring_one.section, autumn_one.section) == ("A", "C")
    assert (autumn_one.person_id, autumn_one.name) == (spring_one.person_id, "One")


def test_two_imports_at_once_end_like_one_after_the_other(url: str) -> None:
    """Eight imports of overlapping files: nobody is added twice, nothing is half written."""
    with Gradebook.open(url) as book:
        start = threading.Barrier(8)
        failures: list[BaseException] = []

        def load(number: int) -> None:
            rows = [a_row(f"s{n}", section=f"sec{number}") for n in range(number, number + 6)]
            try:
                start.wait()
                CourseBook(book, SPRING).import_roster(
                    rows, Decision(who=f"p{number}", why=f"import {number}"), columns=COLUMNS
                )
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=load, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert [one.student for one in CourseBook(book, SPRING).members()] == sorted(
            f"s{n}" for n in range(13)
        )
        facts = offering_tables.roster_changes.c
        with book.reading() as db:
            per_import = dict(db.execute(select(facts.why, func.count()).group_by(facts.why)).all())
            twice = db.execute(
                select(facts.person_id).group_by(facts.person_id, facts.section).having(func.count() > 1)
            ).all()
        assert per_import == {f"import {number}": 6 for number in range(8)}, "each moved its six students"
        assert twice == []
