"""An archive that a stranger wrote is refused in words, and no folder is removed by what it says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder.errors import GradebookError
from gradebook.archive.manifest import MANIFEST, write_manifest
from tests.unit.app.test_archiving import Site, missing, restore, rewritten, verify


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    site = Site(tmp_path)
    site.archive()
    return tmp_path / "archive"


def signed_again(folder: Path) -> None:
    (folder / MANIFEST).unlink()
    write_manifest(folder)


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("grades.jsonl", lambda row: {**row, "student": {"a": 1}}),
        ("records/audit_log.jsonl", lambda row: {**row, "row_id": 10**30}),
        ("records/assignment_versions.jsonl", lambda row: {**row, "sheet": []}),
        ("records/scores.jsonl", lambda row: {**row, "status": "2026"}),
        ("records/score_details.jsonl", lambda row: {**row, "results": {"a": 1}}),
    ],
)
def test_values_that_no_gradebook_has_are_told_in_words(
    folder: Path, file: str, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    rewritten(folder / file, change)
    signed_again(folder)
    with pytest.raises(GradebookError):
        verify(folder)
    with pytest.raises(GradebookError):
        restore(folder, f"sqlite:///{folder.parent / 'new.sqlite3'}")


def test_a_folder_in_the_place_of_a_file_is_told_in_words(folder: Path) -> None:
    (folder / "names.jsonl").unlink()
    (folder / "names.jsonl").mkdir()
    (folder / "names.jsonl" / "x").write_text("")
    signed_again(folder)
    with pytest.raises(GradebookError):
        restore(folder, f"sqlite:///{folder.parent / 'new.sqlite3'}")


def test_counts_that_are_no_numbers_are_refused(folder: Path) -> None:
    about = json.loads((folder / "about.json").read_text())
    (folder / "about.json").write_text(json.dumps({**about, "rows": {"scores": "many"}}))
    signed_again(folder)
    with pytest.raises(GradebookError, match="has format"):
        verify(folder)


def test_a_second_line_about_one_grade_is_found(folder: Path) -> None:
    """The last one would agree; whoever reads the file could believe the first."""
    lines = (folder / "grades.jsonl").read_text().splitlines()
    better = json.dumps({**json.loads(lines[0]), "points": "100"})
    (folder / "grades.jsonl").write_text("\n".join([better, *lines]) + "\n")
    signed_again(folder)
    with pytest.raises(GradebookError, match="two lines are about"):
        verify(folder)


@pytest.mark.parametrize("sign", ["\x0b", "\x0c", "\x1c"])
def test_lines_of_a_manifest_end_where_sha256sum_ends_them(folder: Path, sign: str) -> None:
    content = (folder / MANIFEST).read_text()
    (folder / MANIFEST).write_bytes(content.replace("\n", sign, 1).encode())
    with pytest.raises(GradebookError, match="line 1"):
        verify(folder)


def test_names_of_files_left_out_are_not_told_in_an_archive_without_names(tmp_path: Path) -> None:
    site = Site(tmp_path)
    (site.handed_in / "kim77-late.zip").symlink_to(site.root / "elsewhere")
    (site.results / "anna77-1" / "evidence" / "anna77.json").symlink_to(site.root)
    (site.results / "kim77-2").mkdir()
    (site.results / "kim77-2" / "result.json").write_text("damaged")
    site.archive(names=False)
    told = missing(tmp_path / "archive")
    assert {each["what"] for each in told} >= {"file", "result"}
    assert not [each for each in told if "anna77" in str(each) or "kim77" in str(each)]
