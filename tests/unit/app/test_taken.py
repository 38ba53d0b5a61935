"""What is refused before anything runs, and how long a grading may take."""

from __future__ import annotations

from autograder.app.grading import SPARE_SECONDS, fits, job_seconds
from autograder.model.assignment import CheckKind, Limits
from autograder.model.submission import SubmittedFile
from tests.fakes import a_check, a_submission, an_assignment

SMALL = Limits(work_bytes=1_000_000, work_inodes=50)


def test_files_that_would_fill_the_work_folder_are_refused_and_smaller_ones_are_not() -> None:
    large = SubmittedFile(path="model.bin", content=bytes(950_000))
    assert not fits(a_submission(files=(large,)), SMALL)
    assert fits(a_submission(files=(SubmittedFile(path="model.bin", content=bytes(500_000)),)), SMALL)


def test_many_small_files_are_counted_as_the_pages_and_places_they_take() -> None:
    many = tuple(SubmittedFile(path=f"{number}/x", content=b"x") for number in range(30))
    assert not fits(a_submission(files=many), SMALL)
    assert fits(a_submission(files=many[:20]), SMALL)


def test_a_grading_is_not_given_up_while_its_checks_may_still_ask() -> None:
    slow = a_check("slow", kind=CheckKind.PYTEST, seconds=1000.0)
    assignment = an_assignment(checks=(slow,), limits=Limits(total_seconds=60))
    assert job_seconds(assignment, 0.0) >= 60 + 2 * 1000 + SPARE_SECONDS
