"""A new copy where a course of nbgrader collects submissions is the next attempt, as it is for intake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from autograder.app.attempt_numbers import numbered
from autograder.app.grading import Entry, taken
from autograder.model.assignment import Origin, OriginFormat
from autograder.model.ids import StudentId
from autograder.model.submission import Submission
from gradebook.book import Gradebook
from tests.interop.courses.quickstart import cell, notebook, write
from tests.unit.gradebook.builders import LAB, SPRING, a_graded, an_assignment

ASSIGNMENT = an_assignment()
MONDAY = datetime(2026, 3, 2, 10, 15, tzinfo=UTC)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Gradebook]:
    with Gradebook.open(tmp_path / "grades.sqlite3", survive_power_loss=False) as opened:
        yield opened


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "submitted" / "student01" / "lab1"


def collect(place: Path, answer: str, received: datetime = MONDAY) -> Entry:
    """nbgrader puts what a student handed in last where the earlier copy was."""
    write(place / "lab1.ipynb", notebook([cell(answer)]))
    (place / "timestamp.txt").write_text(f"{received:%Y-%m-%d %H:%M:%S.%f} UTC")
    return Entry(path=place, student="student01", received=received)


def attempt(book: Gradebook, entry: Entry) -> tuple[int, str]:
    """Number an entry and record it; its attempt and the submission's id."""
    (found,) = numbered([entry], ASSIGNMENT, book, SPRING)
    submission = taken(found, ASSIGNMENT)
    assert isinstance(submission, Submission)
    graded = a_graded(
        submission=submission.id, student=submission.student, attempt=submission.attempt,
        digest=submission.digest, received=submission.received, run_key=f"{submission.id}-{id(entry)}",
    )  # fmt: skip
    book.record(graded, ASSIGNMENT, SPRING)
    return submission.attempt, submission.id


def test_other_bytes_are_the_next_attempt_and_the_same_bytes_the_same_one(
    book: Gradebook, place: Path
) -> None:
    first = attempt(book, collect(place, "a = 1"))
    assert attempt(book, collect(place, "a = 1")) == first
    second = attempt(book, collect(place, "a = 2", MONDAY + timedelta(days=1)))
    assert (first[0], second[0]) == (1, 2)
    assert attempt(book, collect(place, "a = 1")) == first
    there = book.attempts(SPRING, LAB, StudentId("student01"))
    found = [(entry.graded.attempt, entry.submission) for entry in there]
    assert found == [first, second]


def test_a_corrected_copy_with_the_same_time_is_the_next_attempt(book: Gradebook, place: Path) -> None:
    assert attempt(book, collect(place, "a = 1"))[0] == 1
    assert attempt(book, collect(place, "a = 2"))[0] == 2


def test_who_goes_back_to_earlier_bytes_hands_in_again(book: Gradebook, place: Path) -> None:
    """Without a `timestamp.txt` the bytes are the very same; the time of the folder tells."""
    days = [MONDAY + timedelta(days=number) for number in range(3)]
    found = []
    for answer, received in zip(("a = 1", "a = 2", "a = 1"), days, strict=True):
        entry = collect(place, answer, received)
        (place / "timestamp.txt").unlink()
        found.append(attempt(book, entry)[0])
    assert found == [1, 2, 3]


def test_students_do_not_use_each_other_s_numbers_and_other_submissions_keep_theirs(
    book: Gradebook, place: Path
) -> None:
    attempt(book, collect(place, "a = 1"))
    other = replace(collect(place, "a = 2"), student="student02")
    assert attempt(book, other)[0] == 1
    given = replace(collect(place, "a = 3"), attempt=7)
    anywhere = Entry(path=place)
    assert numbered([given, anywhere], ASSIGNMENT, book, SPRING) == [given, anywhere]


def test_what_moved_in_from_nbgrader_is_the_same_attempt_at_the_same_time(
    book: Gradebook, place: Path
) -> None:
    came = a_graded(
        submission="lab1-student01-1", student="student01", attempt=3, digest="stand-in", received=MONDAY,
        run_key="nbgrader-1",
    )  # fmt: skip
    book.record(replace(came, provenance=replace(came.provenance, sandbox="nbgrader")), ASSIGNMENT, SPRING)
    number, name = attempt(book, collect(place, "a = 1"))
    assert number == 3
    (entry,) = book.attempts(SPRING, LAB, came.student)
    assert entry.submission == name
    assert attempt(book, collect(place, "a = 2", MONDAY + timedelta(hours=1)))[0] == 4


def test_the_place_of_a_submission_says_that_it_is_a_collected_one(place: Path) -> None:
    from autograder.app.intake_entries import entries_of

    collect(place, "a = 1")
    origin = Origin(
        format=OriginFormat.NBGRADER, found="", name="lab1", submissions="submitted/{student_id}/lab1"
    )
    (entry,) = entries_of([place], replace(ASSIGNMENT, origin=origin))
    assert (entry.student, entry.attempt, entry.received) == ("student01", None, MONDAY)
