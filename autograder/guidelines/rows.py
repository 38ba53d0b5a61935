"""Marks for what is done to rows: split, filtered by class, given other labels. Marks flow like other tokens.

Only forms that are written out are seen: a split or filter inside a library, or by numbers, is not.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Final, Protocol

from autograder.guidelines import label_changes
from autograder.guidelines.facts import Call
from autograder.guidelines.label_changes import Test
from autograder.guidelines.meaning import Group, Meaning, joined

OWN_ROWS: Final = "<own rows>"
"""Flows with sentences that are written into the code."""
PICKED: Final = "<picked>"
"""Flows with rows of one class that were picked by their label."""
TRAIN: Final = "<train "
TEST: Final = "<test "
WHOLE: Final = "<whole "
"""Flows with rows that were split, where all of them are used after it."""
_NOTHING: Final = frozenset[str]()
_SPLITS: Final = frozenset({"train_test_split"})
_LONGEST_QUERY: Final = 200
_MOST_TEXTS: Final = 20


class Marks(Protocol):
    """What records changed labels: the reader of code."""

    def relabel(self, target: ast.expr, reason: str, name: str, tokens: frozenset[str]) -> frozenset[str]:
        """Record the change and return its mark."""

    def written_out(self, name: str) -> object:
        """Return the function, dict, number or text that a name stands for, else None."""


def of_call(reader: Marks, node: ast.Call, call: Call) -> frozenset[str]:
    """Return the marks that a call puts on what it gives; what it changes in place is marked too."""
    match call.method:
        case "shuffle" if len(node.args) == 1 and isinstance(node.args[0], ast.Name):
            if label_changes.is_label(node.args[0].id):
                reader.relabel(node.args[0], "labels are drawn by chance", node.args[0].id, _NOTHING)
        case "append" if node.args and isinstance(node.func, ast.Attribute):
            kept = node.func.value
            if isinstance(kept, ast.Name) and label_changes.is_label(kept.id):
                reason = label_changes.change(node.args[0], reader.written_out)
                if reason:
                    reader.relabel(kept, reason, kept.id, _NOTHING)
        case "replace" if any(word.arg == "inplace" for word in node.keywords):
            reason = label_changes.change(node, reader.written_out)
            if reason and isinstance(node.func, ast.Attribute):
                reader.relabel(node.func.value, reason, "label", _NOTHING)
        case "filter" if node.args:
            test = _given_back(reader, node.args[0])
            return of_test(reader, node, test) if test is not None else _NOTHING
        case "map" if node.args and isinstance(node.args[0], ast.Name):
            made = _given_back(reader, node.args[0])
            return _of_made(reader, node, made, ()) if made is not None else _NOTHING
        case "drop" if any(
            _is_dropped(part) for part in (*node.args, *(word.value for word in node.keywords))
        ):
            return reader.relabel(node, Test.DROPS.value, "rows", _NOTHING)
        case "query" if node.args and isinstance(node.args[0], ast.Constant):
            text = node.args[0].value
            if isinstance(text, str) and len(text) < _LONGEST_QUERY:
                try:
                    return of_test(reader, node, ast.parse(text, mode="eval").body)
                except (SyntaxError, ValueError, RecursionError, MemoryError):
                    return _NOTHING
        case "assign" | "with_columns":
            for word in node.keywords:
                if word.arg and label_changes.is_label(word.arg):
                    return _changed(reader, node, word.arg, word.value)
    return _NOTHING


def of_test(reader: Marks, node: ast.expr, test: ast.expr) -> frozenset[str]:
    """Return the mark of rows that are kept by a test of their label."""
    kept = label_changes.kept(test)
    if kept is None:
        return _NOTHING
    if kept is Test.PICKS:
        return frozenset((PICKED,))
    return reader.relabel(node, kept.value, "rows", _NOTHING)


def of_lambda(reader: Marks, node: ast.Lambda) -> frozenset[str]:
    """Return the mark of a function, given to `map`, that gives labels of its own."""
    return _of_made(reader, node, node.body, tuple(each.arg for each in node.args.args))


def _of_made(reader: Marks, node: ast.expr, made: ast.expr, given: tuple[str, ...]) -> frozenset[str]:
    if isinstance(made, ast.Dict):
        for key, value in zip(made.keys, made.values, strict=True):
            if isinstance(key, ast.Constant) and label_changes.is_label(str(key.value)):
                return _changed(reader, node, str(key.value), value)
    # Of rows and labels, as in `ds.map(lambda x, y: (x, y))`.
    if isinstance(made, ast.Tuple) and len(made.elts) == len(given) == 2 and label_changes.is_label(given[1]):
        return _changed(reader, node, given[1], made.elts[1])
    return _NOTHING


def of_loop(reader: Marks, node: ast.For | ast.AsyncFor) -> None:
    """Mark the lists that a loop fills with the rows of some classes only."""
    left_out = False
    for statement in node.body:
        kept = label_changes.kept(statement.test) if isinstance(statement, ast.If) else None
        if isinstance(statement, ast.If) and kept is Test.PICKS and not statement.orelse:
            left_out = left_out or isinstance(statement.body[-1], ast.Continue)
        elif isinstance(statement, ast.If) and kept is Test.DROPS and not statement.orelse:
            _filled(reader, statement.body)
        elif left_out:
            _filled(reader, [statement])


def _filled(reader: Marks, body: list[ast.stmt]) -> None:
    for statement in body:
        match statement:
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name() as rows, attr="append"))):
                reader.relabel(rows, Test.DROPS.value, "rows", _NOTHING)


def _given_back(reader: Marks, function: ast.expr) -> ast.expr | None:
    """Return what a lambda, or a function that is written out, gives back at its end."""
    found = reader.written_out(function.id) if isinstance(function, ast.Name) else function
    if isinstance(found, ast.Lambda):
        return found.body
    last = found.body[-1] if isinstance(found, ast.FunctionDef) else None
    return last.value if isinstance(last, ast.Return) else None


def _is_dropped(node: ast.expr) -> bool:
    """Whether it is the index of one class, as in `rows[rows.label == 1].index`."""
    inside = node.value if isinstance(node, ast.Attribute) and node.attr == "index" else None
    return isinstance(inside, ast.Subscript) and label_changes.kept(inside.slice) is Test.PICKS


def of_texts(parts: Sequence[ast.expr]) -> frozenset[str]:
    """Return the mark of sentences that are written out."""
    texts = (part.value for part in parts[:_MOST_TEXTS] if isinstance(part, ast.Constant))
    own = any(isinstance(text, str) and text.strip().count(" ") > 1 for text in texts)
    return frozenset((OWN_ROWS,)) if own else _NOTHING


def without_sides(tokens: frozenset[str]) -> frozenset[str]:
    """Return the tokens without those that tell the sides of a split."""
    return frozenset(token for token in tokens if not token.startswith((TRAIN, TEST, WHOLE)))


def of_split(call: Call, number: int, tokens: frozenset[str]) -> Meaning | None:
    """Return both sides of a split, each with a mark, or None for any other call."""
    if call.method not in _SPLITS or not call.arguments:
        return None
    sides = f"{TRAIN}{number}>", f"{TEST}{number}>"
    items = {
        at: Meaning(tokens=joined(tokens, frozenset((sides[at % 2],))))
        for at in range(2 * len(call.arguments))
    }
    # `rows.train_test_split()` gives a dict.
    items |= {name: items[at] for at, name in enumerate(("train", "test"))}  # type: ignore[misc]
    return Meaning(values=(Group(dict(items)),))


def _changed(reader: Marks, node: ast.expr, name: str, value: ast.expr) -> frozenset[str]:
    reason = label_changes.change(value, reader.written_out)
    if not reason and label_changes.is_constant(value):
        reason = "labels are set by hand"
    return reader.relabel(node, reason, name, _NOTHING) if reason else _NOTHING
