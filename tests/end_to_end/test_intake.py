"""A Brightspace download of thirty submissions goes in, is graded for real, and its feedback comes out."""

from __future__ import annotations

import json
import unicodedata
import zipfile
from collections import Counter
from io import BytesIO
from pathlib import Path

import pytest

from .conftest import Command

pytestmark = pytest.mark.docker
SURNAMES = ("Eins", "Zwei", "Drei", "Vier", "Fünf", "Sechs", "Sieben", "Acht", "Neun", "Zehn", "Elf", "Zwölf",
            "Dreizehn", "Vierzehn", "Fünfzehn", "Sechzehn")  # fmt: skip
PEOPLE = {f"s{number:02}": f"Student {name}" for number, name in enumerate(SURNAMES, start=1)}
LOOK_AROUND = (
    "import os, socket\nprint(dict(os.environ), os.getcwd(), os.listdir('..'), socket.gethostname())"
)


def handed_in(notebook: bytes, word: str = "") -> bytes:
    """A zip without any clock in it; another word makes other bytes."""
    content = json.loads(notebook)
    seen = {"cell_type": "code", "id": "seen", "metadata": {}, "execution_count": None, "outputs": []}
    content["cells"].append(seen | {"source": f"{LOOK_AROUND}\n# {word}"})
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(zipfile.ZipInfo("lab.ipynb"), json.dumps(content))
    return made.getvalue()


def folder(name: str, when: str) -> str:
    return f"12345-678901 - {name} - Oct {when}"


