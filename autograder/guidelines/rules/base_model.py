"""The rule about the pre-trained model. It reads names in the code.

After the run the weights that a training began with are compared with the supplied models' own files; what
the run says of them comes from the student's kernel, so it is evidence for a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from autograder.guidelines import first_weights
from autograder.guidelines.facts import Call, Facts
from autograder.guidelines.meaning import UNKNOWN, Meaning, Param, texts
from autograder.guidelines.model_names import is_financial, same_model
from autograder.guidelines.places import Where
from autograder.guidelines.rule import Evidence, Hit, Need, Rule
from autograder.model.assignment import Firmness
from autograder.model.ids import RuleId
from autograder.model.results import Severity

_METHODS: Final = frozenset({"from_pretrained", "from_preset"})
_NOT_MODELS: Final = ("Tokenizer", "Config", "Processor", "FeatureExtractor", "Preprocessor", "TokenizerFast")
_PIPELINES: Final = frozenset({"pipeline", "transformers.pipeline", "transformers.pipelines.pipeline"})
_OTHER_LOADERS: Final = frozenset(
    {
        "tensorflow_hub.load", "tensorflow_hub.KerasLayer", "sentence_transformers.SentenceTransformer",
        "huggingface_hub.snapshot_download", "huggingface_hub.hf_hub_download",
        "huggingface_hub.from_pretrained_keras",
    }
)  # fmt: skip
_FETCHERS: Final = frozenset({"git", "huggingface-cli", "hf", "wget", "curl"})
_MODEL_WORDS: Final = (
    "pretrained_model_name_or_path",
    "preset",
    "model",
    "repo_id",
    "handle",
    "model_name_or_path",
)


@dataclass(frozen=True, slots=True)
class _Load:
    """A model that is loaded by a name. `certain` is false when it is one of several that may be meant."""

    name: str
    where: Where
    certain: bool


def check(evidence: Evidence) -> Iterator[Hit]:
    """Find graded models that are not allowed: by their names, and where these say nothing, by the run."""
    hits = list(_by_name(evidence))
    yield from hits
    # What the code shows already needs no word of the run, which may be held back from the student.
    if all(hit.firmness is Firmness.HINT for hit in hits):
        yield from first_weights.check(evidence)


def _by_name(evidence: Evidence) -> Iterator[Hit]:
    """Find the models that are loaded and tell the graded ones from those compared with."""
    facts = evidence.reading.facts
    allowed = evidence.settings.get("allowed", ())
    extra = evidence.settings.get("financial", ())
    saved = _saved_names(facts)
    flowed = frozenset().union(*facts.bound.values()) if facts.bound else None
    trained = frozenset().union(
        *(facts.tokens_of(call.receiver) for call in facts.calls if call.method == "fit")
    )
    for load in _loads(facts):
        local = load.name.startswith((".", "/", "~"))
        if load.where.exempt or load.name in saved or (local and not _is_cloned(facts, load.name, extra)):
            continue
        if any(same_model(load.name, each) for each in allowed):
            continue
        financial = is_financial(load.name, extra)
        if flowed is not None:
            graded = load.name in flowed and facts.may_be_chosen(load.where, flowed)
            firmness = Firmness.FIRM if financial and load.certain else Firmness.PROPOSED
        else:
            graded = load.name in trained
            firmness = Firmness.PROPOSED
        if graded and (financial or allowed):
            yield _graded(load, firmness, financial=financial)
        elif financial:
            yield Hit(
                place=load.where.place(),
                message=(
                    f'"{load.name}" was trained on financial text. To compare with it is fine; it '
                    f"cannot be graded."
                ),
                instead="Say in the text that it is a comparison.",
                firmness=Firmness.HINT,
                severity=Severity.INFO,
            )


def _graded(load: _Load, firmness: Firmness, *, financial: bool) -> Hit:
    why = "was already trained on financial text" if financial else "is not a model this assignment allows"
    return Hit(
        place=load.where.place(),
        message=f'The graded work starts from "{load.name}", which {why}.',
        instead="Start from a model of general text, such as distilbert-base-uncased.",
        firmness=firmness,
        severity=Severity.ERROR if financial else Severity.WARNING,
    )


def _loads(facts: Facts) -> Iterator[_Load]:
    for call in facts.calls:
        argument = _model_argument(call)
        if argument is not None:
            certain = len(texts(argument)) < 2
            for known in facts.texts_of(argument):
                if known.text and UNKNOWN not in known.text:
                    where = known.where if _is_parameter(argument) else call.where
                    yield _Load(known.text.strip(), where, certain)


def _model_argument(call: Call) -> Meaning | None:
    if call.method in _METHODS:
        owners = (call.target.rpartition(".")[0], call.owner)
        other = any(owner.endswith(_NOT_MODELS) for owner in owners)
        return None if other else call.argument(0, *_MODEL_WORDS)
    if call.target in _PIPELINES:
        return call.argument(1, "model")
    return call.argument(0, *_MODEL_WORDS) if call.target in _OTHER_LOADERS else None


def _is_parameter(meaning: Meaning) -> bool:
    return any(isinstance(value, Param) for value in meaning.values)


def _is_cloned(facts: Facts, name: str, extra: tuple[str, ...]) -> bool:
    """Whether a folder holds a financial model that a command fetched."""
    return is_financial(name, extra) and any(
        is_financial(word, extra)
        for command in facts.commands
        if command.program in _FETCHERS
        for word in command.words
    )


def _saved_names(facts: Facts) -> frozenset[str]:
    """Return the names under which the submission itself saved something."""
    saves = (call for call in facts.calls if call.method in ("save_pretrained", "save", "save_to_preset"))
    return frozenset(known.text for call in saves for argument in call.arguments for known in texts(argument))


RULE: Final = Rule(
    id=RuleId("base_model"),
    title="Base model",
    statement=(
        "The graded work starts from a pre-trained model that was not already trained on financial text."
    ),
    firmness=Firmness.FIRM,
    severity=Severity.ERROR,
    needs=(Need.SYNTAX, Need.EXECUTION),
    looks_for=(
        (
            "names given to `from_pretrained`, `from_preset`, `pipeline` and other loaders, also by "
            "constants, settings classes, concatenation and arguments of functions"
        ),
        "whether the model reaches one of the names the assignment asks for: then it is graded",
        "without such names: whether `fit` trains it; then the finding is proposed only",
        "one of several models chosen at run time, or one outside the assignment's list: proposed",
        (
            "in the run, a graded name whose training began with other weights: the fit ledger is compared "
            "with the supplied models' own files; a finding when fewer than half of the numbers in weights "
            "of 10,000 numbers and more are theirs, or go on from a training that began with them; proposed"
        ),
        "such weights beside a training loop of your own or weights kept during a training: a hint",
    ),
    leaves_alone=(
        "a financial model that is only compared with: a hint, which never costs points",
        "tokenizers and configurations",
        "models the notebook itself saved, and trainings that go on from an earlier one of the run",
        "layers that are frozen, new heads and adapters while they are the smaller part",
        "cells unchanged from the release",
    ),
    cannot_see=(
        "what a model with a plain name was trained on",
        "names computed at run time, and weights loaded from a file, before the run",
        (
            "in the run, what the ledger does not list: training in a loop of your own, models that are "
            "never trained, weights of too many or too slow fits; and a kernel can forge its ledger"
        ),
        (
            "weights of another precision: they are not compared. Weights that were cut into pieces, joined, "
            "averaged or made larger count as other ones: a person has to look. Models with fewer than a "
            "million such numbers are not looked at: heads on features that another model computed"
        ),
    ),
    example_bad='part1_all = TFAutoModel.from_pretrained("ProsusAI/finbert")',
    example_good='part1_all = TFAutoModel.from_pretrained("distilbert-base-uncased")',
    settings={
        "allowed": "the models that may be graded, with `*` at the end for any ending; without it, all but "
        "financial",
        "financial": "further names or words of names that mean a financial model",
    },
    check=check,
)
