"""The rule that the work is done with TensorFlow/Keras, not PyTorch. The inside of libraries is not seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from autograder.guidelines import shell
from autograder.guidelines.facts import Call, Facts
from autograder.guidelines.meaning import Known, texts
from autograder.guidelines.places import Where
from autograder.guidelines.rule import Evidence, Hit, Need, Rule
from autograder.model.assignment import Firmness
from autograder.model.ids import RuleId
from autograder.model.results import Severity

CAUSE: Final = "torch"
PACKAGES: Final = frozenset(
    {
        "torch", "torchvision", "torchaudio", "torchtext", "torchdata", "torchmetrics", "torchinfo",
        "torchsummary", "skorch", "captum", "torch_geometric", "torcheval", "kornia", "fairseq", "ignite",
        "pytorch_forecasting", "torchtune", "torchao", "torch_xla",
        "pytorch_lightning", "lightning", "pytorch_pretrained_bert",
    }
)  # fmt: skip
"""Packages that are PyTorch or made for it; they are named so that a missing one is known by its cause."""
_BUILT_ON: Final = frozenset(
    {
        "fastai", "accelerate", "bitsandbytes", "sentence_transformers", "flair", "timm", "diffusers",
        "open_clip", "easyocr", "ultralytics", "allennlp", "stanza",
    }
)  # fmt: skip
_SWITCH: Final = "USE_TORCH"
_HARMLESS: Final = (
    "torch.cuda.is_available", "torch.cuda.get_device", "torch.cuda.device_count",
    "torch.cuda.current_device",
    "torch.cuda.mem_get_info", "torch.cuda.memory_", "torch.cuda.max_memory_", "torch.cuda.empty_cache",
    "torch.cuda.manual_seed", "torch.cuda.synchronize", "torch.cuda.is_bf16_supported",
    "torch.cuda.ipc_collect", "torch.cuda.reset_", "torch.cuda.OutOfMemoryError", "torch.__",
    "torch.version", "torch.backends", "torch.manual_seed", "torch.random.manual_seed", "torch.seed",
    "torch.initial_seed", "torch.device", "torch.set_num_threads",
    "torch.set_printoptions", "torch.get_num_threads",
    "torch.use_deterministic_algorithms", "torch.mps.is_available", "torch.mps.empty_cache",
    "torchvision.__version__", "torchaudio.__version__", "torchtext.__version__",
)  # fmt: skip
_ON: Final = frozenset({"1", "true", "yes", "on"})
_ONLY_MODULES: Final = frozenset({"torch.cuda", "torch.nn", "torch.optim", "torch.utils", "torch.utils.data"})
_NOT_MODELS: Final = ("TF", "Flax", "DataCollator", "PreTrainedModel", "Keras", "Optional")
_NOT_MODEL_ENDS: Final = (
    "Config",
    "Tokenizer",
    "TokenizerFast",
    "Processor",
    "Output",
    "Callback",
    "Pipeline",
)
_TABLES: Final = frozenset({"dict", "types.SimpleNamespace", "pandas.DataFrame", "pandas.Series"})
"""Calls that only write down what they are given."""
_OPTIMIZERS: Final = frozenset({"AdamW", "get_linear_schedule_with_warmup", "get_scheduler"})
_BACKENDS: Final = ("torch", "jax")


def check(evidence: Evidence) -> Iterator[Hit]:
    """Tell what is computed with PyTorch from what is only imported, asked or installed."""
    facts = evidence.reading.facts
    for use in facts.uses:
        if use.where.exempt:
            continue
        root = use.name.partition(".")[0]
        if _is_torch(root) and "." in use.name:
            known = use.name in _ONLY_MODULES or use.name.startswith(_HARMLESS)
            harmless = known or use.where.switched_off
            yield _imported(use.where) if harmless else _used(use.where)
        elif root in _BUILT_ON and not use.where.switched_off:
            yield _built_on(use.where, root)
        elif use.name.endswith("TensorType.PYTORCH"):
            yield _used(use.where, "TensorType.PYTORCH asks for PyTorch")
        elif root == "transformers" and _torch_model(use.name):
            yield _used(use.where, f"{_torch_model(use.name)} is the PyTorch class of the library")
    for call in facts.calls:
        if not (call.where.exempt or call.where.switched_off):
            yield from _call(call, facts)
    for setting in facts.settings:
        chosen = setting.variable == "KERAS_BACKEND" and setting.value.strip().lower() in _BACKENDS
        switched = setting.variable == _SWITCH and setting.value.strip().lower() in _ON
        if switched and not setting.where.exempt:
            yield _built_on(setting.where, "transformers with USE_TORCH")
        if chosen and not setting.where.exempt:
            yield _backend(setting.where, setting.value)
    if any(text.value.text.endswith("keras.json") for text in facts.texts):
        for text in facts.texts:
            if text.context.name == "backend" and text.value.text in _BACKENDS and not text.where.exempt:
                yield _backend(text.where, text.value.text)
    for imported in facts.imports:
        root = imported.module.partition(".")[0]
        name = _torch_model(imported.module) if root == "transformers" else ""
        if not imported.where.exempt and (_is_torch(root) or name):
            yield _imported(imported.where)
    for command in facts.commands:
        backend = _backend_of(command.text)
        if backend and not command.where.exempt:
            yield _backend(command.where, backend)
        names = {name.replace("-", "_") for name in shell.installed(command.program, command.words)}
        if not command.where.exempt and names & PACKAGES:
            yield Hit(
                place=command.where.place(),
                message="PyTorch is installed.",
                instead="Remove the line: TensorFlow needs no PyTorch.",
                firmness=Firmness.HINT,
                severity=Severity.INFO,
                cause=CAUSE,
            )


def _backend_of(line: str) -> str:
    """Return the backend that a shell line writes into Keras's settings file, or ""."""
    if "keras.json" not in line or "backend" not in line:
        return ""
    quoted = line.replace("'", '"').replace("\\", "").split('"')
    return next((word for word in quoted if word in _BACKENDS), "")


