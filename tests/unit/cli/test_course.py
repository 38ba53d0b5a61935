"""The commands on a class and its dates, as a person types them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from autograder.cli.commands import application
from autograder.cli.console import explain
from autograder.errors import GraderError
from gradebook.book import Gradebook
from gradebook.values import Offering
from tests.unit.gradebook.builders import a_graded, an_assignment

SPRING = Offering("dl", "spring")
DUE = datetime(2026, 3, 1, 4, 59, 0, tzinfo=UTC)
ROSTER = "id,name,net_id,email,section\ns01,One,aa1,a@example.edu,A\ns02,Two,bb2,b@example.edu,B\n"
POLICIES = """zone = "America/New_York"
[late]
percent_per_day = 10
accept_days = 5
[late_days]
budget = 1
[categories.labs]
weight = 1
[assignments.lab1]
category = "labs"
due = 2026-02-28T23:59:00
"""
WHY = ("--by", "prof", "--reason", "as agreed")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `autograder gradebook ...`; returns exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUTOGRADER_HOME", str(tmp_path / "home"))
    (tmp_path / "class.csv").write_text(ROSTER)
    (tmp_path / "policies.toml").write_text(POLICIES)

    def command(*words: str) -> tuple[int, str, str]:
        where = ("--gradebook", "sqlite:///book.sqlite3")
        if words[0] not in ("erase", "backup", "restore"):
            where += ("--course", "dl", "--term", "spring")
        code = 0
        try:
            application(["gradebook", *words, *where], standalone_mode=False)
        except GraderError as error:
            explain(error)
            code = error.exit_code
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


@pytest.fixture
def course(run: Run) -> Run:
    """A class with policies and one submission, 25 hours late."""
    assert run("roster", "import", "class.csv", *WHY)[0] == 0
    assert run("policies", "store", "policies.toml", *WHY)[0] == 0
    with Gradebook.open(Path("book.sqlite3")) as book:
        graded = a_graded(submission="s01-1", student="s01", received=DUE + timedelta(hours=25))
        book.record(graded, an_assignment(), SPRING)
    return run


def test_a_dry_run_shows_the_difference_and_makes_no_gradebook(run: Run) -> None:
    code, out, _ = run("roster", "import", "class.csv", *WHY, "--dry-run")
    assert (code, "2 added, 0 unchanged (dry run: nothing written)" in out) == (0, True)
    code, out, _ = run("policies", "store", "policies.toml", *WHY, "--dry-run")
    assert (code, out) == (0, "dry run: nothing stored\n")
    assert not Path("book.sqlite3").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("roster", "import", "class.csv"), "2 unchanged (dry run: nothing written)"),
        (("extend", "lab1", "--student", "s01", "--days", "2"), "dry run: nothing granted"),
        (("excuse", "lab1", "--student", "s01"), "dry run: nothing granted"),
        (("erase", "s01"), "s01 would be erased"),
    ],
)
def test_a_dry_run_needs_nobody_who_decides(course: Run, words: tuple[str, ...], told: str) -> None:
    code, out, _ = course(*words, "--dry-run")
    assert (code, told in out) == (0, True)
    code, _, err = course(*words)
    assert code != 0
    assert "say who decides, and why" in err


def test_the_class_is_imported_and_shown_by_name_or_pseudonym(course: Run) -> None:
    _, out, _ = course("roster", "show")
    assert "s01  One  aa1  a@example.edu  p-" in out
    assert "section A" in out
    _, out, _ = course("roster", "show", "--pseudonyms")
    assert "One" not in out and "s01" not in out and "aa1" not in out
    Path("class.csv").write_text("id,section\ns01,B\n")
    _, out, _ = course("roster", "import", "class.csv", *WHY, "--remove-missing")
    assert "moved     s01: section A -> B\nleft      s02\n" in out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,name\ns01,One\ns02\n", "line 3: 1 cells where the first line has 2"),
        ("id,name\ns01,One,x\n", "line 2: 3 cells where the first line has 2"),
        ('id,name\ns01,"One\ns02,Two\n', "line 2: a line break in name"),
        ("id,name\ns01,One\ns01,Two\n", "line 3: the id 's01' stands in line 2, too"),
        ("id,name\n\n\n,One\n", "line 4: the id is empty"),
        ("id,id\ns01,s02\n", "the column id is there twice"),
        ("number,name\n1,One\n", "has no column `id`"),
        ("id,name\n", "names nobody"),
        (f"id,name\ns01,{'x' * 200_000}\n", "line 2: this is no line of a CSV"),
    ],
)
def test_a_broken_roster_names_its_line_and_changes_nothing(course: Run, text: str, said: str) -> None:
    before = course("roster", "show")
    Path("broken.csv").write_text(text)
    code, _, err = course("roster", "import", "broken.csv", *WHY)
    assert code != 0
    assert said in err
    assert course("roster", "show") == before


def test_a_roster_of_a_spreadsheet_on_windows_is_read(run: Run) -> None:
    Path("class.csv").write_bytes("id;name\r\ns01;Zoë\r\n".encode("cp1252"))
    assert run("roster", "import", "class.csv", *WHY)[0] == 0
    assert "s01  Zoë  p-" in run("roster", "show")[1]


def test_an_extension_is_seen_in_preview_and_grades_until_it_is_withdrawn(course: Run) -> None:
    _, out, _ = course("policies", "preview", "s02", "lab1", "--at", "2026-03-02T12:00")
    assert "It would use 1 late day of the budget; 0 would remain." in out
    assert "up to 1 point: 10 %" in out
    _, out, _ = course("grades")
    assert out.startswith("s01  lab1 9  course 90 %\ns02  lab1 0 (missing)")
    granting = ("extend", "lab1", "--student", "s01", "--until", "2026-03-02T23:59", *WHY)
    _, said, _ = course(*granting, "--dry-run")
    assert said == (
        "extension: student s01, lab1: until Mon 2026-03-02 23:59:00 EST  by prof  as agreed\n"
        "s01: lab1 9 -> 10, course 90 % -> 100 %\n1 of 2 students' grades change\n"
        "dry run: nothing granted\n"
    )
    assert course("extensions")[1] == "no extension stands\n"
    code, _, said = course(*granting)
    assert (code, said) == (
        0, "extension 1: student s01, lab1: until Mon 2026-03-02 23:59:00 EST  by prof  as agreed\n",
    )  # fmt: skip
    _, out, _ = course("grades", "s01")
    assert "lab1: 10 of 10, graded\n" in out
    assert "An extension for s01 moves the deadline" in out
    assert "late days left: 1" in out
    assert course("extensions", "--withdraw", "1", *WHY)[0] == 0
    assert course("grades", "s01", "--assignment", "lab1")[1].startswith("lab1: 9 of 10")
    assert course("extensions")[1] == "no extension stands\n"


def test_who_is_excused_has_no_grade_for_it(course: Run) -> None:
    code, _, said = course("excuse", "lab1", "--section", "B", *WHY)
    assert (code, "section B, lab1: excused" in said) == (0, True)
    assert "s02  lab1 - (excused)  course -" in course("grades")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("extend", "lab1", "--until", "2026-03-08T02:30", "--student", "s01"),
            "shows 2026-03-08T02:30 never",
        ),
        (("extend", "lab1", "--until", "2026-11-01T01:30", "--student", "s01"), "twice"),
        (("extend", "lab1", "--until", "2026-03-08", "--student", "s01"), "a day without a time"),
        (("extend", "lab1", "--until", "soon", "--student", "s01"), "'soon' is no time"),
        (("extend", "lab1", "--until", "2026-02-01T12:00Z", "--student", "s01"), "is not after the deadline"),
        (("extend", "lab1", "--days", "2"), "say for whom"),
        (("extend", "lab1", "--days", "2", "--student", "s01", "--everyone"), "say for whom"),
        (("extend", "lab1", "--student", "s01"), "needs one of"),
        (("extend", "lab1", "--days", "0", "--student", "s01"), "1 to 366 days"),
        (("extend", "lab7", "--days", "2", "--student", "s01"), "no assignment 'lab7'"),
        (("excuse", "lab1", "--student", "s03"), "no student 's03'"),
        (("choose-attempt", "lab1", "s02", "s01-1"), "no submission of s02"),
        (("award-extra", "lab1", "s01", "more", "NaN"), "NaN"),
        (("award-extra", "lab1", "s01", "more", "two"), "'two' is no number"),
        (("extensions", "--withdraw", "5"), "no extension 5 stands"),
    ],
)
def test_what_cannot_be_decided_is_refused_with_the_reason(
    course: Run, words: tuple[str, ...], said: str
) -> None:
    before = course("grades")
    code, _, err = course(*words, *WHY)
    assert code != 0
    assert said in err
    assert course("grades") == before


def test_a_time_without_a_zone_is_refused_where_the_course_has_none(run: Run) -> None:
    assert run("roster", "import", "class.csv", *WHY)[0] == 0
    code, _, err = run("extend", "--until", "2026-03-02T23:59", "--student", "s01", *WHY)
    assert (code, "is a time without a zone" in err) == (2, True)


def test_a_decision_without_a_reason_is_refused(course: Run) -> None:
    code, _, err = course("excuse", "lab1", "--student", "s01", "--by", "prof", "--reason", " ")
    assert (code, "say who decides, and why" in err) == (2, True)


def test_new_policies_show_whose_grades_they_change_before_they_count(course: Run) -> None:
    Path("policies.toml").write_text(POLICIES.replace("percent_per_day = 10", "percent_per_day = 30"))
    _, out, _ = course("policies", "store", "policies.toml", *WHY, "--dry-run")
    assert "-percent_per_day = 10\n+percent_per_day = 30\n" in out
    assert "s01: lab1 9 -> 7, course 90 % -> 70 %\n1 of 2 students' grades change\n" in out
    assert "percent_per_day = 10" in course("policies", "show")[1]
    assert course("policies", "store", "policies.toml", *WHY)[0] == 0
    assert "percent_per_day = 30" in course("policies", "show")[1]
    assert len(course("policies", "show", "--history")[1].splitlines()) == 2


def test_policies_with_an_error_name_file_and_line(course: Run) -> None:
    Path("policies.toml").write_text(POLICIES.replace("percent_per_day", "percent_a_day"))
    code, _, err = course("policies", "store", "policies.toml", *WHY)
    assert code == 2
    assert "policies.toml" in err
    assert "percent_a_day" in err


def test_a_group_shares_its_work(course: Run) -> None:
    code, _, err = course("group", "lab1", "team", "s01", "s02", *WHY)
    assert (code, err) == (0, "lab1: the group team has 2 members (2 came or left)\n")
    assert course("groups")[1] == "lab1  team  s01, s02\n"
    assert "s02  lab1 9  course 90 %" in course("grades")[1]
    assert course("group", "lab1", "team", *WHY)[0] == 0
    assert course("groups")[1] == "there are no groups\n"


def test_staff_choose_the_attempt_and_give_points_for_an_extra(course: Run) -> None:
    with Gradebook.open(Path("book.sqlite3")) as book:
        later = a_graded(
            submission="s01-2", student="s01", digest="d2", attempt=2, received=DUE + timedelta(days=4)
        )
        book.record(later, an_assignment(), SPRING)
    assert "s01  lab1 7" in course("grades")[1]
    assert course("choose-attempt", "lab1", "s01", "s01-1", *WHY)[0] == 0
    assert "s01  lab1 9" in course("grades")[1]
    code, _, err = course("award-extra", "lab1", "s01", "other ranks", "1.5", *WHY)
    assert (code, err) == (0, "s01, lab1: other ranks: 1.5\n")


def test_who_is_erased_is_shown_by_pseudonym(course: Run) -> None:
    _, out, _ = course("erase", "s01", *WHY, "--dry-run")
    assert out == "s01 would be erased\n"
    _, out, _ = course("erase", "s01", *WHY)
    pseudonym = out.split()[2]
    assert out == f"s01 is {pseudonym} now\n"
    assert f"{pseudonym}  lab1 9" in course("grades")[1]
    code, _, err = course("erase", "--unseen-since", "2020", *WHY)
    assert (code, "'2020' is no day" in err) == (2, True)
    assert course("erase", "--unseen-since", "2020-01-01", *WHY)[1] == "nobody to erase\n"


def test_a_backup_comes_back(course: Run) -> None:
    assert course("backup", "kept.sqlite3")[0] == 0
    assert course("excuse", "lab1", "--everyone", *WHY)[0] == 0
    code, _, err = course("restore", "kept.sqlite3")
    assert code == 0
    assert "book.sqlite3 is as in kept.sqlite3; what it replaced is book.sqlite3.replaced-" in err
    assert "s01  lab1 9" in course("grades")[1]
