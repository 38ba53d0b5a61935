from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.model.assignment import Assignment, CheckSpec, Firmness, Gate
from autograder.model.ids import CheckId
from autograder.model.results import CheckOutcome, CheckResult, Finding, FindingState
from autograder.scoring.score import deduction, score
from tests.fakes import a_check, a_finding, a_result, an_assignment

ZERO = Decimal(0)


def outcomes(**given: CheckOutcome) -> list[CheckResult]:
    return [a_result(check, outcome) for check, outcome in given.items()]


def test_a_passed_check_earns_its_points_and_a_failed_or_absent_one_nothing() -> None:
    assignment = an_assignment(checks=["q1", "q2", "q3"])
    found = score(
        assignment,
        outcomes(q1=CheckOutcome.PASSED, q2=CheckOutcome.FAILED, q3=CheckOutcome.NOT_RUN),
    )
    assert found.earned == {"q1": Decimal(10), "q2": ZERO, "q3": ZERO}
    assert (found.total, found.max_score) == (Decimal(10), Decimal(30))


def test_a_fraction_is_exact() -> None:
    assignment = an_assignment(checks=[a_check("q1", points=Decimal("0.3"))])
    found = score(assignment, [a_result("q1", CheckOutcome.PARTIAL, fraction=Decimal("0.1"))])
    assert found.total == Decimal("0.03")


def test_a_fraction_beside_passed_or_failed_changes_nothing() -> None:
    assignment = an_assignment(checks=["q1", "q2"])
    half = Decimal("0.5")
    found = score(
        assignment,
        [
            a_result("q1", CheckOutcome.PASSED, fraction=half),
            a_result("q2", CheckOutcome.FAILED, fraction=half),
        ],
    )
    assert found.earned == {"q1": Decimal(10), "q2": ZERO}


@pytest.mark.parametrize("outcome", [CheckOutcome.WAITING, CheckOutcome.ERRORED])
def test_one_check_with_unknown_points_leaves_the_total_unknown(outcome: CheckOutcome) -> None:
    found = score(an_assignment(checks=["q1", "q2"]), outcomes(q1=CheckOutcome.PASSED, q2=outcome))
    assert found.earned == {"q1": Decimal(10), "q2": None}
    assert found.total is None


def test_a_check_that_must_be_asked_again_has_no_points() -> None:
    found = score(an_assignment(checks=["q1"]), outcomes(q1=CheckOutcome.NOT_RUN), unknown=[CheckId("q1")])
    assert found.earned == {"q1": None}
    assert found.total is None


@pytest.mark.parametrize(
    "results",
    [[], outcomes(q1=CheckOutcome.PASSED) * 2, outcomes(q1=CheckOutcome.PASSED, q9=CheckOutcome.PASSED)],
    ids=["missing", "twice", "never declared"],
)
def test_results_must_be_those_that_were_declared(results: list[CheckResult]) -> None:
    with pytest.raises(ValueError, match="exactly one result"):
        score(an_assignment(checks=["q1"]), results)


def test_extra_credit_counts_above_the_maximum() -> None:
    assignment = an_assignment(checks=["q1", a_check("extra", points=Decimal(5), optional=True)])
    found = score(assignment, outcomes(q1=CheckOutcome.PASSED, extra=CheckOutcome.PASSED))
    assert (found.total, found.max_score) == (Decimal(15), Decimal(10))


def gated(share: str = "0.5") -> Assignment:
    extra = a_check("extra", points=Decimal(50), optional=True)
    gate = Gate(title="basic", checks=(CheckId("q1"), CheckId("q2"), extra.id), share=Decimal(share))
    return an_assignment(checks=["q1", "q2", extra], gate=gate)


def test_extras_do_not_count_and_do_not_repair_when_the_gate_failed() -> None:
    found = score(
        gated("0.6"),
        outcomes(q1=CheckOutcome.PASSED, q2=CheckOutcome.FAILED, extra=CheckOutcome.PASSED),
    )
    assert found.gate_passed is False
    assert found.earned["extra"] == Decimal(50)
    assert found.total == Decimal(10)


def test_the_gate_is_passed_with_exactly_its_share() -> None:
    found = score(
        gated("0.5"),
        outcomes(q1=CheckOutcome.PASSED, q2=CheckOutcome.FAILED, extra=CheckOutcome.PASSED),
    )
    assert (found.gate_passed, found.total) == (True, Decimal(60))


def test_the_gate_is_open_while_unknown_points_decide_it_and_only_then() -> None:
    waiting = outcomes(q1=CheckOutcome.PASSED, q2=CheckOutcome.WAITING, extra=CheckOutcome.FAILED)
    assert score(gated("0.5"), waiting).gate_passed is True
    assert score(gated("0.6"), waiting).gate_passed is None
    lost = outcomes(q1=CheckOutcome.WAITING, q2=CheckOutcome.FAILED, extra=CheckOutcome.PASSED)
    assert score(gated("0.6"), lost).gate_passed is False


