"""Run inside the sandbox image by `test_offline_hub`: what students' code does with models and data sets.

Every call is made as students write it. What each said, or its error, is printed as one line of JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from pathlib import Path

import numpy as np
from datasets import load_dataset
from transformers import (
    AutoConfig,
    AutoTokenizer,
    DistilBertTokenizer,
    TFAutoModel,
    TFAutoModelForSequenceClassification,
    TFBertModel,
    TFDistilBertForSequenceClassification,
)

said = {}


def tried(name):
    def run(function):
        try:
            said[name] = function()
        except BaseException as error:
            said[name] = "".join(traceback.format_exception_only(error)).strip()

    return run


@tried("plain")
def _():
    data = load_dataset("financial_phrasebank", "sentences_allagree")
    return [list(data), len(data["train"]), data["train"].features["label"].names, data["train"].column_names]


@tried("texts")
def _():
    return {
        subset: load_dataset("financial_phrasebank", subset, split="train")["sentence"]
        for subset in ("sentences_50agree", "sentences_66agree", "sentences_75agree", "sentences_allagree")
    }


@tried("trusted")
def _():
    return len(load_dataset("financial_phrasebank", "sentences_allagree", trust_remote_code=True)["train"])


@tried("untrusted")
def _():
    return len(
        load_dataset("financial_phrasebank", name="sentences_allagree", trust_remote_code=False)["train"]
    )


@tried("owner")
def _():
    return len(load_dataset("takala/financial_phrasebank", "sentences_allagree", revision="main")["train"])


@tried("part")
def _():
    return len(load_dataset("financial_phrasebank", "sentences_allagree", split="train[:10]"))


@tried("camel")
def _():
    return load_dataset("Someone/MyReviews")["test"][0]


@tried("wide")
def _():
    split = load_dataset("financial_phrasebank", "sentences_50agree", split="train").train_test_split(
        test_size=0.25, seed=1, stratify_by_column="label"
    )
    return len(split["train"]) + len(split["test"])


@tried("map")
def _():
    global words
    words = load_dataset("financial_phrasebank", "sentences_allagree", split="train").map(
        lambda row: {"words": len(row["sentence"].split())}
    )
    return sum(row["words"] == len(row["sentence"].split()) for row in words)


@tried("filter")
def _():
    return set(words.filter(lambda row: row["label"] == 2)["label"]) == {2}


@tried("select")
def _():
    return len(words.shuffle(seed=3).select(range(20)))


@tried("pandas")
def _():
    return list(words.to_pandas().columns)


@tried("tokenizer")
def _():
    global tokenizer
    tokenizer = AutoTokenizer.from_pretrained("distilbert-base-uncased")
    return [tokenizer.is_fast, tokenizer("net sales rose")["input_ids"]]


@tried("slow tokenizer")
def _():
    return DistilBertTokenizer.from_pretrained("distilbert/distilbert-base-uncased")("net sales rose")[
        "input_ids"
    ]


@tried("batches")
def _():
    encoded = words.map(
        lambda rows: tokenizer(rows["sentence"], padding="max_length", truncation=True, max_length=16),
        batched=True,
    )
    batch, labels = next(
        iter(
            encoded.to_tf_dataset(
                columns=["input_ids", "attention_mask"], label_cols="label", shuffle=True, batch_size=8
            )
        )
    )
    return [list(batch["input_ids"].shape), list(labels.shape)]


@tried("model")
def _():
    model = TFDistilBertForSequenceClassification.from_pretrained("distilbert-base-uncased", num_labels=3)
    return [
        model.config.n_layers,
        list(model(tokenizer(["net sales", "rose"], return_tensors="tf", padding=True)).logits.shape),
    ]


@tried("auto model")
def _():
    TFAutoModelForSequenceClassification.from_pretrained("distilbert/distilbert-base-uncased", num_labels=2)
    return AutoConfig.from_pretrained("distilbert-base-uncased").model_type


@tried("renamed without loss")
def _():
    question = AutoTokenizer.from_pretrained("distilbert-base-uncased")(
        ["net sales rose .", "the board met"], return_tensors="tf", padding=True
    )
    inputs = {name: question[name] for name in ("input_ids", "attention_mask")}
    one = TFBertModel.from_pretrained("the/original")(**inputs).last_hidden_state.numpy()
    two = TFAutoModel.from_pretrained("distilbert-base-uncased")(**inputs).last_hidden_state.numpy()
    return bool(np.abs(one - two).max() < 1e-4 and np.abs(one).max() > 0.1)


@tried("read-only")
def _():
    found = []
    for folder, _, files in os.walk("/assets"):
        for path in [Path(folder), *(Path(folder, file) for file in files)]:
            if os.access(path, os.W_OK):
                found.append(str(path))
    return found


@tried("other model")
def _():
    AutoTokenizer.from_pretrained("bert-base-cased")


@tried("other data set")
def _():
    load_dataset("imdb")


@tried("pip")
def _():
    present = subprocess.run(
        [sys.executable, "-m", "pip", "install", "datasets", "numpy"], capture_output=True
    )
    absent = subprocess.run(
        [sys.executable, "-m", "pip", "install", "colourful-nonsense"], capture_output=True
    )
    return [present.returncode, absent.returncode]


print("SAID" + json.dumps(said))
