"""The commands as a person types them."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder.app.layouts import layout_of, layouts_in
from autograder.cli.commands import application
from autograder.config.assignment_file import load
from autograder.errors import AuthoringError, GradebookError, UsageError
from gradebook.book import Gradebook
from gradebook.values import Offering
from tests.interop.courses.quickstart import cell, notebook, write
from tests.interop.nbgrader_books import contents
from tests.unit.gradebook.builders import a_graded, an_assignment

TOML = """\
schema = 1
id = "lab1"
title = "Lab 1"
notebooks = ["lab1.ipynb"]

[[checks]]
id = "part1"
kind = "cells"
cell = "test_add"
points = 2
"""
ANSWER = {"grade": False, "locked": False, "solution": True, "task": False}
TESTS = {"grade": True, "locked": True, "solution": False, "task": False}
ADD = "def add(a, b):\n    ### BEGIN SOLUTION\n    return a + b\n    ### END SOLUTION"


def a_lab(folder: Path, answer: str = ADD) -> Path:
    cells = [
        cell(answer, grade_id="add", **ANSWER),
        cell("assert add(1, 2) == 3", grade_id="test_add", points=2, **TESTS),
    ]
    write(folder / "source" / "lab1.ipynb", notebook(cells))
    write(folder / "assignment.toml", TOML)
    return folder


def typed(*words: str) -> list[str]:
    done = CliRunner().invoke(application, ["gradebook", *words])
    if done.exception is not None:
        raise done.exception
    return done.output.splitlines()


def test_a_score_travels_by_command_and_is_corrected_by_command(tmp_path: Path) -> None:
    ours, again = f"sqlite:///{tmp_path / 'ours.sqlite3'}", f"sqlite:///{tmp_path / 'again.sqlite3'}"
    out = tmp_path / "gradebook.db"
    where = ["--course", "algebra", "--term", "2026-spring"]
    assignment = load(a_lab(tmp_path / "lab1"))
    with Gradebook.open(ours) as book:
        book.record(a_graded(assignment=assignment), assignment, Offering("algebra", "2026-spring"))
    by = ["--by", "ta7", "--reason", "read it", "--gradebook", ours]
    assert typed("award", "s1", "part1", "0.5", "--extra", "--comment", "Neat.", *by) == [
        "s1: part1 earns extra 0.5 now, 2.5/2 in all"
    ]
    assert typed("late", "s1", "1", *by) == ["s1: lateness costs 1 now, 1.5/2 in all"]
    assert typed("comment", "s1", "lab1/add", "Simple.", *by) == ["s1: a comment on lab1/add now"]
    assert "comment  lab1/add  Simple.  by ta7  read it" in "\n".join(
        typed("history", "s1", "--gradebook", ours)
    )
    assert typed("override", "s1", "1.75", *by) == ["s1: the total is 1.75/2 by hand now"]
    assert typed("withdraw", "s1", "total", *by) == ["s1: total is taken back, 1.5/2 in all"]
    with pytest.raises(UsageError, match="no person's 'total' stands for s1") as refused:
        typed("withdraw", "s1", "total", *by)
    assert "comment lab1/add; comment part1; extra_points part1; late_penalty" in refused.value.hint
    with pytest.raises(GradebookError, match="without saying where its cells stand"):
        typed("export-nbgrader", str(out), "--gradebook", ours, *where)
    lab = ["--folder", str(tmp_path / "lab1")]
    rehearsed = typed("export-nbgrader", str(out), "--dry-run", "--gradebook", ours, *where, *lab)
    assert rehearsed[0] == "lab1: 1 notebooks, 1 cells with points, 1 submissions would be written"
    assert not out.exists()
    typed("export-nbgrader", str(out), "--gradebook", ours, *where, *lab)
    (submitted,) = contents(f"sqlite:///{out}")["lab1"]["submissions"].values()
    assert submitted["grades"] == {"lab1/test_add": (2.0, None, 0.5, False, 2.5, 2.0)}
    assert submitted["comments"] == {"lab1/add": (None, "Simple.")}
    assert submitted["penalties"] == {"lab1": 1.0}
    options = ["--by", "ta7", "--gradebook", again, *where]
    assert typed("import-nbgrader", str(out), "--dry-run", *options)[0].endswith(
        "3 decisions would be recorded"
    )
    assert typed("import-nbgrader", str(out), *options)[0].endswith("1 scores and 3 decisions recorded")
    (line,) = typed("list", "lab1", "--gradebook", again, *where)
    assert line.startswith("lab1-anna-") and line.endswith("  anna  attempt 1  graded  1.5/2")


def test_of_equal_submissions_that_of_the_offering_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTOGRADER_HOME", str(tmp_path / "home"))
    url = f"sqlite:///{tmp_path / 'ours.sqlite3'}"
    assignment = load(a_lab(tmp_path / "lab1"))
    with Gradebook.open(url) as book:
        for term in ("rehearsal", "2026-spring"):
            book.record(a_graded(assignment=assignment), assignment, Offering("algebra", term))
    by = ["--by", "ta7", "--reason", "read it", "--gradebook", url]
    with pytest.raises(GradebookError, match="no submission 's1' is recorded") as refused:
        typed("award", "s1", "part1", "1", *by)
    assert "--course, --term" in refused.value.hint
    spring = ["--course", "algebra", "--term", "2026-spring"]
    assert typed("award", "s1", "part1", "1", *by, *spring) == ["s1: part1 is worth 1 now, 1/2 in all"]
    assert "check_points" in typed("history", "s1", "--gradebook", url, *spring)[-1]
    rehearsal = ["--course", "algebra", "--term", "rehearsal"]
    assert len(typed("history", "s1", "--gradebook", url, *rehearsal)) == 1


def test_a_layout_is_left_out_where_a_source_cannot_be_read_and_never_stops_a_grading(tmp_path: Path) -> None:
    broken = load(
        a_lab(tmp_path / "broken", answer="def add(a, b):\n    ### BEGIN SOLUTION\n    return a + b")
    )
    assert layout_of(broken) is None
    with pytest.raises(AuthoringError, match="source notebooks cannot be read"):
        layouts_in([tmp_path / "broken"])
    whole = layout_of(load(a_lab(tmp_path / "whole")))
    assert whole is not None and [line.name for line in whole.cells] == ["add", "test_add"]
    assert whole.cells[0].source is not None and "return a + b" not in whole.cells[0].source.text


def test_the_folder_may_be_the_one_where_nbgrader_keeps_the_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTOGRADER_HOME", str(tmp_path / "home"))
    ours, out = f"sqlite:///{tmp_path / 'ours.sqlite3'}", tmp_path / "gradebook.db"
    where = ["--gradebook", ours, "--course", "algebra", "--term", "2026-spring"]
    lab = a_lab(tmp_path / "lab1")
    source = tmp_path / "algebra" / "source" / "lab1"
    source.mkdir(parents=True)
    (lab / "source" / "lab1.ipynb").rename(source / "lab1.ipynb")
    checks = {"test_add": "2"}
    assignment = an_assignment(checks)
    with Gradebook.open(ours) as book:
        book.record(a_graded(assignment=assignment), assignment, Offering("algebra", "2026-spring"))
    said = typed("export-nbgrader", str(out), "--folder", str(source), *where)
    assert any(line.startswith("found: nbgrader source, known by the grade_id") for line in said)
    (submitted,) = contents(f"sqlite:///{out}")["lab1"]["submissions"].values()
    assert submitted["grades"] == {"lab1/test_add": (2.0, None, None, False, 2.0, 2.0)}
