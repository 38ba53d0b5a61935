"""What an assignment binds: names, the parts of a tuple, attributes, items, environment variables.

An object that something is stored into is marked with what flowed into it. Aliases of one object are followed
only where both names are set from one expression.
"""

from __future__ import annotations

import ast

from autograder.guidelines.facts import Setting
from autograder.guidelines.looking import KEY, Looking
from autograder.guidelines.meaning import (
    NOTHING,
    Group,
    Meaning,
    joined,
    members,
    merged,
    of_tokens,
    only_text,
    texts,
)
from autograder.guidelines.places import Where


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
                for at, part in enumerate(target.elts):
                    inside = group.items.get(at) if isinstance(group, Group) else None
                    one = merged(inside, of_tokens(meaning.tokens)) if inside else members(meaning)
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
                if known is not None and "os.environ" in base.origins:
                    self.environment(known.text, meaning, self.where(target))
                self._store(base, known.text if known else getattr(target.slice, "value", None), meaning)
                self.mark(target, meaning.tokens)
            case _:
                self.look(target)

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
