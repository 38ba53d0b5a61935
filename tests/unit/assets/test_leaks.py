"""Withheld rows and ready-made answers are found wherever a submission carries them."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import pickle
import random
import zlib
from dataclasses import replace
from time import process_time

import numpy as np
import pytest

from autograder.assets.haystack import HIDDEN_CHARACTERS, texts
from autograder.assets.leaks import suspicions
from autograder.model.holdout import Holdout
from autograder.model.submission import Submission, SubmittedFile

from .builders import a_submission

CLASSES = ("negative", "neutral", "positive")
DICE = random.Random(5)
WORDS = [
    a + b + c
    for a in ("ra", "mo", "ti", "ke", "lu")
    for b in ("n", "st", "v", "ll")
    for c in ("a", "or", "ent", "is")
]
ROWS = tuple(
    (
        f"{' '.join(DICE.choices(WORDS, k=6))} the {' '.join(DICE.choices(WORDS, k=DICE.randint(8, 14)))} .",
        DICE.choice(CLASSES),
    )
    for _ in range(200)
)
HIDDEN = ROWS[:60]
SHOWN = ROWS[60:]
HOLDOUT = Holdout(
    inputs=tuple(text for text, _ in HIDDEN),
    labels=tuple(label for _, label in HIDDEN),
    classes=CLASSES,
    digest="",
)
TABLE = dict(HIDDEN)
CSV = "\n".join(f'"{text}",{label}' for text, label in HIDDEN).encode()


BASE64 = base64.b64encode(CSV).decode()
LEXICON = ", ".join(f"'{word}': {number % 3}" for number, word in enumerate(WORDS))


def carrying(content: bytes, name: str = "data.bin") -> Submission:
    return replace(a_submission("x = 1"), files=(SubmittedFile(path=name, content=content),))


def saved(array: object) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.array(array))
    return stream.getvalue()


def packed(array: object) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, rows=np.array(array))
    return stream.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        CSV,
        CSV.upper(),
        json.dumps(TABLE).encode(),
        CSV.decode().encode("utf-16"),
        gzip.compress(CSV),
        base64.b64encode(CSV),
        base64.b64encode(gzip.compress(CSV)),
        saved([text for text, _ in HIDDEN]),
        packed([text for text, _ in HIDDEN]),
        pickle.dumps(TABLE),
        CSV.replace(b" the ", b" a "),
    ],
    ids=["csv", "upper", "json", "utf16", "gzip", "base64", "base64_gzip", "npy", "npz", "pickle", "near"],
)
def test_withheld_rows_in_a_data_file_are_told(content: bytes) -> None:
    said, *_ = suspicions(carrying(content), HOLDOUT)
    found = int(said.split(" holds ")[1].split()[0])
    assert said.startswith("data.bin holds") and found >= 0.7 * len(HIDDEN)


def test_the_classes_beside_the_rows_are_counted() -> None:
    (said,) = suspicions(carrying(CSV), HOLDOUT)
    assert int(said.split("word for word, ")[1].split()[0]) >= 0.9 * len(HIDDEN)
    (without,) = suspicions(carrying("\n\n".join(HOLDOUT.inputs).encode()), HOLDOUT)
    assert int(without.split("word for word, ")[1].split()[0]) <= 0.1 * len(HIDDEN)


@pytest.mark.parametrize(
    "code",
    [
        f"known = {TABLE!r}",
        f"rows = {list(HIDDEN)!r}",
        "blob = '" + base64.b64encode(gzip.compress(CSV)).decode() + "'",
        "blob = ('" + "'\n        '".join(BASE64[at : at + 76] for at in range(0, 4000, 76)) + "')",
    ],
    ids=["dict", "list", "base64", "wrapped_base64"],
)  # fmt: skip
def test_withheld_rows_in_code_are_told_with_their_cell(code: str) -> None:
    said = suspicions(a_submission("import os", code), HOLDOUT)
    assert any("cell 2 holds" in words for words in said)


def test_rows_that_everybody_may_see_are_no_leak() -> None:
    content = "\n".join(f"{text}\t{label}" for text, label in SHOWN).encode()
    assert suspicions(carrying(content), HOLDOUT) == ()


def test_two_quoted_examples_are_no_leak() -> None:
    assert suspicions(a_submission(f"examples = {list(HIDDEN[:2])!r}"), HOLDOUT) == ()


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


NUMBERS = [CLASSES.index(label) for _, label in HIDDEN]
BY_DIGEST = {digest(text): number for (text, _), number in zip(HIDDEN, NUMBERS, strict=True)}


@pytest.mark.parametrize(
    "code",
    [
        f"answers = {BY_DIGEST!r}",
        f"%matplotlib inline\nanswers = {BY_DIGEST!r}",
        f"answers = {dict(enumerate(NUMBERS))!r}",
        f"answers = {NUMBERS * 2!r}",
        f"answers = {''.join(map(str, NUMBERS * 2))!r}",
        f"answers = {[CLASSES[number] for number in NUMBERS] * 2!r}",
    ],
    ids=["digests", "magic", "row_numbers", "list", "text", "names"],
)
def test_ready_made_answers_in_code_are_told(code: str) -> None:
    (said,) = suspicions(a_submission(code), HOLDOUT)
    assert "as if answers were" in said


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(BY_DIGEST).encode(),
        "\n".join(f"{key},{number}" for key, number in BY_DIGEST.items()).encode(),
    ],
    ids=["json", "csv"],
)  # fmt: skip
def test_ready_made_answers_in_a_data_file_are_told(content: bytes) -> None:
    (said,) = suspicions(carrying(content), HOLDOUT)
    assert "as if answers were looked up" in said


@pytest.mark.parametrize(
    "code",
    [
        f"lexicon = {{{LEXICON}}}",
        "epochs = [1, 2, 0] * 90",
        "losses = [0.51, 0.42, 0.33]\nid2label = {0: 'negative', 1: 'neutral', 2: 'positive'}",
        "mask = '" + "0" * 200 + "'",
        "x = (" * 3000,
    ],
    ids=["lexicon", "computed", "figures", "zeros", "deep"],
)  # fmt: skip
def test_honest_literals_are_left_alone(code: str) -> None:
    assert suspicions(a_submission(code), HOLDOUT) == ()


def test_a_bomb_is_read_up_to_the_budget_only() -> None:
    bomb = gzip.compress(b"a" * 200_000_000)
    assert suspicions(carrying(bomb), HOLDOUT) == ()


@pytest.mark.parametrize("unit", ["\n", " ", " " * 298 + "\n", "\" '"])
def test_no_text_makes_the_search_slow(unit: str) -> None:
    content = ('"' + unit * (300_000 // len(unit))).encode()
    began = process_time()
    assert suspicions(carrying(content), HOLDOUT) == ()
    assert process_time() - began < 5.0


def test_what_unfolds_without_end_is_read_up_to_the_budget_only() -> None:
    bomb = zlib.compress(b"\n" * 100_000, 9)
    word = base64.b64encode(bomb)
    found = texts(carrying(b" ".join([word] * 1_000)))
    assert sum(len(text.content) for text in found) < HIDDEN_CHARACTERS + 1_000_000
