"""Draw texts in the plain format: values that were encoded, nearly right trees of tags, and damaged text."""

from __future__ import annotations

import base64
import json
from typing import Any

from hypothesis import strategies as st

from autograder.formats.plain_rules import ITEM_BYTES
from tests.fuzz.notebooks import scalars
from tests.fuzz.zips import mutated

dtypes = st.sampled_from([*ITEM_BYTES, "str", "<U4", "object", "<c8", ">f4", "O"])
sizes = st.lists(st.integers(0, 4) | st.sampled_from([-1, 2**31, 2**62, 10**9]), max_size=9)


@st.composite
def arrays(draw: Any) -> object:
    """Draw a tagged array: often one whose parts fit together."""
    dtype, shape = draw(dtypes), draw(sizes | st.lists(st.integers(0, 3), max_size=3))
    count = 1
    for size in shape:
        count *= size
    if dtype == "str":
        items = draw(st.lists(st.text(max_size=4) | scalars, max_size=6))
        if draw(st.booleans()) and 0 <= count <= 30:
            items = [draw(st.text(max_size=4)) for _ in range(count)]
        return {"$": "array", "dtype": dtype, "shape": shape, "items": items}
    fits = 0 <= count <= 30 and draw(st.booleans())
    size = count * ITEM_BYTES.get(dtype, 4) if fits else draw(st.integers(0, 40))
    data = base64.b64encode(draw(st.binary(min_size=size, max_size=size))).decode()
    return {
        "$": "array",
        "dtype": dtype,
        "shape": shape,
        "data": data + draw(st.sampled_from(["", "", "=", "\n", "A"])),
    }


def branches(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    pairs = st.lists(st.lists(inner, min_size=2, max_size=2) | inner, max_size=4)
    return (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "b", "$", "v", ""]), inner, max_size=3)
        | st.fixed_dictionaries({"$": st.just("dict"), "items": pairs})
        | st.fixed_dictionaries({"$": st.just("table"), "columns": pairs})
        | st.fixed_dictionaries(
            {
                "$": st.just("table"),
                "columns": st.lists(
                    st.tuples(st.text(max_size=2), arrays() | st.lists(inner, max_size=2)), max_size=3
                ),
            }
        )
    )


leaves = (
    scalars
    | arrays()
    | st.sampled_from(["nan", "inf", "-inf", "1", ""]).map(lambda word: {"$": "float", "v": word})
    | st.text(max_size=3).map(lambda name: {"$": "ref", "name": name})
    | st.sampled_from([2**63 - 1, -(2**63), 2**63, 10**30, 1e308, -0.0, 5e-324])
)
values = st.recursive(leaves, branches, max_leaves=10)


@st.composite
def plain_texts(draw: Any) -> bytes:
    """Draw bytes that a kernel could send as an answer."""
    raw = json.dumps(draw(values), ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
    if draw(st.integers(0, 9)) == 0:
        depth = draw(st.sampled_from([18, 21, 900, 50_000]))
        raw = b"[" * depth + raw + b"]" * depth
    return draw(mutated(raw))
