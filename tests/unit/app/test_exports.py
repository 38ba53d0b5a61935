"""Results in formats of other tools, written from what is stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.app.authoring import new_assignment
from autograder.app.exports import write_exports
from autograder.app.results_folder import ResultsFolder
from autograder.config.assignment_file import load
from autograder.errors import UsageError
from autograder.model.ids import AssignmentId
from tests import fakes


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    new_assignment(tmp_path / "lab")
    return tmp_path / "lab"


def test_what_was_asked_for_is_written_from_stored_results(lab: Path, tmp_path: Path) -> None:
    results = ResultsFolder(tmp_path / "graded")
    results.save(fakes.a_graded(load(lab)))
    junit, table = tmp_path / "junit.xml", tmp_path / "out" / "final_grades.csv"
    assert write_exports(lab, results.root, junit=junit, otter_csv=table) == [junit, table]
    assert 'name="ada-1"' in junit.read_text() and "\nada-1," in table.read_text()


def test_without_results_of_this_assignment_nothing_is_written(lab: Path, tmp_path: Path) -> None:
    results = ResultsFolder(tmp_path / "graded")
    results.save(fakes.a_graded(fakes.an_assignment(id=AssignmentId("another"))))
    with pytest.raises(UsageError, match="holds no results"):
        write_exports(lab, results.root, junit=tmp_path / "junit.xml", otter_csv=None)
    assert not (tmp_path / "junit.xml").exists()


def test_nothing_asked_for_needs_no_results(tmp_path: Path) -> None:
    assert write_exports(tmp_path, tmp_path, junit=None, otter_csv=None) == []
