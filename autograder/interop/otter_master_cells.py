"""The cells of a source of ours for each question of an otter master, and the checks that belong to them.

Students get the cells that `otter assign` would give them; in the place of `grader.check` they get the public
tests themselves. Nothing is executed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from autograder.errors import AuthoringError
from autograder.formats.notebook import Cell
from autograder.formats.place_tags import call_before
from autograder.interop.otter_cells import OtterCell
from autograder.interop.otter_master_blocks import Block, Part, Question
from autograder.interop.otter_master_code import as_regions, region, with_seed, without_ignored
from autograder.interop.otter_master_config import HINT, MasterConfig
from autograder.interop.otter_tests import OtterQuestion
from autograder.model.assignment import CheckKind, CheckSpec
from autograder.model.ids import CheckId

TYPE_HERE = "_Type your answer here, replacing this text._"
INCLUDE = "otter_include"
_NO_NAME = re.compile(r"[^A-Za-z0-9_-]+")


class Builder:
    """Makes the cells of a source, one item of the master after the other."""

    def __init__(self, config: MasterConfig, tests: Sequence[OtterCell]) -> None:
        self.cells: list[Cell] = []
        self.checks: list[CheckSpec] = []
        self.left_out = 0
        self.worthless: list[str] = []
        self._config = config
        self._tests: dict[str, list[OtterCell]] = {}
        for test in tests:
            _, stem = call_before(test.cell) or ("", "")
            self._tests.setdefault(stem, []).append(test)
        self._names = {str(test.check.id) for test in tests}
        self._name = ""
        self._read_by_person: CheckSpec | None = None

    def plain(self, part: Part) -> None:
        """Take a cell outside of all questions."""
        cell = self._text(part)
        marked = cell.cell_type == "code" and self._config.strip_all
        source = as_regions(cell.source, part.where) if marked else None
        if source is None:
            self.cells.append(cell)
        else:
            self._name = "outside"
            self._answer(replace(cell, source=source), None)

    def question(self, question: Question, test: OtterQuestion | None) -> None:
        """Take a question: its text, its answers, then its tests."""
        name = _plain(question.config.name)
        manual = self._manual(question) if question.config.manual else None
        self._name, self._read_by_person = f"{name}-answer", manual
        text_at = -1
        written = _written(question) if manual is not None else None
        for part in question.parts:
            if part.block is Block.TESTS:
                continue
            if written is not None and part is written.place:
                self._text_answer(written)
                if part is written.prompt:
                    continue
            if part.block is Block.QUESTION and part.cell.cell_type == "markdown":
                text_at = len(self.cells)
            self._part(part, written)
        if self._read_by_person is not None:  # no cell of the question is one that students fill in
            self.checks.append(self._read_by_person)
        for made in self._tests.get(question.config.name, ()):
            self.cells.append(made.cell)
            self.checks.append(made.check)
        if test is None and manual is None:
            self.worthless.append(question.config.name)
        self._show_points(text_at, manual.points if manual else test.points if test else None)

    def _part(self, part: Part, written: Written | None) -> None:
        cell = self._text(part)
        if part.block is Block.SOLUTION and cell.cell_type != "code":
            if INCLUDE in cell.metadata.get("tags", ()) and not self._config.strip_all:
                self.cells.append(cell)
            elif written is None or part not in written.solution:
                self.left_out += 1
            return
        may_be = cell.cell_type == "code" and (part.block is Block.SOLUTION or self._config.strip_all)
        source = as_regions(cell.source, part.where) if may_be else None
        if source is not None:
            by_person = self._taken() if written is None else None
            self._answer(replace(cell, source=source), by_person)
            return
        if part.block is Block.QUESTION:
            cell = replace(cell, metadata={**cell.metadata, "deletable": False, "editable": False})
        self.cells.append(cell)

    def _text_answer(self, written: Written) -> None:
        """Add the cell in which students write a text; its region holds the author's."""
        texts = [self._text(part).source for part in written.solution]
        author = "\n\n".join(texts).split("\n") if texts else []
        given = self._text(written.prompt).source.split("\n") if written.prompt else [TYPE_HERE]
        cell = (written.prompt or written.solution[0]).cell
        lines = region(author, given, stub=TYPE_HERE)
        made = replace(cell, cell_type="markdown", source="\n".join(lines), outputs=())
        self._answer(made, self._taken())

    def _text(self, part: Part) -> Cell:
        source = without_ignored(part.cell.source, part.where)
        source = with_seed(source, self._config.seed_variable, self._config.student_seed)
        return replace(part.cell, source=source, outputs=())

    def _manual(self, question: Question) -> CheckSpec:
        name = self._free(_plain(question.config.name))
        return CheckSpec(
            id=CheckId(name),
            kind=CheckKind.MANUAL,
            points=_number(question.config.points, question.where),
            title=question.config.name,
        )

    def _taken(self) -> CheckSpec | None:
        """Give the check that a person grades, once: its first answer is the one that is read."""
        manual, self._read_by_person = self._read_by_person, None
        return manual

    def _answer(self, cell: Cell, manual: CheckSpec | None) -> None:
        """Add a cell that students fill in; with `manual`, the one that a person reads."""
        grade_id = self._free(self._name)
        marks: dict[str, object] = {
            "schema_version": 3,
            "grade_id": grade_id,
            "grade": manual is not None,
            "solution": True,
            "locked": False,
            "task": False,
        }
        if manual is not None:
            marks["points"] = float(manual.points)
            self.checks.append(replace(manual, cell=grade_id))
        self.cells.append(replace(cell, metadata={**cell.metadata, "nbgrader": marks}))

    def _show_points(self, at: int, points: Decimal | None) -> None:
        if not self._config.show_points or at < 0:
            return
        worth = Decimal(1) if points is None else points
        cell = self.cells[at]
        self.cells[at] = replace(cell, source=f"{cell.source}\n\n_Points:_ {worth.normalize():f}")

    def _free(self, wanted: str) -> str:
        name, turn = wanted, 2
        while name in self._names:
            name, turn = f"{wanted}-{turn}", turn + 1
        self._names.add(name)
        return name


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where students write a text: in the place of `prompt`, or before the part `place` without a prompt."""

    place: Part
    prompt: Part | None
    solution: tuple[Part, ...]


def _written(question: Question) -> Written | None:
    """Find where students write a text: in the first Markdown prompt, or before the solution in Markdown."""
    solution = tuple(
        part
        for part in question.parts
        if part.block is Block.SOLUTION
        and part.cell.cell_type == "markdown"
        and INCLUDE not in part.cell.metadata.get("tags", ())
    )
    prompts = [part for part in question.parts if part.block is Block.PROMPT]
    prompt = next((part for part in prompts if part.cell.cell_type == "markdown"), None)
    if prompt is not None:
        return Written(place=prompt, prompt=prompt, solution=solution)
    if prompts or not solution:
        return None
    first = next(
        part for part in question.parts if part.number == solution[0].number and part.block is Block.SOLUTION
    )
    return Written(place=first, prompt=None, solution=solution)


def _number(points: object, where: str) -> Decimal:
    if points is None:
        return Decimal(0)
    if isinstance(points, bool) or not isinstance(points, int | float):
        raise AuthoringError(
            f"{where}: the points of a question that a person grades are {points!r}", hint=HINT
        )
    try:
        worth = round(Decimal(str(points)), 4)
    except InvalidOperation:
        raise AuthoringError(f"{where}: points are {points!r}, no finite number", hint=HINT) from None
    if worth < 0:
        raise AuthoringError(f"{where}: points are {points!r}, below zero", hint=HINT)
    return worth


def _plain(name: str) -> str:
    return _NO_NAME.sub("-", name).strip("-_") or "question"


def notes_of(builder: Builder) -> Iterator[str]:
    """Say what of a master has no place in a source of ours."""
    if builder.left_out:
        yield (
            f"{builder.left_out} cells with solutions as text were left out: their questions are graded by "
            "tests, and students never get them"
        )
    if builder.worthless:
        names = ", ".join(builder.worthless)
        yield f"these questions have no tests and no person grades them, so they are worth nothing: {names}"
