"""The rule that models are trained in the notebook, not loaded ready-made, where the assignment retrains.

It reads which files the code loads and writes, and in which order. After the run the fit ledger is asked too;
it lives in the student's kernel, so it is evidence for a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from autograder.guidelines import file_origins, ledger
from autograder.guidelines.facts import Call, Facts
from autograder.guidelines.file_uses import FileUses, matches
from autograder.guidelines.flows import mark
from autograder.guidelines.ledger import Training as Fit
from autograder.guidelines.meaning import UNKNOWN, number_of
from autograder.guidelines.rule import Evidence, Hit, Need, Rule
from autograder.model.assignment import Firmness, Training
from autograder.model.ids import RuleId
from autograder.model.results import Place, Severity

_MOST_LOADS: Final = 60
_LONGEST: Final = 300
_LOADS: Final = frozenset(
    {
        "load_model",
        "load_weights",
        "restore",
        "from_pretrained",
        "TFSMLayer",
        "load_checkpoint",
        "read",
        "restore_or_initialize",
        "from_pretrained_keras",
    }
)
_ADDRESSES: Final = ("hf://", "http://", "https://", "kaggle://")
_OF_HUB: Final = frozenset({"from_pretrained", "from_pretrained_keras"})
# Names to look for in a student's source text. Nothing here is called or imported.
_PLAIN_LOADS: Final = (
    "numpy.load", "joblib.load", "pickle.load", "safetensors.", "h5py.File", "tensorflow.saved_model.load",
)  # fmt: skip
_NO_MODELS: Final = ("Tokenizer", "Config", "Processor", "FeatureExtractor", "TokenizerFast", "Preprocessor")
_SETS: Final = frozenset({"assign", "set_weights", "set_value", "load_own_variables"})
_TRAINS: Final = frozenset({"fit", "train_on_batch", "fit_generator"})
_LOOPS: Final = frozenset({"GradientTape", "apply_gradients"})
_ANSWERS: Final = frozenset({"predict", "evaluate"})
_MODELS: Final = (".h5", ".hdf5", ".keras", ".npz", ".safetensors", ".index", ".pb", ".ckpt", ".tflite")


@dataclass(frozen=True, slots=True)
class _Load:
    """A model or its weights read from a file. `number` is its place in `Facts.calls`."""

    call: Call
    number: int
    name: str


def check(evidence: Evidence) -> Iterator[Hit]:
    """Find models that are loaded and never trained."""
    if evidence.assignment.training is not Training.RETRAIN:
        return
    facts = evidence.reading.facts
    fits = ledger.trainings(evidence.execution)
    hits = [hit for load in _loads(evidence) for hit in _judged(evidence, load, fits)]
    yield from hits
    if not hits:
        yield from _nothing_trained(evidence, facts, fits)


def _judged(evidence: Evidence, load: _Load, fits: Sequence[Fit] | None) -> Iterator[Hit]:
    facts = evidence.reading.facts
    hit = Hit(
        place=load.call.where.place(),
        message=f'A model is loaded from "{load.name.replace(UNKNOWN, "...")}" instead of being trained.',
        instead="Train it in the notebook: the grader runs every cell. A file it wrote itself may be loaded.",
        firmness=Firmness.PROPOSED,
        severity=Severity.ERROR,
    )
    names = {name for name, tokens in facts.bound.items() if mark(load.number) in tokens}
    if _is_trained_later(facts, load):
        hit = replace(
            hit,
            message=f'Training begins with what "{load.name.replace(UNKNOWN, "...")}" holds.',
            firmness=Firmness.HINT,
            severity=Severity.INFO,
        )
    elif not names and _is_compared(facts, load, frozenset(evidence.assignment.contract)):
        hit = replace(
            hit,
            message=f'A model from "{load.name.replace(UNKNOWN, "...")}" is used beside those trained here.',
            instead="Say in the text that it is a comparison.",
            firmness=Firmness.HINT,
            severity=Severity.INFO,
        )
    elif fits is not None and any(fit.names & names for fit in fits):
        hit = replace(
            hit,
            message=f"{hit.message} The run says that a model of that name was trained too.",
            firmness=Firmness.HINT,
            severity=Severity.WARNING,
            from_run=True,
        )
    yield hit


def _loads(evidence: Evidence) -> Iterator[_Load]:
    """Give the loads of files that the archive, or the network, and not this notebook made."""
    facts = evidence.reading.facts
    into_models = _into_models(facts)
    calls = [
        (number, call) for number, call in enumerate(facts.calls) if _is_load(call, mark(number), into_models)
    ][:_MOST_LOADS]
    if not calls:
        return
    uses = FileUses(facts)
    paths = [file.path for file in evidence.submission.files]
    unpacked = file_origins.unpacked(facts, uses, paths)
    called = frozenset(call.method for call in facts.calls)
    for number, call in calls:
        if call.where.exempt or call.where.switched_off or _is_never_called(facts, call, called):
            continue
        fetched = file_origins.gets_fetched(facts, call)
        for name in _names(facts, call):
            here = any(matches(name, path) for path in paths)
            hub = call.method in _OF_HUB and not here
            brought = (
                here
                or unpacked
                or fetched
                or name.startswith(_ADDRESSES)
                or file_origins.fetched(facts, name)
            )
            if hub:
                if _is_graded_as_it_is(facts, number):
                    yield _Load(call, number, name)
                break
            if brought and not file_origins.is_written_before(uses, facts, call, number, name):
                yield _Load(call, number, name)
                break
        else:
            if fetched:
                yield _Load(call, number, "a file from the network")


def _is_graded_as_it_is(facts: Facts, number: int) -> bool:
    """Whether a model of the hub reaches a name that is asked for, and something else is trained."""
    return any(mark(number) in tokens for tokens in facts.bound.values()) and any(
        call.method in _TRAINS or (call.method in _ANSWERS and mark(number) in facts.tokens_of(call.receiver))
        for call in facts.calls
    )


def _names(facts: Facts, call: Call) -> Iterator[str]:
    """Give what the file may be called: constant texts first, then what flowed into the argument."""
    meanings = (*call.arguments[:2], *call.keywords.values(), call.receiver)
    of_manager = call.method == "restore_or_initialize"
    if call.receiver.tokens and not of_manager and not call.target.startswith("pathlib."):
        meanings = meanings[:-1]
    for meaning in meanings:
        for known in facts.texts_of(meaning):
            if 2 < len(known.text) < _LONGEST and any(char.isalnum() for char in known.text):
                yield known.text
    for meaning in meanings:
        yield from sorted(token for token in facts.tokens_of(meaning) if not token.startswith("<"))


def _into_models(facts: Facts) -> frozenset[str]:
    """Return what flowed into the weights of a model, or into something that predicts."""
    found = [call.receiver.tokens for call in facts.calls if call.method in _ANSWERS]
    found += [meaning.tokens for call in facts.calls if call.method in _SETS for meaning in call.arguments]
    return frozenset[str]().union(*found)


def _is_load(call: Call, token: str, into_models: frozenset[str]) -> bool:
    owner = (call.target.rpartition(".")[0], call.owner)
    if call.method in _LOADS:
        return not any(each.endswith(_NO_MODELS) for each in owner)
    if not call.target.startswith(_PLAIN_LOADS):
        return False
    if call.target.startswith("tensorflow.saved_model"):
        return True
    # Numbers from a file are a model when they are put into one.
    return token in into_models


def _is_never_called(facts: Facts, call: Call, called: frozenset[str]) -> bool:
    function = facts.functions.get(call.where.function)
    if function is None or function.guarded_calls:
        return False
    return function.name not in called and not function.name.startswith("__")


def _is_trained_later(facts: Facts, load: _Load) -> bool:
    token = mark(load.number)
    called = frozenset(call.method for call in facts.calls)
    for number, call in enumerate(facts.calls):
        after = number > load.number or call.where.function >= 0
        if not after or call.where.excludes(load.call.where) or call.where.switched_off:
            continue
        if call.method in _LOOPS and not _is_never_called(facts, call, called):
            return True
        if call.method not in _TRAINS or _trains_nothing(call):
            continue
        # What is loaded by the way, in a choice, and trained on outside it.
        resumed = (
            call.owner and call.owner == load.call.owner and load.call.where.arms and not call.where.arms
        )
        if resumed or token in facts.tokens_of(call.receiver):
            return True
    return False


def _is_compared(facts: Facts, load: _Load, asked_for: frozenset[str]) -> bool:
    """Whether the names that are asked for are bound or trained, and something else is trained."""
    named = bool(facts.bound) or any(
        call.owner in asked_for for call in facts.calls if call.method in _TRAINS
    )
    return (
        named
        and load.call.owner not in asked_for
        and any(
            call.method in _TRAINS
            and not _trains_nothing(call)
            and not call.where.excludes(load.call.where)
            and not call.where.switched_off
            for call in facts.calls
        )
    )


def _trains_nothing(call: Call) -> bool:
    epochs = call.keywords.get("epochs")
    return epochs is not None and number_of(epochs) == 0


def _nothing_trained(evidence: Evidence, facts: Facts, fits: Sequence[Fit] | None) -> Iterator[Hit]:
    """After the run: a model came along, the names are bound, and nothing was trained at all."""
    if fits is None or fits or not facts.bound:
        return
    if any(call.method in _LOOPS or call.method == "train_on_batch" for call in facts.calls):
        return
    models = [file.path for file in evidence.submission.files if file.path.casefold().endswith(_MODELS)]
    if models:
        yield Hit(
            place=Place(file=models[0], text=models[0]),
            message="The archive holds a model, and the run trained none.",
            instead="Train in the notebook: the grader runs every cell.",
            firmness=Firmness.PROPOSED,
            severity=Severity.ERROR,
            from_run=True,
        )


RULE: Final = Rule(
    id=RuleId("trained_here"),
    title="Trained in the notebook",
    statement="Where the assignment trains again, models are trained by the notebook, not loaded ready-made.",
    firmness=Firmness.PROPOSED,
    severity=Severity.ERROR,
    needs=(Need.SYNTAX, Need.ARCHIVE, Need.EXECUTION),
    looks_for=(
        "models and weights loaded from a file of the archive, or one that was fetched, and no cell wrote",
        "weights read as numbers and put into a model",
        "a model in the archive while the fit ledger of the run is empty",
    ),
    leaves_alone=(
        "files that the notebook wrote before, under the same name",
        "what is trained on after it was loaded: a hint; also when the fit ledger names the model",
        "models of the hub, tokenizers, configurations, functions that are never called",
        "assignments that ask for the submitted model, and cells unchanged from the release",
    ),
    cannot_see=(
        "names made at run time",
        "weights written into the code",
        "training in a loop of your own: the ledger lists calls of `fit` only, and a kernel can forge it",
    ),
    example_bad='!wget https://example.org/best.weights.h5\nmodel.load_weights("best.weights.h5")',
    example_good='model.fit(train)\nmodel.save_weights("a.weights.h5")\nmodel.load_weights("a.weights.h5")',
    check=check,
)
