"""Our points for every cell are those of `nbgrader autograde`, but for the named rules of difference.

docs/nbgrader-differences.md lists the rules. Everything is graded once by each: the real nbgrader in two
processes of its own, ours by the command, in Docker.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.interop.grade_corpus import ASSIGNMENT, DIFFERENT, SAME, hand_in, write_course
from tests.interop.itself import nbgrader_did

pytestmark = pytest.mark.docker
AUTOGRADER = Path(sys.executable).parent / "autograder"
PAGE = Path(__file__).parents[2] / "docs" / "nbgrader-differences.md"
STUDENTS = (*SAME, *DIFFERENT)


@dataclass(frozen=True)
class Points:
    """Points by student and cell, what nbgrader did not manage, and our line of each student."""

    theirs: Mapping[str, Mapping[str, float | None]]
    given_up: Mapping[str, str]
    lines: Mapping[str, Mapping[str, Any]]

    def ours(self, student: str) -> dict[str, float | None]:
        return {check["id"]: check["points"] for check in self.lines[student]["checks"]}


def released_course(folder: Path) -> Path:
    """Write the course and let nbgrader release it."""
    course = write_course(folder / "course")
    done = nbgrader_did([[str(course), {}, ["release", ASSIGNMENT]]], folder)
    assert done[str(course)][ASSIGNMENT]["success"]
    return course


def by_nbgrader(released: Path, folder: Path, students: tuple[str, ...]) -> dict[str, Any]:
    """Copy the course, write these students' submissions, and let nbgrader grade them."""
    course = shutil.copytree(released, folder / "course")
    handed_out = course / "release" / ASSIGNMENT
    notebooks = {path.stem: path.read_text() for path in handed_out.glob("*.ipynb")}
    for student in students:
        other = DIFFERENT.get(student)
        change, files = (SAME[student], {}) if other is None else (other.change, other.files)
        hand_in(course, notebooks, student, change, files)
    done = nbgrader_did([[str(course), {}, ["grade", ASSIGNMENT, *students]]], folder)
    return dict(done[str(course)])


def by_us(folders: list[Path], out: Path, home: Path) -> list[dict[str, Any]]:
    handed_in = sorted(path for folder in folders for path in (folder / "course" / "submitted").glob("*/lab"))
    words = [
        AUTOGRADER, "grade", folders[0] / "course" / "source" / ASSIGNMENT, *handed_in, "--json",
        "--jobs", "2", "--out", out, "--gradebook", f"sqlite:///{home}/gradebook.sqlite3",
    ]  # fmt: skip
    done = subprocess.run(
        [str(word) for word in words], env={**os.environ, "AUTOGRADER_HOME": str(home)}, check=False,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    assert "found: nbgrader source" in done.stderr, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> Points:
    folder = tmp_path_factory.mktemp("grades")
    folders = [folder / "one", folder / "two"]
    course = released_course(folder)
    with ThreadPoolExecutor() as both:
        halves = (STUDENTS[::2], STUDENTS[1::2])
        done = list(both.map(by_nbgrader, (course, course), folders, halves))
    home = folder / "home"
    home.mkdir()
    lines = by_us(folders, folder / "out", home)
    return Points(
        theirs={
            student: {name.partition("/")[2]: value for name, value in cells.items()}
            for each in done
            for student, cells in each[f"points {ASSIGNMENT}"].items()
        },
        given_up={student: log for each in done for student, log in each[f"failed {ASSIGNMENT}"].items()},
        lines={line["student"]: line for line in lines},
    )


def test_everybody_is_graded_by_us(points: Points) -> None:
    assert points.lines.keys() == set(STUDENTS)
    assert {line["status"] for line in points.lines.values()} == {"pending"}  # a task waits for a person


@pytest.mark.parametrize("student", SAME)
def test_every_cell_earns_what_it_earns_with_nbgrader(points: Points, student: str) -> None:
    assert student not in points.given_up
    assert points.ours(student) == points.theirs[student] | {"draw": None}


@pytest.mark.parametrize("student", DIFFERENT)
def test_the_points_differ_only_where_a_rule_says_so(points: Points, student: str) -> None:
    difference = DIFFERENT[student]
    assert (student in points.given_up) == difference.gives_up
    theirs = points.theirs[student] | {"draw": None}
    ours = points.ours(student)
    differing = {name: (theirs[name], ours[name]) for name in ours if theirs[name] != ours[name]}
    assert differing == dict(difference.cells)


@pytest.mark.parametrize(
    "rule", sorted({name for each in DIFFERENT.values() for name in each.rule.split(" and ")})
)
def test_each_rule_of_difference_is_written_down(rule: str) -> None:
    assert f"| {rule} |" in PAGE.read_text()
