"""The structure of an otter master: which cells are configuration, which belong to which block of a question.

Blocks begin and end with raw cells (`# BEGIN SOLUTION`), or with Markdown cells that hold such a cell between
fences. Cells that begin with `# IGNORE` are left out. Nothing is executed and no text of a cell is changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from autograder.errors import AuthoringError
from autograder.formats.notebook import Cell, Notebook
from autograder.interop.otter_master_config import HINT, MasterQuestion, question_of

FENCE: Final = "```otter"
_IGNORED: Final = re.compile(r"##\s*ignore\s*##|#\s*ignore", re.IGNORECASE)
_CONFIG: Final = re.compile(r"#\s+assignment\s+config", re.IGNORECASE)
_BOUNDARY: Final = re.compile(r"#\s+(begin|end)\s+(question|prompt|solution|tests)", re.IGNORECASE)
_OLD_SOLUTION: Final = re.compile(r"\s*##\s*solution\s*##", re.IGNORECASE)


class Block(StrEnum):
    """What a cell of a master is for. `none`: it stands outside of all questions."""

    NONE = "none"
    QUESTION = "question"
    PROMPT = "prompt"
    SOLUTION = "solution"
    TESTS = "tests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A cell with its place in the master, counted from 0. `number` counts solution blocks of a question."""

    cell: Cell
    where: str
    block: Block = Block.NONE
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question with its cells, in their order."""

    config: MasterQuestion
    where: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Master:
    """A master that was taken apart. `configs` are the texts of configuration cells with their places."""

    configs: tuple[tuple[str, str], ...]
    items: tuple[Part | Question, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions in their order."""
        return tuple(item for item in self.items if isinstance(item, Question))


def taken_apart(notebook: Notebook, name: str) -> Master:
    """Find the blocks of a master. `name` is its file. Raises AuthoringError that names file and cell."""
    walk = _Walk()
    configs: list[tuple[str, str]] = []
    for position, cell in enumerate(notebook.cells):
        where = f"{name}, cell {position + 1}"
        for each in _unfenced(cell, where):
            if _IGNORED.match(each.source):
                continue
            if each.cell_type == "raw" and _CONFIG.match(each.source):
                configs.append((where, each.source))
            else:
                walk.take(each, where)
    walk.end()
    return Master(configs=tuple(configs), items=tuple(walk.items))


def _unfenced(cell: Cell, where: str) -> Iterator[Cell]:
    """Give a Markdown cell with fenced blocks as the raw and Markdown cells that it stands for."""
    lines = cell.source.split("\n")
    if cell.cell_type != "markdown" or not any(line.strip() == FENCE for line in lines):
        yield cell
        return
    pieces: list[tuple[str, list[str]]] = [("markdown", [])]
    for line in lines:
        inside = pieces[-1][0] == "raw"
        if line.strip() == FENCE and inside:
            raise AuthoringError(f"{where}: a block {FENCE} inside another one", hint=HINT)
        if line.strip() == FENCE:
            pieces.append(("raw", []))
        elif inside and line.strip() == "```":
            pieces.append(("markdown", []))
        else:
            pieces[-1][1].append(line)
    if pieces[-1][0] == "raw":
        raise AuthoringError(f"{where}: the block {FENCE} is never closed", hint=HINT)
    number = 0
    for before, (kind, text) in zip([("", []), *pieces], pieces, strict=False):
        if before[0] == "raw" and text and not text[0].strip():
            text = text[1:]
        if any(line.strip() for line in text):
            number += 1
            made = f"{cell.id[:58]}-{number}" if number > 1 else cell.id
            yield replace(cell, id=made, cell_type=kind, source="\n".join(text))


class _Walk:
    """Collects cells block by block."""

    def __init__(self) -> None:
        self.items: list[Part | Question] = []
        self._question: MasterQuestion | None = None
        self._question_at = ""
        self._parts: list[Part] = []
        self._open: tuple[Block, str] | None = None
        self._has_solution = False
        self._number = 0
        self._seen: dict[str, str] = {}

    def take(self, cell: Cell, where: str) -> None:
        """Take the next cell."""
        boundary = _BOUNDARY.match(cell.source) if cell.cell_type == "raw" else None
        if boundary is not None:
            block = Block(boundary[2].lower())
            if boundary[1].lower() == "begin":
                self._begin(block, cell, where)
            else:
                self._end(block, where)
            return
        if cell.cell_type == "markdown" and _OLD_SOLUTION.match(cell.source):
            raise AuthoringError(
                f"{where}: `## Solution ##` is otter's old way to mark a solution, and otter now shows it to "
                "students",
                hint="Put the cell between the raw cells `# BEGIN SOLUTION` and `# END SOLUTION`.",
            )
        if self._question is None:
            self.items.append(Part(cell=cell, where=where))
            return
        inner = self._open[0] if self._open else Block.QUESTION
        if inner is Block.TESTS and cell.cell_type != "code":
            raise AuthoringError(f"{where}: a block of tests holds a cell that is no code", hint=HINT)
        self._parts.append(Part(cell=cell, where=where, block=inner, number=self._number))

    def end(self) -> None:
        """Refuse what was begun and never ended."""
        if self._open is not None:
            block, where = self._open
            raise AuthoringError(f"{where}: BEGIN {block.upper()} without an END after it", hint=HINT)
        if self._question is not None:
            raise AuthoringError(
                f'{self._question_at}: BEGIN QUESTION of "{self._question.name}" without an END after it',
                hint=HINT,
            )

    def _begin(self, block: Block, cell: Cell, where: str) -> None:
        if block is Block.QUESTION:
            if self._question is not None:
                raise AuthoringError(
                    f'{where}: BEGIN QUESTION inside the question "{self._question.name}"', hint=HINT
                )
            self._question = question_of(cell.source, where)
            self._question_at, self._parts, self._has_solution = where, [], False
            earlier = self._seen.setdefault(self._question.name, where)
            if earlier != where:
                raise AuthoringError(
                    f'{where}: a question called "{self._question.name}" is there already: {earlier}',
                    hint="Give each question a name of its own.",
                )
            return
        if self._question is None:
            raise AuthoringError(f"{where}: BEGIN {block.upper()} outside of a question", hint=HINT)
        if self._open is not None:
            raise AuthoringError(
                f"{where}: BEGIN {block.upper()} inside the block {self._open[0]} of {self._open[1]}",
                hint=HINT,
            )
        if block is Block.PROMPT and self._has_solution:
            raise AuthoringError(f"{where}: BEGIN PROMPT behind a solution of its question", hint=HINT)
        self._has_solution |= block is Block.SOLUTION
        self._number += block is Block.SOLUTION
        self._open = (block, where)

    def _end(self, block: Block, where: str) -> None:
        if self._open is not None and self._open[0] is block:
            self._open = None
        elif self._open is not None:
            raise AuthoringError(
                f"{where}: END {block.upper()} before the END of the {self._open[0]} of {self._open[1]}",
                hint=HINT,
            )
        elif block is Block.QUESTION and self._question is not None:
            self.items.append(
                Question(config=self._question, where=self._question_at, parts=tuple(self._parts))
            )
            self._question = None
        else:
            raise AuthoringError(f"{where}: END {block.upper()} without a BEGIN before it", hint=HINT)
