"""An otter zip becomes an assignment and nothing of it is run; what cannot be read is refused by its name."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from autograder.app.importing import assignment_folder, converted
from autograder.errors import AuthoringError, UsageError
from autograder.formats.notebook import read
from autograder.intake.reader import take_in
from autograder.model.assignment import Visibility
from autograder.model.results import CheckOutcome
from autograder.model.submission import Submission
from autograder.sandbox.registry import find
from tests.conftest import SMALL_IMAGE
from tests.interop.otter_corpus import a_student, case, config_of, exception_test, ok_test
from tests.interop.otter_grading import converted as loaded
from tests.interop.otter_grading import points, results, run

ENVIRONMENT = (
    "name: otter-env\ndependencies:\n  - python=3.12\n  - pip\n  - pip:\n      - otter-grader[grading]=={}\n"
)
PUBLIC_AND_HIDDEN = ok_test(
    "q1", [case(">>> add(1, 1)", "2"), case(">>> add(20, 22)", "42", hidden=True)], points=2
)
EXCEPTION = exception_test(
    "q2",
    "@test_case()\ndef test_public(add):\n    assert add(1, 2) == 3",
    "@test_case(hidden=True)\ndef test_secret(add):\n    assert add(300, 33) == 333",
    more="LIMIT = 4\n",
)


def a_zip(
    folder: Path,
    tests: Mapping[str, str | bytes],
    *,
    name: str = "autograder.zip",
    config: str | None = None,
    version: str = "7.0.0",
    more: Mapping[str, str | bytes] | None = None,
) -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("otter_config.json", config_of() if config is None else config)
        archive.writestr("environment.yml", ENVIRONMENT.format(version))
        archive.writestr("run_otter.py", "raise SystemExit('never run')")
        for test, text in tests.items():
            archive.writestr(f"tests/{test}.py", text)
        for path_inside, text in (more or {}).items():
            archive.writestr(path_inside, text)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(AuthoringError) as raised:
        converted(path)
    assert raised.value.hint
    return str(raised.value)


def test_each_case_becomes_a_locked_test_cell_with_its_points(tmp_path: Path) -> None:
    made, assignment = loaded(a_zip(tmp_path, {"q1": PUBLIC_AND_HIDDEN, "q2": EXCEPTION}), tmp_path / "out")
    assert [(check.id, check.points, check.visibility) for check in assignment.checks] == [
        ("q1.1", Decimal(1), Visibility.AFTER_PUBLISHED),
        ("q1.2", Decimal(1), Visibility.HIDDEN),
        ("q2.1", Decimal("0.5"), Visibility.AFTER_PUBLISHED),
        ("q2.2", Decimal("0.5"), Visibility.HIDDEN),
    ]
    assert "otter-grader 7.0.0" in made.found and "2 questions" in made.found
    assert assignment.origin is not None and assignment.origin.found == made.found
    assert assignment.environment.image == "small"


def test_hidden_results_are_shown_once_published_where_the_zip_says_so(tmp_path: Path) -> None:
    path = a_zip(tmp_path, {"q1": PUBLIC_AND_HIDDEN}, config=config_of(show_hidden=True))
    _, assignment = loaded(path, tmp_path / "out")
    assert {check.visibility for check in assignment.checks} == {Visibility.AFTER_PUBLISHED}


def test_results_are_shown_at_once_where_nothing_is_hidden(tmp_path: Path) -> None:
    path = a_zip(tmp_path, {"q1": ok_test("q1", [case(">>> 1", "1"), case(">>> 2", "2")])})
    _, assignment = loaded(path, tmp_path / "out")
    assert {check.visibility for check in assignment.checks} == {Visibility.VISIBLE}


def test_what_is_hidden_stands_in_hidden_cells_only(tmp_path: Path) -> None:
    made, assignment = loaded(a_zip(tmp_path, {"q1": PUBLIC_AND_HIDDEN, "q2": EXCEPTION}), tmp_path / "out")
    source = read(made.files[f"source/{assignment.notebooks[0]}"])
    holding = [cell.grade_id for cell in source.cells if "42" in cell.source or "333" in cell.source]
    assert holding == ["otter-q1.2", "otter-q2.2"]
    assert all("BEGIN HIDDEN TESTS" in cell.source for cell in source.cells if cell.grade_id in holding)
    assert "add(1, 1)" not in source.cells[0].source and "q2 - 1" in source.cells[0].source


def test_nothing_of_a_zip_is_run_when_it_is_read(tmp_path: Path) -> None:
    left = tmp_path / "left"
    attack = f"import pathlib\npathlib.Path({str(left)!r}).touch()\n"
    tests = {"q1": attack + PUBLIC_AND_HIDDEN, "q2": attack + EXCEPTION, "__init__": attack}
    converted(a_zip(tmp_path, tests))
    assert not left.exists()


def test_files_of_the_assignment_are_there_in_the_run(tmp_path: Path) -> None:
    test = ok_test("q1", [case(">>> open('data/x.csv').read()", "'1,2'")])
    path = a_zip(tmp_path, {"q1": test}, more={"files/data/x.csv": "1,2"})
    made, assignment = loaded(path, tmp_path / "out")
    assert assignment.course_files == ("data/x.csv",)
    assert made.files["source/data/x.csv"] == b"1,2"


def test_a_token_is_not_copied_and_what_is_not_used_is_told(tmp_path: Path) -> None:
    config = config_of(
        token="very-secret", course_id=1, assignment_id=2, plugins=["x"], grade_from_log=True, brand_new=1
    )
    made = converted(a_zip(tmp_path, {"q1": PUBLIC_AND_HIDDEN}, config=config))
    assert not any(b"very-secret" in content for content in made.files.values())
    told = " ".join(made.notes)
    for words in ("token was not copied", "plugins are not run", "grade_from_log", "'brand_new'"):
        assert words in told


def test_tests_in_the_metadata_of_a_notebook_are_read_where_there_are_no_files(tmp_path: Path) -> None:
    spec = {
        "name": "q1",
        "points": 3,
        "suites": [{"cases": [{"code": ">>> 1", "hidden": False}]}],
    }
    for ok_format, test in ((True, spec), (False, EXCEPTION)):
        metadata = {"otter": {"tests": {"q1": test}, "OK_FORMAT": ok_format}}
        notebook = json.dumps({"cells": [], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})
        path = a_zip(tmp_path, {}, name=f"{ok_format}.zip", more={"files/lab.ipynb": notebook})
        made, assignment = loaded(path, tmp_path / f"out-{ok_format}")
        assert sum(check.points for check in assignment.checks) == (3 if ok_format else 1)
        assert any("metadata" in note for note in made.notes)


@pytest.mark.parametrize(
    ("tests", "words"),
    [
        ({"q1": "test = make_test()\nOK_FORMAT = True"}, ["tests/q1.py", "line 1", "not executed"]),
        ({"q1": "OK_FORMAT = True\ntest = {'name': 'q1', 'suites': []}"}, ["tests/q1.py", "no suites"]),
        ({"q1": "x = 1"}, ["tests/q1.py", "OK_FORMAT"]),
        ({"q1": "def broken(:"}, ["tests/q1.py", "no Python"]),
        ({"q1": b"\xff\xfe"}, ["tests/q1.py", "UTF-8"]),
        ({"q1": PUBLIC_AND_HIDDEN + "\ntest['points'] = 9\n"}, ["tests/q1.py", "several statements"]),
        ({"q1": ok_test("q1", [case("  >>> 1", " 1")])}, ["tests/q1.py", "doctest"]),
        ({"q1": ok_test("q1", [case(">>> 1", points=3)], points=2)}, ["tests/q1.py", "worth more"]),
        ({"q1": ok_test("q1", [case(">>> 1")], points=[1, 2])}, ["tests/q1.py", "2 cases and has 1"]),
        ({"q1": ok_test("q1", [case(">>> 1")], points=-1)}, ["tests/q1.py", "below zero"]),
        ({"q1": ok_test("q1", [case(">>> 1")], points="2")}, ["tests/q1.py", "no number"]),
        ({"q1": exception_test("q1", "for i in range(3):\n    test_case()(print)")}, ["q1.py", "test_case"]),
        ({"q1": exception_test("q1", "@test_case(points=N)\ndef f(): pass")}, ["q1.py", "computes `points`"]),
        ({"q1": PUBLIC_AND_HIDDEN, "q2": PUBLIC_AND_HIDDEN}, ['two of its tests are called "q1"']),
        ({}, ["no tests in it", "run_otter.py"]),
    ],
)
def test_a_test_that_cannot_be_read_is_refused_by_its_name(
    tmp_path: Path, tests: dict[str, str | bytes], words: list[str]
) -> None:
    said = refusal(a_zip(tmp_path, tests))
    assert "autograder.zip" in said
    for word in words:
        assert word in said


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"version": "8.1.0"}, "asks for otter-grader 8.1.0"),
        ({"config": "{"}, "otter_config.json is no JSON"),
        ({"config": "[]"}, "otter_config.json holds no object"),
        ({"config": config_of(lang="r")}, "the assignment is in 'r'"),
        ({"config": json.dumps({"seed": "7"})}, "seed = '7'"),
        ({"more": {"files/../../evil": "x"}}, "no path below the zip"),
        ({"more": {"/etc/passwd": "x"}}, "no path below the zip"),
    ],
)
def test_a_zip_of_another_kind_is_refused_in_words(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    assert words in refusal(a_zip(tmp_path, {"q1": PUBLIC_AND_HIDDEN}, **changes))


def test_a_damaged_zip_is_refused(tmp_path: Path) -> None:
    path = a_zip(tmp_path, {"q1": PUBLIC_AND_HIDDEN})
    raw = bytearray(path.read_bytes())
    at = raw.index(b"add(1, 1)")
    raw[at : at + 3] = b"sub"
    path.write_bytes(raw)
    assert "cannot be read" in refusal(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_compressed_zip_that_is_damaged_is_read_or_refused_and_nothing_else(
    tmp_path: Path, method: int
) -> None:
    path = tmp_path / "lab.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("otter_config.json", "{}")
        archive.writestr("tests/q1.py", PUBLIC_AND_HIDDEN)
    raw, changes = path.read_bytes(), Random(1)
    refused = 0
    for _ in range(300):
        damaged = bytearray(raw)
        damaged[changes.randrange(len(raw))] = changes.randrange(256)
        path.write_bytes(damaged)
        try:
            converted(path)
        except (AuthoringError, UsageError):
            refused += 1
    assert refused > 100


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    path = a_zip(tmp_path, {"q1": PUBLIC_AND_HIDDEN})
    link = zipfile.ZipInfo("files/link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "is a link" in refusal(path)


def test_a_zip_that_is_none_of_otter_is_a_usage_error(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("x", "y")
    with pytest.raises(UsageError, match=r"otter_config\.json"):
        converted(tmp_path / "other.zip")


def test_grade_converts_a_zip_once_and_says_what_it_found(tmp_path: Path) -> None:
    path = a_zip(tmp_path, {"q1": PUBLIC_AND_HIDDEN}, name="lab1-autograder_2026_01_31T10_20_30_123456.zip")
    machine = tmp_path / "autograder.toml"
    machine.write_text(f'schema = 1\nhome = "{tmp_path}"\n')
    said: list[str] = []
    folder = assignment_folder(path, machine, said.append)
    assert folder == assignment_folder(path, machine, said.append)
    assert folder.name == "lab1" and (folder / "source" / "lab1.ipynb").is_file()
    assert "known by otter_config.json" in said[0]


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("lab1/autograder.zip", "lab1"),
        ("lab2/dist/autograder/autograder.zip", "lab2"),
        ("x/lab3-autograder_2026_01_31T10_20_30_123456.zip", "lab3"),
        ("x/lab4.zip", "lab4"),
    ],
)
def test_zips_of_one_name_are_told_apart_by_their_folders(tmp_path: Path, place: str, name: str) -> None:
    (tmp_path / place).parent.mkdir(parents=True)
    assert converted(a_zip(tmp_path, {"q1": PUBLIC_AND_HIDDEN}, name=place)).id == name


def test_a_log_that_was_handed_in_is_a_file_and_nothing_more(tmp_path: Path) -> None:
    path = tmp_path / "ada.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("lab.ipynb", a_student())
        archive.writestr(".OTTER_LOG", b"cos\nsystem\n(S'touch /tmp/otter-log-was-read'\ntR.")
        archive.writestr("__zip_filename__", "ada.zip")
    found = take_in(path, wanted=("autograder.ipynb",))
    assert isinstance(found, Submission) and list(found.notebooks) == ["lab.ipynb"]


def test_a_changed_doctest_changes_nothing_or_waits_for_a_person(tmp_path: Path) -> None:
    test = ok_test(
        "q1", [case(">>> add(1, 1)", "2"), case(">>> [add(1, 2), 4]  # doctest: +ELLIPSIS", "[3, ...]")]
    )
    _, assignment = loaded(a_zip(tmp_path, {"q1": test}), tmp_path / "out")
    patch = "import doctest\ndoctest.OutputChecker.check_output = lambda *given: True"
    cheat = a_student(add=f"{patch}\ndef add(a, b):\n    return 0")
    judged = results(assignment, run(assignment, cheat))
    assert judged["q1.1"].outcome is CheckOutcome.FAILED
    assert judged["q1.2"].outcome is CheckOutcome.WAITING


def test_any_single_notebook_is_graded_whatever_it_is_called(tmp_path: Path) -> None:
    _, assignment = loaded(a_zip(tmp_path, {"q1": PUBLIC_AND_HIDDEN, "q2": EXCEPTION}), tmp_path / "out")
    assert points(assignment, run(assignment, a_student(), name="final version (3).ipynb")) == {
        "q1": 2.0,
        "q2": 1.0,
    }


def test_a_variable_is_seeded_before_each_cell_of_the_student(tmp_path: Path) -> None:
    test = ok_test("q1", [case(">>> (first, second)", "(7, 7)"), case(">>> third", "9")])
    config = config_of(seed_variable="rng_seed")
    _, assignment = loaded(a_zip(tmp_path, {"q1": test}, config=config), tmp_path / "out")
    student = a_student(
        add="rng_seed += 0\nfirst = rng_seed\nrng_seed = 1",
        check_add="second = rng_seed",
        double="%%time\nrng_seed = 9",
        check_double="%%time\nthird = rng_seed",
    )
    assert points(assignment, run(assignment, student)) == {"q1": 1.0}


@pytest.mark.docker
def test_hidden_cases_are_nowhere_in_the_sandbox_before_their_turn(tmp_path: Path) -> None:
    look = """
