"""The overviews of an assignment and of a course: what they list, what they leave out, how large they get."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from autograder.model.graded import Status
from autograder.model.ids import StudentId, SubmissionId
from autograder.reporting.assignment_class import AssignmentClass, Piece, StudentGrade
from autograder.reporting.assignment_overview import render_class, render_overview
from autograder.reporting.class_results import items_of
from autograder.reporting.course_class import CourseClass, CourseStudent, Cut, GradeLine, Named
from autograder.reporting.course_overview import (
    LISTED_AT_MOST,
    assignment_lines,
    letter_lines,
    near_lines,
    render_course,
)
from autograder.reporting.html import PAGE_BYTES
from tests.unit.reporting.samples import ALERT, RECEIVED, a_class, a_graded, an_assignment

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
LETTERS = (Cut("A", 90.0), Cut("B", 80.0), Cut("F", 0.0))


def a_student(
    name: str = "s1", percent: float | None = 85.0, letter: str = "B", **changes: object
) -> CourseStudent:
    return CourseStudent(
        name=name, section="A", percent=percent, letter=letter, final=True, failed=False,
        categories={"labs": percent}, grades={"lab1": GradeLine("graded", percent)}, late_days=0, handed_in=1,
    )._replace(**changes)  # type: ignore[arg-type]  # fmt: skip


def a_course(*students: CourseStudent, assignments: int = 1) -> CourseClass:
    return CourseClass(
        title="deep-learning, 2026-spring",
        students=students,
        assignments=tuple(Named(f"lab{n}", f"Lab {n}", NOW) for n in range(1, assignments + 1)),
        categories=(Named("labs", "Labs"),),
        letters=LETTERS,
        budget=3,
        as_of=NOW,
        zone=ZoneInfo("America/New_York"),
    )


def test_what_is_missing_is_counted_and_is_in_no_median() -> None:
    grades = [
        GradeLine("graded", 80.0), GradeLine("graded", 60.0, True), GradeLine("missing", None),
        GradeLine("pending", None, False, True), GradeLine("excused", None), GradeLine("not_due", None),
    ]  # fmt: skip
    (line,) = assignment_lines(a_course(*(a_student(grades={"lab1": grade}) for grade in grades)))
    assert line.spread is not None
    assert (line.spread.median, line.spread.number, line.late, line.ours) == (70, 2, 1, 1)
    assert dict(line.states) == {"graded": 2, "missing": 1, "pending": 1, "excused": 1, "not_due": 1}


def test_letters_are_counted_from_the_best_and_share_what_has_a_letter() -> None:
    course = a_course(
        a_student(letter="A"), a_student(letter="B"), a_student(letter="B"), a_student(letter="")
    )
    assert [(one.cut.letter, one.number, round(one.share, 2)) for one in letter_lines(course)] == [
        ("A", 1, 0.33), ("B", 2, 0.67), ("F", 0, 0.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("percent", "near"),
    [(89.99, "A"), (89.5, "A"), (89.49, ""), (90.0, ""), (79.6, "B"), (99.9, ""), (None, "")],
)
def test_just_below_a_letter_is_at_most_half_a_point_below_the_next_one(
    percent: float | None, near: str
) -> None:
    found = near_lines(a_course(a_student(percent=percent)))
    assert "".join(one.cut.letter for one in found) == near


def test_who_failed_the_basic_part_is_near_no_letter() -> None:
    assert near_lines(a_course(a_student(percent=89.9, failed=True))) == ()


def test_the_page_of_a_course_has_its_plots_and_the_same_numbers_as_tables() -> None:
    page = render_course(a_course(*(a_student(f"s{n}", 60.0 + n, "B", late_days=n % 3) for n in range(40))))
    for name in ("totals-plot", "letters-plot", "assignments-plot", "categories-plot", "late-days-plot"):
        assert f'id="{name}-title"' in page
    assert "60 to below 70" in page
    assert "as of 20 May 2026, 08:00 EDT" in page


@pytest.mark.parametrize("final", [True, False])
def test_grades_will_still_move_only_where_one_is_not_final(final: bool) -> None:
    page = render_course(a_course(a_student(), a_student("s2", final=final)))
    assert ("grades will still move" in page, "Everything is due and known." in page) == (not final, final)


def test_a_course_of_nobody_and_one_without_policies_have_pages() -> None:
    assert "Nothing counts yet." in render_course(a_course())
    page = render_course(replace(a_course(a_student()), has_policies=False, categories=(), letters=()))
    assert "No policies are stored" in page
    assert "Grades of the course" not in page


def test_a_course_of_ten_thousand_stays_small() -> None:
    """Numbers are put into bins and lists are cut, with words about it."""
    long = "n" * 60
    grades = {f"lab{n}": GradeLine("graded", 50.0 + n) for n in range(1, 21)}
    students = (
        a_student(f"{long}{n}", 89.8, failed=n % 2 > 0, handed_in=0, grades=grades) for n in range(10_000)
    )
    page = render_course(a_course(*students, assignments=20))
    assert len(page.encode()) < 150_000
    assert f"{5_000 - LISTED_AT_MOST} more are not listed." in page


def test_no_plot_is_drawn_of_a_handful() -> None:
    """A plot of four scores says less than the four, and small batches do without matplotlib."""
    assert "<svg" not in render_overview(a_class()[:4], an_assignment())
    assert "<svg" in render_overview(a_class(), an_assignment())


def a_whole_class(number: int, *, grades: bool = True) -> AssignmentClass:
    assignment, base = an_assignment(), a_graded()
    pieces = tuple(
        Piece(
            graded=replace(
                base, student=StudentId(f"s{n:05}"), submission=SubmissionId(f"s{n:05}"),
                received=RECEIVED + timedelta(minutes=n),
            ),
            name=f"s{n:05}", counts=True,
        )
        for n in range(number)
    )  # fmt: skip
    return AssignmentClass(
        title=assignment.title, max_score=assignment.max_score, items=items_of(assignment), pieces=pieces,
        grades=tuple(
            StudentGrade(piece.name, "graded", Decimal(n % 45), float(n % 60) - 15, 1, 1, Decimal(0))
            for n, piece in enumerate(pieces)
        )
        if grades
        else None,
        as_of=NOW, due=RECEIVED,
    )  # fmt: skip


def test_a_class_of_thousands_has_a_page_that_opens_and_says_what_is_left_out() -> None:
    page = render_class(a_whole_class(4_000))
    assert len(page.encode()) <= PAGE_BYTES
    assert "more submissions are not listed here" in page
    assert "The numbers of each submission are on its own page." in page
    assert "less late, are not listed." in page


def test_every_plot_of_an_assignment_has_a_name_of_its_own() -> None:
    page = render_class(a_whole_class(30))
    for name in ("scores-plot", "time-plot", "late-plot", "accuracy-0"):
        assert page.count(f'id="{name}-title"') == 1


def test_without_words_nothing_that_was_said_about_a_submission_is_on_the_page() -> None:
    graded = a_graded(
        reason="anna's archive", suspicions=("anna printed a test",), status=Status.GRADER_FAILED, score=None
    )
    found = a_whole_class(1)
    piece = Piece(graded=graded, name="p-1", counts=True, says_why=False)
    page = render_class(replace(found, pieces=(piece,), pseudonyms=True))
    assert "anna" not in page and "ab123" not in page
    assert "1 remark" in page
    assert "left out on a page with pseudonyms" in page


def test_words_from_outside_cannot_become_markup() -> None:
    found = a_whole_class(6)
    hostile = [replace(piece, name=f"{ALERT}{n}") for n, piece in enumerate(found.pieces)]
    items = tuple(replace(item, title=ALERT) for item in found.items)
    grades = tuple(one._replace(name=ALERT, hours_late=2.0) for one in found.grades or ())
    students = (a_student(ALERT, 89.9, ALERT, section=f"{ALERT}{n}", handed_in=0) for n in range(8))
    pages = [
        render_class(
            replace(
                found, title=ALERT, pieces=tuple(hostile), items=items, grades=grades, origin=ALERT
            )
        ),
        render_course(
            replace(
                a_course(*students),
                title=ALERT, assignments=(Named("lab1", ALERT),), categories=(Named("labs", ALERT),),
                letters=(Cut(ALERT, 90.0), Cut("F", 0.0)),
            )
        ),
    ]  # fmt: skip
    for page in pages:
        assert "<script" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;" in page


@pytest.mark.parametrize("sent", [1.7e308, -1.7e308, 5e-324])
def test_a_number_that_a_student_sent_spoils_no_page(sent: float) -> None:
    """`grade_by` takes any finite number; two of the largest overflow a sum."""
    found = a_whole_class(12)
    figures = {"value": 3.0, "tier:2": 0.5, "tier:4": 1.0}

    def with_figures(place: int, piece: Piece) -> Piece:
        value = {**figures, "value": sent if place < 2 else 2.0 + place / 10}
        results = tuple(replace(one, figures=value) for one in piece.graded.results)
        return replace(piece, graded=replace(piece.graded, results=results))

    page = render_class(
        replace(found, pieces=tuple(with_figures(n, one) for n, one in enumerate(found.pieces)))
    )
    assert 'id="accuracy-0-title"' in page
    assert "inf" not in page.split("</style>")[1].replace("information", "")


def test_a_time_that_no_calendar_has_spoils_no_page() -> None:
    """Times come from other systems; the ends of the calendar cannot be moved into another zone."""
    found = a_whole_class(12)
    ends = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
    pieces = tuple(
        replace(piece, graded=replace(piece.graded, received=at))
        for piece, at in zip(found.pieces, ends, strict=False)
    )
    page = render_class(replace(found, pieces=(*pieces, *found.pieces[2:]), zone=ZoneInfo("Asia/Kathmandu")))
    assert 'id="time-plot-title"' in page
    assert "2 attempts with a date more than 200 days away are not in this picture." in page
    assert "Each bar is an hour" in page
