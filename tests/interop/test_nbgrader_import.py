"""An nbgrader course becomes folders of ours: settings, notebooks, data files, points; the course stays."""

from __future__ import annotations

import ast
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder.app.importing import converted, import_nbgrader
from autograder.app.intake_entries import entries_of
from autograder.authoring.agreement import disagreements
from autograder.authoring.release import released_files
from autograder.authoring.source import source_notebooks
from autograder.cli.commands import application
from autograder.config.assignment_file import load
from autograder.errors import AuthoringError, UsageError
from autograder.execution.prepare import prepare
from autograder.formats.notebook import read, to_text
from autograder.intake.ledger import Ledger, is_intake_folder
from autograder.interop.nbgrader_config import NotLiteral, literal, read_config
from autograder.interop.nbgrader_settings import course_at, course_of
from autograder.interop.nbgrader_submissions import TimestampUnreadable, received_at, student_of
from autograder.interop.nbgrader_trusted import run_config
from autograder.model.assignment import Assignment, OriginFormat, Visibility
from autograder.model.ids import StudentId, SubmissionId
from autograder.model.submission import Submission
from tests.interop.courses.quickstart import (
    ANSWER,
    CONFIG,
    TESTS,
    WRITTEN,
    Json,
    a_course,
    cell,
    hand_in,
    notebook,
    problem1,
    problem2,
    released,
    solved,
    write,
)


def imported(course: Path, out: Path, name: str = "ps1", *, trust: bool = False) -> Assignment:
    lines(course, out, assignment=name, trust=trust)
    return load(out)


def lines(
    course: Path,
    out: Path,
    *,
    assignment: str = "",
    dry_run: bool = False,
    replace: bool = False,
    trust: bool = False,
) -> list[str]:
    told = import_nbgrader(
        course, out, assignment=assignment, dry_run=dry_run, replace=replace, trust_config=trust
    )
    return list(told)


def a_lab(folder: Path, cells: list[Json], config: str = "", **more: str) -> Path:
    """A course of one assignment `lab` with one notebook."""
    write(folder / "nbgrader_config.py", f"c = get_config()\n{config}")
    write(folder / "source/lab/lab.ipynb", notebook(cells))
    for name, text in more.items():
        write(folder / name, text)
    return folder


def a_submission(notebooks: dict[str, str]) -> Submission:
    return Submission(
        id=SubmissionId("s"), student=StudentId("student01"), attempt=1, digest="d",
        received=datetime.now(UTC), archive_name="lab", notebooks=notebooks, stored=notebooks,
    )  # fmt: skip


