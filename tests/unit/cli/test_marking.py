"""`autograder marking`, as a person types it."""

from __future__ import annotations

import csv
import getpass
import json
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.app.layouts import layout_of
from autograder.authoring.scaffold import new
from autograder.cli.commands import application
from autograder.cli.console import explain
from autograder.config.assignment_file import load
from autograder.errors import GraderError
from autograder.model.graded import Status
from autograder.model.results import CheckOutcome
from gradebook.book import Gradebook
from gradebook.course_book import CourseBook
from gradebook.roster import RosterRow
from gradebook.values import Decision, Offering
from tests.unit.gradebook.builders import a_finding, a_graded
from tests.unit.gradebook.course_builders import POLICIES
from tests.unit.gradebook.marking.builders import written

SPRING = Offering("dl", "spring")
RUBRIC = """marks = "add"
[[items]]
id = "clear"
text = "The argument is clear"
points = 3
comment = "Clearly argued"
[[items]]
id = "axes"
text = "No names at the axes"
points = -1
"""
BY_PROF = Decision(who="prof", why="start of term")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `autograder marking ...` on a class of two; returns exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUTOGRADER_HOME", str(tmp_path / "home"))
    (tmp_path / "essay.toml").write_text(RUBRIC)
    with Gradebook.open(Path("book.sqlite3")) as book:
        for student in ("s01", "s02"):
            graded = a_graded(
                submission=f"{student}-1", student=student, digest=student, assignment=written(),
                outcomes={"essay": CheckOutcome.WAITING}, status=Status.PENDING, findings=(a_finding(),),
            )  # fmt: skip
            book.record(graded, written(), SPRING)
        rows = [RosterRow(student="s01", line=2, name="Jane Doe"), RosterRow(student="s02", line=3)]
        CourseBook(book, SPRING).import_roster(rows, BY_PROF, columns=("name",))

    def command(*words: str) -> tuple[int, str, str]:
        where = ("--gradebook", "sqlite:///book.sqlite3", "--course", "dl", "--term", "spring")
        code = 0
        try:
            application(["marking", *words, *where], standalone_mode=False)
        except GraderError as error:
            explain(error)
            code = error.exit_code
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


def records(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


def store(run: Run) -> None:
    assert (
        run("rubric", "lab1", "essay", "--from", "essay.toml", "--reason", "agreed", "--as", "head")[0] == 0
    )


def test_a_rubric_is_previewed_stored_and_shown(run: Run) -> None:
    words = ("rubric", "lab1", "essay", "--from", "essay.toml", "--reason", "agreed")
    code, out, _ = run(*words, "--dry-run")
    assert (code, out.splitlines()[-1]) == (
        0,
        "essay: 0 marks would change, 0 stay (dry run: nothing written)",
    )
    assert run("rubric", "lab1")[1] == "no check of lab1 has a rubric\n"
    assert run(*words)[0] == 0
    out = run("rubric", "lab1", "essay")[1]
    assert out.splitlines() == [
        "essay: a mark starts at 0",
        "  clear     +3  The argument is clear  (student reads: Clearly argued)",
        "  axes      -1  No names at the axes",
    ]
    (record,) = records(run("rubric", "lab1", "--json")[1])
    assert (record["check"], record["marks"]) == ("essay", "add")


def test_from_the_queue_to_a_mark(run: Run) -> None:
    store(run)
    code, out, _ = run("queue", "lab1")
    assert (code, out.splitlines()[-1]) == (0, "lab1: waiting: 2, with somebody now: 0")
    (taken,) = records(run("next", "lab1", "--as", "ann", "--json")[1])
    assert (taken["held_by"], taken["waiting"]) == ("ann", True)
    piece = str(taken["piece"])
    code, _, said = run("mark", piece, "--item", "clear", "--as", "bob")
    assert (code, f"{piece} is with ann" in said, "marking next" in said) == (1, True, True)
    code, out, _ = run(
        "mark", piece, "--item", "clear", "--item", "axes", "--comment", "Well.", "--as", "ann"
    )
    assert (code, out) == (0, f"{piece}  {taken['student']}  {taken['submission']}: 2 of 5 points by ann\n")
    assert len(records(run("queue", "lab1", "--json")[1])) == 1
    assert len(records(run("queue", "lab1", "--marked", "--json")[1])) == 2


def test_who_marks_is_the_login_unless_it_is_said(run: Run) -> None:
    (record,) = records(run("mark", "s01-1:essay", "--points", "4", "--json")[1])
    assert record["marked_by"] == getpass.getuser()


def test_a_piece_is_renewed_given_back_and_taken_by_another(run: Run) -> None:
    (mine,) = records(run("next", "lab1", "--as", "ann", "--json")[1])
    assert "is with ann until" in run("renew", str(mine["piece"]), "--as", "ann", "--minutes", "60")[1]
    assert run("release", str(mine["piece"]), "--as", "bob")[0] == 1
    assert run("release", str(mine["piece"]), "--as", "ann")[1] == f"{mine['piece']} is free again\n"
    (theirs,) = records(run("next", "lab1", "--as", "bob", "--json")[1])
    assert theirs["piece"] == mine["piece"]


def test_when_nothing_is_left_that_is_said(run: Run) -> None:
    for grader in ("ann", "bob"):
        assert run("next", "lab1", "--as", grader)[0] == 0
    assert run("next", "lab1", "--as", "cleo")[1] == "lab1: nothing is left to take\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("mark", "s01-1:essay"), "say what it is worth"),
        (("mark", "s01-1:essay", "--points", "1", "--item", "x"), "either --points, or --item"),
        (("mark", "s01-1:essay", "--points", "much"), "'much' is no number"),
        (("mark", "s01-1:essay", "--points", "NaN"), "points must be between 0 and 5"),
        (("mark", "s09-1:essay", "--points", "1"), "is no piece"),
        (("mark", "99:essay", "--points", "1"), "there is no piece 99:essay"),
        (("mark", "1:nope", "--points", "1"), "the submission has the checks q1, essay"),
        (("rubric", "lab1", "--from", "essay.toml", "--reason", "why"), "say which check"),
        (("rubric", "lab1", "essay", "--from", "essay.toml"), "say who decides, and why"),
        (("mark", "s01-1:essay", "--points", "POINTS"), "--points still says POINTS"),
        (("mark", "s01-1:essay", "--points", "1", "--comment", "WORDS"), "--comment still says WORDS"),
        (("mark", "s01-1:essay", "--points", "1", "--comment", "..."), "--comment still says ..."),
        (("mark", "s01-1:essay", "--points", "1", "--again", "REASON"), "--again still says REASON"),
        (("answer", "1", "keep", "..."), "the answer still says ..."),
        (("findings", "lab1", "paths", "waive", "--reason", "REASON"), "--reason still says REASON"),
        (("answer", "1", "maybe", "words"), "'maybe' is no answer"),
        (("findings", "lab1", "paths", "maybe", "--reason", "r"), "'maybe' is no decision"),
        (("import", "lab1", "nowhere.csv"), "nowhere.csv: cannot be read"),
        (("window", "lab1", "--opens", "2026-03-01T10:00", "--reason", "r"), "a time without a zone"),
    ],
)
def test_what_cannot_be_done_is_said_and_what_to_do_next(run: Run, words: tuple[str, ...], said: str) -> None:
    code, _, err = run(*words)
    assert code in (1, 2)
    assert said in err