def test_only_confirmed_findings_cost_points() -> None:
    findings = [a_finding("paths", 1, state) for state in FindingState]
    assert deduction(findings, cap=Decimal(100)) == 1


def test_a_hint_never_costs_points() -> None:
    assert deduction([a_finding(firmness=Firmness.HINT)], cap=Decimal(9)) == 0


def test_one_cause_is_deducted_once_and_the_dearest_counts() -> None:
    torch = [a_finding("torch", 3, cause="torch"), a_finding("runs", 5, cause="torch")]
    assert deduction([*torch, a_finding("paths", 2)], cap=Decimal(100)) == 7


def test_findings_of_one_rule_without_a_cause_are_one_cause() -> None:
    assert deduction([a_finding("paths", 2), a_finding("paths", 3)], cap=Decimal(100)) == 3


def test_a_rule_that_is_named_like_a_cause_is_another_cause() -> None:
    assert deduction([a_finding("torch", 2), a_finding("runs", 3, cause="torch")], cap=Decimal(9)) == 5


def test_without_a_cap_nothing_is_deducted() -> None:
    found = score(an_assignment(), outcomes(q1=CheckOutcome.PASSED), [a_finding(points=4)])
    assert (found.deducted, found.total) == (0, 10)


def test_deductions_never_push_the_total_below_zero() -> None:
    assignment = an_assignment(deduction_cap=Decimal(30))
    found = score(assignment, outcomes(q1=CheckOutcome.FAILED), [a_finding(points=20)])
    assert (found.deducted, found.total) == (20, 0)


points = st.decimals(min_value=0, max_value=100, places=4)
fractions = st.decimals(min_value=0, max_value=1, places=4)
findings = st.lists(
    st.builds(
        a_finding,
        rule=st.sampled_from(["paths", "torch", "runs"]),
        points=points,
        state=st.sampled_from(list(FindingState)),
        cause=st.sampled_from(["", "a", "b"]),
    ),
    max_size=6,
)
KNOWN = [CheckOutcome.PASSED, CheckOutcome.PARTIAL, CheckOutcome.FAILED, CheckOutcome.NOT_RUN]


@st.composite
def graded(draw: st.DrawFn) -> tuple[Assignment, list[CheckResult], list[Finding]]:
    specs: list[CheckSpec] = [
        a_check(f"q{number}", points=draw(points), optional=draw(st.booleans()))
        for number in range(draw(st.integers(1, 5)))
    ]
    gate = Gate(title="basic", checks=tuple(spec.id for spec in specs[:3]), share=draw(fractions))
    assignment = an_assignment(
        checks=specs, gate=draw(st.sampled_from([None, gate])), deduction_cap=draw(points)
    )
    results = [a_result(spec.id, draw(st.sampled_from(KNOWN)), fraction=draw(fractions)) for spec in specs]
    return assignment, results, draw(findings)


@given(graded())
def test_the_total_lies_between_zero_and_all_points(
    case: tuple[Assignment, list[CheckResult], list[Finding]],
) -> None:
    assignment, results, found = case
    total = score(assignment, results, found).total
    assert total is not None
    assert 0 <= total <= sum(spec.points for spec in assignment.checks)


@given(graded(), st.data())
def test_more_points_never_lower_a_score(
    case: tuple[Assignment, list[CheckResult], list[Finding]], data: st.DataObject
) -> None:
    assignment, results, found = case
    before = score(assignment, results, found).total
    chosen = data.draw(st.integers(0, len(results) - 1))
    old = results[chosen]
    better = CheckOutcome.PASSED
    fraction = old.fraction
    if old.outcome is not CheckOutcome.PASSED and data.draw(st.booleans()):
        better = CheckOutcome.PARTIAL
        floor = old.fraction if old.outcome is CheckOutcome.PARTIAL else ZERO
        fraction = data.draw(st.decimals(min_value=floor, max_value=1, places=4))
    results[chosen] = dataclasses.replace(old, outcome=better, fraction=fraction)
    after = score(assignment, results, found).total
    assert before is not None
    assert after is not None
    assert after >= before


@given(graded(), findings)
def test_one_more_finding_never_raises_a_score(
    case: tuple[Assignment, list[CheckResult], list[Finding]], more: list[Finding]
) -> None:
    assignment, results, found = case
    before = score(assignment, results, found).total
    after = score(assignment, results, [*found, *more]).total
    assert before is not None
    assert after is not None
    assert after <= before


@given(graded(), st.randoms())
def test_the_order_of_results_and_findings_does_not_matter(
    case: tuple[Assignment, list[CheckResult], list[Finding]], random: object
) -> None:
    assignment, results, found = case
    expected = score(assignment, results, found)
    random.shuffle(results)  # type: ignore[attr-defined]
    random.shuffle(found)  # type: ignore[attr-defined]
    assert score(assignment, results, found) == expected
