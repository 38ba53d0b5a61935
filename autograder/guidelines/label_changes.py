"""Whether an expression gives labels that are not those of the data: by chance, words, merging.

It reads the expression alone and knows labels by the names people give them. Recoding the three classes, such
as texts to numbers, is no change.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from typing import Final

from autograder.guidelines import class_values
from autograder.guidelines.class_values import Resolve

_LABELS: Final = frozenset(
    {
        "label", "labels", "target", "targets", "sentiment", "class", "y", "lab", "labs", "gold",
        "etiqueta", "etiquetas", "klasse", "klassen", "klass", "polarity", "clase", "clases", "etiquette",
    }
)  # fmt: skip
_NOT_LABELS: Final = (
    "pred",
    "hat",
    "prob",
    "hot",
    "name",
    "noisy",
    "color",
    "plot",
    "map",
    "score",
    "axis",
    "2id",
)
_TEXTS: Final = frozenset(
    {"sentence", "sentences", "text", "texts", "phrase", "title", "headline", "s", "satz"}
)
_CHANCE: Final = frozenset(
    {"permutation", "permuted", "shuffle", "randint", "integers", "choice", "choices", "randrange", "rand"}
)
_ANSWERS: Final = frozenset(
    {"predict", "polarity_scores", "predict_on_batch", "pipeline", "classifier", "zero_shot"}
)
_MOVES: Final = frozenset({"roll", "flip", "flipud", "sort", "sorted"})
_MOST_NODES: Final = 300
_CLASSES: Final = 3


@lru_cache(maxsize=4096)
def is_label(name: str) -> bool:
    """Whether a column or variable is called like labels: `label`, `y_train`, `train_labels`."""
    words = name.lower().replace("-", "_").split("_")
    return bool(_LABELS & set(words)) and not any(part in name.lower() for part in _NOT_LABELS)


def is_test(name: str) -> bool:
    """Whether a variable is called like the rows a model is tested on."""
    return bool({"test", "te", "holdout", "eval", "prueba", "teste"} & set(name.lower().split("_")))


def is_train(name: str) -> bool:
    """Whether a variable is called like the rows a model is trained on."""
    return bool({"train", "tr", "training", "entreno", "treino"} & set(name.lower().split("_")))


def change(value: ast.expr, mapping: Resolve = lambda name: None) -> str:
    """Return in words how the value differs from the labels of the data, or ""."""
    worked_out = class_values.classes(value, _is_label_value, mapping)
    if worked_out is not None:
        return worked_out
    if isinstance(value, ast.Subscript) and _is_turned(value.slice) and _is_label_value(value.value):
        return "labels are moved to other rows"
    for node in _nodes(value):
        if isinstance(node, ast.Call):
            name = _name(node.func)
            if name in _CHANCE or (name == "sample" and _speaks_of(node.func, _LABELS)):
                return "labels are drawn by chance"
            if name in _ANSWERS:
                return "labels are a model's own answers"
            if name in _MOVES and any(_is_label_value(part) for part in node.args[:1]):
                return "labels are moved to other rows"
            if name in ("map", "replace") and _merges(node, mapping):
                return "classes are merged"
            if name in ("clip", "minimum", "maximum", "min", "max") and _speaks_of(node, _LABELS):
                return "classes are merged"
            if name in ("where", "select") and node.args and _speaks_of(node.args[0], _TEXTS):
                return "labels are made from words of the sentence"
        elif isinstance(node, ast.IfExp) and _speaks_of(node.test, _TEXTS):
            return "labels are made from words of the sentence"
        elif isinstance(node, ast.IfExp) and _is_two_way(node, value):
            return "classes are merged"
        elif isinstance(node, ast.Compare) and len(node.ops) == 1 and _is_label_value(node.left):
            if isinstance(node.ops[0], (ast.Eq, ast.Gt, ast.GtE, ast.Lt, ast.LtE, ast.NotEq)):
                return "" if _holds(value, ast.IfExp) else "classes are merged"
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            if _is_merging(mapping(node.value.id), replaces=False):
                return "classes are merged"
        elif isinstance(node, ast.BinOp) and _is_arithmetic(node):
            return "labels are computed anew"
    return ""


def is_constant(value: ast.expr) -> bool:
    """Whether a value is one number or text for every row."""
    return isinstance(value, ast.Constant) and isinstance(value.value, (int, str))


class Test(StrEnum):
    """What a test keeps: not all classes, one class, or rows by their text."""

    DROPS = "a class is left out"
    PICKS = "one class is picked"
    BY_TEXT = "rows are picked by their words or length"


def kept(test: ast.expr) -> Test | None:
    """Return what a test of rows keeps, or None where it says nothing about labels and words."""
    if isinstance(test, (ast.Constant, ast.Name, ast.Slice, ast.Attribute)):
        return None
    nodes = list(_nodes(test))
    if not any(isinstance(node, (ast.Compare, ast.Call)) for node in nodes):
        return None
    if _drops(nodes):
        return Test.DROPS
    if _picks_by_text(nodes):
        return Test.BY_TEXT
    return Test.PICKS if _picks(nodes) else None


def _drops(nodes: Sequence[ast.AST]) -> bool:
    """Whether rows are kept by a test that leaves out a class."""
    for node in nodes:
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and _is_label_value(node.left):
            if isinstance(node.ops[0], ast.NotEq) and isinstance(node.comparators[0], ast.Constant):
                return True
            if isinstance(node.ops[0], ast.In) and _is_short(node.comparators[0]):
                return True
        if isinstance(node, ast.Call) and _name(node.func) == "isin" and node.args:
            owner = node.func.value if isinstance(node.func, ast.Attribute) else None
            if owner is not None and _is_label_value(owner) and _is_short(node.args[0]):
                return True
        if (
            isinstance(node, ast.UnaryOp)
            and isinstance(node.op, (ast.Invert, ast.Not))
            and _picks(list(_nodes(node.operand)))
        ):
            return True
    return False


def _picks(nodes: Sequence[ast.AST]) -> bool:
    """Whether rows of one class are picked, as in `label == 1`."""
    return any(
        isinstance(node, ast.Compare)
        and len(node.ops) == 1
        and isinstance(node.ops[0], ast.Eq)
        and _is_label_value(node.left)
        for node in nodes
    )


def _is_short(node: ast.expr) -> bool:
    return isinstance(node, (ast.List, ast.Tuple, ast.Set)) and 0 < len(node.elts) < _CLASSES


def _is_label_value(node: ast.expr) -> bool:
    """Whether an expression is the labels themselves: `df.label`, `row["label"]`, `labels`."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return isinstance(node.slice.value, str) and is_label(node.slice.value)
    return is_label(_name(node))