def test_blind_neither_lines_nor_records_nor_sheets_tell_who_it_is(run: Run) -> None:
    store(run)
    seen = []
    for words in (("queue", "lab1"), ("next", "lab1"), ("sheet", "lab1", "--out", "sheet.csv")):
        for as_json in ((), ("--json",)):
            code, out, _ = run(*words, "--blind", *as_json)
            assert code == 0
            seen.append(out)
    run("mark", "s01-1:essay", "--points", "4")
    run("request", "s01-1:essay", "Jane Doe (s01) asks: why?", "--as", "ann")
    for words in (
        ("mark", "s02-1:essay", "--points", "4"),
        ("requests",),
        ("answer", "1", "keep", "Because."),
        ("findings", "lab1", "paths", "waive", "--reason", "r", "--dry-run"),
        ("rubric", "lab1", "essay", "--from", "essay.toml", "--reason", "r"),
    ):
        seen.append(run(*words, "--blind")[1])
    seen.append(Path("sheet.csv").read_text())
    assert not [text for text in seen if "s01" in text or "s02" in text or "Jane" in text]
    assert "p-" in seen[0]


def test_a_sheet_goes_out_is_previewed_and_comes_in(run: Run) -> None:
    store(run)
    assert run("sheet", "lab1", "--out", "sheet.csv")[1] == "sheet.csv: 2 pieces\n"
    with Path("sheet.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["essay/clear"] = "x"
    with Path("filled.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    code, out, _ = run("import", "lab1", "filled.csv", "--dry-run")
    assert code == 0
    assert out.splitlines()[-1].startswith("2 marks would be given (dry run: nothing written)")
    code, out, _ = run("import", "lab1", "filled.csv", "--as", "ann")
    assert out.splitlines()[-1] == "2 marks given; 0 say what stands, 0 are empty"
    assert all(line.endswith("- -> 3  (clear)") for line in out.splitlines()[:-1])
    out = run("import", "lab1", "filled.csv", "--as", "bob")[1]
    assert out == "0 marks given; 2 say what stands, 0 are empty\n", "twice is as once"


def test_a_sheet_that_may_be_filled_in_is_not_written_over(run: Run) -> None:
    for _ in range(2):
        assert run("sheet", "lab1", "--out", "sheet.csv")[0] == 0
    Path("sheet.csv").write_text("filled in")
    code, _, err = run("sheet", "lab1", "--out", "sheet.csv")
    assert (code, "sheet.csv is there already" in err, "--replace" in err) == (2, True, True)
    assert Path("sheet.csv").read_text() == "filled in"
    assert run("sheet", "lab1", "--out", "sheet.csv", "--replace")[0] == 0
    assert "essay" in Path("sheet.csv").read_text()


def test_next_suggests_commands_of_the_same_person_as_blind_as_itself(run: Run) -> None:
    blind = run("next", "lab1", "--as", "carla", "--blind")[1].splitlines()
    assert blind[-1].endswith(":essay --points POINTS --as carla --blind")
    assert "read it with: autograder review ASSIGNMENT RESULTS --out review-blind --blind" in blind
    words = shlex.split(blind[-1].partition("autograder marking ")[2].replace("POINTS", "3"))
    code, out, _ = run(*words)
    assert (code, "s01" in out or "s02" in out, "by carla" in out) == (0, False, True)
    open_ = run("next", "lab1")[1].splitlines()
    assert open_[-1].endswith(":essay --points POINTS")


def test_next_names_the_cell_of_the_answer_where_it_was_recorded(run: Run) -> None:
    new(Path("lab9"))
    assignment = load(Path("lab9"))
    graded = a_graded(assignment=assignment, outcomes={"reflection": CheckOutcome.WAITING})
    with Gradebook.open(Path("book.sqlite3")) as book:
        book.record(replace(graded, status=Status.PENDING), assignment, SPRING, layout=layout_of(assignment))
    out = run("next", "lab9")[1]
    assert (
        "read it in lab.ipynb, cell reflection, with: autograder review ASSIGNMENT RESULTS --out review"
        in out
    )


def test_a_request_is_opened_listed_and_answered(run: Run) -> None:
    run("mark", "s01-1:essay", "--points", "3", "--as", "ann")
    assert run("window", "lab1", "--closes", "2020-01-01T00:00Z", "--reason", "over")[0] == 0
    assert "requests closed at 2020-01-01" in run("request", "s01-1:essay", "Please.")[2]
    run("window", "lab1", "--opens", "2020-01-01T00:00Z", "--reason", "again")
    out = run("request", "s01-1:essay", "The axes have names.", "--as", "ann")[1]
    assert "asks: The axes have names." in out
    code, out, _ = run("answer", "1", "change", "They do.", "--points", "4", "--as", "bob")
    assert (code, "bob answered: They do." in out) == (0, True)
    assert run("requests", "lab1")[1] == "no request is open\n"
    (record,) = records(run("requests", "--all", "--json")[1])
    assert (record["state"], record["opened_by"]) == ("changed", "ann")


def test_findings_are_listed_and_decided_for_the_class(run: Run) -> None:
    assert "paths  2 proposed  costs up to 2" in run("findings", "lab1")[1]
    out = run("findings", "lab1", "paths", "confirm", "--reason", "seen", "--dry-run")[1]
    assert out.splitlines()[-1] == "paths: would be confirmed in 2 submissions (dry run: nothing written)"
    assert "2 proposed" in run("findings", "lab1")[1]
    run("findings", "lab1", "paths", "confirm", "--reason", "seen", "--submission", "s01-1")
    out = run("findings", "lab1", "paths", "waive", "--reason", "seen")[1]
    assert out.splitlines()[-1] == "paths: waived in 1 submission"
    (record,) = records(run("findings", "lab1", "--json")[1])
    assert record["submissions"] == {"confirmed": 1, "waived": 1}


def test_an_assignment_brings_its_rubrics_and_another_version_is_taken_over_by_command(run: Run) -> None:
    folder = Path("lab9")
    new(folder)
    assignment = load(folder)
    graded = a_graded(assignment=assignment, outcomes={"reflection": CheckOutcome.WAITING})
    with Gradebook.open(Path("book.sqlite3")) as book:
        book.record(replace(graded, status=Status.PENDING), assignment, SPRING)
    (before,) = records(run("rubric", "lab9", "--json")[1])
    items = before["items"]
    assert isinstance(items, list)
    assert run("mark", "s1:reflection", "--item", items[0]["id"], "--as", "ann")[0] == 0
    file = folder / "rubrics" / "reflection.toml"
    worth = f"points = {items[0]['points']}"
    assert worth in file.read_text()
    file.write_text(file.read_text().replace(worth, "points = 1.5", 1))
    out = run("rubric", "lab9", "--from", "lab9", "--reason", "worth more", "--as", "head")[1]
    assert "s1: 1 -> 1.5" in out
    assert out.splitlines()[-1] == "reflection: 1 mark changed, 0 stay"
    assert "1.5 points by head" in run("queue", "lab9", "--marked")[1]


def test_who_marks_may_be_said_as_everywhere_else(run: Run) -> None:
    assert run("next", "lab1", "--by", "ann")[0] == 0
    assert run("mark", "mine", "--points", "3", "--by", "ann")[0] == 0


def test_a_window_is_told_by_the_clock_of_the_course(run: Run) -> None:
    with Gradebook.open(Path("book.sqlite3")) as book:
        CourseBook(book, SPRING).store_policies(POLICIES, BY_PROF)
    said = run("window", "lab1", "--opens", "2026-07-01T09:00", "--reason", "out", "--as", "prof")[1]
    assert said == "lab1: requests can be opened from 2026-07-01 09:00-0400 without an end\n"
