"""Which arrays the base model has, by its own files. Runs in the judge sandbox: no student code is there."""

from __future__ import annotations

import hashlib
import re

MODEL = "distilbert-base-uncased"


def judge(classes):
    """List the arrays of the pre-trained body, the adapted layers, and the shapes of the head's arrays."""
    import numpy as np
    from transformers import TFAutoModelForSequenceClassification

    def described(weight):
        array = np.asarray(weight.numpy(), order="C")
        name = re.sub(r"layer_\._(\d+)", r"layer[\1]", weight.name.split("distilbert/")[-1])
        return {
            "site": name.removesuffix(":0").replace("/", "."),
            "shape": list(array.shape),
            "digest": hashlib.sha256(array.reshape(-1).view(np.uint8)).hexdigest(),
        }

    model = TFAutoModelForSequenceClassification.from_pretrained(MODEL, num_labels=classes)
    layers = [
        {"block": block, "name": name, **described(getattr(layer.ffn, name).kernel)}
        for block, layer in enumerate(model.distilbert.transformer.layer)
        for name in ("lin1", "lin2")
    ]
    head = (*model.pre_classifier.weights, *model.classifier.weights)
    return {
        "body": [described(weight) for weight in model.distilbert.weights],
        "layers": layers,
        "head": [list(weight.shape) for weight in head],
    }
