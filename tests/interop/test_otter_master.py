"""Masters of `otter assign` give students the same cells and the same tests as the installed otter does."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from autograder.app.importing import converted
from autograder.authoring.release import released_files
from autograder.config.assignment_file import load
from autograder.formats.notebook import Cell, read
from autograder.interop.converted import Converted
from autograder.interop.detect import Dialect, detect
from autograder.interop.otter_zip import convert_otter_zip
from autograder.model.assignment import Assignment, CheckKind, OriginFormat
from tests.interop.otter_masters import CORPUS, written

OF_OTTER = re.compile(r"# Initialize Otter\n|grader\.(check|check_all|export)\(|## Submission\n|# Save your")
FOR_PDFS = re.compile(r"<!-- (BEGIN|END) QUESTION -->\n*")
Shown = list[tuple[str, str]]


@pytest.fixture(scope="module")
def masters(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The masters of the corpus, each with what the installed otter made of it in `out`."""
    root = tmp_path_factory.mktemp("masters")
    found = {name: written(root / name, notebook) for name, notebook in CORPUS.items()}
    script = Path(__file__).with_name("otter_assigning.py")
    done = subprocess.run(
        [sys.executable, script, *(path.parent for path in found.values())],
        capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return found


@pytest.fixture(scope="module")
def ours(masters: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Our assignment folders of the masters."""
    root = tmp_path_factory.mktemp("ours")
    for name, path in masters.items():
        for file, content in converted(path).files.items():
            (root / name / file).parent.mkdir(parents=True, exist_ok=True)
            (root / name / file).write_bytes(content)
    return {name: root / name for name in masters}


def by_otter(master: Path) -> Converted:
    """What our reader of otter's zips finds in the zip that otter made of the master."""
    (path,) = (master.parent / "out" / "autograder").glob("*.zip")
    return convert_otter_zip(path, "otter")


def as_folder(made: Converted, folder: Path) -> Assignment:
    for file, content in made.files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(content)
    return load(folder)


def test_cells(raw: bytes) -> dict[str, str]:
    cells = read(raw).cells
    return {cell.grade_id: cell.source for cell in cells if cell.metadata.get("nbgrader", {}).get("grade")}


test_cells.__test__ = False  # type: ignore[attr-defined]


def students(raw: bytes) -> Shown:
    """The cells that students get, without those by which each tool runs its tests and makes its PDFs."""
    return [(cell.cell_type, text) for cell in read(raw).cells if (text := _theirs(cell)) is not None]


def _theirs(cell: Cell) -> str | None:
    mark = cell.grade_id
    if mark.startswith("otter-") or (cell.cell_type != "raw" and OF_OTTER.match(cell.source)):
        return None
    text = FOR_PDFS.sub("", cell.source)
    return None if cell.cell_type == "markdown" and not text.strip() else text


@pytest.mark.parametrize("name", CORPUS)
def test_students_get_the_cells_that_otter_gives_them(
    name: str, masters: Mapping[str, Path], ours: Mapping[str, Path]
) -> None:
    theirs = (masters[name].parent / "out" / "student" / "lab.ipynb").read_bytes()
    assert students(released_files(load(ours[name]))["lab.ipynb"]) == students(theirs)


@pytest.mark.parametrize("name", CORPUS)
def test_questions_have_the_tests_and_points_that_otter_gives_them(
    name: str, masters: Mapping[str, Path], ours: Mapping[str, Path], tmp_path: Path
) -> None:
    made = by_otter(masters[name])
    theirs = as_folder(made, tmp_path)
    mine = load(ours[name])
    automatic = [check for check in mine.checks if check.kind is CheckKind.CELLS]
    assert {check.id: check for check in automatic} == {check.id: check for check in theirs.checks}
    (source,) = [content for file, content in made.files.items() if file.endswith(".ipynb")]
    of_ours = test_cells((ours[name] / "source" / "lab.ipynb").read_bytes())
    assert {mark: text for mark, text in of_ours.items() if mark.startswith("otter-")} == test_cells(source)


@pytest.mark.parametrize("name", CORPUS)
def test_the_stand_in_seeds_as_otter_does(
    name: str, masters: Mapping[str, Path], ours: Mapping[str, Path]
) -> None:
    (source,) = [text for file, text in by_otter(masters[name]).files.items() if file.endswith(".ipynb")]
    theirs, mine = read(source).cells[0], read((ours[name] / "source" / "lab.ipynb").read_bytes()).cells[0]
    assert given_to_stand_in(theirs) == given_to_stand_in(mine)


def given_to_stand_in(cell: Cell) -> list[Any]:
    (call,) = ast.parse(cell.source.splitlines()[-2]).body
    assert isinstance(call, ast.Expr) and isinstance(call.value, ast.Call)
    return [ast.literal_eval(argument) for argument in call.value.args]


def test_the_stand_in_is_not_part_of_a_release(ours: Mapping[str, Path]) -> None:
    released = read(released_files(load(ours["everything"]))["lab.ipynb"])
    assert not [cell for cell in released.cells if "_otter_stand_in" in cell.source]


def test_questions_for_a_person_are_manual_checks_with_their_answers(ours: Mapping[str, Path]) -> None:
    mine = load(ours["everything"])
    manual = {
        str(check.id): (check.points, check.cell) for check in mine.checks if check.kind is CheckKind.MANUAL
    }
    assert manual == {"q4": (5, "q4-answer"), "q5": (2, "q5-answer"), "q6": (3, "q6-answer")}


def test_it_is_said_what_was_found_and_what_was_left_out(masters: Mapping[str, Path]) -> None:
    found = converted(masters["everything"])
    assert found.found.startswith("otter master, known by the raw cell") and "8 questions" in found.found
    assert len(found.notes) == 1 and found.notes[0].startswith("1 cells with solutions as text")


def test_files_for_students_are_course_files(ours: Mapping[str, Path]) -> None:
    mine = load(ours["everything"])
    assert mine.course_files == ("data.csv",)
    assert mine.origin is not None and mine.origin.format is OriginFormat.OTTER_MASTER


@pytest.mark.parametrize("name", CORPUS)
def test_a_master_is_known_by_its_cells(name: str, masters: Mapping[str, Path]) -> None:
    assert detect(masters[name]).dialect is Dialect.OTTER_MASTER


def test_notebooks_of_otter_hold_what_the_comparison_leaves_out(masters: Mapping[str, Path]) -> None:
    """The comparison would prove nothing if it left out more than otter's own cells."""
    theirs = json.loads((masters["everything"].parent / "out" / "student" / "lab.ipynb").read_text())
    left_out: list[Any] = [cell for cell in theirs["cells"] if OF_OTTER.match("".join(cell["source"]))]
    checked = sum("grader.check(" in "".join(cell["source"]) for cell in left_out)
    assert (len(left_out), checked) == (7, 4)


def test_of_a_hidden_test_students_get_its_name_alone(ours: Mapping[str, Path]) -> None:
    released = read(released_files(load(ours["everything"]))["lab.ipynb"])
    (hidden,) = [cell.source for cell in released.cells if cell.grade_id == "otter-q1.2"]
    assert hidden.startswith("# otter test: q1, q1.2\n") and not ast.parse(hidden).body


def test_the_names_on_lines_of_hidden_tests_change_no_code(ours: Mapping[str, Path]) -> None:
    for name in CORPUS:
        for mark, source in test_cells((ours[name] / "source" / "lab.ipynb").read_bytes()).items():
            if not mark.startswith("otter-"):
                continue
            plain = source.replace(f"  # {mark.removeprefix('otter-')}\n", "\n")
            assert ast.dump(ast.parse(source)) == ast.dump(ast.parse(plain))
