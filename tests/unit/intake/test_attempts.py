"""Who handed in, and which attempt it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from autograder.intake.attempts import ordered, sender_of, submission_id
from autograder.model.ids import StudentId, SubmissionId
from autograder.model.submission import Submission

NOON = datetime(2024, 11, 22, 12, tzinfo=UTC)


def a_submission(
    student: str = "abc123", *, name: str = "x.zip", digest: str = "d", hours: int = 0, attempt: int = 1
) -> Submission:
    return Submission(
        id=SubmissionId("x"), student=StudentId(student), attempt=attempt, digest=digest,
        received=NOON + timedelta(hours=hours), archive_name=name, notebooks={},
    )  # fmt: skip


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


def test_attempts_are_counted_by_time_of_receipt() -> None:
    late, early = a_submission(digest="late", hours=5), a_submission(digest="early")
    assert [(s.digest, s.attempt) for s in ordered([late, early])] == [("early", 1), ("late", 2)]


def test_equal_times_are_ordered_by_the_version_in_the_name() -> None:
    names = ["abc123_20241122_2_HW3.zip", "abc123_20241122_10_HW3.zip", "abc123_20241121_3_HW3.zip"]
    found = ordered(a_submission(name=name, digest=name) for name in names)
    assert [s.archive_name for s in found] == [names[2], names[0], names[1]]


def test_the_same_bytes_count_once() -> None:
    found = ordered([a_submission(digest="same", hours=1), a_submission(digest="same")])
    assert [(s.attempt, s.received) for s in found] == [(1, NOON)]


def test_students_are_counted_apart() -> None:
    found = ordered([a_submission("b", digest="1"), a_submission("a", digest="2")])
    assert [(s.student, s.attempt) for s in found] == [("a", 1), ("b", 1)]


def test_an_id_is_a_safe_file_name_and_tells_students_apart() -> None:
    ids = {
        submission_id(name, 1, "f" * 64)
        for name in ("Jane Doe", "jane-doe", "J\u00e4ne Doe", "\u674e", "../x")
    }
    assert len(ids) == 5
    assert all(c.isalnum() or c == "-" for found in ids for c in found)
