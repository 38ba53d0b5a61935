"""The files that were handed out with an assignment, as they lie beside the notebook when it runs."""

from __future__ import annotations

from pathlib import PurePosixPath

from autograder.config.assignment_file import source_folder
from autograder.model.assignment import Assignment


def course_files(assignment: Assignment) -> tuple[tuple[PurePosixPath, bytes], ...]:
    """Paths below the work folder and contents. A student's file never replaces one of them."""
    folder = source_folder(assignment.folder)
    return tuple((PurePosixPath(name), (folder / name).read_bytes()) for name in assignment.course_files)
