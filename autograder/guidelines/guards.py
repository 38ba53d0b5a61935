"""Which code runs on Colab or Kaggle only: the course itself teaches to guard such code.

A test counts when it asks for `google.colab`, for Colab's folders or variables, or for a switch named after
Colab that is not simply set to True.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Final

from autograder.guidelines.binding import Binding
from autograder.guidelines.facts import Call, Context
from autograder.guidelines.looking import OTHER, TESTED
from autograder.guidelines.meaning import (
    FALSE,
    NOTHING,
    OFF_COLAB,
    ON_COLAB,
    TRUE,
    UNKNOWN,
    Known,
    Meaning,
    Param,
    from_origin,
    merged,
    number_of,
    of_text,
    of_tokens,
    only_text,
    texts,
)
from autograder.guidelines.places import Arm, Where

_OPPOSITE: Final = {ON_COLAB: OFF_COLAB, OFF_COLAB: ON_COLAB, TRUE: FALSE, FALSE: TRUE}
_LOOKS: Final = frozenset({"exists", "isfile", "isdir", "is_file", "is_dir", "glob", "listdir"})
_COLAB_WORDS: Final = ("colab", "kaggle")
_MARKS: Final = frozenset(_OPPOSITE)


def colab_word(text: str) -> bool:
    """Whether a name, text or folder speaks of Colab or Kaggle."""
    lowered = text.lower()
    return lowered.startswith("/content") or any(word in lowered for word in _COLAB_WORDS)


def environment_variable(name: str, where: Where) -> Meaning:
    """Return what reading an environment variable gives: the home folder, or a sign of Colab."""
    if colab_word(name):
        return from_origin(ON_COLAB)
    if name in ("HOME", "USERPROFILE", "HOMEPATH"):
        return of_text("~", where, is_path=True)
    return of_text(UNKNOWN, where)


class Guards(Binding):
    """Reads comparisons and choices, and knows what they tell about where code runs."""

    def _compare(self, node: ast.Compare, context: Context | None) -> Meaning:
        operands = [node.left, *node.comparators]
        meanings = [self.look(operand, TESTED) for operand in operands]
        if len(operands) != 2:
            return NOTHING
        about = any(colab_word(known.text) for meaning in meanings for known in texts(meaning))
        marks = meanings[0].origins & {ON_COLAB, OFF_COLAB}
        match node.ops[0]:
            case ast.In() | ast.Eq() if about:
                return from_origin(ON_COLAB)
            case ast.NotIn() | ast.NotEq() if about:
                return from_origin(OFF_COLAB)
            case ast.IsNot() | ast.NotEq() if marks:
                return from_origin(*marks)
            case ast.Is() | ast.Eq() if marks:
                same = TRUE in meanings[1].origins
                return from_origin(*(marks if same else {_OPPOSITE[mark] for mark in marks}))
        if isinstance(node.ops[0], (ast.Eq, ast.NotEq)) and not any(
            isinstance(o, ast.Call) for o in operands
        ):
            one, other = (only_text(meaning) or number_of(meaning) for meaning in meanings)
            texts_known = isinstance(one, Known) and isinstance(other, Known)
            same = one.text == other.text if texts_known else one == other  # type: ignore[union-attr]
            known = texts_known or (isinstance(one, int) and isinstance(other, int))
            if known and not (texts_known and UNKNOWN in one.text + other.text):  # type: ignore[union-attr]
                return from_origin(TRUE if same is isinstance(node.ops[0], ast.Eq) else FALSE)
        return of_tokens(*(meaning.tokens for meaning in meanings))

    def _boolean(self, node: ast.BoolOp, context: Context | None) -> Meaning:
        meanings = []
        before = self.guarded
        for value in node.values:
            meaning = self.look(value, context)
            meanings.append(meaning)
            if isinstance(node.op, ast.And) and self.tells(value, meaning) == ON_COLAB:
                self.guarded = True
        self.guarded = before
        marks = [self.tells(value, meaning) for value, meaning in zip(node.values, meanings, strict=True)]
        decided = ON_COLAB if isinstance(node.op, ast.And) else OFF_COLAB
        if decided in marks:
            return from_origin(decided)
        if len(set(marks)) == 1 and marks[0]:
            return from_origin(marks[0])
        found = NOTHING
        for meaning in meanings:
            found = merged(found, meaning)
        return Meaning(found.origins - _MARKS, found.values, found.tokens)

    def _unary(self, node: ast.UnaryOp, context: Context | None) -> Meaning:
        found = self.look(node.operand, OTHER)
        if isinstance(node.op, ast.Not):
            mark = self.tells(node.operand, found)
            return from_origin(_OPPOSITE[mark]) if mark in _OPPOSITE else NOTHING
        return of_tokens(found.tokens)

    def tells(self, node: ast.expr, meaning: Meaning) -> str:
        """Return `ON_COLAB` or `OFF_COLAB` when the expression tells where the code runs, else ""."""
        if ON_COLAB in meaning.origins:
            return ON_COLAB
        if OFF_COLAB in meaning.origins:
            return OFF_COLAB
        name = node.func if isinstance(node, ast.Call) else node
        text = name.id if isinstance(name, ast.Name) else getattr(name, "attr", "")
        # A switch that is simply set to True runs everywhere.
        return ON_COLAB if text and colab_word(text) and meaning.origins != {TRUE} else ""

    def arms_of(self, node: ast.If, test: Meaning, asked: Sequence[Call]) -> tuple[Arm, Arm]:
        """Return the two arms of a choice. `asked` are the calls in its test."""
        looks = any(call.method in _LOOKS for call in asked)
        # An attribute, or a name seen from a function, may be set to something else before this runs.
        node_test = node.test.operand if isinstance(node.test, ast.UnaryOp) else node.test
        plain = isinstance(node_test, ast.Constant) or (
            isinstance(node_test, (ast.Name, ast.Compare)) and self.function < 0
        )
        return (
            Arm(
                id(node),
                True,
                off=plain and test.origins == {FALSE},
                looks=looks,
                asks=self._asked(node.test),
            ),
            Arm(id(node), False, off=plain and test.origins == {TRUE}, looks=looks),
        )

    def _asked(self, test: ast.expr) -> tuple[int, str, str] | None:
        """Return the parameter and the text of a test such as `kind == "plain"`."""
        match test:
            case ast.Compare(
                left=ast.Name(id=name), ops=[ast.Eq()], comparators=[ast.Constant(value=str(text))]
            ):
                values = (self.scope.get(name) or NOTHING).values
                if len(values) == 1 and isinstance(values[0], Param):
                    return values[0].function, values[0].name, text
        return None

    def _choice(self, node: ast.IfExp, context: Context | None) -> Meaning:
        test = self.look(node.test, TESTED)
        mark = self.tells(node.test, test)
        before = self.guarded
        self.guarded = before or mark == ON_COLAB
        one = self.look(node.body, context)
        self.guarded = before or mark == OFF_COLAB
        other = self.look(node.orelse, context)
        self.guarded = before
        if self.function < 0 and self.certain and test.origins in ({TRUE}, {FALSE}):
            return one if TRUE in test.origins else other
        return merged(one, other)


def imports_colab(statement: ast.stmt) -> bool:
    """Whether a statement imports `google.colab`."""
    if isinstance(statement, ast.Import):
        return any(alias.name.startswith("google.colab") for alias in statement.names)
    if not isinstance(statement, ast.ImportFrom):
        return False
    names = {alias.name for alias in statement.names}
    return (statement.module or "").startswith("google.colab") or (
        statement.module == "google" and "colab" in names
    )
