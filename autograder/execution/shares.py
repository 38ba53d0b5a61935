"""Whose number a test cell displayed: its author's, which is a share of the points, or the student's.

nbgrader takes any displayed number for a share. A student's function can display one while it is tested, and
a test cell may end in a bare call of that function. The cells are parsed, never run. A number that the
student's code computes inside an expression of the author's is the author's.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any, Final

from autograder.execution.prepared import PreparedCell
from autograder.execution.recognise import LONGEST_SOURCE, names_bound
from autograder.model.execution import NumberOf

_QUIET: Final = ";"


def number_of(
    test: PreparedCell, others: Iterable[PreparedCell], outputs: Iterable[Mapping[str, Any]]
) -> NumberOf:
    """Say whose the number is that `test` displayed; `others` are the cells of all notebooks.

    It is the student's where the text ends in a name that the student's cells bind, or in a call of one.
    Where an author's cell binds it as well, the student may have put a function in the place of the author's.
    """
    last = _last_statement(test.source)
    if last is None:
        return NumberOf.AUTHOR
    if not isinstance(last, ast.Expr) or test.source.rstrip().endswith(_QUIET):
        return NumberOf.NOBODY
    if sum(output["output_type"] == "execute_result" for output in outputs) > 1:
        return NumberOf.SEVERAL
    name = _root(last.value)
    if not name or name in names_bound(test.source):
        return NumberOf.AUTHOR
    code = [cell for cell in others if cell.cell_type == "code"]
    if not any(name in names_bound(cell.source) for cell in code if not cell.locked):
        return NumberOf.AUTHOR
    replaced = any(name in names_bound(cell.source) for cell in code if cell.locked)
    return NumberOf.SEVERAL if replaced else NumberOf.STUDENT


def _last_statement(source: str) -> ast.stmt | None:
    """Give the last statement; None for a cell that is no plain Python."""
    if len(source) > LONGEST_SOURCE:
        return None
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return body[-1] if body else ast.Pass()


def _root(value: ast.expr) -> str:
    """Give the name that is shown or called, when there is nothing around it."""
    while isinstance(value, ast.Call | ast.Attribute | ast.Subscript):
        value = value.func if isinstance(value, ast.Call) else value.value
    return value.id if isinstance(value, ast.Name) else ""
