"""What a name or an expression may stand for: where it comes from, its constant text, what flowed into it.

These are possibilities read from the source. Nothing is executed, so what is computed at run time is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from autograder.guidelines.places import Where

UNKNOWN: Final = "\0"
"""Stands in a text for a part that is not known."""
MOST_VALUES: Final = 8
MOST_TOKENS: Final = 96
LONGEST_TEXT: Final = 4_000


@dataclass(frozen=True, slots=True)
class Known:
    """A text known from constants, with `UNKNOWN` for parts that are not.

    `where` is where its first constant stands; `is_path` says that it was made by a path function.
    """

    text: str
    where: Where
    is_path: bool = False


@dataclass(frozen=True, slots=True)
class Param:
    """Whatever a function is called with: parameter `name` of function number `function`."""

    function: int
    name: str


@dataclass(slots=True, eq=False)
class Group:
    """The members of a list, dict, class or object, by key, position or attribute name."""

    items: dict[Any, Meaning] = field(default_factory=dict)


Value = Known | Param | Group


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an expression may stand for.

    `origins` are dotted names of what was imported, or marks in angle brackets. `tokens` are the short texts,
    such as model names, that flowed into it in any way.
    """

    origins: frozenset[str] = frozenset()
    values: tuple[Value, ...] = ()
    tokens: frozenset[str] = frozenset()


NOTHING: Final = Meaning()
TRUE: Final = "<true>"
FALSE: Final = "<false>"
ON_COLAB: Final = "<on colab>"
"""Origin of an expression that is true on Colab or Kaggle only."""
OFF_COLAB: Final = "<off colab>"
SHELL: Final = "<ipython>"
GET_SHELL: Final = "<get ipython>"
_NUMBER: Final = "<number "
PARAMETER: Final = "<parameter "
"""Begins the token of whatever a function is called with."""
DEFINED: Final = "<def>"
"""Begins the origin of a function or class of the submission itself."""


MOST_NUMBER: Final = 10_000


@cache
def of_number(value: int) -> Meaning:
    """Return the meaning of a whole number, 0 <= value < `MOST_NUMBER`."""
    return Meaning(origins=frozenset((f"{_NUMBER}{value}>",)))


def number_of(meaning: Meaning) -> int | None:
    """Return the one whole number it is, or None."""
    if len(meaning.origins) != 1 or meaning.values:
        return None
    (origin,) = meaning.origins
    return int(origin[len(_NUMBER) : -1]) if origin.startswith(_NUMBER) else None


def from_origin(*origins: str) -> Meaning:
    """Return the meaning of something that comes from these places."""
    return Meaning(origins=frozenset(origins))


def of_text(text: str, where: Where, *, is_path: bool = False) -> Meaning:
    """Return the meaning of a constant text."""
    if len(text) > LONGEST_TEXT:
        return NOTHING
    flows = 3 <= len(text) <= 120 and UNKNOWN not in text and not any(char.isspace() for char in text)
    tokens = frozenset((text,)) if flows else frozenset[str]()
    return Meaning(values=(Known(text, where, is_path),), tokens=tokens)


def of_tokens(*tokens: frozenset[str]) -> Meaning:
    """Return the meaning of something of which only is known what flowed into it."""
    together = joined(*tokens)
    return Meaning(tokens=together) if together else NOTHING


def marks_in(tokens: frozenset[str]) -> frozenset[str]:
    """Return those tokens that are marks, not texts."""
    return frozenset(token for token in tokens if token[0] == "<") if tokens else tokens


def joined(*tokens: frozenset[str]) -> frozenset[str]:
    """Return all tokens together, at most `MOST_TOKENS`."""
    some = [found for found in tokens if found]
    if len(some) < 2:
        return some[0] if some else frozenset()
    together = some[0].union(*some[1:])
    return together if len(together) <= MOST_TOKENS else frozenset(sorted(together)[:MOST_TOKENS])


def merged(one: Meaning, other: Meaning) -> Meaning:
    """Return the meaning of something that is either of two. Too many values are no known value."""
    if one is other or other is NOTHING:
        return one
    if one is NOTHING:
        return other
    values = tuple(dict.fromkeys((*one.values, *other.values)))
    return Meaning(
        origins=one.origins | other.origins,
        values=values if len(values) <= MOST_VALUES else (),
        tokens=joined(one.tokens, other.tokens),
    )


def without(meaning: Meaning, start: str, depth: int = 2) -> Meaning:
    """Return a meaning without the tokens that begin so, also in the members of a tuple or dict."""
    if not depth:
        return meaning
    values: list[Value] = []
    for value in meaning.values:
        if isinstance(value, Group):
            items = {key: without(member, start, depth - 1) for key, member in value.items.items()}
            changed = any(items[key] is not member for key, member in value.items.items())
            values.append(Group(items) if changed else value)
        else:
            values.append(value)
    tokens = frozenset(token for token in meaning.tokens if not token.startswith(start))
    same = len(tokens) == len(meaning.tokens) and tuple(values) == meaning.values
    return meaning if same else Meaning(meaning.origins, tuple(values), tokens)


def texts(meaning: Meaning) -> tuple[Known, ...]:
    """Return the constant texts it may be, leaving out everything else."""
    return tuple(value for value in meaning.values if isinstance(value, Known))


def only_text(meaning: Meaning) -> Known | None:
    """Return the one text it is, or None when it may be anything else."""
    if len(meaning.values) == 1 and isinstance(meaning.values[0], Known):
        return meaning.values[0]
    return None


def members(meaning: Meaning) -> Meaning:
    """Return what one member of a list or dict may be, as in a loop over it."""
    found = Meaning(tokens=meaning.tokens) if meaning.tokens else NOTHING
    for value in meaning.values:
        if isinstance(value, Group):
            for member in list(value.items.values())[: MOST_VALUES + 1]:
                found = merged(found, member)
    return found