def digest_of(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        found.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return found.hexdigest()


def sources(assignment: Assignment) -> dict[str, str]:
    return {
        name: "\n\n".join(cell.source for cell in notebook.cells)
        for name, notebook in source_notebooks(assignment).items()
    }


def test_every_kind_of_cell_gets_its_check_with_its_points(tmp_path: Path) -> None:
    assignment = imported(a_course(tmp_path / "course101"), tmp_path / "out")
    found = {check.id: (check.kind.value, check.points) for check in assignment.checks}
    assert found == {
        "test_squares": ("cells", 2), "test_error": ("cells", 1), "test_parts": ("cells", Decimal("1.5")),
        "why": ("manual", 3), "test_mean": ("cells", 4), "plot": ("manual", 2), "graph": ("manual", 2),
    }  # fmt: skip
    assert assignment.max_score == Decimal("15.5")
    assert assignment.notebooks == ("problem1.ipynb", "problem2.ipynb")
    assert not disagreements(assignment, source_notebooks(assignment))


def test_a_test_is_seen_at_once_where_students_have_it_in_full_and_nothing_hidden_ran_before(
    tmp_path: Path,
) -> None:
    hidden = "### BEGIN HIDDEN TESTS\nassert True\n### END HIDDEN TESTS"
    texts = {"first": "assert 1", "second": hidden, "third": "assert 1"}
    tests = [cell(text, grade_id=name, points=1, **TESTS) for name, text in texts.items()]
    course = a_lab(tmp_path / "course101", tests)
    write(course / "source/lab/later.ipynb", notebook([cell("1", grade_id="fourth", points=1, **TESTS)]))
    assignment = imported(course, tmp_path / "out", "lab")
    seen = [check.id for check in assignment.checks if check.visibility is Visibility.VISIBLE]
    assert seen == ["first"]


def test_the_file_is_for_people_with_titles_from_the_headings(tmp_path: Path) -> None:
    assignment = imported(a_course(tmp_path / "course101"), tmp_path / "out")
    text = (tmp_path / "out/assignment.toml").read_text()
    assert "# ---- problem1.ipynb: 7.5 points" in text
    assert text.count("#") > 10
    titles = {check.id: check.title for check in assignment.checks}
    assert titles["test_squares"] == "Part A (3 points): test_squares"
    assert titles["test_mean"] == "Problem 2: test_mean"


def test_the_mark_scheme_becomes_a_rubric_for_people(tmp_path: Path) -> None:
    assignment = imported(a_course(tmp_path / "course101"), tmp_path / "out")
    [item] = next(check.rubric for check in assignment.checks if check.id == "graph")
    assert item.text == "One point for the axes, one for the shape."
    assert item.points == 2


def test_it_says_where_it_comes_from(tmp_path: Path) -> None:
    origin = imported(a_course(tmp_path / "course101"), tmp_path / "out").origin
    assert origin is not None
    assert origin.format is OriginFormat.NBGRADER
    assert (origin.name, origin.submissions) == ("ps1", "submitted/{student_id}/ps1")
    assert "course101" in origin.found and str(tmp_path) not in origin.found


def test_data_files_come_along_and_what_the_course_ignores_does_not(tmp_path: Path) -> None:
    course = a_course(tmp_path / "course101")
    write(course / "source/ps1/.ipynb_checkpoints/problem1-checkpoint.ipynb", problem1())
    write(course / "source/ps1/inner/more.ipynb", problem1())
    assignment = imported(course, tmp_path / "out")
    assert assignment.course_files == ("data/numbers.txt",)
    assert (tmp_path / "out/source/data/numbers.txt").read_text() == "1\n2\n3\n4\n"
    assert not (tmp_path / "out/source/inner").exists()


def test_header_and_footer_stand_around_every_notebook(tmp_path: Path) -> None:
    course = a_course(tmp_path / "course101")
    config = course / "nbgrader_config.py"
    config.write_text(config.read_text() + 'c.IncludeHeaderFooter.footer = "source/footer.ipynb"\n')
    write(course / "source/footer.ipynb", notebook([cell("The end.", "markdown")]))
    for text in sources(imported(course, tmp_path / "out")).values():
        assert text.startswith("Restart the kernel")
        assert text.endswith("The end.")


def test_a_header_that_is_not_there_is_named(tmp_path: Path) -> None:
    course = a_course(tmp_path / "course101")
    (course / "source/header.ipynb").unlink()
    with pytest.raises(AuthoringError, match=r"header\.ipynb.*not there"):
        imported(course, tmp_path / "out")


def test_a_notebook_that_needs_no_change_stays_byte_for_byte(tmp_path: Path) -> None:
    course = a_lab(tmp_path / "course101", [cell("assert 1", grade_id="t", points=1, **TESTS)])
    imported(course, tmp_path / "out", "lab")
    source = (course / "source/lab/lab.ipynb").read_bytes()
    assert (tmp_path / "out/source/lab.ipynb").read_bytes() == source


@pytest.mark.parametrize("number", range(4))
def test_every_schema_is_read_as_nbgrader_upgrades_it(tmp_path: Path, number: int) -> None:
    assignment = imported(a_course(tmp_path / "course101"), tmp_path / "out", "schemas")
    [check] = [check for check in assignment.checks if check.id == f"test_add{number}"]
    assert check.points == 2
    released = json.loads(released_files(assignment)[f"schema{number}.ipynb"])
    marks = [cell["metadata"].get("nbgrader", {}) for cell in released["cells"]]
    assert {mark["schema_version"] for mark in marks if mark.get("grade_id") == f"test_add{number}"} == {3}


def test_a_newer_schema_is_refused_with_file_and_cell(tmp_path: Path) -> None:
    newer = cell("assert 1", grade_id="t", points=1, **TESTS)
    newer["metadata"]["nbgrader"]["schema_version"] = 4
    course = a_lab(tmp_path / "course101", [cell("1"), newer])
    with pytest.raises(AuthoringError, match=r"lab\.ipynb: cell 2: .*schema 4.*newest one known is 3"):
        imported(course, tmp_path / "out", "lab")
    assert not (tmp_path / "out").exists()


def test_ids_that_are_given_twice_in_a_notebook_are_refused_with_file_and_cells(tmp_path: Path) -> None:
    test = cell("assert 1", grade_id="t", points=1, **TESTS)
    course = a_lab(tmp_path / "course101", [test, cell("1"), test])
    with pytest.raises(AuthoringError, match=r'lab\.ipynb: cells 1 and 3 have the same grade_id "t"'):
        imported(course, tmp_path / "out", "lab")


def test_an_id_of_two_notebooks_gets_a_name_of_its_own_and_old_submissions_are_understood(
    tmp_path: Path,
) -> None:
    course = tmp_path / "course101"
    for number in (1, 2):
        cells = [
            cell(f"def f():\n    ### BEGIN SOLUTION\n    return {number}\n    ### END SOLUTION", grade_id="f",
                 **ANSWER),
            cell(f"assert f() == {number}", grade_id="t", points=number, **TESTS),
        ]  # fmt: skip
        write(course / f"source/lab/part{number}.ipynb", notebook(cells))
    assignment = imported(course, tmp_path / "out", "lab")
    assert {check.cell: check.points for check in assignment.checks} == {"t": 1, "part2-t": 2}
    folder = course / "source/lab"
    answers = {name: solved(json.loads((folder / name).read_text())) for name in assignment.notebooks}
    handed_in = {
        name: to_text(read(json.dumps(answer).encode()), outputs=False) for name, answer in answers.items()
    }
    submission = a_submission(handed_in)
    prepared = prepare(submission, source_notebooks(assignment), assignment)
    marks = [[cell.grade_id for cell in notebook.cells] for notebook in prepared.notebooks]
    assert marks == [["f", "t"], ["part2-f", "part2-t"]]
    assert not prepared.suspicions


def test_a_notebook_that_was_not_handed_in_is_named(tmp_path: Path) -> None:
    assignment = imported(a_course(tmp_path / "course101"), tmp_path / "out")
    only = {"problem1.ipynb": to_text(read(json.dumps(released(problem1())).encode()), outputs=False)}
    submission = a_submission(only)
    notes = prepare(submission, source_notebooks(assignment), assignment).notes
    assert any(note.startswith("no problem2.ipynb was handed in") for note in notes)


def test_points_that_need_rounding_are_rounded_and_said(tmp_path: Path) -> None:
    course = a_lab(tmp_path / "course101", [cell("assert 1", grade_id="t", points=1 / 3, **TESTS)])
    told = lines(course, tmp_path / "out", assignment="lab")
    assert load(tmp_path / "out").checks[0].points == Decimal("0.3333")
    assert any(line.startswith("note:") and "0.3333" in line for line in told)


def test_a_notebook_of_format_3_is_read_with_its_marks(tmp_path: Path) -> None:
    marks = {"nbgrader": {"grade_id": "t", "grade": True, "solution": False, "points": 2}}
    old = {"cell_type": "code", "input": ["assert 1"], "outputs": [], "language": "python", "metadata": marks,
           "collapsed": False}  # fmt: skip
    top = {"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": [old]}]}
    write(tmp_path / "course101/source/lab/lab.ipynb", top)
    [check] = imported(tmp_path / "course101", tmp_path / "out", "lab").checks
    assert (check.cell, check.points) == ("t", 2)


