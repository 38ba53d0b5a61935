"""The files that were handed out with an assignment, as they lie beside the notebook when it runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from autograder.config.assignment_file import source_folder
from autograder.model.assignment import Assignment
from autograder.model.submission import SubmittedFile

if TYPE_CHECKING:
    from autograder.assets.holdout import Drawing


def course_files(assignment: Assignment, drawing: Drawing | None) -> tuple[tuple[PurePosixPath, bytes], ...]:
    """Paths below the work folder and contents. A student's file never replaces one of them."""
    folder = source_folder(assignment.folder)
    files = [
        SubmittedFile(path=name, content=(folder / name).read_bytes()) for name in assignment.course_files
    ]
    return tuple((PurePosixPath(file.path), file.content) for file in without_holdout(files, drawing))


def digests_of_course_files(assignment: Assignment) -> dict[str, str]:
    """SHA-256 of each file that was handed out, by its path."""
    folder = source_folder(assignment.folder)
    return {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in assignment.course_files
    }


def without_holdout(files: Iterable[SubmittedFile], drawing: Drawing | None) -> tuple[SubmittedFile, ...]:
    """The same files without withheld rows, should the data set's own text files be among them."""
    if drawing is None:
        return tuple(files)
    from autograder.assets.authors_files import without_holdout as cleaned

    return cleaned(files, drawing).files
