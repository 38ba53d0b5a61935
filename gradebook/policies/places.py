"""On which line of a TOML text a key stands, so that an error can name the place. It judges nothing.

A key stands where the text up to there first holds it: the parser itself is asked, with a growing part of
the text. That is slow for long texts, so it is done for errors only.
"""

from __future__ import annotations

import tomllib
from typing import Any

KeyPath = tuple[str, ...]


def line_of(text: str, where: KeyPath) -> int:
    """The line, counted from 1, of `where` or of the nearest thing around it that is there; else 1."""
    lines = text.split("\n")
    versions: list[tuple[int, Any]] = []
    begins = 1
    for count in range(1, len(lines) + 1):
        try:
            content = tomllib.loads("\n".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            continue  # in the middle of a value of several lines
        versions.append((begins, content))
        begins = count + 1
    for length in range(len(where), 0, -1):
        for line, content in versions:
            if _holds(content, where[:length]):
                return line
    return 1


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
