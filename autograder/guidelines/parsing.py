"""Source text to a syntax tree, with IPython's own transformer for what is not plain Python.

Magics, shell lines and `?` become the calls that IPython makes of them; a bare `pip install` or `cd` line
becomes the magic it stands for. Budgets keep a hostile text from costing time: what is over them is a
`Problem`, never a hang. Nothing is executed.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

MOST_CELL_CHARACTERS: Final = 200_000
MOST_CHARACTERS: Final = 200_000
"""Of all code of one submission."""
MOST_NODES: Final = 16_000
"""Names, calls and statements: what 130,000 characters of dense code have, many times a long project."""
MOST_DEPTH: Final = 120
_TOO_MANY: Final = f"all code together has more than {MOST_NODES} parts"
_MOST_TRANSFORM_WORK: Final = 400_000
_MUCH_WORK: Final = 60_000
_MOST_SPECIAL_LINES: Final = 2_000
_LONGEST_LINE: Final = 10_000
_LONGEST_HELP_LINE: Final = 300
_MOST_RESCUES: Final = 20
AUTOMAGIC: Final = frozenset(
    {
        "pip", "pip3", "conda", "mamba", "uv", "git", "cd", "ls", "ll", "mkdir", "rmdir", "rm", "cp", "mv",
        "cat", "pwd", "wget", "curl", "unzip", "apt", "apt-get", "python", "python3", "run", "load_ext",
        "reload_ext", "matplotlib", "env", "set_env", "time", "timeit", "nvidia-smi", "kaggle", "sudo",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a text has no syntax tree. `limit` says that it hit one of our limits."""

    reason: str
    line: int
    limit: bool