def test_a_folder_beside_the_courses_sources_is_read_with_a_word_about_it(tmp_path: Path) -> None:
    course = a_course(tmp_path / "course101")
    write(course / "drafts/lab.ipynb", notebook([cell("assert 1", grade_id="t", points=1, **TESTS)]))
    told = lines(course / "drafts", tmp_path / "out")
    assert "note:  drafts does not lie where course101 keeps its sources" in told[1]


def test_another_language_is_refused(tmp_path: Path) -> None:
    course = tmp_path / "course101"
    write(course / "source/lab/lab.ipynb", notebook([cell("f()", grade_id="f", **ANSWER)], language="R"))
    with pytest.raises(AuthoringError, match=r"lab\.ipynb: is written in r"):
        imported(course, tmp_path / "out", "lab")


OWN_MARKERS = """\
c.ClearSolutions.begin_solution_delimeter = "# >>> ANSWER"
c.ClearSolutions.end_solution_delimeter = "# <<< ANSWER"
c.ClearHiddenTests.begin_test_delimeter = "VERSTECKT AN"
c.ClearHiddenTests.end_test_delimeter = "VERSTECKT AUS"
c.ClearMarkScheme.begin_mark_scheme_delimeter = "SCHEMA AN"
c.ClearMarkScheme.end_mark_scheme_delimeter = "SCHEMA AUS"
c.ClearSolutions.code_stub = dict(python="# DEIN CODE\\nraise NotImplementedError", R="fail()")
c.ClearSolutions.text_stub = "DEINE ANTWORT"
"""


