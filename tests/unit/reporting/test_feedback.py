"""What a student reads and what only staff read, tried on a run that smuggles hidden text wherever it can."""

from __future__ import annotations

import itertools
from dataclasses import replace
from decimal import Decimal

import pytest

from autograder.model.assignment import CheckKind, Visibility
from autograder.model.execution import CellStatus, RunOutcome
from autograder.model.graded import Status
from autograder.model.results import CheckOutcome, Place
from autograder.reporting.feedback import OUR_ERROR, feedback_for
from autograder.reporting.feedback_values import CheckView, CommentView, Feedback, GradeView
from autograder.reporting.html import render_feedback, render_staff
from autograder.reporting.run_view import CONCEALED, HELD_BACK
from autograder.reporting.visibility import Role
from tests.unit.reporting.samples import (
    HOLDOUT_ROW,
    NOTEBOOK,
    SECRET_TEST,
    SMUGGLED,
    a_graded,
    a_result,
    a_spec,
    an_assignment,
    an_execution,
    stored,
)

SECRETS = (SECRET_TEST, "368640", SMUGGLED, HOLDOUT_ROW, "SneakyError", "11,720,448")


def student(*, published: bool, **changes: object) -> Feedback:
    return feedback_for(
        a_graded(**changes), an_execution(), an_assignment(), role=Role.STUDENT, published=published
    )


def check(feedback: Feedback, id: str) -> CheckView:
    return next(view for view in feedback.checks if view.id == id)


@pytest.mark.parametrize("published", [False, True])
@pytest.mark.parametrize("secret", SECRETS)
def test_no_hidden_text_is_anywhere_on_a_student_s_page(secret: str, published: bool) -> None:
    assert secret not in render_feedback(student(published=published))


@pytest.mark.parametrize("secret", [SECRET_TEST.split("#")[0], SMUGGLED, HOLDOUT_ROW, "11,720,448"])
def test_staff_see_all_of_it(secret: str) -> None:
    assert secret in render_staff(a_graded(), an_execution(), an_assignment(), stored=stored())


def test_before_publication_a_student_sees_visible_checks_and_the_number_of_the_others() -> None:
    feedback = student(published=False)
    assert [view.id for view in feedback.checks] == ["part1.contract"]
    assert (feedback.held_back.number, feedback.held_back.points) == (5, Decimal(45))
    assert (feedback.points.whole, feedback.points.earned) == (False, Decimal(5))
    assert feedback.gate is None


def test_where_no_check_is_shown_yet_there_are_no_points() -> None:
    later = an_assignment(
        checks=[replace(spec, visibility=Visibility.AFTER_PUBLISHED) for spec in an_assignment().checks]
    )
    feedback = feedback_for(a_graded(), an_execution(), later, role=Role.STUDENT, published=False)
    assert (feedback.checks, feedback.points.earned) == ((), None)
    assert "Points follow when the grades are published." in render_feedback(feedback)


def test_after_publication_a_student_sees_every_result_but_hidden_ones() -> None:
    hidden = an_assignment(
        checks=(*an_assignment().checks, a_spec("secret", "Secret", "3", visibility=Visibility.HIDDEN))
    )
    feedback = feedback_for(a_graded(), an_execution(), hidden, role=Role.STUDENT, published=True)
    assert len(feedback.checks) == 6
    assert (feedback.held_back.number, feedback.held_back.later) == (1, False)
    assert feedback.points.whole


def test_titles_of_checks_that_are_not_shown_yet_are_not_shown_either() -> None:
    page = render_feedback(student(published=False))
    assert "Only the adapters train" not in page


def test_outputs_before_the_first_hidden_cell_are_shown_and_later_ones_held_back() -> None:
    run = student(published=False).run
    assert run is not None
    cells = {cell.position: cell for cell in run.cells}
    assert cells[3].outputs
    assert cells[6].error == "NameError: name 'plot_errors' is not defined"
    assert (cells[8].outputs, cells[8].withheld) == ((), HELD_BACK)
    assert (cells[9].outputs, cells[9].error) == ((), "an error")
    assert run.embargoed


