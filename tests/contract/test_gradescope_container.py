"""The zip for Gradescope, run for real in a container that is laid out as Gradescope documents it.

Nothing comes from a network: in the place of what `setup.sh` installs is an environment that sees the
packages of this one. What runs is `run_autograder`, our package from the zip, and a student's kernel.
"""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from autograder.app.authoring import new_assignment
from autograder.app.gradescope_zip import write_gradescope_zip
from tests.conftest import SMALL_IMAGE
from tests.unit.reporting.gradescope_schema import RESULTS

pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the image has the packages of Python 3.11"),
]
METADATA = {  # with every key that Gradescope's page on submission_metadata.json names
    "id": 123456,
    "created_at": "2026-03-02T14:22:32.365935-07:00",
    "assignment": {
        "due_date": "2026-03-03T23:00:00.000000-08:00",
        "group_size": 4,
        "group_submission": True,
        "id": 25828,
        "course_id": 1234,
        "late_due_date": None,
        "release_date": "2026-02-02T00:00:00.000000-08:00",
        "title": "Lab 1",
        "total_points": "10.0",
    },
    "submission_method": "upload",
    "users": [{"email": "student07@example.org", "id": 7, "name": "Student 07", "assignment": {}}],
    "previous_submissions": [
        {
            "submission_time": "2026-03-01T14:22:32.365935-07:00",
            "score": 0.0,
            "autograder_error": False,
            "results": {"tests": [], "score": 0.0, "output": "", "extra_data": {}},
        }
    ],
}
INSTALL = """
set -eu
/usr/sbin/useradd --no-create-home --shell /usr/sbin/nologin student
/usr/bin/python3 -m venv --without-pip /opt/nbverdict
echo /deps > "$(echo /opt/nbverdict/lib/python3*/site-packages)/deps.pth"
cd /autograder
for case in honest rejected no-metadata; do
  rm -rf submission; cp -r "cases/$case" submission
  [ "$case" != no-metadata ] || rm submission_metadata.json
  code=0; ./run_autograder > "told/$case.txt" 2>&1 || code=$?
  echo "$code" > "told/$case.code"
  [ ! -e results/results.json ] || mv results/results.json "told/$case.json"
done
for exe in /proc/[0-9]*/exe; do readlink "$exe"; done > told/alive.txt || true
chmod -R a+rwX /autograder
"""
NOSY = """
import os, pathlib, subprocess
def closed(path):
    try:
        os.listdir(path) if os.path.isdir(path) else pathlib.Path(path).read_text()
    except PermissionError:
        return True
    return False
places = ["/autograder/source", "/autograder/results", "/autograder/submission_metadata.json"]
places.append("/autograder/source/assignment/source/lab.ipynb")
assert os.getuid() != 0 and all(map(closed, places)), places
subprocess.Popen(["sleep", "1000"], start_new_session=True, env={})
everything_closed = True
"""


def handed_in(source: Path) -> str:
    """The reference with a nosy first cell: its functions work only if every hidden place was closed."""
    notebook = json.loads(source.read_text())
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "imports":
            cell["source"] = "import numpy as np\n" + NOSY
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "standardise":
            cell["source"] = "everything_closed\n" + "".join(cell["source"])
    return json.dumps(notebook)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What three submissions left behind: their results, exit codes and outputs."""
    root = tmp_path_factory.mktemp("gradescope")
    new_assignment(root / "lab")
    write_gradescope_zip(root / "lab", root / "autograder.zip", requirements=None)
    box = root / "autograder"
    for folder in ("source", "results", "told", "cases/honest", "cases/rejected", "cases/no-metadata"):
        (box / folder).mkdir(parents=True)
    with zipfile.ZipFile(root / "autograder.zip") as archive:
        archive.extractall(box / "source")
    (box / "run_autograder").write_bytes((box / "source" / "run_autograder").read_bytes())
    (box / "run_autograder").chmod(0o755)
    (box / "submission_metadata.json").write_text(json.dumps(METADATA))
    (box / "cases" / "honest" / "lab.ipynb").write_text(handed_in(root / "lab" / "source" / "lab.ipynb"))
    (box / "cases" / "rejected" / "notes.txt").write_text("my work")
    (box / "cases" / "no-metadata" / "notes.txt").write_text("my work")
    mounts = [f"{box}:/autograder", f"{sysconfig.get_paths()['purelib']}:/deps:ro"]
    subprocess.run(
        ["docker", "run", "--rm", "--user", "0", "--network", "none", "--init",
         "--env", "PYTHONDONTWRITEBYTECODE=",
         *(word for mount in mounts for word in ("--volume", mount)), SMALL_IMAGE, "bash", "-c", INSTALL],
        check=True, timeout=240,
    )  # fmt: skip
    return box / "told"


def result(told: Path, case: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((told / f"{case}.json").read_text())
    jsonschema.Draft202012Validator(RESULTS).validate(found)
    return found


def test_a_submission_is_graded_and_its_kernel_can_read_nothing_hidden(told: Path) -> None:
    assert (told / "honest.code").read_text() == "0\n", (told / "honest.txt").read_text()
    found = result(told, "honest")
    assert [(test["score"], test["visibility"]) for test in found["tests"] if "score" in test] == [
        (3, "visible"), (3, "visible"), (4, "after_published"),
    ]  # fmt: skip
    assert found["score"] == 10


def test_the_missing_protection_is_said_loudly_to_instructors(told: Path) -> None:
    assert "WARNING: there is no Docker here." in (told / "honest.txt").read_text()


def test_no_process_of_the_student_outlives_the_grading(told: Path) -> None:
    alive = (told / "alive.txt").read_text()
    assert "bash" in alive and "sleep" not in alive


def test_a_rejected_submission_is_told_what_to_change(told: Path) -> None:
    found = result(told, "rejected")
    assert found["score"] == 0 and "notebook" in found["output"]


def test_a_failure_on_our_side_leaves_no_result(told: Path) -> None:
    assert (told / "no-metadata.code").read_text() != "0\n"
    assert not (told / "no-metadata.json").exists()
    assert "error:" in (told / "no-metadata.txt").read_text()
