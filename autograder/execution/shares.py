"""Whose number a test cell displayed: its author's, which is a share of the points, or the student's.

nbgrader takes any displayed number for a share. A student's function can display one while it is tested, and
a test cell may end in a bare call of that function. The cells are parsed, never run. A number that the
student's code computes inside an expression of the author's is the author's.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Final

from autograder.execution.prepared import PreparedCell
from autograder.execution.recognise import EVERYTHING, LONGEST_SOURCE, names_bound
from autograder.model.execution import NumberOf

_QUIET: Final = ";"
_LIBRARIES: Final = frozenset(
    {"IPython", "keras", "matplotlib", "numpy", "pandas", "pylab", "scipy", "seaborn", "sklearn", "sympy",
     "tensorflow", "torch"}
)  # fmt: skip
_STAR: Final = re.compile(r"\bfrom[ \t]*([\w.]+)[ \t]*import[ \t]*\*")


def number_of(
    test: PreparedCell, others: Iterable[PreparedCell], outputs: Iterable[Mapping[str, Any]]
) -> NumberOf:
    """Say whose the number is that `test` displayed; `others` are the cells of all notebooks.

    It is the student's where the text ends in a name that the student's cells bind, or in a call of one.
    Where an author's cell binds it as well, the student may have put a function in the place of the author's;
    a star import of the student's own module may have done so, too.
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
    authors = any(name in names_bound(cell.source) for cell in code if cell.locked)
    own = [cell.source for cell in code if not cell.locked]
    if authors and any(_imports_unknown(source) for source in own):
        return NumberOf.SEVERAL
    if not any(name in names_bound(source) for source in own):
        return NumberOf.AUTHOR
    return NumberOf.SEVERAL if authors else NumberOf.STUDENT


def _imports_unknown(source: str) -> bool:
    """Whether a cell imports names that nobody can tell, from a module that a student may have written."""
    if EVERYTHING not in names_bound(source):
        return False
    modules = _STAR.findall(source.replace("\\\n", " "))
    known = sys.stdlib_module_names | _LIBRARIES
    return not modules or any(module.split(".")[0] not in known for module in modules)


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
