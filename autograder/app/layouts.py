"""Where the graded cells of an assignment stand, read from its source notebooks for the gradebook.

The texts are those that nbgrader keeps: solutions replaced, hidden tests still there. Staff only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import AuthoringError
from autograder.model.assignment import Assignment, OriginFormat
from autograder.model.ids import AssignmentId

if TYPE_CHECKING:
    from autograder.authoring.strip import Stubs
    from autograder.formats.nbgrader import Grading
    from autograder.formats.notebook import Cell
    from gradebook.layout import CellLine, Layout


def layout_of(assignment: Assignment) -> Layout | None:
    """The layout of an assignment; None where its source notebooks cannot be read, as in a release."""
    from autograder.authoring.source import roles, source_notebooks
    from autograder.authoring.strip import Stubs
    from autograder.formats.nbgrader_regions import RegionBroken
    from gradebook.layout import Layout, NotebookLine

    checks = {spec.cell: str(spec.id) for spec in assignment.checks if spec.cell}
    stubs = Stubs.of(assignment)
    cells: list[CellLine] = []
    notebooks: list[NotebookLine] = []
    earlier: set[str] = set()
    try:
        for name, notebook in source_notebooks(assignment).items():
            stem = name.removesuffix(".ipynb")
            notebooks.append(NotebookLine(name=stem, kernelspec=_kernelspec(assignment, name)))
            found = sorted(roles(name, notebook).values(), key=lambda one: one[0])
            for position, grading in found:
                check = checks.get(grading.grade_id, "")
                before = _handed_out_as(assignment, name, grading.grade_id, earlier)
                cells.append(_line(stem, before, check, notebook.cells[position], grading, stubs))
            earlier |= {grading.grade_id for _, grading in found}
    except (AuthoringError, RegionBroken, OSError):
        return None
    called = assignment.origin.name if assignment.origin else ""
    return Layout(notebooks=tuple(notebooks), cells=tuple(cells), called=called)


def layouts_in(folders: Iterable[Path]) -> dict[AssignmentId, Layout]:
    """The layouts of the assignments in these folders, by id. AuthoringError where a source is missing."""
    from autograder.config.assignment_file import load

    found: dict[AssignmentId, Layout] = {}
    for folder in folders:
        assignment = load(folder)
        layout = layout_of(assignment)
        if layout is None:
            raise AuthoringError(f"{folder}: the source notebooks cannot be read")
        found[assignment.id] = layout
    return found


def _handed_out_as(assignment: Assignment, notebook: str, name: str, earlier: set[str]) -> str:
    """The name that a cell has in nbgrader: an import gave it a longer one if an earlier notebook had it."""
    from autograder.formats.nbgrader import qualified

    if assignment.origin is None or assignment.origin.format is not OriginFormat.NBGRADER:
        return name
    return next((old for old in sorted(earlier) if qualified(notebook, old) == name), name)


def _line(notebook: str, name: str, check: str, cell: Cell, grading: Grading, stubs: Stubs) -> CellLine:
    from dataclasses import replace

    from autograder.formats.nbgrader import CellRole, checksum
    from autograder.formats.nbgrader_regions import RegionKind, has_region, with_stub
    from gradebook.layout import CellLine, SourceText

    text = cell.source
    stub = stubs.code if cell.cell_type == "code" else stubs.text
    if grading.solution:
        text = with_stub(text, stub) if has_region(text, RegionKind.SOLUTION) else stub
    known = replace(grading, grade_id=name)
    return CellLine(
        notebook=notebook,
        name=name,
        cell_type=cell.cell_type,
        graded=grading.grade,
        answer=grading.solution,
        task=grading.role is CellRole.MANUAL_TASK,
        check=check,
        source=SourceText(
            cell_type=cell.cell_type,
            locked=not grading.solution and (grading.grade or grading.locked),
            text=text,
            checksum=checksum(replace(cell, source=text), known),
        ),
    )


def _kernelspec(assignment: Assignment, name: str) -> str:
    """The kernel that the source notebook names, as nbgrader keeps it; nothing is done with it here."""
    from autograder.config.assignment_file import source_folder

    raw = (source_folder(assignment.folder) / name).read_bytes()
    metadata = json.loads(raw.decode("utf-8-sig")).get("metadata")
    kernelspec = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    return json.dumps(kernelspec if isinstance(kernelspec, dict) else {})