def test_a_courses_own_markers_and_stubs_are_used_in_the_release(tmp_path: Path) -> None:
    cells = [
        cell("def f():\n    # >>> ANSWER\n    return 'secret 1'\n    # <<< ANSWER", grade_id="f", **ANSWER),
        cell("assert f()\n#### VERSTECKT AN\nassert f() == 'secret 1'\n#### VERSTECKT AUS", grade_id="t",
             points=1, **TESTS),
        cell("secret 2", "markdown", grade_id="w", points=1, **WRITTEN),
        cell("Draw.\nSCHEMA AN\nsecret 3\nSCHEMA AUS", "markdown", grade_id="task", points=1, grade=False,
             locked=True, solution=False, task=True),
    ]  # fmt: skip
    course = a_lab(tmp_path / "course101", cells, OWN_MARKERS)
    assignment = imported(course, tmp_path / "out", "lab")
    made = json.loads(released_files(assignment)["lab.ipynb"])
    texts = ["".join(one["source"]) for one in made["cells"]]
    assert texts == [
        "def f():\n    # DEIN CODE\n    raise NotImplementedError", "assert f()", "DEINE ANTWORT", "Draw.",
    ]  # fmt: skip


def test_what_stands_beside_a_marker_of_the_course_stays_hidden(tmp_path: Path) -> None:
    source = "x = 1  # >>> ANSWER\ny = 2\nz = 3  # <<< ANSWER"
    course = a_lab(tmp_path / "course101", [cell(source, grade_id="f", **ANSWER)], OWN_MARKERS)
    assignment = imported(course, tmp_path / "out", "lab")
    [text] = sources(assignment).values()
    assert [line.strip() for line in text.split("\n")] == [
        "### BEGIN SOLUTION", "x = 1", "y = 2", "z = 3", "### END SOLUTION",
    ]  # fmt: skip


COMPUTED = """\
import os
c.ClearSolutions.text_stub = "first"
c.ClearSolutions.text_stub = os.environ["HOME"].upper()
if True:
    c.CourseDirectory.source_directory = "elsewhere"
open("was_run.txt", "w").write("yes")
"""


def test_a_configuration_is_read_without_running_it_and_what_is_computed_is_listed(tmp_path: Path) -> None:
    write(tmp_path / "nbgrader_config.py", f"c = get_config()\n{COMPUTED}")
    read = read_config(tmp_path)
    assert "text_stub" not in read.values.get("ClearSolutions", {})
    assert len(read.not_understood) == 2
    assert "nbgrader_config.py:4: c.ClearSolutions.text_stub is computed" in read.not_understood[0]
    assert "nbgrader_config.py:5" in read.not_understood[1]
    assert not (tmp_path / "was_run.txt").exists()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'a' 'b' + 'c'", "abc"),
        ("[1, -2.5, None, True]", [1, -2.5, None, True]),
        ("{'x': dict(y=['z'])}", {"x": {"y": ["z"]}}),
        ("(1,) + (2,)", [1, 2]),
    ],
)
def test_values_that_are_written_out_are_read(text: str, value: object) -> None:
    assert literal(ast.parse(text, mode="eval").body) == value


