"""Bad input gets a clear error, the right exit code, and nothing is lost."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from .conftest import Command


@pytest.fixture
def assignment(autograder: Command, tmp_path: Path) -> Path:
    assert autograder("new", "lab").code == 0
    return tmp_path / "lab"


def test_a_missing_assignment_file_is_named(autograder: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = autograder("grade", "empty", "nothing.zip")
    assert done.code == 2
    assert "assignment.toml" in done.err


def test_a_mistyped_key_names_line_and_nearest_key(autograder: Command, assignment: Path) -> None:
    toml = assignment / "assignment.toml"
    toml.write_text(toml.read_text().replace("title =", "titel =", 1))
    done = autograder("grade", assignment, "nothing.zip")
    assert done.code == 2
    assert "titel" in done.err
    assert "title" in done.err
    assert "line" in done.err or ":" in done.err


def test_a_submission_that_is_not_there_is_a_usage_error(autograder: Command, assignment: Path) -> None:
    done = autograder("grade", assignment, "nothing.zip", "--sandbox", "process")
    assert done.code == 2
    assert "nothing.zip" in done.err


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("text.zip", b"this is no archive", "zip"),
        ("broken.ipynb", b"{not json", "JSON"),
        ("renamed.zip", b"Rar!\x1a\x07\x01\x00 and so on", "rar"),
    ],
)
def test_an_unreadable_submission_is_rejected_with_a_reason(
    autograder: Command, assignment: Path, tmp_path: Path, name: str, content: bytes, word: str
) -> None:
    (tmp_path / name).write_bytes(content)
    done = autograder("grade", assignment, name, "--sandbox", "process", "--json", "--out", "graded")
    assert done.code == 0, done.err
    [line] = done.lines()
    assert line["status"] == "rejected"
    assert line["score"] is None
    assert word.lower() in line["reason"].lower()


def test_a_submission_without_the_notebook_says_which_is_missing(
    autograder: Command, assignment: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "ab1_20260101_1_HW1.zip", "w") as archive:
        archive.writestr("notes.txt", "no notebook")
    done = autograder("grade", assignment, "ab1_20260101_1_HW1.zip", "--sandbox", "process", "--json")
    [line] = done.lines()
    assert line["status"] == "rejected"
    assert ".ipynb" in line["reason"]


def test_a_check_file_that_does_not_import_is_our_failure_and_no_zero(
    autograder: Command, assignment: Path, tmp_path: Path
) -> None:
    check = next((assignment / "checks").glob("test_*.py"))
    check.write_text("import a_module_that_is_not_there\n" + check.read_text())
    notebook = next((assignment / "source").glob("*.ipynb"))
    (tmp_path / notebook.name).write_bytes(notebook.read_bytes())
    done = autograder("grade", assignment, notebook.name, "--sandbox", "process", "--json")
    assert done.code == 1
    [line] = done.lines()
    assert line["status"] == "grader_failed"
    assert line["score"] is None


def test_without_an_engine_the_error_says_what_to_do(
    autograder: Command, assignment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no-engine.sock")
    notebook = next((assignment / "source").glob("*.ipynb"))
    done = autograder("grade", assignment, notebook, "--sandbox", "docker")
    assert done.code != 0
    assert "autograder doctor" in done.err or "Docker" in done.err


def test_a_missing_image_is_named(autograder: Command, assignment: Path, tmp_path: Path) -> None:
    toml = tmp_path / "autograder.toml"
    toml.write_text('schema = 1\n[images]\nsmall = "no-such-image:none"\n')
    notebook = next((assignment / "source").glob("*.ipynb"))
    done = autograder("grade", assignment, notebook, "--config", toml)
    assert done.code != 0
    assert "no-such-image" in done.err or "Docker" in done.err


def test_a_missing_asset_is_named_before_anything_runs(
    autograder: Command, assignment: Path, tmp_path: Path
) -> None:
    toml = assignment / "assignment.toml"
    toml.write_text(toml.read_text() + '\n[assets]\nmodels = ["no-such-model"]\n')
    notebook = next((assignment / "source").glob("*.ipynb"))
    done = autograder("grade", assignment, notebook, "--sandbox", "process")
    assert done.code == 1
    assert "no-such-model" in done.err
    assert "assets add" in done.err


def test_a_notebook_of_format_4_0_without_cell_ids_is_normal(
    autograder: Command, assignment: Path, tmp_path: Path
) -> None:
    notebook = next((assignment / "source").glob("*.ipynb"))
    content = json.loads(notebook.read_text())
    content["nbformat_minor"] = 0
    for cell in content["cells"]:
        cell.pop("id", None)
    (tmp_path / notebook.name).write_text(json.dumps(content))
    done = autograder("grade", assignment, notebook.name, "--sandbox", "process", "--json")
    assert done.code == 0, done.err
    assert done.lines()[0]["run_outcome"] == "completed"
