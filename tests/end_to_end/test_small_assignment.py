"""A small assignment from scaffold to gradebook, with the real command and the real sandbox."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from jsonschema import Draft202012Validator

from .conftest import Command

pytestmark = pytest.mark.docker
SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "reference" / "grade-json.schema.json"


@pytest.fixture
def assignment(autograder: Command, tmp_path: Path) -> Path:
    assert autograder("new", "lab").code == 0
    return tmp_path / "lab"


@pytest.fixture
def reference(assignment: Path, tmp_path: Path) -> Path:
    """The author's own notebook, handed in as a student would."""
    notebook = next((assignment / "source").glob("*.ipynb"))
    handed_in = tmp_path / "in" / "ab1234"
    handed_in.mkdir(parents=True)
    (handed_in / notebook.name).write_bytes(notebook.read_bytes())
    return handed_in


def test_a_new_assignment_passes_verify(autograder: Command, assignment: Path) -> None:
    done = autograder("verify", assignment)
    assert done.code == 0, done.out + done.err


def test_grading_writes_json_lines_reports_csv_and_gradebook(
    autograder: Command, assignment: Path, reference: Path, tmp_path: Path
) -> None:
    book = f"sqlite:///{tmp_path}/grades.sqlite3"
    done = autograder("grade", assignment, reference, "--out", "graded", "--gradebook", book, "--json")
    assert done.code == 0, done.err
    [line] = done.lines()
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(line)
    assert line["status"] in ("graded", "pending")
    assert line["run_outcome"] == "completed"
    automatic = [check for check in line["checks"] if check["kind"] != "manual"]
    assert automatic and all(check["outcome"] == "passed" for check in automatic), automatic
    assert line["provenance"]["image_digest"].startswith("sha256:")
    table = pd.read_csv(tmp_path / "graded" / "grades.csv")
    assert len(table) == 1
    for page in ("overview.html", f"{line['submission']}/feedback.html", f"{line['submission']}/staff.html"):
        text = (tmp_path / "graded" / page).read_text()
        assert "<script" not in text
    assert "ab1234" in autograder("gradebook", "list", "lab", "--gradebook", book).out

    manual = [check["id"] for check in line["checks"] if check["kind"] == "manual"]
    for check in manual:
        options = ("--by", "ta7", "--reason", "read it", "--gradebook", book)
        assert autograder("gradebook", "award", line["submission"], check, "1", *options).code == 0
    assert autograder("report", assignment, "graded", "--published").code == 0
    assert manual and pd.read_csv(tmp_path / "graded" / "grades.csv").loc[0, "status"] == "pending"
    assert autograder("report", assignment, "graded", "--published", "--gradebook", book).code == 0
    decided = pd.read_csv(tmp_path / "graded" / "grades.csv").loc[0]
    earned = sum(check["points"] for check in automatic)
    assert (decided["status"], decided["score"]) == ("graded", earned + len(manual))
    feedback = (tmp_path / "graded" / line["submission"] / "feedback.html").read_text()
    assert "Not known yet" not in feedback
    missing = ("--gradebook", f"sqlite:///{tmp_path}/none.sqlite3")
    assert "there is no gradebook" in autograder("report", assignment, "graded", *missing).err


def test_a_second_run_goes_on_where_the_first_stopped(
    autograder: Command, assignment: Path, reference: Path, tmp_path: Path
) -> None:
    book = f"sqlite:///{tmp_path}/grades.sqlite3"
    arguments = ("grade", assignment, reference, "--out", "graded", "--gradebook", book, "--json")
    [first] = autograder(*arguments).lines()
    [second] = autograder(*arguments).lines()
    assert second["provenance"]["run_key"] == first["provenance"]["run_key"]
    [third] = autograder(*arguments, "--again").lines()
    assert third["provenance"]["run_key"] != first["provenance"]["run_key"]


def test_hidden_tests_are_neither_in_the_release_nor_in_the_students_page(
    autograder: Command, assignment: Path, reference: Path, tmp_path: Path
) -> None:
    source = json.loads(next((assignment / "source").glob("*.ipynb")).read_text())
    hidden = hidden_lines(source)
    assert hidden
    assert autograder("release", assignment, "--out", "release").code == 0
    released = "".join(
        path.read_text(errors="replace") for path in (tmp_path / "release").rglob("*") if path.is_file()
    )
    assert autograder("grade", assignment, reference, "--out", "graded", "--json").code == 0
    page = next((tmp_path / "graded").glob("*/feedback.html")).read_text()
    for line in hidden:
        assert line not in released
        assert line not in page


def hidden_lines(source: dict[str, object]) -> list[str]:
    found: list[str] = []
    for cell in source["cells"]:  # type: ignore[attr-defined]
        inside = False
        for line in "".join(cell["source"]).splitlines():
            if "BEGIN HIDDEN TESTS" in line:
                inside = True
            elif "END HIDDEN TESTS" in line:
                inside = False
            elif inside and len(line.strip()) > 8:
                found.append(line.strip())
    return found


def test_rejudging_needs_no_kernel_and_finds_the_same(
    autograder: Command, assignment: Path, reference: Path, tmp_path: Path
) -> None:
    assert autograder("grade", assignment, reference, "--out", "graded", "--json").code == 0
    done = autograder("rejudge", assignment, "graded", "--dry-run")
    assert done.code == 0, done.err
    assert "0 of 1 changed" in done.err


def test_each_of_several_runs_is_kept_and_one_counts(
    autograder: Command, assignment: Path, reference: Path, tmp_path: Path
) -> None:
    settings = assignment / "assignment.toml"
    settings.write_text("repeat = 3\n" + settings.read_text())
    assert "3 times" in autograder("estimate", assignment, reference).out
    assert "5 times" in autograder("estimate", assignment, reference, "--repeat", "5").out
    done = autograder("grade", assignment, reference, "--out", "graded", "--json")
    assert done.code == 0, done.err
    [line] = done.lines()
    folder = tmp_path / "graded" / line["submission"]
    results = sorted(path.relative_to(folder).as_posix() for path in folder.glob("runs/*/*/result.json"))
    assert [path.split("/")[1] for path in results] == ["1", "2", "3"]
    assert "run 3 times" in (folder / "feedback.html").read_text()
