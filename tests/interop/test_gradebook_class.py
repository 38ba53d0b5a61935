"""Names, addresses, due dates and extensions move with the scores, in both directions and databases."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from autograder.model.ids import AssignmentId, CheckId
from gradebook.book import Gradebook
from gradebook.course_book import CourseBook
from gradebook.database import database_url
from gradebook.erasing import Erasing
from gradebook.nbgrader_reading import read_book
from gradebook.nbgrader_values import NbPerson
from gradebook.policies.facts import Target
from gradebook.policies.lines import Why
from gradebook.roster import RosterRow
from gradebook.values import Offering
from tests.interop.moves import move_in, move_out
from tests.interop.nbgrader_books import contents, describe, people_and_dates
from tests.unit.gradebook.builders import BY_TA, a_graded, a_layout, an_assignment
from tests.unit.gradebook.conftest import empty_postgres

ALGEBRA = Offering("algebra", "2026-spring")
PS1 = AssignmentId("ps-1")
LATE = """\
zone = "America/New_York"
[late]
percent_per_day = 10
[categories.sets]
weight = 1
[assignments.ps-1]
category = "sets"
"""


@pytest.fixture(scope="module")
def whole(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course with names, addresses and an extension. Copy it before you change it."""
    file = tmp_path_factory.mktemp("described") / "gradebook.db"
    shutil.copy(filled, file)
    describe(f"sqlite:///{file}")
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def theirs(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an export may write nbgrader's gradebook: a file, or a schema of a database beside ours."""
    if request.param == "sqlite":
        return str(tmp_path / "back.db")
    url = empty_postgres()
    from sqlalchemy import create_engine, text

    engine = create_engine(database_url(url))
    with engine.begin() as db:
        db.execute(text("DROP SCHEMA IF EXISTS theirs CASCADE"))
        db.execute(text("CREATE SCHEMA theirs"))
    engine.dispose()
    return f"{url}&options=-csearch_path%3Dtheirs"


def opened_by_nbgrader(theirs: str) -> str:
    return database_url(theirs).render_as_string() if "://" in theirs else f"sqlite:///{theirs}"


def everything(url: str) -> dict[str, object]:
    return {**contents(url), **people_and_dates(url)}


def test_a_whole_course_of_nbgrader_comes_back_as_it_was(whole: Path, theirs: str, tmp_path: Path) -> None:
    """Scores, extra credit, comments, penalties; names, addresses, LMS ids, due dates, extensions."""
    postgres = theirs.partition("&options")[0]
    ours = postgres if "://" in theirs else f"sqlite:///{tmp_path / 'ours.sqlite3'}"
    said = move_in(str(whole), ours)
    assert "class: 4 new students, new details of 0 others and 1 extensions recorded" in said
    assert said[-1].startswith("recorded in the gradebook ")
    assert said[-1].endswith(" (course algebra, term 2026-spring)")
    assert move_in(str(whole), ours)[2] == (
        "class: 0 new students, new details of 0 others and 0 extensions recorded"
    )
    move_out(ours, theirs)
    there = everything(opened_by_nbgrader(theirs))
    assert there == everything(f"sqlite:///{whole}")
    assert there["due"]["ps 1"] == datetime(2026, 3, 1, 23, 59, 59)  # type: ignore[index]  # noqa: DTZ001
    assert there["students"]["student01"] == ("Maria", "Garcia Lopez", "s01@example.edu", "77")  # type: ignore[index]
    move_out(ours, theirs, add=True)
    assert everything(opened_by_nbgrader(theirs)) == there


def a_course_of_ours(url: str) -> None:
    """A class with policies in its own zone, one graded submission with every kind of decision, more time."""
    assignment = an_assignment({"q1": "4", "q2": "6", "essay": "3"}, manual=["essay"])
    with Gradebook.open(url) as book:
        course = CourseBook(book, ALGEBRA)
        rows = [
            RosterRow(student="anna", name="Anna Able", email="anna@example.edu", lms_id="1", line=2),
            RosterRow(student="bert", name="van Berg, Bert", lms_id="2", line=3),
            RosterRow(student="zoe", name="Zoë Maria Student", line=4),
        ]
        course.import_roster(rows, BY_TA, columns=("name", "email", "lms_id"))
        policies = LATE.replace("ps-1", "lab1") + "due = 2026-03-07T23:59:00\n"
        course.store_policies(policies, BY_TA)
        received = datetime(2026, 3, 8, 12, tzinfo=UTC)
        for student in ("anna", "bert"):
            graded = a_graded(
                submission=f"{student}-1", student=student, digest=student, assignment=assignment,
                received=received,
            )  # fmt: skip
            score_id = book.record(graded, assignment, ALGEBRA, layout=a_layout("q1", "q2")).score_id
            book.record_manual_points(score_id, CheckId("essay"), Decimal("2.25"), BY_TA, comment="Why?")
            if student == "anna":
                book.award_extra(score_id, CheckId("q1"), Decimal("0.5"), BY_TA)
                book.penalise_lateness(score_id, Decimal("0.75"), BY_TA)
        course.extend(Target.STUDENT, "bert", "lab1", BY_TA, days=2)


def standing(url: str) -> dict[str, object]:
    """What follows for everybody from what is recorded: points, deadlines and details."""
    with Gradebook.open(url) as book:
        course = CourseBook(book, ALGEBRA)
        facts = course.facts()
        grades = {student: facts.standing(student, book.now()).assignments for student in facts.students}
        return {
            one.student: (
                one.name, one.email, one.lms_id,
                {name: (grade.deadline, grade.points) for name, grade in grades[one.student].items()},
            )
            for one in course.members()
        }  # fmt: skip


def test_a_whole_course_of_ours_comes_back_as_it_was(theirs: str, tmp_path: Path) -> None:
    """Deadlines over the change to daylight saving time; lateness that was charged is not charged again."""
    ours, again = (f"sqlite:///{tmp_path / name}.sqlite3" for name in ("ours", "again"))
    a_course_of_ours(ours)
    said = "\n".join(move_out(ours, theirs))
    assert "who extended a deadline, when and why: 1 (lab1, bert)" in said
    assert "policies, but for due dates: 1 (algebra, 2026-spring)" in said
    there = people_and_dates(opened_by_nbgrader(theirs))
    assert there["due"] == {"lab1": datetime(2026, 3, 8, 4, 59)}  # noqa: DTZ001 - as nbgrader keeps it
    assert there["extensions"] == {"lab1, anna": None, "lab1, bert": timedelta(hours=47)}
    with Gradebook.open(again) as book:
        CourseBook(book, ALGEBRA).store_policies(LATE.replace("ps-1", "lab1"), BY_TA)
    move_in(theirs, again)
    assert standing(again) == standing(ours)
    anna, bert = (standing(ours)[student][3]["lab1"] for student in ("anna", "bert"))  # type: ignore[index]
    assert anna == (datetime(2026, 3, 8, 4, 59, tzinfo=UTC), Decimal("12"))
    assert bert == (datetime(2026, 3, 10, 3, 59, tzinfo=UTC), Decimal("12.25"))
    move_in(theirs, ours)
    assert standing(again) == standing(ours)


def test_a_penalty_of_nbgrader_s_is_not_charged_again_by_the_policies(whole: Path, ours: str) -> None:
    """student01 handed in in time for the policies' deadline or not: nbgrader's 0.25 points are the price."""
    with Gradebook.open(ours) as book:
        CourseBook(book, ALGEBRA).store_policies(LATE + "due = 2026-02-27T12:00:00\n", BY_TA)
    said = "\n".join(move_in(str(whole), ours))
    assert "due dates that are otherwise here: kept as they are here: 1 (ps-1: 2026-02-27T17:00:00Z" in said
    with Gradebook.open(ours) as book:
        (entry, *_) = book.scores(ALGEBRA, PS1)
        grade = CourseBook(book, ALGEBRA).standing("student01").assignments["ps-1"]
    assert grade.days_late == 3 and grade.lost == 0
    assert grade.points == pytest.approx(entry.total)
    (line,) = [line.text for line in grade.lines if line.kind is Why.LATENESS_DECIDED]
    assert line.startswith("By a decision on this submission lateness costs 0.25 points, taken already; ")


def test_a_price_set_here_and_nbgrader_s_are_not_added_together(whole: Path, ours: str) -> None:
    move_in(str(whole), ours)
    with Gradebook.open(ours) as book:
        (before, *_) = book.scores(ALGEBRA, PS1)
        book.penalise_lateness(before.score_id, Decimal(1), BY_TA)
        (after, *_) = book.scores(ALGEBRA, PS1)
        assert before.total is not None and after.total == before.total + Decimal("0.25") - 1
    move_in(str(whole), ours)
    with Gradebook.open(ours) as book:
        assert book.scores(ALGEBRA, PS1)[0].total == after.total


def test_a_price_set_here_first_stays_and_nbgrader_s_is_listed(whole: Path, ours: str) -> None:
    assignment = an_assignment({"squares_test": "2.5"})
    received = read_book(whole).assignments[0].works[0].timestamp
    assert received is not None
    with Gradebook.open(ours) as book:
        assignment = replace(assignment, id=PS1)
        graded = a_graded(student="student01", assignment=assignment, received=received)
        receipt = book.record(graded, assignment, ALGEBRA)
        book.penalise_lateness(receipt.score_id, Decimal(1), BY_TA)
    said = "\n".join(move_in(str(whole), ours))
    assert "decided otherwise here: kept as it is here: 2 (ps-1, student01, problem1" in said
    with Gradebook.open(ours) as book:
        (entry,) = [one for one in book.scores(ALGEBRA, PS1) if one.graded.student == "student01"]
    # 2.5, and what nbgrader's people gave for the check that ours has too; 1 for lateness
    assert entry.total == Decimal("1.5")


def test_work_without_a_time_of_receipt_is_never_late(whole: Path, ours: str) -> None:
    with Gradebook.open(ours) as book:
        CourseBook(book, ALGEBRA).store_policies(LATE, BY_TA)
    move_in(str(whole), ours)
    with Gradebook.open(ours) as book:
        grade = CourseBook(book, ALGEBRA).standing("student03").assignments["ps-1"]
        deadlines = CourseBook(book, ALGEBRA).facts().standing("student02", book.now()).assignments
    assert grade.days_late == 0 and grade.attempt is not None
    assert grade.attempt.received == grade.deadline == datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)
    assert deadlines["ps-1"].deadline == datetime(2026, 3, 3, 5, 59, 59, tzinfo=UTC)