@pytest.mark.parametrize(
    "text", ["f'{x}'", "open('x')", "dict(**x)", "{**x}", "x", "c.A.b", "1 + 1", "[x for x in y]", "{[1]: 2}"]
)
def test_values_that_would_have_to_be_computed_are_not_guessed(text: str) -> None:
    with pytest.raises(NotLiteral):
        literal(ast.parse(text, mode="eval").body)


@pytest.mark.parametrize("config", [OWN_MARKERS, CONFIG], ids=["own markers", "usual"])
def test_what_is_written_out_reads_as_it_runs(tmp_path: Path, config: str) -> None:
    setup = "" if config.startswith("c = ") else "c = get_config()\n"
    write(tmp_path / "nbgrader_config.py", setup + config)
    assert read_config(tmp_path).values == run_config(tmp_path).values


def test_a_trusted_configuration_is_run_in_a_process_of_its_own(tmp_path: Path) -> None:
    write(tmp_path / "course101/json.py", "raise SystemExit('not the library')")
    config = "import os\nc.ClearSolutions.text_stub = 'Write ' + 'here'.upper()\nopen('was_run', 'w')\n"
    course = a_lab(tmp_path / "course101", [cell("x", "markdown", grade_id="w", points=1, **WRITTEN)], config)
    assignment = imported(course, tmp_path / "out", "lab", trust=True)
    assert assignment.origin is not None and assignment.origin.text_stub == "Write HERE"
    assert (course / "was_run").exists()


def test_a_trusted_configuration_that_fails_says_why(tmp_path: Path) -> None:
    course = a_lab(
        tmp_path / "course101", [cell("x", "markdown", grade_id="w", points=1, **WRITTEN)], "1 / 0\n"
    )
    with pytest.raises(AuthoringError, match=r"(?s)nbgrader_config\.py.*ZeroDivisionError"):
        imported(course, tmp_path / "out", "lab", trust=True)


@pytest.mark.parametrize(
    ("config", "word"),
    [
        ("c.ClearSolutions.begin_solution_delimeter = 7", "must be a text"),
        ("c.ClearSolutions.begin_solution_delimeter = ''", "is empty"),
        ("c.CourseDirectory.directory_structure = '{course}/{student_id}'", "cannot be filled in"),
        ("c.Execute.timeout = 'long'", "number of seconds"),
        ("c.CourseDirectory.ignore = '*.pyc'", "list of texts"),
        ("c.X.y = (", "not valid Python"),
    ],
)
def test_a_setting_of_the_wrong_kind_is_refused_by_name(tmp_path: Path, config: str, word: str) -> None:
    course = a_lab(tmp_path / "course101", [cell("assert 1", grade_id="t", points=1, **TESTS)], config)
    with pytest.raises(AuthoringError, match=word):
        imported(course, tmp_path / "out", "lab")


def test_settings_that_are_not_used_are_listed_and_those_of_servers_are_not(tmp_path: Path) -> None:
    write(
        tmp_path / "nbgrader_config.py",
        "c = get_config()\nc.LockCells.lock_all_cells = True\nc.Exchange.root = '/srv'\n"
        "c.Execute.timeout = 90\n",
    )
    course = course_at(tmp_path)
    assert course.seconds == 90
    assert [note for note in course.notes if "not used" in note] == [
        "nbgrader_config.py: not used here: c.LockCells.lock_all_cells"
    ]


def test_the_json_form_of_the_configuration_is_read_and_wins(tmp_path: Path) -> None:
    write(tmp_path / "nbgrader_config.py", 'c = get_config()\nc.CourseDirectory.source_directory = "a"\n')
    write(tmp_path / "nbgrader_config.json", {"CourseDirectory": {"source_directory": "b"}})
    assert course_at(tmp_path).source_directory == "b"


