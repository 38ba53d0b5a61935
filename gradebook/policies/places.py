"""On which line of a TOML text a key stands, so that an error can name the place. It judges nothing.

A key stands where the text up to there first holds it: the parser itself is asked, with parts of the text.
"""

from __future__ import annotations

import tomllib
from typing import Any

KeyPath = tuple[str, ...]


def line_of(text: str, where: KeyPath) -> int:
    """The line, counted from 1, of `where` or of the nearest thing around it that is there; else 1."""
    lines = text.split("\n")
    for length in range(len(where), 0, -1):
        if not _holds(_parsed_from(lines, len(lines)), where[:length]):
            continue
        first, last = 1, len(lines)
        while first < last:
            middle = (first + last) // 2
            if _holds(_parsed_from(lines, middle), where[:length]):
                last = middle
            else:
                first = middle + 1
        return first
    return 1


def _parsed_from(lines: list[str], count: int) -> Any:
    """The content of the first `count` lines, or of a few more where a value does not end there."""
    while True:
        try:
            return tomllib.loads("\n".join(lines[:count]))
        except ValueError:
            if count >= len(lines):
                return None
            count += 1


def written(where: KeyPath) -> str:
    """A key path as a person would write it: `assignments.lab1.due`."""
    return ".".join(where)


def _holds(content: Any, where: KeyPath) -> bool:
    for part in where:
        if isinstance(content, dict) and part in content:
            content = content[part]
        else:
            return False
    return True
