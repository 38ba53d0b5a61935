"""Whether `assignment.toml`, the source notebooks and the check files speak of the same things.

Check files are read as text and never run here. It finds a check without code and code without a check;
whether the code is right is what `verify` finds out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from autograder.authoring.source import roles
from autograder.config.assignment_file import CHECKS
from autograder.config.toml_file import nearest
from autograder.errors import AuthoringError
from autograder.formats.nbgrader import CellRole
from autograder.formats.notebook import Notebook
from autograder.model.assignment import Assignment, CheckKind

MANUAL_ROLES = (CellRole.MANUAL_ANSWER, CellRole.MANUAL_TASK)


def disagreements(assignment: Assignment, notebooks: Mapping[str, Notebook]) -> tuple[str, ...]:
    """List what one of the three names and another does not know, each as a sentence. Empty: all agree."""
    return (*_of_notebooks(assignment, notebooks), *_of_check_files(assignment))


def check_functions(folder: Path) -> Mapping[str, tuple[str, ...]]:
    """Map each id that a `@check("...")` in `folder` names to its places, as in `test_part1.py:12`.

    Raises AuthoringError for a file that is not Python.
    """
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted(folder.rglob("*.py")):
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError) as problem:
            line = getattr(problem, "lineno", None) or 1
            raise AuthoringError(f"{path}:{line}: is not valid Python: {problem}") from problem
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for check_id in map(_check_id, node.decorator_list):
                    if check_id:
                        place = f"{path.relative_to(folder).as_posix()}:{node.lineno}"
                        found[check_id] = (*found.get(check_id, ()), place)
    return found


def _check_id(decorator: ast.expr) -> str:
    """Give the id of a `@check("id")` or `@api.check("id")`, else an empty text."""
    if not isinstance(decorator, ast.Call) or not decorator.args:
        return ""
    name = (
        decorator.func.attr
        if isinstance(decorator.func, ast.Attribute)
        else getattr(decorator.func, "id", "")
    )
    given = decorator.args[0]
    is_text = isinstance(given, ast.Constant) and isinstance(given.value, str)
    return str(given.value) if name == "check" and is_text and isinstance(given, ast.Constant) else ""


def _of_notebooks(assignment: Assignment, notebooks: Mapping[str, Notebook]) -> Iterator[str]:
    known: dict[str, tuple[str, CellRole]] = {}
    for name, notebook in notebooks.items():
        for grade_id, (_, grading) in roles(name, notebook).items():
            if grade_id in known:
                yield f'{name} and {known[grade_id][0]} both have a cell with the grade_id "{grade_id}"'
            known[grade_id] = (name, grading.role)
    cells = {check.cell: check for check in assignment.checks if check.cell}
    for cell, check in cells.items():
        wanted = (CellRole.AUTOGRADER_TESTS,) if check.kind is CheckKind.CELLS else MANUAL_ROLES
        if cell not in known:
            yield f'check "{check.id}": no cell has the grade_id "{cell}"{nearest(cell, known)}'
        elif known[cell][1] not in wanted:
            yield f'check "{check.id}": the cell "{cell}" has the role "{known[cell][1]}", not "{wanted[0]}"'
    for grade_id, (name, role) in known.items():
        if role in (CellRole.AUTOGRADER_TESTS, *MANUAL_ROLES) and grade_id not in cells:
            yield f'{name}: the cell "{grade_id}" ({role}) belongs to no check in assignment.toml'
    for checkpoint in assignment.checkpoints:
        if checkpoint.cell and checkpoint.cell not in known:
            missing = f'checkpoint "{checkpoint.id}": no cell has the grade_id "{checkpoint.cell}"'
            yield missing + nearest(checkpoint.cell, known)


def _of_check_files(assignment: Assignment) -> Iterator[str]:
    functions = check_functions(assignment.folder / CHECKS)
    declared = [check.id for check in assignment.checks if check.kind is CheckKind.PYTEST]
    for check_id in declared:
        if check_id not in functions:
            yield f'check "{check_id}" has no code in {CHECKS}/{nearest(check_id, functions)}'
    for named, places in functions.items():
        if named not in declared:
            undeclared = f'{CHECKS}/{places[0]}: @check("{named}") is not declared in assignment.toml'
            yield undeclared + nearest(named, declared)
        if len(places) > 1:
            yield f'check "{named}" has code twice: {" and ".join(places)}'
