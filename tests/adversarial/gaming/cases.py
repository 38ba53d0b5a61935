"""Rows I: gaming the metric and the rules. What these cases cannot show without training stands in `test_recorded.py`."""

# ruff: noqa: E501 - attacks are told in long lines
from __future__ import annotations

import base64
from pathlib import Path

from tests.adversarial.harness import NO_MARKS, Batch, Case, Expect, as_bytes, release_notebook, wrong, zip_of

NOTHING = Expect(checks=NO_MARKS)
STALE = "nbv-stale-output-of-another-run"
PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(64)).decode()

MEMORISED = r"""
def predict(texts):
    known = {"up in Turku": "rising", "down in Lahti": "falling", "up up down in Vaasa": "rising", "level in Pori": "level"}
    return [known.get(text, "rising") for text in texts]
"""
BY_HASH = r"""
import hashlib
def predict(texts):
    known = {hashlib.md5(text.strip().lower().encode()).hexdigest(): label for text, label in zip(
        given, ["rising", "falling", "rising", "level"])}
    return [known.get(hashlib.md5(text.strip().lower().encode()).hexdigest(), "level") for text in texts]
"""
NEAREST = r"""
import difflib
def predict(texts):
    known = {"up in Turku": "rising", "down in Lahti": "falling", "level in Pori": "level"}
    return [known[difflib.get_close_matches(text, known, 1, 0)[0]] for text in texts]
"""
# Learns from what it is asked: the second question about the same texts would be easier.
LEARNS = r"""
asked = {}
def predict(texts):
    turn = asked.setdefault(tuple(texts), []); turn.append(1)
    return [("rising", "falling", "level")[len(turn) % 3] for _ in texts]
"""
LOG = rf"""
import base64, time
from IPython.display import Image, display
for epoch in range(1, 6):
    print(f"Epoch {{epoch}}/5 - loss: {{1 / epoch:.4f}} - accuracy: {{1 - 0.5 / epoch:.4f}} - val_accuracy: 0.9876")
class History:
    history = {{"loss": [1, 0.5, 0.1], "val_accuracy": [0.8, 0.9, 0.99]}}
    params = {{"epochs": 3}}; epoch = [0, 1, 2]
history = History()
print("Holdout accuracy: 1.0"); print("mean: 3/3  predict: 4/4  count: 3/3")
display(Image(data=base64.b64decode("{PICTURE}"), format="png"))
import sys
ledger = sys.modules.get("_nbverdict_ledger")
ledger.fits.append({{"cell": 1, "model": "model-1", "before": [], "after": [], "history": History.history, "epochs": 3,
    "metrics": ["val_accuracy"], "rows": 1000, "steps": 10, "seconds": 60.0, "raised": "", "cut": False,
    "trainable_size": 1, "total_size": 2}})
ledger.model_of = lambda name: None
"""
SAME = "count = added_total = added_parms_calc = 4\nassert(True)\nassert added_total == added_parms_calc\nassert count == count"


def stale(place: Path) -> Path:
    """Wrong work that carries the outputs of a right run."""
    notebook = release_notebook(right=False)
    for number, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "code":
            cell["execution_count"] = number + 1
            cell["outputs"] = [
                {"output_type": "stream", "name": "stdout", "text": f"{STALE}: all tests passed\n"},
                {"output_type": "execute_result", "execution_count": number + 1, "metadata": {},
                 "data": {"text/plain": "3.0", "image/png": PICTURE}},
            ]  # fmt: skip
    return zip_of({"lab.ipynb": as_bytes(notebook)})(place)


def neutralised(place: Path) -> Path:
    """Wrong work whose test cell says `assert(True)`."""
    notebook = release_notebook(right=False, replaced={"test_mean": "assert(True)"}, extra_after=[SAME])
    return zip_of({"lab.ipynb": as_bytes(notebook)})(place)


def easy_data(place: Path) -> Path:
    """Wrong work that changes the locked cell with the data, and the data again later."""
    notebook = release_notebook(
        right=False,
        replaced={"given": 'given = ["up"] * 2', "count": 'count = given.count("up")'},
        extra_between=['given = ["up"] * 3'],
    )
    return zip_of({"lab.ipynb": as_bytes(notebook), "texts.csv": b"text,label\nup,rising\n"})(place)


CASES = (
    Case(
        id="I01-memorised",
        title="Answer from the texts that were handed out, instead of having learned anything.",
        promise="separated",
        build=wrong(extra_after=[MEMORISED]),
        expect=NOTHING,
    ),
    Case(
        id="I02-by-hash",
        title="Answer from a table of hashes, and one class for everything else.",
        promise="separated",
        build=wrong(extra_after=[BY_HASH]),
        expect=NOTHING,
    ),
    Case(
        id="I02-nearest",
        title="Answer with the label of the most similar text that was handed out.",
        promise="separated",
        build=wrong(extra_after=[NEAREST]),
        expect=Expect(checks={"predict": "failed|partial", "mean": "failed", "count": "failed"}),
    ),
    Case(
        id="I02-answers-change",
        title="Give other answers each time the same is asked, hoping that the best ones count.",
        promise="verdict-outside",
        build=wrong(extra_after=[LEARNS]),
        expect=NOTHING,
    ),
    Case(
        id="I07-printed-log",
        title="Print a training log, show a plot of a picture, and write a training into the ledger.",
        promise="evidence",
        build=wrong([LOG]),
        expect=NOTHING,
    ),
    Case(
        id="I09-stale-outputs",
        title="Hand in wrong work with the stored outputs of a right run.",
        promise="evidence",
        build=stale,
        expect=Expect(checks=NO_MARKS, absent=(STALE,)),
    ),
    Case(
        id="I10-neutralised",
        title="Replace the test by `assert(True)` and set all compared numbers to one value.",
        promise="evidence",
        build=neutralised,
        expect=Expect(checks=NO_MARKS, flagged="was changed"),
    ),
    Case(
        id="I14-easier-data",
        title="Change the locked cell with the data so that a wrong count is right.",
        promise="evidence",
        build=easy_data,
        expect=Expect(checks=NO_MARKS, flagged="was changed"),
    ),
)  # fmt: skip


def check(batch: Batch) -> None:
    """What was executed is what counts: outputs stored in the submission are not among the run's."""
    run = (batch.attacks["I09-stale-outputs"].folder / "evidence" / "execution.json").read_text()
    assert STALE not in run
