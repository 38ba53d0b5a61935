"""Our release of an nbgrader source is nbgrader's own, but for differences that are wanted and written down.

docs/nbgrader-differences.md lists them; the numbers here are the ones there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autograder.app.importing import converted, import_nbgrader, write
from autograder.authoring.release import released_files
from autograder.config.assignment_file import load
from autograder.errors import AuthoringError
from tests.interop import release_corpus
from tests.interop.itself import nbgrader_did

EQUAL = [(name, notebook) for name, books in release_corpus.SOURCES.items() for notebook in books]
EQUAL.append(("own", "lab"))
REFUSED = sorted(release_corpus.NBGRADER_LETS_THROUGH)


@dataclass(frozen=True)
class Releases:
    """What both made: nbgrader's folder and success by assignment, the course folders for ours."""

    plain: Path
    with_settings: Path
    outcomes: Mapping[str, Any]

    def course(self, assignment: str) -> Path:
        return self.with_settings if assignment == "own" else self.plain

    def theirs(self, assignment: str, notebook: str) -> dict[str, Any]:
        path = self.course(assignment) / "release" / assignment / f"{notebook}.ipynb"
        found: dict[str, Any] = json.loads(path.read_text())
        return found

    def ours(self, assignment: str, folder: Path) -> Mapping[str, bytes]:
        imported = folder / "imported"
        if assignment == "autotest":
            options: dict[str, Any] = {"dry_run": False, "replace": False, "trust_config": True}
            list(import_nbgrader(self.plain, imported, assignment=assignment, **options))
        else:
            write(converted(self.course(assignment) / "source" / assignment).files, imported)
        return released_files(load(imported))


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Releases:
    folder = tmp_path_factory.mktemp("releases")
    plain = release_corpus.write_course(folder / "course")
    own = release_corpus.write_course_with_settings(folder / "own")
    old = (plain / "source" / "schemas" / "lab.ipynb").read_text()
    names = (
        *release_corpus.SOURCES, *release_corpus.NBGRADER_LETS_THROUGH, *release_corpus.NBGRADER_FAILS,
    )  # fmt: skip
    outcomes = nbgrader_did(
        [
            [str(plain), {}, ["update", "schemas"], *(["release", name] for name in names)],
            [str(own), release_corpus.OPTIONS, ["release", "own"]],
        ],
        folder,
    )
    (plain / "source" / "schemas" / "lab.ipynb").write_text(old)  # ours needs no update
    return Releases(plain, own, {**outcomes[str(plain)], **outcomes[str(own)]})


def cells_of(notebook: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{**cell, "source": "".join(cell["source"])} for cell in notebook["cells"]]


@pytest.mark.parametrize(("assignment", "notebook"), EQUAL)
def test_a_release_is_nbgraders_cell_for_cell(
    releases: Releases, assignment: str, notebook: str, tmp_path: Path
) -> None:
    assert releases.outcomes[assignment]["success"]
    theirs = releases.theirs(assignment, notebook)
    ours = json.loads(releases.ours(assignment, tmp_path)[f"{notebook}.ipynb"])
    if theirs["nbformat_minor"] < 5:  # difference R4
        for cell in ours["cells"]:
            del cell["id"]
    assert cells_of(ours) == cells_of(theirs)
    assert ours["metadata"] == theirs["metadata"]


def test_the_checksums_are_those_that_nbgrader_computes_after_hiding(releases: Releases) -> None:
    marked = [cell["metadata"].get("nbgrader", {}) for cell in releases.theirs("kinds", "lab")["cells"]]
    assert sum("checksum" in marks for marks in marked) >= 15


def test_the_files_beside_the_notebooks_are_the_same_and_ours_are_added(
    releases: Releases, tmp_path: Path
) -> None:
    """R1."""
    home = releases.plain / "release" / "kinds"
    theirs = {path.relative_to(home).as_posix(): path for path in home.rglob("*") if path.is_file()}
    ours = releases.ours("kinds", tmp_path)
    assert ours.keys() - theirs.keys() == {"assignment.toml", "HANDING_IN.md"}
    assert theirs.keys() <= ours.keys()
    assert all(ours[name] == path.read_bytes() for name, path in theirs.items() if path.suffix != ".ipynb")


@pytest.mark.parametrize("assignment", REFUSED)
def test_what_would_reach_students_is_refused_where_nbgrader_releases_it(
    releases: Releases, assignment: str, tmp_path: Path
) -> None:
    """R2."""
    assert releases.outcomes[assignment]["success"]
    with pytest.raises(AuthoringError, match=r"lab\.ipynb"):
        releases.ours(assignment, tmp_path)


