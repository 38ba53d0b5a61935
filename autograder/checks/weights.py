"""Which weights of a model moved: listings of weights read and compared. Pure functions on plain data.

A listing is what the student's kernel says about its model, so what follows from it is `reported`. That a
listing is well formed does not make it true.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

MOST_WEIGHTS = 20_000
FLOATING = ("float", "bfloat", "half", "double")


class NoListing(Exception):
    """The plain data is no listing of weights. A student's doing; the message is for staff."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """One array of a model, as the kernel describes it.

    `site` is the path of attributes that leads to it: `distilbert.transformer.layer[0].ffn.lin1.kernel`.
    `digest` is the SHA-256 of its content. `zero` says that all of it is 0. `trainable` is the flag that the
    kernel reports, which may differ from what a compiled model trains.
    """

    site: str
    shape: tuple[int, ...]
    dtype: str
    digest: str
    zero: bool
    trainable: bool

    @property
    def size(self) -> int:
        """How many numbers the array holds."""
        return math.prod(self.shape)

    @property
    def floating(self) -> bool:
        """Whether it holds floating-point numbers: counters and seeds of random generators do not."""
        return self.dtype.startswith(FLOATING)


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedArray:
    """An array of a model that is not what it was. `size` counts numbers.

    `new` says that it had no counterpart before: it was added since.
    """

    site: str
    shape: tuple[int, ...]
    size: int
    new: bool = False


def read_listing(value: object) -> tuple[Weight, ...]:
    """Turn decoded plain data into weights.

    Raises:
        NoListing: a part is missing, has another type, or a site is named twice.

    """
    if not isinstance(value, list) or len(value) > MOST_WEIGHTS:
        raise NoListing("not a list of weights, or one that is too long")
    weights = tuple(_weight(entry) for entry in value)
    twice = [site for site, count in Counter(weight.site for weight in weights).items() if count > 1]
    if twice:
        raise NoListing(f"the same site twice: {twice[0][:200]}")
    return weights


def _weight(entry: object) -> Weight:
    if not isinstance(entry, dict):
        raise NoListing("a weight that is no object")
    site, dtype, digest = (entry.get(key) for key in ("site", "dtype", "digest"))
    shape, zero, trainable = (entry.get(key) for key in ("shape", "zero", "trainable"))
    if not (isinstance(site, str) and isinstance(dtype, str) and isinstance(digest, str)):
        raise NoListing("a weight without site, dtype or digest")
    if not isinstance(shape, list) or any(type(size) is not int or size < 0 for size in shape):
        raise NoListing("a weight with an impossible shape")
    if type(zero) is not bool or type(trainable) is not bool:
        raise NoListing("a weight whose flags are none")
    return Weight(site=site, shape=tuple(shape), dtype=dtype, digest=digest, zero=zero, trainable=trainable)


def moved(before: Sequence[Weight], now: Sequence[Weight]) -> tuple[MovedArray, ...]:
    """Return the arrays of `now` that are not what they were in `before`, in the order of `now`.

    1. Only floating-point arrays count: integers are counters and seeds of random generators.
    2. An array whose site and shape were there before has moved if its content differs.
    3. An array whose site or shape is new is looked for by content: one array of `before` that found no
       counterpart by site, with the same shape and the same content, is the same array in another place (a
       wrapper was put around its layer). It has not moved. Each such array is used once.
    4. What is left had no counterpart. It was added, or it moved and was wrapped: it counts as moved and
       `new`.

    Arrays that are gone are not reported.
    """
    old = {(weight.site, weight.shape): weight for weight in before if weight.floating}
    present = [weight for weight in now if weight.floating]
    matched = {(weight.site, weight.shape) for weight in present} & old.keys()
    spare = Counter((weight.shape, weight.digest) for key, weight in old.items() if key not in matched)
    found = []
    for weight in present:
        same_place = old.get((weight.site, weight.shape))
        if same_place is not None:
            if same_place.digest != weight.digest:
                found.append(_moved_array(weight, new=False))
        elif spare[weight.shape, weight.digest] > 0:
            spare[weight.shape, weight.digest] -= 1
        else:
            found.append(_moved_array(weight, new=True))
    return tuple(found)


def _moved_array(weight: Weight, *, new: bool) -> MovedArray:
    return MovedArray(site=weight.site, shape=weight.shape, size=weight.size, new=new)
