"""The honest submissions. Their cells stand in the text files here, unusual files in `forms.py`."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from autograder.assets.phrasebank import to_bytes
from autograder.assets.sentences import made_up
from tests.honest.forms import FORMS, MORE_FORMS
from tests.honest.submissions import HERE, HonestCase, Prose

USUAL: Final = {
    "mean": "def mean(values):\n    return float(np.mean(values))",
    "above_mean": "above_mean = sum(price > mean(prices) for price in prices)\nabove_mean",
    "predict": "def predict(values):\n    return [int(value > np.mean(values)) for value in values]",
}
COURSE_USUAL: Final = {
    "load": (
        "import numpy as np\nimport tensorflow as tf\nfrom datasets import load_dataset\n"
        'bank = load_dataset("financial_phrasebank", "sentences_allagree")["train"]\n'
        'sentences, labels = bank["sentence"], np.array(bank["label"])'
    ),
    "train": "",
    "classify": (
        "def classify(texts):\n    return np.argmax(model.predict(features(texts), verbose=0), axis=1)"
    ),
}
CASE: Final = "=== "
PART: Final = "--- "


def read(text: str) -> tuple[HonestCase, ...]:
    """Read cases: `=== id | title`, then parts that begin with `--- `, lines verbatim."""
    return tuple(one_case(block) for block in f"\n{text}".split(f"\n{CASE}")[1:])


def one_case(block: str) -> HonestCase:
    head, *parts = block.split(f"\n{PART}")
    name, _, title = head.partition(" | ")
    cells: dict[str, list[str | Prose]] = {"first": [], "last": []}
    answers, files = {}, {}
    for part in parts:
        line, _, body = part.partition("\n")
        word, _, rest = line.partition(" ")
        if word == "answer":
            answers[rest] = body
        elif word == "file":
            files[rest] = f"{body}\n"
        else:
            cells[word].append(Prose(body, rest) if rest else body)
    return HonestCase(
        id=name, title=title.strip(), first=tuple(cells["first"]), last=tuple(cells["last"]), answers=answers,
        files=files,
    )  # fmt: skip


def cells_in(name: str) -> tuple[HonestCase, ...]:
    return read((HERE / name).read_text(encoding="utf-8"))


SMALL: Final = (*cells_in("cases.txt"), *FORMS)
MORE: Final = (*cells_in("more_cases.txt"), *MORE_FORMS)


def course_cases() -> tuple[HonestCase, ...]:
    """The cases with TensorFlow. Every hand-in has the data set's own text file with it, as many have."""
    own = to_bytes(made_up().subsets["sentences_allagree"])
    return tuple(
        replace(case, needs="course", files={"FinancialPhraseBank-v1.0/Sentences_AllAgree.txt": own})
        for case in cells_in("course_cases.txt")
    )
