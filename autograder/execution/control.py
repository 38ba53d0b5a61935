"""Test a test cell: with another expected value it must fail.

Where assertions are ignored, or an object says that it equals everything, the changed cell passes as well,
and a person has to look. Only comparisons with a value that stands in the cell, or in code that it holds as
text, can be changed; a cell without one is not tested. A kernel that lets a test pass once and fail when it
comes again is not found out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Final, Protocol

from autograder.execution.cells import CellEnd
from autograder.execution.recognise import Place
from autograder.formats.quoted_tests import EXAMPLE, FILE
from autograder.model.execution import CellStatus

QUICK_SECONDS: Final = 5.0
CONTROL_SECONDS: Final = 20.0
MOST_CHANGED: Final = 8
ANOTHER: Final = 7919
FAR: Final = 5000
TRUE: Final = ("True", "np.True_")
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
    tree = _tree(source)
    if tree is None:
        return []
    changed = (_with(source, node, _another(ast.literal_eval(node))) for node in _expected(tree.body))
    quoted = (_with(source, node, code) for node, code in _changed_code(tree))
    return [*islice(changed, MOST_CHANGED), *islice(quoted, MOST_CHANGED)]


def _tree(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _with(source: str, node: ast.expr, value: object) -> str:
    """Give a source with another value in the place of a node."""
    assert node.end_lineno is not None and node.end_col_offset is not None
    lines = source.encode().splitlines(keepends=True)
    begin = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
    end = sum(map(len, lines[: node.end_lineno - 1])) + node.end_col_offset
    raw = source.encode()
    return (raw[:begin] + repr(value).encode() + raw[end:]).decode()


def _changed_code(tree: ast.Module) -> Iterator[tuple[ast.expr, str]]:
    """Give each text of code that the cell runs, and copies of it with one expected value changed."""
    for statement in tree.body:
        match statement:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(
                    func=ast.Name(id=kind), args=[_, ast.Constant(value=str(code)) as node, *more]
                ),
            ) if kind == EXAMPLE and not _wants_error(more) and (inner := _tree(code)):
                told = _is_told(tree, name)
                truths = [each.value for each in inner.body if told and isinstance(each, ast.Expr)]
                found = [*_expected(inner.body), *(one for truth in truths for one in _decisive(truth))]
            case ast.Expr(
                value=ast.Call(
                    func=ast.Name(id=kind),
                    args=[ast.Constant(value=str(code)) as node, _, ast.Constant(value=str(function))],
                )
            ) if kind == FILE and (inner := _tree(code)):
                found = list(_expected(_always_run(inner, function)))
            case _:
                continue
        for one in found:
            yield node, _with(code, one, _another(ast.literal_eval(one)))


def _wants_error(more: Sequence[ast.expr]) -> bool:
    """Whether the example has to raise: a changed one would, too."""
    return any(isinstance(each, ast.Constant) and each.value is True for each in more)


def _is_told(tree: ast.Module, name: str) -> bool:
    """Whether the cell wants the example called `name` to show that something is true."""
    for statement in tree.body:
        match statement:
            case ast.Assert(
                test=ast.Compare(
                    left=ast.Name(id=left), ops=[ast.Eq()], comparators=[ast.Constant(value=str(said))]
                )
            ) if left == name:
                return said.strip() in TRUE
    return False


def _always_run(tree: ast.Module, function: str) -> Sequence[ast.stmt]:
    """Give the statements of a function up to the first that may end it early."""
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef) and statement.name == function:
            ends = (any(isinstance(node, ast.Return) for node in ast.walk(one)) for one in statement.body)
            return [
                one for one, _ in takewhile(lambda pair: not pair[1], zip(statement.body, ends, strict=True))
            ]
    return []


def _expected(statements: Sequence[ast.stmt]) -> Iterator[ast.expr]:
    """Give the values on which statements at the top of a cell depend: another one makes them fail."""
    for statement in statements:
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
            text = value.removesuffix("\n")  # whoever copies what is expected, line by line, copies this, too
            return f"{text}~{value[len(text) :]}"
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
