"""The command `autograder gradebook export`: what it writes, what it shows first, and what it refuses."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.progress import Progress

from autograder.app.grade_exports import Export, ExportFormat, export_grades
from autograder.cli import commands
from autograder.errors import GradebookError, UsageError
from autograder.model.results import CheckOutcome
from gradebook.book import Gradebook
from gradebook.course_book import CourseBook
from gradebook.exports.tidy import read_csv
from tests.unit.gradebook.builders import BY_TA, SPRING, a_graded, an_assignment

EXPORTED = (
    "OrgDefinedId,Username,Lab 1 Points Grade <Numeric MaxPoints:10>,End-of-Line Indicator\r\n"
    "#N1,#anna,3,#\r\n"
    "#N2,#nobody,1,#\r\n"
)
CANVAS = (
    'Student,ID,SIS Login ID,Section,Lab 1 (12)\n    Points Possible,,,,10\n"Ødegård, Zoë",101,anna,A,3\n'
)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A gradebook in which anna has 10 points and ben 4, both of 10."""
    address = f"sqlite:///{tmp_path / 'grades.sqlite3'}"
    with Gradebook.open(address, clock=lambda: datetime(2026, 5, 1, tzinfo=UTC)) as book:
        for student, outcomes in (("anna", {}), ("ben", {"q2": CheckOutcome.FAILED})):
            book.record(
                a_graded(submission=student, student=student, outcomes=outcomes), an_assignment(), SPRING
            )
    return address


def run(url: str, format_: ExportFormat, **asked: Any) -> list[str]:
    """What the command says."""
    return export_grades(
        Export(format=format_, **asked),
        url=url,
        course=SPRING.course,
        term=SPRING.term,
        config=None,
        bar=Progress(disable=True),
    )


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    path = tmp_path / "theirs.csv"
    path.write_text(EXPORTED)
    return path


def test_the_diff_comes_first_and_a_dry_run_writes_nothing(url: str, theirs: Path, tmp_path: Path) -> None:
    out = tmp_path / "upload.csv"
    said = run(url, ExportFormat.BRIGHTSPACE, against=theirs, out=out, dry_run=True)
    assert said == [
        "lab1 goes to Lab 1 Points Grade <Numeric MaxPoints:10>",
        "anna  lab1  3 -> 10",
        "only in Brightspace, line 3: Username nobody, OrgDefinedId N2; stays as it is",
        "only in the gradebook, not in the file: ben (lab1 4)",
        "0 new, 1 higher, 0 lower, 0 same, 0 stays; only in Brightspace: 1, only in the gradebook: 1",
        "nothing was written: this is a dry run",
    ]
    assert not out.exists()
    assert run(url, ExportFormat.BRIGHTSPACE, against=theirs, out=out)[:-1] == said[:-1]
    assert out.read_bytes() == EXPORTED.replace("#anna,3", "#anna,10").encode()


def test_canvas_is_written_into_its_own_export(url: str, tmp_path: Path) -> None:
    theirs, out = tmp_path / "canvas.csv", tmp_path / "upload.csv"
    theirs.write_text(CANVAS)
    run(url, ExportFormat.CANVAS, against=theirs, out=out)
    assert out.read_text() == CANVAS.replace("A,3", "A,10")


