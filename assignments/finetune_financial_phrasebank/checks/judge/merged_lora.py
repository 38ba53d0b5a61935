"""Our own copy of the base model with a student's head and adapters. Runs in the judge sandbox.

Two things are the student's choice and cannot be read from arrays: by which number the detours are multiplied,
and at how many tokens sentences are cut. Both are looked for by what agrees best with the student's own answers.
No label is here, so the search cannot favour what is right.
"""

from __future__ import annotations

MODEL = "distilbert-base-uncased"
SCALES = (1.0, 2.0, 0.5, 4.0, 0.25, 0.125, 8.0, 16.0, 32.0)
CUTS = (128, 96, 64, 56, 48, 40, 32, 24, 16)
BATCH = 64


def judge(classes, head, adapters, inputs, answers, enough):
    """Give a class for each input, with the scale and the cut (0: none) that agree best with `answers`.

    `adapters` hold block, "lin1" or "lin2", A and B of each layer. An agreement of `enough` ends the search.
    """
    own = OwnModel(len(classes), head, adapters, inputs)
    everything = sorted(range(len(inputs)), key=lambda row: own.lengths[row])

    def agreement(found):
        return sum(classes[number] == answers[row] for row, number in found.items()) / max(1, len(found))

    found, scale, cut = own.classes_of(everything, 1.0), 1.0, 0
    if agreement(found) < enough:
        short = everything[: max(32, len(everything) // 2)]  # hardly anybody cuts these
        tried = {1.0: {row: found[row] for row in short}}
        tried |= {other: own.classes_of(short, other) for other in SCALES[1:]}
        scale = max(tried, key=lambda one: agreement(tried[one]))
        found = found if scale == 1.0 else own.classes_of(everything, scale)
    whole = dict(found)
    for shorter in CUTS:
        if agreement(found) >= enough:
            break
        longer = [row for row in everything if own.lengths[row] > shorter]
        other = {**whole, **own.classes_of(longer, scale, cut=shorter)}
        if agreement(other) > agreement(found):
            found, cut = other, shorter
    return {"predicted": [classes[found[row]] for row in range(len(inputs))], "scale": scale, "cut": cut}


class OwnModel:
    """The base model as its files say, with another head, and with adapters merged into its matrices."""

    def __init__(self, classes, head, adapters, inputs):
        from transformers import AutoTokenizer, TFAutoModelForSequenceClassification

        self.model = TFAutoModelForSequenceClassification.from_pretrained(MODEL, num_labels=classes)
        self.tokenizer = AutoTokenizer.from_pretrained(MODEL)
        self.inputs = inputs
        self.lengths = [
            len(numbers) for numbers in self.tokenizer(list(inputs), truncation=True)["input_ids"]
        ]
        targets = (*self.model.pre_classifier.weights, *self.model.classifier.weights)
        for weight, values in zip(targets, head, strict=True):
            weight.assign(values)
        blocks = self.model.distilbert.transformer.layer
        kernels = [getattr(blocks[block].ffn, name).kernel for block, name, _, _ in adapters]
        self.merged = [
            (kernel, kernel.numpy(), a @ b) for kernel, (_, _, a, b) in zip(kernels, adapters, strict=True)
        ]
        self.scale = 0.0

    def classes_of(self, rows, scale, *, cut=0):
        """Give the number of the class for each of these rows."""
        if scale != self.scale:
            for kernel, base, change in self.merged:
                kernel.assign(base + scale * change)
            self.scale = scale
        found = {}
        for start in range(0, len(rows), BATCH):
            some = rows[start : start + BATCH]
            encoded = self.tokenizer(
                [self.inputs[row] for row in some],
                padding=True, truncation=True, max_length=cut or None, return_tensors="tf",
            )  # fmt: skip
            scores = self.model(
                {"input_ids": encoded["input_ids"], "attention_mask": encoded["attention_mask"]},
                training=False,
            ).logits
            found |= dict(zip(some, scores.numpy().argmax(axis=-1).tolist(), strict=True))
        return found
