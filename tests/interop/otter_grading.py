"""Grade notebooks with a converted otter assignment in the process sandbox: no reports, no batch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.authoring.source import source_notebooks
from autograder.checks.cells import judge_cells
from autograder.config.assignment_file import load
from autograder.execution.prepare import prepare
from autograder.interop.converted import Converted
from autograder.interop.otter_zip import convert_otter_zip
from autograder.model.assignment import Assignment
from autograder.model.execution import Execution
from autograder.model.results import CheckResult
from tests.fakes import a_submission
from tests.unit.execution.builders import executed


def converted(zip_file: Path, folder: Path) -> tuple[Converted, Assignment]:
    """Convert a zip, write the folder and load it as grading does."""
    made = convert_otter_zip(zip_file, "otter autograder")
    for name, content in made.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return made, load(folder)


def run(assignment: Assignment, notebook: str, name: str = "lab.ipynb", **where: Any) -> Execution:
    """Run what a student handed in, test cells included."""
    submission = a_submission(notebooks={name: notebook})
    prepared = prepare(submission, source_notebooks(assignment), assignment)
    assert len(prepared.notebooks) == 1
    return executed(*prepared.notebooks, assignment=assignment, submission=submission, **where)


def results(assignment: Assignment, execution: Execution) -> Mapping[str, CheckResult]:
    """Judge the test cells of a run."""
    return {result.check_id: result for result in judge_cells(assignment, execution)}


def points(assignment: Assignment, execution: Execution) -> dict[str, float]:
    """Give the points of each question: checks called `q1.2` belong to `q1`."""
    judged = results(assignment, execution)
    found: dict[str, float] = {}
    for check in assignment.checks:
        question = check.id.partition(".")[0]
        result = judged.get(check.id)
        earned = check.points * result.fraction if result else 0
        found[question] = found.get(question, 0.0) + float(earned)
    return found
