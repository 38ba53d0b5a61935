"""What a class's results say: absent is never passed, and our failures are never a student's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.model.assignment import Firmness
from autograder.model.graded import GradedSubmission, Status
from autograder.model.ids import CheckId, StudentId, SubmissionId
from autograder.model.results import CheckOutcome, FindingState, Score
from autograder.reporting.accuracies import accuracy_tables
from autograder.reporting.class_results import (
    CheckLine,
    Item,
    check_lines,
    failure_lines,
    finding_lines,
    last_of_each,
)
from tests.unit.reporting.samples import ACCURACY, FINDINGS, RECEIVED, a_graded, a_result

PASSED, PARTIAL, FAILED = CheckOutcome.PASSED, CheckOutcome.PARTIAL, CheckOutcome.FAILED
NOT_RUN, WAITING, ERRORED = CheckOutcome.NOT_RUN, CheckOutcome.WAITING, CheckOutcome.ERRORED
ITEMS = (
    Item(id="q1", title="First", points=Decimal(4)),
    Item(id="q2", title="Second", points=Decimal(6)),
    Item(id="extra", title="More", points=Decimal(2), optional=True),
)


def work(
    outcomes: Mapping[str, CheckOutcome],
    *,
    student: str = "s",
    points: Mapping[str, str | None] | None = None,
) -> GradedSubmission:
    """One submission; where nobody says otherwise passed checks earn their points and others nothing."""
    worth = {item.id: item.points for item in ITEMS}
    unknown = (WAITING, ERRORED)
    earned: dict[CheckId, Decimal | None] = {
        CheckId(name): None if outcome in unknown else worth[name] if outcome is PASSED else Decimal(0)
        for name, outcome in outcomes.items()
    }
    for name, given_points in (points or {}).items():
        earned[CheckId(name)] = None if given_points is None else Decimal(given_points)
    return a_graded(
        student=StudentId(student), submission=SubmissionId(student), findings=(), status=Status.GRADED,
        results=tuple(a_result(name, outcome) for name, outcome in outcomes.items()),
        score=Score(earned=earned, deducted=Decimal(0), total=Decimal(0), max_score=Decimal(10)),
    )  # fmt: skip


def line(graded: Sequence[GradedSubmission], name: str = "q1") -> CheckLine:
    return next(one for one in check_lines(graded, ITEMS) if one.item.id == name)


def test_the_pass_rate_worked_out_by_hand() -> None:
    """2 of 5 that were judged passed: waiting and our error are in neither number."""
    found = line([work({"q1": one}) for one in (PASSED, PASSED, PARTIAL, FAILED, NOT_RUN, WAITING, ERRORED)])
    assert (found.judged, found.pass_rate) == (5, 0.4)
    assert dict(found.outcomes) == {PASSED: 2, PARTIAL: 1, FAILED: 1, ERRORED: 1, NOT_RUN: 1, WAITING: 1}


def test_a_check_without_a_result_did_not_run_and_is_not_passed() -> None:
    found = line([work({"q1": PASSED}), work({}, points={"q1": "0"})])
    assert (dict(found.outcomes), found.pass_rate) == ({PASSED: 1, NOT_RUN: 1}, 0.5)


def test_a_check_that_an_older_version_did_not_have_is_left_out() -> None:
    assert line([work({"q2": PASSED})]).outcomes == ()


def test_what_failed_on_our_side_is_our_error_in_every_check() -> None:
    ours = replace(work({}), status=Status.SANDBOX_FAILED, score=None)
    found = line([work({"q1": PASSED}), ours])
    assert (dict(found.outcomes), found.judged, found.pass_rate) == ({PASSED: 1, ERRORED: 1}, 1, 1.0)


def test_work_that_was_not_accepted_says_nothing_about_a_check() -> None:
    rejected = replace(work({}, points={"q1": "0"}), status=Status.REJECTED)
    assert line([rejected]).pass_rate is None


@given(st.lists(st.sampled_from(list(CheckOutcome))), st.integers(0, 5), st.sampled_from([WAITING, ERRORED]))
def test_more_failures_of_ours_change_no_rate(
    outcomes: list[CheckOutcome], more: int, what: CheckOutcome
) -> None:
    before = line([work({"q1": one}) for one in outcomes])
    after = line([work({"q1": one}) for one in [*outcomes, *[what] * more]])
    assert (before.pass_rate, before.judged, before.mean_share) == (
        after.pass_rate, after.judged, after.mean_share,
    )  # fmt: skip
    assert sum(number for _, number in after.outcomes) == len(outcomes) + more


def test_items_are_compared_with_the_others_without_extra_credit() -> None:
    """The better half passes both; extra credit goes to the others and blurs nothing."""
    strong = {"q1": PASSED, "q2": PASSED, "extra": FAILED}
    weak = {"q1": FAILED, "q2": FAILED, "extra": PASSED}
    graded = [work(strong if n % 2 else weak, student=f"s{n}") for n in range(20)]
    assert line(graded, "q1").discrimination.value == pytest.approx(1)
    assert line(graded, "extra").discrimination.value == pytest.approx(-1)


def test_students_with_unknown_points_are_in_no_correlation() -> None:
    known = [work({"q1": [PASSED, FAILED][n % 2], "q2": [PASSED, FAILED][n % 2]}) for n in range(12)]
    waiting = [work({"q1": PASSED, "q2": WAITING}) for _ in range(30)]
    assert line([*known, *waiting]).discrimination.number == 12


def test_a_check_that_nobody_has_read_yet_stands_in_nobody_s_way() -> None:
    graded = [work({"q1": [PASSED, FAILED][n % 2], "q2": WAITING, "extra": PASSED}) for n in range(12)]
    assert line(graded).discrimination.why == "there are no other points to compare with"
    assert line(graded, "q2").discrimination.number == 0


def test_the_last_attempt_counts_unless_it_failed_on_our_side_or_was_not_accepted() -> None:
    def attempt(number: int, status: Status = Status.GRADED) -> GradedSubmission:
        return a_graded(attempt=number, received=RECEIVED + timedelta(hours=number), status=status)

    assert last_of_each([attempt(2), attempt(1)])[0].attempt == 2
    assert last_of_each([attempt(1), attempt(2, Status.SANDBOX_FAILED)])[0].attempt == 1
    assert last_of_each([attempt(1), attempt(2, Status.REJECTED)])[0].attempt == 1
    assert last_of_each([attempt(2, Status.GRADER_FAILED)])[0].attempt == 2


def test_a_rule_counts_once_per_submission_by_what_is_decided() -> None:
    paths = FINDINGS[0]
    confirmed, waived = (
        replace(paths, state=state) for state in (FindingState.CONFIRMED, FindingState.WAIVED)
    )
    hint = replace(paths, firmness=Firmness.HINT)
    graded = [a_graded(findings=f) for f in ((paths, confirmed), (waived, confirmed), (waived,), (hint,))]
    (found,) = finding_lines(graded)
    assert (found.number, found.undecided, found.confirmed, found.waived, found.hints) == (4, 1, 1, 1, 1)


def test_the_most_frequent_finding_comes_first() -> None:
    graded = [a_graded(findings=FINDINGS), a_graded(findings=FINDINGS[2:])]
    assert [(one.rule, one.number) for one in finding_lines(graded)] == [
        ("archive_name", 2), ("paths", 1), ("runs", 1),
    ]  # fmt: skip


def test_failures_on_our_side_are_listed_with_their_reason_and_counted() -> None:
    died = replace(work({}), status=Status.SANDBOX_FAILED, score=None, reason="The sandbox died twice.")
    broken = replace(
        work({}), results=(replace(a_result("q1", ERRORED), message="shown", staff_message="KeyError: 'x'"),)
    )
    found = failure_lines([(died, "a"), (broken, "b"), (died, "c"), (work({"q1": FAILED}), "d")])
    assert [(one.what, one.is_check, one.reason, one.number, one.names) for one in found] == [
        ("sandbox_failed", False, "The sandbox died twice.", 2, ("a", "c")),
        ("q1", True, "KeyError: 'x'", 1, ("b",)),
    ]


def measured(*figures: Mapping[str, float]) -> list[tuple[GradedSubmission, str]]:
    return [
        (replace(work({}), results=(replace(a_result("q1", PARTIAL), figures=one),)), f"s{number}")
        for number, one in enumerate(figures)
    ]


def accuracy(value: float, **changes: float) -> dict[str, float]:
    """An accuracy on 452 rows with an interval of 0.03 to each side."""
    return {
        **ACCURACY, "accuracy": value, "value": value, "accuracy_low": value - 0.03,
        "accuracy_high": value + 0.03, **changes,
    }  # fmt: skip


def test_each_accuracy_is_set_against_the_thresholds_with_its_interval() -> None:
    """Around 0.85: 0.80 is surely below; 0.84 and 0.86 could be on the other side; 0.95 is surely above."""
    (found,) = accuracy_tables(measured(*map(accuracy, (0.95, 0.84, 0.86, 0.80))), ITEMS)
    assert [one.value for one in found.measured] == [0.80, 0.84, 0.86, 0.95]
    (tier,) = (one for one in found.tiers if one.threshold == 0.85)
    assert (tier.reached, tier.reached_unsure, tier.missed, tier.missed_unsure) == (2, 1, 2, 1)
    assert (found.floor, found.floor_upper, found.rows, found.metric) == (0.614, 0.658, 452, "Accuracy")


def test_an_accuracy_on_a_threshold_reaches_it() -> None:
    (found,) = accuracy_tables(measured(accuracy(0.85)), ITEMS)
    assert [tier.reached for tier in found.tiers] == [1, 1, 0]


def test_an_interval_that_was_not_left_is_wilson_s() -> None:
    """17 of 20 by hand: (0.85 + 0.0960) / 1.1921 -+ 1.6436 * sqrt(0.006375 + 0.0024) = 0.6396 to 0.9476."""
    (found,) = accuracy_tables(measured({"accuracy": 0.85, "rows": 20.0}), ITEMS)
    (one,) = found.measured
    assert (one.low, one.high) == (pytest.approx(0.6396, abs=1e-4), pytest.approx(0.9476, abs=1e-4))


def test_tiers_on_macro_f1_are_set_against_macro_f1() -> None:
    (found,) = accuracy_tables(measured({**ACCURACY, "value": 0.801}), ITEMS)
    assert (found.metric, found.measured[0].value, found.measured[0].low) == ("Macro-F1", 0.801, 0.75)
    assert found.floor is None


def test_tiers_on_any_other_number_have_no_interval() -> None:
    (found,) = accuracy_tables(measured({"value": 3.5, "tier:3": 1.0, "tier:2": 0.5}), ITEMS)
    assert (found.metric, found.measured[0].low, found.tiers[0].threshold) == ("Value", None, 2.0)


def test_submissions_judged_by_other_tiers_are_counted_apart() -> None:
    other = {key: value for key, value in accuracy(0.9).items() if key != "tier:0.85"}
    (found,) = accuracy_tables(measured(accuracy(0.8), accuracy(0.9), other), ITEMS)
    assert (found.other_tiers, len(found.measured), len(found.tiers)) == (1, 3, 3)
    assert found.tiers[0].reached + found.tiers[0].missed == 2


def test_what_our_side_failed_to_judge_is_no_accuracy() -> None:
    (piece,) = measured(accuracy(0.9))
    broken = replace(piece[0], results=tuple(replace(r, outcome=ERRORED) for r in piece[0].results))
    assert accuracy_tables([(broken, "s")], ITEMS) == ()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_every_submission_is_on_one_side_of_every_threshold(values: list[float]) -> None:
    (found,) = accuracy_tables(measured(*map(accuracy, values)), ITEMS)
    for tier in found.tiers:
        assert tier.reached + tier.missed == len(values)
        assert tier.reached_unsure <= tier.reached and tier.missed_unsure <= tier.missed
    reached = [tier.reached for tier in found.tiers]
    assert reached == sorted(reached, reverse=True)
