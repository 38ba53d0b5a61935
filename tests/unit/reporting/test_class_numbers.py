"""The numbers of a class, of a check and of the fit ledger, as the pages show them."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from autograder.model.evidence import Answer, AnswerStatus, Exchange, Question, QuestionKind
from autograder.model.execution import Execution, RunOutcome
from autograder.model.graded import GradedSubmission, Status
from autograder.model.ids import END_OF_RUN, CheckId, SubmissionId
from autograder.model.results import CheckOutcome, Score
from autograder.reporting.distribution import distribution
from autograder.reporting.evidence_view import EXCHANGES_AT_MOST, evidence_view
from autograder.reporting.figures import figures_of
from autograder.reporting.wording import moment, points, size, span
from tests.unit.reporting.samples import (
    ACCURACY,
    FINDINGS,
    LEDGER,
    RECEIVED,
    a_graded,
    a_weight,
    an_assignment,
    an_execution,
)


def scored(total: str | None, number: int = 0) -> GradedSubmission:
    score = Score(
        earned={CheckId("part1.contract"): Decimal(5)},
        deducted=Decimal(0),
        total=None if total is None else Decimal(total),
        max_score=Decimal(45),
    )
    return replace(a_graded(), submission=SubmissionId(f"s{number}"), score=score)


def test_scores_fall_into_ten_equal_bins_and_extra_credit_into_the_last() -> None:
    totals = ["0", "4.49", "4.5", "22.5", "40.5", "45", "48"]
    found = distribution([scored(total, n) for n, total in enumerate(totals)], an_assignment())
    assert [one.number for one in found.bins] == [2, 1, 0, 0, 0, 1, 0, 0, 0, 3]
    assert (found.bins[0].low, found.bins[-1].high) == (0, 45)
    assert (found.lowest, found.highest) == (0, 48)


def test_unknown_scores_count_neither_in_the_mean_nor_as_zero() -> None:
    found = distribution([scored("10"), scored("20", 1), scored(None, 2)], an_assignment())
    assert (found.submissions, found.known, found.mean, found.median) == (3, 2, 15, 15)


def test_statuses_and_outcomes_are_counted() -> None:
    failed = replace(scored("1", 1), status=Status.SANDBOX_FAILED, score=None, results=())
    found = distribution([a_graded(), failed], an_assignment())
    assert dict(found.statuses) == {Status.PENDING: 1, Status.SANDBOX_FAILED: 1}
    lines = {line.id: line for line in found.checks}
    assert lines["part2.generalises"].outcomes == ((CheckOutcome.PARTIAL, 1),)
    assert lines["part2.generalises"].mean_share == 0.5
    assert lines["part2.discussion"].mean_share is None


def test_a_rule_counts_once_per_submission() -> None:
    twice = replace(a_graded(), findings=(FINDINGS[0], FINDINGS[0], FINDINGS[2]))
    found = distribution([twice], an_assignment())
    assert [(line.rule, line.number, line.undecided) for line in found.findings] == [
        ("archive_name", 1, 0),
        ("paths", 1, 1),
    ]


def test_an_accuracy_is_shown_with_its_interval_and_floor_and_once() -> None:
    found = figures_of(ACCURACY)
    (measure,) = found.measures
    assert (measure.low, measure.high, measure.floor, measure.rows) == (0.808, 0.879, 0.614, 452)
    assert [(tier.threshold, tier.share) for tier in found.tiers] == [(0.75, 0.5), (0.85, 0.8), (0.9, 1.0)]
    assert found.others == (("seed_spread", 0.011),)


def test_several_models_in_one_check_are_told_apart() -> None:
    found = figures_of({"lora.accuracy": 0.8, "lora.floor": 0.6, "full.accuracy": 0.9, "value": 3.0})
    assert [(m.name, m.accuracy, m.floor, m.low) for m in found.measures] == [
        ("lora", 0.8, 0.6, None),
        ("full", 0.9, None, None),
    ]
    assert found.others == (("value", 3.0),)


def test_numbers_that_are_none_are_not_shown() -> None:
    found = figures_of({"accuracy": float("nan"), "x": float("inf"), "tier:x": 1.0, "tier:nan": 1.0})
    assert (found.measures, found.tiers, found.others) == ((), (), ())


def test_the_ledger_shows_what_moved() -> None:
    first, second = evidence_view(an_execution()).fits
    assert (first.names, first.moved, first.moved_size) == (
        ("part1_head_only",),
        ("classifier.kernel",),
        1152,
    )
    assert dict(first.metrics) == {"loss": 0.62, "accuracy": 0.778}
    assert not second.listed
    assert (second.trainable_size, second.total_size, second.raised) == (None, None, "KeyboardInterrupt")


def a_run(*answers: str) -> Execution:
    exchanges = tuple(
        Exchange(
            checkpoint=END_OF_RUN,
            check=CheckId(""),
            question=Question(kind=QuestionKind.FITS, name=""),
            answer=Answer(status=AnswerStatus.ANSWERED, value=answer),
        )
        for answer in answers
    )
    return Execution(outcome=RunOutcome.COMPLETED, exchanges=exchanges)


def test_of_several_ledgers_the_fullest_is_shown() -> None:
    assert len(evidence_view(a_run("[]", json.dumps(LEDGER), json.dumps(LEDGER[:1]))).fits) == 2


@pytest.mark.parametrize(
    "ledger",
    [
        "not json", "{}", "[[]]", "[null, 3]", '[{"names": 3, "before": 3, "after": {}, "history": []}]',
        '[{"before": [{"site": 3}], "after": [{"site": "a"}], "history": {"x": [null]}, "rows": -1}]',
        "[" * 5_000,
    ],
)  # fmt: skip
def test_a_ledger_of_a_wrong_shape_is_no_error_of_ours(ledger: str) -> None:
    for fit in evidence_view(a_run(ledger)).fits:
        assert fit.rows is None


def test_a_weight_moved_only_at_its_own_site_and_shape() -> None:
    def fit(**changes: Any) -> str:
        return json.dumps(
            [{"before": [a_weight("a", "x", 10)], "after": [{**a_weight("a", "y", 10), **changes}]}]
        )

    (same,) = evidence_view(a_run(fit())).fits
    (other,) = evidence_view(a_run(fit(shape=[5, 2]))).fits
    assert (same.moved, other.moved) == (("a",), ())


def test_very_many_questions_are_counted_not_shown() -> None:
    one = an_execution().exchanges[1]
    found = evidence_view(an_execution(exchanges=(one,) * 1_000))
    assert (len(found.exchanges), found.left_out) == (EXCHANGES_AT_MOST, 1_000 - EXCHANGES_AT_MOST)


def test_a_huge_answer_is_shortened() -> None:
    one = an_execution().exchanges[1]
    huge = replace(one, answer=replace(one.answer, value="9" * 1_000_000))
    assert len(evidence_view(an_execution(exchanges=(huge,))).exchanges[0].answer) < 1_000


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (points(None), "–"), (points(Decimal("7.50")), "7.5"), (points(Decimal("1E+2")), "100"),
        (points(Decimal("0.33335")), "0.3334"), (moment(None), "not known"),
        (moment(RECEIVED), "2 March 2026, 21:58 UTC"), (span(8.44), "8.4 s"), (span(200), "3 min 20 s"),
        (span(7_500), "2 h 5 min"), (size(812), "812 B"), (size(2_140_000_000), "2.1 GB"),
    ],
)  # fmt: skip
def test_numbers_are_written_for_people(shown: str, expected: str) -> None:
    assert shown == expected
