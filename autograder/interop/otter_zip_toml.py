"""Write the `assignment.toml` of an assignment that came from otter, for a person to read and to change.

It writes text only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from autograder.model.assignment import CheckKind, CheckSpec

_NO_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")
SMALL: Final = frozenset({"numpy", "pandas", "matplotlib", "ipython", "tabulate"})
"""What the image `small` holds."""


def name_of(text: str) -> str:
    """Make an id that configuration accepts out of any name."""
    return _NO_NAME.sub("-", text).lstrip("._-").rstrip("-")[:100] or "assignment"


def assignment_toml(
    *,
    id: str,
    title: str,
    found: str,
    format: str,
    notebooks: Sequence[str],
    course_files: Sequence[str],
    packages: Sequence[str],
    checks: Sequence[CheckSpec],
    stubs: Mapping[str, str] | None = None,
    asking: str = "zip",
) -> str:
    """Give the text of the file. `packages` are what is asked for besides Python, and `asking` what asks.

    `stubs` are keys of `[origin]`: what a release puts where a solution was.
    """
    lines = [
        f"# Imported: {_plain(found)}.",
        "schema = 1",
        f"id = {quoted(id)}",
        f"title = {quoted(title)}",
        f"notebooks = {_list(notebooks)}",
    ]
    if course_files:
        lines += ["# Files that are there in every run.", f"course_files = {_list(course_files)}"]
    beyond = sorted(set(packages) - SMALL)
    why = (
        f"The {asking} asks for {', '.join(beyond)}."
        if beyond
        else f"The {asking} asks for nothing beyond this image."
    )
    lines += [
        "",
        "# Where it comes from. Every report shows what was found.",
        "[origin]",
        f"format = {quoted(format)}",
        f"found = {quoted(found)}",
        *(f"{key} = {quoted(stub)}" for key, stub in (stubs or {}).items()),
        "",
        "[environment]",
        f"# {_plain(why)}",
        f"image = {quoted('course' if beyond else 'small')}",
        *(line for check in checks for line in _check(check)),
    ]
    return "\n".join(lines) + "\n"


def _check(check: CheckSpec) -> Iterator[str]:
    yield ""
    yield "[[checks]]"
    yield f"id = {quoted(check.id)}"
    yield f"kind = {quoted(check.kind)}"
    if check.cell:
        yield f"cell = {quoted(check.cell)}"
    yield f"points = {number(check.points)}"
    yield f"title = {quoted(check.title)}"
    if check.kind is not CheckKind.MANUAL:
        yield f"visibility = {quoted(check.visibility)}"


def number(points: Decimal) -> str:
    """Write points without needless zeros."""
    return f"{points.normalize():f}"


def quoted(text: str) -> str:
    """Write a text as TOML does."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(quoted, texts))}]"


def _plain(text: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())
