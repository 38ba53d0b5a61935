"""What was found in the code, before any rule looks at it: imports, uses, calls, texts, commands, settings.

One walk over the code collects these for all rules. They are possibilities: code in a branch that never runs
is listed like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from autograder.guidelines.meaning import NOTHING, PARAMETER, Known, Meaning, Param
from autograder.guidelines.places import Where

MOST_PARAMETERS: Final = 30
"""So many parameters of functions are followed back from one value."""


class ContextKind(StrEnum):
    """What an expression is used for."""

    ARGUMENT = "argument"
    ASSIGNED = "assigned"
    TESTED = "tested"
    KEY = "key"
    PROSE = "prose"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Context:
    """What a text is used for. `name` is the function called or the variable set; `part` the argument."""

    kind: ContextKind
    name: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class Import:
    """A module that is imported, in whatever way. `module` is its full dotted name."""

    module: str
    where: Where


@dataclass(frozen=True, slots=True)
class Use:
    """Something imported is used. `name` is its full dotted name, such as `torch.nn.Linear`."""

    name: str
    where: Where


@dataclass(frozen=True, slots=True)
class Call:
    """A call. `target` is the full dotted name when it is known.

    `method` is the last name and `owner` the name before it, both as they are written.
    """

    target: str
    method: str
    arguments: tuple[Meaning, ...]
    keywords: Mapping[str, Meaning]
    receiver: Meaning
    where: Where
    owner: str = ""

    @property
    def first(self) -> Meaning:
        """The first positional argument."""
        return self.arguments[0] if self.arguments else NOTHING

    def argument(self, position: int, *names: str) -> Meaning | None:
        """Return the argument given by one of the names or at the position."""
        for name in names:
            if name in self.keywords:
                return self.keywords[name]
        return self.arguments[position] if 0 <= position < len(self.arguments) else None


@dataclass(frozen=True, slots=True)
class Text:
    """A text that is known from constants, and what it is used for."""

    value: Known
    context: Context
    where: Where


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a shell line or magic. `program` has no folder; `words` are what follows it.

    `text` is the line as written. A line magic such as `%cd` is the program `cd` with `magic` set.
    """

    program: str
    words: tuple[str, ...]
    text: str
    where: Where
    magic: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """An environment variable that is set."""

    variable: str
    value: str
    where: Where


@dataclass(frozen=True, slots=True)
class Relabel:
    """Labels that are changed, or rows left out by their label. `mark` flows with what was changed.

    `reason` says how in words; `name` is the variable. `tokens` flowed into the new labels.
    """

    mark: str
    reason: str
    name: str
    tokens: frozenset[str]
    where: Where


@dataclass(frozen=True, slots=True)
class Unread:
    """Code that could not be read. `limit` says that a limit of ours was hit, not that the code is wrong."""

    reason: str
    where: Where
    limit: bool


@dataclass(slots=True)
class Function:
    """A function of the submission.

    `given` holds what its parameters were called with, `guarded_calls` for each call whether it runs on Colab
    only, `returns` what it may give back. `is_method` says that the first parameter is the object.
    """

    name: str
    parameters: tuple[str, ...]
    is_method: bool = False
    given: dict[str, list[Meaning]] = field(default_factory=dict)
    guarded_calls: list[bool] = field(default_factory=list)
    returns: Meaning = NOTHING


@dataclass(slots=True)
class Facts:
    """Everything that was found in one submission."""

    imports: list[Import] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    relabels: list[Relabel] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    functions: dict[int, Function] = field(default_factory=dict)
    bound: dict[str, frozenset[str]] = field(default_factory=dict)
    """For each tracked name, the tokens that ever flowed into it."""

    def texts_of(self, meaning: Meaning) -> Iterator[Known]:
        """Give the texts a value may be, following parameters to what their functions were called with."""
        waiting = [meaning]
        seen: set[Param] = set()
        while waiting:
            for value in waiting.pop().values:
                if isinstance(value, Known):
                    yield value
                elif isinstance(value, Param) and value not in seen and len(seen) < MOST_PARAMETERS:
                    seen.add(value)
                    function = self.functions.get(value.function)
                    waiting += function.given.get(value.name, ()) if function is not None else ()

    def given_texts(self, meaning: Meaning) -> Iterator[Known]:
        """Give the texts a value may be, without a default where every call gives something else."""
        for value in meaning.values:
            function = self.functions.get(value.function) if isinstance(value, Param) else None
            if isinstance(value, Param) and function is not None:
                given = function.given.get(value.name, [])
                always = 0 < len(function.guarded_calls) < len(given)
                for each in given[1:] if always else given:
                    yield from self.texts_of(each)
            elif isinstance(value, Known):
                yield value

    def tokens_of(self, meaning: Meaning) -> frozenset[str]:
        """Return what may have flowed into a value, also through the parameters of functions."""
        found = [meaning.tokens]
        waiting = [meaning]
        seen: set[Param] = set()
        while waiting:
            one = waiting.pop()
            reached = [value for value in one.values if isinstance(value, Param)]
            reached += [_parameter(token) for token in one.tokens if token.startswith(PARAMETER)]
            for value in reached:
                if value not in seen and len(seen) < MOST_PARAMETERS:
                    seen.add(value)
                    function = self.functions.get(value.function)
                    given = function.given.get(value.name, ()) if function is not None else ()
                    waiting += given
                    found += [each.tokens for each in given]
        return frozenset().union(*found)

    def surely_in(self, meaning: Meaning, depth: int = 4) -> frozenset[str]:
        """Return what flowed into a value, through parameters only what every call of the function gives."""
        found = meaning.tokens
        reached = [value for value in meaning.values if isinstance(value, Param)]
        reached += [_parameter(token) for token in meaning.tokens if token.startswith(PARAMETER)]
        for value in dict.fromkeys(reached[:MOST_PARAMETERS] if depth else ()):
            function = self.functions.get(value.function)
            given = function.given.get(value.name, []) if function is not None else []
            if function is not None and 0 < len(given) >= len(function.guarded_calls):
                each = [self.surely_in(one, depth - 1) for one in given]
                found |= each[0].intersection(*each[1:])
        return found

    def may_be_chosen(self, where: Where, flowed: frozenset[str]) -> bool:
        """Whether what stands in `if kind == "text":` can be among what flowed somewhere.

        It can when a call of its function that gives this text, or no text that is known, flowed there.
        """
        for number, parameter, text in (arm.asks for arm in where.arms if arm.asks is not None):
            function = self.functions.get(number)
            if function is None or parameter not in function.parameters:
                continue
            at = function.parameters.index(parameter)
            given = [
                (f"<call {order}>", [value.text for value in argument.values if isinstance(value, Known)])
                for order, call in enumerate(self.calls)
                if call.method == function.name and (argument := call.argument(at, parameter)) is not None
            ]
            known = all(len(texts) == 1 for _, texts in given)
            if given and known and not any(mark in flowed for mark, texts in given if texts == [text]):
                return False
        return True

    def on_colab_only(self, where: Where) -> bool:
        """Whether a place is reached on Colab only, also through the calls of its function."""
        calls = self.functions[where.function].guarded_calls if where.function in self.functions else []
        return where.guarded or (bool(calls) and all(calls))


def _parameter(token: str) -> Param:
    number, _, name = token.removeprefix(PARAMETER).rstrip(">").partition(" ")
    return Param(int(number), name)
