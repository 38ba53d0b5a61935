"""Where test cells stand in what will run: missing ones come back, none stands before its answer.

Only test cells are moved. Which cell is which was decided before, by `repair` and `prepare`. Cells of a
converted source that no student ever had (`formats.place_tags`) come where the source says.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from autograder.execution.authored import Authored
from autograder.execution.prepared import PreparedCell
from autograder.execution.recognise import LONGEST_SOURCE, completion
from autograder.execution.repair import MADE_ID
from autograder.formats.notebook import Cell, Notebook
from autograder.formats.place_tags import call_before, runs_first

_MAGIC: Final = re.compile(r"^([ \t]*)(?:[!%?].*|[\w.]+\?{1,2}[ \t]*)$", re.MULTILINE)
_ASSIGNED_MAGIC: Final = re.compile(r"^([\w., \t]+=[ \t]*)[!%].*$", re.MULTILINE)

Drafts = Mapping[str, list[PreparedCell]]


def home_of(drafts: Drafts, source: Notebook, names: Sequence[str]) -> str:
    """Give the one of a student's notebooks that cells of the source come to: where most are called for.

    Of several the last; "" where there is none.
    """
    calls = [wanted for cell in source.cells if (wanted := call_before(cell)) is not None]
    held = {
        name: sum(any(_calls(cell, *wanted) for cell in drafts[name]) for wanted in calls) for name in names
    }
    return max(reversed(names), key=held.__getitem__, default="")


def put_back(
    drafts: Drafts, source: Notebook, known: Mapping[str, Authored], otherwise: str, notes: list[str]
) -> None:
    """Insert the missing test cells of a source notebook after the nearest cell that preceded them.

    Where none of these is left, they come to the end of the notebook called `otherwise`.
    """
    there = {cell.grade_id for cells in drafts.values() for cell in cells}
    for position, cell in enumerate(source.cells):
        author = known.get(cell.grade_id)
        if author is None or cell.grade_id in there or not drafts:
            continue
        if (told := _told_place(cell, drafts[otherwise])) is not None:
            cells = drafts[otherwise]
            cells.insert(told, author.prepared(cell_id=_free_id(cell.id, cells), restored=False))
            continue
        if not author.is_test:
            continue
        name, place = _place(drafts, source.cells[:position], known, otherwise)
        made = author.prepared(cell_id=_free_id(cell.id, drafts[name]), restored=True)
        drafts[name].insert(place, made)
        notes.append(f"{name}: the test cell {cell.grade_id} was missing; it was put back")


def _told_place(cell: Cell, cells: Sequence[PreparedCell]) -> int | None:
    """Give the place that the source asks for, or None where it asks for none."""
    if runs_first(cell):
        return 0
    wanted = call_before(cell)
    if wanted is None:
        return None
    for position in range(len(cells) - 1, -1, -1):
        if _calls(cells[position], *wanted):
            place = position + 1
            while place < len(cells) and cells[place].locked:
                place += 1
            return place
    return len(cells)


def _is_called_for(cell: Cell, drafts: Drafts) -> bool:
    """Whether the student's notebooks hold the call behind which a cell of the source runs."""
    wanted = call_before(cell)
    return wanted is not None and any(_calls(each, *wanted) for cells in drafts.values() for each in cells)


def _calls(cell: PreparedCell, function: str, value: str) -> bool:
    """Whether a student's cell calls a function or method of that name with this text first.

    Where otter's metadata asks for the test of that name behind the cell, it counts as a call.
    """
    if not cell.locked and value in cell.checks:
        return True
    if cell.locked or cell.cell_type != "code" or function not in cell.source or value not in cell.source:
        return False
    return value in _texts_given(cell.source, function)


@lru_cache(maxsize=1024)
def _texts_given(source: str, function: str) -> frozenset[str]:
    """Give the texts with which a cell calls a function or method of that name.

    Magics are taken out, not read as IPython does: that takes seconds for a few hundred of them.
    """
    if len(source) > LONGEST_SOURCE:
        return frozenset()
    found: set[str] = set()
    try:
        tree = ast.parse(_MAGIC.sub(r"\1pass", _ASSIGNED_MAGIC.sub(r"\1None", source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name == function:
                given = [*node.args[:1], *(word.value for word in node.keywords)]
                found |= {
                    each.value
                    for each in given
                    if isinstance(each, ast.Constant) and isinstance(each.value, str)
                }
    return frozenset(found)


def tests_behind_answers(
    drafts: Drafts, source: Notebook, known: Mapping[str, Authored], notes: list[str]
) -> None:
    """Move each test cell behind its answer, which is the one that precedes it in `source`."""
    names = list(drafts)
    answer: Authored | None = None
    for cell in source.cells:
        author = known.get(cell.grade_id)
        if author is None or cell.cell_type != "code":
            continue
        if author.is_answer:
            answer = author
        if not author.is_test or answer is None or _is_called_for(cell, drafts):
            continue
        test_at, answer_at = _find(drafts, cell.grade_id), _find(drafts, answer.grading.grade_id)
        if test_at is None or answer_at is None:
            continue
        if (names.index(test_at[0]), test_at[1]) > (names.index(answer_at[0]), answer_at[1]):
            continue
        moved = drafts[test_at[0]].pop(test_at[1])
        answer_at = _find(drafts, answer.grading.grade_id)
        assert answer_at is not None
        into, place = answer_at[0], _behind(drafts[answer_at[0]], answer_at[1], answer)
        while place < len(drafts[into]) and _is_test_of(drafts[into][place], source, cell, known):
            place += 1
        drafts[into].insert(place, replace(moved, id=_free_id(moved.id, drafts[into])))
        notes.append(f"{into}: the test cell {cell.grade_id} stood before its answer; it was moved behind it")


def _is_test_of(standing: PreparedCell, source: Notebook, moved: Cell, known: Mapping[str, Authored]) -> bool:
    """Whether a cell is a test that precedes the moved one in the source: their order stays."""
    author = known.get(standing.grade_id)
    if author is None or not author.is_test:
        return False
    order = [cell.grade_id for cell in source.cells]
    return standing.grade_id in order[: order.index(moved.grade_id)]


def _find(drafts: Drafts, grade_id: str) -> tuple[str, int] | None:
    for name, cells in drafts.items():
        for position, cell in enumerate(cells):
            if cell.stands_for(grade_id):
                return name, position
    return None


def _behind(cells: Sequence[PreparedCell], position: int, author: Authored | None) -> int:
    """Give the place behind an answer, and behind the cell that completes it should it have been split."""
    names = author.names | author.checkpoint_names if author else frozenset()
    return completion(names, cells, position) + 1


def _place(
    drafts: Drafts, before: Sequence[Cell], known: Mapping[str, Authored], otherwise: str
) -> tuple[str, int]:
    for earlier in reversed(before):
        for name, cells in drafts.items():
            for position, cell in enumerate(cells):
                if _is_same(cell, earlier):
                    author = known.get(earlier.grade_id)
                    return name, _behind(cells, position, author if author and author.is_answer else None)
    return otherwise, len(drafts[otherwise])


def _is_same(cell: PreparedCell, earlier: Cell) -> bool:
    if earlier.grade_id:
        return cell.stands_for(earlier.grade_id)
    return cell.id == earlier.id and not MADE_ID.fullmatch(earlier.id)


def _free_id(cell_id: str, cells: Sequence[PreparedCell]) -> str:
    taken = {cell.id for cell in cells}
    wanted, turn = cell_id, 1
    while wanted in taken:
        wanted, turn = f"{cell_id[:50]}-{turn}", turn + 1
    return wanted
