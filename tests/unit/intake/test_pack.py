"""The archive a student hands in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from autograder.errors import UsageError
from autograder.intake.pack import Packed, next_version, pack
from autograder.intake.reader import take_in
from autograder.model.submission import Submission

NotebookOf = Callable[..., bytes]
DAY = date(2024, 11, 22)


@pytest.fixture
def work(tmp_path: Path, a_notebook: NotebookOf) -> Path:
    folder = tmp_path / "work"
    (folder / "data").mkdir(parents=True)
    (folder / "Lab.ipynb").write_bytes(a_notebook())
    (folder / "helper.py").write_text("x = 1\n")
    (folder / "data" / "a.csv").write_text("1,2\n")
    (folder / "weights.h5").write_bytes(bytes(3000))
    (folder / ".DS_Store").write_text("junk")
    (folder / "abc123_20241121_1_HW3.zip").write_bytes(b"PK\x03\x04")
    return folder


def packed(*paths: Path, **options: object) -> Packed:
    wanted = {"net_id": "abc123", "homework": "3", "version": 1, "day": DAY} | options
    return pack(paths, **wanted)  # type: ignore[arg-type]


def test_the_archive_has_the_right_name_and_what_is_needed(work: Path) -> None:
    made = packed(work, large_bytes=2000)
    assert made.name == "abc123_20241122_1_HW3.zip"
    assert made.included == ("Lab.ipynb", "data/a.csv", "helper.py")
    assert {name for name, _ in made.left_out} == {".DS_Store", "weights.h5", "abc123_20241121_1_HW3.zip"}


def test_a_large_file_the_assignment_asks_for_goes_in(work: Path) -> None:
    assert "weights.h5" in packed(work, large_bytes=2000, needed=("weights.h5",)).included


def test_the_same_files_give_the_same_bytes(work: Path) -> None:
    one = packed(work / "Lab.ipynb", work / "helper.py")
    (work / "helper.py").touch()
    assert one.content == packed(work / "helper.py", work / "Lab.ipynb").content


def test_what_is_packed_can_be_taken_in(work: Path, tmp_path: Path) -> None:
    made = packed(work)
    (tmp_path / made.name).write_bytes(made.content)
    found = take_in(tmp_path / made.name)
    assert isinstance(found, Submission)
    assert (found.student, list(found.notebooks)) == ("abc123", ["Lab.ipynb"])


@pytest.mark.parametrize(
    "options", [{"net_id": "a b"}, {"net_id": ""}, {"version": 0}, {"homework": "a b"}, {"homework": "../x"}]
)
def test_an_impossible_name_is_refused(work: Path, options: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="no name"):
        packed(work, **options)


def test_no_notebook_is_refused(work: Path) -> None:
    with pytest.raises(UsageError, match="no notebook"):
        packed(work / "helper.py")


def test_a_broken_notebook_is_refused(work: Path) -> None:
    (work / "Lab.ipynb").write_text("{")
    with pytest.raises(UsageError, match=r"Lab\.ipynb cannot be read"):
        packed(work)


def test_two_files_of_one_name_are_refused(work: Path, tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("")
    with pytest.raises(UsageError, match="same name"):
        packed(work / "Lab.ipynb", work / "helper.py", tmp_path / "helper.py")


def test_a_missing_file_is_refused(work: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        packed(work / "absent.ipynb")


def test_versions_count_from_one_on_each_day(tmp_path: Path) -> None:
    for name in ("abc123_20241122_1_HW3.zip", "abc123_20241122_4_HW3.zip", "abc123_20241121_9_HW3.zip"):
        (tmp_path / name).touch()
    assert next_version(tmp_path, net_id="abc123", day=DAY, homework="3") == 5
    assert next_version(tmp_path, net_id="abc123", day=DAY, homework="4") == 1
