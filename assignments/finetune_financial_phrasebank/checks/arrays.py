"""Which arrays of a DistilBERT classifier are body, head, feed-forward layer or adapter. Pure functions.

Arrays are compared by shape and content. Sites are read only where no wrapper was put around a layer, or to say
in words what moved. A structure that is not recognised is for a person.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from autograder.checks.api import Weight, waiting

RANK = 8
BLOCK = re.compile(r"\btransformer\.layer\[(\d+)\]\.(.+)")
EMBEDDINGS = re.compile(r"(^|\.)embeddings\.")
FEED_FORWARD = re.compile(r"\b(lin1|lin2)\b")

Shape = tuple[int, ...]
Key = tuple[Shape, str]
Layer = tuple[int, str]


@dataclass(frozen=True)
class Parts:
    """The arrays of one model. `layers` maps (block, "lin1" or "lin2") to the shape of that layer's matrix."""

    body: tuple[Weight, ...]
    head: tuple[Weight, ...]
    layers: dict[Layer, Shape]

    @property
    def everything(self) -> tuple[Weight, ...]:
        """Body and head."""
        return (*self.body, *self.head)

    @property
    def adapter_size(self) -> int:
        """How many numbers rank-8 adapters on all layers have: rank * (fan in + fan out) each."""
        return sum(RANK * sum(shape) for shape in self.layers.values())


def read(listing: Sequence[Weight]) -> Parts | None:
    """Sort the arrays of a model, or return None when it does not look like a DistilBERT with a head."""
    body: list[Weight] = []
    head: list[Weight] = []
    layers: dict[Layer, Shape] = {}
    for weight in floating(listing):
        block = BLOCK.search(weight.site)
        (body if block or EMBEDDINGS.search(weight.site) else head).append(weight)
        layer = FEED_FORWARD.search(block[2]) if block else None
        if block and layer and len(weight.shape) == 2:
            place = (int(block[1]), layer[1])
            layers[place] = max(layers.get(place, (0, 0)), weight.shape, key=lambda s: s[0] * s[1])
    blocks = len({block for block, _ in layers})
    expected = {(block, name) for block in range(blocks) for name in ("lin1", "lin2")}
    if not head or not layers or set(layers) != expected:
        return None
    return Parts(body=tuple(body), head=tuple(head), layers=layers)


def parts(listing: Sequence[Weight], name: str) -> Parts:
    """Sort the arrays of the model in `name`; an unknown structure is left to a person."""
    return read(listing) or waiting(
        f"The structure of `{name}` was not recognised. A person will look at it."
    )


def floating(listing: Iterable[Weight]) -> tuple[Weight, ...]:
    """Leave out counters and seeds: they are no weights."""
    return tuple(weight for weight in listing if weight.floating)


def without(listing: Iterable[Weight], others: Iterable[Weight]) -> tuple[Weight, ...]:
    """Return the arrays of a listing that are not among the others, where each of those answers for one."""
    left = Counter(_key(weight) for weight in others)
    found = []
    for weight in floating(listing):
        if left[_key(weight)] > 0:
            left[_key(weight)] -= 1
        else:
            found.append(weight)
    return tuple(found)


def unmoved(now: Iterable[Weight], before: Iterable[Weight]) -> tuple[Weight, ...]:
    """Return the arrays that are what they were although training should have moved them.

    The biases of the keys do not count: a softmax ignores what is added to all its inputs, so their gradient is
    noise.
    """
    left = Counter(_key(weight) for weight in before)
    same = [weight for weight in floating(now) if left[_key(weight)] > 0]
    return tuple(weight for weight in same if not weight.site.endswith("k_lin.bias"))


def kinds(weights: Iterable[Weight]) -> str:
    """Name the kinds of arrays in words that a student may read."""
    return ", ".join(kinds_of_sites(weight.site for weight in weights))


def kinds_of_sites(sites: Iterable[str]) -> tuple[str, ...]:
    """Return the kinds of the arrays at these sites, each once, in words that a student may read."""
    return tuple(dict.fromkeys(_kind(site) for site in sites))


def _kind(site: str) -> str:
    block = BLOCK.search(site)
    if EMBEDDINGS.search(site):
        return "embeddings"
    if block is None:
        return "classifier head"
    if "norm" in block[2].lower():
        return "layer norms"
    return "feed-forward layers" if FEED_FORWARD.search(block[2]) else "attention"


def _key(weight: Weight) -> Key:
    return weight.shape, weight.digest
