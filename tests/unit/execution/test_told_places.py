"""A converted source says where its cells run in notebooks that never held them."""

from __future__ import annotations

from time import monotonic
from typing import Any

from autograder.execution.prepare import Prepared, prepare
from autograder.formats.notebook import Cell, Notebook, to_text
from autograder.formats.place_tags import FIRST, behind_call
from tests.fakes import a_submission, an_assignment


def a_cell(source: str, grade_id: str, *tags: str, grade: bool = True) -> Cell:
    marks: dict[str, Any] = {
        "grade_id": grade_id, "schema_version": 3, "grade": grade, "locked": True, "solution": False,
    }  # fmt: skip
    return Cell(
        id=grade_id, cell_type="code", source=source, metadata={"nbgrader": marks, "tags": list(tags)}
    )


SOURCE = Notebook(
    cells=(
        a_cell("setup", "setup", FIRST, grade=False),
        a_cell("test 1", "t1", behind_call("check", "q1")),
        a_cell("test 1b", "t1b", behind_call("check", "q1")),
        a_cell("test 2", "t2", behind_call("check", "q2")),
    )
)


def prepared(*sources: str) -> Prepared:
    cells = [Cell(id=f"own-{place}", cell_type="code", source=source) for place, source in enumerate(sources)]
    text = to_text(Notebook(cells=tuple(cells)), outputs=False)
    submission = a_submission(notebooks={"hers.ipynb": text})
    return prepare(submission, {"notebook.ipynb": SOURCE}, an_assignment(notebooks=("notebook.ipynb",)))


def order(*sources: str) -> list[str]:
    return [cell.source for cell in prepared(*sources).notebooks[0].cells]


def test_a_cell_that_comes_first_does_and_the_others_come_last_where_nothing_calls_them() -> None:
    assert order("x = 1", "y = 2") == ["setup", "x = 1", "y = 2", "test 1", "test 1b", "test 2"]


def test_cells_come_behind_the_last_call_with_their_name() -> None:
    call = 'grader.check("q1")'
    assert order(call, "x = 1", call, "y = 2") == [
        "setup", call, "x = 1", call, "test 1", "test 1b", "y = 2", "test 2",
    ]  # fmt: skip


def test_a_call_is_found_beside_magics_and_by_its_keyword() -> None:
    first, second = '%time x = 1\ngrader.check("q1")', "grader.check(question='q2')"
    assert order(first, second) == ["setup", first, "test 1", "test 1b", second, "test 2"]


def test_hundreds_of_magics_beside_a_call_are_read_at_once() -> None:
    call = "\n".join(
        ["files = !ls", "np.mean?", *["!a"] * 2_000, "if True:", "    %time x = 1", 'grader.check("q1")']
    )
    began = monotonic()
    assert order(call, "y = 2")[:4] == ["setup", call, "test 1", "test 1b"]
    assert monotonic() - began < 2.0


def test_a_comment_or_another_name_is_no_call() -> None:
    lines = ['# grader.check("q1")', 'grader.check("q10")', 'grader.check_all("q1")', 'check = "q1"']
    assert order(*lines)[-3:] == ["test 1", "test 1b", "test 2"]


def test_a_cell_that_is_not_python_calls_nothing() -> None:
    assert order('grader.check("q1"')[-3:] == ["test 1", "test 1b", "test 2"]


def test_nothing_is_told_about_cells_that_nobody_had() -> None:
    made = prepared("x = 1")
    assert made.notes == () and made.suspicions == ()
    assert not any(cell.restored for cell in made.notebooks[0].cells)


def test_of_several_notebooks_the_one_that_calls_for_the_cells_gets_them() -> None:
    texts = {
        name: to_text(Notebook(cells=(Cell(id="own", cell_type="code", source=source),)), outputs=False)
        for name, source in {"lab.ipynb": 'grader.check("q1")', "scratch.ipynb": "y = 2"}.items()
    }
    made = prepare(
        a_submission(notebooks=texts),
        {"notebook.ipynb": SOURCE},
        an_assignment(notebooks=("notebook.ipynb",)),
    )
    cells = {one.name: [cell.source for cell in one.cells] for one in made.notebooks}
    assert cells == {
        "lab.ipynb": ["setup", 'grader.check("q1")', "test 1", "test 1b", "test 2"],
        "scratch.ipynb": ["y = 2"],
    }
