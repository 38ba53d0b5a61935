"""The gradebook's arithmetic is the grader's, and a change changes what it says and nothing else."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from autograder.model.assignment import Assignment, Assurance, CheckKind, Firmness, Gate
from autograder.model.graded import Status
from autograder.model.ids import CheckId, RuleId
from autograder.model.results import CheckOutcome, CheckResult, Finding, FindingState, Score, Severity
from autograder.scoring.score import score
from gradebook.effective import decided_lateness, effective, total_of
from gradebook.sheet import sheet_from_json, sheet_of, sheet_to_json
from gradebook.values import Change, ChangeKind
from tests.unit.gradebook.builders import RECEIVED, a_finding, a_graded, an_assignment

POINTS = some.decimals(min_value=0, max_value=30, places=2)
SHARE = some.decimals(min_value=0, max_value=1, places=3)


@some.composite
def gradings(draw: some.DrawFn) -> tuple[Assignment, tuple[CheckResult, ...], tuple[Finding, ...]]:
    names = [f"q{number}" for number in range(draw(some.integers(1, 6)))]
    gate = None
    if draw(some.booleans()):
        basic = draw(some.lists(some.sampled_from(names), min_size=1, unique=True))
        gate = Gate(title="Basic part", checks=tuple(map(CheckId, basic)), share=draw(SHARE))
    assignment = an_assignment(
        {name: str(draw(POINTS)) for name in names},
        optional=draw(some.lists(some.sampled_from(names), unique=True)),
        gate=gate,
        cap=str(draw(POINTS)),
    )
    results = tuple(
        CheckResult(
            check_id=CheckId(name),
            kind=CheckKind.PYTEST,
            assurance=Assurance.SEPARATED,
            outcome=draw(some.sampled_from(CheckOutcome)),
            fraction=draw(SHARE),
        )
        for name in names
    )
    findings = tuple(
        Finding(
            rule=RuleId(draw(some.sampled_from(["paths", "torch", "runs"]))),
            severity=Severity.ERROR,
            firmness=draw(some.sampled_from(Firmness)),
            state=draw(some.sampled_from(FindingState)),
            message="m",
            points=draw(POINTS),
            cause=draw(some.sampled_from(["", "", "torch", "drive"])),
        )
        for _ in range(draw(some.integers(0, 4)))
    )
    return assignment, results, findings


@settings(max_examples=300, deadline=None)
@given(gradings())
def test_the_gradebook_computes_what_the_grader_computes(
    grading: tuple[Assignment, tuple[CheckResult, ...], tuple[Finding, ...]],
) -> None:
    assignment, results, findings = grading
    sheet = sheet_from_json(sheet_to_json(sheet_of(assignment)))
    assert total_of(sheet, results, findings) == score(assignment, results, findings)


@settings(max_examples=100, deadline=None)
@given(gradings(), some.data())
def test_more_points_for_a_check_never_lower_a_total(
    grading: tuple[Assignment, tuple[CheckResult, ...], tuple[Finding, ...]], data: some.DataObject
) -> None:
    assignment, results, findings = grading
    known = tuple(replace(result, outcome=CheckOutcome.PARTIAL) for result in results)
    spec = data.draw(some.sampled_from(assignment.checks))
    low, high = sorted(data.draw(some.lists(SHARE, min_size=2, max_size=2)))
    sheet = sheet_of(assignment)
    totals = [
        total_of(sheet, known, findings, given={spec.id: spec.points * part}).total for part in (low, high)
    ]
    assert None not in totals
    assert totals[0] <= totals[1]  # type: ignore[operator]


def a_change(kind: ChangeKind, subject: str = "", number: int = 1, **values: object) -> Change:
    fields: dict[str, object] = {
        "id": number, "score_id": 1, "kind": kind, "subject": subject, "points": None, "state": None,
        "comment": "", "who": "ta", "why": "w", "at": RECEIVED, **values,
    }  # fmt: skip
    return Change(**fields)  # type: ignore[arg-type]


def test_without_changes_the_grader_s_value_is_given_back_itself() -> None:
    graded = a_graded()
    assert effective(graded, sheet_of(an_assignment()), ()) is graded


def test_points_nobody_knew_stay_unknown_when_another_check_is_changed() -> None:
    graded = a_graded(outcomes={"q2": CheckOutcome.NOT_RUN}, status=Status.PENDING)
    assert graded.score is not None
    unknown = replace(graded.score, earned={**graded.score.earned, CheckId("q2"): None}, total=None)
    changed = effective(
        replace(graded, score=unknown),
        sheet_of(an_assignment()),
        (a_change(ChangeKind.CHECK_POINTS, "q1", points=Decimal(1)),),
    )
    assert changed.score is not None
    assert (changed.score.total, changed.status) == (None, Status.PENDING)


def test_a_third_of_a_point_given_by_a_person_is_not_rounded_twice() -> None:
    change = a_change(ChangeKind.CHECK_POINTS, "q2", points=Decimal("3.333333"))
    changed = effective(a_graded(), sheet_of(an_assignment()), (change,))
    assert changed.score is not None
    assert changed.score.total == Decimal("7.333333")


def test_a_submission_stays_pending_while_a_finding_that_costs_is_undecided() -> None:
    graded = a_graded(findings=(a_finding(), a_finding("torch")), status=Status.PENDING)
    sheet = sheet_of(an_assignment())
    first = a_change(ChangeKind.FINDING_STATE, "paths", 1, state=FindingState.CONFIRMED)
    second = a_change(ChangeKind.FINDING_STATE, "torch", 2, state=FindingState.WAIVED)
    one = effective(graded, sheet, (first,))
    assert (one.status, one.reason) == (Status.PENDING, "A person still has to look at: torch.")
    both = effective(graded, sheet, (first, second))
    assert (both.status, both.reason) == (Status.GRADED, "")


def test_points_by_hand_for_a_check_that_failed_on_our_side_end_the_failure() -> None:
    graded = a_graded(
        outcomes={"q2": CheckOutcome.ERRORED},
        status=Status.GRADER_FAILED,
        reason="a check failed on our side",
    )
    change = a_change(ChangeKind.CHECK_POINTS, "q2", points=Decimal(6), comment="Read by hand.")
    changed = effective(graded, sheet_of(an_assignment()), (change,))
    assert (changed.status, changed.reason) == (Status.GRADED, "")
    assert changed.results[1].message == "Read by hand."


def test_a_hint_or_a_finding_that_cannot_cost_anything_keeps_nothing_pending() -> None:
    hint = replace(a_finding("markdown"), firmness=Firmness.HINT)
    graded = a_graded(findings=(hint, a_finding()), status=Status.PENDING)
    change = a_change(ChangeKind.CHECK_POINTS, "q1", points=Decimal(1))
    assert effective(graded, sheet_of(an_assignment(cap="0")), (change,)).status is Status.GRADED


@pytest.mark.parametrize("status", [Status.SANDBOX_FAILED, Status.GRADER_FAILED, Status.REJECTED])
def test_deciding_a_finding_makes_no_score_where_there_was_none(status: Status) -> None:
    graded = a_graded(scored=False, status=status, findings=(a_finding(),))
    change = a_change(ChangeKind.FINDING_STATE, "paths", state=FindingState.CONFIRMED)
    changed = effective(graded, sheet_of(an_assignment()), (change,))
    assert (changed.score, changed.status) == (None, status)


def test_points_for_a_check_this_version_does_not_have_are_left_aside() -> None:
    change = a_change(ChangeKind.CHECK_POINTS, "q9", points=Decimal(1))
    changed = effective(a_graded(), sheet_of(an_assignment()), (change,))
    assert changed.score == a_graded().score


def test_extra_points_count_on_top_and_lateness_never_pushes_a_total_below_zero() -> None:
    recorded = a_graded()
    sheet = sheet_of(an_assignment())
    extra = a_change(ChangeKind.EXTRA_POINTS, "q1", 1, points=Decimal("1.5"))
    late = a_change(ChangeKind.LATE_PENALTY, "lab1", 2, points=Decimal(4))
    more = a_change(ChangeKind.LATE_PENALTY, "lab2", 3, points=Decimal(20))
    found = [
        effective(recorded, sheet, changes).score
        for changes in ((extra,), (extra, late), (extra, late, more))
    ]
    assert [score.total for score in found if score] == [Decimal("11.5"), Decimal("7.5"), Decimal(0)]


def test_extra_points_do_not_repair_a_failed_gate() -> None:
    gate = Gate(title="Basic", checks=(CheckId("q1"),), share=Decimal(1))
    assignment = an_assignment(gate=gate)
    recorded = a_graded(assignment=assignment, outcomes={CheckId("q1"): CheckOutcome.FAILED})
    extra = a_change(ChangeKind.EXTRA_POINTS, "q2", points=Decimal(3))
    score = effective(recorded, sheet_of(assignment), (extra,)).score
    assert score is not None and (score.total, score.gate_passed) == (Decimal(6), False)


def test_a_comment_changes_the_words_and_no_points() -> None:
    comment = a_change(ChangeKind.COMMENT, "q2", comment="Well argued.")
    found = effective(a_graded(), sheet_of(an_assignment()), (comment,))
    assert found.results[1].message == "Well argued."
    assert found.score == a_graded().score
    withdrawn = a_change(ChangeKind.COMMENT, "q2", number=2)
    assert effective(a_graded(), sheet_of(an_assignment()), (comment, withdrawn)) == a_graded()


def test_what_nobody_changed_keeps_its_points_digit_for_digit() -> None:
    third = Decimal("0.3333333333333333")
    shares = {CheckId("q1"): third, CheckId("q2"): Decimal(6)}
    score = Score(earned=shares, deducted=Decimal(0), total=third + 6, max_score=Decimal(10))
    recorded = a_graded(score=score, outcomes={"q1": CheckOutcome.PARTIAL})
    change = a_change(ChangeKind.CHECK_POINTS, "q2", points=Decimal(5))
    found = effective(recorded, sheet_of(an_assignment()), (change,)).score
    assert found is not None and found.earned[CheckId("q1")] == third and found.total == third + 5


def test_a_price_for_the_whole_takes_the_place_of_earlier_ones_for_notebooks() -> None:
    """nbgrader's penalties are by notebook; who then says what lateness costs here is not added to them."""
    first = a_change(ChangeKind.LATE_PENALTY, "lab1", number=1, points=Decimal(2))
    second = a_change(ChangeKind.LATE_PENALTY, "lab2", number=2, points=Decimal(1))
    whole = a_change(ChangeKind.LATE_PENALTY, "", number=3, points=Decimal("0.5"))
    assert decided_lateness(()) is None
    assert decided_lateness((first, second)) == 3
    assert decided_lateness((first, second, whole)) == Decimal("0.5")
    score = effective(a_graded(), sheet_of(an_assignment()), (first, second, whole)).score
    assert score is not None and score.total == Decimal("9.5")
    withdrawn = a_change(ChangeKind.LATE_PENALTY, "", number=4)
    assert decided_lateness((first, second, whole, withdrawn)) == 3
