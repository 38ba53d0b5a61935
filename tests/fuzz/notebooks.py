"""Draw notebooks as bytes: nearly right ones of any version, random JSON trees, text that is nearly JSON."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.zips import mutated

TEXTS = (
    "",
    "x = 1",
    "\ufeff",
    "\u2028",
    "\x00",
    "a\r\nb\rc",
    "{{}}",
    "%%bash",
    "caf\u00e9",
    "\U0001f600",
    "\ud800",
)
texts = st.sampled_from(TEXTS) | st.text(max_size=10)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
lines = texts | st.lists(texts, max_size=3) | trees
mimes = st.sampled_from(
    [
        "text/plain",
        "text/html",
        "image/png",
        "image/svg+xml",
        "application/json",
        "application/vnd.jupyter.widget-view+json",
        "application/javascript",
        "",
    ]
)
outputs = st.fixed_dictionaries(
    {"output_type": st.sampled_from(["stream", "error", "display_data", "execute_result", "pyout", ""])},
    optional={
        "name": st.sampled_from(["stdout", "stderr", "x"]),
        "text": lines,
        "data": st.dictionaries(mimes, lines),
        "metadata": trees,
        "execution_count": trees,
        "ename": lines,
        "evalue": lines,
        "traceback": lines,
        "stream": texts,
        "prompt_number": trees,
        "png": texts,
        "json": trees,
    },
)
marks = st.fixed_dictionaries(
    {},
    optional={
        "nbgrader": st.dictionaries(st.sampled_from(["grade_id", "grade", "schema_version"]), trees) | trees,
        "tags": trees,
        "deletable": trees,
        "colab": trees,
        "jupyter": trees,
        "collapsed": trees,
    },
)
cells = st.fixed_dictionaries(
    {"cell_type": st.sampled_from(["code", "code", "markdown", "raw", "heading", "html", ""])},
    optional={
        "source": lines,
        "input": lines,
        "metadata": marks | trees,
        "id": texts,
        "level": trees,
        "outputs": st.lists(outputs | trees, max_size=3) | trees,
        "execution_count": trees,
        "language": trees,
        "attachments": st.dictionaries(texts, st.dictionaries(mimes, lines)) | trees,
        "prompt_number": trees,
    },
)
honest_outputs = st.sampled_from(
    [
        {"output_type": "stream", "name": "stdout", "text": ["a\n", "b"]},
        {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["t"]},
        {"output_type": "execute_result", "execution_count": 1, "data": {"text/plain": "1"}, "metadata": {}},
        {
            "output_type": "display_data",
            "data": {"image/png": "iVBO", "application/json": [1]},
            "metadata": {},
        },
    ]
)
honest_cells = st.fixed_dictionaries(
    {
        "cell_type": st.sampled_from(["code", "markdown", "raw"]),
        "source": st.text(max_size=12) | st.just(["a\n", "b"]),
    },
    optional={
        "metadata": marks,
        "outputs": st.lists(honest_outputs | outputs, max_size=2),
        "id": st.sampled_from(["a", "b", "cell-1"]),
        "attachments": st.dictionaries(st.sampled_from(["p.png"]), st.dictionaries(mimes, texts), max_size=1),
    },
)
sheet_cells = st.fixed_dictionaries(
    {"cell_type": st.sampled_from(["code", "markdown", "heading"]), "metadata": st.just({})},
    optional={
        "input": st.just("x = 1"),
        "source": st.just("t"),
        "outputs": st.just([]),
        "level": st.integers(0, 7),
        "language": st.just("python"),
        "collapsed": st.booleans(),
    },
)
cell_lists = (
    st.lists(honest_cells, max_size=4)
    | st.lists(honest_cells | sheet_cells | cells | trees, max_size=4)
    | trees
)
tops = st.fixed_dictionaries(
    {
        "nbformat": st.sampled_from([4, 4, 4, 3, 3, 2, 5, "4", None, True]),
        "nbformat_minor": st.integers(0, 9),
    },
    optional={
        "cells": cell_lists,
        "worksheets": st.lists(st.fixed_dictionaries({"cells": cell_lists}) | trees, max_size=2),
        "metadata": st.fixed_dictionaries(
            {},
            optional={
                "kernelspec": st.dictionaries(st.sampled_from(["name", "language"]), texts) | trees,
                "language_info": trees,
                "widgets": trees,
                "colab": trees,
                "name": texts,
            },
        )
        | trees,
    },
)


nearly = st.fixed_dictionaries(
    {"nbformat": st.just(4), "cells": st.lists(honest_cells, max_size=3)}, optional={"metadata": trees}
)
old = st.fixed_dictionaries(
    {
        "nbformat": st.just(3),
        "nbformat_minor": st.integers(0, 2),
        "metadata": st.just({"name": "x"}),
        "worksheets": st.lists(
            st.fixed_dictionaries({"cells": st.lists(sheet_cells, max_size=3)}), max_size=2
        ),
    }
)


@st.composite
def notebooks(draw: Any) -> bytes:
    """Draw the bytes of a notebook or of something that looks like one."""
    top = draw(nearly | nearly | old | tops | tops | trees)
    raw = json.dumps(top, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
    match draw(st.sampled_from(["", "", "", "", "bom", "twice", "deep", "number", "utf16"])):
        case "bom":
            raw = b"\xef\xbb\xbf" + raw
        case "twice":
            raw = raw.replace(b'"nbformat"', b'"cells": [], "nbformat"', 1)
        case "deep":
            depth = draw(st.sampled_from([5, 98, 101, 3000, 20_000]))
            raw = raw.replace(b'"metadata": ', b'"metadata": ' + b"[" * depth + b"]" * depth + b', "m": ', 1)
        case "number":
            number = draw(st.sampled_from([b"1e999", b"-Infinity", b"9" * 5000, b"1" * 20, b"1e-999", b"-0"]))
            raw = raw.replace(b'"nbformat_minor": ', b'"x": ' + number + b', "nbformat_minor": ', 1)
        case "utf16":
            raw = raw.decode("utf-8", "replace").encode("utf-16")
    return draw(mutated(raw))
