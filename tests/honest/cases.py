"""The honest submissions of the small assignment. Cells stand in `cases.txt`, unusual files in `forms.py`."""

from __future__ import annotations

from typing import Final

from tests.honest.forms import FORMS
from tests.honest.submissions import HERE, HonestCase, Prose

USUAL: Final = {
    "mean": "def mean(values):\n    return float(np.mean(values))",
    "above_mean": "above_mean = sum(price > mean(prices) for price in prices)\nabove_mean",
    "predict": "def predict(values):\n    return [int(value > np.mean(values)) for value in values]",
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


SMALL: Final = (*read((HERE / "cases.txt").read_text(encoding="utf-8")), *FORMS)
