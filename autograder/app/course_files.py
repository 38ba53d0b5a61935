"""The files that were handed out with an assignment, as they lie beside the notebook when it runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from autograder.config.assignment_file import course_file
from autograder.model.assignment import Assignment
from autograder.model.submission import SubmittedFile
from autograder.model.surroundings import placed, rest, submission_folder

if TYPE_CHECKING:
    from autograder.assets.holdout import Drawing


def course_files(assignment: Assignment, drawing: Drawing | None) -> tuple[tuple[PurePosixPath, bytes], ...]:
    """Paths below the work folder and contents. A student's file never replaces one of them."""
    files = [
        SubmittedFile(path=name, content=course_file(assignment.folder, name).read_bytes())
        for name in assignment.course_files
    ]
    beside = submission_folder(assignment.course_files)
    return tuple((placed(file.path, beside), file.content) for file in without_holdout(files, drawing))


def digests_of_course_files(assignment: Assignment) -> dict[str, str]:
    """SHA-256 of each file that was handed out, by its path without steps up at its beginning."""
    return {
        rest(name): hashlib.sha256(course_file(assignment.folder, name).read_bytes()).hexdigest()
        for name in assignment.course_files
    }


def without_holdout(files: Iterable[SubmittedFile], drawing: Drawing | None) -> tuple[SubmittedFile, ...]:
    """The same files without withheld rows, should the data set's own text files be among them."""
    if drawing is None:
        return tuple(files)
    from autograder.assets.authors_files import without_holdout as cleaned

    return cleaned(files, drawing).files
