"""`autograder grade` tries a foreign assignment on its own solution once, beside a batch, and tells staff."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autograder.app.own_solution import NO_SOLUTIONS
from tests.interop.courses.quickstart import a_course, hand_in, problem1, problem2, released, solved
from tests.interop.otter_corpus import a_student, case, config_of, ok_test

AUTOGRADER = Path(sys.executable).parent / "autograder"
WRONG = "assert squares(2) == 7, 'seven'"
TOLD = '"test_error" (problem1.ipynb, cell 9): AssertionError: seven'


@dataclass(frozen=True)
class Twice:
    """The same batch in two results folders, one after the other."""

    first: subprocess.CompletedProcess[str]
    second: subprocess.CompletedProcess[str]
    folder: Path

    def page(self, student: str, name: str, out: str = "first") -> str:
        (page,) = (self.folder / out).glob(f"{student}-*/{name}")
        return page.read_text()


def graded(folder: Path, out: str) -> subprocess.CompletedProcess[str]:
    course = folder / "course"
    words = ["grade", course / "source/ps1", course / "submitted", "--out", folder / out, "--json"]
    return autograder(folder, *words)


def autograder(folder: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [AUTOGRADER, *words, "--sandbox", "process", "--jobs", "2"],
        env={**os.environ, "AUTOGRADER_HOME": str(folder / "home")}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Twice:
    folder = tmp_path_factory.mktemp("own")
    course = a_course(folder / "course")
    path = course / "source/ps1/problem1.ipynb"
    source = json.loads(path.read_text())
    for cell in source["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "test_error":
            cell["source"] = [WRONG]
    path.write_text(json.dumps(source))
    both = {"problem1.ipynb": solved(problem1()), "problem2.ipynb": solved(problem2())}
    hand_in(course, "student01", both)
    hand_in(course, "student02", {**both, "problem2.ipynb": released(problem2())})
    return Twice(first=graded(folder, "first"), second=graded(folder, "second"), folder=folder)


def test_a_test_that_fails_on_its_own_solution_is_named_with_file_and_cell(twice: Twice) -> None:
    assert twice.first.returncode == 0, twice.first.stderr
    assert "warning: 1 test fails on the assignment's own solution" in twice.first.stderr
    assert TOLD in twice.first.stderr


def test_it_is_tried_once_and_told_each_time(twice: Twice) -> None:
    (kept,) = (twice.folder / "home" / "own-solutions").iterdir()
    assert kept.stat().st_mtime < (twice.folder / "second").stat().st_mtime
    assert TOLD in twice.second.stderr


@pytest.mark.parametrize("out", ["first", "second"])
def test_staff_pages_say_it_and_students_pages_do_not(twice: Twice, out: str) -> None:
    for student in ("student01", "student02"):
        assert "own solution fails, too: &#34;test_error&#34;" in twice.page(student, "staff.html", out)
        assert "own solution" not in twice.page(student, "feedback.html", out)


def test_the_solution_is_no_student(twice: Twice) -> None:
    lines: list[Mapping[str, Any]] = [json.loads(line) for line in twice.first.stdout.splitlines()]
    assert sorted(line["student"] for line in lines) == ["student01", "student02"]
    assert "own-solution" not in (twice.folder / "first" / "overview.html").read_text()
    assert not list((twice.folder / "first").glob("own-solution*"))


@pytest.mark.parametrize("command", ["grade", "verify"])
def test_of_an_otter_zip_it_is_said_that_it_holds_no_solution(tmp_path: Path, command: str) -> None:
    with zipfile.ZipFile(tmp_path / "autograder.zip", "w") as archive:
        archive.writestr("otter_config.json", config_of())
        archive.writestr("tests/q1.py", ok_test("q1", [case(">>> add(1, 1)", "2")], points=2))
    notebook = tmp_path / "student07.ipynb"
    notebook.write_text(a_student(add="def add(a, b):\n    return a + b"))
    submissions = [notebook] if command == "grade" else []
    words = [command, tmp_path / "autograder.zip", *submissions, "--out", tmp_path / "out"]
    done = autograder(tmp_path, *words)
    assert done.returncode == 0, done.stderr
    assert NO_SOLUTIONS in (done.stderr if command == "grade" else done.stdout)
    assert "reference:" not in done.stdout
