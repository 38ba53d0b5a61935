"""The tutorial "A term in twenty minutes", typed command by command as it stands in the documentation.

In its blocks, `$ ` begins a command and what follows must be its output. `...` stands for anything: within a
line for a part of it, alone for any number of lines.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.docker
TUTORIAL = Path(__file__).parents[2] / "docs" / "term.md"
BLOCK = re.compile(r"^```\n(\$ .*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Typed:
    """One command with the lines that must follow it."""

    line: int
    command: str
    output: tuple[str, ...]

    def fits(self, said: str) -> bool:
        anything = r"(?:.*\n)*?"
        wanted = [
            anything if line == "..." else ".*".join(map(re.escape, line.split("..."))) + r"[ ]*\n"
            for line in self.output
        ]
        return re.fullmatch("".join(wanted), said) is not None


def commands(text: str) -> list[Typed]:
    found: list[Typed] = []
    for block in BLOCK.finditer(text):
        line = text.count("\n", 0, block.start()) + 2
        for part in re.split(r"^(?=\$ )", block[1], flags=re.MULTILINE)[1:]:
            typed = re.match(r"\$ ((?:.*\\\n)*.*)\n", part)
            assert typed is not None
            found.append(Typed(line, typed[1], tuple(part[typed.end() :].rstrip("\n").splitlines())))
            line += part.count("\n")
    return found


def test_what_is_typed_is_told_from_what_is_said() -> None:
    first, second = commands("Text\n\n```\n$ one \\\n    two\nsaid\n$ three\n```\n")
    assert first == Typed(4, "one \\\n    two", ("said",))
    assert second == Typed(7, "three", ())


def test_what_is_said_must_be_what_stands_there() -> None:
    typed = Typed(1, "", ("a ... c", "...", "z"))
    assert typed.fits("a b c\nz\n") and typed.fits("a b c\nx\ny\nz\n")
    assert not typed.fits("a b\nz\n") and not typed.fits("a b c\n") and not Typed(1, "", ()).fits("x\n")


def test_the_term_goes_as_the_tutorial_says(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AUTOGRADER_")}
    environment |= {
        "AUTOGRADER_HOME": str(tmp_path / "home"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONUNBUFFERED": "1",  # or the two streams would not come in their order
        "COLUMNS": "200",
    }
    folder, script = tmp_path / "term", TUTORIAL.read_text(encoding="utf-8")
    folder.mkdir()
    for typed in commands(script):
        done = subprocess.run(
            ["bash", "-c", typed.command], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=200, check=False,
        )  # fmt: skip
        place = f"{TUTORIAL.name}:{typed.line}: $ {typed.command}\n"
        assert typed.fits(done.stdout), f"{place}{done.stdout}"
