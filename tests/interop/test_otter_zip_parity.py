"""An otter zip gives each question the points of `otter run`, but for what docs/how-to/otter.md lists."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autograder.interop.otter_tests import resolved
from autograder.model.assignment import Assignment
from autograder.model.results import CheckOutcome
from tests.interop.otter_corpus import POINTS, PRINTS, STUDENTS, config_of, write_tests
from tests.interop.otter_grading import converted, points, results, run

TO_FOUR_DECIMALS = 0.0002
"""Our points have four decimals, otter's are floats; a question's points are cut so that their sum stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """What otter gave, and our assignment out of the same zip."""

    assignment: Assignment
    scores: Mapping[str, Mapping[str, tuple[float, float]]]
    points: list[list[float]]


def graded_by_otter(folder: Path, students: list[str]) -> Graded:
    write_tests(folder / "tests")
    (folder / "otter_config.json").write_text(config_of())
    notebooks = []
    for name in students:
        handed_in = folder / name / "lab.ipynb"  # otter.Notebook("lab.ipynb") fails under another name
        handed_in.parent.mkdir()
        handed_in.write_text(STUDENTS[name])
        notebooks.append(str(handed_in))
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("otter_itself.py"))],
        input=json.dumps({"folder": str(folder), "notebooks": notebooks, "points": POINTS}),
        env={**os.environ, "JUPYTER_PLATFORM_DIRS": "1", "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    _, assignment = converted(folder / "autograder.zip", folder / "ours")
    return Graded(
        assignment=assignment,
        scores=dict(zip(students, answer["scores"], strict=True)),
        points=answer["points"],
    )


@pytest.fixture(scope="session")
def otter(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    return graded_by_otter(tmp_path_factory.mktemp("otter"), ["good", "broken"])


def assert_the_same(graded: Graded, student: str) -> None:
    execution = run(graded.assignment, STUDENTS[student])
    ours = points(graded.assignment, execution)
    theirs = {name: score for name, (score, _) in graded.scores[student].items()}
    assert ours.keys() == theirs.keys()
    differing = {
        name: (ours[name], score)
        for name, score in theirs.items()
        if name not in PRINTS and abs(ours[name] - score) > TO_FOUR_DECIMALS
    }
    assert not differing, "ours, then otter's"
    judged = results(graded.assignment, execution).values()
    assert {result.outcome for result in judged} <= {CheckOutcome.PASSED, CheckOutcome.FAILED}


@pytest.mark.parametrize("student", ["good", "broken"])
def test_every_question_earns_what_otter_run_gives(otter: Graded, student: str) -> None:
    assert_the_same(otter, student)


@pytest.mark.long
def test_every_question_of_a_half_right_notebook_earns_what_otter_run_gives(tmp_path: Path) -> None:
    assert_the_same(graded_by_otter(tmp_path, ["wrong"]), "wrong")


def test_every_question_is_worth_what_otter_says(otter: Graded) -> None:
    ours: dict[str, float] = {}
    for check in otter.assignment.checks:
        name = check.id.partition(".")[0]
        ours[name] = ours.get(name, 0.0) + float(check.points)
    assert ours == pytest.approx({name: possible for name, (_, possible) in otter.scores["good"].items()})


def test_points_are_resolved_as_otter_resolves_them(otter: Graded) -> None:
    ours = [[float(worth) for worth in resolved(total, given, "q1")] for total, given in POINTS]
    assert len(ours) == len(otter.points)
    for mine, theirs in zip(ours, otter.points, strict=True):
        assert mine == pytest.approx(theirs, abs=TO_FOUR_DECIMALS)
        assert sum(mine) == pytest.approx(sum(theirs), abs=0.00005)


def test_a_correct_function_that_prints_keeps_its_points(otter: Graded) -> None:
    ours = points(otter.assignment, run(otter.assignment, STUDENTS["good"]))
    for name in PRINTS:
        assert otter.scores["good"][name][0] == 0
        assert ours[name] == otter.scores["good"][name][1]
