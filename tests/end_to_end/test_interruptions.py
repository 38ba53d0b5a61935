"""An interrupted or hindered batch loses nothing that was finished."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import AUTOGRADER, Command

COUNT = 4


@pytest.fixture
def assignment(autograder: Command, tmp_path: Path) -> Path:
    assert autograder("new", "lab").code == 0
    return tmp_path / "lab"


@pytest.fixture
def handed_in(assignment: Path, tmp_path: Path) -> list[Path]:
    notebook = next((assignment / "source").glob("*.ipynb"))
    made = []
    for number in range(COUNT):
        folder = tmp_path / "in" / f"student{number}"
        folder.mkdir(parents=True)
        content = json.loads(notebook.read_text())
        content["cells"][0]["source"] = f"# attempt of student {number}"
        (folder / notebook.name).write_text(json.dumps(content))
        made.append(folder)
    return made


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=["ctrl_c", "terminated"])
def test_an_interruption_keeps_finished_results_and_a_second_run_goes_on(
    sent: signal.Signals, autograder: Command, assignment: Path, handed_in: list[Path], tmp_path: Path
) -> None:
    command = ["grade", assignment, *handed_in, "--sandbox", "process", "--json", "--out", "graded"]
    with subprocess.Popen(
        [str(word) for word in (AUTOGRADER, *command)], cwd=tmp_path, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as running:  # fmt: skip
        assert running.stdout is not None
        first = json.loads(running.stdout.readline())
        running.send_signal(sent)
        _, errors = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "goes on where it stopped" in errors
    kept = {path.parent.name: path.read_text() for path in (tmp_path / "graded").glob("*/result.json")}
    assert first["submission"] in kept
    assert len(kept) < COUNT
    done = autograder(*command)
    assert done.code == 0, done.err
    lines = {line["submission"]: line for line in done.lines()}
    assert len(lines) == COUNT
    assert lines[first["submission"]]["provenance"]["run_key"] == first["provenance"]["run_key"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 kB."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root can make a small file system")
    folder = tmp_path / "small"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        pytest.skip(f"no small file system can be made here: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_named_and_what_was_finished_stays(
    autograder: Command, assignment: Path, handed_in: list[Path], small_disk: Path, tmp_path: Path
) -> None:
    command = [
        "grade",
        assignment,
        *handed_in,
        "--sandbox",
        "process",
        "--json",
        "--out",
        small_disk / "graded",
    ]
    done = autograder(*command, "--gradebook", f"sqlite:///{tmp_path}/book.sqlite3")
    assert done.code == 1
    assert "disk is full" in done.err or "no room" in done.err
    assert "goes on where it stopped" in done.err
    for result in (small_disk / "graded").glob("*/result.json"):
        assert json.loads(result.read_text())["status"] in ("graded", "pending")