def test_folders_may_have_other_names_and_another_order(tmp_path: Path) -> None:
    course = tmp_path / "course101"
    config = """\
c.CourseDirectory.directory_structure = "{assignment_id}/{nbgrader_step}/{student_id}"
c.CourseDirectory.source_directory = "masters"
c.CourseDirectory.submitted_directory = "collected"
"""
    write(course / "nbgrader_config.py", f"c = get_config()\n{config}")
    write(course / "lab/masters/lab.ipynb", notebook([cell("assert 1", grade_id="t", points=1, **TESTS)]))
    origin = imported(course, tmp_path / "out", "lab").origin
    assert origin is not None
    assert (origin.name, origin.submissions) == ("lab", "lab/collected/{student_id}")
    assert student_of(course / "lab/collected/student01", origin.submissions) == "student01"
    assert student_of(course / "lab/autograded/student01", origin.submissions) is None
    assert course_of(course / "lab/masters").root == course


def test_only_the_notebooks_that_the_course_names_are_taken(tmp_path: Path) -> None:
    course = a_lab(
        tmp_path / "course101", [cell("assert 1", grade_id="t", points=1, **TESTS)],
        'c.CourseDirectory.notebook_id = "l*"',
    )  # fmt: skip
    write(course / "source/lab/draft.ipynb", problem1())
    assert imported(course, tmp_path / "out", "lab").notebooks == ("lab.ipynb",)


@pytest.mark.parametrize("inner", [".", "source/ps1", "imported", ".."])
def test_nothing_is_written_into_a_course_or_around_it(tmp_path: Path, inner: str) -> None:
    course = a_course(tmp_path / "place/course101")
    before = digest_of(tmp_path)
    with pytest.raises(UsageError, match="or around it"):
        lines(course, course / inner, replace=True)
    assert digest_of(tmp_path) == before


def test_a_copy_that_holds_the_courses_own_stub_counts_as_untouched(tmp_path: Path) -> None:
    source = "def f():\n    # >>> ANSWER\n    return 'secret 1'\n    # <<< ANSWER"
    cells = [cell(source, grade_id="f", **ANSWER), cell("assert f()", grade_id="t", points=1, **TESTS)]
    course = a_lab(tmp_path / "course101", cells, OWN_MARKERS)
    assignment = imported(course, tmp_path / "out", "lab")
    text = released_files(assignment)["lab.ipynb"]
    answer = json.loads(text)
    answer["cells"].insert(1, {**answer["cells"][0], "id": "copy", "source": "def f():\n    return 'mine'"})
    handed_in = {"lab.ipynb": to_text(read(json.dumps(answer).encode()), outputs=False)}
    submission = a_submission(handed_in)
    [prepared] = prepare(submission, source_notebooks(assignment), assignment).notebooks
    assert [cell.grade_id for cell in prepared.cells] == ["", "f", "t"]


def test_one_notebook_of_several_is_an_assignment_of_its_own_name_and_says_so(tmp_path: Path) -> None:
    course = a_course(tmp_path / "course101")
    told = lines(course / "source/ps1/problem2.ipynb", tmp_path / "out")
    assignment = load(tmp_path / "out")
    assert (assignment.id, assignment.notebooks) == ("ps1-problem2", ("problem2.ipynb",))
    assert told[0].endswith("of its notebooks problem2.ipynb alone")
    assert assignment.origin is not None and assignment.origin.submissions == "submitted/{student_id}/ps1"


def test_a_whole_course_is_imported_and_one_bad_assignment_keeps_no_other(tmp_path: Path) -> None:
    course = a_course(tmp_path / "course101")
    write(course / "source/broken/lab.ipynb", "{")
    before = digest_of(course)
    with pytest.raises(AuthoringError, match=r"broken.lab\.ipynb"):
        lines(course, tmp_path / "out")
    assert load(tmp_path / "out/ps1").id == "ps1"
    assert load(tmp_path / "out/schemas").id == "schemas"
    assert digest_of(course) == before


def test_a_dry_run_shows_what_it_would_write_and_writes_nothing(tmp_path: Path) -> None:
    told = lines(a_course(tmp_path / "course101"), tmp_path / "out", assignment="ps1", dry_run=True)
    assert any(line.startswith("would write") and "assignment.toml" in line for line in told)
    assert not (tmp_path / "out").exists()


