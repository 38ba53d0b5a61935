"""`autograder gradebook overview`, as a person types it: what the gradebook knows, after all policies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from autograder.cli.commands import application
from autograder.cli.console import explain
from autograder.errors import GraderError
from autograder.model.graded import Status
from autograder.model.results import CheckOutcome
from gradebook.book import Gradebook
from gradebook.course_book import CourseBook
from gradebook.erasing import Erasing
from gradebook.policies.facts import Target
from tests.unit.gradebook.builders import SPRING, a_graded, an_assignment
from tests.unit.gradebook.course_builders import BY_PROF, COLUMNS, DUE, POLICIES, a_class, a_row, hand_in

Run = Callable[..., str]
STUDENTS = ("anna", "bert", "cleo", "dora", "emil", "fred", "gina", "hugo", "ida", "jan", "kim", "zoe")
LETTERS = "[letters]\nA = 90\nB = 50\nF = 0\n[late_days]\nbudget = 2\n"


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gradebook]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUTOGRADER_HOME", str(tmp_path / "home"))
    with Gradebook.open(tmp_path / "book.sqlite3", survive_power_loss=False) as opened:
        yield opened


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Write an overview and return the page, or what was said where it could not be written."""

    def command(*words: str) -> str:
        where = ("--gradebook", "sqlite:///book.sqlite3", "--course", SPRING.course, "--term", SPRING.term)
        try:
            application(["gradebook", "overview", *words, "--out", "o.html", *where], standalone_mode=False)
        except GraderError as error:
            explain(error)
            return capsys.readouterr().err
        assert capsys.readouterr().out == "written: o.html\n"
        return Path("o.html").read_text()

    return command


@pytest.fixture
def course(book: Gradebook) -> CourseBook:
    """Twelve students: ten on time, hugo 30 hours late, zoe with nothing."""
    made = a_class(book, STUDENTS)
    made.store_policies(f"{POLICIES}{LETTERS}", BY_PROF)
    for student in STUDENTS[:-1]:
        hand_in(book, student, late=timedelta(hours=30 if student == "hugo" else -2))
    return made