def _is_torch(root: str) -> bool:
    """Whether a package is PyTorch or, by its name, made for it."""
    return root in PACKAGES or root.startswith(("torch_", "pytorch_"))


def _call(call: Call, facts: Facts) -> Iterator[Hit]:
    for word in ("return_tensors", "framework"):
        asked = call.keywords.get(word) if call.target not in _TABLES else None
        if asked is not None and any(known.text == "pt" for known in facts.given_texts(asked)):
            yield _used(call.where, f'{word}="pt" asks for PyTorch')
    formats = _texts(call, 0, "type") if call.method in ("set_format", "with_format") else ()
    if any(known.text in ("torch", "pt", "pytorch") for known in formats):
        yield _used(call.where, "the data set is to give PyTorch tensors")
    if call.target.endswith(".set_backend"):
        for known in _texts(call, 0, "backend"):
            if known.text in _BACKENDS:
                yield _backend(call.where, known.text)


def _texts(call: Call, position: int, name: str) -> tuple[Known, ...]:
    found = call.argument(position, name)
    return texts(found) if found is not None else ()


def _torch_model(name: str) -> str:
    """Return the part of a dotted name that is a PyTorch model class of transformers, or ""."""
    for part in name.split(".")[1:]:
        if not part[:1].isupper() or part.startswith(_NOT_MODELS) or part.endswith(_NOT_MODEL_ENDS):
            continue
        if part in _OPTIMIZERS:
            return part
        _, found, after = part.partition("For")
        if (found and after[:1].isupper()) or part.endswith("Model"):
            return part
    return ""


def _used(where: Where, how: str = "") -> Hit:
    return Hit(
        place=where.place(),
        message=f"PyTorch is used{f' ({how})' if how else ''}; the course allows TensorFlow/Keras only.",
        instead="Do this step with TensorFlow/Keras, such as the TF classes of transformers.",
        firmness=Firmness.FIRM,
        severity=Severity.ERROR,
        cause=CAUSE,
    )


def _backend(where: Where, backend: str) -> Hit:
    return Hit(
        place=where.place(),
        message=f"Keras is told to compute with {backend} instead of TensorFlow.",
        instead='Remove the setting, or set KERAS_BACKEND to "tensorflow".',
        firmness=Firmness.FIRM,
        severity=Severity.ERROR,
        cause=CAUSE,
    )


def _built_on(where: Where, package: str) -> Hit:
    return Hit(
        place=where.place(),
        message=f"{package} is used, which computes with PyTorch.",
        instead="Do this step with TensorFlow/Keras.",
        firmness=Firmness.PROPOSED,
        severity=Severity.WARNING,
        cause=CAUSE,
    )


def _imported(where: Where) -> Hit:
    return Hit(
        place=where.place(),
        message="PyTorch is imported, but nothing is computed with it.",
        instead="Remove the import. TensorFlow tells the GPU's name too: tf.config.list_physical_devices().",
        firmness=Firmness.HINT,
        severity=Severity.WARNING,
        cause=CAUSE,
    )


RULE: Final = Rule(
    id=RuleId("torch"),
    title="TensorFlow/Keras only",
    statement="The work is done with TensorFlow/Keras. PyTorch is not allowed.",
    firmness=Firmness.FIRM,
    severity=Severity.ERROR,
    needs=(Need.SYNTAX,),
    looks_for=(
        "anything used from `torch` and the packages made for it, under whatever name it was imported",
        (
            'the PyTorch classes of transformers (without `TF` in front), `return_tensors="pt"`, '
            '`framework="pt"`, data '
            "sets in torch format"
        ),
        "a Keras backend set to torch or jax",
        "packages that compute with PyTorch, such as accelerate: proposed",
    ),
    leaves_alone=(
        (
            "an import that is not used, a GPU's name or a random seed asked for through torch, an "
            "installation: a hint, "
            "which never costs points"
        ),
        "weights stored in PyTorch's format that TensorFlow classes load",
        "cells unchanged from the release",
    ),
    cannot_see=(
        "what a library does inside",
        "names put together at run time",
    ),
    example_bad="import torch.nn as nn\nhead = nn.Linear(768, 3)",
    example_good="from tensorflow import keras\nhead = keras.layers.Dense(3)",
    check=check,
)