class OverBudget(Exception):
    """The code is larger or deeper than is read. `reason` is for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class Budget:
    """What may still be read of one submission."""

    characters: int = MOST_CHARACTERS
    nodes: int = MOST_NODES
    transform_work: int = _MOST_TRANSFORM_WORK
    special_lines: int = _MOST_SPECIAL_LINES

    def take_characters(self, count: int) -> None:
        """Count characters of source.

        Raises:
            OverBudget: there are too many.

        """
        if count > MOST_CELL_CHARACTERS:
            raise OverBudget(f"it has {count} characters; at most {MOST_CELL_CHARACTERS} are read")
        self.characters -= count
        if self.characters < 0:
            raise OverBudget(f"all code together has more than {MOST_CHARACTERS} characters")

    def take_node(self) -> None:
        """Count one part of the syntax tree.

        Raises:
            OverBudget: there are too many.

        """
        self.nodes -= 1
        if self.nodes < 0:
            raise OverBudget(_TOO_MANY)


def parse(source: str, budget: Budget) -> ast.Module | Problem:
    """Return the tree of a cell or module. Line numbers are those of `source`."""
    if budget.nodes < 0:
        return Problem(_TOO_MANY, 1, True)
    try:
        budget.take_characters(len(source))
    except OverBudget as over:
        return Problem(over.reason, 1, True)
    plain = _tree(source)
    if not isinstance(plain, Problem) or plain.limit:
        return plain
    lines = source.split("\n")
    special = [at for at, line in enumerate(lines) if _is_special(line.strip())]
    first = next((line for line in lines if line.strip()), "")
    if not special and not first.startswith((" ", "\t", ">>>", "In [")):
        return _with_bare_commands(source, budget)
    budget.special_lines -= len(special)
    longest = max((len(lines[at]) for at in special if "?" in lines[at][-3:]), default=0)
    if budget.special_lines < 0 or longest > _LONGEST_HELP_LINE:
        return Problem(f"it has {len(special)} magic or shell lines and is too long to read", 1, True)
    # IPython reads the whole cell again for each special line: too slow for a long cell with many.
    work = len(source) * (len(special) + 1)
    if special and work > _MUCH_WORK and not lines[special[0]].startswith("%%"):
        found = _with_bare_commands(_line_by_line(lines, special), budget)
        if not isinstance(found, Problem):
            return found
    budget.transform_work -= work
    if budget.transform_work < 0:
        return Problem(f"it has {len(special)} magic or shell lines and is too long to read", 1, True)
    transformed = _transformed(source)
    if isinstance(transformed, Problem) and transformed.limit:
        return transformed
    # What IPython cannot transform may still be plain Python with bare commands in it.
    return _with_bare_commands(source if isinstance(transformed, Problem) else transformed, budget)


def _tree(source: str) -> ast.Module | Problem:
    try:
        return ast.parse(source)
    except SyntaxError as error:
        return Problem(error.msg or "it is not valid Python", error.lineno or 1, False)
    except ValueError:
        return Problem("it holds a null character", 1, False)
    except (MemoryError, RecursionError):
        return Problem("it is nested too deep", 1, True)


def _transformed(source: str) -> str | Problem:
    try:
        changed: str = _transformer().transform_cell(source)
    except RecursionError:
        return Problem("it is nested too deep", 1, True)
    except Exception as error:  # IPython meets any text here and names no errors of its own
        return Problem(f"IPython cannot read it ({type(error).__name__})", 1, False)
    # IPython drops empty lines at the top.
    dropped = len(source) - len(source.lstrip("\n \t\r\f"))
    return "\n" * source[:dropped].count("\n") + changed


def _line_by_line(lines: list[str], special: list[int]) -> str:
    """Transform each special line by itself. A line inside a long text is changed too: that harms nothing."""
    made = list(lines)
    for at in special:
        end = at
        while lines[end].endswith("\\") and end + 1 < len(lines):
            end += 1
        text = "\n".join(lines[at : end + 1])
        changed = _transformed(text.lstrip())
        if isinstance(changed, str) and len(text) <= _LONGEST_LINE:
            indent = text[: len(text) - len(text.lstrip())]
            made[at : end + 1] = [indent + changed.strip(), *[""] * (end - at)]
    return "\n".join(made)


def _is_special(text: str) -> bool:
    if text.startswith(("!", "%", "?")) or text.endswith("?"):
        return True
    _, sign, value = text.partition("=")
    return bool(sign) and value.lstrip().startswith(("!", "%"))


@cache
def _transformer() -> Any:
    from IPython.core.inputtransformer2 import TransformerManager

    class KeepsLines(TransformerManager):
        """IPython's transformer, with an empty line for each line that a command swallows."""

        def do_one_token_transform(self, lines: list[str]) -> tuple[bool, list[str]]:
            changed, made = super().do_one_token_transform(lines)  # type: ignore[no-untyped-call]
            missing = len(lines) - len(made)
            if changed and missing > 0:
                at = next((n for n, line in enumerate(made) if line != lines[n]), 0)
                made = [*made[: at + 1], *["\n"] * missing, *made[at + 1 :]]
            return changed, made

    return KeepsLines()  # type: ignore[no-untyped-call]


def _with_bare_commands(source: str, budget: Budget) -> ast.Module | Problem:
    """Parse, turning each line that stops the parser and begins like a command into a magic."""
    lines = source.split("\n")
    for _ in range(_MOST_RESCUES):
        found = _tree("\n".join(lines))
        if not isinstance(found, Problem) or found.limit or not _rescue(lines, found.line - 1):
            return found
        budget.transform_work -= len(source)
        if budget.transform_work < 0:
            break
    return Problem("it has too many bare commands to read", 1, True)


def _rescue(lines: list[str], at: int) -> bool:
    if not 0 <= at < len(lines):
        return False
    text = lines[at].strip()
    word, _, rest = text.partition(" ")
    if word not in AUTOMAGIC or rest.lstrip()[:1] in ("=", "(", ""):
        return False
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    end = at
    while rest.endswith("\\") and end + 1 < len(lines):
        end += 1
        rest = rest[:-1] + " " + lines[end].strip()
    lines[at] = f"{indent}get_ipython().run_line_magic({word!r}, {rest!r})"
    lines[at + 1 : end + 1] = [""] * (end - at)
    return True
