"""The check that loads a student's head and adapters into our own model: when it passes, fails or waits.

Kernel and judge are fakes, and the arrays are small.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.checks.pytest_checks import PytestChecks
from autograder.checks.stop import Stop
from autograder.config.assignment_file import load
from autograder.model.ids import CheckpointId
from autograder.model.results import CheckOutcome, CheckResult
from tests.fakes import FakeJudge, FakeKernel, a_holdout, asker_for

PROJECT = Path(__file__).resolve().parents[3] / "assignments" / "finetune_financial_phrasebank"
PLACE = CheckpointId("part-2")
WIDTH, INNER, BLOCKS, RANK = 12, 20, 2, 8
Arrays = dict[str, np.ndarray[Any, Any]]


def numbers(*shape: int, seed: str) -> np.ndarray[Any, Any]:
    generator = np.random.default_rng(int.from_bytes(seed.encode(), "big") % 2**32)
    return generator.normal(size=shape).astype(np.float32)


def digest(array: np.ndarray[Any, Any]) -> str:
    return hashlib.sha256(np.asarray(array, order="C").reshape(-1).view(np.uint8)).hexdigest()


def the_body() -> Arrays:
    found = {"embeddings.weight": numbers(50, WIDTH, seed="e")}
    for block in range(BLOCKS):
        prefix = f"transformer.layer[{block}]"
        found[f"{prefix}.sa_layer_norm.gamma"] = numbers(WIDTH, seed=f"n{block}")
        for name, shape in (("lin1", (WIDTH, INNER)), ("lin2", (INNER, WIDTH))):
            found[f"{prefix}.ffn.{name}.kernel"] = numbers(*shape, seed=f"{name}{block}")
            found[f"{prefix}.ffn.{name}.bias"] = numbers(shape[1], seed=f"b{name}{block}")
    return found


BODY = the_body()
HEAD = {
    "pre_classifier.kernel": numbers(WIDTH, WIDTH, seed="p"), "pre_classifier.bias": numbers(WIDTH, seed="q"),
    "classifier.kernel": numbers(WIDTH, 3, seed="c"), "classifier.bias": numbers(3, seed="d"),
}  # fmt: skip
SIZES = {"lin1": (WIDTH, INNER), "lin2": (INNER, WIDTH)}
ADAPTERS = {
    (block, name, which): numbers(*shape, seed=f"{block}{name}{which}")
    for block in range(BLOCKS)
    for name, (fan_in, fan_out) in SIZES.items()
    for which, shape in (("a", (fan_in, RANK)), ("b", (RANK, fan_out)))
}


def sites(where: Callable[[int, str, str], str], *, turned: bool = False) -> Arrays:
    """The adapters at the sites that `where` gives, in the order in which they were made."""
    return {where(*key): (values.T.copy() if turned else values) for key, values in ADAPTERS.items()}


def beside(block: int, name: str, which: str) -> str:
    return f"transformer.layer[{block}].ffn.{name}.{which}"


def wrapped() -> Arrays:
    moved = {re.sub(r"(lin\d)", r"\1.dense", site): array for site, array in BODY.items()}
    return {**moved, **sites(beside), **HEAD}


def rebuilt() -> Arrays:
    """A model built anew from layers, with the adapters in layers of their own."""
    body = {f"layers[{place}].weights[0]": array for place, array in enumerate(BODY.values())}
    kernel = {array.tobytes(): site for site, array in body.items()}

    def where(block: int, name: str, which: str) -> str:
        base = BODY[f"transformer.layer[{block}].ffn.{name}.kernel"]
        return f"{kernel[base.tobytes()].split('.')[0]}.own_{which}"

    return {**body, **sites(where), **HEAD}


HONEST: Mapping[str, Arrays] = {
    "subclass or added weights": {**BODY, **sites(beside), **HEAD},
    "wrapper": wrapped(),
    "stored transposed": {**BODY, **sites(beside, turned=True), **HEAD},
    "enclosed by a function": {
        **BODY, **HEAD, **sites(lambda block, name, w: f"transformer.layer[{block}].ffn.{name}.call.{w}"),
    },
    "held by the block": {
        **BODY, **HEAD, **sites(lambda block, name, w: f"transformer.layer[{block}].ffn.{name}_{w}"),
    },
    "held in a list of the model": {
        **BODY, **HEAD, **sites(lambda block, name, which: f"own[{2 * block + (name == 'lin2')}].{which}"),
    },
    "rebuilt": rebuilt(),
}  # fmt: skip


class OwnJudge(FakeJudge):
    """Describes the body, and gives these answers when it gets the head and the adapters in their places."""

    def __init__(self, answers: Sequence[str]) -> None:
        super().__init__({"base_weights.py": self.base, "merged_lora.py": self.merged})
        self.answers = list(answers)

    def base(self, classes: int) -> object:
        def described(site: str) -> dict[str, object]:
            return {"site": site, "shape": list(BODY[site].shape), "digest": digest(BODY[site])}

        layers = [
            {"block": block, "name": name, **described(f"transformer.layer[{block}].ffn.{name}.kernel")}
            for block in range(BLOCKS)
            for name in SIZES
        ]
        shapes = [list(array.shape) for array in HEAD.values()]
        return {"body": [described(site) for site in BODY], "layers": layers, "head": shapes}

    def merged(self, adapters: Any, head: Any, inputs: Any, **others: object) -> object:
        placed = all(
            np.array_equal(a, ADAPTERS[block, name, "a"]) and np.array_equal(b, ADAPTERS[block, name, "b"])
            for block, name, a, b in adapters
        )
        headed = all(np.array_equal(one, other) for one, other in zip(head, HEAD.values(), strict=True))
        answers = self.answers if placed and headed else ["negative"] * len(inputs)
        return {"predicted": answers, "scale": 1.0, "cut": 0}


LABELS = ("positive", "neutral", "negative") * 20
CONSTANT = ("neutral",) * 60


def kernel(arrays: Arrays, *, says: Sequence[str] = LABELS) -> FakeKernel:
    listing = [
        {
            "site": site, "shape": list(array.shape), "dtype": str(array.dtype), "size": array.size,
            "digest": digest(array), "zero": not array.any(), "trainable": True,
        }
        for site, array in arrays.items()
    ]  # fmt: skip
    return FakeKernel(
        {"predict_sentiment": lambda model, sentences: list(says)},
        weights={"part2_lora": listing},
        arrays={("part2_lora", site): array for site, array in arrays.items()},
    )


ROWS = a_holdout(inputs=tuple(f"sentence {row}" for row in range(60)), labels=LABELS)


@pytest.fixture(scope="module")
def checks() -> Iterator[PytestChecks]:
    assignment = load(PROJECT)
    specs = [
        replace(spec, seconds=60.0) for spec in assignment.checks if spec.id == "part2.works-in-our-own-model"
    ]
    with PytestChecks(specs, PROJECT / "checks", ROWS) as running:
        running.ready()
        yield running


def judged(checks: PytestChecks, student: FakeKernel, *, own_model: Sequence[str] = LABELS) -> CheckResult:
    judge = OwnJudge(own_model)
    (result,) = checks.at(Stop(checkpoint=PLACE, asker_for=asker_for(student), judge_for=lambda check: judge))
    return result


@pytest.mark.parametrize("style", HONEST)
def test_adapters_are_found_by_size_and_site_whatever_they_are_called(
    checks: PytestChecks, style: str
) -> None:
    result = judged(checks, kernel(HONEST[style]))
    assert result.outcome is CheckOutcome.PASSED, (result.message, result.staff_message)
    assert result.figures["agreement"] == 1.0


def test_only_head_and_adapters_leave_the_sandbox(checks: PytestChecks) -> None:
    student = kernel(HONEST["wrapper"])
    judged(checks, student)
    sent = {question.part for question in student.asked if question.kind == "array"}
    assert sent == set(HEAD) | set(sites(beside))


PLAIN = HONEST["subclass or added weights"]
LAYER = "transformer.layer[0].ffn.lin1"


RANK_4 = {
    site: array[:, :4] if array.shape[1] == RANK else array[:4] for site, array in sites(beside).items()
}


def changed(at: Arrays) -> Arrays:
    return {**PLAIN, **at}


@pytest.mark.parametrize(
    ("arrays", "outcome", "words"),
    [
        (changed({"embeddings.weight": numbers(50, WIDTH, seed="x")}), CheckOutcome.FAILED, "embeddings"),
        (changed({f"{LAYER}.kernel": numbers(WIDTH, INNER, seed="x")}), CheckOutcome.FAILED, "feed-forward"),
        (changed({f"{LAYER}.b": np.zeros((RANK, INNER), np.float32)}), CheckOutcome.FAILED, "zero"),
        (changed({f"{LAYER}.a": np.full((WIDTH, RANK), np.nan, np.float32)}), CheckOutcome.FAILED, "finite"),
        (changed({"attention.a": numbers(WIDTH, RANK, seed="x")}), CheckOutcome.FAILED, "More was added"),
        ({**BODY, **HEAD, **RANK_4},
         CheckOutcome.FAILED, "rank is not 8"),
        ({**BODY, **HEAD}, CheckOutcome.FAILED, "No adapters"),
        ({**HEAD, **sites(beside)}, CheckOutcome.WAITING, "not recognised"),
        ({**BODY, **sites(beside), "head.kernel": numbers(WIDTH, 3, seed="h")}, CheckOutcome.WAITING, "head"),
        (changed({"classifier.bias": numbers(3, seed="x")}), CheckOutcome.WAITING, "other answers"),
    ],
    ids=["embeddings moved", "base matrix moved", "zero", "not finite", "one more", "rank 4", "no adapters",
         "another body", "another head", "other answers"],
)  # fmt: skip
def test_what_is_not_the_base_model_with_rank_8_adapters_gets_no_points(
    checks: PytestChecks, arrays: Arrays, outcome: CheckOutcome, words: str
) -> None:
    result = judged(checks, kernel(arrays))
    assert result.outcome is outcome, (result.message, result.staff_message)
    assert words in result.message


def test_a_lie_about_the_body_earns_nothing_when_the_answers_differ(
    checks: PytestChecks,
) -> None:
    """The kernel names our own digests, but what answered is another model."""
    assert judged(checks, kernel(PLAIN), own_model=CONSTANT).outcome is CheckOutcome.WAITING


def test_a_few_other_answers_are_noise(checks: PytestChecks) -> None:
    one, two = ("neutral", *LABELS[1:]), ("neutral", "positive", *LABELS[2:])
    assert judged(checks, kernel(PLAIN), own_model=one).outcome is CheckOutcome.PASSED
    assert judged(checks, kernel(PLAIN), own_model=two).outcome is CheckOutcome.WAITING


def test_adapters_that_learned_nothing_earn_half(checks: PytestChecks) -> None:
    result = judged(checks, kernel(PLAIN, says=CONSTANT), own_model=CONSTANT)
    assert (result.outcome, result.fraction) == (CheckOutcome.PARTIAL, Decimal("0.5"))
