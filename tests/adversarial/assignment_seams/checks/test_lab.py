"""Checks that run outside the student's kernel. The labels in texts.csv must never be seen by a student."""

import csv
from pathlib import Path

from autograder.checks.api import accuracy, check, grade_by

TEXTS = Path(__file__).parent / "texts.csv"


@check("predict")
def predicts_texts_nobody_has_seen(student):
    """`predict` must name the direction of every text."""
    with TEXTS.open(newline="") as file:
        rows = list(csv.DictReader(file))
    labels = [row["label"].removeprefix("HIDDEN-LABEL-").removesuffix("-7f3a") for row in rows]
    predicted = student.within(seconds=3).call("predict", [row["text"] for row in rows])
    return grade_by(accuracy(predicted, labels), {"0.75": "0.5", "1": "1"})


@check("count")
def counts_the_rising_texts(student):
    """`count` must say how many of the four given texts rise."""
    assert student.within(seconds=3).integer("count") == 2, "`count` is another number."
