"""Which of a student's notebooks stands for which of the author's: by their names, else by the cells in them.

Names come first. A notebook under another name is known by its marks, if it has more than half of those of
one of the author's that is missing, and no other notebook has any that it lacks: who hands in a notebook for
each part has none that stands for the whole, and their notebooks run in the order of their names.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from autograder.execution.authored import Authored
from autograder.formats.nbgrader import qualified
from autograder.formats.notebook import Notebook
from autograder.formats.notebook_names import same_name


def matched(
    students: Mapping[str, Notebook], known: Mapping[str, Mapping[str, Authored]], notes: list[str]
) -> dict[str, str]:
    """Map the student's notebooks to the author's, in the author's order. Who was renamed is noted."""
    if len(known) == len(students) == 1:
        return dict(zip(students, known, strict=True))
    found: dict[str, str] = {}
    for source in known:
        free = [name for name in students if name not in found.values()]
        named = next((name for name in free if same_name(name, source, exactly=True)), None)
        named = named or next((name for name in free if same_name(name, source, exactly=False)), None)
        if named is not None:
            found[source] = named
    for source in [name for name in known if name not in found]:
        free = [name for name in students if name not in found.values()]
        if (name := _by_marks(source, known[source], {name: students[name] for name in free})) is not None:
            found[source] = name
            notes.append(f"{name} was taken for {source}, whose cells it has")
    return {found[source]: source for source in known if source in found}


def _by_marks(source: str, cells: Mapping[str, Authored], students: Mapping[str, Notebook]) -> str | None:
    handed_out = _as_handed_out(source, cells)
    held = {
        name: handed_out & {cell.grade_id for cell in notebook.cells} for name, notebook in students.items()
    }
    most = max(map(len, held.values()), default=0)
    best = [name for name, marks in held.items() if len(marks) == most]
    if len(best) != 1 or 2 * most <= len(cells):
        return None
    shared_out = any(marks - held[best[0]] for marks in held.values())
    return None if shared_out else best[0]


def _as_handed_out(source: str, cells: Collection[str]) -> frozenset[str]:
    """The marks of a notebook, with those that a cell had before another notebook's took its name."""
    start = qualified(source, "")
    return frozenset({*cells, *(mark.removeprefix(start) for mark in cells)})
