"""What the page about exports shows is what the commands write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import gradebook
from autograder.cli import commands
from autograder.errors import GradebookError
from autograder.model.ids import AssignmentId
from autograder.model.results import CheckOutcome
from gradebook.book import Gradebook
from gradebook.course_book import CourseBook
from gradebook.policies.facts import Target
from gradebook.roster import RosterRow
from tests.unit.gradebook.builders import BY_TA, SPRING, a_graded, an_assignment

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "how-to" / "exports.md").read_text()
BRIGHTSPACE = PAGE.partition("such as this one:\n\n```\n")[2].partition("```")[0]
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Lab 1 (4001),Lab 2 (4002),Labs Final Score
    Points Possible,,,,,10.00,10.00,(read only)
"One, Zoë",101,N0001,ab0001,A,10.00,,100.00
"Two, Max",102,N0002,ab0002,A,8.00,,80.00
"Three, Ada",103,N0003,ab0003,B,,5.00,50.00
"Four, Bo",104,N0004,ab0004,B,,,
"""
POLICIES = """
zone = "America/New_York"
late.percent_per_day = 10
categories.labs.weight = 100
assignments.lab1 = { category = "labs", due = 2024-02-11T23:59:00 }
assignments.lab2 = { category = "labs", due = 2024-03-19T23:59:00 }
"""
# Long ago: the command asks the clock of the machine what is missing.
DAY_OF = {"lab1": (2024, 2, 10), "lab2": (2024, 3, 19)}
FAILED, WAITS = CheckOutcome.FAILED, CheckOutcome.WAITING
WORK = {
    "lab1": {"s01": {}, "s02": {"q1": FAILED}, "s03": {"q1": FAILED}, "s05": {}},
    "lab2": {"s01": {}, "s02": {"q1": FAILED}, "s03": {"q2": WAITS}},
}

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command in a folder with the class of the page, and gives back what it says."""
    monkeypatch.chdir(tmp_path)
    Path("brightspace-export.csv").write_text(BRIGHTSPACE)
    Path("canvas-export.csv").write_text(CANVAS)
    with Gradebook.open("gradebook.sqlite3", clock=lambda: datetime(2024, 3, 25, 12, tzinfo=UTC)) as book:
        for lab, work in WORK.items():
            assignment = replace(an_assignment(), id=AssignmentId(lab), title=lab.replace("lab", "Lab "))
            for student, outcomes in work.items():
                received = datetime(*DAY_OF[lab], 23, 59, 59, 123456, tzinfo=UTC)
                if (lab, student) == ("lab2", "s02"):
                    received = datetime(2024, 3, 21, 5, 59, 59, 123456, tzinfo=UTC)
                graded = a_graded(
                    submission=f"{lab}-{student}-1", student=student, assignment=assignment,
                    outcomes=outcomes, received=received,
                )  # fmt: skip
                book.record(graded, assignment, SPRING)
        course = CourseBook(book, SPRING)
        rows = [RosterRow(student=f"s0{n}", net_id=f"ab000{n}", lms_id=f"10{n}") for n in range(1, 6)]
        course.import_roster(rows, BY_TA, columns=("net_id", "lms_id"))
        course.store_policies(POLICIES, BY_TA)
        course.extend(Target.STUDENT, "s04", "lab2", BY_TA, excused=True)

    def said(*arguments: str) -> str:
        where = ["--gradebook", "gradebook.sqlite3", "--course", SPRING.course, "--term", SPRING.term]
        commands.application(["gradebook", "export", *arguments, *where], standalone_mode=False)
        return capsys.readouterr().out

    return said


def shown(command: str) -> str:
    """What the page shows below a command."""
    return PAGE.partition(f"$ autograder gradebook export {command}\n")[2].partition("```")[0]


@pytest.mark.parametrize(
    "command",
    [
        "--format brightspace --against brightspace-export.csv --dry-run",
        "--format canvas --against canvas-export.csv --out canvas-upload.csv",
    ],
)
def test_the_page_shows_what_the_command_says(run: Run, command: str) -> None:
    assert run(*command.split()) == shown(command)


def test_the_page_shows_the_files_that_are_written(run: Run) -> None:
    run("--format", "brightspace", "--against", "brightspace-export.csv", "--out", "upload.csv")
    assert f"```\n{Path('upload.csv').read_text()}```" in PAGE
    run("lab2", "--format", "lti", "--key", "lms_id", "--out", "lti.json")
    score = PAGE.partition('```\n    {\n      "lineItem"')[2].partition("```")[0]
    assert '    {\n      "lineItem"' + score in Path("lti.json").read_text()


def test_the_page_shows_the_refusal_of_what_is_no_number(run: Run) -> None:
    Path("brightspace-export.csv").write_text(BRIGHTSPACE.replace(",7,", ",NaN,"))
    with pytest.raises(GradebookError) as refused:
        run("--format", "brightspace", "--against", "brightspace-export.csv", "--out", "upload.csv")
    assert f"error: {refused.value}\n" in PAGE


def test_the_page_shows_the_frame(run: Run) -> None:
    grades = gradebook.frame("gradebook.sqlite3", course=SPRING.course, term=SPRING.term)
    assert f"```\n{grades[['student', 'assignment', 'state', 'points', 'score']]}\n```" in PAGE
