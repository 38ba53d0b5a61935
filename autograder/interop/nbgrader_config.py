"""Read an `nbgrader_config.py` without running it: assignments of values that are written out in it.

What is computed (a call, an `if`, a path made from another value) is not guessed: it is listed, line by line,
as not understood. `nbgrader_trusted` runs the file instead, where somebody asked for that.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from autograder.errors import AuthoringError

PYTHON_FILE: Final = "nbgrader_config.py"
JSON_FILE: Final = "nbgrader_config.json"
_AT_MOST: Final = 1024 * 1024
_ROOT: Final = "c"
_UNKNOWN: Final = object()
"""In the place of a value that is computed: an earlier one of the same name counts no more."""

Values = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigRead:
    """Values by section and name, and what was not understood: one sentence each, with file and line."""

    values: Values = field(default_factory=dict)
    not_understood: tuple[str, ...] = ()


def config_files(folder: Path) -> tuple[Path, ...]:
    """Give the configuration files of a course folder, in the order in which later ones win."""
    return tuple(path for name in (PYTHON_FILE, JSON_FILE) if (path := folder / name).is_file())


def read_config(folder: Path) -> ConfigRead:
    """Read what is literally written in the configuration files of a course folder. Nothing is run.

    Raises AuthoringError for a file that cannot be read at all.
    """
    found: dict[str, dict[str, Any]] = {}
    unclear: list[str] = []
    for path in config_files(folder):
        text = _text(path)
        settings = _json(path, text) if path.suffix == ".json" else _python(path, text, unclear)
        for section, name, value in settings:
            if value is _UNKNOWN:
                found.get(section, {}).pop(name, None)
            else:
                found.setdefault(section, {})[name] = value
    return ConfigRead(values=found, not_understood=tuple(unclear))


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
        if len(raw) > _AT_MOST:
            raise AuthoringError(f"{path}: has {len(raw)} bytes, which is no configuration file")
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise AuthoringError(f"{path}: is not UTF-8 text") from problem
    except OSError as problem:
        raise AuthoringError(f"{path}: cannot be read: {problem.strerror}") from problem


def _json(path: Path, text: str) -> Iterator[tuple[str, str, Any]]:
    try:
        top = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise AuthoringError(f"{path}: is not JSON: {problem}") from problem
    for section, values in top.items() if isinstance(top, dict) else ():
        for name, value in values.items() if isinstance(values, dict) else ():
            yield section, name, value


def _python(path: Path, text: str, unclear: list[str]) -> Iterator[tuple[str, str, Any]]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError) as problem:
        line = getattr(problem, "lineno", None) or 1
        raise AuthoringError(f"{path}:{line}: is not valid Python: {problem}") from problem
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        places = [_setting(target) for target in targets]
        if isinstance(statement, ast.Assign) and places and all(places):
            try:
                value = literal(statement.value)
            except NotLiteral as why:
                unclear.append(f"{path.name}:{statement.lineno}: {_shown(targets)} is computed ({why})")
                value = _UNKNOWN
            for place in places:
                if place:
                    yield *place, value
        elif not _sets_up(statement) and _touches_settings(statement):
            kind = type(statement).__name__.lower()
            unclear.append(f"{path.name}:{statement.lineno}: settings are made by a statement ({kind})")


def _setting(target: ast.expr) -> tuple[str, str] | None:
    """Give section and name of `c.Section.name`, None for anything else."""
    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Attribute):
        root = target.value.value
        if isinstance(root, ast.Name) and root.id == _ROOT:
            return target.value.attr, target.attr
    return None


def _sets_up(statement: ast.stmt) -> bool:
    """Whether it is `c = get_config()`."""
    return (
        isinstance(statement, ast.Assign)
        and len(statement.targets) == 1
        and isinstance(statement.targets[0], ast.Name)
        and statement.targets[0].id == _ROOT
        and isinstance(statement.value, ast.Call)
        and isinstance(statement.value.func, ast.Name)
        and statement.value.func.id == "get_config"
    )


def _touches_settings(statement: ast.stmt) -> bool:
    """Whether settings could come out of a statement: it names `c`, or loads another file of settings."""
    return any(
        isinstance(node, ast.Name) and node.id in (_ROOT, "load_subconfig", "exec", "get_config")
        for node in ast.walk(statement)
    )


def _shown(targets: list[ast.expr]) -> str:
    return " = ".join(ast.unparse(target) for target in targets)


class NotLiteral(Exception):
    """A value is not written out in the file. The message says what it is made with."""


def literal(node: ast.expr) -> Any:
    """Give the value of an expression that is written out: texts, numbers, lists, `dict(name=...)`, `+`.

    Raises NotLiteral for everything that would have to be run.
    """
    match node:
        case ast.Constant(value=str() | int() | float() | None as value):
            return value
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return [literal(item) for item in items]
        case ast.Dict(keys=keys, values=values) if all(isinstance(key, ast.Constant) for key in keys):
            return {literal(key): literal(value) for key, value in zip(keys, values, strict=True) if key}
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=given) if all(one.arg for one in given):
            return {str(one.arg): literal(one.value) for one in given}
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -number
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            first, second = literal(left), literal(right)
            if isinstance(first, str) and isinstance(second, str):
                return first + second
            if isinstance(first, list) and isinstance(second, list):
                return first + second
            raise NotLiteral("a sum")
        case ast.Call():
            raise NotLiteral(f"a call of {ast.unparse(node.func)[:60]}")
        case ast.Name(id=name):
            raise NotLiteral(f"the name {name}")
        case ast.Attribute():
            raise NotLiteral(f"the value of {ast.unparse(node)[:60]}")
        case _:
            raise NotLiteral(type(node).__name__.lower())
