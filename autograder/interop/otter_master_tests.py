"""The test cells of an otter master as the tests that `otter assign` would write into its zip.

Cells are parsed, never executed: what a test expects is the output that the master holds. Their comments and
annotations are left out, as otter does.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from autograder.errors import AuthoringError
from autograder.formats.notebook import Cell
from autograder.interop.otter_master_blocks import Block, Part, Question
from autograder.interop.otter_master_config import HINT, MasterQuestion, yaml_of
from autograder.interop.otter_tests import OtterQuestion, question_from_file, question_from_spec

_BEGIN_CONFIG: Final = re.compile(r'(?:.\s*=\s*)?""?"?\s*#\s*BEGIN\s*TEST\s*CONFIG', re.IGNORECASE)
_END_CONFIG: Final = re.compile(r'""?"?\s*#\s*END\s*TEST\s*CONFIG', re.IGNORECASE)
_HIDDEN: Final = re.compile(r"\s*#.*\bhidden\b", re.IGNORECASE)
_KEYS: Final = ("hidden", "points", "success_message", "failure_message")


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCell:
    """One test cell: its settings by otter's keys, its code without them, and what it showed."""

    settings: Mapping[str, Any]
    tree: ast.Module
    shown: str
    where: str


def test_of(question: Question, *, ok_format: bool) -> OtterQuestion | None:
    """Give the test of a question, or None for one without test cells. Raises AuthoringError."""
    parts = [part for part in question.parts if part.block is Block.TESTS and part.cell.source.strip()]
    if not parts:
        return None
    config = question.config
    cells = [_read(part) for part in parts]
    points = _points(config, len(cells), question.where)
    if ok_format:
        spec = {
            "name": config.name,
            "points": points,
            "all_or_nothing": config.all_or_nothing,
            "suites": [{"cases": [_ok_case(cell) for cell in cells]}],
        }
        return question_from_spec(config.name, spec, question.where)
    return question_from_file(config.name, _as_file(config, points, cells), question.where)


def _points(config: MasterQuestion, cases: int, where: str) -> Any:
    points = config.points
    if not isinstance(points, dict):
        return points
    each = points.get("each", 1)
    if points.keys() - {"each"} or isinstance(each, bool) or not isinstance(each, int | float):
        raise AuthoringError(f"{where}: points are {points!r}; otter knows `each: NUMBER` there", hint=HINT)
    return each * cases


def _read(part: Part) -> TestCell:
    lines = part.cell.source.split("\n")
    settings: dict[str, Any] = {}
    start = 0
    if _HIDDEN.match(lines[0]):
        settings["hidden"], start = True, 1
    if _BEGIN_CONFIG.match(lines[0]):
        end = next((at for at, line in enumerate(lines) if at and _END_CONFIG.match(line)), None)
        if end is None:
            raise AuthoringError(f"{part.where}: BEGIN TEST CONFIG without an END after it", hint=HINT)
        settings |= yaml_of("\n".join(lines[1:end]), part.where)
        start = end + 1
    unknown = sorted(settings.keys() - set(_KEYS))
    if unknown:
        raise AuthoringError(
            f'{part.where}: a test cell knows no key "{unknown[0]}"; there are {", ".join(_KEYS)}', hint=HINT
        )
    try:
        tree = ast.parse("\n".join(lines[start:]))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as problem:
        raise AuthoringError(f"{part.where}: this test is no Python: {problem}", hint=HINT) from None
    if not tree.body:
        raise AuthoringError(f"{part.where}: this test has no code", hint=HINT)
    _Bare().visit(tree)
    return TestCell(settings=settings, tree=tree, shown=_shown(part.cell), where=part.where)


def _shown(cell: Cell) -> str:
    """Give the output that the master holds, one after the other."""
    found = ""
    for output in cell.outputs:
        found += _joined(output.get("text", ""))
        data = output.get("data")
        found += _joined(data.get("text/plain", "")) if isinstance(data, Mapping) else ""
    return found


def _joined(text: object) -> str:
    return text if isinstance(text, str) else "".join(text) if isinstance(text, list) else ""


def _ok_case(cell: TestCell) -> dict[str, Any]:
    lines: list[str] = []
    for statement in cell.tree.body:
        first, *rest = ast.unparse(statement).split("\n")
        lines += [f">>> {first}", *(f"... {line}" for line in rest)]
    return {"hidden": False, **cell.settings, "code": "\n".join([*lines, *cell.shown.split("\n")])}


def _as_file(config: MasterQuestion, points: Any, cells: Sequence[TestCell]) -> str:
    """Give the test file of the exception format that these cells stand for."""
    lines = ["from otter.test_files import test_case", "", "OK_FORMAT = False", ""]
    lines += [f"name = {json.dumps(config.name)}", f"points = {points!r}"]
    lines += ["all_or_nothing = True"] if config.all_or_nothing else []
    seen: dict[str, str] = {}
    for cell in cells:
        function = cell.tree.body[0]
        if not isinstance(function, ast.FunctionDef) or len(cell.tree.body) > 2:
            raise AuthoringError(
                f"{cell.where}: a test of this format is one function, and at most one call of it", hint=HINT
            )
        if function.name in seen:
            raise AuthoringError(
                f"{cell.where}: {seen[function.name]} has a test called {function.name} too; otter would run "
                "only one of them",
                hint="Give each test function a name of its own.",
            )
        seen[function.name] = cell.where
        given = {"points": None, "hidden": False, **cell.settings}
        words = ", ".join(f"{key}={value!r}" for key, value in given.items())
        lines += ["", f"@test_case({words})", ast.unparse(function)]
    return "\n".join(lines) + "\n"


class _Bare(ast.NodeTransformer):
    """Takes annotations away."""

    def visit(self, node: ast.AST) -> ast.AST:
        self.generic_visit(node)
        for name in ("annotation", "returns"):
            if hasattr(node, name) and not isinstance(node, ast.AnnAssign):
                setattr(node, name, None)
        return node


def tests_by_question(questions: Iterable[Question], *, ok_format: bool) -> dict[str, OtterQuestion]:
    """Give the tests of the questions that have some, by the name of the question. Raises AuthoringError."""
    found: dict[str, OtterQuestion] = {}
    for question in questions:
        try:
            test = test_of(question, ok_format=ok_format)
        except AuthoringError as problem:  # some of its hints are about a zip
            raise AuthoringError(str(problem), hint=HINT) from None
        if test is not None and question.config.manual:
            raise AuthoringError(
                f'{question.where}: the question "{question.config.name}" is graded by a person and has '
                "tests; otter counts it twice",
                hint="Make two questions of it.",
            )
        if test is not None:
            found[question.config.name] = test
    return found
