"""Make the notebooks that will run out of what the student handed in and what the author wrote.

Locked cells and test cells get the author's text, hidden tests included; test cells that are missing are
put back, those before their answer go behind it. Everything else is the student's, unchanged. Nothing is
executed, and nothing here protects from what a cell does.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from autograder.execution.authored import Authored, authored, bare, merged
from autograder.execution.matched import matched
from autograder.execution.otter_cells import checks_behind, without_ignored
from autograder.execution.places import home_of, put_back, tests_behind_answers
from autograder.execution.prepared import Prepared, PreparedCell, PreparedNotebook
from autograder.execution.recognise import splits
from autograder.execution.repair import Repaired, repaired
from autograder.formats.nbgrader import qualified
from autograder.formats.notebook import Cell, Notebook, read
from autograder.formats.notebook_names import same_name
from autograder.model.assignment import Assignment
from autograder.model.submission import Submission

__all__ = ["Prepared", "PreparedCell", "PreparedNotebook", "prepare"]

_DIGITS = re.compile(r"(\d+)")


def prepare(submission: Submission, sources: Mapping[str, Notebook], assignment: Assignment) -> Prepared:
    """Put together what will run. `sources` maps the assignment's notebook names to the author's notebooks.

    Raises:
        AuthoringError: a source notebook has metadata or regions that cannot be used.
        NotebookRejected: a notebook of the submission is none; intake lets no such one through.

    """
    binds = {checkpoint.cell: frozenset(checkpoint.binds) for checkpoint in assignment.checkpoints}
    known = {
        name: authored(name, sources[name], binds, assignment.origin)
        for name in assignment.notebooks
        if name in sources
    }
    everything = merged(known.values())
    students = {name: read(text.encode()) for name, text in submission.notebooks.items()}
    left_out: list[str] = []
    students = {
        name: without_ignored(name, notebook, assignment, left_out) for name, notebook in students.items()
    }
    stands_for = matched(students, known, left_out)
    students = {
        name: _with_own_ids(notebook, stands_for.get(name, ""), known) for name, notebook in students.items()
    }
    unmarked = {
        bare(cell.source) for source in sources.values() for cell in source.cells if not cell.grade_id
    }
    found = {
        name: repaired(name, notebook, known.get(stands_for.get(name, ""), everything), unmarked)
        for name, notebook in students.items()
    }
    course = {PurePosixPath(name).name for name in assignment.course_files}
    order, skipped = _order(found, stands_for, everything, course)
    missing = [name for name in known if name not in stands_for.values()] if students else []
    notes = [_missing(name, submission) for name in missing]
    notes += left_out
    notes += [f"{name} was not run: it holds no part of the assignment" for name in skipped]
    notes += [note for name in order for note in found[name].notes]
    suspicions: list[str] = []
    drafts = {
        name: _restored(
            name, found[name], {**everything, **known.get(stands_for.get(name, ""), {})}, suspicions
        )
        for name in order
    }
    _count_once(drafts, found, everything, notes)
    for source_name, cells in known.items():
        own = [name for name in order if stands_for.get(name) == source_name] or order
        put_back(drafts, sources[source_name], cells, home_of(drafts, sources[source_name], own), notes)
        tests_behind_answers(drafts, sources[source_name], cells, notes)
    notebooks = tuple(PreparedNotebook(name=name, cells=tuple(cells)) for name, cells in drafts.items())
    notes += splits(assignment.checkpoints, notebooks)
    return Prepared(notebooks=notebooks, suspicions=tuple(suspicions), notes=tuple(notes))


def _missing(name: str, submission: Submission) -> str:
    if any(file.path.casefold().endswith(".ipynb") and same_name(file.path, name, exactly=False)
           for file in submission.files):  # fmt: skip
        return f"{name} could not be read; its cells were looked for in the other notebooks"
    return f"no {name} was handed in; its cells were looked for in what was"


def _with_own_ids(
    notebook: Notebook, source_name: str, known: Mapping[str, Mapping[str, Authored]]
) -> Notebook:
    """Name cells as the author's notebook does that were handed out under a name two notebooks have."""
    own = known.get(source_name, {})
    others = {
        grade_id: mark
        for grade_id in {cell.grade_id for cell in notebook.cells} - own.keys() - {""}
        if (mark := qualified(source_name, grade_id)) in own
    }
    if not others:
        return notebook
    cells = (
        replace(cell, metadata={**cell.metadata, "nbgrader": {"grade_id": others[cell.grade_id]}})
        if cell.grade_id in others
        else cell
        for cell in notebook.cells
    )
    return replace(notebook, cells=tuple(cells))


