"""What a gradebook adds to students' pages; who has an extension sees nothing hidden while it lasts."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rich.progress import Progress

from autograder.app.authoring import new_assignment
from autograder.app.reports import write_all_reports, write_pages
from autograder.app.results_folder import FEEDBACK, STAFF, ResultsFolder
from autograder.app.student_side import StudentSide, student_side
from autograder.config.assignment_file import load
from autograder.model.assignment import Visibility
from autograder.model.ids import AssignmentId, CheckId, StudentId, SubmissionId
from autograder.model.results import CheckOutcome, CheckResult, Score
from autograder.reporting.feedback_values import AskedView, GradeView
from gradebook.book import Gradebook
from gradebook.course_book import CourseBook
from gradebook.marking.marking_book import MarkingBook
from gradebook.marking.requests import RequestState
from gradebook.policies.facts import Target
from tests.unit.gradebook.builders import LAB, SPRING
from tests.unit.gradebook.course_builders import BY_PROF, POLICIES, a_class, hand_in
from tests.unit.reporting.samples import a_graded, an_assignment

LONG_AGO = POLICIES.replace("2026-03-01", "2001-03-01")


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'gradebook.sqlite3'}"
    with Gradebook.open(url, create=True) as book:
        course = a_class(book)
        course.store_policies(LONG_AGO, BY_PROF)
        course.extend(Target.STUDENT, "anna", LAB, BY_PROF, until=datetime(2199, 1, 1, tzinfo=UTC))
    return url


def side(url: str, student: str, submission: str = "", assignment: AssignmentId = LAB) -> StudentSide:
    graded = a_graded(
        student=StudentId(student),
        submission=SubmissionId(submission or f"{student}-1"),
        assignment=assignment,
    )
    return student_side(url, "deep-learning", "2026-spring", None, assignment)(graded)


def test_who_has_an_extension_may_still_hand_in(url: str) -> None:
    assert [side(url, student).due_passed for student in ("anna", "bert", "nobody")] == [False, True, True]


def test_an_assignment_without_dates_has_no_deadline_that_could_be_open(url: str) -> None:
    told = side(url, "anna", assignment=AssignmentId("other"))
    assert told == StudentSide(zone=ZoneInfo("America/New_York"))


def test_times_are_by_the_clock_of_the_course_as_its_deadlines_are(url: str, tmp_path: Path) -> None:
    assert side(url, "bert").zone == ZoneInfo("America/New_York")
    with Gradebook.open(f"{url}.other", create=True) as book:
        hand_in(book, "bert")
    assert side(f"{url}.other", "bert").zone is UTC
    graded = a_graded(received=datetime(2026, 3, 1, 4, 30, tzinfo=UTC))
    folder = ResultsFolder(tmp_path / "graded")
    for path in write_pages(
        folder, graded, None, None, an_assignment(), published=True, side=side(url, "bert")
    ):
        assert "28 February 2026, 23:30 EST" in path.read_text()
    for path in write_pages(folder, graded, None, None, an_assignment(), published=True):
        assert "1 March 2026, 04:30 UTC" in path.read_text()


def test_the_grade_is_what_the_policies_say_and_why(url: str) -> None:
    with Gradebook.open(url) as book:
        hand_in(book, "bert", attempt=1)
        hand_in(book, "bert", attempt=2)
    grade = side(url, "bert", "bert-2").grade
    assert grade is not None and grade.counts
    with Gradebook.open(url) as book:
        expected = CourseBook(book, SPRING).standing("bert").assignments[LAB]
    assert (grade.points, grade.maximum) == (expected.points, expected.maximum)
    assert any("deadline" in line for line in grade.lines)
    other = side(url, "bert", "bert-1").grade
    assert other == GradeView(counts=False, points=None, maximum=Decimal(10))


def test_why_somebody_else_in_the_group_has_more_time_is_not_told(url: str) -> None:
    with Gradebook.open(url) as book:
        CourseBook(book, SPRING).group("lab1", "team", ["anna", "bert"], BY_PROF)
        hand_in(book, "bert")
        hand_in(book, "anna")
    lines = {}
    for student in ("anna", "bert"):
        with Gradebook.open(url) as book:
            counting = CourseBook(book, SPRING).standing(student).assignments[LAB].attempt
        assert counting is not None
        grade = side(url, student, counting.id).grade
        assert grade is not None
        lines[student] = next(line for line in grade.lines if "An extension for" in line)
    assert "for anna moves" in lines["anna"] and f"Reason: {BY_PROF.why}" in lines["anna"]
    assert "for your group moves" in lines["bert"] and "Reason" not in lines["bert"]


def test_words_about_a_cell_and_the_whole_are_for_the_student_those_about_a_check_are_its_message(
    url: str,
) -> None:
    with Gradebook.open(url) as book:
        hand_in(book, "bert")
        entry = book.locate(SubmissionId("bert-1"))[0]
        book.comment_on(entry.score_id, "lab1/cell-3", "A good idea.", BY_PROF)
        book.comment_on(entry.score_id, "q1", "About the check.", BY_PROF)
        book.override_total(entry.score_id, Decimal(9), BY_PROF, comment="One point for luck.")
        recorded = entry.recorded
    told = student_side(url, "deep-learning", "2026-spring", None, LAB)(recorded).comments
    assert {(one.about, one.words) for one in told} == {
        ("lab1/cell-3", "A good idea."), ("", "One point for luck."),
    }  # fmt: skip


def test_a_regrade_request_and_its_answer_belong_to_the_check_that_was_asked_about(url: str) -> None:
    with Gradebook.open(url) as book:
        for student in ("anna", "bert"):
            hand_in(book, student)
        marking = MarkingBook(book, SPRING)
        ref = marking.find("bert-1:q1")
        number = marking.ask(ref, "I do say why.").id
        open_ = side(url, "bert").asked
        marking.answer(number, RequestState.KEPT, "It is not enough.", "ta7")
    assert open_ == {CheckId("q1"): (AskedView(question="I do say why.", outcome="Not answered yet"),)}
    assert side(url, "bert").asked[CheckId("q1")] == (
        AskedView(
            question="I do say why.", outcome="Answered; the points stay", answer="It is not enough.",
            who="ta7",
        ),
    )  # fmt: skip
    assert side(url, "anna").asked == {}


def test_both_pages_show_what_was_asked_and_answered(tmp_path: Path) -> None:
    new_assignment(tmp_path / "lab")
    assignment, results = load(tmp_path / "lab"), ResultsFolder(tmp_path / "graded")
    one = a_graded(submission=SubmissionId("bert"), student=StudentId("bert"), assignment=assignment.id)
    results.save(one)
    asked = AskedView(question="Why <b>zero</b>?", outcome="Answered", answer="Look & see.", who="ta7")
    told = StudentSide(asked={assignment.checks[0].id: (asked,)})
    pages = {}
    for published in (False, True):
        with Progress(disable=True) as bar:
            write_all_reports(
                tmp_path / "lab", results.root, published=published, bar=bar,
                decided=lambda _: lambda one: one, side_of=lambda _: lambda one: told,
            )  # fmt: skip
        pages[published] = (results.root / "bert" / FEEDBACK).read_text()
    staff = (results.root / "bert" / STAFF).read_text()
    for words in ("Why &lt;b&gt;zero&lt;/b&gt;?", "Look &amp; see."):
        assert words in pages[True] and words in staff and words not in pages[False]
    assert "ta7" in staff and "(ta7)" not in pages[True]


def test_pages_of_those_who_may_still_hand_in_are_as_before_publication(tmp_path: Path) -> None:
    new_assignment(tmp_path / "lab")
    assignment, results = load(tmp_path / "lab"), ResultsFolder(tmp_path / "graded")
    hidden = next(spec for spec in assignment.checks if spec.visibility is Visibility.AFTER_PUBLISHED)
    for student in ("anna", "bert"):
        found = CheckResult(
            check_id=hidden.id, kind=hidden.kind, assurance=hidden.assurance, outcome=CheckOutcome.PASSED
        )
        score = Score(earned={}, deducted=Decimal(0), total=Decimal(1), max_score=assignment.max_score)
        results.save(
            a_graded(
                submission=SubmissionId(student), student=StudentId(student), assignment=assignment.id,
                results=(found,), score=score,
            )
        )  # fmt: skip

    def write(*, published: bool) -> dict[str, bool]:
        with Progress(disable=True) as bar:
            write_all_reports(
                tmp_path / "lab", results.root, published=published, bar=bar,
                decided=lambda _: lambda one: one,
                side_of=lambda _: lambda one: StudentSide(due_passed=one.student != "anna"),
            )  # fmt: skip
        return {
            student: hidden.title in (results.root / student / FEEDBACK).read_text()
            for student in ("anna", "bert")
        }

    assert write(published=False) == {"anna": False, "bert": False}
    assert write(published=True) == {"anna": False, "bert": True}
