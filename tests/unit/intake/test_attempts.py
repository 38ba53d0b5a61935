"""Who handed in, and which attempt it is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from autograder.intake.attempts import History, moment, provisional_id, sender_of, submission_id
from autograder.intake.receipts import Status
from autograder.model.ids import StudentId

from .builders import NOON, a_receipt

ONE, OTHER = "1" * 64, "2" * 64


@pytest.mark.parametrize(
    ("path", "student", "attempt"),
    [
        ("in/abc123_20241122_2_HW3.zip", "abc123", 2),
        ("in/abc123_20241122_2_HW3 (1).zip", "abc123", 2),
        ("in/doejane_LATE_4711_99812_abc123_20241122_3_HW3-1.zip", "doejane", 3),
        ("1234-999 - Jane Doe - Nov 22, 2024 1105 AM/final.zip", "Jane Doe", 1),
        ("in/doejane_4711_99812_final.zip", "doejane", 1),
        ("in/jd99/", "jd99", 1),
        ("in/abc123_20241122_2_HW3/", "abc123", 2),
        ("in/some work.ipynb", "some work", 1),
    ],
)
def test_the_names_tell_student_and_attempt(path: str, student: str, attempt: int) -> None:
    found = sender_of(Path("/srv") / path)
    assert (found.student, found.attempt) == (student, attempt)


def test_submissions_are_ordered_by_time_of_receipt() -> None:
    assert moment(NOON, "b.zip", ONE) < moment(NOON + timedelta(minutes=1), "a.zip", ONE)


def test_equal_times_are_ordered_by_the_systems_count_then_by_date_and_version_in_the_name() -> None:
    names = ["abc123_20241122_2_HW3.zip", "abc123_20241122_10_HW3.zip", "abc123_20241121_3_HW3.zip"]
    assert sorted(names, key=lambda name: moment(NOON, name, ONE)) == [names[2], names[0], names[1]]
    assert moment(NOON, names[1], ONE, order=4) < moment(NOON, names[0], ONE, order=5)


def test_attempts_are_counted_for_each_student_and_a_rejection_uses_none() -> None:
    history = History([a_receipt("s1", attempt=1), a_receipt("s1", status=Status.REJECTED, attempt=0)])
    assert history.next_attempt(StudentId("s1")) == 2
    assert history.next_attempt(StudentId("s2")) == 1


def test_the_same_bytes_of_one_student_are_found_and_those_of_another_are_not() -> None:
    history = History([a_receipt("s1", sha256=ONE)])
    assert history.same_bytes(StudentId("s1"), ONE, received=None, other_than=None) is not None
    assert history.same_bytes(StudentId("s2"), ONE, received=None, other_than=None) is None
    assert history.same_bytes(StudentId("s1"), OTHER, received=None, other_than=None) is None


def test_a_receipt_that_was_replaced_counts_no_more() -> None:
    history = History([a_receipt("unknown", id="R-1")])
    history.add(a_receipt("s1", id="R-2", replaces="R-1"))
    assert history.next_attempt(StudentId("unknown")) == 1
    assert history.next_attempt(StudentId("s1")) == 2


def test_a_number_once_given_stays_and_an_earlier_time_is_noticed() -> None:
    history = History([a_receipt("s1", attempt=1, received=NOON)])
    assert history.later(StudentId("s1"), NOON - timedelta(hours=1)) == 1
    assert history.later(StudentId("s1"), NOON + timedelta(hours=1)) == 0


def test_a_provisional_id_is_the_same_for_the_same_person_and_holds_no_name() -> None:
    first = provisional_id("Student Seven", ("12-34",))
    assert first == provisional_id(" student  seven", ("12-34",))
    assert first != provisional_id("Student Seven", ("12-35",))
    assert "seven" not in first.casefold()


def test_an_id_is_a_safe_file_name_and_tells_students_apart() -> None:
    ids = {
        submission_id(name, 1, "f" * 64)
        for name in ("Jane Doe", "jane-doe", "J\u00e4ne Doe", "\u674e", "../x")
    }
    assert len(ids) == 5
    assert all(c.isalnum() or c == "-" for found in ids for c in found)
