"""The numbers of a check and of the fit ledger, as the pages show them."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from autograder.model.evidence import Answer, AnswerStatus, Exchange, Question, QuestionKind
from autograder.model.execution import Execution, RunOutcome
from autograder.model.ids import END_OF_RUN, CheckId
from autograder.reporting.evidence_view import EXCHANGES_AT_MOST, evidence_view
from autograder.reporting.figures import figures_of
from autograder.reporting.wording import moment, points, size, span
from tests.unit.reporting.samples import (
    ACCURACY,
    LEDGER,
    RECEIVED,
    a_weight,
    an_execution,
)


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
