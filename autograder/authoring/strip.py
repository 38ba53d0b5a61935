"""Turn a source notebook into the students' one: stubs for solutions, no hidden tests, no mark schemes.

It also keeps every line that it took away, so that `leaks` can look for them. It cannot know about a solution
that stands outside all regions and outside all answer cells.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from autograder.authoring.source import roles
from autograder.errors import AuthoringError
from autograder.formats.nbgrader import CellRole, Grading, metadata_of
from autograder.formats.nbgrader_regions import (
    CODE_STUB,
    TEXT_STUB,
    RegionBroken,
    RegionKind,
    as_released,
    has_region,
    hidden_lines,
    lines_of,
)
from autograder.formats.nbgrader_typos import mistyped_markers
from autograder.formats.notebook import Cell, Notebook
from autograder.model.assignment import Assignment

_ALLOWED: Final = {
    RegionKind.SOLUTION: (CellRole.AUTOGRADED_ANSWER, CellRole.MANUAL_ANSWER),
    RegionKind.HIDDEN_TESTS: (CellRole.AUTOGRADER_TESTS, CellRole.MANUAL_ANSWER),
    RegionKind.MARK_SCHEME: (CellRole.MANUAL_TASK,),
}
_ATTACHMENT: Final = re.compile(r"attachment:([^)\s\"']+)")
_AUTOTEST: Final = re.compile(r"#+\s*(HASHED\s+)?AUTOTEST\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenLine:
    """A line that students must not see, and its place in the source. `position` counts cells from 0."""

    notebook: str
    position: int
    kind: RegionKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stripped:
    """A notebook for students, what was taken away, and the lines that stand visibly in the source."""

    notebook: Notebook
    hidden: tuple[HiddenLine, ...] = field(repr=False)
    visible: frozenset[str] = field(repr=False)
    answers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stubs:
    """What stands in a release where a solution was: in code, and in any other cell."""

    code: str = CODE_STUB
    text: str = TEXT_STUB

    @classmethod
    def of(cls, assignment: Assignment) -> Stubs:
        """Give the stubs that a converted assignment brought along, else the usual ones."""
        origin = assignment.origin
        code = origin.code_stub if origin else None
        text = origin.text_stub if origin else None
        return cls(code=CODE_STUB if code is None else code, text=TEXT_STUB if text is None else text)


def strip(
    name: str, notebook: Notebook, points: Mapping[str, Decimal], stubs: Stubs | None = None
) -> Stripped:
    """Make the students' notebook from a source notebook.

    `points` gives the points by grade_id as `assignment.toml` declares them; they replace those of the
    metadata. `stubs` are put where solutions were. Raises AuthoringError that lists every broken region and
    every mistyped marker.
    """
    gradings = dict(roles(name, notebook).values())
    problems = [
        f"{name}, cell {position + 1}: {problem}"
        for position, cell in enumerate(notebook.cells)
        for problem in _problems(cell, gradings.get(position))
    ]
    if problems:
        raise AuthoringError("\n".join(problems))
    cells, hidden = [], []
    visible: set[str] = set()
    for position, cell in enumerate(notebook.cells):
        grading = gradings.get(position)
        answer = grading is not None and grading.solution
        whole = answer and not has_region(cell.source, RegionKind.SOLUTION)
        for line in lines_of(cell.source):
            if line.marker:
                continue
            if line.region or whole:
                kind = line.region or RegionKind.SOLUTION
                hidden.append(HiddenLine(notebook=name, position=position, kind=kind, text=line.text.strip()))
            else:
                visible.add(line.text.strip())
        if grading is not None:
            grading = replace(grading, points=points.get(grading.grade_id, grading.points))
        cells.append(_released(cell, grading, stubs or Stubs(), answer=answer))
    return Stripped(
        notebook=replace(notebook, cells=tuple(cells)),
        hidden=tuple(hidden),
        visible=frozenset(visible),
        answers=sum(grading.solution for grading in gradings.values()),
    )


def _problems(cell: Cell, grading: Grading | None) -> list[str]:
    found = [
        f'line {typo.line}: "{typo.text}" looks like a mistyped "{typo.meant}"'
        for typo in mistyped_markers(cell.source)
    ]
    try:
        kinds = {line.region for line in lines_of(cell.source) if line.region}
    except RegionBroken as problem:
        return [*found, str(problem)]
    role = grading.role if grading else None
    for kind in sorted(kinds):
        if role not in _ALLOWED[kind]:
            allowed = " or ".join(f'"{allowed}"' for allowed in _ALLOWED[kind])
            is_now = f'is "{role}"' if role else "has no role"
            found.append(
                f"a region {kind} belongs into a cell with the role {allowed}, and this cell {is_now}"
            )
    for line in hidden_lines(cell.source, {RegionKind.MARK_SCHEME}):
        if _ATTACHMENT.search(line.text):
            found.append(
                f"line {line.number}: an attachment in a mark scheme would reach students; link it instead"
            )
    if grading and grading.grade and _AUTOTEST.search(cell.source):
        found.append("AUTOTEST lines are not supported: write the assertions out")
    return found


def _released(cell: Cell, grading: Grading | None, stubs: Stubs, *, answer: bool) -> Cell:
    stub = stubs.code if cell.cell_type == "code" else stubs.text
    source = as_released(cell.source, stub, answer=answer)
    kept = set(_ATTACHMENT.findall(source))
    bare = replace(
        cell,
        source=source,
        outputs=(),
        attachments={name: bundle for name, bundle in cell.attachments.items() if name in kept},
    )
    return replace(bare, metadata=_metadata(bare, grading))


def _metadata(cell: Cell, grading: Grading | None) -> dict[str, Any]:
    metadata = {key: value for key, value in cell.metadata.items() if key != "nbgrader"}
    if grading is None:
        return metadata
    metadata["nbgrader"] = metadata_of(cell, grading)
    if grading.solution:
        metadata["deletable"] = False
    elif grading.grade or grading.locked:
        metadata |= {"deletable": False, "editable": False}
    return metadata
