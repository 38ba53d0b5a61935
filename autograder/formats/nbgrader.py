"""nbgrader's cell metadata: which role a cell has, what it is worth, and its checksum.

Schemas 1 to 3 are read, also cells without a schema or without the `task` key; schema 3 is written. It
decides nothing about a student's points: metadata in a submission is a claim.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final

from autograder.formats.notebook import Cell, Notebook

NEWEST_SCHEMA: Final = 3


class MetadataRejected(Exception):
    """A cell's nbgrader metadata cannot be used. `reason` says why, in words for the notebook's author."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CellRole(StrEnum):
    """What a cell is for, in the words of nbgrader's panel."""

    AUTOGRADED_ANSWER = "autograded answer"
    AUTOGRADER_TESTS = "autograder tests"
    MANUAL_ANSWER = "manually graded answer"
    MANUAL_TASK = "manually graded task"
    READ_ONLY = "read-only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grading:
    """The nbgrader metadata of one cell. `checksum` and `cell_type` are empty in a source notebook."""

    grade_id: str
    role: CellRole
    points: Decimal = Decimal(0)
    grade: bool = False
    solution: bool = False
    locked: bool = False
    task: bool = False
    checksum: str = ""
    cell_type: str = ""

    @property
    def is_authors(self) -> bool:
        """True for a cell whose text belongs to the author: what a student writes there is replaced."""
        return self.role in (CellRole.AUTOGRADER_TESTS, CellRole.READ_ONLY)


def grading_of(cell: Cell) -> Grading | None:
    """Read the nbgrader metadata of a cell; None for a cell without any role.

    Raises:
        MetadataRejected: a newer schema, no id, or flags that contradict each other.

    """
    raw = cell.metadata.get("nbgrader")
    if not isinstance(raw, Mapping):
        return None
    schema = raw.get("schema_version", 0)
    if type(schema) is not int or schema < 0:
        raise MetadataRejected(f"the schema version of nbgrader's metadata is {schema!r}")
    if schema > NEWEST_SCHEMA:
        raise MetadataRejected(
            f"nbgrader's metadata has schema {schema}; the newest one known is {NEWEST_SCHEMA}"
        )
    grade, solution, locked, task = (_flag(raw, key) for key in ("grade", "solution", "locked", "task"))
    if not (grade or solution or locked or task):
        return None
    if not cell.grade_id:
        raise MetadataRejected("a cell with a role for nbgrader has no grade_id")
    return Grading(
        grade_id=cell.grade_id,
        role=_role(cell, grade=grade, solution=solution, task=task),
        points=_points(raw, cell.grade_id) if grade or task else Decimal(0),
        grade=grade,
        solution=solution,
        locked=locked,
        task=task,
        checksum=_text(raw, "checksum"),
        cell_type=_text(raw, "cell_type"),
    )


def gradings(notebook: Notebook) -> Mapping[str, tuple[int, Grading]]:
    """Map each grade_id of a source notebook to its cell's position and role.

    Raises:
        MetadataRejected: a cell's metadata cannot be used, or an id is given twice.

    """
    found: dict[str, tuple[int, Grading]] = {}
    for position, cell in enumerate(notebook.cells):
        try:
            grading = grading_of(cell)
        except MetadataRejected as problem:
            raise MetadataRejected(f"cell {position + 1}: {problem.reason}") from None
        if grading is None:
            continue
        if grading.grade_id in found:
            other = found[grading.grade_id][0]
            raise MetadataRejected(
                f'cells {other + 1} and {position + 1} have the same grade_id "{grading.grade_id}"'
            )
        found[grading.grade_id] = (position, grading)
    return found


def qualified(notebook: str, grade_id: str) -> str:
    """Name a cell whose grade_id an earlier notebook of the assignment has as well: after its own notebook.

    nbgrader wants ids to be unique in a notebook, we want it in an assignment. `notebook` is a file name.
    """
    stem = notebook.rsplit("/", 1)[-1].removesuffix(".ipynb")
    return f"{re.sub(r'[^A-Za-z0-9_-]+', '-', stem)}-{grade_id}"


def checksum(cell: Cell, grading: Grading) -> str:
    """Compute nbgrader's checksum of a cell: of its text, type, flags, id and points."""
    is_locked = not grading.solution and (grading.grade or grading.locked)
    parts: Iterable[str] = (
        cell.source,
        cell.cell_type,
        str(grading.grade),
        str(grading.solution),
        str(is_locked),
        grading.grade_id,
        *((str(float(grading.points)),) if grading.grade else ()),
    )
    # MD5 because nbgrader compares with it; nothing here relies on it being hard to forge.
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()


def is_unchanged(cell: Cell, released: Cell) -> bool:
    """True when a student's cell has the text and type of the released one."""
    return cell.cell_type == released.cell_type and cell.source.strip() == released.source.strip()


def metadata_of(cell: Cell, grading: Grading) -> dict[str, Any]:
    """Give the metadata of schema 3 for a released cell, with its checksum and cell type."""
    made: dict[str, Any] = {
        "schema_version": NEWEST_SCHEMA,
        "grade_id": grading.grade_id,
        "grade": grading.grade,
        "solution": grading.solution,
        "locked": grading.locked,
        "task": grading.task,
    }
    if grading.grade or grading.task:
        points = grading.points
        made["points"] = int(points) if points == points.to_integral_value() else float(points)
    if grading.grade or grading.solution or grading.locked:
        made |= {"checksum": checksum(cell, grading), "cell_type": cell.cell_type}
    return made


def _role(cell: Cell, *, grade: bool, solution: bool, task: bool) -> CellRole:
    if task:
        if cell.cell_type != "markdown":
            raise MetadataRejected(f'the task "{cell.grade_id}" must be a Markdown cell')
        return CellRole.MANUAL_TASK
    if cell.cell_type == "markdown" and grade != solution:
        raise MetadataRejected(
            f'the Markdown cell "{cell.grade_id}" must be a manually graded answer, a task or read-only'
        )
    if grade and solution:
        return CellRole.MANUAL_ANSWER
    if grade:
        return CellRole.AUTOGRADER_TESTS
    return CellRole.AUTOGRADED_ANSWER if solution else CellRole.READ_ONLY


def _flag(raw: Mapping[str, Any], key: str) -> bool:
    value = raw.get(key, False)
    if not isinstance(value, bool):
        raise MetadataRejected(f'"{key}" of nbgrader\'s metadata is {value!r}, not true or false')
    return value


def _points(raw: Mapping[str, Any], grade_id: str) -> Decimal:
    value = raw.get("points", 0)
    try:
        points = Decimal(str(value)) if value != "" and not isinstance(value, bool) else Decimal(0)
    except InvalidOperation:
        raise MetadataRejected(f'the points of "{grade_id}" are {value!r}, which is no number') from None
    if not points.is_finite():
        raise MetadataRejected(f'the points of "{grade_id}" are not finite')
    return max(points, Decimal(0))


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key, "")
    return value if isinstance(value, str) else ""
