"""The graded work starts from a model that does not know finance."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from autograder.guidelines.model_names import is_financial, same_model
from autograder.model.assignment import Firmness
from autograder.model.results import Finding, FindingState, Severity

Look = Callable[..., Finding | None]
RULE = "base_model"
CONTRACT = ("part1", "predict_sentiment")
LOAD = "TFAutoModelForSequenceClassification.from_pretrained"


def test_a_financial_model_that_is_graded_is_firm(look: Look, breaks: list[str]) -> None:
    finding = look("base_model", *breaks, contract=CONTRACT)
    assert finding is not None
    assert (finding.firmness, finding.state) == (Firmness.FIRM, FindingState.CONFIRMED)
    assert finding.severity is Severity.ERROR


def test_a_financial_model_that_is_compared_with_is_a_hint(look: Look, hint: list[str]) -> None:
    finding = look("base_model", *hint, contract=CONTRACT)
    assert finding is not None
    assert finding.firmness is Firmness.HINT and finding.points == 0


def test_other_models_are_clean(look: Look, clean: list[str]) -> None:
    finding = look("base_model", *clean, contract=CONTRACT)
    assert finding is None, finding


def test_without_agreed_names_a_trained_model_is_only_proposed(look: Look) -> None:
    cells = [f"m = {LOAD}('ProsusAI/finbert')", "m.compile('adam')\nm.fit(x, y)"]
    finding = look("base_model", *cells)
    assert finding is not None
    assert (finding.firmness, finding.state) == (Firmness.PROPOSED, FindingState.PROPOSED)
    untrained = look("base_model", cells[0], "m.evaluate(x)")
    assert untrained is not None and untrained.firmness is Firmness.HINT


def test_a_model_outside_the_list_is_proposed(look: Look) -> None:
    options = {"contract": CONTRACT, "allowed": ("distilbert-base-uncased", "bert-*")}
    assert look("base_model", f"part1 = {LOAD}('distilbert/distilbert-base-uncased')", **options) is None
    assert look("base_model", f"part1 = {LOAD}('bert-large-cased')", **options) is None
    assert look("base_model", f"other = {LOAD}('roberta-base')", "part1 = 1", **options) is None
    finding = look("base_model", f"part1 = {LOAD}('roberta-base')", **options)
    assert finding is not None and finding.firmness is Firmness.PROPOSED


def test_the_place_is_where_the_name_is_given(look: Look) -> None:
    cells = [f"def build(n):\n    return {LOAD}(n)", "x = 1\npart1 = build('ProsusAI/finbert')"]
    finding = look("base_model", *cells, contract=CONTRACT)
    assert finding is not None and [(place.cell, place.line) for place in finding.places] == [(1, 2)]


@pytest.mark.parametrize(
    "name", ["ProsusAI/finbert", "x/FinTwitBERT", "a/b-financial-c", "FinGPT/x", "sec-bert"]
)
def test_names_that_say_finance(name: str) -> None:
    assert is_financial(name)


@pytest.mark.parametrize(
    "name", ["bert", "distilbert-finetuned", "finnish-bert", "final", "infinite-bert", ""]
)
def test_names_that_do_not(name: str) -> None:
    assert not is_financial(name)


def test_an_assignment_may_name_more_words(look: Look) -> None:
    assert is_financial("acme/ledger-bert", ("ledger",))
    assert same_model("distilbert/distilbert-base-uncased", "distilbert-base-uncased")
    assert not same_model("distilbert-base-cased", "distilbert-base-uncased")
