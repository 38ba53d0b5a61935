"""Which of the arrays that a model has beside its body are rank-8 adapters, and of which layer. Pure functions.

Sizes and sites decide, never names. What cannot be told is left to a person.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from arrays import BLOCK, FEED_FORWARD, RANK, Key, Layer, Shape, floating

from autograder.checks.api import Run, Weight, fail, waiting

STEP = re.compile(r"[^.\[\]]+")


@dataclass(frozen=True)
class Part:
    """One array of our own copy of the base model."""

    site: str
    key: Key


@dataclass(frozen=True)
class Base:
    """Our own copy of the base model: its body, the layers that are adapted, and the shapes of its head."""

    body: tuple[Part, ...]
    layers: Mapping[Layer, Key]
    head: tuple[Shape, ...]

    @property
    def shapes(self) -> dict[Layer, Shape]:
        """Shape of the matrix of each adapted layer."""
        return {layer: shape for layer, (shape, _) in self.layers.items()}


def base_of(described: Mapping[str, Sequence[Mapping[str, object]]]) -> Base:
    """Read what `judge/base_weights.py` returned."""

    def key(entry: Mapping[str, object]) -> Key:
        return tuple(entry["shape"]), str(entry["digest"])  # type: ignore[arg-type]

    return Base(
        body=tuple(Part(site=str(entry["site"]), key=key(entry)) for entry in described["body"]),
        layers={(entry["block"], entry["name"]): key(entry) for entry in described["layers"]},  # type: ignore[misc]
        head=tuple(tuple(shape) for shape in described["head"]),
    )


def wanted(layers: Mapping[Layer, Shape], rank: int) -> Counter[Shape]:
    """Shapes of the adapters of this rank, each with the smaller size first: either orientation is right."""
    return Counter(in_order((rank, size)) for shape in layers.values() for size in shape)


def refuse_wrong_shapes(added: Sequence[Weight], layers: Mapping[Layer, Shape]) -> None:
    """Fail or wait unless the arrays are those of rank-8 adapters on all layers."""
    shapes, right = Counter(in_order(weight.shape) for weight in added), wanted(layers, RANK)
    if shapes == right:
        return
    ranks = {min(shape) for shape in shapes if len(shape) == 2}
    if len(ranks) == 1 and shapes == wanted(layers, *ranks):
        fail("The adapters are where they belong, but their rank is not 8.")
    if shapes < right:
        fail("Some feed-forward layers have no complete adapter.")
    if right < shapes:
        fail("More was added to the model than rank-8 adapters on the feed-forward layers.")
    waiting("What was added to the model was not recognised as adapters. A person will look at it.")


def without_adapters(run: Run, changed: set[str]) -> None:
    """Fail or wait where nothing was added. `changed` names the kinds of arrays that are not what they were."""
    if not changed and _was_trained(run):
        waiting("No adapters were found, but the model was trained. A person will look at it.")
    if changed == {"feed-forward layers"}:
        waiting("The feed-forward layers changed without adapters beside them. A person will look at it.")
    fail("No adapters were found in the model of Part 2.")


def place_of(site: str) -> Layer | None:
    """Return the layer that a site lies in, where it names one."""
    block = BLOCK.search(site)
    layer = FEED_FORWARD.search(block[2]) if block else None
    return (int(block[1]), layer[1]) if block and layer else None


def missing(listing: Sequence[Weight], base: Base) -> list[Part]:
    """Return the arrays of the base model's body that are not in a model, by content."""
    left = Counter((weight.shape, weight.digest) for weight in floating(listing))
    found = []
    for part in base.body:
        if left[part.key] > 0:
            left[part.key] -= 1
        else:
            found.append(part)
    return found


def head_and_added(
    listing: Sequence[Weight], base: Base
) -> tuple[tuple[Weight, ...] | None, tuple[Weight, ...]]:
    """Return the arrays of the head, in the base model's order, and what was added to body and head.

    The head is None where its arrays cannot be told apart.
    """
    body = {part.key for part in base.body}
    gone = Counter(part.key[0] for part in missing(listing, base))
    rest = []
    for weight in floating(listing):
        if (weight.shape, weight.digest) in body or weight.size <= 1:
            continue
        if gone[weight.shape] > 0:  # what has the shape of an array that is gone is that array, moved
            gone[weight.shape] -= 1
        else:
            rest.append(weight)
    alike = [[weight for weight in rest if weight.shape == shape] for shape in base.head]
    head = tuple(weights[0] for weights in alike if len(weights) == 1)
    mine = {weight.site for weight in head}
    added = tuple(weight for weight in rest if weight.site not in mine)
    return (head if len(head) == len(base.head) else None), added


def paired(
    added: Sequence[Weight], listing: Sequence[Weight], base: Base
) -> dict[Layer, tuple[Weight, Weight]] | None:
    """Return A (fan in x rank) and B (rank x fan out) of each layer, or None where that cannot be told.

    An array belongs to the layer whose own matrix, found by content, is nearest by site. Where several are as
    near, sizes decide, then the order in which the model holds the arrays. Matrices may be stored transposed.
    """
    near = {weight.site: _nearest(weight, listing, base) for weight in added}
    for turned in (False, True):
        found = _assigned(added, near, base, turned=turned)
        if found is not None:
            return found
    return None


def in_order(shape: Sequence[int]) -> Shape:
    """Return a shape with the smaller size first."""
    return tuple(sorted(shape))


def _nearest(weight: Weight, listing: Sequence[Weight], base: Base) -> set[Layer]:
    """Return the layers whose matrix shares the longest way with this array."""
    sites = {(other.shape, other.digest): other.site for other in listing}
    shared = {layer: _common(weight.site, sites[key]) for layer, key in base.layers.items() if key in sites}
    most = max(shared.values(), default=0)
    return {layer for layer, steps in shared.items() if steps == most}


def _common(one: str, other: str) -> int:
    steps = 0
    for left, right in zip(STEP.findall(one), STEP.findall(other), strict=False):
        if left != right:
            break
        steps += 1
    return steps


def _assigned(
    added: Sequence[Weight], near: Mapping[str, set[Layer]], base: Base, *, turned: bool
) -> dict[Layer, tuple[Weight, Weight]] | None:
    left = list(added)
    found: dict[Layer, tuple[Weight, Weight]] = {}
    for layer, (fan_in, fan_out) in base.shapes.items():
        pair = []
        for shape in ((fan_in, RANK), (RANK, fan_out)):
            fitting = [
                weight
                for weight in left
                if layer in near[weight.site] and weight.shape == (shape[::-1] if turned else shape)
            ]
            if not fitting:
                return None
            chosen = min(fitting, key=lambda weight: len(near[weight.site]))
            left.remove(chosen)
            pair.append(chosen)
        found[layer] = (pair[0], pair[1])
    return found if not left else None


def _was_trained(run: Run) -> bool:
    heads = {fit.model for fit in run.fits() if "part1_head_only" in fit.names}
    return any("part2_lora" in fit.names and fit.model not in heads for fit in run.fits())
