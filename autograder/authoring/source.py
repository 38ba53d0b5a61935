"""Read an assignment's source notebooks as their author wrote them, hidden parts included.

Staff only: what is read here must never reach a student before `strip` and `leaks` have seen it.
"""

from __future__ import annotations

from collections.abc import Mapping

from autograder.config.assignment_file import source_folder
from autograder.errors import AuthoringError
from autograder.formats.nbgrader import Grading, MetadataRejected, gradings
from autograder.formats.notebook import Notebook, NotebookRejected, read
from autograder.model.assignment import Assignment


def source_notebooks(assignment: Assignment) -> Mapping[str, Notebook]:
    """Read the source notebooks in the order in which they run. Raises AuthoringError."""
    found: dict[str, Notebook] = {}
    for name in assignment.notebooks:
        path = source_folder(assignment.folder) / name
        try:
            found[name] = read(path.read_bytes())
        except OSError as problem:
            raise AuthoringError(f"{path}: cannot be read: {problem.strerror}") from problem
        except NotebookRejected as problem:
            raise AuthoringError(f"{path}: {problem.reason}") from problem
    return found


def roles(name: str, notebook: Notebook) -> Mapping[str, tuple[int, Grading]]:
    """Map each grade_id of a source notebook to its cell's position and role. Raises AuthoringError."""
    try:
        return gradings(notebook)
    except MetadataRejected as problem:
        raise AuthoringError(f"{name}: {problem.reason}") from problem


def places(notebooks: Mapping[str, Notebook]) -> Mapping[str, str]:
    """Say by grade_id where each cell stands: `lab.ipynb, cell 3`, from 1. Raises AuthoringError."""
    return {
        grade_id: f"{name}, cell {position + 1}"
        for name, notebook in notebooks.items()
        for grade_id, (position, _) in roles(name, notebook).items()
    }
