"""What the gradebook promises to whoever records scores and changes them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import select

from autograder.errors import GradebookError
from autograder.model.assignment import Assurance
from autograder.model.graded import Status
from autograder.model.ids import CheckId, RuleId, StudentId, SubmissionId
from autograder.model.results import CheckOutcome, FindingState, Score
from gradebook import tables
from gradebook.book import Gradebook
from gradebook.values import ChangeKind, Decision, EventKind, Offering
from tests.unit.gradebook.builders import (
    BY_TA,
    LAB,
    RECEIVED,
    SPRING,
    a_finding,
    a_graded,
    an_assignment,
)

S1 = SubmissionId("s1")


def test_what_was_recorded_comes_back_as_it_was(book: Gradebook) -> None:
    graded = a_graded(findings=(a_finding(),))
    book.record(graded, an_assignment(), SPRING)
    entry = book.latest(SPRING, LAB, S1)
    assert entry is not None
    assert entry.recorded == graded
    assert entry.graded == graded
    assert entry.total == Decimal(10)
    assert entry.changes == ()


def test_numbers_that_json_has_no_word_for_come_back(book: Gradebook) -> None:
    graded = a_graded()
    odd = replace(graded.results[0], figures={"loss": float("inf"), "delta": float("-inf")})
    graded = replace(graded, results=(odd, *graded.results[1:]))
    book.record(graded, an_assignment(), SPRING)
    entry = book.latest(SPRING, LAB, S1)
    assert entry is not None
    assert entry.recorded.results[0].figures == odd.figures


def test_text_that_no_database_holds_is_repaired_not_lost(book: Gradebook) -> None:
    book.record(a_graded(reason="bad \x00 and \ud800 text"), an_assignment(), SPRING)
    entry = book.latest(SPRING, LAB, S1)
    assert entry is not None
    assert entry.recorded.reason == "bad \ufffd and \ufffd text"


def test_a_time_in_any_zone_is_the_same_instant_in_utc(book: Gradebook) -> None:
    new_york = timezone(timedelta(hours=-5))
    book.record(a_graded(received=RECEIVED.astimezone(new_york)), an_assignment(), SPRING)
    entry = book.latest(SPRING, LAB, S1)
    assert entry is not None
    assert entry.recorded.received == RECEIVED
    assert entry.recorded.received.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(book: Gradebook) -> None:
    with pytest.raises(GradebookError, match="no time zone"):
        book.record(a_graded(received=datetime(2026, 3, 1)), an_assignment(), SPRING)  # noqa: DTZ001
    assert book.scores(SPRING, LAB) == ()


@pytest.mark.parametrize("points", ["0.1", "0.333333", "98.765432", "0.000001"])
def test_points_are_exact_to_six_decimals(book: Gradebook, points: str) -> None:
    earned = {CheckId("q1"): Decimal(points), CheckId("q2"): Decimal(0)}
    score = Score(earned=earned, deducted=Decimal(0), total=Decimal(points), max_score=Decimal(10))
    book.record(a_graded(score=score), an_assignment(), SPRING)
    entry = book.latest(SPRING, LAB, S1)
    assert entry is not None
    assert entry.total == Decimal(points)


@pytest.mark.parametrize("points", ["NaN", "Infinity", "1e308"])
def test_points_that_are_no_points_are_refused_and_nothing_is_written(book: Gradebook, points: str) -> None:
    score = Score(earned={}, deducted=Decimal(0), total=Decimal(points), max_score=Decimal(10))
    with pytest.raises(GradebookError, match="cannot be stored"):
        book.record(a_graded(score=score), an_assignment(), SPRING)
    assert book.scores(SPRING, LAB) == ()


def test_the_same_run_is_recorded_once(book: Gradebook) -> None:
    first = book.record(a_graded(), an_assignment(), SPRING)
    again = book.record(a_graded(), an_assignment(), SPRING)
    assert (first.new, again.new) == (True, False)
    assert first.score_id == again.score_id
    assert len(book.history(SPRING, LAB, S1)) == 1


def test_a_new_run_or_a_new_version_is_a_new_score(book: Gradebook) -> None:
    book.record(a_graded(), an_assignment(), SPRING)
    book.record(a_graded(run_key="run-2"), an_assignment(), SPRING)
    second = an_assignment(version="v2")
    book.record(a_graded(assignment=second), second, SPRING)
    assert [event.kind for event in book.history(SPRING, LAB, S1)] == [EventKind.RECORDED] * 3


def test_the_score_recorded_last_counts(book: Gradebook) -> None:
    book.record(a_graded(), an_assignment(), SPRING)
    book.record(a_graded(run_key="run-2", outcomes={"q1": CheckOutcome.FAILED}), an_assignment(), SPRING)
    entry = book.latest(SPRING, LAB, S1)
    assert entry is not None
    assert entry.total == Decimal(6)


@pytest.mark.parametrize("status", [Status.SANDBOX_FAILED, Status.GRADER_FAILED])
def test_a_failure_on_our_side_never_replaces_a_known_score(book: Gradebook, status: Status) -> None:
    book.record(a_graded(), an_assignment(), SPRING)
    book.record(a_graded(run_key="run-2", status=status, scored=False), an_assignment(), SPRING)
    entry = book.latest(SPRING, LAB, S1)
    assert entry is not None
    assert (entry.graded.status, entry.total) == (Status.GRADED, Decimal(10))


def test_a_failure_on_our_side_is_no_zero(book: Gradebook) -> None:
    book.record(a_graded(status=Status.SANDBOX_FAILED, scored=False), an_assignment(), SPRING)
    entry = book.latest(SPRING, LAB, S1)
    assert entry is not None
    assert entry.total is None


def test_every_attempt_is_kept_and_listed_in_order(book: Gradebook) -> None:
    for attempt in (2, 1, 3):
        book.record(
            a_graded(submission=f"s{attempt}", attempt=attempt, digest=f"d{attempt}"), an_assignment(), SPRING
        )
    book.record(a_graded(submission="t1", student="bert", digest="e"), an_assignment(), SPRING)
    found = book.attempts(SPRING, LAB, StudentId("anna"))
    assert [entry.graded.attempt for entry in found] == [1, 2, 3]
    assert [entry.submission for entry in book.scores(SPRING, LAB)] == ["s1", "s2", "s3", "t1"]


def test_the_same_ids_in_another_term_are_other_things(book: Gradebook) -> None:
    autumn = Offering("deep-learning", "2026-autumn")
    book.record(a_graded(), an_assignment(), SPRING)
    book.record(a_graded(digest="other", student="zoe"), an_assignment(), autumn)
    here, there = book.latest(SPRING, LAB, S1), book.latest(autumn, LAB, S1)
    assert here is not None
    assert there is not None
    assert (here.graded.student, there.graded.student) == ("anna", "zoe")
    assert [(e.offering.term, e.graded.student) for e in book.locate(S1)] == [
        ("2026-spring", "anna"),
        ("2026-autumn", "zoe"),
    ]
    assert book.assignments() == ((autumn, LAB), (SPRING, LAB))


def test_one_submission_id_never_means_two_contents(book: Gradebook) -> None:
    book.record(a_graded(), an_assignment(), SPRING)
    with pytest.raises(GradebookError, match="other content"):
        book.record(a_graded(digest="d2", run_key="run-2"), an_assignment(), SPRING)


def test_results_nobody_declared_are_refused(book: Gradebook) -> None:
    graded = a_graded(assignment=an_assignment({"q1": "4", "q2": "6", "q9": "90"}))
    with pytest.raises(GradebookError, match="nobody declared"):
        book.record(graded, an_assignment(), SPRING)


def test_a_grading_of_another_version_is_refused(book: Gradebook) -> None:
    with pytest.raises(GradebookError, match="another version"):
        book.record(a_graded(), an_assignment(version="v2"), SPRING)


def test_manual_points_complete_a_pending_score(book: Gradebook) -> None:
    assignment = an_assignment(manual=["q2"])
    graded = a_graded(assignment=assignment, outcomes={"q2": CheckOutcome.WAITING}, status=Status.PENDING)
    receipt = book.record(graded, assignment, SPRING)
    book.record_manual_points(
        receipt.score_id, CheckId("q2"), Decimal("4.5"), BY_TA, comment="Good, but say why."
    )
    entry = book.latest(SPRING, LAB, S1)
    assert entry is not None
    assert (entry.graded.status, entry.total) == (Status.GRADED, Decimal("8.5"))
    result = entry.graded.results[1]
    assert (result.outcome, result.assurance) == (CheckOutcome.PARTIAL, Assurance.HUMAN)
    assert result.message == "Good, but say why."
    assert entry.recorded == graded, "what the grader found stays readable"


def test_of_two_changes_to_one_check_the_later_counts_and_both_stay(book: Gradebook) -> None:
    score_id = book.record(a_graded(), an_assignment(), SPRING).score_id
    book.record_manual_points(score_id, CheckId("q1"), Decimal(1), BY_TA)
    book.record_manual_points(score_id, CheckId("q1"), Decimal(3), Decision(who="prof", why="too strict"))
    entry = book.latest(SPRING, LAB, S1)
    assert entry is not None
    assert entry.total == Decimal(9)
    events = book.history(SPRING, LAB, S1)
    assert [(e.who, e.points) for e in events] == [
        ("autograder", Decimal(10)),
        ("ta7", Decimal(1)),
        ("prof", Decimal(3)),
    ]
    assert events[2].why == "too strict"


def test_a_proposed_finding_costs_points_once_it_is_confirmed(book: Gradebook) -> None:
    score_id = book.record(a_graded(findings=(a_finding(),)), an_assignment(), SPRING).score_id
    assert book.scores(SPRING, LAB)[0].total == Decimal(10)
    book.confirm_finding(score_id, RuleId("paths"), BY_TA)
    entry = book.scores(SPRING, LAB)[0]
    assert entry.total == Decimal(8)
    assert entry.graded.findings[0].state is FindingState.CONFIRMED
    book.waive_finding(score_id, RuleId("paths"), BY_TA)
    assert book.scores(SPRING, LAB)[0].total == Decimal(10)


def test_a_withdrawn_change_no_longer_counts_but_stays_in_the_history(book: Gradebook) -> None:
    score_id = book.record(a_graded(), an_assignment(), SPRING).score_id
    book.record_manual_points(score_id, CheckId("q1"), Decimal(0), BY_TA)
    book.withdraw(score_id, ChangeKind.CHECK_POINTS, "q1", BY_TA)
    assert book.scores(SPRING, LAB)[0].total == Decimal(10)
    assert len(book.history(SPRING, LAB, S1)) == 3


def test_an_overridden_total_holds_until_it_is_withdrawn(book: Gradebook) -> None:
    graded = a_graded(status=Status.SANDBOX_FAILED, scored=False)
    score_id = book.record(graded, an_assignment(), SPRING).score_id
    book.override_total(score_id, Decimal("7.25"), BY_TA)
    entry = book.scores(SPRING, LAB)[0]
    assert (entry.graded.status, entry.total) == (Status.GRADED, Decimal("7.25"))
    book.withdraw(score_id, ChangeKind.TOTAL, "", BY_TA)
    assert book.scores(SPRING, LAB)[0].total is None


def test_human_points_are_carried_to_a_later_grading(book: Gradebook) -> None:
    assignment = an_assignment(manual=["q2"])
    waiting = {"q2": CheckOutcome.WAITING}
    first = a_graded(assignment=assignment, outcomes=waiting, status=Status.PENDING)
    score_id = book.record(first, assignment, SPRING).score_id
    book.record_manual_points(score_id, CheckId("q2"), Decimal(5), BY_TA)
    corrected = an_assignment(manual=["q2"], version="v2")
    again = a_graded(assignment=corrected, outcomes=waiting, status=Status.PENDING, run_key="rejudge")
    book.record(again, corrected, SPRING)
    entry = book.scores(SPRING, LAB)[0]
    assert entry.total == Decimal(9)
    assert [change.carried for change in entry.changes] == [True]


@pytest.mark.parametrize("points", ["-1", "4.000001", "NaN", "Infinity", "1.0000001"])
def test_points_a_check_cannot_have_are_refused(book: Gradebook, points: str) -> None:
    score_id = book.record(a_graded(), an_assignment(), SPRING).score_id
    with pytest.raises(GradebookError, match="points"):
        book.record_manual_points(score_id, CheckId("q1"), Decimal(points), BY_TA)
    assert len(book.history(SPRING, LAB, S1)) == 1


def test_a_change_of_something_that_is_not_there_is_refused(book: Gradebook) -> None:
    score_id = book.record(a_graded(), an_assignment(), SPRING).score_id
    with pytest.raises(GradebookError, match="no check 'q7'; it has: q1, q2"):
        book.record_manual_points(score_id, CheckId("q7"), Decimal(1), BY_TA)
    with pytest.raises(GradebookError, match="no finding of the rule 'torch'"):
        book.confirm_finding(score_id, RuleId("torch"), BY_TA)
    with pytest.raises(GradebookError, match="no score 999"):
        book.override_total(999, Decimal(1), BY_TA)


def test_a_change_needs_somebody_and_a_reason() -> None:
    with pytest.raises(GradebookError, match="who"):
        Decision(who=" ", why="because")
    with pytest.raises(GradebookError, match="reason"):
        Decision(who="ta7", why="")


def test_a_key_that_could_confuse_is_refused() -> None:
    for course in ("", " x", "a\nb", "x" * 201):
        with pytest.raises(GradebookError, match="a course"):
            Offering(course, "2026")


def test_a_rejected_submission_is_recorded_without_points(book: Gradebook) -> None:
    graded = replace(
        a_graded(scored=False, status=Status.REJECTED, reason="no zip", attempt=0),
        results=(), run_outcome=None,
    )  # fmt: skip
    book.record(graded, an_assignment(), SPRING)
    entry = book.scores(SPRING, LAB)[0]
    assert (entry.graded.reason, entry.total, entry.graded.run_outcome) == ("no zip", None, None)


def test_what_is_read_together_is_of_one_state(book: Gradebook) -> None:
    offerings = select(tables.offerings.c.course)
    with book.reading() as db:
        assert not db.execute(offerings).all()
        book.record(a_graded(), an_assignment(), SPRING)
        assert not db.execute(offerings).all()
    with book.reading() as db:
        assert db.execute(offerings).all()
