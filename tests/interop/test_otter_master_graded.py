"""A master is graded: notebooks of `otter assign` and of our own release get the same points."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal

import pytest
from rich.progress import Progress

from autograder.app.grading import GradeRequest, grade_all
from autograder.app.importing import converted, write
from autograder.app.site import open_site
from autograder.authoring.release import released_files
from autograder.authoring.source import source_notebooks
from autograder.config.assignment_file import load
from autograder.formats.notebook import Notebook, to_text
from autograder.formats.place_tags import runs_first
from autograder.model.graded import GradedSubmission
from tests.interop.otter_masters import EVERYTHING, code, master, written

pytestmark = pytest.mark.filterwarnings("ignore::autograder.sandbox.process.UnprotectedWarning")
AUTOMATIC = {"q1": 2, "q2": Decimal("4.5"), "q3": 4, "q7": 1, "q8": 3}
AS_OTTER_HANDS_OUT = master(
    code('# Initialize Otter\nimport otter\ngrader = otter.Notebook("lab.ipynb")'),
    code("x = 7\ny = 8"),
    code('grader.check("q1")'),
    code("x = y = 0  # spoiled behind the check: otter has looked by then"),
    code("numbers = [1, 2, 4]"),
    code('grader.check("q3")'),
    code("v = 1"),
    code("grader.export(run_tests=True)"),
    config=None,
)


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Decimal | None]]:
    """By submission and question, what was earned: all in one batch."""
    root = tmp_path_factory.mktemp("graded")
    write(converted(written(root / "master", EVERYTHING)).files, root / "lab")
    assignment = load(root / "lab")
    (source,) = source_notebooks(assignment).values()
    solved = Notebook(cells=tuple(cell for cell in source.cells if not runs_first(cell)))
    handed_in = {
        "solved": to_text(solved, outputs=False),
        "untouched": released_files(assignment)["lab.ipynb"].decode(),
        "of-otter": json.dumps(AS_OTTER_HANDS_OUT),
    }
    paths = []
    for name, text in handed_in.items():
        (root / name).mkdir()
        (root / name / "lab.ipynb").write_text(text)
        paths.append(root / name)
    request = GradeRequest(assignment=root / "lab", submissions=tuple(paths), out=root / "out")
    site = open_site(None, sandbox="process")
    with Progress(disable=True) as bar:
        graded = [one for one, _ in grade_all(site, request, bar=bar, warn=lambda _: None)]
    shutil.rmtree(root / "out")
    return {str(one.student): by_question(one) for one in graded}


def by_question(graded: GradedSubmission) -> dict[str, Decimal | None]:
    assert graded.score is not None, graded.reason
    found: dict[str, Decimal | None] = {}
    for check, earned in graded.score.earned.items():
        question = str(check).split(".")[0]
        before = found.get(question, Decimal(0))
        found[question] = None if earned is None or before is None else before + earned
    return found


def test_the_solution_earns_every_automatic_point(points: dict[str, dict[str, Decimal | None]]) -> None:
    assert {name: points["solved"][name] for name in AUTOMATIC} == AUTOMATIC


def test_what_students_get_earns_nothing(points: dict[str, dict[str, Decimal | None]]) -> None:
    assert {points["untouched"][name] for name in AUTOMATIC} == {Decimal(0)}


def test_a_notebook_of_otter_assign_is_tested_behind_its_checks(
    points: dict[str, dict[str, Decimal | None]],
) -> None:
    assert {name: points["of-otter"][name] for name in AUTOMATIC} == {
        "q1": 2, "q2": 0, "q3": 0, "q7": 0, "q8": 3
    }  # fmt: skip


def test_questions_for_a_person_wait(points: dict[str, dict[str, Decimal | None]]) -> None:
    assert {points[name][manual] for name in points for manual in ("q4", "q5", "q6")} == {None}
