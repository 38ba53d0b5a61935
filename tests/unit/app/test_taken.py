"""What is refused before anything runs, and how long a grading may take."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.app.grading import SPARE_SECONDS, Entry, fits, job_seconds, taken
from autograder.app.worker import submission_of
from autograder.errors import GraderFailed
from autograder.model.assignment import CheckKind, Limits
from autograder.model.submission import Submission, SubmittedFile
from tests.fakes import EMPTY_NOTEBOOK, a_check, a_submission, an_assignment

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


def test_a_file_that_is_swapped_while_the_batch_runs_is_not_graded(tmp_path: Path) -> None:
    handed_in = tmp_path / "lab.ipynb"
    handed_in.write_text(EMPTY_NOTEBOOK)
    found = taken(Entry(path=handed_in, student="ada"), an_assignment())
    assert isinstance(found, Submission)
    payload = {
        "path": str(handed_in), "student": "ada", "attempt": 1, "received": found.received.isoformat(),
        "digest": found.digest,
    }  # fmt: skip
    assert submission_of(payload, an_assignment()).digest == found.digest
    handed_in.write_text(EMPTY_NOTEBOOK + " ")
    with pytest.raises(GraderFailed, match="changed while the batch ran"):
        submission_of(payload, an_assignment())