import gc, pathlib
words = "add(" + "20, 22)"
paths = [path for root in (".", "/tmp", "/dev/shm") for path in pathlib.Path(root).rglob("*")]
on_disk = [path for path in paths if path.is_file() and words in path.read_text(errors="ignore")]
texts = [text for each in gc.get_objects() if type(each) in (list, tuple, dict)
         for text in (each.values() if type(each) is dict else each) if type(text) is str]
(on_disk, [text for text in texts if words in text and text is not words])
"""
    _, assignment = loaded(a_zip(tmp_path, {"q1": PUBLIC_AND_HIDDEN}), tmp_path / "out")
    student = a_student(check_add=look, check_double='grader.check("q1")', check_double_too=look)
    execution = run(assignment, student, sandbox=find("docker"), image=SMALL_IMAGE)
    before, after = [cell.displayed for cell in execution.cells if cell.displayed.startswith("([]")]
    assert before == "([], [])" and "20, 22" in after
    assert points(assignment, execution) == {"q1": 2.0}


def test_an_object_that_equals_everything_passes_no_test_of_otter_by_itself(tmp_path: Path) -> None:
    asserts = "@test_case(hidden=True)\ndef test_x(x):\n    assert x == 42"
    tests = {
        "q1": ok_test("q1", [case(">>> x == 42", "True", hidden=True)]),
        "q2": ok_test("q2", [case(">>> assert x == 42", hidden=True)]),
        "q3": exception_test("q3", asserts),
    }
    _, assignment = loaded(a_zip(tmp_path, tests), tmp_path / "out")
    liar = "class Equal:\n    def __eq__(self, other):\n        return True\nx = Equal()"
    lied = results(assignment, run(assignment, a_student(add=liar)))
    assert {one.outcome for one in lied.values()} == {CheckOutcome.WAITING}
    honest = results(assignment, run(assignment, a_student(add="x = 42")))
    assert {one.outcome for one in honest.values()} == {CheckOutcome.PASSED}


def test_half_a_character_in_a_name_is_no_error(tmp_path: Path) -> None:
    test = ok_test("q1", [case(">>> 1", "1", name="half \\ud800")]).replace("'q1'", "'q1 \\ud800'")
    made = converted(a_zip(tmp_path, {"q1": test.replace("\\\\ud800", "\\ud800")}))
    assert made.files["assignment.toml"].decode().count("?") >= 1
