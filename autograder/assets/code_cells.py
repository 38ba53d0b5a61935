"""The code of a notebook as syntax trees. Nothing is run, and a cell that is no Python is left out."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

_SHELL_WORDS = re.compile(
    r"^\s*(pip3?|conda|mamba|cd|ls|mkdir|cp|mv|rm|cat|wget|curl|git)\s+\S", re.MULTILINE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeCell:
    """One code cell: its place among all cells from 0, its tree, and the lines the tree was made from."""

    position: int
    tree: ast.AST
    lines: tuple[str, ...]


def code_cells(text: str) -> Iterator[CodeCell]:
    """The code cells of a notebook (nbformat 4 JSON text) that can be read as Python, in order.

    Magics and shell lines are turned into what IPython makes of them. Other cells are left out; nothing is
    raised for what a student wrote.
    """
    from IPython.core import inputtransformer2  # here, because it takes half a second

    manager: Any = inputtransformer2.TransformerManager  # untyped
    transform = manager().transform_cell
    for position, source in sources(text):
        cell = _parsed(position, source, transform)
        if cell is not None:
            yield cell


def _parsed(position: int, source: str, transform: Callable[[str], str]) -> CodeCell | None:
    body = re.sub(r"\A\s*%%(time|timeit|capture|prun)\b.*\n", "", source)
    for attempt in (body, _SHELL_WORDS.sub(lambda found: "#" + found.group(), body)):
        try:
            code = transform(attempt)
            return CodeCell(position=position, tree=ast.parse(code), lines=tuple(code.split("\n")))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None


def sources(text: str) -> Iterator[tuple[int, str]]:
    """Places, among all cells from 0, and texts of the code cells of a notebook (nbformat 4 JSON text)."""
    cells = json.loads(text).get("cells", [])
    for position, cell in enumerate(cells):
        source = cell.get("source", "")
        if cell.get("cell_type") == "code":
            yield position, source if isinstance(source, str) else "".join(source)