def _order(
    found: Mapping[str, Repaired],
    matched: Mapping[str, str],
    everything: Mapping[str, Authored],
    course: Collection[str],
) -> tuple[list[str], list[str]]:
    """Return the notebooks in running order, and those that add nothing.

    A notebook with the author's file name stands for it. Others run as well, in the order of their names,
    if no such file is there, if they hold cells of the assignment that are nowhere else, or if the
    assignment has no marked cells by which to know; those of the `course` only if they hold such cells.
    """
    marks = {name: {cell.grade_id for cell in one.notebook.cells} for name, one in found.items()}
    there = {grade_id for name in matched for grade_id in marks[name]}
    order, skipped = list(matched), []
    for name in sorted((name for name in found if name not in matched), key=_natural):
        new = marks[name] & everything.keys() - there
        handed_out = PurePosixPath(name).name in course and len(found) > 1
        if new or not (handed_out or (matched and everything)):
            there |= new
            order.append(name)
        else:
            skipped.append(name)
    return order, skipped


def _natural(name: str) -> list[str]:
    return [part.rjust(12, "0") if part.isdigit() else part.casefold() for part in _DIGITS.split(name)]


def _restored(
    name: str, found: Repaired, known: Mapping[str, Authored], suspicions: list[str]
) -> list[PreparedCell]:
    """Give each cell its text: the author's for locked and test cells, the student's otherwise."""
    cells = []
    for cell in found.notebook.cells:
        author = known.get(cell.grade_id)
        if author is None or not author.grading.is_authors:
            mark = cell.grade_id if author else ""  # a mark of the student's own means nothing
            cells.append(replace(_students(cell), grade_id=mark, merged=found.merged.get(cell.id, ())))
            continue
        changed = cell.cell_type != author.cell.cell_type or bare(cell.source) != bare(author.released)
        if changed:
            suspicions.append(
                f"{name}: the locked cell {cell.grade_id} was changed; the author's text was run"
            )
        cells.append(author.prepared(cell_id=cell.id, restored=changed))
    return cells


def _students(cell: Cell) -> PreparedCell:
    return PreparedCell(id=cell.id, cell_type=cell.cell_type, source=cell.source, checks=checks_behind(cell))


def _count_once(
    drafts: Mapping[str, list[PreparedCell]],
    found: Mapping[str, Repaired],
    known: Mapping[str, Authored],
    notes: list[str],
) -> None:
    """Leave every grade_id on one cell: of test cells on the last copy, as nbgrader does, of answers on the
    first copy that is not the empty one that was handed out (later copies are experiments).

    A cell that kept its mark comes before one that was recognised. Of a cell with hidden tests the other
    copies are the student's own: hidden tests run once.
    """
    places: dict[str, list[tuple[str, int]]] = {}
    for name, cells in drafts.items():
        for position, cell in enumerate(cells):
            if cell.grade_id:
                places.setdefault(cell.grade_id, []).append((name, position))
    for grade_id, copies in places.items():
        if len(copies) == 1:
            continue
        marked = [(name, at) for name, at in copies if drafts[name][at].id not in found[name].guessed]
        author = known[grade_id]
        kept = _kept(marked or copies, drafts, author)
        for name, at in copies:
            if (name, at) == kept:
                continue
            copy = drafts[name][at]
            drafts[name][at] = (
                _students(found[name].notebook.cells[at]) if copy.hidden else replace(copy, grade_id="")
            )
        if author.is_answer or author.is_test:
            notes.append(f"{grade_id} is there {len(copies)} times; cell {kept[1] + 1} of {kept[0]} counts")


def _kept(
    copies: Sequence[tuple[str, int]], drafts: Mapping[str, list[PreparedCell]], author: Authored
) -> tuple[str, int]:
    if author.grading.is_authors:
        return copies[-1]
    return next(
        ((name, at) for name, at in copies if not author.is_untouched(drafts[name][at].source)), copies[0]
    )