def test_every_format_is_written(url: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(url, ExportFormat.CSV, out=out)
    assert [row.student for row in read_csv(out.read_bytes(), "out").rows] == ["anna", "ben"]
    run(url, ExportFormat.PARQUET, out=out)
    assert out.read_bytes().startswith(b"PAR1")
    run(url, ExportFormat.LTI, out=out, assignments=("lab1",))
    assert [score["scoreGiven"] for score in json.loads(out.read_text())["scores"]] == [10, 4]
    run(url, ExportFormat.BRIGHTSPACE, out=out, key="OrgDefinedId", items=("lab1=Homework 1",))
    assert out.read_text().startswith("OrgDefinedId,Homework 1 Points Grade,End-of-Line")
    run(url, ExportFormat.SUBMISSIONS, out=out, assignments=("lab1",))
    assert out.read_text().splitlines()[1].startswith("anna,anna,1,")


def test_the_name_in_the_lms_can_be_given(url: str, theirs: Path, tmp_path: Path) -> None:
    theirs.write_text(EXPORTED.replace("Lab 1", "Essay"))
    out = tmp_path / "upload.csv"
    with pytest.raises(GradebookError, match="no column for lab1"):
        run(url, ExportFormat.BRIGHTSPACE, against=theirs, out=out)
    assert not out.exists()
    said = run(url, ExportFormat.BRIGHTSPACE, against=theirs, out=out, items=("lab1=essay",))
    assert said[0] == "lab1 goes to Essay Points Grade <Numeric MaxPoints:10>"


def test_nothing_is_half_written_when_a_line_is_wrong(url: str, theirs: Path, tmp_path: Path) -> None:
    out = tmp_path / "upload.csv"
    out.write_text("of yesterday")
    theirs.write_text(EXPORTED.replace("#nobody,1", "#nobody,NaN"))
    with pytest.raises(GradebookError, match=r"line 3, 'Lab 1 Points Grade.*'NaN' is no number of points"):
        run(url, ExportFormat.BRIGHTSPACE, against=theirs, out=out)
    assert out.read_text() == "of yesterday"
    assert {path.name for path in tmp_path.iterdir()} <= {
        "upload.csv", "theirs.csv", "grades.sqlite3", "grades.sqlite3-wal", "grades.sqlite3-shm"
    }  # fmt: skip


def test_a_grade_above_the_maximum_needs_a_word(url: str, tmp_path: Path) -> None:
    out, sheet = tmp_path / "out", an_assignment({"q1": "4", "q2": "6", "bonus": "3"}, optional=["bonus"])
    with Gradebook.open(url) as book:
        book.record(a_graded(submission="x", student="cleo", assignment=sheet), sheet, SPRING)
    for format_ in (ExportFormat.BRIGHTSPACE, ExportFormat.LTI):
        with pytest.raises(GradebookError, match="cleo, lab1: 13 of 10"):
            run(url, format_, out=out)
        assert not out.exists()
    run(url, ExportFormat.BRIGHTSPACE, out=out, may_exceed=("lab1",))
    assert "#cleo,13,#" in out.read_text()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"format_": ExportFormat.CSV}, "where to write"),
        ({"format_": ExportFormat.CANVAS, "out": Path("x")}, "by its own numbers"),
        ({"format_": ExportFormat.CSV, "out": Path("x"), "against": Path("y")}, "--against is for"),
        ({"format_": ExportFormat.LTI, "out": Path("x"), "items": ("lab1=x",)}, "--item is for"),
        ({"format_": ExportFormat.BRIGHTSPACE, "out": Path("x"), "against": Path("./x")}, "overwrite"),
        ({"format_": ExportFormat.SUBMISSIONS, "out": Path("x")}, "of one assignment"),
    ],
)
def test_options_that_do_not_go_together_are_refused_first(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        run("sqlite:///nowhere.sqlite3", **asked)


@pytest.mark.parametrize(
    ("format_", "asked", "said"),
    [
        (ExportFormat.BRIGHTSPACE, {"against": Path("none.csv")}, "cannot be read"),
        (ExportFormat.BRIGHTSPACE, {"key": "Email"}, "--key cannot be 'Email'"),
        (ExportFormat.LTI, {"key": "Username"}, "--key cannot be 'Username'"),
        (ExportFormat.BRIGHTSPACE, {"items": ("lab9=x",)}, "--item 'lab9=x'"),
        (ExportFormat.BRIGHTSPACE, {"items": ("lab1",)}, "--item 'lab1'"),
    ],
)
def test_what_is_not_there_is_refused(
    url: str, format_: ExportFormat, asked: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        run(url, format_, dry_run=True, **asked)


def test_the_command_shows_what_it_did(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "grades.csv"
    options = ["--gradebook", url, "--course", SPRING.course, "--term", SPRING.term, "--out", str(out)]
    commands.application(["gradebook", "export", "lab1", *options], standalone_mode=False)
    assert capsys.readouterr().out == f"2 students, 1 assignments\nwritten: {out}\n"


def test_what_was_handed_in_and_no_policy_names_is_said(url: str, tmp_path: Path) -> None:
    with Gradebook.open(url) as book:
        only = '[assignments.lab2]\ncategory = "labs"\npoints = 5\n'
        CourseBook(book, SPRING).store_policies(f'zone = "UTC"\n[categories.labs]\nweight = 1\n{only}', BY_TA)
    said = run(url, ExportFormat.CSV, out=tmp_path / "grades.csv")
    assert "lab1 has 2 submissions and no grade: the policies do not name it" in said


def test_the_grade_of_the_course_goes_to_an_item_of_the_lms(url: str, theirs: Path, tmp_path: Path) -> None:
    with Gradebook.open(url) as book:
        CourseBook(book, SPRING).store_policies(
            'zone = "UTC"\n[categories.labs]\nweight = 1\n[assignments.lab1]\ncategory = "labs"\n', BY_TA
        )
    theirs.write_text(EXPORTED.replace("Lab 1 Points", "Final Points").replace(":10>", ":100>"))
    asked: dict[str, Any] = {"against": theirs, "with_course": True, "dry_run": True}
    with pytest.raises(GradebookError, match="no column for lab1"):
        run(url, ExportFormat.BRIGHTSPACE, **asked)
    theirs.write_text(
        EXPORTED.replace(",End", ",Final Points Grade <Numeric MaxPoints:100>,End").replace(",#\r", ",,#\r")
    )
    said = run(url, ExportFormat.BRIGHTSPACE, items=("course=Final",), **asked)
    assert "course goes to Final Points Grade <Numeric MaxPoints:100>" in said
    assert any(line.startswith("anna  course  - -> 100") for line in said)
