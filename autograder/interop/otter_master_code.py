"""Marks in the code of an otter master become solution regions of ours, with what students get for them.

`# SOLUTION` lines, `# BEGIN SOLUTION` blocks, prompts and seeds are understood as `otter assign` does. Text
is rewritten line by line; nothing is executed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from textwrap import dedent
from typing import Final

from autograder.errors import AuthoringError
from autograder.formats.nbgrader_regions import GET, GET_NOTHING
from autograder.interop.otter_master_config import HINT

STUB: Final = "..."
"""What `otter assign` leaves where a solution was."""
_LINE: Final = re.compile(r"^(?P<code>.*?)\s*#\s?SOLUTION(?!.*#\s?SOLUTION)")
_BEGIN: Final = re.compile(r"(?P<indent>\s*)# BEGIN SOLUTION(?P<bare> NO PROMPT)?")
_BEGIN_IGNORE: Final = re.compile(r"\s*#\s*BEGIN\s*IGNORE\s*", re.IGNORECASE)

Pair = tuple[list[str], list[str]]
"""Lines of the author's version, and those that students get in their place."""


def without_ignored(source: str, where: str) -> str:
    """Leave out lines that end with `# IGNORE`, blocks of them, and blocks for otter's plugins.

    Raises AuthoringError.
    """
    kept: list[str] = []
    inside = plugin = False
    for number, line in enumerate(source.split("\n"), start=1):
        end = line.rstrip()
        if plugin or end.endswith(("# BEGIN PLUGIN", "# BEGIN PLUGIN EXPORT")):
            plugin = not end.endswith("# END PLUGIN")
            continue
        if end.endswith("# END IGNORE"):
            if not inside:
                raise AuthoringError(
                    f"{where}, line {number}: END IGNORE without a BEGIN before it", hint=HINT
                )
            inside = False
        elif end.endswith("# BEGIN IGNORE") or _BEGIN_IGNORE.match(line):
            if inside:
                raise AuthoringError(f"{where}, line {number}: BEGIN IGNORE inside another one", hint=HINT)
            inside = True
        elif not inside and not end.endswith("# IGNORE"):
            kept.append(line)
    if inside or plugin:
        what = "IGNORE" if inside else "PLUGIN"
        raise AuthoringError(f"{where}: BEGIN {what} without an END after it", hint=HINT)
    return "\n".join(kept)


def with_seed(source: str, variable: str | None, value: int | None) -> str:
    """Give the value that students get to every line that assigns the seed's variable."""
    if variable is None or value is None:
        return source
    pattern = re.compile(rf"^(\s*){re.escape(variable)}\s*=(?!=).*$", re.MULTILINE)
    return pattern.sub(lambda found: f"{found[1]}{variable} = {value}", source)


def has_seed_line(source: str) -> bool:
    """Whether a line of a cell is marked as one that seeds."""
    return any(line.strip().endswith("# SEED") for line in source.split("\n"))


def as_regions(source: str, where: str) -> str | None:
    """Give a solution cell with regions of ours, or None where nothing in it is marked as a solution.

    Raises AuthoringError for marks that do not pair up.
    """
    pairs = list(_pairs(source.split("\n"), where))
    if all(author == student for author, student in pairs):
        return None
    lines: list[str] = []
    group: Pair = ([], [])
    for author, student in [*pairs, (["end"], ["end"])]:
        nothing_between = not author and not student and any(group)
        if author != student or nothing_between:
            group[0].extend(author)
            group[1].extend(student)
            continue
        if any(group):
            lines += region(*group)
            group = ([], [])
        lines += author
    return "\n".join(lines[:-1])


def region(author: Sequence[str], student: Sequence[str], *, stub: str = STUB) -> list[str]:
    """Give a solution region: the author's lines, and what students get unless it is the usual stub."""
    indent = _indent([*student, *author[:1]])
    given = [line.removeprefix(indent) for line in student]
    if given == [stub]:
        told = []
    elif not given:
        told = [f"{indent}{GET_NOTHING}"]
    else:
        told = [f"{indent}{GET} {line}" if line else f"{indent}{GET}" for line in given]
    return [f"{indent}### BEGIN SOLUTION", *told, *author, f"{indent}### END SOLUTION"]


def _indent(lines: Sequence[str]) -> str:
    found = [line[: len(line) - len(line.lstrip())] for line in lines if line.strip()]
    least = min(found, key=len, default="")
    return least if all(indent.startswith(least) for indent in found) else ""


def _pairs(lines: Sequence[str], where: str) -> Iterator[Pair]:
    inside = prompt = ""
    for number, line in enumerate(lines, start=1):
        at = f"{where}, line {number}"
        end = line.rstrip()
        if end.endswith(("# BEGIN PROMPT", "# END PROMPT")):
            begins = end.endswith("# BEGIN PROMPT")
            if begins == bool(prompt) or inside:
                raise AuthoringError(f"{at}: prompts and solutions of this cell do not pair up", hint=HINT)
            prompt = at if begins else ""
            yield [], []
        elif end.endswith("# END SOLUTION"):
            if not inside:
                raise AuthoringError(f"{at}: END SOLUTION without a BEGIN before it", hint=HINT)
            inside = ""
            yield [], []
        elif inside:
            if _BEGIN.match(line):
                raise AuthoringError(f"{at}: BEGIN SOLUTION inside another one", hint=HINT)
            yield [line], []
        elif found := _BEGIN.match(line):
            inside = at
            yield [], [] if found["bare"] else [found["indent"] + STUB]
        elif prompt:
            yield [], [_left(line)]
        elif end.endswith("# SOLUTION NO PROMPT"):
            yield [end.removesuffix("# SOLUTION NO PROMPT").rstrip()], []
        elif end.endswith("# SEED"):
            yield [line], []
        else:
            yield [_code(line)], [_left(line)]
    if inside or prompt:
        raise AuthoringError(f"{inside or prompt}: it is never ended in this cell", hint=HINT)


def _code(line: str) -> str:
    """Give a line without its mark."""
    found = _LINE.match(line)
    return found["code"] if found else line


def _left(line: str) -> str:
    """Give what students get of a line: of a marked assignment the target, of other marked code a stub."""
    found = _LINE.match(line)
    if found is None:
        return line
    code = found["code"]
    indent = code[: len(code) - len(code.lstrip())]
    return indent + (_target(code.strip()) or STUB)


def _target(code: str) -> str:
    """Give `x = ...` for an assignment, or an empty text. A comparison `x == 5` is one, too, for otter."""
    try:
        statements = ast.parse(dedent(code)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    match statements:
        case [
            ast.Assign(targets=[first, *_])
            | ast.Expr(value=ast.Compare(left=ast.Name() | ast.Attribute() as first, ops=[ast.Eq(), *_]))
        ] if code[0] not in "([*":
            end = len(code.encode()[: first.end_col_offset or 0].decode(errors="ignore"))
            return f"{code[: code.index('=', end)].rstrip()} = {STUB}"
    return ""
