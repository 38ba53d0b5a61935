"""`autograder grade` on a folder of an nbgrader course, as a person calls it, with what students do to it.

One call grades them all: whatever one hands in, the others have their results.
"""

from __future__ import annotations

import copy
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

from tests.interop.courses.quickstart import (
    Json,
    a_course,
    cell,
    hand_in,
    notebook,
    problem1,
    problem2,
    released,
    solved,
    write,
)

AUTOGRADER = Path(sys.executable).parent / "autograder"
ALL_RIGHT = {"test_squares": 2, "test_error": 1, "test_parts": 1.5, "test_mean": 4}
BOTH = ("problem1.ipynb", "problem2.ipynb")


def both(first: Json | None = None) -> dict[str, Json]:
    return {BOTH[0]: first or solved(problem1()), BOTH[1]: solved(problem2())}


def marked(content: Json, grade_id: str) -> int:
    ids = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in content["cells"]]
    return ids.index(grade_id)


def duplicated() -> Json:
    """The answer is there twice, first as it was handed out; so is a test. Copies keep their metadata."""
    made = solved(problem1())
    stub = released(problem1())["cells"][marked(made, "squares")]
    made["cells"].insert(marked(made, "squares"), stub)
    made["cells"].append(copy.deepcopy(made["cells"][marked(made, "test_squares")]))
    return made


def deleted() -> Json:
    """Tests were deleted, and one was emptied."""
    made = solved(problem1())
    del made["cells"][marked(made, "test_squares")]
    made["cells"][marked(made, "test_error")]["source"] = []
    return made


def retyped() -> Json:
    """A test became Markdown, another one raw text, and the Markdown answer became code."""
    made = solved(problem1())
    for grade_id, kind in (("test_squares", "markdown"), ("test_error", "raw"), ("why", "code")):
        one = made["cells"][marked(made, grade_id)]
        one["cell_type"] = kind
        for key in ("outputs", "execution_count"):
            one.pop(key, None)
        one |= {"outputs": [], "execution_count": None} if kind == "code" else {}
    return made


def newer() -> Json:
    """The marks claim a schema that nobody knows, and more points."""
    made = solved(problem1())
    for one in made["cells"]:
        if "nbgrader" in one["metadata"]:
            one["metadata"]["nbgrader"] |= {"schema_version": 9, "points": 100}
    return made


HANDED_IN: Mapping[str, Mapping[str, Json]] = {
    "student01": both(),
    "student02": {BOTH[0]: solved(problem1())},
    "student03": both(duplicated()),
    "student04": both(deleted()),
    "student05": both(retyped()),
    "student06": both(newer()),
    "student07": both(released(problem1())),
}


@dataclass(frozen=True)
class Graded:
    """One call of `grade`: its lines by student, what it said, and the folders."""

    lines: Mapping[str, Any]
    err: str
    code: int
    out: Path
    course: Path

    def points(self, student: str) -> dict[str, float]:
        return {
            check["id"]: check["points"]
            for check in self.lines[student]["checks"]
            if check["points"] is not None
        }

    def page(self, student: str, name: str = "staff.html") -> str:
        return (self.out / self.lines[student]["submission"] / name).read_text()


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    place = tmp_path_factory.mktemp("one_command")
    course, out = a_course(place / "course101"), place / "graded"
    for student, notebooks in HANDED_IN.items():
        hand_in(course, student, notebooks)
    hand_in(course, "student08", {}, timestamp="some day")
    write(course / "submitted/student08/ps1/problem1.ipynb", "{ not a notebook")
    write(course / "submitted/student08/ps1/problem2.ipynb", "")
    hand_in(course, "student10", {BOTH[0]: solved(problem1())})
    write(course / "submitted/student10/ps1/problem2.ipynb", json.dumps(solved(problem2()))[:-9])
    with zipfile.ZipFile(place / "student09.zip", "w") as archive:
        for name, content in both().items():
            archive.writestr(name, json.dumps(content))
    submitted = sorted((course / "submitted").glob("*/ps1"))
    words = ["grade", course / "source/ps1", *submitted, place / "student09.zip", "--out", out]
    done = subprocess.run(
        [AUTOGRADER, *words, "--json", "--sandbox", "process", "--jobs", "2"],
        env={**os.environ, "AUTOGRADER_HOME": str(place / "home")}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False, timeout=280,
    )  # fmt: skip
    lines = {line["student"]: line for line in map(json.loads, done.stdout.splitlines())}
    return Graded(lines=lines, err=done.stderr, code=done.returncode, out=out, course=course)


def test_every_student_has_a_result_whatever_the_others_did(graded: Graded) -> None:
    assert sorted(graded.lines) == [f"student{number:02}" for number in range(1, 11)]
    assert graded.code == 0, graded.err


@pytest.mark.parametrize(
    "student", ["student01", "student03", "student04", "student05", "student06", "student09"]
)
def test_right_answers_have_their_points_whatever_happened_to_the_cells(graded: Graded, student: str) -> None:
    assert graded.points(student) == ALL_RIGHT


def test_what_was_found_is_said_on_the_way_and_on_every_page(graded: Graded) -> None:
    assert "found: nbgrader source, known by" in graded.err
    for name in ("staff.html", "feedback.html"):
        assert "nbgrader source, known by" in graded.page("student01", name)
    assert "nbgrader source, known by" in (graded.out / "overview.html").read_text()


