"""Plain data as text: the only form in which anything crosses the trust line, in either direction.

The text is JSON. Null, booleans, integers below 2**63, finite floats, strings, lists and dicts with string
keys stand for themselves. Everything else is an object with the key "$":

    {"$":"float","v":"nan"}                 nan, inf or -inf
    {"$":"array","dtype":"<f4","shape":[2,3],"data":BASE64}      numbers, booleans: C order, little end first
    {"$":"array","dtype":"str","shape":[2],"items":["a","b"]}    texts
    {"$":"table","columns":[["name", LIST OR ARRAY], ...]}
    {"$":"dict","items":[[KEY, VALUE], ...]}                     other keys, or a key called "$"
    {"$":"ref","name":"model"}                                   the student's own object; in questions only

A value has exactly one text (`canonical`), so equal questions have equal text. Nothing here executes,
unpickles or allocates more than the text is long. That data is plain does not make it true.
"""

from __future__ import annotations

import base64
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from autograder.formats.plain_rules import (
    ITEM_BYTES,
    MAX_DEPTH,
    SPECIAL_FLOATS,
    Inspection,
    PlainKey,
    PlainRejected,
    array_bytes,
    key_of,
    parse,
)

if TYPE_CHECKING:
    import numpy as np

__all__ = [
    "PlainKey",
    "PlainRejected",
    "PlainValue",
    "Ref",
    "Table",
    "canonical",
    "check",
    "decode",
    "encode",
]

PlainValue: TypeAlias = Union[
    bool, int, float, str, list["PlainValue"], dict[PlainKey, "PlainValue"],
    "np.ndarray[Any, np.dtype[Any]]", "Table", "Ref", None,
]  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table as it came from a kernel: columns of equal length, in their order. No index."""

    columns: dict[str, Any]

    def __len__(self) -> int:
        """Return the number of rows."""
        return next((len(column) for column in self.columns.values()), 0)


@dataclass(frozen=True, slots=True)
class Ref:
    """Stands for the student's own object of that name inside a question's arguments."""

    name: str


def check(raw: bytes | str, *, at_most: int) -> str:
    """Return the canonical text of what a kernel sent, or refuse it.

    `at_most` counts bytes of `raw` in UTF-8. References are refused: only questions have them.

    Raises:
        PlainRejected: it is too large, too deep, not strict JSON, or not this format.

    """
    return _canonical(raw, at_most=at_most, references=False)


def canonical(text: str) -> str:
    """Return the one text of a value, references allowed. Raises PlainRejected like `check`."""
    return _canonical(text, at_most=len(text) * 4, references=True)


def decode(text: str) -> PlainValue:
    """Turn a plain text into values: numpy arrays, `Table` and `Ref` for their tags, built-in types else.

    The text is checked again, wherever it was stored meanwhile. Raises PlainRejected like `check`.
    """
    parsed = parse(text, at_most=len(text) * 4)
    Inspection(references=True).value(parsed, 0)
    return _build(parsed)


def encode(value: object) -> str:
    """Return the canonical text of our own value.

    Taken are exact built-in types (tuples become lists), numpy arrays and scalars, `Table` and `Ref`.

    Raises:
        TypeError: a part of the value has another type.
        PlainRejected: a number is too large, a text holds a lone surrogate, or it nests too deep.

    """
    return canonical(json.dumps(_tagged(value, 0), ensure_ascii=False, allow_nan=False))


def _canonical(raw: bytes | str, *, at_most: int, references: bool) -> str:
    parsed = parse(raw, at_most=at_most)
    Inspection(references=references).value(parsed, 0)
    text = json.dumps(parsed, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    try:
        if not text.isascii():
            text.encode()
    except UnicodeEncodeError:
        raise PlainRejected("a text holds a lone surrogate") from None
    return text


def _build(node: object) -> PlainValue:
    if isinstance(node, list):
        return [_build(item) for item in node]
    if not isinstance(node, dict):
        return node  # type: ignore[return-value]  # parsed JSON: a scalar is all that is left
    match node.get("$"):
        case None:
            return {key: _build(item) for key, item in node.items()}
        case "float":
            return SPECIAL_FLOATS[node["v"]]
        case "ref":
            return Ref(node["name"])
        case "table":
            return Table({name: _build(column) for name, column in node["columns"]})
        case "dict":
            return {key_of(key): _build(item) for key, item in node["items"]}
    import numpy as np

    if node["dtype"] == "str":
        texts = np.array(node["items"], dtype=np.str_)
        return texts.reshape(node["shape"])
    array = np.frombuffer(array_bytes(node["data"]), dtype=node["dtype"])
    return array.reshape(node["shape"])


def _tagged(value: object, depth: int) -> object:
    if depth > MAX_DEPTH:
        raise PlainRejected(f"nested deeper than {MAX_DEPTH}")
    kind = type(value)
    if value is None or kind in (bool, int, str):
        return value
    if isinstance(value, float) and kind is float:
        return value if math.isfinite(value) else {"$": "float", "v": str(value)}
    if isinstance(value, (list, tuple)) and kind in (list, tuple):
        return [_tagged(item, depth + 1) for item in value]
    if isinstance(value, dict) and kind is dict:
        if all(type(key) is str and key != "$" for key in value):
            return {key: _tagged(item, depth + 1) for key, item in value.items()}
        items = [[_tagged(key, depth + 1), _tagged(item, depth + 1)] for key, item in value.items()]
        return {"$": "dict", "items": items}
    if isinstance(value, Ref):
        return {"$": "ref", "name": value.name}
    if isinstance(value, Table):
        return {"$": "table", "columns": [[n, _tagged(c, depth + 1)] for n, c in value.columns.items()]}
    return _tagged_numpy(value)


def _tagged_numpy(value: object) -> object:
    import numpy as np

    if isinstance(value, np.generic) and type(value).__module__ == "numpy":
        return _tagged(value.item(), 0)
    if type(value) is not np.ndarray:
        raise TypeError(f"{type(value).__name__} is not plain data")
    shape = list(value.shape)
    if value.dtype.kind == "U":
        return {"$": "array", "dtype": "str", "shape": shape, "items": value.ravel().tolist()}
    little = value.dtype.newbyteorder("<").str
    if little not in ITEM_BYTES:
        raise TypeError(f"an array of {value.dtype} is not plain data")
    data = base64.b64encode(value.astype(little, order="C", copy=False).tobytes()).decode()
    return {"$": "array", "dtype": little, "shape": shape, "data": data}
