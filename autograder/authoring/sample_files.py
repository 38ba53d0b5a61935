"""The files that a sample, the reference or the untouched release hands in, made from the source notebooks.

The reference is the source as a student would hand it in: solutions stay, hidden tests, mark schemes and all
markers go. Whether it is right is what `verify` finds out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from autograder.authoring.release import released_files
from autograder.authoring.samples import REFERENCE, UNTOUCHED, Change, Recipe, Sample
from autograder.authoring.source import roles, source_notebooks
from autograder.config.toml_file import nearest
from autograder.errors import AuthoringError
from autograder.formats.nbgrader_regions import RegionKind, lines_of
from autograder.formats.notebook import Cell, Notebook, read, to_text
from autograder.model.assignment import Assignment

Files = Mapping[str, bytes]
ADDED = "added-"


def reference_files(assignment: Assignment) -> Files:
    """Give the notebooks of the author's solution as files. Raises AuthoringError."""
    return {name: _written(notebook) for name, notebook in _bases(assignment)[REFERENCE].items()}


def untouched_files(assignment: Assignment) -> Files:
    """Give the notebooks of the release, handed in without a change. Raises AuthoringError."""
    return {name: _written(notebook) for name, notebook in _bases(assignment)[UNTOUCHED].items()}


def sample_files(sample: Sample, assignment: Assignment) -> Files:
    """Give the files that a sample hands in, by path; none for one that hands in an archive as it is.

    Raises AuthoringError for a recipe that names cells which are not there.
    """
    if sample.archive:
        return {}
    files = {name: (sample.folder / name).read_bytes() for name in (*sample.notebooks, *sample.files)}
    return files | made_notebooks(sample.recipes, assignment, sample.name)


def made_notebooks(recipes: Sequence[Recipe], assignment: Assignment, name: str) -> dict[str, bytes]:
    """Give the notebooks that recipes make, by path. AuthoringError for cells that are not there.

    `name` is whose they are; errors say it.
    """
    if not recipes:
        return {}
    bases = _bases(assignment)
    return {
        recipe.name: _written(_made(recipe, bases[recipe.base][recipe.source], name)) for recipe in recipes
    }


def run_digest(files: Files, assignment: Assignment) -> str:
    """Give a SHA-256 of all that decides how a run goes: the code that is run and the author's own cells.

    Recorded evidence belongs to one digest. Prose, outputs and metadata do not change it.
    """
    parts: list[list[str]] = []
    for name in sorted(files):
        if name.endswith(".ipynb"):
            sources = [cell.source for cell in read(files[name]).cells if cell.cell_type == "code"]
            parts.append([name, *sources])
        else:
            parts.append([name, hashlib.sha256(files[name]).hexdigest()])
    for name, notebook in source_notebooks(assignment).items():
        owned = sorted(position for position, grading in roles(name, notebook).values() if grading.is_authors)
        cells = [notebook.cells[position] for position in owned]
        parts.append([name, *(cell.source for cell in cells if cell.cell_type == "code")])
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _bases(assignment: Assignment) -> Mapping[str, Mapping[str, Notebook]]:
    released = released_files(assignment)
    return {
        REFERENCE: {name: _reference(notebook) for name, notebook in source_notebooks(assignment).items()},
        UNTOUCHED: {name: read(released[name]) for name in assignment.notebooks},
    }


def _reference(notebook: Notebook) -> Notebook:
    return replace(notebook, cells=tuple(_as_handed_in(cell) for cell in notebook.cells))


def _as_handed_in(cell: Cell) -> Cell:
    kept = (None, RegionKind.SOLUTION)
    lines = [line.text for line in lines_of(cell.source) if line.region in kept and not line.marker]
    return replace(cell, source="\n".join(lines), outputs=())


def _made(recipe: Recipe, base: Notebook, sample: str) -> Notebook:
    cells = list(base.cells)
    for change in recipe.changes:
        position = _position(change.cell, cells, sample)
        if change.is_new:
            cells.insert(_after_added(position, cells) + 1, _new_cell(change, cells))
        else:
            cells[position] = replace(cells[position], source=change.source)
    first = _position(recipe.first, cells, sample) if recipe.first else 0
    last = _after_added(_position(recipe.last, cells, sample), cells) if recipe.last else len(cells) - 1
    for grade_id in recipe.without:
        _position(grade_id, cells, sample)
    kept = [
        cell for cell in cells[first : last + 1] if cell.grade_id not in recipe.without or not cell.grade_id
    ]
    if not kept:
        raise AuthoringError(f'sample "{sample}": no cell is left of {recipe.source}')
    return replace(base, cells=tuple(kept))


def _after_added(position: int, cells: list[Cell]) -> int:
    """Give the position of the last cell that was put in behind this one, or this one."""
    while position + 1 < len(cells) and cells[position + 1].id.startswith(ADDED):
        position += 1
    return position


def _new_cell(change: Change, cells: list[Cell]) -> Cell:
    number = sum(cell.id.startswith(ADDED) for cell in cells) + 1
    return Cell(id=f"{ADDED}{number}", cell_type=change.cell_type, source=change.source)


def _position(grade_id: str, cells: list[Cell], sample: str) -> int:
    for position, cell in enumerate(cells):
        if cell.grade_id == grade_id:
            return position
    known = [cell.grade_id for cell in cells if cell.grade_id]
    raise AuthoringError(
        f'sample "{sample}": no cell has the grade_id "{grade_id}"{nearest(grade_id, known)}'
    )


def _written(notebook: Notebook) -> bytes:
    return to_text(notebook, outputs=False).encode()
