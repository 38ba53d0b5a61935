"""What is exported is what the policies say about every student, read from the gradebook."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import gradebook
from autograder.errors import GradebookError
from autograder.model.graded import Status
from autograder.model.ids import AssignmentId
from autograder.model.results import CheckOutcome
from gradebook.book import Gradebook
from gradebook.course_book import CourseBook
from gradebook.exports.reading import changed_at, read_table
from gradebook.exports.table import Grade, GradeState, GradeTable
from gradebook.policies.facts import Target
from gradebook.roster import RosterRow
from gradebook.values import Offering
from tests.unit.gradebook.builders import BY_TA, RECEIVED, SPRING, a_graded, an_assignment

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


@pytest.fixture
def book(url: str) -> Iterator[Gradebook]:
    with Gradebook.open(url, clock=lambda: MAY) as opened:
        yield opened


def recorded(book: Gradebook, student: str, attempt: int = 1, failed: str = "", **more: object) -> None:
    graded = a_graded(
        submission=f"{student}-{attempt}",
        student=student,
        attempt=attempt,
        outcomes={failed: CheckOutcome.FAILED},
        received=RECEIVED + timedelta(hours=attempt),
    )
    book.record(replace(graded, **more), an_assignment(), SPRING)  # type: ignore[arg-type]


def grade_of(table: GradeTable, student: str, assignment: str = "lab1") -> Grade:
    return next(row for row in table.rows if row.student == student).grades[assignment]


def test_without_policies_the_last_attempt_counts_as_it_is(book: Gradebook) -> None:
    recorded(book, "anna", 1)
    recorded(book, "anna", 2, failed="q2")
    table = read_table(book, SPRING)
    assert [(item.assignment, item.title, item.maximum) for item in table.items] == [
        ("lab1", "Lab 1", Decimal(10))
    ]
    assert grade_of(table, "anna") == Grade(
        state=GradeState.GRADED,
        points=Decimal(4),
        score=Decimal(4),
        attempt=2,
        received=RECEIVED + timedelta(hours=2),
        submission="anna-2",
        status=Status.GRADED,
    )


def test_a_persons_change_counts_and_is_the_last_change(book: Gradebook) -> None:
    recorded(book, "anna")
    assert changed_at(book, SPRING) == {("lab1", "anna-1"): MAY}
    entry = book.attempts(SPRING, AssignmentId("lab1"), a_graded().student)[0]
    book._clock = lambda: MAY + timedelta(days=1)  # the clock of the test
    book.override_total(entry.score_id, Decimal("8.5"), BY_TA)
    assert grade_of(read_table(book, SPRING), "anna").points == Decimal("8.5")
    assert changed_at(book, SPRING) == {("lab1", "anna-1"): MAY + timedelta(days=1)}


def test_points_are_those_of_the_policies_with_the_reason(book: Gradebook) -> None:
    recorded(book, "anna")
    CourseBook(book, SPRING).store_policies(POLICIES, BY_TA)
    table = read_table(book, SPRING)
    grade = grade_of(table, "anna")
    assert (grade.points, grade.score) == (Decimal(9), Decimal(10))
    assert "1 late day" in grade.why
    assert grade_of(table, "anna", "lab2").state is GradeState.NOT_DUE
    assert [(item.assignment, item.maximum) for item in table.items] == [("lab1", 10), ("lab2", 5)]


def test_everybody_of_the_class_has_a_row_with_names_and_ids(book: Gradebook) -> None:
    course = CourseBook(book, SPRING)
    rows = [
        RosterRow(student="anna", name="Zoë", net_id="ab1", email="a@example.edu", lms_id="7", section="A"),
        RosterRow(student="ben"),
        RosterRow(student="cleo"),
    ]
    course.import_roster(rows, BY_TA, columns=("name", "net_id", "email", "lms_id", "section"))
    course.store_policies(POLICIES, BY_TA)
    course.extend(Target.STUDENT, "cleo", "lab1", BY_TA, excused=True)
    recorded(book, "anna")
    recorded(book, "guest")
    table = read_table(book, SPRING, only=["lab1"])
    assert [row.student for row in table.rows] == ["anna", "ben", "cleo", "guest"]
    first = table.rows[0]
    assert (first.name, first.net_id, first.email, first.lms_id, first.section) == (
        "Zoë", "ab1", "a@example.edu", "7", "A"
    )  # fmt: skip
    missing, excused = grade_of(table, "ben"), grade_of(table, "cleo")
    assert (missing.state, missing.points) == (GradeState.MISSING, 0)
    assert (excused.state, excused.points) == (GradeState.EXCUSED, None)
    assert BY_TA.why in excused.why


def test_who_left_the_class_without_work_has_no_row(book: Gradebook) -> None:
    course = CourseBook(book, SPRING)
    course.import_roster([RosterRow(student="anna"), RosterRow(student="ben")], BY_TA, columns=())
    recorded(book, "anna")
    course.import_roster([RosterRow(student="cleo")], BY_TA, columns=(), remove_missing=True)
    assert [row.student for row in read_table(book, SPRING).rows] == ["anna", "cleo"]


@pytest.mark.parametrize("status", [Status.PENDING, Status.GRADER_FAILED])
def test_what_waits_has_no_points_and_says_why(book: Gradebook, status: Status) -> None:
    recorded(book, "anna", status=status, score=None)
    grade = grade_of(read_table(book, SPRING), "anna")
    assert (grade.state, grade.points, grade.status) == (GradeState.PENDING, None, status)
    assert "not known" in grade.why


def test_unknown_assignments_and_offerings_are_named(book: Gradebook) -> None:
    recorded(book, "anna")
    with pytest.raises(GradebookError, match="no grades of lab9") as refused:
        read_table(book, SPRING, only=["lab1", "lab9"])
    assert "There are: lab1." in refused.value.hint
    with pytest.raises(GradebookError, match="any assignment in deep-learning, 1999"):
        read_table(book, Offering("deep-learning", "1999"))


def test_the_frame_is_read_from_an_address(book: Gradebook, url: str, tmp_path: Path) -> None:
    recorded(book, "anna")
    frame = gradebook.frame(url, course=SPRING.course, term=SPRING.term, assignments=["lab1"])
    assert frame[["student", "assignment", "points"]].to_dict("records") == [
        {"student": "anna", "assignment": "lab1", "points": 10.0}
    ]
    with pytest.raises(GradebookError, match="no gradebook"):
        gradebook.frame(tmp_path / "none.sqlite3", course="c", term="t")


LETTERS = "[letters]\nA = 90\nB = 80\nF = 0\n"


def test_the_grade_of_the_course_comes_along_in_percent_with_its_letter(book: Gradebook) -> None:
    done = POLICIES[: POLICIES.index("[assignments.lab2]")]
    CourseBook(book, SPRING).store_policies(done + LETTERS, BY_TA)
    recorded(book, "anna")
    recorded(book, "cleo", failed="q1")
    table = read_table(book, SPRING, with_course=True)
    assert (table.items[-1].assignment, table.items[-1].maximum) == ("course", 100)
    grades = [grade_of(table, student, "course") for student in ("anna", "cleo")]
    assert [(one.state, one.points, one.letter) for one in grades] == [
        (GradeState.GRADED, Decimal(90), "A"),
        (GradeState.GRADED, Decimal(50), "F"),
    ]


def test_a_course_that_is_still_open_has_a_percentage_so_far_and_no_grade(book: Gradebook) -> None:
    CourseBook(book, SPRING).store_policies(POLICIES + LETTERS, BY_TA)
    recorded(book, "anna")
    grade = grade_of(read_table(book, SPRING, with_course=True), "anna", "course")
    assert (grade.state, grade.points, grade.score, grade.letter) == (
        GradeState.PENDING, None, Decimal(90), "",
    )  # fmt: skip
    assert grade.why == "Not final: lab2 may still change it."


def test_without_policies_there_is_no_grade_of_a_course(book: Gradebook) -> None:
    recorded(book, "anna")
    with pytest.raises(GradebookError, match="without policies"):
        read_table(book, SPRING, with_course=True)