def test_cells_after_a_hidden_one_cannot_spell_out_what_they_saw() -> None:
    """How they ended and how long they took are the notebook's choice; the first failure is told."""
    execution = an_execution()
    names = ("KeyError", "IndexError", "OSError", "ValueError")
    chosen = itertools.cycle(
        {"error_name": name, "seconds": second, "truncated": True, "status": CellStatus.ERROR}
        for second, name in enumerate(names, 1)
    )
    cells = tuple(
        replace(cell, **next(chosen)) if cell.position >= 8 else cell  # type: ignore[arg-type]
        for cell in execution.cells
    )
    feedback = feedback_for(
        a_graded(), replace(execution, cells=cells), an_assignment(), role=Role.STUDENT, published=False
    )
    assert feedback.run is not None
    later = [cell for cell in feedback.run.cells if cell.position >= 8]
    assert len(later) == 2
    assert [cell.error for cell in later] == ["KeyError"] + [""] * (len(later) - 1)
    assert {cell.status for cell in later[1:]} == {None}
    assert {(cell.seconds, cell.outputs, cell.withheld) for cell in later} == {(0.0, (), HELD_BACK)}
    assert "output shortened" not in {mark for cell in later for mark in cell.marks}


def test_a_hidden_test_cell_shows_neither_its_code_nor_how_it_ended() -> None:
    for published in (False, True):
        run = student(published=published).run
        assert run is not None
        cell = next(cell for cell in run.cells if cell.position == 7)
        assert (cell.source, cell.outputs, cell.error, cell.status) == ("", (), "", None)
        assert cell.withheld == CONCEALED


def test_a_test_cell_whose_result_is_not_shown_yet_does_not_tell_by_its_colour() -> None:
    execution = an_execution()
    cells = tuple(replace(cell, hidden=False) for cell in execution.cells)
    feedback = feedback_for(
        a_graded(), replace(execution, cells=cells), an_assignment(), role=Role.STUDENT, published=False
    )
    assert feedback.run is not None
    cell = next(cell for cell in feedback.run.cells if cell.position == 7)
    assert (cell.status, cell.withheld) == (None, CONCEALED)


def test_that_a_cell_failed_is_not_told_when_only_a_hidden_test_did() -> None:
    execution = an_execution()
    only_hidden = tuple(
        cell if cell.hidden else replace(cell, status=CellStatus.OK, error_name="")
        for cell in execution.cells
    )
    feedback = feedback_for(
        a_graded(),
        replace(execution, cells=only_hidden),
        an_assignment(),
        role=Role.STUDENT,
        published=False,
    )
    assert feedback.explanation == "Your notebook was run."


def test_without_the_evidence_nothing_is_told_of_single_cells() -> None:
    feedback = feedback_for(a_graded(), None, an_assignment(), role=Role.STUDENT, published=True)
    assert feedback.run is None
    assert feedback.explanation == "Your notebook was run."
    assert check(feedback, "part2.count").message == "Your code did not pass this test."
    assert SMUGGLED not in render_feedback(feedback)


def test_a_failed_hidden_test_is_told_by_the_name_of_python_s_exception_only() -> None:
    message = check(student(published=True), "part2.count").message
    assert message == "Your code did not pass this test; the test ended with AssertionError."


def test_the_message_of_an_open_test_cell_before_the_embargo_is_the_test_s_own() -> None:
    execution = an_execution()
    cells = tuple(
        replace(cell, grade_id="open-test") if cell.position == 6 else cell for cell in execution.cells
    )
    spec = a_spec("open", "Open", "1", kind=CheckKind.CELLS, cell="open-test", visibility=Visibility.VISIBLE)
    graded = a_graded(
        results=(a_result("open", CheckOutcome.FAILED, kind=CheckKind.CELLS, message="x must be 3"),)
    )
    assignment = an_assignment(checks=(spec,), gate=None)
    shown = feedback_for(
        graded, replace(execution, cells=cells), assignment, role=Role.STUDENT, published=False
    )
    assert shown.checks[0].message == "x must be 3"
    later = tuple(
        replace(cell, grade_id="open-test") if cell.position == 8 else cell for cell in execution.cells
    )
    held = feedback_for(
        graded, replace(execution, cells=later), assignment, role=Role.STUDENT, published=False
    )
    assert "must be 3" not in held.checks[0].message


def test_an_error_of_ours_costs_the_student_nothing_and_shows_no_traceback() -> None:
    broken = a_result("part1.contract", CheckOutcome.ERRORED, message="KeyError in check_part1.py")
    feedback = student(published=False, results=(broken,), status=Status.GRADER_FAILED, reason="KeyError")
    assert check(feedback, "part1.contract").message == OUR_ERROR
    assert feedback.explanation == OUR_ERROR


