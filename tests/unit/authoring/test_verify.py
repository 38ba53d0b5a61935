"""When an assignment is fit to be handed out."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from autograder.authoring.samples import Expected, Sample
from autograder.authoring.thresholds import threshold_problems
from autograder.authoring.verify import VerifyReport, judge
from autograder.model.assignment import CheckKind
from autograder.model.execution import RunOutcome
from autograder.model.graded import GradedSubmission, Status
from autograder.model.ids import CheckId, RuleId
from autograder.model.results import CheckOutcome, CheckResult, FindingState, Score, Severity
from tests.fakes import a_check, a_finding, a_graded, a_holdout, a_result, an_assignment

ASSIGNMENT = an_assignment(
    checks=[a_check("q1"), a_check("q2"), a_check("essay", kind=CheckKind.MANUAL)], folder=Path("lab")
)


def graded(
    q1: CheckOutcome = CheckOutcome.PASSED,
    q2: CheckOutcome | CheckResult = CheckOutcome.PASSED,
    **changes: Any,
) -> GradedSubmission:
    second = q2 if isinstance(q2, CheckResult) else a_result("q2", q2)
    results = (a_result("q1", q1), second, a_result("essay", CheckOutcome.WAITING, kind=CheckKind.MANUAL))
    fields = {"status": Status.PENDING, "results": results, "score": None, **changes}
    return a_graded(ASSIGNMENT, **fields)


NOTHING = graded(CheckOutcome.FAILED, CheckOutcome.NOT_RUN)


def a_sample(**changes: Any) -> Sample:
    fields: dict[str, Any] = {
        "statuses": frozenset({Status.PENDING}),
        "run_outcomes": frozenset({RunOutcome.COMPLETED}),
        "checks": {
            CheckId("q1"): frozenset({CheckOutcome.PASSED}),
            CheckId("q2"): frozenset({CheckOutcome.FAILED, CheckOutcome.NOT_RUN}),
            CheckId("essay"): frozenset({CheckOutcome.WAITING}),
        },
        **changes,
    }
    return Sample(name="half", folder=Path("half"), description="half right", expected=Expected(**fields))


HALF = graded(CheckOutcome.PASSED, CheckOutcome.FAILED)


def report(
    reference: GradedSubmission | None = None,
    untouched: GradedSubmission = NOTHING,
    samples: tuple[tuple[Sample, GradedSubmission], ...] = ((a_sample(), HALF),),
    **more: Any,
) -> VerifyReport:
    return judge(reference or graded(), untouched, samples, ASSIGNMENT, **more)


def problem(found: VerifyReport) -> str:
    assert not found.passed and len(found.problems) == 1, found.lines()
    return str(found.problems[0])


def test_an_assignment_passes_when_reference_release_and_samples_get_their_verdicts() -> None:
    found = report()
    assert found.passed and found.judged == 3
    assert found.lines() == ("3 submissions judged: passed",)


@pytest.mark.parametrize(
    "outcome", [CheckOutcome.FAILED, CheckOutcome.NOT_RUN, CheckOutcome.ERRORED, CheckOutcome.WAITING]
)
def test_a_reference_that_misses_an_automatic_check_is_refused(outcome: CheckOutcome) -> None:
    assert f'reference: check "q2" must pass, but it is {outcome}' in problem(report(graded(q2=outcome)))


def test_a_test_that_fails_on_its_own_solution_is_named_with_file_and_cell() -> None:
    cell = next(check.cell for check in ASSIGNMENT.checks if check.id == "q2")
    found = report(graded(q2=CheckOutcome.FAILED), places={cell: "lab.ipynb, cell 7"})
    assert 'check "q2" (lab.ipynb, cell 7) must pass' in problem(found)


def test_a_cell_of_the_reference_that_raises_is_named_with_file_and_error() -> None:
    found = report(raised=["lab.ipynb, cell 3: NameError: name 'f' is not defined"])
    assert "lab.ipynb, cell 3: NameError" in problem(found)


def test_a_reference_with_part_of_the_points_is_refused() -> None:
    half = a_result("q2", CheckOutcome.PARTIAL, fraction=Decimal("0.5"), staff_message="first\nlast line")
    assert "with 0.50 of its points: last line" in problem(report(graded(q2=half)))


def test_a_reference_without_a_result_for_a_check_is_refused() -> None:
    assert 'check "q2" gave no result' in problem(report(graded(results=graded().results[:1])))


def test_a_reference_that_does_not_complete_is_refused() -> None:
    assert "ended as cell_failed" in problem(report(graded(run_outcome=RunOutcome.CELL_FAILED)))


def test_a_reference_that_breaks_a_guideline_is_refused_unless_it_is_only_a_remark() -> None:
    broken = a_finding("paths", state=FindingState.PROPOSED)
    assert 'breaks the guideline "paths"' in problem(report(graded(findings=(broken,))))
    remark = a_finding("paths", severity=Severity.INFO)
    found = report(graded(findings=(remark,)))
    assert found.passed and "remark of the guideline" in found.notes[0]


def test_a_release_that_earns_points_without_work_is_refused() -> None:
    some = a_result("q2", CheckOutcome.PARTIAL, fraction=Decimal("0.1"))
    for untouched in (graded(q2=CheckOutcome.FAILED), graded(CheckOutcome.FAILED, some)):
        assert "must earn nothing without any work" in problem(report(untouched=untouched))


def test_a_check_that_errs_on_an_empty_answer_is_refused_and_one_that_waits_is_a_note() -> None:
    errs = graded(CheckOutcome.FAILED, a_result("q2", CheckOutcome.ERRORED, staff_message="KeyError: 'x'"))
    assert "fails on our side when nothing was answered: KeyError: 'x'" in problem(report(untouched=errs))
    waits = report(untouched=graded(CheckOutcome.FAILED, CheckOutcome.WAITING))
    assert waits.passed and "waiting for a person" in waits.notes[0]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (graded(), 'check "q2" must be failed or not_run, but it is passed'),
        (graded(q2=CheckOutcome.FAILED, status=Status.GRADED), "must end as pending, but it ended as graded"),
        (graded(q2=CheckOutcome.FAILED, run_outcome=RunOutcome.TIMED_OUT), "must end as completed, but"),
        (
            graded(q2=CheckOutcome.FAILED, results=HALF.results[:2]),
            'check "essay" must be waiting, but it gave no',
        ),
        (graded(q2=CheckOutcome.FAILED, findings=(a_finding("torch"),)), "nobody expected that"),
    ],
)
def test_a_sample_with_another_verdict_is_refused(found: GradedSubmission, expected: str) -> None:
    text = problem(report(samples=((a_sample(), found),)))
    assert text.startswith("sample half: ") and expected in text


def test_findings_of_a_sample_are_expected_tolerated_or_a_problem() -> None:
    torch = graded(q2=CheckOutcome.FAILED, findings=(a_finding("torch"),))
    expects = a_sample(findings=frozenset({RuleId("torch")}))
    tolerates = a_sample(tolerated=frozenset({RuleId("torch")}))
    assert report(samples=((expects, torch), (tolerates, torch), (tolerates, HALF))).passed
    assert "must be found broken" in problem(report(samples=((expects, HALF),)))


def test_the_score_of_a_sample_lies_in_its_range_and_unknown_points_are_left_out() -> None:
    earned = {CheckId("q1"): Decimal(10), CheckId("essay"): None}
    score = Score(earned=earned, deducted=Decimal(2), total=None, max_score=Decimal(30))
    found = graded(q2=CheckOutcome.FAILED, score=score)
    assert report(samples=((a_sample(score=(Decimal(8), Decimal(8))), found),)).passed
    text = problem(report(samples=((a_sample(score=(Decimal(9), Decimal(10))), found),)))
    assert "must lie between 9 and 10, but it is 8" in text


def test_parts_that_do_not_agree_are_problems_of_the_assignment() -> None:
    assert problem(report(disagreements=["check q9 has no code"])) == "assignment: check q9 has no code"


FIGURES = {"accuracy": 0.95, "accuracy_low": 0.92, "accuracy_high": 0.97, "rows": 400.0, "floor": 0.6,
           "floor_upper": 0.66, "value": 0.95}  # fmt: skip


def tiers(*thresholds: str, share: float = 1.0) -> dict[str, float]:
    return {f"tier:{threshold}": share for threshold in thresholds}


def test_a_tier_at_or_below_the_upper_bound_of_the_floor_is_refused() -> None:
    assert threshold_problems({**FIGURES, **tiers("0.67")}) == ()
    for low in ("0.61", "0.66"):
        (found,) = threshold_problems({**FIGURES, **tiers(low)})
        assert f"the tier {low} lies at or below what guessing reaches" in found


def test_a_tier_inside_the_references_own_noise_is_refused() -> None:
    assert threshold_problems({**FIGURES, **tiers("0.91")}) == ()
    for near in ("0.92", "0.95", "0.97"):
        (found,) = threshold_problems({**FIGURES, **tiers(near)})
        assert "inside the reference's own noise (accuracy 0.950, 0.920 to 0.970)" in found


def test_a_tier_that_the_reference_never_reaches_is_refused() -> None:
    assert "never reaches the tier 0.99" in threshold_problems({**FIGURES, **tiers("0.99")})[0]


def test_further_trainings_of_the_reference_widen_its_noise() -> None:
    assert threshold_problems({**FIGURES, **tiers("0.9")}) == ()
    assert threshold_problems({**FIGURES, **tiers("0.9")}, [{"value": 0.88}])


def test_a_tier_that_gives_nothing_may_lie_anywhere() -> None:
    assert threshold_problems({**FIGURES, **tiers("0.5", share=0.0)}) == ()


def test_without_noted_bounds_the_interval_and_floor_come_from_rows_and_holdout() -> None:
    holdout = a_holdout(inputs=("s",) * 100, labels=("neutral",) * 60 + ("positive",) * 40)
    figures = {"accuracy": 0.9, "value": 0.9}
    assert "guessing" in threshold_problems({**figures, **tiers("0.65")}, holdout=holdout)[0]
    assert threshold_problems({**figures, **tiers("0.75")}, holdout=holdout) == ()
    assert "noise" in threshold_problems({**figures, **tiers("0.85")}, holdout=holdout)[0]


def test_macro_f1_has_the_floor_of_always_answering_one_class() -> None:
    figures = {"accuracy": 0.95, "macro_f1": 0.9, "macro_f1_low": 0.85, "macro_f1_high": 0.93, "rows": 200.0,
               "floor": 0.6, "value": 0.9}  # fmt: skip
    assert threshold_problems({**figures, **tiers("0.5")}, holdout=a_holdout()) == ()
    assert "macro-F1 0.250" in threshold_problems({**figures, **tiers("0.2")}, holdout=a_holdout())[0]
    assert "noise" in threshold_problems({**figures, **tiers("0.86")})[0]


def test_a_named_model_is_judged_by_its_own_figures() -> None:
    figures = {"all.accuracy": 0.8, "all.accuracy_low": 0.7, "all.accuracy_high": 0.9, "lora.accuracy": 0.95,
               "lora.accuracy_low": 0.93, "lora.accuracy_high": 0.97, "value": 0.95}  # fmt: skip
    assert threshold_problems({**figures, **tiers("0.75")}) == ()


def test_a_number_of_unknown_meaning_is_not_judged() -> None:
    assert threshold_problems({"value": 12.0, **tiers("5")}) == ()


def test_thresholds_of_the_reference_are_part_of_the_report() -> None:
    passed = a_result("q2", figures={**FIGURES, **tiers("0.6")})
    assert 'reference: check "q2": the tier 0.6 lies' in problem(report(graded(q2=passed)))
