"""The folder that `autograder grade` writes: one folder per submission, and pages over all of them.

    OUT/assignment.txt           which assignment and version the results belong to
    OUT/<submission>/result.json      the graded submission
    OUT/<submission>/evidence/        what ran, what was asked, what was answered
    OUT/<submission>/submission.json  the notebooks as handed in (other files are not copied)
    OUT/<submission>/receipt.json     what intake wrote down, without the student's name; where there was one
    OUT/<submission>/feedback.html, staff.html
    OUT/overview.html, grades.csv, results.jsonl

Files are written under another name first and then renamed, so a file that is there is whole.
"""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from autograder.errors import GraderError, StorageFull
from autograder.intake.receipts import Receipt, to_json
from autograder.model.graded import GradedSubmission
from autograder.model.ids import SubmissionId
from autograder.model.submission import Submission

GRADED = TypeAdapter(GradedSubmission)
SUBMITTED = TypeAdapter(Submission)
RESULT, SUBMISSION, EVIDENCE, RUNS = "result.json", "submission.json", "evidence", "runs"
RECEIPT = "receipt.json"
FEEDBACK, STAFF, OVERVIEW, GRADES, LINES = (
    "feedback.html",
    "staff.html",
    "overview.html",
    "grades.csv",
    "results.jsonl",
)


def write_file(path: Path, content: str | bytes) -> Path:
    """Write a file whole or not at all. Raises StorageFull when the disk is full."""
    data = content.encode() if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise disk_trouble(error, path) from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise disk_trouble(error, path) from error
    return path


def disk_trouble(error: OSError, path: Path) -> GraderError:
    """Turn a failure to write into one of our own errors."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFull(f"{path}: the disk is full")
    return GraderError(
        f"{path}: cannot be written: {error.strerror}", hint="Choose another folder with --out."
    )


def folder_name(submission: SubmissionId) -> str:
    """A folder name for a submission: letters, digits, dot, dash and underscore only."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", submission).lstrip(".") or "_"


@dataclasses.dataclass(frozen=True, slots=True)
class ResultsFolder:
    """Paths and contents of one results folder."""

    root: Path

    def of(self, submission: SubmissionId) -> Path:
        """Folder of one submission."""
        return self.root / folder_name(submission)

    def save(self, graded: GradedSubmission) -> Path:
        """Write a graded submission; the last of the files of its submission to be written."""
        return write_file(self.of(graded.submission) / RESULT, GRADED.dump_json(graded, indent=1))

    def save_submission(self, submission: Submission) -> Path:
        """Keep the notebooks as handed in, for reports and for judging again. Other files are not copied."""
        kept = dataclasses.replace(submission, files=())
        return write_file(self.of(submission.id) / SUBMISSION, SUBMITTED.dump_json(kept))

    def save_receipt(self, submission: SubmissionId, receipt: Receipt) -> Path:
        """Keep what intake wrote down, without names."""
        plain = to_json(receipt.without_names())
        return write_file(self.of(submission) / RECEIPT, json.dumps(plain, indent=1) + "\n")

    def graded(self, submission: SubmissionId) -> GradedSubmission | None:
        """Read a graded submission, or None when there is none yet."""
        return read_graded(self.of(submission) / RESULT)

    def submission(self, submission: SubmissionId) -> Submission | None:
        """Read the notebooks as handed in, or None."""
        path = self.of(submission) / SUBMISSION
        return SUBMITTED.validate_json(path.read_bytes()) if path.exists() else None

    def evidence(self, submission: SubmissionId) -> Path:
        """Folder with the evidence of one submission."""
        return self.of(submission) / EVIDENCE

    def run(self, submission: SubmissionId, number: int) -> ResultsFolder:
        """A results folder of its own for one of several runs of a submission, counted from 1."""
        return ResultsFolder(self.of(submission) / RUNS / str(number))

    def all_graded(self) -> Iterator[GradedSubmission]:
        """Every graded submission, by the name of its folder."""
        for path in sorted(self.root.glob(f"*/{RESULT}")):
            graded = read_graded(path)
            if graded is not None:
                yield graded

    def write_lines(self, lines: list[dict[str, Any]]) -> Path:
        """Write one JSON object per line for all results."""
        return write_file(self.root / LINES, "".join(json.dumps(line) + "\n" for line in lines))


def read_graded(path: Path) -> GradedSubmission | None:
    """Read one `result.json`. Raises GraderError when it is there but cannot be read."""
    if not path.exists():
        return None
    try:
        return GRADED.validate_json(path.read_bytes())
    except ValidationError as error:
        raise GraderError(
            f"{path}: not a result of this version: {error.errors()[0]['msg']}",
            hint="Move the results folder away, or give another one with --out.",
        ) from error
