"""Marks for what is done to rows: split, filtered by class, given other labels. Marks flow like other tokens.

Only forms that are written out are seen: a split or filter inside a library, or by numbers, is not.
"""

from __future__ import annotations

import ast
from typing import Final, Protocol

from autograder.guidelines import label_changes
from autograder.guidelines.facts import Call
from autograder.guidelines.label_changes import Test
from autograder.guidelines.meaning import Group, Meaning, joined

PICKED: Final = "<picked>"
"""Flows with rows of one class that were picked by their label."""
TRAIN: Final = "<train "
TEST: Final = "<test "
_NOTHING: Final = frozenset[str]()
_SPLITS: Final = frozenset({"train_test_split"})
_LONGEST_QUERY: Final = 200


class Marks(Protocol):
    """What records changed labels: the reader of code."""

    def relabel(self, target: ast.expr, reason: str, name: str, tokens: frozenset[str]) -> frozenset[str]:
        """Record the change and return its mark."""


def of_call(reader: Marks, node: ast.Call, call: Call) -> frozenset[str]:
    """Return the marks that a call puts on what it gives; what it changes in place is marked too."""
    match call.method:
        case "shuffle" if len(node.args) == 1 and isinstance(node.args[0], ast.Name):
            if label_changes.is_label(node.args[0].id):
                reader.relabel(node.args[0], "labels are drawn by chance", node.args[0].id, _NOTHING)
        case "append" if node.args and isinstance(node.func, ast.Attribute):
            kept = node.func.value
            if isinstance(kept, ast.Name) and label_changes.is_label(kept.id):
                reason = label_changes.change(node.args[0])
                if reason:
                    reader.relabel(kept, reason, kept.id, _NOTHING)
        case "replace" if any(word.arg == "inplace" for word in node.keywords):
            reason = label_changes.change(node)
            if reason and isinstance(node.func, ast.Attribute):
                reader.relabel(node.func.value, reason, "label", _NOTHING)
        case "filter" if node.args and isinstance(node.args[0], ast.Lambda):
            return of_test(reader, node, node.args[0].body)
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
    if not isinstance(node.body, ast.Dict):
        return _NOTHING
    for key, value in zip(node.body.keys, node.body.values, strict=True):
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and label_changes.is_label(key.value):
            return _changed(reader, node, key.value, value)
    return _NOTHING


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
    reason = label_changes.change(value)
    if not reason and label_changes.is_constant(value):
        reason = "labels are set by hand"
    return reader.relabel(node, reason, name, _NOTHING) if reason else _NOTHING
