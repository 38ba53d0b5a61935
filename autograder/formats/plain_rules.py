"""The rules of the plain format: strict parsing and the walk that refuses everything else.

`autograder.formats.plain` is the door; nothing else needs this module. It decides only whether a text is in
the format. Whether what it says is true, and whether it is what a check expects, is not looked at.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, NoReturn, TypeAlias, Union

MAX_DEPTH: Final = 20
MAX_ELEMENTS: Final = 1_000_000
MAX_DIMENSIONS: Final = 8
MAX_ARRAY_ELEMENTS: Final = 2**31
MAX_TEXT_CELLS: Final = 16 * 1024 * 1024
"""Characters of all arrays of texts together, every text taking as much room as the longest beside it."""
MAX_ALIKE: Final = 64
"""Keys of a dict with one hash: numbers can be chosen so that all have the same, and then it takes hours."""

ITEM_BYTES: Final[Mapping[str, int]] = {
    "|b1": 1, "|i1": 1, "|u1": 1, "<i2": 2, "<u2": 2, "<f2": 2, "<i4": 4, "<u4": 4, "<f4": 4,
    "<i8": 8, "<u8": 8, "<f8": 8,
}  # fmt: skip
SPECIAL_FLOATS: Final = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_KEYS: Final = {
    "float": {"$", "v"}, "table": {"$", "columns"}, "dict": {"$", "items"}, "ref": {"$", "name"},
}  # fmt: skip

PlainKey: TypeAlias = Union[bool, int, float, str, "tuple[PlainKey, ...]", None]


class PlainRejected(Exception):
    """What a kernel sent is not plain data. That is a student's doing and never our failure."""


def parse(raw: bytes | str, *, at_most: int) -> object:
    """Parse strict JSON of at most `at_most` bytes: no key twice, no NaN, no integer beyond 64 bits."""
    if len(raw) > at_most:
        raise PlainRejected(f"{len(raw)} bytes, limit {at_most}")
    try:
        text = raw if isinstance(raw, str) else raw.decode()
        size = len(text) if text.isascii() else len(text.encode())  # large answers are ASCII: no copy
        if size > at_most:
            raise PlainRejected(f"{size} bytes, limit {at_most}")
        if text.count(",") > MAX_ELEMENTS:  # parsing alone would take seconds
            raise PlainRejected(f"more than {MAX_ELEMENTS} elements")
        return json.loads(
            text,
            object_pairs_hook=_unique,
            parse_int=_integer,
            parse_float=_finite,
            parse_constant=_not_a_number,
        )
    except (ValueError, RecursionError) as error:
        raise PlainRejected(f"not strict JSON: {type(error).__name__}") from None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise PlainRejected("an object has the same key twice")
    return found


def _integer(digits: str) -> int:
    if len(digits) > 20 or not -(2**63) <= int(digits) < 2**63:
        raise PlainRejected("an integer does not fit into 64 bits")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise PlainRejected("a number is not finite and not tagged as such")
    return number


def _not_a_number(name: str) -> NoReturn:
    raise PlainRejected(f"{name} without its tag")


