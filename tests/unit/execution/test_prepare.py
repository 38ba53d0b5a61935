"""What runs is the author's where the author locked it, the student's elsewhere, in the student's order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from autograder.errors import AuthoringError
from autograder.execution.prepare import Prepared, prepare
from autograder.formats.notebook import Cell, Notebook, to_text
from tests.fakes import a_submission, an_assignment

HIDDEN = "assert f(1) == 2\n### BEGIN HIDDEN TESTS\nassert f(5) == 6\n### END HIDDEN TESTS"
VISIBLE = "assert f(1) == 2"


def a_cell(source: str, grade_id: str = "", *, kind: str = "code", **flags: Any) -> Cell:
    metadata: dict[str, Any] = {}
    if grade_id:
        metadata = {"nbgrader": {"grade_id": grade_id, "schema_version": 3, **flags}}
    return Cell(
        id=f"id-{grade_id or abs(hash(source)) % 10**8}", cell_type=kind, source=source, metadata=metadata
    )


def an_answer(source: str, grade_id: str = "answer") -> Cell:
    return a_cell(source, grade_id, solution=True, grade=False, locked=False)


def a_test(source: str, grade_id: str = "test") -> Cell:
    return a_cell(source, grade_id, solution=False, grade=True, locked=True, points=2)


def a_locked(source: str, grade_id: str = "setup", **more: Any) -> Cell:
    return a_cell(source, grade_id, solution=False, grade=False, locked=True, **more)


def a_notebook(*cells: Cell) -> Notebook:
    return Notebook(cells=cells)


SOURCE = a_notebook(
    a_locked("import os"),
    an_answer("### BEGIN SOLUTION\ndef f(x): return x + 1\n### END SOLUTION"),
    a_test(HIDDEN),
    an_answer("# YOUR CODE HERE", "answer-2"),
    a_test("assert g", "test-2"),
)


def prepared(students: Mapping[str, Notebook], sources: Mapping[str, Notebook] | None = None) -> Prepared:
    sources = sources or {"lab.ipynb": SOURCE}
    submission = a_submission(
        notebooks={name: to_text(notebook, outputs=False) for name, notebook in students.items()}
    )
    return prepare(submission, sources, an_assignment(notebooks=tuple(sources)))


def sources_of(result: Prepared, number: int = 0) -> list[str]:
    return [cell.source for cell in result.notebooks[number].cells]


def ids_of(result: Prepared, number: int = 0) -> list[str]:
    return [cell.grade_id for cell in result.notebooks[number].cells]


MINE = an_answer("def f(x): return x + 1")
HERS = [
    a_locked("import os"),
    MINE,
    a_test(VISIBLE),
    an_answer("g = 1", "answer-2"),
    a_test("assert g", "test-2"),
]


def test_an_untouched_structure_gets_its_hidden_tests_and_nothing_else() -> None:
    result = prepared({"lab.ipynb": a_notebook(*HERS)})
    assert sources_of(result) == ["import os", MINE.source, HIDDEN, "g = 1", "assert g"]
    assert [cell.hidden for cell in result.notebooks[0].cells] == [False, False, True, False, False]
    assert [cell.locked for cell in result.notebooks[0].cells] == [True, False, True, False, True]
    assert not any(cell.restored for cell in result.notebooks[0].cells) and result.suspicions == ()


def test_changed_locked_cells_are_restored_and_reported() -> None:
    changed = [a_locked("import os  # mine"), MINE, a_test("pass"), *HERS[3:]]
    result = prepared({"lab.ipynb": a_notebook(*changed)})
    assert sources_of(result)[0] == "import os" and sources_of(result)[2] == HIDDEN
    assert [cell.restored for cell in result.notebooks[0].cells] == [True, False, True, False, False]
    assert len(result.suspicions) == 2 and "setup" in result.suspicions[0]


def test_spaces_at_the_end_of_lines_are_no_change() -> None:
    spaced = [a_locked("import os  \n"), *HERS[1:]]
    assert prepared({"lab.ipynb": a_notebook(*spaced)}).suspicions == ()


def test_a_test_cell_turned_into_prose_is_restored_as_code() -> None:
    prose = Cell(id="p", cell_type="markdown", source=VISIBLE, metadata=a_test(VISIBLE).metadata)
    result = prepared({"lab.ipynb": a_notebook(*HERS[:2], prose, *HERS[3:])})
    assert result.notebooks[0].cells[2].cell_type == "code" and result.notebooks[0].cells[2].restored


def test_missing_test_cells_are_put_back_after_the_cell_before_them() -> None:
    extra = a_cell("experiment = 1")
    result = prepared({"lab.ipynb": a_notebook(HERS[0], MINE, extra, HERS[3])})
    assert ids_of(result) == ["setup", "answer", "test", "", "answer-2", "test-2"]
    assert [cell.restored for cell in result.notebooks[0].cells if cell.grade_id.startswith("test")] == [
        True,
        True,
    ]
    assert len(result.notes) == 2 and "test-2 was missing" in result.notes[1]
    assert result.suspicions == ()


def test_consecutive_missing_test_cells_keep_their_order() -> None:
    source = a_notebook(an_answer("x", "a"), a_test("1", "t1"), a_test("2", "t2"), a_test("3", "t3"))
    result = prepared({"lab.ipynb": a_notebook(an_answer("x", "a"))}, {"lab.ipynb": source})
    assert ids_of(result) == ["a", "t1", "t2", "t3"]
    assert len({cell.id for cell in result.notebooks[0].cells}) == 4


def test_a_notebook_without_any_metadata_gets_its_tests_at_the_end() -> None:
    bare = a_notebook(a_cell("def f(x): return x + 1"), a_cell("g = 1"))
    assert ids_of(prepared({"lab.ipynb": bare})) == ["", "", "test", "test-2"]


def test_a_locked_cell_that_is_no_test_is_not_put_back() -> None:
    assert ids_of(prepared({"lab.ipynb": a_notebook(*HERS[1:])})) == ["answer", "test", "answer-2", "test-2"]


def test_of_a_test_cell_that_is_there_twice_the_last_counts() -> None:
    result = prepared({"lab.ipynb": a_notebook(*HERS, HERS[2])})
    assert ids_of(result) == ["setup", "answer", "", "answer-2", "test-2", "test"]
    assert "2 times" in result.notes[0] and result.suspicions == ()


def test_of_an_answer_that_is_there_twice_the_first_written_one_counts() -> None:
    stub, first, later = an_answer(""), MINE, an_answer("def f(x): return 'rank 64'")
    result = prepared({"lab.ipynb": a_notebook(HERS[0], stub, first, *HERS[2:], later)})
    assert ids_of(result) == ["setup", "", "answer", "test", "answer-2", "test-2", ""]


def test_the_students_own_cells_stay_as_they_are_even_if_they_claim_to_be_locked() -> None:
    own = a_locked("x = 'own'", "own")
    result = prepared({"lab.ipynb": a_notebook(*HERS, own, own)})
    assert sources_of(result)[-1] == "x = 'own'" and ids_of(result)[-2:] == ["", ""]
    assert result.notes == result.suspicions == ()


def test_mark_schemes_are_not_sent() -> None:
    scheme = "Explain.\n=== BEGIN MARK SCHEME ===\n2 points\n=== END MARK SCHEME ==="
    source = a_notebook(a_locked(scheme, "task", kind="markdown"))
    result = prepared(
        {"lab.ipynb": a_notebook(a_locked("Explain.", "task", kind="markdown"))}, {"lab.ipynb": source}
    )
    assert sources_of(result) == ["Explain."] and result.suspicions == ()


@pytest.mark.parametrize(
    "name", ["lab.ipynb", "LAB.ipynb", "deep/down/lab.ipynb", "lab (1).ipynb", "other.ipynb"]
)
def test_a_single_notebook_is_matched_whatever_it_is_called(name: str) -> None:
    result = prepared({name: a_notebook(*HERS)})
    assert [notebook.name for notebook in result.notebooks] == [name] and sources_of(result)[2] == HIDDEN


def test_two_notebooks_one_per_part_both_run_in_the_order_of_their_names() -> None:
    parts = {"part10.ipynb": a_notebook(*HERS[3:]), "part9.ipynb": a_notebook(*HERS[:3])}
    result = prepared(parts)
    assert [notebook.name for notebook in result.notebooks] == ["part9.ipynb", "part10.ipynb"]
    assert ids_of(result, 0) == ["setup", "answer", "test"] and sources_of(result, 0)[2] == HIDDEN
    assert ids_of(result, 1) == ["answer-2", "test-2"]


def test_a_second_notebook_runs_only_if_it_holds_a_part_of_the_assignment() -> None:
    whole, draft = a_notebook(*HERS), a_notebook(a_cell("x = 1"))
    result = prepared({"draft.ipynb": draft, "lab.ipynb": whole, "lab-Copy1.ipynb": whole})
    assert [notebook.name for notebook in result.notebooks] == ["lab.ipynb"]
    assert len([remark for remark in result.notes if "was not run" in remark]) == 2
    result = prepared({"lab.ipynb": a_notebook(*HERS[:3]), "part2.ipynb": a_notebook(*HERS[3:])})
    assert [notebook.name for notebook in result.notebooks] == ["lab.ipynb", "part2.ipynb"]


def test_a_notebook_that_was_handed_out_beside_the_assignment_does_not_run_by_itself() -> None:
    macros, mine = a_notebook(a_cell("x = 1")), a_notebook(a_cell("y = 1"))
    submission = a_submission(
        notebooks={"Macros.ipynb": to_text(macros, outputs=False), "mine.ipynb": to_text(mine, outputs=False)}
    )
    assignment = an_assignment(course_files=("../../Macros.ipynb",))
    result = prepare(submission, {"lab.ipynb": SOURCE}, assignment)
    assert [notebook.name for notebook in result.notebooks] == ["mine.ipynb"]


def test_notebooks_of_an_assignment_run_in_the_authors_order() -> None:
    sources = {"b.ipynb": a_notebook(an_answer("", "b")), "a.ipynb": a_notebook(an_answer("", "a"))}
    students = {"a.ipynb": a_notebook(an_answer("1", "a")), "b.ipynb": a_notebook(an_answer("2", "b"))}
    assert [notebook.name for notebook in prepared(students, sources).notebooks] == ["b.ipynb", "a.ipynb"]


def test_a_submission_without_notebooks_prepares_nothing() -> None:
    assert prepared({}).notebooks == ()


def test_a_source_that_cannot_be_used_is_the_authors_fault() -> None:
    broken = a_notebook(a_test("### BEGIN HIDDEN TESTS\nassert 1"))
    with pytest.raises(AuthoringError, match=r"lab\.ipynb"):
        prepared({"lab.ipynb": a_notebook(*HERS)}, {"lab.ipynb": broken})


TWO = {
    "one.ipynb": a_notebook(a_locked("a = 1", "start"), an_answer("x", "first"), a_test("assert x", "t1")),
    "two.ipynb": a_notebook(
        a_locked("a = 2", "two-start"), an_answer("y", "second"), a_test("assert y", "t2")
    ),
}
"""Both were handed out with a cell called `start`; an import gave the second one a longer name."""


@pytest.mark.parametrize("name", ["my work.ipynb", "0.ipynb"])
def test_a_notebook_under_quite_another_name_is_known_by_its_marks(name: str) -> None:
    own = a_notebook(a_locked("a = 2", "start"), an_answer("y = 3", "second"), a_test("assert y", "t2"))
    result = prepared({"one.ipynb": TWO["one.ipynb"], name: own}, TWO)
    assert [notebook.name for notebook in result.notebooks] == ["one.ipynb", name]
    assert sources_of(result, 0)[0] == "a = 1" and sources_of(result, 1)[0] == "a = 2"
    assert ids_of(result, 1) == ["two-start", "second", "t2"]
    assert result.notes == (f"{name} was taken for two.ipynb, whose cells it has",)


def test_a_copy_of_one_notebook_is_not_taken_for_another() -> None:
    result = prepared({"one.ipynb": TWO["one.ipynb"], "backup.ipynb": TWO["one.ipynb"]}, TWO)
    assert "no two.ipynb was handed in; its cells were looked for in what was" in result.notes


def test_a_notebook_for_each_part_runs_in_the_order_of_their_names_however_much_one_holds() -> None:
    start = a_locked("a = 1", "start")
    whole = a_notebook(start, an_answer("x", "first"), an_answer("y", "second"), an_answer("z", "third"))
    parts = {
        "Part1.ipynb": a_notebook(start, an_answer("x = 1", "first")),
        "Part2.ipynb": a_notebook(start, an_answer("y = 2", "second"), an_answer("z = 3", "third")),
    }
    result = prepared(parts, {"lab.ipynb": whole})
    assert [notebook.name for notebook in result.notebooks] == ["Part1.ipynb", "Part2.ipynb"]
