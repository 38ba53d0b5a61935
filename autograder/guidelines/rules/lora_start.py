"""The hint about how LoRA begins: with one matrix of zeros, so that the first model is the base model.

It reads how weights are made in one function. What the weights hold at run time is not seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from autograder.guidelines.facts import Call, Facts
from autograder.guidelines.meaning import Meaning, texts
from autograder.guidelines.rule import Evidence, Hit, Need, Rule
from autograder.model.assignment import Firmness
from autograder.model.ids import RuleId
from autograder.model.results import Severity

_MOST_WEIGHTS: Final = 12
_LINES: Final = 5
_MOST_ON_A_LINE: Final = 20
_WEIGHTS: Final = frozenset({"add_weight", "add_variable"})
_VARIABLES: Final = frozenset({"tensorflow.Variable", "keras.Variable"})
_WORDS: Final = ("lora", "adapter", "low_rank", "lowrank")
_ZEROS: Final = ("zeros", "zeros_like")
_RANDOM: Final = (
    "random",
    "normal",
    "uniform",
    "glorot",
    "xavier",
    "he_",
    "lecun",
    "orthogonal",
    "truncated",
)


def check(evidence: Evidence) -> Iterator[Hit]:
    """Look at each function that makes two weights of a low-rank product."""
    facts = evidence.reading.facts
    made: dict[int, list[Call]] = defaultdict(list)
    for call in facts.calls:
        if not call.where.exempt and _makes_weight(call):
            made[call.where.function].append(call)
    lines: dict[tuple[int, int], list[Call]] = defaultdict(list)
    for call in facts.calls:
        lines[id(call.where.unit), call.where.line].append(call)
    zeros = _functions_with_zeros(facts)
    for number, calls in made.items():
        if number in zeros or number < 0 or len(calls) > _MOST_WEIGHTS:
            continue
        random = [call for call in calls if _is_random(call, _near(call, lines))]
        if len(random) == 2 and any(_speaks_of_lora(call) for call in calls):
            yield _hit(random[1])


def _makes_weight(call: Call) -> bool:
    if call.method in _WEIGHTS or call.target in _VARIABLES:
        return True
    # A dense layer without a bias is a matrix.
    return call.method == "Dense" and "use_bias" in call.keywords


def _near(call: Call, lines: Mapping[tuple[int, int], list[Call]]) -> list[Call]:
    """Return the other calls on the lines of this one: its initializer is among them."""
    first = call.where.line
    found = (lines.get((id(call.where.unit), line), ()) for line in range(first, first + _LINES))
    return [other for some in found for other in some[:_MOST_ON_A_LINE] if other is not call]


def _is_random(call: Call, near: Sequence[Call]) -> bool:
    """Whether the weight begins with random numbers: as it says, or because a layer does so by itself."""
    if call.method == "Dense" and "kernel_initializer" not in call.keywords:
        return True
    named = [*(known.text for meaning in _meanings(call) for known in texts(meaning))]
    named += [other.target or other.method for other in near]
    named += [origin for meaning in _meanings(call) for origin in meaning.origins]
    return any(word in name.rpartition(".")[2].lower() for name in named for word in _RANDOM)


def _meanings(call: Call) -> Iterator[Meaning]:
    for word in ("initializer", "kernel_initializer", "initial_value"):
        if word in call.keywords:
            yield call.keywords[word]
    yield from call.arguments


def _functions_with_zeros(facts: Facts) -> frozenset[int]:
    """Return the functions in which anything is made of zeros, or set to zero."""
    found = {text.where.function for text in facts.texts if text.value.text.lower() in _ZEROS}
    found |= {
        call.where.function for call in facts.calls if (call.target or call.method).lower().endswith(_ZEROS)
    }
    found |= {use.where.function for use in facts.uses if use.name.lower().endswith(_ZEROS)}
    return frozenset(found)


def _speaks_of_lora(call: Call) -> bool:
    source = call.where.unit.source.lower()
    return any(word in source for word in _WORDS)


def _hit(call: Call) -> Hit:
    return Hit(
        place=call.where.place(),
        message="Both LoRA matrices seem to begin with random numbers: the start is not the base model.",
        instead="Begin one of the two matrices with zeros: their product is then zero before training.",
        firmness=Firmness.HINT,
        severity=Severity.INFO,
    )


RULE: Final = Rule(
    id=RuleId("lora_start"),
    title="LoRA begins at the base model",
    statement="One of the two LoRA matrices begins with zeros, so that training begins at the base model.",
    firmness=Firmness.HINT,
    severity=Severity.INFO,
    needs=(Need.SYNTAX,),
    looks_for=(
        "two weights made in one function of code that speaks of LoRA or adapters, both with random numbers",
    ),
    leaves_alone=("functions in which anything is made of zeros", "cells unchanged from the release"),
    cannot_see=("weights that are changed after they were made", "initializers kept in a variable elsewhere"),
    example_bad=(
        "class LoRA(Layer):\n"
        "    def build(self, shape):\n"
        '        self.a = self.add_weight(shape=(shape[-1], 8), initializer="glorot_uniform")\n'
        '        self.b = self.add_weight(shape=(8, self.units), initializer="glorot_uniform")'
    ),
    example_good=(
        "class LoRA(Layer):\n"
        "    def build(self, shape):\n"
        '        self.a = self.add_weight(shape=(shape[-1], 8), initializer="glorot_uniform")\n'
        '        self.b = self.add_weight(shape=(8, self.units), initializer="zeros")'
    ),
    check=check,
)
