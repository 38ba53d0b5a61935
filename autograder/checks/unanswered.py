"""Which written answers were left as they were handed out: nbgrader gives these no points by itself.

Only for assignments that came from nbgrader, whose courses count on it. It compares texts, to the letter; an
answer that was deleted, or says nothing in other words, is left to a person. So is one with something of the
student's own below it, up to the next cell of the assignment: some write their answer into a new cell.
"""

from __future__ import annotations

import json

from autograder.config.assignment_file import source_folder
from autograder.errors import AuthoringError
from autograder.formats.nbgrader import CellRole, MetadataRejected, gradings
from autograder.formats.nbgrader_regions import CODE_STUB, TEXT_STUB, RegionBroken, as_released
from autograder.formats.notebook import NotebookRejected, read
from autograder.model.assignment import Assignment, OriginFormat
from autograder.model.execution import Execution


def unanswered(assignment: Assignment, execution: Execution) -> frozenset[str]:
    """Give the grade_ids of the manual answers in a run that nobody changed.

    Raises AuthoringError when a source notebook cannot be read.
    """
    origin = assignment.origin
    if origin is None or origin.format is not OriginFormat.NBGRADER:
        return frozenset()
    handed_out, around = _handed_out(assignment)
    found: dict[str, str] = {}
    followed: set[str] = set()
    for text in execution.executed.values():
        above = ""
        for cell in json.loads(text)["cells"]:  # written by us; its outputs may be more than `read` allows
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
            source = "".join(cell["source"])
            if grade_id:
                above = grade_id
            elif source.strip() and source.strip() not in around:
                followed.add(above)
            if grade_id in handed_out:
                found[grade_id] = source
    same = {grade_id for grade_id, text in found.items() if text == handed_out[grade_id]}
    return frozenset(same - followed)


def _handed_out(assignment: Assignment) -> tuple[dict[str, str], frozenset[str]]:
    """Map the manual answers to the text that students got; and give the texts of cells without a mark."""
    origin = assignment.origin
    code = origin.code_stub if origin else None
    text = origin.text_stub if origin else None
    made: dict[str, str] = {}
    around: set[str] = set()
    for name in assignment.notebooks:
        path = source_folder(assignment.folder) / name
        try:
            notebook = read(path.read_bytes())
            around |= {cell.source.strip() for cell in notebook.cells if not cell.grade_id}
            for grade_id, (position, grading) in gradings(notebook).items():
                if grading.role is CellRole.MANUAL_ANSWER:
                    cell = notebook.cells[position]
                    given, usual = (code, CODE_STUB) if cell.cell_type == "code" else (text, TEXT_STUB)
                    stub = usual if given is None else given
                    made[grade_id] = as_released(cell.source, stub, answer=True)
        except (OSError, NotebookRejected, MetadataRejected, RegionBroken) as problem:
            raise AuthoringError(f"{path}: {problem}") from problem
    return made, frozenset(around)