def test_the_command_says_what_it_found_and_wrote(tmp_path: Path) -> None:
    course = a_course(tmp_path / "course101")
    words = ["import", "nbgrader", str(course), "--assignment", "ps1", "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(application, words)
    assert done.exit_code == 0
    assert done.stdout.startswith("found: nbgrader source")
    assert (tmp_path / "out/source/problem1.ipynb").is_file()


def test_a_folder_that_differs_is_kept_unless_it_may_be_moved_aside(tmp_path: Path) -> None:
    course, out = a_course(tmp_path / "course101"), tmp_path / "out"
    lines(course, out, assignment="ps1")
    assert all(line.startswith("same") for line in lines(course, out, assignment="ps1") if "bytes" in line)
    mine = out / "assignment.toml"
    mine.write_text(mine.read_text() + "# my own words\n")
    with pytest.raises(UsageError, match="--replace"):
        lines(course, out, assignment="ps1")
    assert mine.read_text().endswith("# my own words\n")
    lines(course, out, assignment="ps1", replace=True)
    assert (tmp_path / "out.before-1/assignment.toml").read_text().endswith("# my own words\n")
    assert not mine.read_text().endswith("# my own words\n")


def test_an_assignment_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no assignment 'ps9'") as told:
        lines(a_course(tmp_path / "course101"), tmp_path / "out", assignment="ps9")
    assert "ps1, schemas" in told.value.hint


def test_notebooks_without_marks_are_no_assignment_of_nbgrader(tmp_path: Path) -> None:
    course = a_lab(tmp_path / "course101", [cell("1")])
    with pytest.raises(UsageError, match="without any marks"):
        lines(course, tmp_path / "out", assignment="lab")


@pytest.mark.parametrize("step", ["submitted", "autograded"])
@pytest.mark.parametrize("timestamp", ["", "2026-03-02 10:15:00 UTC"])
def test_what_a_student_handed_in_is_no_assignment(tmp_path: Path, step: str, timestamp: str) -> None:
    course = a_course(tmp_path / "course101")
    hand_in(course, "student01", {"problem1.ipynb": solved(problem1())}, timestamp=timestamp)
    if step != "submitted":
        (course / "submitted").rename(course / step)
    with pytest.raises((UsageError, AuthoringError), match="what a student handed in"):
        lines(course / step / "student01/ps1", tmp_path / "out")


def test_a_release_is_imported_with_a_word_that_hidden_tests_are_missing(tmp_path: Path) -> None:
    course = a_course(tmp_path / "course101")
    write(course / "release/ps1/problem1.ipynb", released(problem1()))
    told = lines(course / "release/ps1", tmp_path / "out")
    assert any("is a release" in line for line in told)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-02 10:15:00.250000 UTC", datetime(2026, 3, 2, 10, 15, 0, 250000, tzinfo=UTC)),
        ("2026-03-02 10:15:00", datetime(2026, 3, 2, 10, 15, tzinfo=UTC)),
        ("2026-03-02 10:15:00 +0200\n", datetime(2026, 3, 2, 8, 15, tzinfo=UTC)),
        ("2026-07-02 10:15:00 Europe/Berlin", datetime(2026, 7, 2, 8, 15, tzinfo=UTC)),
        ("2026-03-02T10:15:00+00:00", datetime(2026, 3, 2, 10, 15, tzinfo=UTC)),
        ("  ", None),
    ],
)
def test_the_time_of_receipt_is_read_as_nbgrader_writes_it(
    tmp_path: Path, text: str, moment: datetime | None
) -> None:
    write(tmp_path / "timestamp.txt", text)
    assert received_at(tmp_path) == moment


@pytest.mark.parametrize(
    "text",
    ["yesterday", "2026-03-02 10:15:00 Nowhere/Land", "2026-99-02 10:15", "2026-03-02 10:15:00 America"],
)
def test_a_time_that_cannot_be_read_is_told_and_not_guessed(tmp_path: Path, text: str) -> None:
    write(tmp_path / "timestamp.txt", text)
    with pytest.raises(TimestampUnreadable, match=r"timestamp\.txt"):
        received_at(tmp_path)


