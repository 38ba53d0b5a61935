"""Look for hidden lines and region markers in the files of a release, whatever kind of file it is.

It compares text. It cannot see a solution that was written down in other words, or one inside a picture.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from autograder.authoring.strip import HiddenLine
from autograder.formats.nbgrader_regions import RegionKind
from autograder.formats.nbgrader_typos import surviving_markers

LETTERS_AT_LEAST = 12
PART_OF_LINE_AT_LEAST = 20


def leaks(
    files: Mapping[str, bytes], hidden: Iterable[HiddenLine], visible: frozenset[str]
) -> tuple[str, ...]:
    """List each hidden line and each marker that is in `files`, as a sentence with its place.

    A line of a solution that its author also wrote visibly into the source (`visible`) is no leak in a
    notebook; a line of a hidden test or a mark scheme always is. Short lines and imports are passed over.
    """
    telling = {line.text: line for line in hidden if _tells(line.text)}
    return tuple(
        problem for name, raw in sorted(files.items()) for problem in _in_file(name, raw, telling, visible)
    )


def _in_file(
    name: str, raw: bytes, telling: Mapping[str, HiddenLine], visible: frozenset[str]
) -> Iterator[str]:
    text = _text(name, raw)
    for typo in surviving_markers(text):
        yield f'{name}: "{typo.text}" looks like a marker {typo.meant}; nothing of the kind may be released'
    lines = {line.strip() for line in text.split("\n")}
    for secret, line in telling.items():
        if line.kind is RegionKind.SOLUTION and secret in visible and name.endswith(".ipynb"):
            continue
        if secret in lines or (len(secret) >= PART_OF_LINE_AT_LEAST and secret in text):
            where = f"{line.notebook}, cell {line.position + 1}"
            yield f'{name}: the hidden line "{secret}" ({line.kind} in {where}) would reach students'


def _tells(text: str) -> bool:
    """True for a line that gives something away: neither short nor an import."""
    long_enough = sum(not letter.isspace() for letter in text) >= LETTERS_AT_LEAST
    return long_enough and any(map(str.isalnum, text)) and not text.startswith(("import ", "from "))


def _text(name: str, raw: bytes) -> str:
    """Give all text of a file. A notebook's strings are joined, so that JSON's escapes hide nothing."""
    text = raw.decode("utf-8", errors="replace")
    if name.endswith(".ipynb"):
        try:
            return "\n".join(_strings(json.loads(text)))
        except (ValueError, RecursionError):
            return text
    return text.replace("\r\n", "\n")


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        if value and all(isinstance(item, str) for item in value):
            yield "".join(value)
        else:
            for item in value:
                yield from _strings(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _strings(item)
