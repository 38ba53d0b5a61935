"""The zip for Gradescope: what is in it, what is not, and which assignments it is made for."""

from __future__ import annotations

import json
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.app.authoring import new_assignment
from autograder.app.gradescope_run import grade_here, read_metadata
from autograder.app.gradescope_zip import refuse_what_is_not_there, write_gradescope_zip
from autograder.config.machine import load
from autograder.errors import AuthoringError, GraderFailed, UsageError
from autograder.model.assignment import AssetNeeds, Environment, GpuNeed, HoldoutSpec
from tests import fakes

WHOLE = """{"id": 9, "created_at": "2026-03-02T14:22:32.365935-07:00", "assignment": {"title": "Lab"},
"submission_method": "upload", "users": [{"email": "b@example.org", "id": 8, "name": "B"}, {"id": 7}],
"previous_submissions": [{"score": 1.0, "results": {}}]}"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gradescope") / "lab"
    new_assignment(folder)
    return folder


@pytest.fixture(scope="module")
def unpacked(lab: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("autograder")
    write_gradescope_zip(lab, folder / "autograder.zip", requirements=None)
    with zipfile.ZipFile(folder / "autograder.zip") as archive:
        archive.extractall(folder)
    return folder


def test_the_scripts_are_at_the_root_and_executable(unpacked: Path) -> None:
    with zipfile.ZipFile(unpacked / "autograder.zip") as archive:
        modes = {name: archive.getinfo(name).external_attr >> 16 for name in ("setup.sh", "run_autograder")}
    assert set(modes.values()) == {0o100755}


@pytest.mark.parametrize("script", ["setup.sh", "run_autograder"])
def test_the_scripts_are_shell(unpacked: Path, script: str) -> None:
    subprocess.run(["bash", "-n", unpacked / script], check=True)
    assert (unpacked / script).read_text().startswith("#!/usr/bin/env bash\n")


def test_the_assignment_is_there_without_its_samples(unpacked: Path) -> None:
    found = sorted(
        path.relative_to(unpacked).as_posix()
        for path in (unpacked / "assignment").rglob("*")
        if path.is_file()
    )
    assert found == [
        "assignment/assignment.toml",
        "assignment/checks/test_lab.py",
        "assignment/rubrics/reflection.toml",
        "assignment/source/lab.ipynb",
    ]


def test_the_package_is_there_without_byte_code(unpacked: Path) -> None:
    assert (unpacked / "package" / "autograder" / "app" / "gradescope_run.py").is_file()
    assert (unpacked / "package" / "autograder" / "reporting" / "templates").is_dir()
    assert not list((unpacked / "package").rglob("*.pyc"))


def test_the_settings_are_of_this_program_and_choose_another_user(unpacked: Path) -> None:
    settings = load(unpacked / "autograder.toml", environment={})
    assert (settings.sandbox, settings.sandbox_user) == ("process", "student")
    assert settings.image("small") == "none"


def test_equal_files_give_equal_bytes(lab: Path, unpacked: Path, tmp_path: Path) -> None:
    write_gradescope_zip(lab, tmp_path / "again.zip", requirements=None)
    assert (tmp_path / "again.zip").read_bytes() == (unpacked / "autograder.zip").read_bytes()


def test_requirements_are_pinned_and_those_of_the_notebooks_follow(lab: Path, tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text("pandas>=2\n")
    write_gradescope_zip(lab, tmp_path / "a.zip", requirements=tmp_path / "more.txt")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        lines = archive.read("requirements.txt").decode().splitlines()
    assert lines[-2:] == ["# for the notebooks", "pandas>=2"]
    assert all("==" in line for line in lines[:-2]) and any(line.startswith("nbclient==") for line in lines)
    assert not any(line.startswith("tensorflow") for line in lines)


def test_a_list_of_packages_that_is_not_there_is_wrong_usage(lab: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="list of packages"):
        write_gradescope_zip(lab, tmp_path / "a.zip", requirements=tmp_path / "none.txt")
    assert not (tmp_path / "a.zip").exists()


def test_another_file_that_is_there_goes_only_where_that_is_asked_for(lab: Path, tmp_path: Path) -> None:
    out = tmp_path / "autograder.zip"
    out.write_bytes(b"the zip of otter, which is called the same")
    with pytest.raises(UsageError, match="is there already and differs") as raised:
        write_gradescope_zip(lab, out, requirements=None)
    assert "--replace" in raised.value.hint
    assert out.read_bytes().startswith(b"the zip of otter")
    write_gradescope_zip(lab, out, requirements=None, replace=True)
    made = out.read_bytes()
    write_gradescope_zip(lab, out, requirements=None)  # the same is no other file
    assert out.read_bytes() == made


@pytest.mark.parametrize(
    ("changes", "lacking"),
    [
        ({"assets": AssetNeeds(models=("distilbert-base-uncased",))}, "the asset store"),
        ({"holdout": HoldoutSpec(dataset="d", subset="s")}, "withheld rows"),
        ({"environment": replace(Environment(), gpu=GpuNeed.REQUIRED)}, "a GPU"),
    ],
)
def test_what_gradescope_does_not_have_is_refused_before_anything_is_written(
    changes: dict[str, object], lacking: str
) -> None:
    with pytest.raises(AuthoringError, match=lacking):
        refuse_what_is_not_there(fakes.an_assignment(**changes))


def test_of_the_metadata_only_numbers_and_times_are_read(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(WHOLE)
    found = read_metadata(tmp_path / "m.json")
    assert (found.student, len(found.previous_submissions)) == ("gradescope-7-8", 1)
    assert found.created_at.isoformat() == "2026-03-02T14:22:32.365935-07:00"


def test_a_submission_of_nobody_is_called_by_its_own_number(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text('{"id": 5, "created_at": "2026-03-02T14:22:32Z", "users": []}')
    assert read_metadata(tmp_path / "m.json").student == "gradescope-submission-5"


@pytest.mark.parametrize("text", ["", "{}", '{"created_at": "2026-03-02", "users": []}'])
def test_other_metadata_is_a_failure_on_our_side(text: str, tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(text)
    with pytest.raises(GraderFailed, match=r"m\.json"):
        read_metadata(tmp_path / "m.json")


def test_an_earlier_result_does_not_outlive_a_failure(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "results.json").write_text('{"score": 12}')
    with pytest.raises(GraderFailed, match="cannot be read"):
        grade_here(tmp_path)
    assert not (tmp_path / "results" / "results.json").exists()


def importing(folder: Path, source: str) -> Path:
    """The lab with a cell of this text in its notebook."""
    new_assignment(folder)
    path = folder / "source" / "lab.ipynb"
    notebook = json.loads(path.read_text())
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "imports":
            cell["source"] = source
    path.write_text(json.dumps(notebook))
    return folder


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import pandas as pd, os", "import pandas;"),
        (
            "    from pandas.core import api\nimport otter, seaborn.objects as so",
            "import pandas, seaborn;",
        ),
    ],
)
def test_packages_that_nobody_named_are_refused_since_every_submission_would_fail(
    source: str, words: str, tmp_path: Path
) -> None:
    lab = importing(tmp_path / "lab", source)
    with pytest.raises(UsageError, match=words):
        write_gradescope_zip(lab, tmp_path / "a.zip", requirements=None)
    (tmp_path / "more.txt").write_text("pandas\nseaborn\n")
    write_gradescope_zip(lab, tmp_path / "a.zip", requirements=tmp_path / "more.txt")


def test_what_is_installed_there_anyway_needs_no_name(tmp_path: Path) -> None:
    lab = importing(
        tmp_path / "lab", "import numpy as np, math\nfrom IPython import display\n# import pandas"
    )
    write_gradescope_zip(lab, tmp_path / "a.zip", requirements=None)
    assert (tmp_path / "a.zip").is_file()
