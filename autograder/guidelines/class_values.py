"""What an expression makes of the three classes: it is worked out on paper for each class, never run.

Only plain forms are known: comparing, choosing, counting, tables, and functions of one parameter that are
written out. Everything else gives no answer.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Final

Resolve = Callable[[str], object]
"""Gives what a name stands for: a number, a text, a dict, or the function or lambda itself; else None."""
_NUMBERS: Final = (0, 1, 2)
_TEXTS: Final = ("negative", "neutral", "positive")
_MOST_STEPS: Final = 200
_MOST_STATEMENTS: Final = 30
_SAME: Final = frozenset(
    {
        "array", "asarray", "list", "tuple", "int", "int32", "int64", "astype", "cast", "constant",
        "to_numpy", "tolist", "numpy", "copy", "Series", "convert_to_tensor", "reshape", "ravel",
        "flatten", "squeeze", "float", "str", "strip", "lower", "expand_dims", "stack",
    }
)  # fmt: skip
_SIGNS: Final[Mapping[type[ast.AST], Callable[..., object]]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod, ast.BitXor: operator.xor, ast.BitAnd: operator.and_, ast.BitOr: operator.or_,
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Not: operator.not_, ast.USub: operator.neg,
    ast.Invert: operator.not_,
}  # fmt: skip
_OF_TWO: Final[Mapping[str, Callable[..., object]]] = {
    "minimum": min, "maximum": max, "min": min, "max": max, "equal": operator.eq, "greater": operator.gt,
    "not_equal": operator.ne, "less": operator.lt, "subtract": operator.sub, "mod": operator.mod,
    "eq": operator.eq, "ne": operator.ne, "gt": operator.gt, "floordiv": operator.floordiv,
    "rsub": lambda one, other: other - one,
}  # fmt: skip


class _NotKnown(Exception):
    """The expression cannot be worked out on paper."""


def classes(value: ast.expr, is_label: Callable[[ast.expr], bool], resolve: Resolve) -> str | None:
    """Return in words what becomes of the classes: "" when all stay apart, None when it is not known."""
    for before in (_NUMBERS, _TEXTS):
        try:
            papers = [_Paper(label, is_label, resolve) for label in before]
            made = tuple(paper.value(value, {}) for paper in papers)
            different = len(set(made))
        except (_NotKnown, TypeError, ZeroDivisionError, ValueError, OverflowError):
            continue
        if different < len(before):
            return "classes are merged" if papers[0].used else None
        moved = before is _NUMBERS and set(made) == set(before) and made != before
        return "classes are exchanged" if moved else ""
    return None


class _Paper:
    """Works an expression out for one class."""

    def __init__(self, label: object, is_label: Callable[[ast.expr], bool], resolve: Resolve) -> None:
        self._label, self._is_label, self._resolve = label, is_label, resolve
        self._depth = 0
        self.used = False

    def value(self, node: ast.expr, known: Mapping[str, object]) -> object:
        self._depth += 1
        if self._depth > _MOST_STEPS:
            raise _NotKnown
        match node:
            case ast.Name(id=name) if name in known:
                return known[name]
            case ast.Constant(value=constant):
                return constant
            case _ if self._is_label(node):
                self.used = True
                return self._label
            case ast.Name(id=name):
                found = self._resolve(name)
                if isinstance(found, (int, str, dict)):
                    return found
            case ast.Dict(keys=keys, values=values) if None not in keys:
                pairs = zip(keys, values, strict=True)
                return {_plain(self.value(k, known)): self.value(v, known) for k, v in pairs if k is not None}
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                return [self.value(part, known) for part in parts]
            case ast.IfExp(test=test, body=body, orelse=other):
                return self.value(body if self.value(test, known) else other, known)
            case ast.Compare(left=left, ops=[sign], comparators=[right]):
                return self._compared(sign, self.value(left, known), self.value(right, known))
            case ast.BoolOp(op=sign, values=parts):
                found_all = [bool(self.value(part, known)) for part in parts]
                return all(found_all) if isinstance(sign, ast.And) else any(found_all)
            case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _SIGNS:
                return _SIGNS[type(sign)](_number(self.value(left, known)), _number(self.value(right, known)))
            case ast.UnaryOp(op=sign, operand=operand) if type(sign) in _SIGNS:
                return _SIGNS[type(sign)](self.value(operand, known))
            case ast.Subscript(value=table, slice=key):
                return self._looked_up(self.value(table, known), self.value(key, known))
            case ast.Attribute(value=inside, attr="values"):
                return self.value(inside, known)
            case ast.ListComp(elt=element, generators=[ast.comprehension(target=ast.Name(id=name)) as loop]):
                if not loop.ifs:
                    return self.value(element, {**known, name: self.value(loop.iter, known)})
            case ast.Call():
                return self._called(node, known)
        raise _NotKnown

    def _called(self, node: ast.Call, known: Mapping[str, object]) -> object:
        func = node.func
        name = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
        own = self._resolve(name) if isinstance(func, ast.Name) else None
        if isinstance(own, (ast.Lambda, ast.FunctionDef)) and len(node.args) == 1:
            return self._applied(own, self.value(node.args[0], known))
        arguments = list(node.args)
        if isinstance(func, ast.Attribute) and not (
            isinstance(func.value, ast.Name)
            and name in (*_SAME, *_OF_TWO, "where", "abs", "clip")
            and self._is_library(func.value)
        ):
            arguments.insert(0, func.value)
        if name in _SAME and arguments:
            return _number(self.value(arguments[0], known))
        if name in ("map", "apply", "replace", "get") and len(arguments) > 1:
            return self._mapped(name, arguments, known)
        if name == "where" and len(arguments) == 3 and arguments[0] is node.args[0]:
            test, one, other = (self.value(argument, known) for argument in arguments)
            return one if test else other
        if name in _OF_TWO and len(arguments) == 2:
            return _OF_TWO[name](*(self.value(argument, known) for argument in arguments))
        if name == "abs" and arguments:
            return abs(_whole(self.value(arguments[0], known)))
        if name == "isin" and len(arguments) == 2:
            listed = self.value(arguments[1], known)
            return self.value(arguments[0], known) in (listed if isinstance(listed, (list, dict)) else [])
        if name == "clip" and arguments:
            ends = [_whole(self.value(argument, known)) for argument in arguments[1:3]]
            for word in node.keywords:
                limit = _whole(self.value(word.value, known))
                ends = [limit, 99] if word.arg in ("lower", "a_min", "min") else [*(ends or [0])[:1], limit]
            inside = _whole(self.value(arguments[0], known))
            return min(max(inside, ends[0]), ends[1] if len(ends) > 1 else 99) if ends else inside
        raise _NotKnown

    def _is_library(self, node: ast.Name) -> bool:
        return node.id in ("np", "numpy", "tf", "pd", "keras", "ops", "jnp", "K", "math")

    def _mapped(self, name: str, arguments: list[ast.expr], known: Mapping[str, object]) -> object:
        start, how = self.value(arguments[0], known), arguments[1]
        own = self._resolve(how.id) if isinstance(how, ast.Name) else how
        if isinstance(own, (ast.Lambda, ast.FunctionDef)):
            return self._applied(own, start)
        table = self.value(how, known)
        if isinstance(start, dict):  # `{...}.get(label)`
            return self._looked_up(start, table)
        if isinstance(table, dict):
            return table.get(start, start) if name == "replace" else self._looked_up(table, start)
        if name == "replace" and len(arguments) > 2:
            other = self.value(arguments[2], known)
            if isinstance(table, list) and isinstance(other, list):
                return dict(zip(table, other, strict=False)).get(start, start)
            return other if start in (table if isinstance(table, list) else [table]) else start
        raise _NotKnown

    def _applied(self, function: ast.Lambda | ast.FunctionDef, given: object) -> object:
        parameters = function.args.args
        if len(parameters) != 1:
            raise _NotKnown
        known: dict[str, object] = {parameters[0].arg: given}
        if isinstance(function, ast.Lambda):
            return self.value(function.body, known)
        ended, found = self._run(function.body[:_MOST_STATEMENTS], known)
        if not ended:
            raise _NotKnown
        return found

    def _run(self, body: list[ast.stmt], known: dict[str, object]) -> tuple[bool, object]:
        for statement in body:
            match statement:
                case ast.Return(value=ast.expr() as value):
                    return True, self.value(value, known)
                case ast.If(test=test, body=one, orelse=other):
                    ended, found = self._run(one if self.value(test, known) else other, known)
                    if ended:
                        return True, found
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    known[name] = self.value(value, known)
                case ast.Expr(value=ast.Constant()) | ast.Pass():
                    pass
                case _:
                    raise _NotKnown
        return False, None

    @staticmethod
    def _compared(sign: ast.cmpop, left: object, right: object) -> object:
        if isinstance(sign, (ast.In, ast.NotIn)):
            if not isinstance(right, (list, dict)):
                raise _NotKnown
            return (left in right) is isinstance(sign, ast.In)
        if type(sign) not in _SIGNS or isinstance(left, str) is not isinstance(right, str):
            raise _NotKnown
        return _SIGNS[type(sign)](left, right)

    @staticmethod
    def _looked_up(table: object, key: object) -> object:
        if isinstance(table, dict) and key in table:
            return table[key]
        if isinstance(table, list) and isinstance(key, int) and -len(table) <= key < len(table):
            return table[key]
        raise _NotKnown


def _number(value: object) -> object:
    return int(value) if isinstance(value, bool) else value


def _plain(value: object) -> object:
    if isinstance(value, (int, str)):
        return value
    raise _NotKnown


def _whole(value: object) -> int:
    if isinstance(value, int):
        return value
    raise _NotKnown
