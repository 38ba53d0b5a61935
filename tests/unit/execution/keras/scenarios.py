"""Tiny models, listed and fitted with our kernel-side sources, where TensorFlow is. Prints one JSON object.

    python scenarios.py FOLDER_OF_THE_SOURCES

`TF_USE_LEGACY_KERAS` decides which Keras.
"""

import json
import sys
from pathlib import Path

sources = Path(sys.argv[1])
space = {"__name__": "_nbverdict"}
for part in ("weights", "ledger"):
    exec(compile((sources / f"{part}.py").read_text(), "<autograder>", "exec"), space)
cell = {"now": -1}
ledger = space["install"](lambda: cell["now"])

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from tensorflow import keras  # noqa: E402

listed = space["list_weights"]
seen = {"keras": keras.Model.__module__.partition(".")[0]}
SIX, THREE = np.zeros((12, 6), "f4"), np.zeros((12, 3), "f4")


def sites(model):
    return [weight["site"] for weight in listed(model)]


def by_digest(model):
    return {weight["digest"]: weight["site"] for weight in listed(model) if not weight["zero"]}


def unlocked(layer):
    tracker = getattr(layer, "_tracker", None)
    if tracker is not None:
        tracker.unlock()


class Feed(keras.layers.Layer):
    def __init__(self, **k):
        super().__init__(**k)
        self.lin1, self.lin2 = keras.layers.Dense(5), keras.layers.Dense(6)

    def call(self, x):
        return self.lin2(self.lin1(x))


class Block(keras.layers.Layer):
    def __init__(self, **k):
        super().__init__(**k)
        self.ffn, self.norm = Feed(), keras.layers.LayerNormalization()
        self.attention = keras.layers.MultiHeadAttention(2, 3)
        self.dropout = keras.layers.Dropout(0.1)

    def call(self, x):
        return self.norm(self.dropout(self.ffn(x)) + self.attention(x[:, None], x[:, None])[:, 0])


class Encoder(keras.layers.Layer):
    def __init__(self, **k):
        super().__init__(**k)
        self.layer = [Block(name=f"block_{i}") for i in range(2)]
        self.heads = {"main": {"out": keras.layers.Dense(3)}}

    def call(self, x):
        for block in self.layer:
            x = block(x)
        return self.heads["main"]["out"](x)


class Whole(keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()

    def call(self, x):
        return self.encoder(x)


class Lora(keras.layers.Layer):
    def __init__(self, base, rank=2):
        super().__init__()
        self.base = base
        base.trainable = False
        self.lora_a = self.add_weight(name="Variable", shape=(base.kernel.shape[0], rank))
        self.lora_b = self.add_weight(name="Variable", shape=(rank, base.units), initializer="zeros")

    def call(self, x):
        return self.base(x) + tf.matmul(tf.matmul(x, self.lora_a), self.lora_b)


def whole():
    model = Whole()
    model(SIX)
    return model


def functional():
    inputs = keras.Input((6,))
    hidden = keras.layers.BatchNormalization()(keras.layers.Dense(4)(inputs))
    return keras.Model(inputs, keras.layers.Dense(3)(keras.layers.Dropout(0.2)(hidden)))


seen["functional"] = sites(functional())
sequential = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(3)])
sequential.build((None, 6))
seen["sequential"] = sites(sequential)

model = whole()
seen["nested"] = sites(model)
before = by_digest(model)
adapters = []
for block in model.encoder.layer:
    unlocked(block.ffn)
    block.ffn.lin1, block.ffn.lin2 = Lora(block.ffn.lin1), Lora(block.ffn.lin2)
    adapters += [block.ffn.lin1, block.ffn.lin2]
unlocked(model)
model.adapters = adapters
model(SIX)
after = by_digest(model)
seen["wrapped"] = sites(model)
seen["moved_by_wrapping"] = {
    site: after.get(digest) for digest, site in before.items() if after.get(digest) != site
}
seen["lora_trainable"] = [w["site"] for w in listed(model) if w["trainable"] and "ffn" in w["site"]]
seen["lora_zero"] = [w["site"] for w in listed(model) if w["zero"] and "lora" in w["site"]]

patched = whole()


def adapt(layer):
    a, b = tf.Variable(tf.ones((6, 2))), tf.Variable(tf.zeros((2, 5)))
    old = layer.call
    layer.call = lambda x: old(x) + tf.matmul(tf.matmul(x, a), b)


adapt(patched.encoder.layer[0].ffn.lin1)
seen["enclosed"] = [site for site in sites(patched) if "call" in site]


class Bag:
    pass


hidden = whole()
bag = Bag()
bag.pair = (tf.Variable([1.0]), [tf.Variable(2.0)])
hidden.__dict__["notes"] = bag
seen["untracked"] = [(w["site"], w["shape"], w["trainable"]) for w in listed(hidden) if "notes" in w["site"]]

shared = keras.Sequential([keras.layers.Dense(6), keras.layers.Dense(6)])
shared.build((None, 6))
twin = Bag()
twin.first, twin.second = shared.layers[0], [shared.layers[0], shared.layers[1]]
seen["shared"] = sites(twin)

loop = Bag()
loop.itself, loop.model = loop, sequential
seen["cycle"] = sites(loop)


class Stubborn:
    def __getattribute__(self, name):
        raise RuntimeError("no")


odd = whole()
odd.__dict__["odd"] = [Stubborn(), {1: 2}, lambda: odd, "text", np.zeros(3), tf.constant([1.0])]
seen["odd"] = len(sites(odd)) == len(seen["nested"])


def train(model, **more):
    return model.fit(SIX, THREE, verbose=0, **more)


first, second = sequential, functional()
cell["now"] = 3
first.compile("adam", "mse")
train(first, epochs=2)
cell["now"] = 5
first.layers[0].trainable = False
first.compile("sgd", "mse", metrics=["mae"])
first.fit(tf.data.Dataset.from_tensor_slices((SIX + 1, THREE + 1)).batch(5), verbose=0)
second.compile("adam", "mse")
train(second, batch_size=4)
try:
    second.fit(SIX, THREE[:5], verbose=0)
    raised = ""
except Exception as error:
    raised = type(error).__name__


class Own(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(3)

    def call(self, x):
        return self.dense(x)

    def fit(self, *arguments, **keywords):
        return super().fit(*arguments, **keywords)


own = Own()
own.compile("adam", "mse")
train(own)


class Stop(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        raise KeyboardInterrupt


try:
    train(own, epochs=3, callbacks=[Stop()])
    stopped = False
except KeyboardInterrupt:
    stopped = True
seen["raised"], seen["stopped"] = raised, stopped


def moved(record):
    old = {weight["site"]: weight["digest"] for weight in record["before"]}
    return [weight["site"] for weight in record["after"] if old.get(weight["site"]) != weight["digest"]]


seen["fits"] = [
    {
        **{key: value for key, value in record.items() if key not in ("before", "after")},
        "moved": moved(record),
    }
    for record in ledger.fits
]
json.dumps(ledger.fits, allow_nan=False)
seen["models"] = [ledger.model_of(f"model-{n}") is model for n, model in ((1, first), (2, second), (3, own))]
seen["signature"] = "epochs" in str(__import__("inspect").signature(keras.Model.fit))

sys.stdout.write(json.dumps(seen))
