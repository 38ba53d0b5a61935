"""The author's cells as the repair of a student's notebook needs them: role, text handed out, names.

Only the author's own notebooks are read; what is learnt here holds hidden text and is never shown.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from autograder.errors import AuthoringError
from autograder.execution.prepared import PreparedCell
from autograder.execution.recognise import names_bound
from autograder.formats.nbgrader import CellRole, Grading, MetadataRejected, gradings
from autograder.formats.nbgrader_regions import (
    CODE_FILLER,
    STUB_WORDS,
    RegionBroken,
    RegionKind,
    has_region,
    hidden_lines,
    with_stub,
    without_regions,
)
from autograder.formats.notebook import Cell, Notebook
from autograder.model.assignment import Origin

ANSWERS: Final = (CellRole.AUTOGRADED_ANSWER, CellRole.MANUAL_ANSWER)
_PLACEHOLDERS: Final = (*STUB_WORDS, "NotImplementedError")


@dataclass(frozen=True, kw_only=True)
class Authored:
    """A cell of the author's source. `released` is its text as students got it, `names` what it must bind.

    In `released` a solution leaves nothing behind: placeholders are no text by which to know a cell.
    `checkpoint_names` are those of the checkpoint behind the cell; they count where the stub binds none.
    `stub` is what a course of its own wording handed out in the place of a solution.
    """

    cell: Cell
    grading: Grading
    released: str
    hidden: bool
    checkpoint_names: frozenset[str] = frozenset()
    stub: str = ""

    @property
    def is_answer(self) -> bool:
        """Whether the student writes here."""
        return self.grading.role in ANSWERS

    @property
    def is_test(self) -> bool:
        """Whether it holds the points of an automatic test."""
        return self.grading.role is CellRole.AUTOGRADER_TESTS

    @cached_property
    def lines(self) -> frozenset[str]:
        """The lines of the text as handed out, without placeholders."""
        return _telling_lines(self._stub)

    def is_untouched(self, source: str) -> bool:
        """Whether a text says no more than what was handed out."""
        own = {line.strip() for line in self.stub.split("\n")}
        return _telling_lines(source) - own <= self.lines

    @cached_property
    def names(self) -> frozenset[str]:
        """The names by which an answer is known: those the stub binds, imports apart."""
        if self.cell.cell_type != "code" or not self.is_answer:
            return frozenset()
        try:
            body = ast.parse(self._stub).body
        except (SyntaxError, ValueError, RecursionError):
            return names_bound(self._stub) or self.checkpoint_names
        kept = [statement for statement in body if not isinstance(statement, ast.Import | ast.ImportFrom)]
        bound = names_bound("\n".join(ast.unparse(statement) for statement in kept))
        return bound or self.checkpoint_names

    @cached_property
    def _stub(self) -> str:
        source = self.cell.source
        if not self.is_answer:
            return self.released
        if has_region(source, RegionKind.SOLUTION):
            return without_regions(with_stub(source, CODE_FILLER))
        return source if any(word in source for word in _PLACEHOLDERS) else ""  # handed out as a bare stub

    def prepared(self, *, cell_id: str, restored: bool) -> PreparedCell:
        """Give the cell as it will be sent: the author's text, hidden tests included."""
        return PreparedCell(
            id=cell_id,
            cell_type=self.cell.cell_type,
            source=without_regions(self.cell.source, {RegionKind.MARK_SCHEME}),
            grade_id=self.grading.grade_id,
            hidden=self.hidden,
            restored=restored,
            locked=True,
        )


def authored(
    name: str, source: Notebook, binds: Mapping[str, frozenset[str]], origin: Origin | None = None
) -> dict[str, Authored]:
    """Map each grade_id of a source notebook to its cell. `binds` gives the names of checkpoints by cell.

    `origin` has the stubs of a course that it was converted from.

    Raises:
        AuthoringError: the notebook has metadata or regions that cannot be used.

    """
    try:
        return {
            grade_id: Authored(
                cell=source.cells[position],
                grading=grading,
                released=without_regions(source.cells[position].source),
                hidden=bool(hidden_lines(source.cells[position].source, {RegionKind.HIDDEN_TESTS})),
                checkpoint_names=binds.get(grade_id, frozenset()),
                stub=_stub_of(source.cells[position], origin),
            )
            for grade_id, (position, grading) in gradings(source).items()
        }
    except (MetadataRejected, RegionBroken) as error:
        raise AuthoringError(f"{name}: {error}") from error


def _stub_of(cell: Cell, origin: Origin | None) -> str:
    if origin is None:
        return ""
    return (origin.code_stub if cell.cell_type == "code" else origin.text_stub) or ""


def merged(all_authored: Iterable[Mapping[str, Authored]]) -> dict[str, Authored]:
    """Give the cells of all notebooks; of two with one grade_id, the first notebook's."""
    found: dict[str, Authored] = {}
    for one in all_authored:
        found = {**one, **found}
    return found


def _telling_lines(source: str) -> frozenset[str]:
    lines = (line.strip() for line in source.split("\n"))
    return frozenset(line for line in lines if line and not any(word in line for word in _PLACEHOLDERS))


def bare(source: str) -> str:
    """Give a text without spaces at line ends and empty lines around it: what a change is judged by."""
    return "\n".join(line.rstrip() for line in source.split("\n")).strip()
