"""New points for the same results."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.model.assignment import Assignment, CheckKind, Firmness, RuleSpec
from autograder.model.graded import GradedSubmission, Status
from autograder.model.ids import RuleId
from autograder.model.results import CheckOutcome, FindingState
from autograder.scoring.score import score
from gradebook.campaigns.rescoring import cannot_rescore, rescored
from gradebook.sheet import sheet_of
from tests.unit.gradebook.builders import a_finding, a_graded, a_result, an_assignment

PATHS = RuleId("paths")


def now(
    recorded: GradedSubmission, assignment: Assignment, old: Assignment | None = None, cost: str = "2"
) -> GradedSubmission:
    rule = RuleSpec(id=PATHS, points=Decimal(cost), firmness=Firmness.PROPOSED)
    return rescored(recorded, sheet_of(old or an_assignment()), assignment, {PATHS: rule})


def total(graded: GradedSubmission) -> Decimal | None:
    return None if graded.score is None else graded.score.total


def test_a_check_earns_its_share_of_the_new_points() -> None:
    graded = a_graded(outcomes={"q1": CheckOutcome.FAILED})
    new = now(graded, an_assignment({"q1": "4", "q2": "12"}, version="v2"))
    assert total(new) == 12 and new.score is not None and new.score.max_score == 16
    assert new.provenance.assignment_version == "v2"
    assert new.status is Status.GRADED


def test_a_check_that_is_not_asked_for_any_more_is_gone() -> None:
    new = now(a_graded(), an_assignment({"q2": "6"}, version="v2"))
    assert total(new) == 6
    assert [result.check_id for result in new.results] == ["q2"]


def test_a_check_that_was_never_judged_cannot_be_scored() -> None:
    longer = an_assignment({"q1": "4", "q2": "6", "q3": "1"}, version="v2")
    assert cannot_rescore(a_graded(), longer) == "never judged: q3"
    with pytest.raises(ValueError, match="never judged: q3"):
        now(a_graded(), longer)


def test_a_check_that_people_decide_now_waits_for_them() -> None:
    by_hand = an_assignment({"q1": "4", "q2": "6", "q3": "5"}, manual=["q2", "q3"], version="v2")
    new = now(a_graded(), by_hand)
    assert total(new) is None and new.status is Status.PENDING
    assert [result.outcome for result in new.results[1:]] == [CheckOutcome.WAITING] * 2
    assert new.reason == "A person still has to look at: q2, q3."


@pytest.mark.parametrize("status", [Status.SANDBOX_FAILED, Status.GRADER_FAILED])
def test_what_failed_on_our_side_cannot_be_scored(status: Status) -> None:
    assert "failed on our side" in cannot_rescore(a_graded(status=status), an_assignment())


@pytest.mark.parametrize(("cost", "left"), [("2", 8), ("5", 5), ("50", 0), ("0", 10)])
def test_a_confirmed_finding_costs_what_it_costs_now(cost: str, left: int) -> None:
    firm = replace(a_finding(state=FindingState.CONFIRMED), firmness=Firmness.FIRM)
    graded = a_graded(findings=(firm,))
    rule = {PATHS: RuleSpec(id=PATHS, points=Decimal(cost), firmness=Firmness.FIRM)}
    new = rescored(graded, sheet_of(an_assignment()), an_assignment(cap="10", version="v2"), rule)
    if cost != "2":  # as before: then the score stays as the grader gave it
        assert total(new) == left
    assert new.findings[0].points == Decimal(cost)


def test_a_rule_that_is_not_used_any_more_leaves_a_hint_that_costs_nothing() -> None:
    graded = a_graded(findings=(a_finding(),), status=Status.PENDING, reason="Findings to confirm.")
    new = rescored(graded, sheet_of(an_assignment()), an_assignment(version="v2"), {})
    (finding,) = new.findings
    assert (finding.firmness, finding.points) == (Firmness.HINT, 0)
    assert new.status is Status.GRADED and new.reason == ""


def test_a_rule_that_became_weaker_has_to_be_confirmed() -> None:
    firm = replace(a_finding(state=FindingState.CONFIRMED), firmness=Firmness.FIRM)
    new = now(a_graded(findings=(firm,)), an_assignment(version="v2"))
    assert new.findings[0].state is FindingState.PROPOSED
    assert new.status is Status.PENDING


def test_points_that_nobody_knows_stay_unknown() -> None:
    never_asked = a_graded(status=Status.PENDING)
    assert never_asked.score is not None
    known = replace(never_asked.score, earned={**never_asked.score.earned, "q1": None}, total=None)
    new = now(replace(never_asked, score=known), an_assignment({"q1": "2", "q2": "8"}, version="v2"))
    assert total(new) is None and new.status is Status.PENDING


outcomes = st.sampled_from([one for one in CheckOutcome if one is not CheckOutcome.ERRORED])
names = ("q1", "q2", "q3")


@st.composite
def gradings(draw: st.DrawFn) -> tuple[GradedSubmission, Assignment]:
    """A grading as the grader makes one, with its assignment."""
    points = {name: str(draw(st.integers(0, 9))) for name in names}
    assignment = an_assignment(points, optional=draw(st.sets(st.sampled_from(names), max_size=1)))
    results = tuple(
        a_result(name, draw(outcomes), str(draw(st.sampled_from(["0.5", "0.3333333333333333", "1"]))))
        for name in names
    )
    states = draw(st.lists(st.sampled_from(FindingState), max_size=1))
    findings = tuple(a_finding(points="2", state=state) for state in states)
    made = a_graded(assignment=assignment, findings=findings)
    points_now = score(assignment, results, findings)
    waits = points_now.total is None or FindingState.PROPOSED in states
    return replace(
        made, results=results, score=points_now, status=Status.PENDING if waits else Status.GRADED
    ), assignment


@settings(max_examples=200, deadline=None)
@given(gradings())
def test_scoring_by_the_same_assignment_changes_nothing(case: tuple[GradedSubmission, Assignment]) -> None:
    graded, assignment = case
    assert now(graded, assignment, assignment) == graded


@settings(max_examples=200, deadline=None)
@given(gradings(), st.integers(0, 9))
def test_scoring_anew_gives_what_grading_anew_would(
    case: tuple[GradedSubmission, Assignment], worth: int
) -> None:
    graded, assignment = case
    checks = tuple(
        replace(spec, points=Decimal(worth)) if spec.id == "q2" else spec for spec in assignment.checks
    )
    other = replace(assignment, checks=checks, version="v2")
    assert all(spec.kind is CheckKind.PYTEST for spec in other.checks)
    new = now(graded, other, assignment)
    assert new.score == score(other, graded.results, graded.findings)
    waits = new.score.total is None or any(f.state is FindingState.PROPOSED for f in graded.findings)
    assert new.status is (Status.PENDING if waits else Status.GRADED)
