"""The assignment that `autograder new` writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autograder.authoring.agreement import disagreements
from autograder.authoring.release import release
from autograder.authoring.sample_files import reference_files, sample_files, untouched_files
from autograder.authoring.samples import load_samples
from autograder.authoring.scaffold import assignment_id, new
from autograder.authoring.source import source_notebooks
from autograder.config.assignment_file import load
from autograder.errors import UsageError
from autograder.formats.notebook import read
from autograder.model.assignment import Assignment, CheckKind
from autograder.model.results import CheckOutcome


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    new(tmp_path / "my lab")
    return load(tmp_path / "my lab")


def failed_tests(files: Any, assignment: Assignment) -> set[str]:
    """Run a notebook of our own in this process with the author's tests; name the tests that fail."""
    tests = {cell.grade_id: cell.source for cell in source_notebooks(assignment)["lab.ipynb"].cells}
    names: dict[str, Any] = {}
    failed = set()
    for cell in read(files["lab.ipynb"]).cells:
        if cell.cell_type == "code":
            is_test = cell.grade_id.startswith("test_")
            try:
                exec(tests[cell.grade_id] if is_test else cell.source, names)
            except Exception:
                failed.add(cell.grade_id)
    return {name for name in failed if name.startswith("test_")}


def test_a_new_assignment_is_complete_and_its_parts_agree(assignment: Assignment) -> None:
    assert assignment.id == "my_lab"
    assert {check.kind for check in assignment.checks} == set(CheckKind)
    assert disagreements(assignment, source_notebooks(assignment)) == ()
    assert len(load_samples(assignment)) == 2


def test_it_can_be_released_at_once(assignment: Assignment, tmp_path: Path) -> None:
    done = release(assignment, tmp_path / "release")
    assert done.answers == 3 and done.hidden_lines > 0
    text = "".join(path.read_text() for path in (tmp_path / "release").glob("*.*") if path.suffix != ".zip")
    assert "cumsum" not in text and "equal values become zeros" not in text


def test_its_reference_passes_its_tests_and_its_release_passes_none(assignment: Assignment) -> None:
    assert failed_tests(reference_files(assignment), assignment) == set()
    tests = {check.cell for check in assignment.checks if check.kind is CheckKind.CELLS}
    assert failed_tests(untouched_files(assignment), assignment) == tests


@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_its_samples_fail_the_tests_they_say(assignment: Assignment) -> None:
    cells = {check.id: check.cell for check in assignment.checks if check.kind is CheckKind.CELLS}
    for sample in load_samples(assignment):
        expected = {
            cells[check] for check, outcomes in sample.expected.checks.items()
            if check in cells and outcomes == {CheckOutcome.FAILED}
        }  # fmt: skip
        assert failed_tests(sample_files(sample, assignment), assignment) == expected, sample.name


def test_a_folder_that_holds_anything_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        new(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("name", "made"), [("Week 3: LoRA!", "Week_3_LoRA"), ("lab-1", "lab-1"), ("…", "lab")]
)
def test_the_id_is_made_from_the_folders_name(name: str, made: str) -> None:
    assert assignment_id(name) == made
