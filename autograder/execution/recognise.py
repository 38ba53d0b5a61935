"""Find the places where a run pauses, in the student's own notebooks.

A checkpoint is after its marked cell; where the student split that cell, after the one that completes it.
Where the mark is lost, the names it binds stand in for it. What is found neither way is not recognised; that
is no fault of the student's, and a person has to look. Code is parsed, never run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from autograder.execution.prepared import PreparedCell, PreparedNotebook
from autograder.formats.nbgrader_regions import CODE_STUB
from autograder.model.assignment import Checkpoint
from autograder.model.ids import CheckpointId

MOST_TRANSFORM_WORK: Final = 600_000
"""Characters of a cell times its magics, for each of which IPython reads it again: a third of a second."""
_CALL: Final = 40
"""Characters by which a line grows when IPython makes a call of the magic in it."""
_MAGIC: Final = re.compile(
    r"^[ \t]*(?:(?:>>>|\.\.\.+:?|In ?\[\d+\]:)[ \t]*)*[!%,;/?]|=[ \t]*[!%]|\?[ \t]*$", re.MULTILINE
)
"""Where IPython may see a magic, a shell line, a call without brackets or a question for help."""
LONGEST_SOURCE: Final = 300_000
"""Characters of a cell that is parsed: a tree takes hundreds of bytes for each of them."""
MOST_PARTS: Final = 20
"""Pieces of a cell that are parsed: itself, and what magics in it run."""
RUN_HERE: Final = frozenset({"time", "capture", "prun"})
"""Magics that run the code they are given in the notebook's namespace."""
EVERYTHING: Final = "*"
"""What a star import binds: names that nobody can tell."""


@dataclass(frozen=True, slots=True)
class Place:
    """After cell `position` of a notebook; both count from 0."""

    notebook: int
    position: int


def recognise(
    checkpoints: Sequence[Checkpoint], notebooks: Sequence[PreparedNotebook]
) -> Mapping[CheckpointId, Place]:
    """Map the checkpoints that were found to their places.

    Without its marked cell, a checkpoint is after the last cell that binds all its names; if no single cell
    does, after the last of the cells that bind one of them, provided that every name is bound somewhere.
    """
    found: dict[CheckpointId, Place] = {}
    bound: list[tuple[Place, frozenset[str]]] | None = None
    for checkpoint in checkpoints:
        place = _marked(checkpoint, notebooks)
        if place is not None:
            cells = notebooks[place.notebook].cells
            names = frozenset(checkpoint.binds)
            place = Place(place.notebook, completion(names, cells, place.position))
        if place is None and checkpoint.binds:
            bound = list(_bindings(notebooks)) if bound is None else bound
            place = _binding(checkpoint.binds, bound)
        if place is not None:
            found[checkpoint.id] = place
    return found


def splits(checkpoints: Sequence[Checkpoint], notebooks: Sequence[PreparedNotebook]) -> Iterator[str]:
    """Say which marked cells were split, and which cell stands behind them."""
    for checkpoint in checkpoints:
        place = _marked(checkpoint, notebooks)
        if place is None:
            continue
        notebook = notebooks[place.notebook]
        end = completion(frozenset(checkpoint.binds), notebook.cells, place.position)
        if end != place.position:
            yield (
                f"{notebook.name}: {checkpoint.cell} was split; the checks of {checkpoint.id} look after "
                f"cell {end + 1}"
            )


def completion(names: frozenset[str], cells: Sequence[PreparedCell], position: int) -> int:
    """Give the place of the cell that completes the answer at `position`, which is its own if it is whole.

    An answer that lacks some of its `names` may have been split: the first unmarked cells behind it that bind
    what is missing complete it, up to the next answer. Names that were bound before are not missing, and
    what is bound later is an experiment. Who left the stub as it was answers in a cell behind it.
    """
    if cells[position].locked or not names:
        return position
    source = cells[position].source
    bound = (
        frozenset[str]() if all(line in source for line in CODE_STUB.splitlines()) else names_bound(source)
    )
    missing = names - bound
    if not missing or EVERYTHING in bound:
        return position
    before = (names_bound(cell.source) for cell in cells[:position] if cell.cell_type == "code")
    missing = missing.difference(*before)
    if not missing:
        return position
    for at in range(position + 1, len(cells)):
        cell = cells[at]
        if cell.locked or cell.cell_type != "code":
            continue
        if cell.grade_id:
            break
        missing -= names_bound(cell.source)
        if not missing:
            return at
    return position


def _marked(checkpoint: Checkpoint, notebooks: Sequence[PreparedNotebook]) -> Place | None:
    for number, notebook in enumerate(notebooks):
        for position, cell in enumerate(notebook.cells):
            if cell.stands_for(checkpoint.cell):
                return Place(number, position)
    return None


def _binding(names: Sequence[str], bound: Sequence[tuple[Place, frozenset[str]]]) -> Place | None:
    wanted = frozenset(names)
    whole = [place for place, here in bound if wanted <= here]
    if whole:
        return whole[-1]
    last = {name: place for place, here in bound for name in here & wanted}
    if last.keys() != wanted:
        return None
    return max(last.values(), key=lambda place: (place.notebook, place.position))


def _bindings(notebooks: Sequence[PreparedNotebook]) -> Iterator[tuple[Place, frozenset[str]]]:
    for number, notebook in enumerate(notebooks):
        for position, cell in enumerate(notebook.cells):
            if cell.cell_type == "code":
                yield Place(number, position), names_bound(cell.source)


@lru_cache(maxsize=1024)
def names_bound(source: str) -> frozenset[str]:
    """Return the names a cell binds in the notebook's namespace; none for a cell that is not Python."""
    found: set[str] = set()
    waiting = [source]
    left = MOST_TRANSFORM_WORK
    for _ in range(MOST_PARTS):
        if not waiting:
            break
        part = waiting.pop()
        left -= transform_work(part)
        tree = parsed(part, magics=left >= 0)
        for statement in tree.body if tree is not None else ():
            found |= _bound_by(statement)
            if code := _run_by_magic(statement):
                waiting.append(code)
    return frozenset(found)


def _run_by_magic(statement: ast.stmt) -> str:
    """Give the code that a magic runs as if it stood in the cell: `%%time` over it, `%time` before it."""
    match statement:
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(attr="run_cell_magic" | "run_line_magic"),
                args=[ast.Constant(value=str(magic)), *_, ast.Constant(value=str(code))],
            )
        ) if magic in RUN_HERE:
            return code
    return ""


def transform_work(source: str) -> int:
    """Give what the magics of a cell cost: its characters, once for each of them."""
    magics = sum(1 for _ in _MAGIC.finditer(source))
    return (len(source) + _CALL * magics) * magics


def parsed(source: str, *, magics: bool) -> ast.Module | None:
    """Read a cell that may hold `magics`; None where it is too long or not Python."""
    if len(source) > LONGEST_SOURCE:
        return None
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    if not magics:
        return None
    # Magics and shell lines; IPython is slow to import, so only for cells that have some.
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        manager = TransformerManager()  # type: ignore[no-untyped-call]
        return ast.parse(manager.transform_cell(source))
    except Exception:  # IPython meets a student's text and names no errors of its own
        return None


def _bound_by(statement: ast.AST) -> set[str]:
    """Collect names, not entering functions and classes: what they bind is their own."""
    found: set[str] = set()
    waiting = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
            continue
        if isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            found.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            found.add(node.rest)
        waiting.extend(ast.iter_child_nodes(node))
    return found
