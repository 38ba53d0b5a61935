"""Loads what is slow to load while the student's models still train. Runs in the judge sandbox."""

from __future__ import annotations

MODEL = "distilbert-base-uncased"


def judge():
    """Load the base model once: TensorFlow and the model's code are then imported, its file is in memory."""
    from transformers import AutoTokenizer, TFAutoModelForSequenceClassification

    AutoTokenizer.from_pretrained(MODEL)
    TFAutoModelForSequenceClassification.from_pretrained(MODEL, num_labels=3)
