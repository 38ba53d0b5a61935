"""The hint about code that fits one machine or person only. Paths have a rule of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from autograder.formats import archive_name
from autograder.guidelines.facts import Call, Context, ContextKind, Setting, Text
from autograder.guidelines.meaning import UNKNOWN
from autograder.guidelines.places import Where
from autograder.guidelines.rule import Evidence, Hit, Need, Rule
from autograder.model.assignment import Firmness
from autograder.model.ids import RuleId
from autograder.model.results import Severity

_DEVICES: Final = ("/gpu:", "gpu:", "/device:gpu:", "/tpu:", "cuda:", "mps")
_DEVICE_CALLS: Final = frozenset({"tensorflow.device", "tensorflow.compat.v1.device", "keras.device"})
_DEVICE_VARIABLES: Final = frozenset({"CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES"})
_CARDS: Final = (
    "rtx ", "gtx ", "geforce", "tesla t4", "tesla v100", "nvidia a100", "nvidia h100", "quadro", "apple m1",
    "apple m2", "apple m3", "apple m4",
)  # fmt: skip
_PERSONAL: Final = frozenset(
    {
        "socket.gethostname", "socket.getfqdn", "platform.node", "os.uname", "os.getlogin", "getpass.getuser",
        "uuid.getnode",
    }
)  # fmt: skip


def check(evidence: Evidence) -> Iterator[Hit]:
    """Look for devices, hosts, users and the student's own id."""
    facts = evidence.reading.facts
    own = archive_name.homework(evidence.submission.archive_name)
    net_id = own.net_id.casefold() if own is not None and len(own.net_id) > 3 else ""
    for call in facts.calls:
        if not call.where.exempt and (message := _call(call)):
            yield _hit(call.where, message)
    for setting in facts.settings:
        if not setting.where.exempt and _names_device(setting):
            yield _hit(setting.where, f"{setting.variable} picks a device of one machine.")
    for text in facts.texts:
        if not (text.where.exempt or text.value.where.exempt) and (message := _text(text, net_id)):
            yield _hit(text.value.where, message)


def _call(call: Call) -> str:
    if call.target in _PERSONAL:
        return f"{call.target}() depends on the machine or the person who runs it."
    return ""


def _names_device(setting: Setting) -> bool:
    return setting.variable in _DEVICE_VARIABLES and setting.value.strip() not in ("", "-1", UNKNOWN)


def _text(text: Text, net_id: str) -> str:
    value = text.value.text
    if len(value) > 200 or text.context.kind is ContextKind.PROSE:
        return ""
    lowered = value.casefold()
    if _is_device_place(text.context) and lowered.startswith(_DEVICES):
        return f'"{value}" names a device that not every machine has.'
    if text.context.kind is ContextKind.TESTED and any(card in lowered for card in _CARDS):
        return f'The code asks for one kind of hardware, "{value}".'
    if net_id and _is_path(lowered) and net_id in _parts(lowered):
        return "A path holds your own id."
    return ""


def _is_device_place(context: Context) -> bool:
    return context.kind is ContextKind.ARGUMENT and (
        context.name in _DEVICE_CALLS or context.name.endswith(".device") or context.part == "device"
    )


def _is_path(text: str) -> bool:
    return ("/" in text or "\\" in text) and "://" not in text and not any(char.isspace() for char in text)


def _parts(text: str) -> frozenset[str]:
    return frozenset("".join(char if char.isalnum() else " " for char in text).split())


def _hit(where: Where, message: str) -> Hit:
    return Hit(
        place=where.place(),
        message=message,
        instead=(
            "Write code that runs on any machine: let TensorFlow place the computation, and name nothing "
            "that is only yours."
        ),
        firmness=Firmness.HINT,
        severity=Severity.INFO,
    )


RULE: Final = Rule(
    id=RuleId("portable"),
    title="Runs on any machine",
    statement="Nothing in the code is specific to one machine, its devices or its user.",
    firmness=Firmness.HINT,
    severity=Severity.INFO,
    needs=(Need.SYNTAX,),
    looks_for=(
        "a device by its name, such as `/GPU:0`, and `CUDA_VISIBLE_DEVICES`",
        "a test for one kind of graphics card",
        "the name of the host or of the user who runs the code",
        "your own Net ID in a path",
    ),
    leaves_alone=(
        "asking which devices there are",
        "absolute paths: they have a rule of their own",
        "cells unchanged from the release",
    ),
    cannot_see=("batch sizes and settings that fit one machine only",),
    example_bad='with tf.device("/GPU:0"):\n    model.fit(train)',
    example_good='print(tf.config.list_physical_devices("GPU"))\nmodel.fit(train)',
    check=check,
)
