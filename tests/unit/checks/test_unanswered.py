"""Written answers that were left as they were handed out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autograder.checks.manual import ManualChecks
from autograder.errors import AuthoringError
from autograder.formats.notebook import Cell, Notebook, to_text
from autograder.model.assignment import Assignment, CheckKind, Origin, OriginFormat
from autograder.model.results import CheckOutcome
from tests.fakes import a_check, an_assignment, an_execution

WRITTEN = {"schema_version": 3, "grade": True, "solution": True, "locked": False, "points": 1}
PART = "Explain:\n### BEGIN SOLUTION\nso\n### END SOLUTION"


def a_cell(grade_id: str, source: str, kind: str) -> Cell:
    marks = {"nbgrader": {**WRITTEN, "grade_id": grade_id}}
    return Cell(id=grade_id, cell_type=kind, source=source, metadata=marks)


def an_assignment_with_answers(folder: Path, *, origin: OriginFormat | None, **stubs: Any) -> Assignment:
    cells = (
        a_cell("why", "Because.", "markdown"),
        a_cell("plot", "plot()", "code"),
        a_cell("part", PART, "markdown"),
    )
    (folder / "source").mkdir()
    (folder / "source" / "lab.ipynb").write_text(to_text(Notebook(cells=cells), outputs=False))
    return an_assignment(
        checks=[a_check(cell.id, kind=CheckKind.MANUAL, cell=cell.id) for cell in cells],
        folder=folder,
        origin=origin and Origin(format=origin, found="a source", **stubs),
    )


def not_answered(assignment: Assignment, **answers: str) -> set[str]:
    cells = tuple(a_cell(grade_id, source, "markdown") for grade_id, source in answers.items())
    execution = an_execution(executed={"lab.ipynb": to_text(Notebook(cells=cells), outputs=True)})
    results = ManualChecks.of(assignment, None).after(execution)
    assert {result.outcome for result in results} <= {CheckOutcome.FAILED, CheckOutcome.WAITING}
    return {result.check_id for result in results if result.outcome is CheckOutcome.FAILED}


STUBS = {"why": "YOUR ANSWER HERE", "plot": "# YOUR CODE HERE\nraise NotImplementedError()",
         "part": "Explain:\nYOUR ANSWER HERE"}  # fmt: skip


def test_an_answer_from_nbgrader_that_nobody_changed_earns_nothing(tmp_path: Path) -> None:
    assignment = an_assignment_with_answers(tmp_path, origin=OriginFormat.NBGRADER)
    assert not_answered(assignment, **STUBS) == {"why", "plot", "part"}
    assert not_answered(assignment, **{**STUBS, "why": "YOUR ANSWER HERE: so"}) == {"plot", "part"}


@pytest.mark.parametrize("text", ["", "YOUR ANSWER HERE\n", "your answer here", "Because."])
def test_any_other_text_and_a_missing_answer_wait_for_a_person(tmp_path: Path, text: str) -> None:
    assignment = an_assignment_with_answers(tmp_path, origin=OriginFormat.NBGRADER)
    assert not_answered(assignment, why=text) == set()


def test_a_course_with_stubs_of_its_own_is_measured_by_these(tmp_path: Path) -> None:
    assignment = an_assignment_with_answers(tmp_path, origin=OriginFormat.NBGRADER, text_stub="Write!")
    assert not_answered(assignment, why="Write!", part="Explain:\nYOUR ANSWER HERE") == {"why"}


@pytest.mark.parametrize("origin", [None, OriginFormat.OTTER])
def test_elsewhere_every_answer_waits_for_a_person(tmp_path: Path, origin: OriginFormat | None) -> None:
    assignment = an_assignment_with_answers(tmp_path, origin=origin)
    assert not_answered(assignment, **STUBS) == set()


def test_a_source_that_cannot_be_read_is_an_error_of_ours(tmp_path: Path) -> None:
    assignment = an_assignment_with_answers(tmp_path, origin=OriginFormat.NBGRADER)
    (tmp_path / "source" / "lab.ipynb").write_text("no notebook")
    with pytest.raises(AuthoringError, match=r"lab\.ipynb"):
        not_answered(assignment, **STUBS)
