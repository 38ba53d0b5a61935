"""Test a test cell: with another expected value it must fail.

Where assertions are ignored, or an object says that it equals everything, the changed cell passes as well,
and a person has to look. Only comparisons with a value that stands in the cell can be changed; a cell without
one is not tested. A kernel that lets a test pass once and fail when it comes again is not found out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from autograder.execution.cells import CellEnd
from autograder.execution.recognise import Place
from autograder.model.execution import CellStatus

QUICK_SECONDS: Final = 5.0
CONTROL_SECONDS: Final = 20.0
MOST_CHANGED: Final = 8
ANOTHER: Final = 7919
FAR: Final = 5000
COMPARING: Final = (
    "allclose", "approx", "array_equal", "assert_allclose", "assert_almost_equal", "assert_approx_equal",
    "assert_array_almost_equal", "assert_array_equal", "assert_equal", "isclose",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedTest:
    """A test cell that passed, and in how many seconds."""

    source: str
    seconds: float


class RunCell(Protocol):
    """Runs one cell for at most `seconds`."""

    def __call__(self, source: str, *, seconds: float) -> CellEnd:
        """Run it."""
        ...


def controlled(run: RunCell, tests: Mapping[Place, PassedTest]) -> list[Place]:
    """Run changed copies of test cells, the quickest first, and return the places of those in doubt.

    Slow cells are left out. A kernel that ends or does not come back when a cell comes again leaves that cell
    and all later ones in doubt.
    """
    doubtful: list[Place] = []
    left = CONTROL_SECONDS
    quick = [place for place in sorted(tests, key=lambda place: tests[place].seconds)
             if tests[place].seconds <= QUICK_SECONDS]  # fmt: skip
    for turn, place in enumerate(quick):
        for changed in changed_tests(tests[place].source):
            if left <= 0:
                return doubtful
            end = run(changed, seconds=QUICK_SECONDS + left)
            left -= end.seconds
            if end.ended is not None or end.status is CellStatus.TIMED_OUT:
                return doubtful + quick[turn:]
            if end.status is CellStatus.OK:
                doubtful.append(place)
                break
    return doubtful


def changed_tests(source: str) -> list[str]:
    """Return copies of a test cell, each with one expected value changed, so that it must fail.

    Only statements that are run in any case are changed: not those in functions, branches or loops.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    lines = source.encode().splitlines(keepends=True)
    starts = [sum(map(len, lines[:number])) for number in range(len(lines))]
    copies = []
    for node in _expected(tree):
        assert node.end_lineno is not None and node.end_col_offset is not None
        begin = starts[node.lineno - 1] + node.col_offset
        end = starts[node.end_lineno - 1] + node.end_col_offset
        raw = source.encode()
        copies.append((raw[:begin] + repr(_another(ast.literal_eval(node))).encode() + raw[end:]).decode())
        if len(copies) == MOST_CHANGED:
            break
    return copies


def _expected(tree: ast.Module) -> Iterator[ast.expr]:
    """Give the values on which statements at the top of a cell depend: another one makes them fail."""
    for statement in tree.body:
        if isinstance(statement, ast.Assert):
            yield from _decisive(statement.test)
        elif isinstance(statement, ast.Expr) and _name(statement.value).startswith("assert_"):
            yield from _decisive(statement.value)


def _decisive(test: ast.expr) -> Iterator[ast.expr]:
    match test:
        case ast.BoolOp(op=ast.And(), values=parts):
            for part in parts:
                yield from _decisive(part)
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
            yield from _one_of(left, right)
        case ast.Compare(left=ast.Call() as call, ops=[ast.Lt() | ast.LtE()], comparators=[allowed]) if (
            _small(allowed)
        ):
            if _name(call) in ("abs", "fabs") and len(call.args) == 1:
                difference = call.args[0]
                if isinstance(difference, ast.BinOp) and isinstance(difference.op, ast.Sub):
                    yield from _one_of(difference.left, difference.right)
        case ast.Call(func=ast.Attribute(attr="all", value=inner), args=[]):
            yield from _decisive(inner)
        case ast.Call(args=[inner]) if _name(test) == "all":
            yield from _decisive(inner)
        case ast.Call(args=[left, right, *_]) if _name(test) in COMPARING:
            yield from _one_of(left, right)


def _one_of(left: ast.expr, right: ast.expr) -> Iterator[ast.expr]:
    """Give the one side that is a plain value, if the other is none."""
    sides = [_inside_approx(left), _inside_approx(right)]
    plain = [side for side in sides if _is_plain(side)]
    if len(plain) == 1:
        yield plain[0]


def _inside_approx(side: ast.expr) -> ast.expr:
    if isinstance(side, ast.Call) and _name(side) in ("approx", "array", "asarray") and side.args:
        return side.args[0]
    return side


def _is_plain(node: ast.expr) -> bool:
    try:
        return _another(ast.literal_eval(node)) is not None
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return False


def _small(node: ast.expr) -> bool:
    try:
        return bool(abs(ast.literal_eval(node)) < FAR / 10)
    except (ValueError, TypeError, SyntaxError):
        return False


def _another(value: object) -> object:
    """Return a value of the same kind that nothing honest can equal as well, or None if there is none."""
    match value:
        case bool():
            return not value
        case int() | float() | complex():
            other = ANOTHER if abs(value - ANOTHER) > FAR else -ANOTHER
            return type(value)(other)
        case str():
            return value + "~"
        case bytes():
            return value + b"~"
        case list() | tuple() if value:
            changed = _another(value[0])
            return None if changed is None else type(value)([changed, *value[1:]])
        case list() | tuple():
            return type(value)([ANOTHER])
        case set() | frozenset():
            return {*value, ANOTHER, -ANOTHER}
        case dict():
            return {**value, ANOTHER: ANOTHER}
        case None:
            return ANOTHER
        case _:
            return None


def _name(call: ast.expr) -> str:
    function = call.func if isinstance(call, ast.Call) else call
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
