"""The made-up class that `autograder new --class` writes."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from autograder.authoring import scaffold_class
from autograder.authoring.scaffold import new
from autograder.authoring.scaffold_class import new_class
from autograder.config.machine import load
from autograder.errors import UsageError
from autograder.intake.lms import Lms, read
from gradebook.exports.brightspace import read_brightspace
from gradebook.policies.file import parse_policies


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    new(tmp_path / "my-lab")
    new_class(tmp_path, tmp_path / "my-lab")
    return tmp_path


def notebooks(download: Path) -> dict[str, str]:
    """The code of each submission, by its folder's name."""
    with zipfile.ZipFile(download) as outer:
        found = {}
        for name in outer.namelist():
            with zipfile.ZipFile(io.BytesIO(outer.read(name))) as inner:
                cells = json.loads(inner.read("lab.ipynb"))["cells"]
            found[name] = "\n".join("".join(cell["source"]) for cell in cells)
    return found


def test_every_submission_has_a_name_that_brightspace_writes(folder: Path) -> None:
    names = notebooks(folder / scaffold_class.DOWNLOAD)
    assert len(names) == len(scaffold_class.HANDED_IN)
    read_names = [read(name.split("/")[0], Lms.BRIGHTSPACE) for name in names]
    assert all(named is not None and named.when is not None for named in read_names)


def test_students_do_what_the_tutorial_says_they_do(folder: Path) -> None:
    codes = list(notebooks(folder / scaffold_class.DOWNLOAD).values())
    assert sum("float16" in code for code in codes) == 1
    assert sum("/content/drive" in code for code in codes) == 1
    assert sum("(width + 1)" in code for code in codes) == 1
    assert not any("HIDDEN" in code or "BEGIN" in code for code in codes)


def test_its_policies_and_its_machine_file_are_valid(folder: Path) -> None:
    policies = parse_policies((folder / scaffold_class.POLICIES_FILE).read_text())
    assert list(policies.assignments) == ["my-lab"]
    assert load(folder / scaffold_class.MACHINE_FILE, environment={}).term == "2026-spring"


def test_its_export_is_one_that_brightspace_writes(folder: Path) -> None:
    export = read_brightspace((folder / scaffold_class.EXPORT).read_bytes(), scaffold_class.EXPORT)
    assert [column.names[0] for column in export.columns] == ["Two functions on number series"]


def test_it_is_the_same_each_time(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    new(other / "my-lab")
    new_class(other, other / "my-lab")
    for name in (scaffold_class.DOWNLOAD, scaffold_class.ROSTER, scaffold_class.EXPORT):
        assert (other / name).read_bytes() == (folder / name).read_bytes()


def test_nothing_is_overwritten(folder: Path) -> None:
    before = (folder / scaffold_class.ROSTER).read_bytes()
    with pytest.raises(UsageError, match="is there already"):
        new_class(folder, folder / "my-lab")
    assert (folder / scaffold_class.ROSTER).read_bytes() == before
