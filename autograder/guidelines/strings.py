"""Texts put together from constants: concatenation, f-strings, formatting, joins and paths.

A part that is not a constant becomes `UNKNOWN`. Only what a person can follow on paper is folded; a text that
is computed in any other way stays unknown.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from typing import Final

from autograder.guidelines.meaning import (
    LONGEST_TEXT,
    NOTHING,
    UNKNOWN,
    Group,
    Known,
    Meaning,
    joined,
    of_text,
    only_text,
    texts,
)
from autograder.guidelines.places import Where

_MOST_JSON_DEPTH: Final = 6
_MOST_JSON_ITEMS: Final = 100
JOINS: Final = frozenset({"os.path.join", "posixpath.join", "ntpath.join"})
PATH_TYPES: Final = frozenset(
    f"pathlib.{name}"
    for name in ("Path", "PurePath", "PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath")
)
SAME_TEXT: Final = frozenset(
    {"str", "os.fspath", "os.path.expanduser", "os.path.expandvars", "os.path.normpath", "os.path.dirname"}
)
SAME_PATH_METHODS: Final = frozenset(
    {
        "expanduser",
        "as_posix",
        "parent",
        "with_suffix",
        "with_name",
        "resolve",
        "absolute",
        "rstrip",
        "__str__",
    }
)
HOMES: Final = frozenset({f"{kind}.home" for kind in PATH_TYPES})


def combined(parts: Sequence[Meaning], separator: str, where: Where, *, is_path: bool = False) -> Meaning:
    """Return the parts one after the other. Unknown parts stay unknown; all unknown is nothing known."""
    known = [only_text(part) for part in parts]
    tokens = joined(*(part.tokens for part in parts))
    if not any(known) or len(known) > 200:
        return _with_tokens(NOTHING, tokens)
    made: list[str] = []
    for piece in known:
        text = UNKNOWN if piece is None else piece.text
        if is_path and made and text.startswith(("/", "~")):
            made = []  # an absolute part starts the path again
        made.append(text.rstrip("/") if separator == "/" else text)
    first = next((piece.where for piece in known if piece), where)
    found = of_text(separator.join(made), first, is_path=is_path)
    return _with_tokens(found, tokens)


def added(left: Meaning, right: Meaning, where: Where) -> Meaning:
    """Return `left + right` for texts that may have several values on one side."""
    several = texts(left)
    if len(several) > 1 and len(several) == len(left.values) and only_text(right):
        made = [combined((of_text(one.text, one.where), right), "", where) for one in several]
        values = tuple(value for meaning in made for value in meaning.values)
        return Meaning(values=values, tokens=joined(*(meaning.tokens for meaning in made)))
    return combined((left, right), "", where)


def slashed(left: Meaning, right: Meaning, where: Where) -> Meaning:
    """Return `left / right` when one of them is a path, else nothing known."""
    if any(known.is_path for side in (left, right) for known in texts(side)):
        return combined((left, right), "/", where, is_path=True)
    return _with_tokens(NOTHING, joined(left.tokens, right.tokens))


def percent_formatted(left: Meaning, right: Meaning) -> Meaning:
    """Return `left % right` with every place filled that has a known text."""
    template = only_text(left)
    if template is None:
        return _with_tokens(NOTHING, joined(left.tokens, right.tokens))
    group = right.values[0] if len(right.values) == 1 else None
    fillers = list(group.items.values()) if isinstance(group, Group) else [right]
    pieces = template.text.split("%")
    made = [pieces[0]]
    for number, piece in enumerate(pieces[1:]):
        filler = only_text(fillers[number]) if piece[:1] == "s" and number < len(fillers) else None
        made.append((filler.text if filler else UNKNOWN) + piece[1:])
    found = of_text("".join(made), template.where)
    return _with_tokens(found, right.tokens)


def brace_formatted(template: Known, arguments: Sequence[Meaning], keywords: dict[str, Meaning]) -> Meaning:
    """Return what `template.format(...)` gives. Fields with their own formatting are unknown."""
    made: list[str] = []
    rest, turn = template.text, 0
    while "{" in rest and turn < 100:
        before, _, rest = rest.partition("{")
        field, closed, rest = rest.partition("}")
        if not closed:
            return NOTHING
        key = field.strip() or str(turn)
        turn += 1
        if key.isdigit():
            meaning = arguments[int(key)] if len(key) < 4 and int(key) < len(arguments) else NOTHING
        else:
            meaning = keywords.get(key, NOTHING)
        filler = only_text(meaning)
        made += [before, filler.text if filler else UNKNOWN]
    found = of_text("".join([*made, rest]), template.where)
    tokens = (meaning.tokens for meaning in (*arguments, *keywords.values()))
    return _with_tokens(found, joined(*tokens))


def method(name: str, receiver: Known, arguments: Sequence[Meaning], where: Where) -> Meaning | None:
    """Return the text that a method of a known text gives, or None when it is none of those followed."""
    given = [only_text(argument) for argument in arguments]
    text = receiver.text
    match name, given:
        case (("lower" | "casefold"), []):
            text = text.lower()
        case "upper", []:
            text = text.upper()
        case (("strip" | "lstrip" | "rstrip"), []):
            text = text.strip()
        case "replace", [Known() as old, Known() as new, *_] if old.text and len(text) < LONGEST_TEXT:
            text = text.replace(old.text, new.text[:200])
        case "join", [None] if len(arguments) == 1 and len(arguments[0].values) == 1:
            group = arguments[0].values[0]
            if not isinstance(group, Group):
                return None
            return combined(list(group.items.values()), text, where)
        case _:
            return None
    return of_text(text, receiver.where, is_path=receiver.is_path)


def from_json(known: Known) -> Meaning:
    """Return what a JSON text holds: texts, lists and objects, not deep."""
    try:
        return _of_plain(json.loads(known.text), known.where, 0)
    except (ValueError, RecursionError):
        return NOTHING


def _of_plain(value: object, where: Where, depth: int) -> Meaning:
    if isinstance(value, str):
        return of_text(value, where)
    if depth > _MOST_JSON_DEPTH or not isinstance(value, (list, dict)):
        return NOTHING
    items = enumerate(value) if isinstance(value, list) else value.items()
    group = Group({key: _of_plain(each, where, depth + 1) for key, each in list(items)[:_MOST_JSON_ITEMS]})
    return Meaning(values=(group,), tokens=joined(*(each.tokens for each in group.items.values())))


def reversed_text(node: ast.Slice, meaning: Meaning) -> Meaning | None:
    """Return the text read backwards for `[::-1]`, else None."""
    known = only_text(meaning)
    step = node.step
    backwards = (
        isinstance(step, ast.UnaryOp)
        and isinstance(step.op, ast.USub)
        and isinstance(step.operand, ast.Constant)
        and step.operand.value == 1
    )
    if known is None or not backwards or node.lower or node.upper:
        return None
    return of_text(known.text[::-1], known.where)


def _with_tokens(meaning: Meaning, tokens: frozenset[str]) -> Meaning:
    if not tokens:
        return meaning
    return Meaning(origins=meaning.origins, values=meaning.values, tokens=joined(meaning.tokens, tokens))