def thirty(notebook: bytes) -> dict[str, bytes]:
    """Submissions by their name in the download."""
    first = handed_in(notebook)
    files: dict[str, bytes] = {}
    for number, (_id, name) in enumerate(list(PEOPLE.items())[:10], start=1):
        archive = f"ab{number:02}_20261030_1_HW1.zip"
        archive = {3: "final.zip", 5: f"{archive[:-4]} (1).zip", 6: f"{archive[:-4]}-1.zip"}.get(
            number, archive
        )
        spelled = name.replace("ü", "u\u0308").replace("ö", "o\u0308")  # as macOS writes it
        files[f"{folder(spelled, f'30, 2026 {100 + number} PM')}/{archive}"] = first
    for number in (1, 2, 3, 4, 9, 10):
        name = PEOPLE[f"s{number:02}"]
        for version, when in enumerate(("31, 2026 1158 PM", "31, 2026 1159 PM"), start=1):
            archive = f"ab{number:02}_20261031_{version}_HW1.zip"
            files[f"{folder(name, when)}/{archive}"] = handed_in(notebook, f"version {version}")
    for id in ("s05", "s06"):  # the same bytes once more
        files[f"{folder(PEOPLE[id], '31, 2026 1100 PM')}/copy.zip"] = first
    files[f"{folder(PEOPLE['s07'], '29, 2026 900 AM')}/lab.zip"] = b"Rar!\x1a\x07\x01\x00"
    files[f"{folder(PEOPLE['s08'], '31, 2026 1000 AM')}/lab.zip"] = first[: len(first) // 2]
    files[f"{folder(PEOPLE['s15'], '31, 2026 1001 AM')}/lab.zip"] = notebook
    files[f"{folder(PEOPLE['s16'], '31, 2026 1002 AM')}/report.pdf"] = b"%PDF-1.4"
    files[f"{folder('Studnet Sieben', '31, 2026 1003 AM')}/lab.ipynb"] = notebook
    files[f"{folder('Somebody Unknown', '31, 2026 1004 AM')}/lab.ipynb"] = notebook
    return files


def download(path: Path, files: dict[str, bytes]) -> Path:
    page = f"<table><tr><td>{PEOPLE['s01']}</td></tr><tr><td>Comments: the last, please</td></tr></table>"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("index.html", page)
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@pytest.fixture
def assignment(autograder: Command, tmp_path: Path) -> Path:
    """The small assignment with its first test cell alone, so that thirty runs are short."""
    assert autograder("new", "lab").code == 0
    toml = tmp_path / "lab" / "assignment.toml"
    text = toml.read_text()
    start, end = text.index("# A function in checks/"), text.index("[guidelines]")
    toml.write_text(text[:start] + text[end:])
    for check in (tmp_path / "lab" / "checks").glob("*.py"):
        check.unlink()
    return tmp_path / "lab"


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    rows = [f"{id},{name},ab{id[1:]},," for id, name in PEOPLE.items()]
    path = tmp_path / "roster.csv"
    path.write_text("id,name,net_id,email,lms_id\n" + "\n".join(rows) + "\n")
    return path


def test_thirty_submissions_go_in_are_graded_and_their_feedback_comes_out(
    autograder: Command, assignment: Path, roster: Path, tmp_path: Path
) -> None:
    notebook = next((assignment / "source").glob("*.ipynb")).read_bytes()
    files = thirty(notebook)
    assert len(files) == 30
    bulk = download(tmp_path / "HW1 Download Nov 1, 2026 900 AM (1).zip", files)
    intake = ("intake", bulk, "--assignment", assignment, "--out", "in", "--roster", roster,
              "--time-zone", "America/Chicago")  # fmt: skip

    done = autograder(*intake, "--json")
    assert done.code == 0, done.err
    lines = done.lines()
    assert Counter(line["outcome"] for line in lines) == {"taken": 24, "rejected": 4, "duplicate": 2}
    unmatched = {line["receipt"]["sender"]: line["suggestions"] for line in lines if not line["matched"]}
    assert set(unmatched) == {"Studnet Sieben", "Somebody Unknown"}
    assert unmatched["Studnet Sieben"][0] == "s07 Student Sieben"
    assert all(name in done.err for name in unmatched)
    third = next(line["receipt"] for line in lines if line["receipt"]["attempt"] == 3)
    assert third["received"] == "2026-11-01T04:59:00Z"
    assert {line["receipt"]["comment"] for line in lines if line["receipt"]["student"] == "s01"} == {
        "the last, please"
    }
    again = autograder(*intake, "--json")
    assert {line["outcome"] for line in again.lines()} == {"known"}

    done = autograder("grade", assignment, "in", "--latest", "--out", "graded", "--jobs", "2", "--json")
    assert done.code == 0, done.err
    graded = done.lines()
    assert Counter(line["status"] for line in graded) == {"graded": 12, "rejected": 3}
    assert {line["score"] for line in graded if line["status"] == "graded"} == {6}
    attempts = {line["student"]: line["attempt"] for line in graded if line["status"] == "graded"}
    assert (attempts["s01"], attempts["s05"], attempts["s08"]) == (3, 1, 1)
    folder_of_third = next((tmp_path / "graded").glob("s01-3-*"))
    assert json.loads((folder_of_third / "receipt.json").read_text())["sha256"] == third["sha256"]
    seen = "".join(text_of(path) for path in (tmp_path / "graded").rglob("*"))
    assert "'PATH'" in seen, "the notebooks looked around in the sandbox"
    assert not [name for name in ("Sieben", "F\u00fcnf", "Unknown", "Studnet") if name in seen]

    done = autograder("report", assignment, "graded", "--pack", "back.zip", "--intake", "in")
    assert done.code == 0, done.err
    with zipfile.ZipFile(tmp_path / "back.zip") as archive:
        packed = {name: archive.read(name).decode() for name in archive.namelist()}
    asked_for = {unicodedata.normalize("NFC", name.rpartition("/")[0]) for name in files}
    assert len(packed) == 15
    assert {name.rpartition("/")[0] for name in packed} <= asked_for
    assert {name.rpartition("/")[2] for name in packed} == {"feedback.html"}
    students = {path.read_text() for path in (tmp_path / "graded").glob("*/feedback.html")}
    assert set(packed.values()) <= students
    assert not set(packed.values()) & {
        path.read_text() for path in (tmp_path / "graded").glob("*/staff.html")
    }


def text_of(path: Path) -> str:
    return path.name + (path.read_bytes().decode(errors="replace") if path.is_file() else "")
