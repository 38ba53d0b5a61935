"""Which names mean what while code is read from top to bottom, and the modules that come with a submission.

A branch that may not run adds to what a name may mean; it does not replace it. Names that are made at run
time are not seen.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from autograder.guidelines.meaning import NOTHING, Meaning, from_origin, merged

_BUILT_IN: Final = frozenset(dir(builtins))


@dataclass(slots=True, eq=False)
class Scope:
    """The names of a notebook, module, class or function. `parent` is where other names are looked up."""

    parent: Scope | None = None
    is_class: bool = False
    names: dict[str, Meaning] = field(default_factory=dict)
    starred: list[str] = field(default_factory=list)
    outer: set[str] = field(default_factory=set)
    """Names declared `global` or `nonlocal`."""

    def get(self, name: str) -> Meaning | None:
        """Return what a name means here, or None when nothing was bound to it."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.names.get(name)
            if found is not None:
                return found
            scope = scope.parent
        return self._from_star(name)

    def _from_star(self, name: str) -> Meaning | None:
        if name in _BUILT_IN:
            return None
        scope: Scope | None = self
        while scope is not None:
            if scope.starred and not name.startswith("_"):
                return from_origin(*(f"{module}.{name}" for module in scope.starred))
            scope = scope.parent
        return None

    def bind(self, name: str, meaning: Meaning, *, certain: bool = True) -> None:
        """Bind a name; when it is not certain that this runs, what it meant before is kept too."""
        if name in self.outer:
            self.top().bind(name, meaning, certain=False)
            return
        before = None if certain else self.names.get(name)
        self.names[name] = meaning if before is None else merged(before, meaning)

    def top(self) -> Scope:
        """Return the scope of the notebook or module."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def for_functions(self) -> Scope:
        """Return the scope a function defined here sees: a class's names are not seen in its methods."""
        return self.parent if self.is_class and self.parent is not None else self


@dataclass(slots=True, eq=False)
class Modules:
    """The modules that lie beside the notebooks, read when they are first imported."""

    read: Callable[[str], Scope | None]
    scopes: dict[str, Scope | None] = field(default_factory=dict)

    def scope(self, name: str) -> Scope | None:
        """Return the names of a module of the submission, or None when it is no such module."""
        if name not in self.scopes:
            self.scopes[name] = None  # while it is read, it may import itself
            self.scopes[name] = self.read(name)
        return self.scopes[name]

    def attribute(self, base: Meaning, name: str) -> Meaning:
        """Return what `base.name` comes from."""
        found = NOTHING
        origins = []
        for origin in base.origins:
            if origin.startswith("<"):
                continue
            inside = self.scopes.get(origin)
            if inside is None:
                origins.append(f"{origin}.{name}")
            else:
                found = merged(found, inside.get(name) or NOTHING)
        if origins:
            found = merged(found, from_origin(*origins))
        return found
