"""An offering with a class, policies and submissions; only what matters needs to be said."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from gradebook.book import Gradebook
from gradebook.course_book import CourseBook
from gradebook.roster import RosterRow
from gradebook.values import Decision
from tests.unit.gradebook.builders import SPRING, a_graded, an_assignment

DUE = datetime(2026, 3, 1, 17, 0, 0, tzinfo=UTC)
BY_PROF = Decision(who="prof", why="start of term")
COLUMNS = ("name", "net_id", "email", "lms_id", "section")
POLICIES = """
zone = "America/New_York"
counts = "last"
[late]
percent_per_day = 10
[categories.labs]
weight = 1
[assignments.lab1]
category = "labs"
due = 2026-03-01T12:00:00
extras_points = 2
"""


def a_row(student: str, *, section: str = "A", line: int = 0, **details: str) -> RosterRow:
    return RosterRow(student=student, section=section, line=line, **details)


def a_class(book: Gradebook, students: Iterable[str] = ("anna", "bert", "zoe")) -> CourseBook:
    """A class with policies; the first student is in section B, everybody else in A."""
    course = CourseBook(book, SPRING)
    rows = [
        a_row(student, section="A" if number else "B", line=number + 2, name=f"{student.title()} Student")
        for number, student in enumerate(students)
    ]
    course.import_roster(rows, BY_PROF, columns=COLUMNS)
    course.store_policies(POLICIES, BY_PROF)
    return course


def hand_in(book: Gradebook, student: str, *, late: timedelta = timedelta(0), attempt: int = 1) -> str:
    """Record ten of ten points for lab1, received `late` after the deadline. Returns the submission's id."""
    name = f"{student}-{attempt}"
    digest = sha256(name.encode()).hexdigest()
    graded = a_graded(submission=name, student=student, digest=digest, attempt=attempt, received=DUE + late)
    book.record(graded, an_assignment(), SPRING)
    return name
