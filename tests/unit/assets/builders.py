"""Small assets for tests: a phrase bank, a BERT and a DistilBERT of a few thousand weights, submissions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from autograder.assets import safetensors, standin
from autograder.assets.phrasebank import FILES, PhraseBank, Row, write
from autograder.assets.rows import Feature
from autograder.assets.store import Store
from autograder.model.ids import StudentId, SubmissionId
from autograder.model.submission import Submission

WORDS = (
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "net",
    "sales",
    "rose",
    "fell",
    "the",
    "board",
    "met",
    "##s",
    ".",
)
TEXT_AND_CLASS = (
    Feature(name="text", type="string"),
    Feature(name="label", type="class_label", names=("bad", "good")),
)


def a_store(folder: Path) -> Store:
    return Store(folder / "store", clock=lambda: datetime(2025, 3, 1, tzinfo=UTC))


def a_bank(rows: Iterable[tuple[str, str]]) -> PhraseBank:
    """The same rows in all four subsets."""
    table = tuple(Row(sentence, label) for sentence, label in rows)
    return PhraseBank(subsets=dict.fromkeys(FILES, table))


def many_rows(count: int = 100) -> list[tuple[str, str]]:
    """Distinct sentences: one fifth negative, three fifths neutral, one fifth positive."""
    labels = ("negative", "neutral", "neutral", "neutral", "positive")
    return [
        (f"{_word(number)} reports {labels[number % 5]} news .", labels[number % 5])
        for number in range(count)
    ]


def _word(number: int) -> str:
    letters = "abcdefghij"
    return "".join(letters[int(digit)] for digit in f"{number:04}")


def four_files(folder: Path, bank: PhraseBank | None = None) -> Path:
    write(bank or a_bank(many_rows()), folder)
    return folder


def with_phrasebank(folder: Path, bank: PhraseBank | None = None) -> Store:
    store = a_store(folder)
    store.add_phrasebank(four_files(folder / "texts", bank))
    return store


def a_tiny_bert(folder: Path, *, width: int = 12, inner: int = 24) -> Path:
    """A folder like the one the package carries: random weights, 6 layers, a tokenizer of a dozen words."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(7)
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(WORDS), width),
        "embeddings.position_embeddings.weight": (512, width),
        "embeddings.token_type_embeddings.weight": (2, width),
        "embeddings.LayerNorm.weight": (width,),
        "embeddings.LayerNorm.bias": (width,),
        "pooler.dense.weight": (width, width),
        "pooler.dense.bias": (width,),
    }
    for layer in range(standin.LAYERS):
        dense = {
            "attention.self.query": (width, width),
            "attention.self.key": (width, width),
            "attention.self.value": (width, width),
            "attention.output.dense": (width, width),
            "intermediate.dense": (inner, width),
            "output.dense": (width, inner),
        }
        for name, shape in dense.items():
            shapes[f"encoder.layer.{layer}.{name}.weight"] = shape
            shapes[f"encoder.layer.{layer}.{name}.bias"] = shape[:1]
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes[f"encoder.layer.{layer}.{name}.weight"] = (width,)
            shapes[f"encoder.layer.{layer}.{name}.bias"] = (width,)
    arrays = {name: random.normal(0, 0.5, shape).astype("<f4") for name, shape in shapes.items()}
    safetensors.write(folder / "model.safetensors", arrays, metadata={"format": "pt"})
    config = {
        "architectures": ["BertModel"], "attention_probs_dropout_prob": 0.1, "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1, "hidden_size": width, "initializer_range": 0.02,
        "intermediate_size": inner, "layer_norm_eps": 1e-12, "max_position_embeddings": 512,
        "model_type": "bert", "num_attention_heads": 3, "num_hidden_layers": standin.LAYERS,
        "pad_token_id": 0, "type_vocab_size": 2, "vocab_size": len(WORDS),
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n", encoding="utf-8")
    (folder / "tokenizer.json").write_text(json.dumps(_tokenizer()), encoding="utf-8")
    return folder


def _tokenizer() -> dict[str, Any]:
    special = [
        {"id": number, "content": word, "single_word": False, "lstrip": False, "rstrip": False,
         "normalized": False, "special": True}
        for number, word in enumerate(WORDS[:5])
    ]  # fmt: skip
    one = [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
           {"SpecialToken": {"id": "[SEP]", "type_id": 0}}]  # fmt: skip
    two = [{"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}]
    return {
        "version": "1.0",
        "truncation": {"max_length": 128, "strategy": "LongestFirst", "stride": 0, "direction": "Right"},
        "padding": {"strategy": {"Fixed": 128}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0,
                    "pad_type_id": 0, "pad_token": "[PAD]"},
        "added_tokens": special,
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                       "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing", "single": one, "pair": one + two,
            "special_tokens": {name: {"id": name, "ids": [WORDS.index(name)], "tokens": [name]}
                               for name in ("[CLS]", "[SEP]")},
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100,
                  "vocab": {word: number for number, word in enumerate(WORDS)}},
    }  # fmt: skip


def a_tiny_model(folder: Path, *, layers: int = 2) -> Path:
    """A DistilBERT checkpoint of a few thousand random weights."""
    return standin.make(a_tiny_bert(folder.with_name(folder.name + "-bert")), folder, layers=layers)


def a_notebook(*cells: str) -> str:
    """Notebook text (nbformat 4 JSON) with these code cells."""
    return json.dumps(
        {
            "cells": [
                {"cell_type": "code", "id": f"c{number}", "metadata": {}, "source": source, "outputs": [],
                 "execution_count": None}
                for number, source in enumerate(cells)
            ],
            "metadata": {}, "nbformat": 4, "nbformat_minor": 5,
        }
    )  # fmt: skip


def a_submission(*cells: str, id: str = "s1", notebooks: Mapping[str, str] | None = None) -> Submission:
    return Submission(
        id=SubmissionId(id),
        student=StudentId(id),
        attempt=1,
        digest="0" * 64,
        received=datetime(2025, 3, 2, tzinfo=UTC),
        archive_name="x.zip",
        notebooks=notebooks or {"work.ipynb": a_notebook(*cells)},
    )