def a_course(folder: Path, notebooks: Mapping[str, Any]) -> Path:
    home = folder / "source" / "ps1"
    home.mkdir(parents=True)
    for name, notebook in notebooks.items():
        (home / f"{name}.ipynb").write_text(json.dumps(notebook))
    return home


def released_by_us(source: Path, folder: Path) -> Mapping[str, bytes]:
    write(converted(source).files, folder / "imported")
    return released_files(load(folder / "imported"))


def test_a_source_in_another_language_is_refused(tmp_path: Path) -> None:
    """R3."""
    with pytest.raises(AuthoringError, match="only Python notebooks"):
        converted(a_course(tmp_path, {"lab": release_corpus.in_r()}))


def test_cells_without_ids_get_some(releases: Releases, tmp_path: Path) -> None:
    """R4."""
    theirs = releases.theirs("no-ids", "lab")
    ours = json.loads(releases.ours("no-ids", tmp_path)["lab.ipynb"])
    assert (theirs["nbformat_minor"], ours["nbformat_minor"]) == (2, 5)
    assert [cell["id"] for cell in ours["cells"]] == ["cell-0", "cell-1"]


def test_a_picture_of_a_solution_is_not_released(tmp_path: Path) -> None:
    """R5."""
    pictures = {"seen.png": release_corpus.PNG, "secret.png": release_corpus.PNG}
    answer = release_corpus.a_cell(
        "![](attachment:seen.png)\n=== BEGIN SOLUTION\n![](attachment:secret.png)\n=== END SOLUTION",
        "markdown", attachments=pictures, grade_id="why", points=1, **release_corpus.WRITTEN,
    )  # fmt: skip
    home = a_course(tmp_path / "course", {"lab": release_corpus.a_notebook([answer])})
    released = json.loads(released_by_us(home, tmp_path)["lab.ipynb"])
    assert released["cells"][0]["attachments"].keys() == {"seen.png"}


def test_a_name_that_two_notebooks_have_is_the_second_notebooks_own(tmp_path: Path) -> None:
    """R6."""
    cell = release_corpus.a_cell("assert True", grade_id="t", points=1, **release_corpus.TESTS)
    home = a_course(tmp_path / "course", {name: release_corpus.a_notebook([cell]) for name in ("a", "b")})
    files = released_by_us(home, tmp_path)
    names = [
        json.loads(files[name])["cells"][0]["metadata"]["nbgrader"]["grade_id"]
        for name in ("a.ipynb", "b.ipynb")
    ]
    assert names == ["t", "b-t"]


def test_old_line_ends_become_plain_ones(tmp_path: Path) -> None:
    """R7."""
    cell = release_corpus.a_cell("x = 1", grade_id="x", **release_corpus.FIXED)
    cell["source"] = "x = 1\r\ny = 2\rz = 3"
    home = a_course(tmp_path / "course", {"lab": release_corpus.a_notebook([cell])})
    released = json.loads(released_by_us(home, tmp_path)["lab.ipynb"])
    assert "".join(released["cells"][0]["source"]) == "x = 1\ny = 2\nz = 3"


def test_an_id_that_two_cells_have_stays_with_the_first(tmp_path: Path) -> None:
    """R8."""
    cells = [release_corpus.a_cell(text, cell_id="same") for text in ("1", "2")]
    marked = release_corpus.a_cell("assert True", grade_id="t", points=1, **release_corpus.TESTS)
    home = a_course(tmp_path / "course", {"lab": release_corpus.a_notebook([*cells, marked])})
    released = json.loads(released_by_us(home, tmp_path)["lab.ipynb"])
    assert [cell["id"] for cell in released["cells"][:2]] == ["same", "cell-1"]


def test_a_notebook_is_run_for_its_autotest_lines_only_where_the_course_is_trusted(
    releases: Releases,
) -> None:
    """R9."""
    with pytest.raises(AuthoringError, match=r"AUTOTEST lines.*--trust-config"):
        converted(releases.plain / "source" / "autotest")


def test_a_raw_cell_may_be_locked(releases: Releases, tmp_path: Path) -> None:
    """R10."""
    assert not releases.outcomes["marked-raw"]["success"]
    released = json.loads(releases.ours("marked-raw", tmp_path)["lab.ipynb"])
    assert released["cells"][0]["metadata"]["editable"] is False
