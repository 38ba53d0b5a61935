"""Cells that lost their marks are found again where nothing else can be meant, and each guess is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.execution.prepare import Prepared, prepare
from autograder.execution.recognise import recognise
from autograder.formats.notebook import Cell, Notebook, to_text
from autograder.model.assignment import Checkpoint
from autograder.model.ids import CheckpointId
from tests.fakes import a_submission, an_assignment

HIDDEN = "\n### BEGIN HIDDEN TESTS\nassert mean([9]) == 9\n### END HIDDEN TESTS"
ANSWER = {"solution": True, "grade": False, "locked": False}
TEST = {"solution": False, "grade": True, "locked": True, "points": 2}
LOCKED = {"solution": False, "grade": False, "locked": True}
MANUAL = {"solution": True, "grade": True, "locked": False, "points": 2}


def a_cell(source: str, grade_id: str = "", kind: str = "code", id: str = "", **flags: Any) -> Cell:
    metadata = {"nbgrader": {"grade_id": grade_id, "schema_version": 3, **flags}} if grade_id else {}
    made_id = id or f"id-{grade_id or sum(map(ord, source))}"
    return Cell(id=made_id, cell_type=kind, source=source, metadata=metadata)


MEAN_TEST = "assert mean([1, 3]) == 2\nassert mean([4]) == 4\nprint('means')"
SOURCE = Notebook(
    cells=(
        a_cell("import math\nSEED = 1", "setup", **LOCKED),
        a_cell("# Means", id="prose", kind="markdown"),
        a_cell(
            "def mean(values):\n    ### BEGIN SOLUTION\n    return sum(values) / len(values)\n"
            "    ### END SOLUTION",
            "mean", **ANSWER,
        ),
        a_cell(MEAN_TEST + HIDDEN, "test_mean", **TEST),
        a_cell("model = None\n### BEGIN SOLUTION\nmodel = mean\n### END SOLUTION", "model", **ANSWER),
        a_cell("assert model([2]) == 2\nassert callable(model)", "test_model", **TEST),
        a_cell(
            "**Why is the mean not robust?**\n\n### BEGIN SOLUTION\nOutliers.\n### END SOLUTION",
            "why", "markdown", **MANUAL,
        ),
        a_cell("### BEGIN HIDDEN TESTS\nassert mean([7]) == 7\n### END HIDDEN TESTS", "test_end", **TEST),
    )
)  # fmt: skip
MEAN = "def mean(values):\n    return sum(values) / len(values)"
MODEL = "model = mean"
DONE = (
    a_cell("import math\nSEED = 1", "setup"),
    a_cell("# Means", id="prose", kind="markdown"),
    a_cell(MEAN, "mean"),
    a_cell(MEAN_TEST, "test_mean"),
    a_cell(MODEL, "model"),
    a_cell("assert model([2]) == 2\nassert callable(model)", "test_model"),
    a_cell("**Why is the mean not robust?**\n\nBecause of outliers.", "why", "markdown"),
    a_cell("", "test_end"),
)
PLACES = (
    Checkpoint(id=CheckpointId("means"), cell="mean", binds=("mean",)),
    Checkpoint(id=CheckpointId("models"), cell="model", binds=("model",)),
)


def prepared(*cells: Cell, **more: Notebook) -> Prepared:
    students: Mapping[str, Notebook] = {"lab.ipynb": Notebook(cells=cells), **more}
    submission = a_submission(
        notebooks={name: to_text(notebook, outputs=False) for name, notebook in students.items()}
    )
    return prepare(submission, {"lab.ipynb": SOURCE}, an_assignment(checkpoints=PLACES))


def ids(result: Prepared) -> list[str]:
    return [cell.grade_id for cell in result.notebooks[0].cells]


def without_marks(*cells: Cell, own_ids: bool = False) -> list[Cell]:
    return [
        replace(cell, metadata={}, id=cell.id if own_ids else f"cell-{number}")
        for number, cell in enumerate(cells)
    ]


ORDER = ["setup", "", "mean", "test_mean", "model", "test_model", "why", "test_end"]


def test_a_complete_notebook_is_left_as_it_is_without_a_word() -> None:
    result = prepared(*DONE)
    assert ids(result) == ORDER and result.notes == result.suspicions == ()
    assert result.notebooks[0].cells[3].hidden


@pytest.mark.parametrize("own_ids", [True, False])
def test_a_notebook_that_lost_all_marks_gets_them_back(own_ids: bool) -> None:
    result = prepared(*without_marks(*DONE, own_ids=own_ids))
    assert ids(result) == [*ORDER, ""]  # the empty cell says nothing; its test came back
    assert "1 as setup" in result.notes[0] and "5 as model" in result.notes[0]
    assert result.suspicions == ()


def test_an_edited_test_cell_without_its_mark_is_restored_and_staff_are_told() -> None:
    edited = a_cell("assert mean([1, 3]) == 2\nprint('means')", id="x")
    result = prepared(*DONE[:3], edited, *DONE[4:])
    assert ids(result) == ORDER and result.notebooks[0].cells[3].restored
    assert "test_mean was changed" in result.suspicions[0] and "4 as test_mean" in result.notes[0]


def test_text_that_says_nothing_is_taken_for_no_locked_cell() -> None:
    result = prepared(*DONE[:7], a_cell("", id="x"), a_cell("pass", id="y"))
    assert [cell.source for cell in result.notebooks[0].cells][-1] == "pass"
    assert "test_end was missing" in result.notes[0]


def test_an_answer_that_several_cells_could_be_stays_unmarked_unless_its_neighbours_tell() -> None:
    mine, later = a_cell(MODEL, id="x"), a_cell("model = max", id="y")
    between = prepared(*DONE[:4], mine, *DONE[5:], later)
    assert ids(between) == [*ORDER, ""]
    assert "model" not in ids(prepared(*DONE[:4], mine, later, *DONE[5:]))


def test_an_answer_in_words_is_known_by_its_question() -> None:
    result = prepared(*DONE[:6], replace(DONE[6], metadata={}, id="cell-6"), DONE[7])
    assert ids(result) == ORDER


def test_an_answer_whose_stub_says_nothing_is_the_only_cell_between_its_neighbours() -> None:
    bare = replace(SOURCE.cells[6], source="### BEGIN SOLUTION\nOutliers.\n### END SOLUTION")
    source = Notebook(cells=(*SOURCE.cells[:6], bare, SOURCE.cells[7]))
    mine, more = (a_cell(text, id=text, kind="markdown") for text in ("mine", "more"))
    for own, expected in (((mine,), ["why"]), ((mine, more), ["", ""])):
        cells = Notebook(cells=(*DONE[:6], *own, DONE[7]))
        submission = a_submission(notebooks={"lab.ipynb": to_text(cells, outputs=False)})
        found = prepare(submission, {"lab.ipynb": source}, an_assignment()).notebooks[0].cells
        assert [cell.grade_id for cell in found[6:-1]] == expected


def test_a_heading_of_the_authors_is_not_taken_for_an_answer_that_was_deleted() -> None:
    bare = replace(SOURCE.cells[6], source="### BEGIN SOLUTION\nOutliers.\n### END SOLUTION")
    heading = a_cell("## Part C", id="c", kind="markdown")
    source = Notebook(cells=(*SOURCE.cells[:6], heading, bare, SOURCE.cells[7]))
    cells = Notebook(cells=(*DONE[:6], replace(heading, id="new"), DONE[7]))
    submission = a_submission(notebooks={"lab.ipynb": to_text(cells, outputs=False)})
    result = prepare(submission, {"lab.ipynb": source}, an_assignment())
    assert "why" not in ids(result) and result.notes == ()


def test_cells_full_of_magics_do_not_hold_up_the_search() -> None:
    slow = [a_cell("!ls\n" * 300 + f"x{number} = 1", id=f"slow-{number}") for number in range(200)]
    began = process_time()
    prepared(*DONE[:4], *slow, *DONE[5:])
    assert process_time() - began < 30


def test_what_has_an_authors_id_but_another_text_is_not_replaced_by_a_locked_cell() -> None:
    mine = replace(DONE[3], metadata={}, source="my_own = 'work'")
    result = prepared(*DONE[:3], mine, *DONE[4:])
    assert "my_own = 'work'" in [cell.source for cell in result.notebooks[0].cells]
    assert "test_mean was missing" in result.notes[0]


def test_a_mark_that_is_kept_comes_before_a_guess() -> None:
    copy = Notebook(cells=tuple(without_marks(*DONE[:4])))
    more = a_cell("model = 3", "model")
    result = prepared(*DONE[:4], **{"part2.ipynb": Notebook(cells=(*copy.cells, more, DONE[5]))})
    assert [cell.grade_id for cell in result.notebooks[0].cells[:4]] == ORDER[:4]
    assert sum(cell.hidden for notebook in result.notebooks for cell in notebook.cells) == 2


def test_an_answer_merged_into_another_counts_there() -> None:
    both = replace(DONE[2], source=f"{MEAN}\n{MODEL}")
    result = prepared(*DONE[:2], both, DONE[3], *DONE[5:])
    assert result.notebooks[0].cells[2].merged == ("model",)
    assert "cell 3 stands for mean and model" in result.notes[0]
    assert recognise(PLACES, result.notebooks)[CheckpointId("models")].position == 2


def test_unmarked_answers_in_one_cell_count_there() -> None:
    both = a_cell(f"{MEAN}\n{MODEL}", id="x")
    result = prepared(*DONE[:2], both, DONE[3], *DONE[5:])
    cell = result.notebooks[0].cells[2]
    assert cell.stands_for("mean") and cell.stands_for("model") and cell.source == both.source


def test_an_answer_merged_below_a_test_cell_is_kept_as_a_cell_of_its_own() -> None:
    both = replace(DONE[3], source=f"{DONE[3].source}\n\n{MODEL}")
    result = prepared(*DONE[:3], both, *DONE[5:])
    assert ids(result) == ORDER and result.notebooks[0].cells[4].source == MODEL
    assert result.suspicions == () and "besides test_mean" in result.notes[0]


def test_a_test_pasted_into_an_answer_leaves_the_answer_alone_and_comes_back() -> None:
    both = replace(DONE[2], source=f"{MEAN}\n{DONE[3].source}")
    for cell in (both, replace(both, metadata={}, id="x")):
        result = prepared(*DONE[:2], cell, *DONE[4:])
        assert ids(result) == ORDER and result.notebooks[0].cells[2].source == both.source


def test_an_answer_merged_into_half_a_test_cell_is_kept() -> None:
    both = replace(DONE[3], source=f"assert mean([1, 3]) == 2\n{MODEL}")
    result = prepared(*DONE[:3], both, *DONE[5:])
    assert result.notebooks[0].cells[3].stands_for("model") and MODEL in result.notebooks[0].cells[3].source
    assert ids(result).count("test_mean") == 1


def test_what_was_written_into_an_empty_locked_cell_is_kept_before_it() -> None:
    result = prepared(*DONE[:7], replace(DONE[7], source="print('bye')"))
    assert [cell.source for cell in result.notebooks[0].cells][7] == "print('bye')"
    assert ids(result) == [*ORDER[:7], "", "test_end"] and result.suspicions == ()


def test_a_test_before_its_answer_moves_behind_it() -> None:
    result = prepared(*DONE[:2], DONE[3], DONE[2], *DONE[4:])
    assert ids(result) == ORDER and "stood before its answer" in result.notes[0]


def test_a_split_answer_ends_with_the_cell_that_completes_it() -> None:
    first, second = a_cell("helper = 1", "model"), a_cell(MODEL, id="x")
    experiment = a_cell("model = max", id="y")
    result = prepared(*DONE[:4], first, second, *DONE[5:], experiment)
    assert recognise(PLACES, result.notebooks)[CheckpointId("models")].position == 5
    assert "model was split" in result.notes[-1] and "cell 6" in result.notes[-1]


@pytest.mark.parametrize(
    "left", ["", "def mean(values):\n    # YOUR CODE HERE\n    raise NotImplementedError()"]
)
def test_of_copies_of_an_answer_the_first_that_says_something_counts(left: str) -> None:
    empty, later = (
        a_cell(left, "mean", id="left"),
        a_cell("def mean(values):\n    return 0", "mean", id="new"),
    )
    result = prepared(*DONE[:2], empty, *DONE[2:], later)
    (found,) = [cell for cell in result.notebooks[0].cells if cell.grade_id == "mean"]
    assert found.source == MEAN
    assert "mean is there 3 times; cell 4 of lab.ipynb counts" in result.notes


def test_an_answer_below_a_stub_that_was_left_is_the_one_that_is_asked() -> None:
    stub = a_cell("def mean(values):\n    # YOUR CODE HERE\n    raise NotImplementedError()", "mean")
    result = prepared(*DONE[:2], stub, a_cell(MEAN, id="own"), *DONE[3:], a_cell("mean = max", id="later"))
    assert recognise(PLACES, result.notebooks)[CheckpointId("means")].position == 3
    assert [cell.grade_id for cell in result.notebooks[0].cells[2:5]] == ["mean", "", "test_mean"]


def test_a_whole_answer_is_not_completed_by_a_later_experiment() -> None:
    result = prepared(*DONE, a_cell("model = max", id="y"))
    assert recognise(PLACES, result.notebooks)[CheckpointId("models")].position == 4 and result.notes == ()


def test_a_name_that_was_bound_before_is_not_missing() -> None:
    early, mention = a_cell("model = mean", id="early"), a_cell("print(model)", "model")
    result = prepared(*DONE[:4], early, mention, *DONE[5:], a_cell("model = max", id="y"))
    assert recognise(PLACES, result.notebooks)[CheckpointId("models")].position == 5


def test_a_deleted_test_of_a_split_answer_comes_behind_both_halves() -> None:
    first, second = a_cell("helper = 1", "model"), a_cell(MODEL, id="x")
    result = prepared(*DONE[:4], first, second, *DONE[6:])
    assert ids(result)[4:7] == ["model", "", "test_model"]


def test_a_test_cell_of_another_notebook_has_the_authors_text_as_well() -> None:
    sources = {"a.ipynb": Notebook(cells=SOURCE.cells[:4]), "b.ipynb": Notebook(cells=SOURCE.cells[4:])}
    emptied = replace(DONE[3], source="pass")
    students = {"a.ipynb": Notebook(cells=DONE[:3]), "b.ipynb": Notebook(cells=(emptied, *DONE[4:]))}
    texts = {name: to_text(notebook, outputs=False) for name, notebook in students.items()}
    result = prepare(a_submission(notebooks=texts), sources, an_assignment(notebooks=tuple(sources)))
    tests = [cell for notebook in result.notebooks for cell in notebook.cells if cell.grade_id == "test_mean"]
    assert len(tests) == 1 and tests[0].locked and tests[0].hidden


damage = st.lists(
    st.tuples(st.sampled_from(["move", "copy", "split", "merge", "delete", "unmark"]),
              st.integers(0, 30), st.integers(0, 30)),
    max_size=8,
)  # fmt: skip


def damaged(cells: tuple[Cell, ...], changes: list[tuple[str, int, int]]) -> list[Cell]:
    made = list(cells)
    for turn, (what, here, there) in enumerate(changes):
        if not made:
            break
        at = here % len(made)
        cell = made[at]
        lines = cell.source.split("\n")
        cut = there % (len(lines) + 1)
        match what:
            case "move":
                made.insert(there % len(made), made.pop(at))
            case "copy":
                made.insert(there % (len(made) + 1), replace(cell, id=f"copy{turn}"))
            case "split":
                made[at] = replace(cell, source="\n".join(lines[:cut]))
                rest = "\n".join(lines[cut:])
                made.insert(at + 1, a_cell(rest, id=f"half{turn}", kind=cell.cell_type))
            case "merge" if at + 1 < len(made):
                below = made.pop(at + 1)
                made[at] = replace(cell, source=f"{cell.source}\n{below.source}")
            case "delete":
                made.pop(at)
            case "unmark":
                made[at] = replace(cell, metadata={})
    return made


def is_own(cell: Cell) -> bool:
    """Whether a cell holds no mark of a locked cell: its text must come through as it is."""
    return cell.grade_id not in ("setup", "test_mean", "test_model", "test_end")


@settings(max_examples=150, deadline=None)
@given(damage)
def test_whatever_happened_to_the_cells_each_test_runs_once_and_no_work_is_lost(
    changes: list[tuple[str, int, int]],
) -> None:
    given_cells = damaged(DONE, changes)
    result = prepared(*given_cells)
    (notebook,) = result.notebooks
    sources = [cell.source for cell in notebook.cells]
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    for hidden in ("assert mean([9]) == 9", "assert mean([7]) == 7"):
        assert sum(hidden in source for source in sources) == 1
    for grade_id in ("test_mean", "test_model", "test_end"):
        (test,) = [cell for cell in notebook.cells if cell.grade_id == grade_id]
        assert test.locked
    own = [cell.source for cell in given_cells if is_own(cell) and cell.source.strip()]
    locked = {cell.source for cell in DONE if not is_own(cell)}
    for source in own:
        # What looks like a locked cell without its mark is taken for that cell; all else stays.
        assert set(source.split("\n")) <= set("\n".join(sources).split("\n")) or similar(source, locked)
    for answer, kind in ((MEAN, "code"), (MODEL, "code"), ("Because of outliers.", "markdown")):
        there = any(answer in cell.source and cell.cell_type == kind for cell in given_cells)
        assert any(answer in source for source in sources) or not there
    for answer, test in (("mean", "test_mean"), ("model", "test_model")):
        at = {cell.grade_id: place for place, cell in enumerate(notebook.cells)}
        merged = [place for place, cell in enumerate(notebook.cells) if cell.stands_for(answer)]
        if merged:
            assert at[test] > merged[0]


def similar(source: str, locked: set[str]) -> bool:
    mine = {line.strip() for line in source.split("\n") if line.strip()}
    return any(2 * len(mine & set(text.split("\n"))) > len(mine) for text in locked)


def test_an_answer_of_another_cell_type_becomes_what_its_author_made_it() -> None:
    turned = (replace(DONE[2], cell_type="markdown"), *DONE[3:6], replace(DONE[6], cell_type="code"), DONE[7])
    result = prepared(*DONE[:2], *turned)
    assert ids(result) == ORDER
    assert [result.notebooks[0].cells[place].cell_type for place in (2, 6)] == ["code", "markdown"]
    assert [note for note in result.notes if "was a" in note] == [
        "lab.ipynb: cell 3, mean, was a markdown cell; it is code",
        "lab.ipynb: cell 7, why, was a code cell; it is markdown",
    ]
