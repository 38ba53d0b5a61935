"""The part of the reader that every kind of code shares: where it is, what names mean, what is recorded.

Depth and number of nodes are limited; what is over a limit raises `OverBudget`. Code is read, never run.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import ClassVar, Final

from autograder.guidelines import strings
from autograder.guidelines.facts import Context, ContextKind, Facts, Relabel, Text, Use
from autograder.guidelines.meaning import (
    GET_SHELL,
    NOTHING,
    Group,
    Known,
    Meaning,
    Param,
    from_origin,
    joined,
    merged,
    of_tokens,
    texts,
)
from autograder.guidelines.parsing import MOST_DEPTH, Budget, OverBudget
from autograder.guidelines.places import Arm, Unit, Where
from autograder.guidelines.scope import Modules, Scope

_CONVENTIONS: Final = {
    "get_ipython": GET_SHELL, "np": "numpy", "pd": "pandas", "tf": "tensorflow", "keras": "keras", "os": "os",
    "sys": "sys", "json": "json", "pickle": "pickle", "joblib": "joblib", "Path": "pathlib.Path",
    "shutil": "shutil",
    "argparse": "argparse", "plt": "matplotlib.pyplot", "load_dataset": "datasets.load_dataset",
}  # fmt: skip
"""What a name means that nothing binds: the import may be missing, or made in a way that is not followed."""
_MOST_GIVEN: Final = 4
OTHER: Final = Context(ContextKind.OTHER)
TESTED: Final = Context(ContextKind.TESTED)
KEY: Final = Context(ContextKind.KEY)
PROSE: Final = Context(ContextKind.PROSE)
_ASKED_FOR: Final = Context(ContextKind.ARGUMENT, "os.path.exists")
_AS_PATH: Final = Context(ContextKind.ARGUMENT, "pathlib.Path")


class Looking:
    """What reads one notebook or module, unit by unit."""

    handlers: ClassVar[dict[type[ast.AST], Callable[..., Meaning]]] = {}

    def __init__(
        self, facts: Facts, modules: Modules, budget: Budget, tracked: frozenset[str] = frozenset()
    ) -> None:
        self.facts = facts
        self.modules = modules
        self.budget = budget
        self.tracked = tracked
        self.scope = Scope()
        self.unit: Unit = Unit(file="", cell=-1, cell_id="", source="")
        self.offset = 0
        self.fixed_line = 0
        self.guarded = False
        self.certain = True
        self.function = -1
        self.arms: tuple[Arm, ...] = ()
        self.in_class: Group | None = None
        self.depth = 0
        self.held_out: dict[str, Relabel] = {}
        self.written: dict[str, ast.FunctionDef | ast.Lambda] = {}
        self.late: list[tuple[str, tuple[str, ...], Where]] = []

    def where(self, node: ast.AST) -> Where:
        """Return the place of a node."""
        line = self.fixed_line or getattr(node, "lineno", 1) + self.offset
        return Where(self.unit, line, self.guarded, self.function, self.arms)

    def look(self, node: ast.AST | None, context: Context | None = OTHER) -> Meaning:
        """Read an expression. With no context its text is not recorded: the caller puts it together.

        Raises:
            OverBudget: too many nodes, or nested too deep.

        """
        if node is None:
            return NOTHING
        self.budget.take_node()
        if self.depth >= MOST_DEPTH:
            raise OverBudget("it is nested too deep")
        handler = self.handlers.get(type(node))
        self.depth += 1
        try:
            if handler is not None:
                return handler(self, node, context)
            return self.children(ast.iter_child_nodes(node))
        finally:
            self.depth -= 1

    def children(self, nodes: Iterable[ast.AST]) -> Meaning:
        """Read several nodes that together have no known value."""
        return of_tokens(*[self.look(child).tokens for child in nodes])

    def recorded(self, meaning: Meaning, context: Context | None, where: Where) -> Meaning:
        """Record the texts of an expression with what they are used for."""
        if context is not None:
            for known in texts(meaning):
                self.facts.texts.append(Text(known, context, where))
        return meaning

    def use(self, meaning: Meaning, node: ast.AST) -> None:
        """Record that something imported is used."""
        if meaning.origins:
            self.used(meaning, self.where(node))

    def used(self, meaning: Meaning, where: Where) -> None:
        """Record that something imported is used at a place."""
        for origin in meaning.origins:
            if not origin.startswith("<") and self.modules.scopes.get(origin) is None:
                self.facts.uses.append(Use(origin, where))

    def member(self, base: Meaning, name: str, node: ast.AST) -> Meaning:
        """Return what `base.name` may stand for."""
        found = self.modules.attribute(base, name) if base.origins else NOTHING
        for value in base.values:
            if isinstance(value, Group):
                found = merged(found, value.items.get(name) or NOTHING)
            elif getattr(value, "is_path", False):
                if name in strings.SAME_PATH_METHODS:
                    found = merged(found, Meaning(values=(value,)))
                else:
                    use = _ASKED_FOR if name in ("exists", "is_dir", "is_file") else _AS_PATH
                    self.recorded(Meaning(values=(value,)), use, self.where(node))
            elif isinstance(value, Param):
                # What is given later is not known here; a default is.
                for given in self.facts.functions[value.function].given.get(value.name, ())[:_MOST_GIVEN]:
                    if given.values and not any(isinstance(each, Param) for each in given.values):
                        found = merged(found, self.member(given, name, node))
            elif name == "value" and isinstance(value, Known):  # of an enumeration
                found = merged(found, Meaning(values=(value,)))
        # What flowed into another member did not flow into this one.
        exact = bool(base.values) and all(isinstance(v, Group) and name in v.items for v in base.values)
        tokens = found.tokens if exact else joined(found.tokens, base.tokens)
        return Meaning(origins=found.origins, values=found.values, tokens=tokens) if tokens else found

    def parts(self, node: ast.Attribute) -> tuple[Meaning, Meaning]:
        """Return what `a.b` and `a.b.c` of the expression `a.b.c` may stand for."""
        names = [node.attr]
        base: ast.expr = node.value
        while isinstance(base, ast.Attribute):
            names.append(base.attr)
            base = base.value
        if isinstance(base, ast.Name):
            found = self.named(base, tuple(reversed(names)))
        else:
            found = self.look(base, None)
        for name in reversed(names[1:]):
            found = self.member(found, name, node)
        return found, self.member(found, node.attr, node)

    def named(self, node: ast.Name, attributes: tuple[str, ...] = ()) -> Meaning:
        """Return what a name may stand for. What a function uses may be bound after it."""
        found = self.scope.get(node.id)
        if found is None:
            if node.id in _CONVENTIONS:
                return from_origin(_CONVENTIONS[node.id])
            if self.function >= 0:
                self.late.append((node.id, attributes, self.where(node)))
        return found or NOTHING

    def finish(self) -> None:
        """Record what functions use of names that were bound after them."""
        for name, attributes, where in self.late:
            found = self.scope.top().get(name) or NOTHING
            for attribute in attributes:
                found = self.modules.attribute(found, attribute) if found.origins else NOTHING
            self.used(found, where)
        self.late.clear()
