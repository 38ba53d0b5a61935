"""nbgrader's cell metadata: roles, schemas and checksums."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from autograder.formats.nbgrader import (
    CellRole,
    MetadataRejected,
    checksum,
    grading_of,
    gradings,
    is_unchanged,
    metadata_of,
)
from autograder.formats.notebook import Cell, Notebook


def a_cell(source: str = "x = 1", *, cell_type: str = "code", **nbgrader: Any) -> Cell:
    given = {"grade_id": "q1", "schema_version": 3, **nbgrader}
    return Cell(id="c1", cell_type=cell_type, source=source, metadata={"nbgrader": given})


@pytest.mark.parametrize(
    ("cell", "role"),
    [
        (a_cell(solution=True), CellRole.AUTOGRADED_ANSWER),
        (a_cell(grade=True, points=1), CellRole.AUTOGRADER_TESTS),
        (a_cell(grade=True, solution=True, points=1), CellRole.MANUAL_ANSWER),
        (a_cell(grade=True, solution=True, points=1, cell_type="markdown"), CellRole.MANUAL_ANSWER),
        (a_cell(task=True, points=1, cell_type="markdown"), CellRole.MANUAL_TASK),
        (a_cell(locked=True), CellRole.READ_ONLY),
    ],
)
def test_flags_say_what_a_cell_is_for(cell: Cell, role: CellRole) -> None:
    grading = grading_of(cell)
    assert grading is not None and grading.role is role


def test_a_cell_without_metadata_or_without_any_flag_has_no_role() -> None:
    assert grading_of(Cell(id="c", cell_type="code", source="")) is None
    assert grading_of(a_cell(grade=False, solution=False)) is None


def test_only_tests_and_read_only_cells_belong_to_the_author() -> None:
    owned = {
        role: grading_of(cell).is_authors  # type: ignore[union-attr]
        for role, cell in {
            "answer": a_cell(solution=True),
            "tests": a_cell(grade=True),
            "read-only": a_cell(locked=True),
            "manual": a_cell(grade=True, solution=True),
        }.items()
    }
    assert owned == {"answer": False, "tests": True, "read-only": True, "manual": False}


@pytest.mark.parametrize("schema", [None, 0, 1, 2, 3])
def test_all_schemas_are_read_with_and_without_the_task_key(schema: int | None) -> None:
    given: dict[str, Any] = {
        "grade_id": "q1",
        "grade": True,
        "solution": False,
        "locked": True,
        "points": "2.5",
    }
    if schema is not None:
        given["schema_version"] = schema
    cell = Cell(id="c", cell_type="code", source="", metadata={"nbgrader": given})
    grading = grading_of(cell)
    assert grading is not None
    assert (grading.role, grading.points, grading.task) == (CellRole.AUTOGRADER_TESTS, Decimal("2.5"), False)


@pytest.mark.parametrize("points", ["", -3])
def test_points_that_are_empty_or_negative_are_zero_as_in_nbgrader(points: object) -> None:
    grading = grading_of(a_cell(grade=True, points=points))
    assert grading is not None and grading.points == 0


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (a_cell(grade=True, schema_version=4), "the newest one known is 3"),
        (a_cell(grade=True, schema_version="3"), "schema version"),
        (a_cell(grade=True, grade_id=""), "no grade_id"),
        (a_cell(grade="yes"), "not true or false"),
        (a_cell(grade=True, points="many"), "no number"),
        (a_cell(grade=True, points="Infinity"), "not finite"),
        (a_cell(grade=True, cell_type="markdown"), "must be a manually graded answer"),
        (a_cell(solution=True, cell_type="markdown"), "must be a manually graded answer"),
        (a_cell(task=True), "must be a Markdown cell"),
    ],
)
def test_metadata_that_contradicts_itself_is_refused(cell: Cell, reason: str) -> None:
    with pytest.raises(MetadataRejected) as problem:
        grading_of(cell)
    assert reason in problem.value.reason


def test_an_id_that_is_given_twice_names_both_cells() -> None:
    with pytest.raises(MetadataRejected, match='cells 1 and 2 have the same grade_id "q1"'):
        gradings(Notebook(cells=(a_cell(solution=True), a_cell(grade=True))))


def test_the_checksum_changes_with_text_type_flags_id_and_points() -> None:
    def of(cell: Cell) -> str:
        grading = grading_of(cell)
        assert grading is not None
        return checksum(cell, grading)

    cells = [
        a_cell(grade=True, points=1),
        a_cell("x = 2", grade=True, points=1),
        a_cell(grade=True, points=2),
        a_cell(grade=True, solution=True, points=1),
        a_cell(grade=True, points=1, grade_id="q2"),
        a_cell(grade=True, solution=True, points=1, cell_type="markdown"),
    ]
    assert len({of(cell) for cell in cells}) == len(cells)


def test_metadata_is_written_as_schema_3_with_checksum_and_type() -> None:
    cell = a_cell(grade=True, points=2, schema_version=1)
    grading = grading_of(cell)
    assert grading is not None
    assert metadata_of(cell, grading) == {
        "schema_version": 3,
        "grade_id": "q1",
        "grade": True,
        "solution": False,
        "locked": False,
        "task": False,
        "points": 2,
        "cell_type": "code",
        "checksum": checksum(cell, grading),
    }


def test_space_around_a_cell_is_no_change() -> None:
    assert is_unchanged(a_cell("x = 1\n"), a_cell("x = 1"))
    assert not is_unchanged(a_cell("x = 2"), a_cell("x = 1"))
    assert not is_unchanged(a_cell(cell_type="markdown"), a_cell())


@pytest.mark.parametrize(
    "cell",
    [
        a_cell("ü = 1\nassert ü", grade=True, points=1.5),
        a_cell(grade=True, points=3, locked=True),
        a_cell(solution=True, locked=False),
        a_cell("text", grade=True, solution=True, points=2, cell_type="markdown"),
        a_cell("# title", locked=True, cell_type="markdown"),
        a_cell(grade=True, points="2", schema_version=0),
    ],
)
def test_checksums_equal_those_of_nbgrader(cell: Cell) -> None:
    utils = pytest.importorskip("nbgrader.utils", reason="needs the nbgrader extra")
    nbformat = pytest.importorskip("nbformat")
    grading = grading_of(cell)
    assert grading is not None
    theirs = nbformat.from_dict(
        {
            "cell_type": cell.cell_type,
            "source": cell.source,
            "metadata": {"nbgrader": metadata_of(cell, grading)},
        }
    )
    assert checksum(cell, grading) == utils.compute_checksum(theirs)
