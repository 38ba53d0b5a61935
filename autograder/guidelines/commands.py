"""Magics and shell lines inside code: IPython's transformer made calls of them, here they become commands.

Python inside a magic (`%time`, `%%capture`) is read as Python, a module written by `%%writefile` as a module.
Nothing is ever run.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from autograder.guidelines import shell
from autograder.guidelines.definitions import Definitions
from autograder.guidelines.facts import Call, Command, Setting
from autograder.guidelines.meaning import NOTHING, UNKNOWN, Meaning, only_text
from autograder.guidelines.places import Where

_SHELL_MAGICS: Final = frozenset({"sx", "system", "!", "!!", "bash", "sh", "script", "cmd", "powershell"})
_PYTHON_MAGICS: Final = frozenset(
    {"time", "timeit", "prun", "memit", "mprun", "lprun", "capture", "python", "python3"}
)
_FILE_MAGICS: Final = frozenset(
    {"cd", "run", "load", "loadpy", "ls", "cat", "mkdir", "rm", "cp", "mv", "pycat"}
)
_PACKAGE_MAGICS: Final = frozenset(
    {"pip", "pip3", "conda", "mamba", "uv", "git", "wget", "curl", "kaggle", "sudo"}
)
_OTHER_LANGUAGES: Final = frozenset(
    {
        "html",
        "HTML",
        "javascript",
        "js",
        "latex",
        "markdown",
        "svg",
        "SVG",
        "perl",
        "ruby",
        "sql",
        "bigquery",
        "R",
    }
)
_BARE: Final = frozenset({"cd", "ls", "cat", "mkdir", "rm", "cp", "mv"})


class Commands(Definitions):
    """Reads magics and shell lines."""

    write_module: Callable[[str, str, Where], None] | None = None
    run_module: Callable[[str], None] | None = None

    def expression(self, node: ast.Expr) -> None:
        """Read an expression statement; `cd /content` alone is a command, though Python could divide."""
        left: ast.expr = node.value
        while isinstance(left, ast.BinOp):
            left = left.left
        bare = isinstance(left, ast.Name) and left is not node.value and left.id in _BARE
        if bare and isinstance(left, ast.Name) and self.scope.get(left.id) is None:
            where = self.where(node)
            self.line_magic(left.id, self.unit.line(where.line).removeprefix(left.id).strip(), where)
            return
        super().expression(node)

    def shell_call(self, call: Call) -> Meaning:
        """Read a call of IPython's shell object, such as every magic is turned into."""
        given = [only_text(argument) for argument in call.arguments]
        name, line, body = (*(known.text if known else "" for known in given), "", "", "")[:3]
        where = call.where
        match call.method:
            case "system" | "getoutput" | "getoutput_fast" | "sx":
                self.shell_text(name, where)
            case "run_line_magic":
                self.line_magic(name, line, where)
            case "magic":
                word, _, rest = name.lstrip("%").partition(" ")
                self.line_magic(word, rest, where)
            case "run_cell_magic":
                self.cell_magic(name, line, body, where)
            case "run_cell" | "ex" | "ev":
                self.nested(name, line=where.line)
        return NOTHING

    def line_magic(self, name: str, text: str, where: Where) -> None:
        """Read `%name text`."""
        if name in _SHELL_MAGICS:
            self.shell_text(text, where)
        elif name in ("env", "set_env"):
            variable, sign, value = text.partition("=")
            if not sign:
                variable, _, value = text.partition(" ")
            if value:
                self.facts.settings.append(Setting(variable.strip(), value.strip().strip("\"'"), where))
        elif name in _PYTHON_MAGICS:
            self.nested(_without_options(text), line=where.line)
        elif name in _FILE_MAGICS or name in _PACKAGE_MAGICS:
            self.shell_text(f"{name} {text}", where, magic=True)
            file = next((word.strip("\"'") for word in text.split() if not word.startswith("-")), "")
            if name == "run" and self.run_module is not None and file:
                self.run_module(file)

    def cell_magic(self, name: str, line: str, body: str, where: Where) -> None:
        """Read `%%name line` with what stands under it."""
        if name in _OTHER_LANGUAGES:
            return
        if name in _SHELL_MAGICS:
            self.shell_text(body, replace(where, line=where.line + 1))
        elif name in ("writefile", "file"):
            words = line.split()
            if words:
                self.shell_text(f"writefile {words[-1]}", where, magic=True)
                if words[-1].endswith(".py") and self.write_module is not None:
                    self.write_module(words[-1].strip("\"'"), body, where)
        else:
            if name in ("time", "timeit", "prun", "memit") and line.strip():
                self.nested(_without_options(line), line=where.line)
            self.nested(body, line=where.line, offset=where.line, quiet=name not in _PYTHON_MAGICS)

    def shell_text(self, text: str, where: Where, *, magic: bool = False) -> None:
        """Read a shell line, or several lines."""
        for number, words in shell.commands(shell.interpolated(text, self._python_value)):
            self.words(words, replace(where, line=where.line + number), magic=magic)

    def words(self, words: tuple[str, ...], where: Where, *, magic: bool = False) -> None:
        """Read one command given as its words."""
        program, rest, variables = shell.program_of(words)
        if program in ("export", "set", "setx", "declare"):
            pairs = (word.partition("=") for word in rest)
            variables |= {name: value for name, sign, value in pairs if sign}
        for name, value in variables.items():
            self.facts.settings.append(Setting(name, value, where))
        if not program:
            return
        text = where.unit.line(where.line)
        self.facts.commands.append(Command(program, rest, text, where, magic))
        if program.startswith("python") and "-c" in rest[:-1]:
            self.nested(rest[rest.index("-c") + 1], line=where.line)

    def _python_value(self, name: str) -> str:
        known = only_text(self.scope.get(name) or NOTHING)
        return known.text if known else UNKNOWN


def _without_options(text: str) -> str:
    """Remove options such as `-n 10` from the front of a magic's line."""
    rest = text.strip()
    while rest.startswith("-"):
        option, _, rest = rest.partition(" ")
        rest = rest.lstrip()
        number, _, after = rest.partition(" ")
        if len(option) == 2 and number.isdigit():
            rest = after.lstrip()
    return rest


Commands.statements = {**Definitions.statements, ast.Expr: Commands.expression}
