"""What students get, and what is never released."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from autograder.app.course_files import digests_of_course_files
from autograder.authoring.release import release, released_files, released_notebooks
from autograder.config.assignment_file import load
from autograder.errors import AuthoringError
from autograder.formats.nbgrader import checksum, grading_of
from autograder.formats.notebook import Notebook, read
from tests.unit.authoring.builders import (
    CHECKS,
    SOLUTION,
    TESTS,
    TOML,
    a_cell,
    a_loaded_assignment,
    an_assignment_folder,
    standard_cells,
)


def released(folder: Path, **parts: Any) -> Notebook:
    return read(released_files(a_loaded_assignment(folder, **parts))["lab.ipynb"])


def refusal(folder: Path, **parts: Any) -> str:
    out = folder / "out"
    with pytest.raises(AuthoringError) as problem:
        release(a_loaded_assignment(folder / "lab", **parts), out)
    assert not out.exists()
    return str(problem.value)


def with_cell(number: int, cell: dict[str, Any]) -> list[dict[str, Any]]:
    cells = standard_cells()
    cells[number] = cell
    return cells


def test_solutions_hidden_tests_and_outputs_are_gone_and_stubs_are_there(tmp_path: Path) -> None:
    notebook = released(tmp_path)
    assert [cell.source for cell in notebook.cells] == [
        "# A small lab\nDouble a number.",
        'def double(x):\n    """Give twice x."""\n    # YOUR CODE HERE\n    raise NotImplementedError()',
        "assert double(1) == 2",
        "YOUR ANSWER HERE",
    ]
    assert all(cell.outputs == () for cell in notebook.cells)
    raw = released_files(load(tmp_path))["lab.ipynb"].decode()
    for secret in ("doubled_value", "-3.5", "says the author", "an output", '"execution_count": 3'):
        assert secret not in raw


def test_a_mark_scheme_is_taken_out_of_its_task_with_its_attachments(tmp_path: Path) -> None:
    scheme = "=== BEGIN MARK SCHEME ===\nfive for colour\n=== END MARK SCHEME ==="
    source = f"Draw a picture.\n![ok](attachment:a.png)\n{scheme}"
    task = a_cell(source, "markdown", grade_id="draw", task=True, points=5)
    task["attachments"] = {"a.png": {"image/png": "AAAA"}, "b.png": {"image/png": "BBBB"}}
    toml = TOML + '[[checks]]\nid = "draw"\nkind = "manual"\ncell = "draw"\npoints = 5\n'
    cell = released(tmp_path, cells=[*standard_cells(), task], toml=toml).cells[-1]
    assert cell.source == "Draw a picture.\n![ok](attachment:a.png)"
    assert set(cell.attachments) == {"a.png"}


def test_cells_are_locked_and_carry_checksums_of_what_was_released(tmp_path: Path) -> None:
    notebook = released(tmp_path)
    flags = [(cell.metadata.get("deletable"), cell.metadata.get("editable")) for cell in notebook.cells]
    assert flags == [(False, False), (False, None), (False, False), (False, None)]
    for cell in notebook.cells:
        grading = grading_of(cell)
        assert grading is not None and grading.checksum == checksum(cell, grading)


def test_points_of_the_configuration_replace_those_of_the_notebook(tmp_path: Path) -> None:
    cell = released(tmp_path, toml=TOML.replace("points = 2", "points = 7")).cells[2]
    grading = grading_of(cell)
    assert grading is not None and grading.points == 7


def test_a_release_holds_notebooks_course_files_configuration_and_instructions(tmp_path: Path) -> None:
    toml = TOML.replace("contract", 'course_files = ["data/rows.csv"]\ncontract')
    assignment = a_loaded_assignment(tmp_path / "lab", toml=toml, course_files={"data/rows.csv": "1,2\n"})
    done = release(assignment, tmp_path / "out")
    assert done.files == ("HANDING_IN.md", "assignment.toml", "data/rows.csv", "lab.ipynb")
    on_disk = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*")}
    assert on_disk == {*done.files, "lab.zip"}
    assert load(tmp_path / "out").version == assignment.version == done.version
    page = (tmp_path / "out" / "HANDING_IN.md").read_text()
    assert "- `double`" in page and "data/rows.csv" in page and "| double.visible | 2 |" in page


@pytest.mark.parametrize(
    ("name", "lab"), [("../m.tex", "lab/lab.ipynb"), ("../../deep/m.tex", "course/lab/lab.ipynb")]
)
def test_in_the_archive_a_course_file_lies_above_the_notebook_as_its_name_says(
    tmp_path: Path, name: str, lab: str
) -> None:
    toml = TOML.replace("contract", f'course_files = ["{name}"]\ncontract')
    inside = name.replace("../", "")
    assignment = a_loaded_assignment(tmp_path / "lab", toml=toml, course_files={inside: "macros"})
    done = release(assignment, tmp_path / "out")
    assert inside in done.files and load(tmp_path / "out").version == assignment.version
    with zipfile.ZipFile(tmp_path / "out" / "lab.zip") as archive:
        archive.extractall(tmp_path / "home")
    notebook = tmp_path / "home" / lab
    assert (notebook.parent / name).read_text() == "macros"
    assert digests_of_course_files(load(notebook.parent)).keys() == {inside}
    assert f"`{name}`" in (notebook.parent / "HANDING_IN.md").read_text()


def test_the_archive_holds_the_same_files_and_has_the_same_bytes_every_time(tmp_path: Path) -> None:
    assignment = a_loaded_assignment(tmp_path / "lab")
    first, second = (release(assignment, tmp_path / name) for name in ("one", "two"))
    assert first.archive_digest == second.archive_digest
    raw = (tmp_path / "one" / "lab.zip").read_bytes()
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        assert archive.namelist() == [f"lab/{name}" for name in first.files]
        assert archive.read("lab/lab.ipynb") == (tmp_path / "one" / "lab.ipynb").read_bytes()


def test_a_dry_run_finds_everything_and_writes_nothing(tmp_path: Path) -> None:
    done = release(a_loaded_assignment(tmp_path / "lab"), tmp_path / "out", dry_run=True)
    assert not done.written and done.files and not (tmp_path / "out").exists()
    with pytest.raises(AuthoringError):
        release(a_loaded_assignment(tmp_path / "bad", checks=""), tmp_path / "out", dry_run=True)


def test_the_same_release_is_left_alone_and_a_different_one_is_not_overwritten_silently(
    tmp_path: Path,
) -> None:
    out = tmp_path / "out"
    assert release(a_loaded_assignment(tmp_path / "lab"), out).written
    assert not release(a_loaded_assignment(tmp_path / "lab"), out).written
    changed = a_loaded_assignment(tmp_path / "lab", toml=TOML.replace("A small lab", "Another lab"))
    before = (out / "assignment.toml").read_bytes()
    with pytest.raises(AuthoringError, match="holds a different release"):
        release(changed, out)
    assert (out / "assignment.toml").read_bytes() == before
    assert release(changed, out, replace=True).written
    assert "Another lab" in (out / "assignment.toml").read_text()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_folder_with_other_files_is_never_replaced(tmp_path: Path) -> None:
    assignment = a_loaded_assignment(tmp_path / "lab")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("years of work")
    with pytest.raises(AuthoringError, match="holds files that are no release"):
        release(assignment, tmp_path / "out", replace=True)
    for folder in ("lab", "lab/source", "lab/source/out"):
        with pytest.raises(AuthoringError, match=r"cannot be written into or above|no release"):
            release(assignment, tmp_path / folder, replace=True)


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (SOLUTION.replace("BEGIN SOLUTION", "BEGIN SOLUTON"), 'looks like a mistyped "BEGIN SOLUTION"'),
        (SOLUTION.replace("    ### END SOLUTION", ""), "BEGIN SOLUTION without an END SOLUTION"),
        (SOLUTION.replace("    ### BEGIN SOLUTION\n", ""), "END SOLUTION without a BEGIN"),
        (SOLUTION + "\n" + TESTS, "a region HIDDEN TESTS belongs into a cell with the role"),
    ],
)
def test_a_broken_region_is_refused_with_its_cell(tmp_path: Path, wrong: str, expected: str) -> None:
    problem = refusal(tmp_path, cells=with_cell(1, a_cell(wrong, grade_id="double", solution=True)))
    assert "lab.ipynb, cell 2: " in problem and expected in problem


def test_a_mistyped_hidden_marker_that_nbgrader_lets_through_is_refused(tmp_path: Path) -> None:
    wrong = TESTS.replace("BEGIN HIDDEN TESTS", "BEGIN HIDEN TESTS").replace(
        "END HIDDEN TESTS", "END HIDEN TESTS"
    )
    problem = refusal(
        tmp_path, cells=with_cell(2, a_cell(wrong, grade_id="test_double", grade=True, points=2))
    )
    assert problem.count("looks like a mistyped") == 2


def test_a_region_in_a_cell_without_a_role_is_refused(tmp_path: Path) -> None:
    problem = refusal(
        tmp_path, cells=[*standard_cells(), a_cell("### BEGIN SOLUTION\nx = 1\n### END SOLUTION")]
    )
    assert "this cell has no role" in problem


def test_a_hidden_test_that_also_stands_visibly_somewhere_is_refused(tmp_path: Path) -> None:
    visible = a_cell('assert double(-3.5) == -7.0, "negative"')
    problem = refusal(tmp_path, cells=[*standard_cells(), visible])
    assert "lab.ipynb: the hidden line" in problem and "(HIDDEN TESTS in lab.ipynb, cell 3)" in problem


def test_a_solution_line_that_the_author_also_shows_is_no_leak(tmp_path: Path) -> None:
    notebook = released(tmp_path, cells=[*standard_cells(), a_cell("doubled_value = x + x")])
    assert notebook.cells[-1].source == "doubled_value = x + x"


def test_a_solution_in_a_course_file_or_in_the_configuration_is_refused(tmp_path: Path) -> None:
    toml = TOML.replace("contract", 'course_files = ["helper.py"]\ncontract')
    helper = {"helper.py": "def f(x):\n    doubled_value = x + x\n    return 1\n"}
    assert "helper.py: the hidden line" in refusal(tmp_path, toml=toml, course_files=helper)
    title = TOML.replace("A small lab", "Write: doubled_value = x + x and then return doubled_value")
    assert "assignment.toml: the hidden line" in refusal(tmp_path, toml=title)


def test_a_marker_in_a_course_file_is_refused(tmp_path: Path) -> None:
    toml = TOML.replace("contract", 'course_files = ["helper.py", "macros.ipynb"]\ncontract')
    macros = json.dumps({"cells": [{"source": ["x\n", "### BEGIN SOLUTON\n"]}]})
    files = {"helper.py": "# END HIDDEN TESTS\n", "macros.ipynb": macros}
    problem = refusal(tmp_path, toml=toml, course_files=files)
    assert 'helper.py: "# END HIDDEN TESTS" looks like a marker' in problem
    assert 'macros.ipynb: "### BEGIN SOLUTON" looks like a marker' in problem


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"checks": ""}, 'check "double.outside" has no code'),
        ({"checks": CHECKS.replace("outside", "outsid")}, 'did you mean "double.outsid"?'),
        ({"checks": CHECKS.replace("double.outside", "other")}, '@check("other") is not declared'),
        ({"checks": CHECKS + CHECKS}, "has code twice: test_lab.py:5 and test_lab.py:11"),
        ({"toml": TOML.replace('"test_double"', '"test_dubble"')}, 'did you mean "test_double"?'),
        ({"toml": TOML.replace('cell = "why"', 'cell = "intro"')}, 'has the role "read-only"'),
        (
            {"toml": TOML.split('[[checks]]\nid = "why"')[0]},
            'the cell "why" (manually graded answer) belongs to no',
        ),
        ({"toml": TOML + '[[checkpoints]]\nid = "p"\ncell = "dubble"\n'}, 'did you mean "double"?'),
        ({"toml": TOML.replace('["double"]', '["triple"]')}, 'never mention "triple"'),
    ],
)
def test_parts_that_do_not_agree_are_refused(tmp_path: Path, parts: dict[str, str], expected: str) -> None:
    assert expected in refusal(tmp_path, **parts)


def test_a_check_file_that_is_no_python_is_named_with_its_line(tmp_path: Path) -> None:
    assert "test_lab.py:2: is not valid Python" in refusal(tmp_path, checks="x = 1\ndef (\n")


def test_a_notebook_that_is_broken_is_named(tmp_path: Path) -> None:
    folder = an_assignment_folder(tmp_path / "lab")
    assignment = load(folder)
    (folder / "source" / "lab.ipynb").write_text("{")
    with pytest.raises(AuthoringError, match=r"lab\.ipynb: the notebook is not JSON"):
        release(assignment, tmp_path / "out")


def test_metadata_equals_that_of_nbgraders_own_release(tmp_path: Path) -> None:
    preprocessors = pytest.importorskip("nbgrader.preprocessors", reason="needs the nbgrader extra")
    nbformat = pytest.importorskip("nbformat")
    assignment = a_loaded_assignment(tmp_path / "lab")
    theirs: Any = nbformat.read(tmp_path / "lab" / "source" / "lab.ipynb", 4)
    theirs.metadata["kernelspec"] = {"language": "python", "name": "python3", "display_name": "Python"}
    resources: dict[str, Any] = {}
    for step in (
        "LockCells",
        "ClearSolutions",
        "ClearOutput",
        "ClearHiddenTests",
        "ClearMarkScheme",
        "ComputeChecksums",
    ):
        theirs, resources = getattr(preprocessors, step)().preprocess(theirs, resources)
    ours = read(released_files(assignment)["lab.ipynb"])
    for mine, other in zip(ours.cells, theirs.cells, strict=True):
        assert mine.source == other.source
        flags = {key: other.metadata.get(key) for key in ("deletable", "editable")}
        assert {key: mine.metadata.get(key) for key in flags} == flags
        known = dict(mine.metadata["nbgrader"])
        assert {key: known[key] for key in other.metadata.nbgrader} == dict(other.metadata.nbgrader)


def test_the_notebooks_that_students_got_are_known_from_the_source_and_from_the_release(
    tmp_path: Path,
) -> None:
    assignment = a_loaded_assignment(tmp_path / "lab")
    release(assignment, tmp_path / "out")
    from_source = released_notebooks(assignment)["lab.ipynb"]
    from_release = released_notebooks(load(tmp_path / "out"))["lab.ipynb"]
    assert [cell.source for cell in from_source.cells] == [cell.source for cell in from_release.cells]
    assert "raise NotImplementedError()" in from_source.cells[1].source


def test_a_notebook_that_was_released_elsewhere_is_kept_as_students_got_it(tmp_path: Path) -> None:
    handed_out = "def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    cells = with_cell(1, a_cell(handed_out, grade_id="double", solution=True))
    notebook = released_notebooks(a_loaded_assignment(tmp_path, cells=cells))["lab.ipynb"]
    assert notebook.cells[1].source == handed_out