class Inspection:
    """One walk over parsed JSON that refuses what is not the format."""

    def __init__(self, *, references: bool) -> None:
        self._references = references
        self._elements = 0
        self._text_cells = 0

    def value(self, node: object, depth: int) -> None:
        """Walk over `node`; raise PlainRejected for the first thing that is not the format."""
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise PlainRejected(f"more than {MAX_ELEMENTS} elements")
        if depth > MAX_DEPTH:
            raise PlainRejected(f"nested deeper than {MAX_DEPTH}")
        if isinstance(node, list):
            for item in node:
                self.value(item, depth + 1)
        elif isinstance(node, dict):
            if "$" in node:
                self._tagged(node, depth)
            else:
                for item in node.values():
                    self.value(item, depth + 1)

    def _tagged(self, node: dict[str, object], depth: int) -> None:
        tag = node["$"]
        if tag == "array":
            elements, text_cells = _inspect_array(node)
            self._elements += elements
            self._text_cells += text_cells
            if self._text_cells > MAX_TEXT_CELLS:
                raise PlainRejected("arrays of texts that would take too much room")
            return
        if not isinstance(tag, str) or _KEYS.get(tag) != node.keys():
            raise PlainRejected("an object with a tag that is not known, or with wrong parts")
        if tag == "float":
            if not isinstance(node["v"], str) or node["v"] not in SPECIAL_FLOATS:
                raise PlainRejected("a special float that is none")
        elif tag == "ref":
            if not self._references or not isinstance(node["name"], str) or not node["name"]:
                raise PlainRejected("a reference in an answer, or without a name")
        elif tag == "dict":
            seen = set()
            hashes: Counter[int] = Counter()
            for key, item in _pairs(node["items"]):
                self.value(key, depth + 1)
                self.value(item, depth + 1)
                found = key_of(key)
                hashes[hash(found)] += 1
                if hashes[hash(found)] > MAX_ALIKE:
                    raise PlainRejected("a dict whose keys were chosen to be slow")
                seen.add(found)
            if len(seen) != len(node["items"]):  # type: ignore[arg-type]
                raise PlainRejected("a dict has the same key twice")
        else:
            self._table(node["columns"], depth)

    def _table(self, columns: object, depth: int) -> None:
        names, lengths = set(), set()
        pairs = _pairs(columns)
        for name, column in pairs:
            if not isinstance(name, str):
                raise PlainRejected("a table's column without a name")
            self.value(column, depth + 1)
            names.add(name)
            if isinstance(column, list):
                lengths.add(len(column))
            elif isinstance(column, dict) and column.get("$") == "array" and len(column["shape"]) == 1:
                lengths.add(column["shape"][0])
            else:
                raise PlainRejected("a table's column is neither a list nor an array of one dimension")
        if len(names) != len(pairs) or len(lengths) > 1:
            raise PlainRejected("a table has a column twice, or columns of different lengths")


def _pairs(node: object) -> list[tuple[Any, Any]]:
    if not isinstance(node, list) or any(not isinstance(pair, list) or len(pair) != 2 for pair in node):
        raise PlainRejected("pairs were expected")
    return [(pair[0], pair[1]) for pair in node]


def key_of(node: object) -> PlainKey:
    """Return the Python key that a tagged dict's key stands for."""
    if isinstance(node, list):
        return tuple(key_of(item) for item in node)
    if isinstance(node, dict):
        if node.get("$") != "float":
            raise PlainRejected("a dict's key must be a scalar or a tuple of scalars")
        return SPECIAL_FLOATS[node["v"]]
    return node  # type: ignore[return-value]  # parsed JSON: a scalar is all that is left


def _inspect_array(node: dict[str, object]) -> tuple[int, int]:
    """Refuse an array whose parts do not fit together; return its JSON elements and its cells of text."""
    shape, dtype = node.get("shape"), node.get("dtype")
    if not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS:
        raise PlainRejected("an array without a shape")
    if any(type(size) is not int or size < 0 for size in shape):
        raise PlainRejected("an array with an impossible shape")
    if math.prod(size for size in shape if size) > MAX_ARRAY_ELEMENTS:
        raise PlainRejected("an array that is too large")
    count = math.prod(shape)
    if dtype == "str":
        items = node.get("items")
        if node.keys() != {"$", "dtype", "shape", "items"} or not isinstance(items, list):
            raise PlainRejected("an array of texts without items")
        if len(items) != count or any(type(item) is not str for item in items):
            raise PlainRejected("an array of texts whose items do not fit its shape")
        return count, count * max(map(len, items), default=0)
    if (
        not isinstance(dtype, str)
        or dtype not in ITEM_BYTES
        or node.keys() != {"$", "dtype", "shape", "data"}
    ):
        raise PlainRejected("an array of a type that is not plain")
    data = array_bytes(node["data"])
    if len(data) != count * ITEM_BYTES[dtype]:
        raise PlainRejected(f"an array of {count} x {dtype} with {len(data)} bytes")
    if dtype == "|b1" and data.translate(None, b"\x00\x01"):
        raise PlainRejected("a boolean that is neither true nor false")
    return 0, 0


def array_bytes(data: object) -> bytes:
    """Decode base64 in its one canonical form, or raise PlainRejected."""
    if not isinstance(data, str):
        raise PlainRejected("an array's data is not text")
    try:
        content = binascii.a2b_base64(data, strict_mode=True)
    except ValueError:
        raise PlainRejected("an array's data is not base64") from None
    tail = content[len(content) - (len(content) % 3 or 3) :]
    if not data.endswith(base64.b64encode(tail).decode()) or len(data) != (len(content) + 2) // 3 * 4:
        raise PlainRejected("an array's data is not in its one base64 form")
    return content
