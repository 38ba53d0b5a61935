"""What somebody calls an assignment is told apart before anything of it is read as one."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from autograder.errors import AuthoringError
from autograder.interop.detect import Dialect, detect
from tests.interop.courses.quickstart import a_course, cell, notebook, problem1, write


def raw(text: str) -> dict[str, object]:
    return cell(text, "raw")


def an_archive(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "{}")
    return path


def test_our_own_folder_is_known_by_its_file(tmp_path: Path) -> None:
    write(tmp_path / "lab/assignment.toml", "schema = 1")
    for path in (tmp_path / "lab", tmp_path / "lab/assignment.toml"):
        found = detect(path)
        assert found.dialect is Dialect.OWN
        assert "assignment.toml" in found.why


@pytest.mark.parametrize("part", ["source", "source/lab.ipynb", "lab.ipynb"])
def test_a_part_of_our_own_assignment_is_told_to_be_given_whole(tmp_path: Path, part: str) -> None:
    write(tmp_path / "lab/assignment.toml", "schema = 1")
    for name in ("source/lab.ipynb", "lab.ipynb"):
        write(tmp_path / "lab" / name, problem1())
    with pytest.raises(AuthoringError, match="a part of our own assignment lab"):
        detect(tmp_path / "lab" / part)


def test_an_nbgrader_source_is_known_by_a_marked_cell_and_says_which(tmp_path: Path) -> None:
    course = a_course(tmp_path / "course101")
    found = detect(course / "source/ps1")
    assert found.dialect is Dialect.NBGRADER_SOURCE
    assert '"imports" of cell 2 in problem1.ipynb' in found.why
    assert detect(course / "source/ps1/problem2.ipynb").dialect is Dialect.NBGRADER_SOURCE


@pytest.mark.parametrize("mark", ["# ASSIGNMENT CONFIG\nname: lab", "# BEGIN QUESTION\nname: q1"])
def test_an_otter_master_is_known_by_its_raw_cells(tmp_path: Path, mark: str) -> None:
    path = write(tmp_path / "lab.ipynb", notebook([raw(mark), cell("x = 1")]))
    found = detect(path)
    assert found.dialect is Dialect.OTTER_MASTER
    assert mark.split("\n")[0] in found.why


def test_an_otter_zip_is_known_by_its_configuration(tmp_path: Path) -> None:
    found = detect(an_archive(tmp_path / "autograder.zip", "otter_config.json", "tests/q1.py"))
    assert found.dialect is Dialect.OTTER_ZIP


def test_a_notebook_without_marks_is_a_plain_one(tmp_path: Path) -> None:
    found = detect(write(tmp_path / "lab.ipynb", notebook([cell("x = 1"), raw("only text")])))
    assert found.dialect is Dialect.PLAIN_NOTEBOOK


def test_cells_that_nbgrader_marked_without_a_role_are_no_marks(tmp_path: Path) -> None:
    plain = cell("1", grade=False, solution=False, locked=False, grade_id="left")
    assert detect(write(tmp_path / "lab.ipynb", notebook([plain]))).dialect is Dialect.PLAIN_NOTEBOOK


def test_marks_of_two_formats_in_one_notebook_are_refused_not_guessed(tmp_path: Path) -> None:
    both = problem1()
    both["cells"].append(raw("# BEGIN QUESTION\nname: q1"))
    with pytest.raises(AuthoringError, match=r"nbgrader \(.*imports.*\) and of otter \(.*BEGIN QUESTION"):
        detect(write(tmp_path / "lab.ipynb", both))


def test_two_notebooks_in_two_formats_are_refused_and_both_are_named(tmp_path: Path) -> None:
    write(tmp_path / "lab/a.ipynb", problem1())
    write(tmp_path / "lab/b.ipynb", notebook([raw("# ASSIGNMENT CONFIG")]))
    with pytest.raises(AuthoringError, match=r"(?s)two formats.*a\.ipynb.*b\.ipynb"):
        detect(tmp_path / "lab")


@pytest.mark.parametrize("inner", [".", "source"])
def test_a_whole_course_is_refused_with_the_names_of_its_assignments(tmp_path: Path, inner: str) -> None:
    with pytest.raises(AuthoringError, match="ps1, schemas") as told:
        detect(a_course(tmp_path / "course101") / inner)
    assert "source" in told.value.hint


@pytest.mark.parametrize(
    ("names", "word"),
    [
        (["notes.txt"], "no autograder of otter"),
        (["lab/assignment.toml"], "our own assignment or release"),
        (["otter_config.json", "assignment.toml"], "of otter and assignment.toml of ours"),
    ],
)
def test_another_zip_is_refused_with_what_it_is(tmp_path: Path, names: list[str], word: str) -> None:
    with pytest.raises(AuthoringError, match=word):
        detect(an_archive(tmp_path / "some.zip", *names))


def test_what_is_nothing_of_the_kind_is_refused_with_what_is_accepted(tmp_path: Path) -> None:
    write(tmp_path / "notes.txt", "text")
    write(tmp_path / "broken.ipynb", "{")
    (tmp_path / "empty").mkdir()
    for name, word in (
        ("notes.txt", "neither"), ("broken.ipynb", "not JSON"), ("empty", "no notebook"), ("gone", "no such"),
    ):  # fmt: skip
        with pytest.raises(AuthoringError, match=word):
            detect(tmp_path / name)


def test_an_unpacked_otter_autograder_is_told_to_be_given_as_the_zip(tmp_path: Path) -> None:
    write(tmp_path / "unpacked/otter_config.json", "{}")
    with pytest.raises(AuthoringError, match="unpacked") as told:
        detect(tmp_path / "unpacked")
    assert "autograder.zip" in told.value.hint
