"""The exception format of otter: functions with `@test_case` in a test file.

The file is parsed, never executed. What a case is sent with is the file without the other cases, so that no
public case carries a hidden one.
"""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from autograder.interop.otter_tests import (
    OtterCase,
    OtterQuestion,
    constants,
    parsed,
    refused,
    resolved,
    text_of,
)

DECORATOR: Final = "test_case"
_MODULES: Final = ("otter.test_files", "otter.test_files.exception_test")
_PARAMETERS: Final = ("name", "points", "hidden", "success_message", "failure_message")
_DEFAULTS: Final = {"hidden": False}


@dataclass(frozen=True, slots=True)
class _Found:
    """A function that is a test case, and what its decorator says."""

    function: ast.FunctionDef
    said: dict[str, object]


def question_from_source(stem: str, text: str, where: str) -> OtterQuestion:
    """Read a test file of the exception format. Raises AuthoringError."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    tree = parsed(text, where)
    said = constants(tree, where, ("name", "points", "all_or_nothing"))
    if not isinstance(said.get("name"), str):
        raise refused(where, "it does not say the `name` of its question as a text")
    name = text_of(said["name"])
    found = _cases(tree, where)
    points = resolved(said.get("points"), [one.said.get("points") for one in found.values()], where)
    names = _names_of_decorator(tree)
    cases = tuple(
        OtterCase(
            name=text_of(one.said.get("name")) or f"{name} - {number}",
            hidden=bool(one.said.get("hidden", False)),
            points=worth,
            body=_alone(text, tree, one.function, names),
            function=function,
            success_message=text_of(one.said.get("success_message")),
            failure_message=text_of(one.said.get("failure_message")),
        )
        for number, ((function, one), worth) in enumerate(zip(found.items(), points, strict=True), start=1)
    )
    return OtterQuestion(
        stem=stem, name=name, cases=cases, all_or_nothing=bool(said.get("all_or_nothing", False))
    )


def _names_of_decorator(tree: ast.Module) -> frozenset[str]:
    """Give the names under which a file imports the decorator."""
    return frozenset(
        alias.asname or alias.name
        for statement in tree.body
        if isinstance(statement, ast.ImportFrom) and statement.module in _MODULES
        for alias in statement.names
        if alias.name == DECORATOR
    )


def _cases(tree: ast.Module, where: str) -> dict[str, _Found]:
    """Map functions to what their decorators say; of two with one name the second."""
    names = _names_of_decorator(tree)
    found: dict[str, _Found] = {}
    counted = 0
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef) and len(statement.decorator_list) == 1:
            decorator = statement.decorator_list[0]
            if isinstance(decorator, ast.Call) and _is_decorator(decorator.func, names):
                found[statement.name] = _Found(statement, _said(decorator, where))
                counted += 1
    used = sum(_is_decorator(node, names) for node in ast.walk(tree))
    if used != counted:
        raise refused(
            where,
            "not every use of test_case is a function at the top of the file with `@test_case(...)` over it;"
            " test files are read, not executed: write the cases out",
        )
    return found


def _is_decorator(node: ast.AST, names: Collection[str]) -> bool:
    match node:
        case ast.Name(id=name):
            return name in names
        case ast.Attribute(attr=name):
            return name == DECORATOR
    return False


def _said(decorator: ast.Call, where: str) -> dict[str, object]:
    given = dict(zip(_PARAMETERS, decorator.args, strict=False))
    for keyword in decorator.keywords:
        if keyword.arg not in _PARAMETERS:
            raise refused(
                where, f"line {decorator.lineno}: test_case is given {keyword.arg}, which is unknown"
            )
        given[keyword.arg] = keyword.value
    said = dict[str, object](_DEFAULTS)
    for name, value in given.items():
        try:
            said[name] = ast.literal_eval(value)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            raise refused(
                where,
                f"line {value.lineno} computes `{name}`; test files are read, not executed: write it out",
            ) from None
    return said


def _alone(text: str, tree: ast.Module, kept: ast.FunctionDef, names: Collection[str]) -> str:
    """Give the file with one case as a plain function, without the others; lines keep their numbers."""
    lines = text.split("\n")
    for statement in tree.body:
        decorators = [each.lineno for each in getattr(statement, "decorator_list", ())]
        end = statement.end_lineno or statement.lineno
        if statement is kept:
            begin, end = min(decorators), statement.lineno - 1
        elif _goes(statement, names):
            begin = min([statement.lineno, *decorators])
        else:
            continue
        lines[begin - 1 : end] = [""] * (end - begin + 1)
    return "\n".join(lines).rstrip() + "\n"


def _goes(statement: ast.stmt, names: Collection[str]) -> bool:
    match statement:
        case ast.ImportFrom(module=module):
            return module in _MODULES
        case ast.FunctionDef(decorator_list=[ast.Call(func=function)]):
            return _is_decorator(function, names)
    return False