def test_words_of_the_run_in_a_finding_are_held_back_with_the_run_s_outputs() -> None:
    runs = next(f for f in student(published=True).findings if f.rule == "runs")
    assert "SneakyError" not in runs.message
    assert [place.text for place in runs.places] == [""]
    paths = next(f for f in student(published=False).findings if f.rule == "paths")
    assert paths.places[0].text == "/home/anna/data/Sentences_AllAgree.txt"


@pytest.mark.parametrize(
    ("places", "shown"),
    [
        ([(NOTEBOOK, 6)], True),
        ([(NOTEBOOK, 6), (NOTEBOOK, 9)], False),
        ([("other.ipynb", 0)], False),
        ([], False),
    ],
)
def test_a_finding_of_the_run_is_shown_whole_when_it_lies_before_all_hidden_tests(
    places: list[tuple[str, int]], shown: bool
) -> None:
    where = tuple(Place(file=file, cell=cell, text="NameError: x") for file, cell in places)
    finding = replace(a_graded().findings[1], message="It fails with NameError: x.", places=where)
    found = student(published=False, findings=(finding,)).findings[0]
    assert (found == finding) is shown
    assert ("NameError" in found.message) is shown


def test_without_the_evidence_a_finding_of_the_run_is_held_back() -> None:
    feedback = feedback_for(a_graded(), None, an_assignment(), role=Role.STUDENT, published=True)
    assert "SneakyError" not in str(feedback.findings)


def test_a_finding_costs_at_most_the_cap() -> None:
    assignment = an_assignment(deduction_cap=Decimal("1.5"))
    feedback = feedback_for(a_graded(), None, assignment, role=Role.STUDENT, published=False)
    assert feedback.findings[0].points == Decimal("1.5")


def test_a_student_sees_accuracies_but_no_tiers_and_no_other_numbers() -> None:
    figures = check(student(published=True), "part2.generalises").figures
    assert [measure.accuracy for measure in figures.measures] == [0.847]
    assert (figures.tiers, figures.others) == ((), ())


def test_suspicions_and_staff_messages_are_for_staff() -> None:
    feedback = student(published=True)
    assert feedback.suspicions == ()
    assert {view.staff_message for view in feedback.checks} == {""}
    staff = feedback_for(a_graded(), an_execution(), an_assignment(), role=Role.TA, published=False)
    assert staff.suspicions == a_graded().suspicions
    assert check(staff, "part2.count").staff_message == SECRET_TEST


def test_the_reason_of_a_rejection_is_for_the_student() -> None:
    feedback = student(
        published=False,
        status=Status.REJECTED,
        reason="No notebook.",
        score=None,
        results=(),
        run_outcome=None,
    )
    assert feedback.explanation == "No notebook."


def test_a_run_that_was_stopped_says_why() -> None:
    assert "used up its time" in student(published=False, run_outcome=RunOutcome.TIMED_OUT).explanation


def test_a_damaged_executed_notebook_leaves_the_rest_of_the_page() -> None:
    execution = replace(an_execution(), executed={NOTEBOOK: "{broken"})
    feedback = feedback_for(a_graded(), execution, an_assignment(), role=Role.STUDENT, published=True)
    assert feedback.run is not None
    assert feedback.run.cells == ()
    assert "Checks" in render_feedback(feedback)


@pytest.mark.parametrize("published", [False, True])
def test_the_grade_after_policies_is_shown_where_the_total_is_and_comments_once_published(
    published: bool,
) -> None:
    grade = GradeView(counts=True, points=Decimal("8.1"), maximum=Decimal(10), lines=("2 late days",))
    feedback = feedback_for(
        a_graded(), an_execution(), an_assignment(), role=Role.STUDENT, published=published, grade=grade,
        comments=[CommentView(about="lab/cell", words="A good idea.")],
    )  # fmt: skip
    page = render_feedback(feedback)
    for words in ("8.1 of 10", "2 late days", "A good idea."):
        assert (words in page) is published


def test_an_attempt_that_does_not_count_says_only_that() -> None:
    grade = GradeView(counts=False, points=None, maximum=Decimal(10))
    feedback = feedback_for(a_graded(), None, an_assignment(), role=Role.STUDENT, published=True, grade=grade)
    assert "Another attempt of yours counts." in render_feedback(feedback)