def test_the_student_is_known_by_the_folder_two_levels_up_and_by_no_other(tmp_path: Path) -> None:
    course = a_course(tmp_path / "course101")
    folder = hand_in(course, "student01", {"problem2.ipynb": solved(problem2())})
    pattern = "submitted/{student_id}/ps1"
    assert student_of(folder, pattern) == "student01"
    assert student_of(tmp_path / "copied/student07/ps1", pattern) == "student07"
    assert student_of(tmp_path / "copied/student07/ps2", pattern) is None
    assert student_of(folder, "") is None


def test_the_folder_of_all_submissions_stands_for_them_and_no_other_folder_does(tmp_path: Path) -> None:
    course = a_course(tmp_path / "course101")
    for student in ("student01", "student02"):
        hand_in(course, student, {"problem2.ipynb": solved(problem2())})
    hand_in(course, "student03", {"other.ipynb": problem1()}, assignment="ps2")
    assignment = imported(course, tmp_path / "out")
    entries = entries_of([course / "submitted"], assignment)
    assert [entry.student for entry in entries] == ["student01", "student02"]
    with pytest.raises(UsageError, match="is a course"):
        entries_of([course], assignment)
    both = [course / "submitted", course / "submitted/student01/ps1"]
    assert [entry.path for entry in entries_of(both, assignment)] == both


def test_a_submission_that_looks_like_an_intake_folder_speaks_for_its_student_alone(tmp_path: Path) -> None:
    course = a_course(tmp_path / "course101")
    assignment = imported(course, tmp_path / "out")
    with Ledger(course / "submitted/student01/ps1").opened(assignment.id):
        folder = hand_in(course, "student01", {"problem2.ipynb": solved(problem2())})
    assert is_intake_folder(folder)
    for given in ([folder], [course / "submitted"]):
        [entry] = entries_of(given, assignment)
        assert (entry.path, entry.student, entry.receipt) == (folder, "student01", None)
    other = tmp_path / "elsewhere"
    folder.rename(other)
    again = hand_in(course, "student02", {"problem2.ipynb": solved(problem2())})
    with pytest.raises(UsageError, match="looks like an intake folder"):
        entries_of([other, again], assignment)


def test_the_time_limit_of_a_cell_is_the_courses(tmp_path: Path) -> None:
    test = cell("assert 1", grade_id="t", points=1, **TESTS)
    course = a_lab(tmp_path / "course101", [test], "c.ExecutePreprocessor.timeout = 240\n")
    assert imported(course, tmp_path / "out", "lab").limits.cell_seconds == 240


def test_the_image_is_the_one_that_has_what_the_notebooks_import(tmp_path: Path) -> None:
    test = cell("assert 1", grade_id="t", points=1, **TESTS)
    for number, (code, image) in enumerate(
        [
            ("import os, numpy as np\nimport helper  # import nothing else", "small"),
            ("%matplotlib inline\nfrom matplotlib.pyplot import plot\n'from here to there'", "small"),
            ("from sklearn import svm", "course"),
            ("import math, scipy.stats as stats", "course"),
        ]
    ):
        course = a_lab(tmp_path / f"course{number}", [cell(code), test], **{"source/lab/helper.py": "x = 1"})
        assignment = imported(course, tmp_path / f"out{number}", "lab")
        assert assignment.environment.image == image
        assert replace(assignment, origin=None).course_files == ("helper.py",)


def test_a_link_to_a_file_outside_of_the_course_is_left_out_and_told(tmp_path: Path) -> None:
    course = a_course(tmp_path / "course101")
    write(tmp_path / "private.txt", "of this machine")
    write(course / "shared.txt", "of the course")
    (course / "source/ps1/private.txt").symlink_to(tmp_path / "private.txt")
    (course / "source/ps1/shared.txt").symlink_to(course / "shared.txt")
    made = converted(course / "source/ps1")
    assert made.files["source/shared.txt"] == b"of the course"
    assert "source/private.txt" not in made.files
    assert any("private.txt was left out: it is a link" in note for note in made.notes)
