"""Recognise answers that were written down instead of computed: tables from keys to classes, long lists.

It reads Python literals, JSON, and lines of `key,class`. A word list for a lexicon (single words as keys) is
honest and left alone. Answers that were hidden in a model's weights or computed are not found here.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Sequence

ENTRIES = 40
LISTED = 100
LONG = 2_000_000
_HEX = re.compile(r"(?:0x)?[0-9a-f]{6,}", re.IGNORECASE)
_SEPARATOR = re.compile(r"[,;\t]")
_MAGIC = re.compile(r"^[^\S\n]*+[%!].*$", re.MULTILINE)


def tables_in(text: str, classes: Sequence[str]) -> Iterator[str]:
    """Words for staff about each table or list of ready-made answers in a text: a cell or a data file."""
    known = {name.casefold() for name in classes} | {str(number) for number in range(len(classes))}
    for node in _literals(text):
        if isinstance(node, ast.Dict) and (size := _table(node, known)):
            yield f"a table of {size} entries gives a class for each key, as if answers were looked up"
        elif isinstance(node, ast.List | ast.Tuple) and _all_classes(node.elts, known):
            yield f"a list of {len(node.elts)} classes is written out, as if answers were known"
        elif isinstance(node, ast.Constant) and (size := _string_of_classes(node.value, len(classes))):
            yield f"a text of {size} class numbers is written out, as if answers were known"
    if (size := _lines(text, known)) >= ENTRIES:
        yield f"{size} lines give a class for each key, as if answers were looked up"


def _literals(text: str) -> Iterator[ast.AST]:
    if len(text) > LONG:
        return
    for attempt in (text, _MAGIC.sub("", text)):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(attempt)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        yield from ast.walk(tree)
        return


def _table(node: ast.Dict, known: set[str]) -> int:
    """The number of entries of a table of answers; 0 for another dictionary."""
    keys = [key.value for key in node.keys if isinstance(key, ast.Constant)]
    if len(keys) < ENTRIES or not _all_classes(node.values, known, at_least=ENTRIES):
        return 0
    telling = sum(_names_a_row(key) for key in keys)
    return len(keys) if telling >= 0.8 * len(keys) else 0


def _names_a_row(key: object) -> bool:
    """Whether a key looks like a whole text or a digest of one, or like a row's number; a word does not."""
    if isinstance(key, str):
        return len(key.split()) > 2 or bool(_HEX.fullmatch(key.strip()) and any(map(str.isdigit, key)))
    return isinstance(key, int | bytes) and not isinstance(key, bool)


def _all_classes(nodes: Sequence[ast.expr], known: set[str], at_least: int = LISTED) -> bool:
    values = [node.value for node in nodes if isinstance(node, ast.Constant)]
    if len(values) < at_least or len(values) != len(nodes):
        return False
    return _classes(values, known)


def _classes(values: Sequence[object], known: set[str]) -> bool:
    named = {str(value).casefold() for value in values if isinstance(value, str | int)}
    return len(named) > 1 and named <= known and not any(isinstance(value, bool) for value in values)


def _string_of_classes(value: object, classes: int) -> int:
    """How many class numbers a text is made of; 0 for another text."""
    if not isinstance(value, str) or len(value) < LISTED or len(set(value)) < 2:
        return 0
    return len(value) if set(value) <= {str(number) for number in range(min(classes, 10))} else 0


def _lines(text: str, known: set[str]) -> int:
    """How many lines have the form `key,class` where the key names a row by a digest."""
    return sum(_gives_a_class(line, known) for line in text.splitlines() if len(line) < 300)


def _gives_a_class(line: str, known: set[str]) -> bool:
    key, *rest = (part.strip().strip("\"'").strip() for part in _SEPARATOR.split(line))
    return len(rest) == 1 and rest[0].casefold() in known and bool(_HEX.fullmatch(key))
