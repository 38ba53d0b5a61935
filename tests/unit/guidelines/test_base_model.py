"""The graded work starts from a model that does not know finance."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from autograder.guidelines.model_names import is_financial, same_model
from autograder.model.assignment import Firmness
from autograder.model.results import Finding, FindingState, Severity

Look = Callable[..., Finding | None]
CONTRACT = ("part1", "predict_sentiment")
LOAD = "TFAutoModelForSequenceClassification.from_pretrained"

GRADED = {
    "direct": [f"part1 = {LOAD}('ProsusAI/finbert')"],
    "through a variable": [f"model = {LOAD}('ProsusAI/finbert', num_labels=3)", "model.fit(x)", "part1 = model"],
    "constant": ["NAME = 'yiyanghkust/finbert-tone'", f"part1 = {LOAD}(NAME)"],
    "concatenated": ["NAME = 'ProsusAI' + '/fin' + 'bert'", f"part1 = {LOAD}(NAME)"],
    "f-string": ["owner = 'ProsusAI'\n" f"part1 = {LOAD}(f'{{owner}}/finbert')"],
    "settings class": ["class CFG:\n    model_name = 'ProsusAI/finbert'", f"part1 = {LOAD}(CFG.model_name)"],
    "settings dict": ["cfg = {'model': 'ProsusAI/finbert'}", f"part1 = {LOAD}(cfg['model'])"],
    "keyword": [f"part1 = {LOAD}(pretrained_model_name_or_path='ProsusAI/finbert')"],
    "namespace": ["from types import SimpleNamespace\na = SimpleNamespace(name='ProsusAI/finbert')", f"part1 = {LOAD}(a.name)"],
    "builder": ["def build(name):\n" f"    return {LOAD}(name)", "part1 = build('ProsusAI/finbert')"],
    "builder with default": [f"def build(name='ProsusAI/finbert'):\n    return {LOAD}(name)", "part1 = build()"],
    "builder of a builder": [
        f"def load(n):\n    return {LOAD}(n)\ndef build(n):\n    return load(n)", "part1 = build('ProsusAI/finbert')"
    ],
    "own class": [
        f"class Net(keras.Model):\n    def __init__(self, n):\n        self.base = {LOAD}(n)", "part1 = Net('ProsusAI/finbert')"
    ],
    "functional head": [
        "base = TFAutoModel.from_pretrained('ProsusAI/finbert')\nout = layers.Dense(3)(base(ids)[0])\n"
        "part1 = keras.Model(ids, out)"
    ],
    "added to a model": ["m = keras.Sequential()\nm.add(TFAutoModel.from_pretrained('ProsusAI/finbert'))\npart1 = m"],
    "list of names": ["names = ['ProsusAI/finbert']", f"models = [{LOAD}(n) for n in names]\npart1 = models[0]"],
    "keras hub": ["import keras_hub\npart1 = keras_hub.models.Classifier.from_preset('hf://ProsusAI/finbert')"],
    "pipeline in the function": [
        "from transformers import pipeline\nclf = pipeline('sentiment-analysis', model='ProsusAI/finbert')",
        "def predict_sentiment(texts):\n    return [r['label'] for r in clf(texts)]",
    ],
    "inside the function": [f"def predict_sentiment(t):\n    m = {LOAD}('ProsusAI/finbert')\n    return m(t)"],
    "annotated": [f"part1: object = {LOAD}('ProsusAI/finbert')"],
    "walrus": [f"print((part1 := {LOAD}('ProsusAI/finbert')))"],
    "tuple": [f"part1, other = {LOAD}('ProsusAI/finbert'), 1"],
    "other financial model": [f"part1 = {LOAD}('mrm8488/distilroberta-finetuned-financial-news-sentiment-analysis')"],
    "sec-bert": [f"part1 = {LOAD}('nlpaueb/sec-bert-base')"],
    "lower case": [f"n = 'PROSUSAI/FINBERT'.lower()\npart1 = {LOAD}(n)"],
    "with scope": ["with strategy.scope():\n" f"    part1 = {LOAD}('ProsusAI/finbert')"],
    "if": [f"if big:\n    name = 'bert-base-uncased'\nelse:\n    name = 'ProsusAI/finbert'\npart1 = {LOAD}(name)"],
    "copy of weights": [
        f"fin = {LOAD}('ProsusAI/finbert')", "part1 = clone(base)", "part1.set_weights(fin.get_weights())\npart1 = part1"
    ],
}  # fmt: skip

COMPARED = {
    "own name": [f"part1 = {LOAD}('distilbert-base-uncased')", f"finbert = {LOAD}('ProsusAI/finbert')\nprint(finbert(x))"],
    "same name later": [
        f"model = {LOAD}('distilbert-base-uncased')", "part1 = model", f"model = {LOAD}('ProsusAI/finbert')\nmodel.evaluate(t)"
    ],
    "builder used twice": [
        f"def build(n):\n    return {LOAD}(n)", "part1 = build('bert-base-uncased')", "other = build('ProsusAI/finbert')"
    ],
    "pipeline": ["part1 = 1", "from transformers import pipeline\nclf = pipeline('text-classification', 'ProsusAI/finbert')"],
    "in a loop": [
        "part1 = m", f"for n in ['bert-base-uncased', 'ProsusAI/finbert']:\n    print(n, score({LOAD}(n)))"
    ],
}  # fmt: skip

CLEAN = {
    "distilbert": [f"part1 = {LOAD}('distilbert-base-uncased')"],
    "with owner": [f"part1 = {LOAD}('distilbert/distilbert-base-uncased')"],
    "roberta": [f"part1 = {LOAD}('roberta-base')"],
    "multilingual": [f"part1 = {LOAD}('google-bert/bert-base-multilingual-cased')"],
    "finnish": [f"part1 = {LOAD}('TurkuNLP/bert-base-finnish-cased-v1')"],
    "fine-tuned": [f"part1 = {LOAD}('distilbert-base-uncased-finetuned-sst-2-english')"],
    "minilm": [f"part1 = {LOAD}('sentence-transformers/all-MiniLM-L6-v2')"],
    "tokenizer": ["tok = AutoTokenizer.from_pretrained('ProsusAI/finbert')"],
    "config": ["c = AutoConfig.from_pretrained('ProsusAI/finbert')"],
    "data set": ["ds = load_dataset('financial_phrasebank', 'sentences_allagree')"],
    "data set of a name": ["ds = load_dataset('takala/financial_phrasebank')"],
    "word in text": ["print('FinBERT was trained on finance text')"],
    "unused constant": ["OTHER = 'ProsusAI/finbert'"],
    "comment": ["# from_pretrained('ProsusAI/finbert')\nx = 1"],
    "own folder": [f"m.save_pretrained('finbert_ours')", f"part1 = {LOAD}('finbert_ours')"],
    "dot folder": [f"part1 = {LOAD}('./financial_model')"],
    "unknown name": [f"part1 = {LOAD}(get_name())"],
    "unknown argument": ["def build(n):\n" f"    return {LOAD}(n)", "part1 = build(input())"],
    "keras application": ["base = keras.applications.ResNet50()\npart1 = base"],
    "hub": ["import keras_hub\npart1 = keras_hub.models.DistilBertClassifier.from_preset('distil_bert_base_en')"],
    "functional": ["base = TFAutoModel.from_pretrained('bert-base-uncased')\npart1 = keras.Model(i, base(i))"],
    "find": [f"part1 = {LOAD}('findings-bert')"],
    "final": [f"part1 = {LOAD}('finalbert-general')"],
    "plot title": ["plt.title('FinBERT vs ours')"],
    "dictionary of results": ["results = {'finbert': 0.9}"],
    "weights file": ["part1.load_weights('finbert.h5')"],
    "bank": [f"part1 = {LOAD}('riverbank-bert')"],
    "albert": [f"part1 = {LOAD}('albert-base-v2')"],
    "none": [f"part1 = {LOAD}(None)"],
    "empty": [f"part1 = {LOAD}('')"],
}  # fmt: skip


@pytest.mark.parametrize("name", GRADED)
def test_a_financial_model_that_is_graded_is_firm(look: Look, name: str) -> None:
    finding = look("base_model", *GRADED[name], contract=CONTRACT)
    assert finding is not None
    assert (finding.firmness, finding.state) == (Firmness.FIRM, FindingState.CONFIRMED)
    assert finding.severity is Severity.ERROR


@pytest.mark.parametrize("name", COMPARED)
def test_a_financial_model_that_is_compared_with_is_a_hint(look: Look, name: str) -> None:
    finding = look("base_model", *COMPARED[name], contract=CONTRACT)
    assert finding is not None
    assert finding.firmness is Firmness.HINT and finding.points == 0


@pytest.mark.parametrize("name", CLEAN)
def test_other_models_are_clean(look: Look, name: str) -> None:
    finding = look("base_model", *CLEAN[name], contract=CONTRACT)
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
