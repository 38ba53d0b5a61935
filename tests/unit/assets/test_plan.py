"""Which assets notebooks ask for is read from their code, and never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.assets.asked import AssetKind, asked_for
from autograder.assets.plan import Standing, plan
from autograder.model.assignment import AssetNeeds
from tests.unit.assets.builders import a_notebook, a_store, a_submission, a_tiny_model, with_phrasebank


def asked(*cells: str) -> list[tuple[str, str | None]]:
    return [(request.kind.value, request.name) for request in asked_for({"n.ipynb": a_notebook(*cells)})]


@pytest.mark.parametrize(
    "code",
    [
        'AutoTokenizer.from_pretrained("distilbert-base-uncased")',
        "tok = transformers.AutoTokenizer.from_pretrained('distilbert-base-uncased', use_fast=True)",
        'AutoTokenizer.from_pretrained(pretrained_model_name_or_path="distilbert-base-uncased")',
        'name = "distilbert-base-uncased"\nAutoTokenizer.from_pretrained(name)',
        'for name in ["distilbert-base-uncased"]:\n    AutoTokenizer.from_pretrained(name)',
        'a, name = 1, "distilbert-base-uncased"\nAutoTokenizer.from_pretrained(name)',
        'pipeline("text-classification", model="distilbert-base-uncased")',
        'snapshot_download(repo_id="distilbert-base-uncased")',
        '!pip install transformers\nAutoTokenizer.from_pretrained("distilbert-base-uncased")',
        'pip install transformers\nAutoTokenizer.from_pretrained("distilbert-base-uncased")',
        '%%time\nm = AutoModel.from_pretrained("distilbert-base-uncased")',
        '%matplotlib inline\nm = AutoModel.from_pretrained(f"distilbert-base-uncased")',
        'def load():\n    return AutoModel.from_pretrained("distilbert-base-uncased")',
    ],
)
def test_a_model_is_found_however_it_is_asked_for(code: str) -> None:
    assert asked(code) == [("model", "distilbert-base-uncased")]


@pytest.mark.parametrize(
    "code",
    [
        'load_dataset("financial_phrasebank", "sentences_allagree")',
        'd.load_dataset(path="financial_phrasebank", name="sentences_50agree", trust_remote_code=True)',
        'snapshot_download("financial_phrasebank", repo_type="dataset")',
    ],
)
def test_a_data_set_is_found_however_it_is_asked_for(code: str) -> None:
    assert asked(code) == [("dataset", "financial_phrasebank")]


def test_a_name_set_in_an_earlier_cell_is_followed() -> None:
    assert asked('NAME = "roberta-base"', "AutoModel.from_pretrained(NAME)") == [("model", "roberta-base")]


def test_all_texts_a_variable_is_given_are_reported() -> None:
    found = asked('n = "a/one"', 'n = "b/two"', "AutoModel.from_pretrained(n)")
    assert found == [("model", "a/one"), ("model", "b/two")]


@pytest.mark.parametrize(
    "code",
    [
        "AutoModel.from_pretrained(name)",
        'AutoModel.from_pretrained("distil" + kind)',
        'AutoModel.from_pretrained(f"{kind}-base")',
        "def load(name):\n    AutoModel.from_pretrained(name)",
        "for name in names:\n    AutoModel.from_pretrained(name)",
    ],
)
def test_a_name_made_at_run_time_is_unknown(code: str) -> None:
    assert asked(code) == [("model", None)]


@pytest.mark.parametrize(
    "code",
    [
        'AutoModel.from_pretrained("./my_model")',
        'AutoModel.from_pretrained("../x/y")',
        'AutoModel.from_pretrained("models/a/b")',
        'model.save_pretrained("my_model")\nAutoModel.from_pretrained("my_model")',
        'load_dataset("csv", data_files="x.csv")',
        'pipeline("text-classification", model=model)',
        "model.from_pretrained",
        'print("from_pretrained")',
        "AutoModel.from_pretrained()",
    ],
)
def test_what_is_on_disk_or_not_loaded_is_not_reported(code: str) -> None:
    assert asked(code) == []


def test_the_place_is_the_cell_and_the_line() -> None:
    (request,) = asked_for({"n.ipynb": a_notebook("x = 1", '!ls\nm = AutoModel.from_pretrained("gpt2")')})
    assert (request.cell, request.code, request.notebook) == (
        1,
        'm = AutoModel.from_pretrained("gpt2")',
        "n.ipynb",
    )


@pytest.mark.parametrize(
    "code", ["def (", "x = " + "(" * 5000, "x = " + "-" * 50_000 + "1", "\x00", "1" + "+1" * 5000]
)
def test_code_that_cannot_be_read_hides_no_other_cell(code: str) -> None:
    assert ("model", "gpt2") in asked(code, 'AutoModel.from_pretrained("gpt2")')


def test_a_cache_folder_of_its_own_is_reported() -> None:
    (request,) = asked_for({"n": a_notebook('AutoModel.from_pretrained("gpt2", cache_dir="./c")')})
    assert request.own_cache


def test_a_plan_compares_with_the_policy_and_the_store(tmp_path: Path) -> None:
    store = with_phrasebank(tmp_path)
    store.add_model(a_tiny_model(tmp_path / "m"), "distilbert-base-uncased", stand_in="tiny")
    policy = AssetNeeds(
        models=("distilbert-base-uncased", "bert-base-cased"), datasets=("financial_phrasebank",)
    )
    one = a_submission(
        'load_dataset("takala/financial_phrasebank")',
        'AutoModel.from_pretrained("distilbert/distilbert-base-uncased")',
        'AutoModel.from_pretrained("ProsusAI/finbert")',
        id="one",
    )
    two = a_submission(
        'AutoModel.from_pretrained("distilbert-base-uncased")',
        'AutoModel.from_pretrained("bert-base-cased", cache_dir=".")',
        "AutoModel.from_pretrained(x)",
        id="two",
    )
    found = plan(store, [one, two], policy)
    standings = {line.name: line.standing for line in found.lines}
    assert standings == {
        "distilbert/distilbert-base-uncased": Standing.OFFERED,
        "takala/financial_phrasebank": Standing.OFFERED,
        "ProsusAI/finbert": Standing.NOT_OFFERED,
        "google-bert/bert-base-cased": Standing.MISSING,
        None: Standing.UNKNOWN,
    }
    assert found.lines[0].submissions == ("one", "two")
    assert found.lines[0].stand_in == "tiny"
    assert [line.own_cache for line in found.lines if line.name == "google-bert/bert-base-cased"] == [
        ("two",)
    ]
    assert found.offered_but_missing == ("bert-base-cased",)
    assert not found.ready


def test_an_offer_nobody_asks_for_is_still_checked_against_the_store(tmp_path: Path) -> None:
    found = plan(a_store(tmp_path), [], AssetNeeds(models=("gpt2",)))
    assert found.lines == ()
    assert found.offered_but_missing == ("gpt2",)


def test_one_line_stands_for_all_requests_of_one_kind_and_name(tmp_path: Path) -> None:
    submissions = [a_submission('load_dataset("imdb")', id=f"s{n}") for n in range(3)]
    (line,) = plan(a_store(tmp_path), submissions, AssetNeeds()).lines
    assert line.kind is AssetKind.DATASET
    assert len(line.submissions) == len(line.places) == 3


def test_without_a_policy_a_plan_compares_with_the_store_only(tmp_path: Path) -> None:
    submission = a_submission('load_dataset("financial_phrasebank")', 'AutoModel.from_pretrained("gpt2")')
    found = plan(with_phrasebank(tmp_path), [submission], None)
    assert {line.standing for line in found.lines} == {Standing.OFFERED, Standing.MISSING}
