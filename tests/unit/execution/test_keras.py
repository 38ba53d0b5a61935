"""Weights and fits of real models, with TF-Keras and with Keras 3, in the course image."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from autograder.execution import kernel_side
from tests.conftest import COURSE_IMAGE

pytestmark = [pytest.mark.docker, pytest.mark.course]

SOURCES = Path(kernel_side.__file__).parent
SCRIPT = Path(__file__).parent / "keras" / "scenarios.py"
DENSE = ["kernel", "bias"]
BLOCKS = [f"encoder.layer[{number}]" for number in (0, 1)]
ADAPTED = [f"{block}.ffn.{layer}" for block in BLOCKS for layer in ("lin1", "lin2")]


@pytest.fixture(scope="module", params=["tf_keras", "keras"])
def seen(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What the scenarios saw with one of the two."""
    legacy = "1" if request.param == "tf_keras" else "0"
    variables = ["-e", f"TF_USE_LEGACY_KERAS={legacy}", "-e", "TF_CPP_MIN_LOG_LEVEL=3"]
    mounts = ["-v", f"{SOURCES}:/sources:ro", "-v", f"{SCRIPT}:/scenarios.py:ro"]
    inside = ["/opt/venv/bin/python", "/scenarios.py", "/sources"]
    command = ["docker", "run", "--rm", "--network", "none", *variables, *mounts, COURSE_IMAGE, *inside]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["keras"] == request.param
    return found


def test_layers_of_functional_and_sequential_models_are_counted(seen: dict[str, Any]) -> None:
    normal = ["gamma", "beta", "moving_mean", "moving_variance"]
    assert seen["sequential"] == [f"layers[{n}].{weight}" for n in (0, 1) for weight in DENSE]
    assert seen["functional"] == [
        *(f"layers[1].{weight}" for weight in DENSE),
        *(f"layers[2].{weight}" for weight in normal),
        *(f"layers[4].{weight}" for weight in DENSE),
    ]


def test_nested_layers_lists_and_dicts_are_named_by_their_attributes(seen: dict[str, Any]) -> None:
    sites = set(seen["nested"])
    assert {f"{layer}.{weight}" for layer in ADAPTED for weight in DENSE} <= sites
    assert {f"{BLOCKS[1]}.attention.query_dense.kernel", f"{BLOCKS[0]}.norm.gamma"} <= sites
    assert {f"encoder.heads['main']['out'].{weight}" for weight in DENSE} <= sites
    assert len(sites) == len(seen["nested"]) == 2 * (4 + 2 + 8) + 2


def test_a_wrapper_shows_up_in_the_place_of_what_it_wraps(seen: dict[str, Any]) -> None:
    assert seen["moved_by_wrapping"] == {f"{layer}.kernel": f"{layer}.base.kernel" for layer in ADAPTED}
    adapters = [f"{layer}.{matrix}" for layer in ADAPTED for matrix in ("lora_a", "lora_b")]
    assert sorted(seen["lora_trainable"]) == sorted(adapters)
    assert sorted(seen["lora_zero"]) == sorted(f"{layer}.lora_b" for layer in ADAPTED)


def test_weights_keras_does_not_know_of_are_found(seen: dict[str, Any]) -> None:
    assert seen["enclosed"] == [f"{ADAPTED[0]}.call.a", f"{ADAPTED[0]}.call.b"]
    assert seen["untracked"] == [["notes.pair[0]", [1], False], ["notes.pair[1][0]", [], False]]


def test_a_shared_weight_is_listed_once_and_cycles_end(seen: dict[str, Any]) -> None:
    assert seen["shared"] == ["first.kernel", "first.bias", "second[1].kernel", "second[1].bias"]
    assert seen["cycle"] == [f"model.layers[{n}].{weight}" for n in (0, 1) for weight in DENSE]
    assert seen["odd"], "strange attributes change nothing"


def test_every_fit_is_recorded_with_its_cell_model_and_result(seen: dict[str, Any]) -> None:
    columns = ("cell", "model", "rows", "epochs", "raised")
    assert [[fit[column] for column in columns] for fit in seen["fits"]] == [
        [3, "model-1", 12, 2, ""],
        [5, "model-1", 15, 1, ""],
        [5, "model-2", 12, 1, ""],
        [5, "model-2", 12, 0, "ValueError"],
        [5, "model-3", 12, 1, ""],
        [5, "model-3", 12, 0, "KeyboardInterrupt"],
    ]
    assert seen["raised"] == "ValueError" and seen["stopped"], "the student's own exceptions arrive"
    assert list(seen["fits"][1]["history"]) == ["loss", "mae"] and seen["models"] == [True] * 3
    assert seen["signature"], "the wrapped method still looks like Keras' own"


def test_a_fit_says_what_moved_whatever_the_flags(seen: dict[str, Any]) -> None:
    frozen_first_layer = seen["fits"][1]
    assert frozen_first_layer["moved"] == ["layers[1].kernel", "layers[1].bias"]
    assert (frozen_first_layer["trainable_size"], frozen_first_layer["total_size"]) == (15, 43)