def test_student_and_time_of_receipt_are_those_of_the_course(graded: Graded) -> None:
    stored = json.loads((graded.out / graded.lines["student01"]["submission"] / "result.json").read_text())
    assert stored["student"] == "student01"
    assert stored["received"].startswith("2026-03-02T10:15:00")


def test_a_time_that_cannot_be_read_is_said_and_stops_nothing(graded: Graded) -> None:
    assert "'some day' is no time that nbgrader writes" in graded.err


def test_a_missing_notebook_costs_its_own_points_and_is_named(graded: Graded) -> None:
    assert graded.points("student02") == {**ALL_RIGHT, "test_mean": 0}
    assert "no problem2.ipynb was handed in" in graded.page("student02")


def test_a_notebook_that_cannot_be_read_costs_its_own_points_and_the_student_is_told_what_to_do(
    graded: Graded,
) -> None:
    assert graded.points("student10") == {**ALL_RIGHT, "test_mean": 0}
    for name in ("staff.html", "feedback.html"):
        assert "problem2.ipynb could not be read" in graded.page("student10", name)
        assert "save it anew as .ipynb" in graded.page("student10", name)


def test_a_stub_earns_nothing(graded: Graded) -> None:
    assert graded.points("student07") == {"test_squares": 0, "test_error": 0, "test_parts": 0, "test_mean": 4}


def test_where_no_notebook_can_be_read_the_submission_is_rejected_with_the_reason(graded: Graded) -> None:
    assert graded.lines["student08"]["status"] == "rejected"
    assert "problem1.ipynb" in graded.lines["student08"]["reason"]
    assert "problem2.ipynb" in graded.lines["student08"]["reason"]


def test_what_was_done_to_cells_is_told_to_staff(graded: Graded) -> None:
    assert "there 2 times" in graded.page("student03")
    assert "test_squares was missing; it was put back" in graded.page("student04")
    assert "the locked cell test_error was changed" in graded.page("student04")
    assert "the locked cell test_squares was changed" in graded.page("student05")


def test_the_course_is_as_it_was(graded: Graded) -> None:
    assert {path.name for path in graded.course.iterdir()} == {"nbgrader_config.py", "source", "submitted"}


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("plain.ipynb", "nothing in it says what is worth points"),
        ("course101", "ps1, schemas"),
        ("twice/lab.ipynb", 'cells 1 and 2 have the same grade_id "t"'),
    ],
)
def test_what_cannot_be_graded_is_refused_before_anything_runs(tmp_path: Path, path: str, word: str) -> None:
    from autograder.app.importing import assignment_folder
    from autograder.errors import GraderError

    a_course(tmp_path / "course101")
    write(tmp_path / "plain.ipynb", notebook([cell("1")]))
    test = cell("assert 1", grade_id="t", points=1, grade=True, locked=True, solution=False, task=False)
    write(tmp_path / "twice/lab.ipynb", notebook([test, test]))
    with pytest.raises(GraderError, match=word):
        assignment_folder(tmp_path / path, None, lambda text: None)


def test_a_whole_course_is_not_taken_for_a_submission(tmp_path: Path) -> None:
    from autograder.app.importing import assignment_folder
    from autograder.app.intake_entries import entries_of
    from autograder.config.assignment_file import load
    from autograder.errors import UsageError

    course = a_course(tmp_path / "course101")
    hand_in(course, "student01", both())
    assignment = load(assignment_folder(course / "source/ps1", None, lambda text: None))
    with pytest.raises(UsageError, match="is a course") as raised:
        entries_of([course], assignment)
    assert str(course / "submitted") in raised.value.hint
    assert [entry.student for entry in entries_of([course / "submitted"], assignment)] == ["student01"]


def test_an_estimate_names_the_students_of_a_course_whose_work_is_rejected(tmp_path: Path) -> None:
    from autograder.app.estimating import estimate_batch
    from autograder.app.importing import assignment_folder
    from autograder.app.site import open_site

    course = a_course(tmp_path / "course101")
    for student in ("student01", "student02"):
        hand_in(course, student, {})
        write(course / f"submitted/{student}/ps1/problem1.ipynb", "{")
    folder = assignment_folder(course / "source/ps1", None, lambda text: None)
    lines = estimate_batch(open_site(None), folder, [course / "submitted"])
    assert [line.split(":")[0].strip() for line in lines[1:3]] == ["student01", "student02"]


def test_a_converted_folder_is_for_its_owner_alone_and_one_that_is_there_stays(tmp_path: Path) -> None:
    from autograder.app.importing import CACHE, cached, converted
    from autograder.app.importing import write as write_folder

    made = converted(a_course(tmp_path / "course101") / "source/ps1")
    folder = cached(made, tmp_path / CACHE)
    assert (tmp_path / CACHE).stat().st_mode & 0o077 == 0
    write_folder({"assignment.toml": b"another"}, folder)
    assert (folder / "assignment.toml").read_bytes() == made.files["assignment.toml"]
    assert not list(folder.parent.glob(".*"))


def test_a_converted_folder_that_somebody_changed_is_not_trusted(tmp_path: Path) -> None:
    from autograder.app.importing import assignment_folder
    from autograder.errors import GraderError

    course = a_course(tmp_path / "course101")
    folder = assignment_folder(course / "source/ps1", None, lambda text: None)
    assert folder == assignment_folder(course / "source/ps1", None, lambda text: None)
    (folder / "assignment.toml").write_text("schema = 1\n")
    with pytest.raises(GraderError, match="was changed since it was made"):
        assignment_folder(course / "source/ps1", None, lambda text: None)