def text_of(page: str) -> str:
    """The words of a page, on one line."""
    without_style = re.sub(r"<style>.*?</style>|<svg.*?</svg>", " ", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", without_style).split())


def test_the_page_of_an_assignment_says_how_late_and_what_is_missing(course: CourseBook, run: Run) -> None:
    words = text_of(run("lab1"))
    assert "11 submissions of 11 students" in words
    assert "1 student handed in nothing that counts" in words
    assert "10 students on time, 1 student after the deadline" in words
    assert "The budget of late days covers 2 days" in words
    assert "hugo 30.0 2 2 0" in words
    assert "The deadline is 1 March 2026, 12:00 EST, without extensions." in words


def test_each_attempt_that_counts_has_its_grade_after_policies(
    course: CourseBook, book: Gradebook, run: Run
) -> None:
    hand_in(book, "anna", late=timedelta(hours=-1), attempt=2)
    course.store_policies(f"{POLICIES}{LETTERS}".replace("budget = 2", "budget = 0"), BY_PROF)
    page = run("lab1")
    rows = [text_of(row) for row in page[page.index('id="submissions"') :].split("<tr>")]
    expected = course.standing("hugo").assignments["lab1"].points
    assert expected is not None and expected < 10
    (hugo,) = [row for row in rows if row.startswith("hugo")]
    assert f"10 / 10 {expected.normalize():f} / 10" in hugo
    first, second = [row for row in rows if row.startswith("anna")]
    assert "does not count" in first and "10 / 10 –" in first
    assert "10 / 10 10 / 10" in second
    assert "beside the attempt that counts" in text_of(page)


def test_an_attempt_is_called_the_earliest_recorded_not_the_first(book: Gradebook, run: Run) -> None:
    made = a_class(book, STUDENTS)
    made.store_policies(f"{POLICIES}{LETTERS}", BY_PROF)
    for student in STUDENTS[:6]:
        hand_in(book, student, late=timedelta(hours=-2), attempt=2)
    words = text_of(run("lab1"))
    assert "the earliest attempt recorded of each of 6 students." in words
    assert "first attempt" not in words.casefold()


def test_an_extension_makes_late_work_timely(course: CourseBook, run: Run) -> None:
    course.extend(Target.STUDENT, "hugo", "lab1", BY_PROF, days=3)
    assert "11 students on time, 0 students after the deadline" in text_of(run("lab1"))


def test_the_attempt_that_counts_is_the_one_of_the_policies(
    course: CourseBook, book: Gradebook, run: Run
) -> None:
    hand_in(book, "anna", late=timedelta(hours=-1), attempt=2)
    words = text_of(run("lab1"))
    assert "12 submissions of 11 students" in words
    assert "anna does not count" in words
    assert "anna attempt 2" in words and "attempt 2 does not count" not in words
    course.choose_attempt("lab1", "anna", "anna-1", BY_PROF)
    assert "anna attempt 2 does not count" in text_of(run("lab1"))


def test_what_failed_on_our_side_is_no_zero(book: Gradebook, course: CourseBook, run: Run) -> None:
    died = a_graded(
        submission="zoe-1", student="zoe", digest="z", received=DUE, status=Status.SANDBOX_FAILED,
        scored=False, outcomes=dict.fromkeys(("q1", "q2"), CheckOutcome.ERRORED), reason="It died twice.",
    )  # fmt: skip
    book.record(replace(died, results=()), an_assignment(), SPRING)
    words = text_of(run("lab1"))
    assert "the sandbox failed It died twice. 1 zoe" in words
    assert "11 passed, 1 our error 100 %" in words
    assert "100 100 to 100 100 11 1 1 0 0 0 1" in text_of(run())  # 11 graded, 1 not known yet, by our fault


def test_the_page_of_the_course_has_letters_lateness_and_who_handed_in_nothing(
    course: CourseBook, run: Run
) -> None:
    words = text_of(run())
    assert "12 students 1 assignment 100 % median grade of the course" in words
    assert "A 90 % 11 92 %" in words
    assert "F 0 % 1 8 %" in words
    assert "Handed in nothing at all: 1 student zoe" in words
    assert "Late days used Students 0 11 1 0 2 1" in words
    assert "Made with a stand-in. The real thing was not used for: distilbert-base-uncased." in words


@pytest.mark.parametrize("what", [("lab1",), ()])
def test_with_pseudonyms_no_page_names_anybody(course: CourseBook, run: Run, what: tuple[str, ...]) -> None:
    assert "hugo" in run(*what) or "zoe" in run(*what)
    page = run(*what, "--pseudonyms")
    assert not [student for student in STUDENTS if re.search(rf"\b{student}\b", page, re.IGNORECASE)]
    assert re.search(r"\bp-[0-9a-f]", page)
    assert "not anonymous" in page


def test_an_erased_student_s_work_still_counts(course: CourseBook, book: Gradebook, run: Run) -> None:
    Erasing(book).erase(["anna"], BY_PROF)
    words = text_of(run("lab1"))
    assert "11 submissions of 11 students" in words
    assert "does not count" not in words
    assert "anna" not in words


def test_without_policies_the_last_attempt_counts_and_nothing_is_late(book: Gradebook, run: Run) -> None:
    CourseBook(book, SPRING).import_roster([a_row("anna", line=2)], BY_PROF, columns=COLUMNS)
    hand_in(book, "anna", late=timedelta(hours=30))
    assert "No policies are stored for this offering" in text_of(run())
    words = text_of(run("lab1"))
    assert "Late work" not in words
    assert "Overview for staff" in words


def test_an_assignment_that_is_not_there_is_named_and_nothing_is_written(
    course: CourseBook, run: Run
) -> None:
    said = run("lab9")
    assert "error: there is no assignment lab9 in deep-learning, 2026-spring" in said
    assert "hint:  There are: lab1." in said
    assert not Path("o.html").exists()


def test_an_empty_gradebook_has_nothing_to_show(book: Gradebook, run: Run) -> None:
    assert "there is no assignment at all in deep-learning, 2026-spring" in run()