def _is_arithmetic(node: ast.BinOp) -> bool:
    if isinstance(node.op, (ast.FloorDiv, ast.Mod, ast.BitXor)):
        return _is_label_value(node.left)
    turned = isinstance(node.op, ast.Sub) and isinstance(node.left, ast.Constant)
    return turned and _is_label_value(node.right)


def _is_turned(slice_: ast.expr) -> bool:
    """Whether a slice is `[::-1]`."""
    step = slice_.step if isinstance(slice_, ast.Slice) else None
    return isinstance(step, ast.UnaryOp) and isinstance(step.op, ast.USub)


def _is_two_way(node: ast.IfExp, value: ast.expr) -> bool:
    """Whether a choice on the label gives two numbers in all."""
    choices = [each for each in _nodes(value) if isinstance(each, ast.IfExp)]
    ends = (node.body, node.orelse)
    plain = all(isinstance(end, ast.Constant) and isinstance(end.value, int) for end in ends)
    return (
        len(choices) == 1
        and plain
        and any(_is_label_value(part) for part in _nodes(node.test) if isinstance(part, ast.expr))
    )


def _holds(value: ast.expr, kind: type[ast.AST]) -> bool:
    return any(isinstance(node, kind) for node in _nodes(value))


def _merges(call: ast.Call, mapping: Resolve) -> bool:
    """Whether a mapping that is written out gives two classes one value."""
    if not call.args:
        return False
    replaces = _name(call.func) == "replace"
    first = call.args[0]
    if isinstance(first, ast.Name):
        return _is_merging(mapping(first.id), replaces=replaces)
    if replaces and len(call.args) == 2 and all(isinstance(each, ast.Constant) for each in call.args):
        one, other = (each.value for each in call.args if isinstance(each, ast.Constant))
        return _is_merging({one: other}, replaces=True)
    if not isinstance(first, ast.Dict):
        return False
    pairs = [
        (key.value, value.value)
        for key, value in zip(first.keys, first.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(value, ast.Constant)
    ]
    return len(pairs) == len(first.values) and _is_merging(dict(pairs), replaces=replaces)


def _is_merging(pairs: object, *, replaces: bool) -> bool:
    if not isinstance(pairs, dict) or not pairs:
        return False
    values = set(pairs.values())
    if len(values) < len(pairs) and len(values) < _CLASSES:
        return True
    # `replace({0: 1})` puts one class into another that is there already.
    classes = set(range(_CLASSES))
    return replaces and set(pairs) < classes and values <= classes and not values <= set(pairs)


def _picks_by_text(nodes: Sequence[ast.AST]) -> bool:
    """Whether rows are kept by their words, or because they are short."""
    for node in nodes:
        words = isinstance(node, ast.Call) and _name(node.func) in ("contains", "startswith")
        if words and isinstance(node, ast.Call) and _speaks_of(node.func, _TEXTS):
            return True
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Lt, ast.LtE)):
            counts = isinstance(node.left, ast.Call) and _name(node.left.func) in ("len", "count")
            if counts and _speaks_of(node.left, _TEXTS):
                return True
    return False


def _speaks_of(node: ast.AST, words: frozenset[str]) -> bool:
    for part in _nodes(node):
        name = _name(part)
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value.isidentifier():
            name = part.value
        if name and words & set(name.lower().split("_")):
            return True
    return False


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Give the parts of an expression, but not what only chooses places: `labels[order]`."""
    return islice(_walk(node), _MOST_NODES)


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    waiting = [node]
    while waiting:
        part = waiting.pop()
        yield part
        if isinstance(part, ast.Subscript) and not isinstance(part.slice, ast.Constant):
            waiting.append(part.value)
        else:
            waiting.extend(ast.iter_child_nodes(part))
