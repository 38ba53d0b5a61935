"""What an assignment binds: names, the parts of a tuple, attributes, items, environment variables.

An object that something is stored into is marked with what flowed into it. Aliases of one object are followed
only where both names are set from one expression.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Final

from autograder.guidelines import label_changes, rows
from autograder.guidelines.facts import Relabel, Setting
from autograder.guidelines.looking import KEY, Looking
from autograder.guidelines.meaning import (
    NOTHING,
    Group,
    Meaning,
    joined,
    members,
    merged,
    number_of,
    of_tokens,
    only_text,
    texts,
)
from autograder.guidelines.places import Where

_MOST_NAMES: Final = 20
_FITS: Final = frozenset({"fit", "train_on_batch", "fit_generator"})
_EXAMPLES: Final = frozenset({"batch", "sample", "example", "one", "run", "acc", "loss", "pred", "size", "n"})


def _label_key(target: ast.expr) -> tuple[str, bool]:
    """Return the name of the labels that are assigned to, and whether it is the whole variable."""
    name = ""
    if isinstance(target, ast.Name):
        return (target.id, True) if label_changes.is_label(target.id) else ("", True)
    if isinstance(target, ast.Attribute):
        own = isinstance(target.value, ast.Name) and target.value.id in ("self", "cls")
        name = "" if own else target.attr
    elif isinstance(target, ast.Subscript):
        last = (
            target.slice.elts[-1]
            if isinstance(target.slice, ast.Tuple) and target.slice.elts
            else target.slice
        )
        if isinstance(last, ast.Constant) and isinstance(last.value, str):
            name = last.value
        elif isinstance(target.value, ast.Name):
            name = target.value.id
    return (name, False) if name and label_changes.is_label(name) else ("", False)


def _root(value: ast.expr) -> str:
    """Return the variable whose rows these are: `X` for `X[:5]`, `X.take(5)`, `X.iloc[:5]` and `X`."""
    if isinstance(value, ast.Call):
        value = value.func.value if isinstance(value.func, ast.Attribute) else value
        return value.id if isinstance(value, ast.Name) else ""
    while isinstance(value, (ast.Subscript, ast.Attribute)):
        value = value.value
    return value.id if isinstance(value, ast.Name) else ""


def _is_recoding(target: ast.expr) -> bool:
    """Whether `labels[labels == "positive"] = 2` gives a class written as text its number."""
    return any(
        isinstance(node, ast.Compare)
        and any(isinstance(side, ast.Constant) and isinstance(side.value, str) for side in node.comparators)
        for node in ast.walk(target)
    )


class Binding(Looking):
    """Binds what is assigned."""

    def bind(self, name: str, meaning: Meaning, *, certain: bool | None = None) -> None:
        """Bind a name. By default it is certain outside branches and loops."""
        self.scope.bind(name, meaning, certain=self.certain if certain is None else certain)
        if name in self.tracked and (self.scope.parent is None or name in self.scope.outer):
            before = self.facts.bound.get(name, frozenset())
            self.facts.bound[name] = joined(before, meaning.tokens)

    def bind_target(self, target: ast.expr, meaning: Meaning, *, certain: bool | None = None) -> None:
        """Bind whatever stands on the left of an assignment."""
        match target:
            case ast.Name():
                self.bind(target.id, meaning, certain=certain)
            case ast.Tuple() | ast.List():
                group = meaning.values[0] if len(meaning.values) == 1 else None
                around = rows.without_sides(meaning.tokens)
                for at, part in enumerate(target.elts):
                    inside = group.items.get(at) if isinstance(group, Group) else None
                    one = merged(inside, of_tokens(around)) if inside else members(meaning)
                    self.bind_target(part, one, certain=certain)
            case ast.Starred():
                self.bind_target(target.value, of_tokens(meaning.tokens), certain=False)
            case ast.Attribute():
                base, found = self.parts(target)
                self.use(found, target)
                self._store(base, target.attr, meaning)
                self.mark(target, meaning.tokens)
            case ast.Subscript():
                base = self.look(target.value, None)
                known = only_text(self.look(target.slice, KEY))
                func = getattr(target.value, "func", None)
                if (
                    known is not None
                    and isinstance(func, ast.Name)
                    and func.id in ("globals", "locals", "vars")
                ):
                    self.bind(known.text, meaning, certain=certain)
                if known is not None and "os.environ" in base.origins:
                    self.environment(known.text, meaning, self.where(target))
                self._store(base, known.text if known else getattr(target.slice, "value", None), meaning)
                self.mark(target, meaning.tokens)
            case _:
                self.look(target)

    def bind_parts(self, target: ast.expr, value: ast.expr, meaning: Meaning) -> None:
        """Bind `a, b = x, y` part by part: what flows into one does not flow into the other."""
        if isinstance(target, ast.Name) and isinstance(value, ast.Lambda):
            self.written[target.id] = value
        group = meaning.values[0] if len(meaning.values) == 1 else None
        both = isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List))
        if both and isinstance(group, Group) and isinstance(target, (ast.Tuple, ast.List)):
            plain = not any(
                isinstance(part, ast.Starred) for part in (*target.elts, *getattr(value, "elts", ()))
            )
            if plain:
                for at, part in enumerate(target.elts):
                    self.bind_target(part, group.items.get(at, NOTHING))
                return
        self.bind_target(target, meaning)

    def relabelled(self, target: ast.expr, value: ast.expr, meaning: Meaning) -> None:
        """Mark what is assigned to when labels are changed by it."""
        key, whole = _label_key(target)
        if not key:
            return
        reason = label_changes.change(value, self.written_out)
        if not reason and not whole and label_changes.is_constant(value) and not _is_recoding(target):
            reason = "labels are set by hand"
        own = isinstance(target, ast.Subscript) and not isinstance(target.slice, ast.Constant)
        if reason or own or meaning.tokens:
            self.relabel(target, reason, key, meaning.tokens)

    def chosen(self, targets: Sequence[ast.expr], value: ast.expr) -> None:
        """Record test rows that are chosen by an index, or are among those trained on."""
        pairs = [
            (one, other)
            for target in targets
            for one, other in (
                zip(target.elts, value.elts, strict=False)
                if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
                else ((target, value),)
            )
            if isinstance(one, ast.Name)
        ]
        for one, other in pairs:
            if label_changes.is_test(one.id):
                self._test_rows(one, other)
        for one, other in pairs:
            # What is left of the training rows is taken from them too.
            if one.id in self.held_out and _root(other) == one.id:
                self.facts.relabels.remove(self.held_out.pop(one.id))

    def _test_rows(self, target: ast.Name, value: ast.expr) -> None:
        base = _root(value)
        if isinstance(value, ast.Subscript) and not isinstance(value.slice, ast.Constant):
            names = [node.id for node in ast.walk(value.slice) if isinstance(node, ast.Name)]
            found = (self.scope.get(name) or NOTHING for name in names[:_MOST_NAMES])
            tokens = joined(*(meaning.tokens for meaning in found))
            if tokens:
                self.relabel(target, "", target.id, tokens)
        if label_changes.is_train(base) and not _EXAMPLES & set(target.id.lower().split("_")):
            self.relabel(target, "test rows are rows that are trained on", target.id, frozenset())
            self.held_out[base] = self.facts.relabels[-1]

    def written_out(self, name: str) -> object:
        """Return the function, dict, number or text that a name stands for, else None."""
        if name in self.written:
            return self.written[name]
        meaning = self.scope.get(name) or NOTHING
        if (one := only_text(meaning)) is not None:
            return one.text
        if (number := number_of(meaning)) is not None:
            return number
        values = meaning.values
        group = values[0] if len(values) == 1 else None
        if not isinstance(group, Group) or not group.items:
            return None
        found: dict[object, object] = {}
        for key, meaning in group.items.items():
            known, at = only_text(meaning), number_of(meaning)
            if known is None and at is None:
                return None
            found[key] = known.text if known is not None else at
        return found

    def relabel(self, target: ast.expr, reason: str, name: str, tokens: frozenset[str]) -> frozenset[str]:
        """Record changed labels, and mark the object they are in."""
        mark = f"<labels {len(self.facts.relabels)}>"
        self.facts.relabels.append(Relabel(mark, reason, name, tokens, self.where(target)))
        found = frozenset((mark,))
        if isinstance(target, ast.Name):
            before = self.scope.get(target.id) or NOTHING
            self.bind(target.id, merged(before, of_tokens(found)), certain=True)
        else:
            self.mark(target, found)
        return found

    @staticmethod
    def spread(keywords: dict[str, Meaning]) -> None:
        """Add the members of a dict given as `**options`."""
        for value in keywords.get("", NOTHING).values:
            named = value.items.items() if isinstance(value, Group) else ()
            keywords |= {key: given for key, given in named if isinstance(key, str) and key not in keywords}

    def fitted(self, node: ast.Call, arguments: list[Meaning], keywords: dict[str, Meaning]) -> None:
        """Mark labels that are changed where they are given to `fit`."""
        if not isinstance(node.func, ast.Attribute) or node.func.attr not in _FITS:
            return
        for at, value in enumerate(node.args[1:2], start=1):
            arguments[at] = self._as_labels(value, arguments[at])
        for word in node.keywords:
            if word.arg == "y":
                keywords["y"] = self._as_labels(word.value, keywords["y"])

    def _as_labels(self, value: ast.expr, meaning: Meaning) -> Meaning:
        reason = label_changes.change(value, self.written_out) if not isinstance(value, ast.Name) else ""
        return (
            merged(meaning, of_tokens(self.relabel(value, reason, "labels", frozenset())))
            if reason
            else meaning
        )

    def environment(self, variable: str, value: Meaning, where: Where) -> None:
        """Record that an environment variable is set to a known text."""
        for known in texts(value):
            self.facts.settings.append(Setting(variable, known.text, where))

    def environment_of(self, group: Meaning, where: Where) -> None:
        """Record the variables that a dict sets."""
        for value in group.values:
            for key, meaning in value.items.items() if isinstance(value, Group) else ():
                self.environment(str(key), meaning, where)

    def mark(self, node: ast.expr, tokens: frozenset[str]) -> None:
        """Mark the object at the root of `a.b[c]` with what flowed into a part of it."""
        root: ast.expr = node
        while isinstance(root, (ast.Attribute, ast.Subscript)):
            root = root.value
        if not tokens or not isinstance(root, ast.Name):
            return
        before = self.scope.get(root.id)
        if before is not None and not tokens <= before.tokens:
            self.bind(root.id, merged(before, of_tokens(tokens)), certain=True)

    @staticmethod
    def _store(base: Meaning, key: object, meaning: Meaning) -> None:
        for value in base.values:
            if isinstance(value, Group) and len(value.items) < 200 and key is not None:
                value.items[key] = merged(value.items.get(key, NOTHING), meaning)