def test_names_go_where_they_can_be_erased_and_nowhere_else(whole: Path, ours: str, tmp_path: Path) -> None:
    move_in(str(whole), ours)
    with Gradebook.open(ours) as book:
        Erasing(book).erase(["student01"], BY_TA)
    for file in tmp_path.glob("ours.sqlite3*"):
        for word in (b"Garcia", b"s01@example.edu", b"student01"):
            assert word not in file.read_bytes(), (file.name, word)
    move_out(ours, str(tmp_path / "out.db"))
    people = read_book(tmp_path / "out.db").people
    assert set(people) == {"student02", "student04"}
    assert people["student02"] == NbPerson(first="Zoë", last="Student")
    said = move_in(str(tmp_path / "out.db"), ours)
    assert said[0] == "ps-1: 2 submissions, 0 scores and 0 decisions recorded"
    assert any(line.startswith("not taken over: students who were erased here: 1 (p-") for line in said)


def test_what_nbgrader_says_already_stays_and_what_it_lacks_is_filled_in(
    whole: Path, ours: str, tmp_path: Path
) -> None:
    move_in(str(whole), ours)
    with Gradebook.open(ours) as book:
        course = CourseBook(book, ALGEBRA)
        rows = [
            RosterRow(student="student01", name="Maria Other", email="s01@example.edu", lms_id="77"),
            RosterRow(student="student03", name="Third Student", email="s03@example.edu", line=3),
        ]
        course.import_roster(rows, BY_TA, columns=("name", "email", "lms_id"))
        text = course.policies_history()[-1].text.replace("23:59:59", "22:00:00")
        course.store_policies(text, BY_TA)
    file = tmp_path / "theirs.db"
    shutil.copy(whole, file)
    said = "\n".join(move_out(ours, str(file), add=True))
    assert "described otherwise there: kept as it is there: 1 (student01, name: 'Maria Other' here," in said
    assert (
        "dates that are otherwise there: kept as they are there: 2 (ps 1: 2026-03-01 22:00:00+00:00" in said
    )
    before, after = (people_and_dates(f"sqlite:///{one}") for one in (whole, file))
    assert after["students"].pop("student03") == ("Third", "Student", "s03@example.edu", None)
    del before["students"]["student03"]
    assert before == after


def test_of_several_courses_only_their_own_students_move(whole: Path, ours: str, tmp_path: Path) -> None:
    file = tmp_path / "two.db"
    shutil.copy(whole, file)
    db = sqlite3.connect(file)
    db.execute("INSERT INTO course VALUES ('logic')")
    db.execute("UPDATE assignment SET course_id = 'logic' WHERE name = 'quiz'")
    db.commit()
    db.close()
    said = move_in(str(file), ours, their_course="default_course")
    assert (
        "not taken over: students who handed in nothing: nobody says in which course they are: 1 (student04)"
        in said
    )
    with Gradebook.open(ours) as book:
        assert [one.student for one in CourseBook(book, ALGEBRA).members()] == [
            "student01", "student02", "student03",
        ]  # fmt: skip
