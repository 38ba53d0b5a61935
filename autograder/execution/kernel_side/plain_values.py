"""Turn a student's objects into plain data, and plain arguments into Python objects. Runs in the kernel.

Counterpart of `autograder.formats.plain` on the host, which believes nothing of what is made here. Taken are
built-in scalars and containers, decimals, fractions, texts given as bytes, NumPy arrays and scalars, tensors
and variables (their values), pandas tables, columns, indexes and arrays. Anything else is refused with its
type's name; so are generators, because a second look at one would differ from the first.
"""

from __future__ import annotations

import base64
import math
import sys

MOST_ELEMENTS = 1_000_000
DEEPEST = 20
VIEWS = (type({}.keys()), type({}.values()))
EXACT = (("decimal", "Decimal"), ("fractions", "Fraction"))
NUMBERS = {
    "|b1", "|i1", "|u1", "<i2", "<u2", "<f2", "<i4", "<u4", "<f4", "<i8", "<u8", "<f8",
}  # fmt: skip


class NotPlain(Exception):
    """The value cannot be given as plain data. The message says which part."""


class Encoder:
    """Encodes one value; counts elements over all its parts."""

    def __init__(self):
        self.elements = 0

    def tagged(self, value, depth=0):
        """Give the JSON form of a value, or raise NotPlain."""
        self.count(1)
        if depth > DEEPEST:
            raise NotPlain(f"it is nested deeper than {DEEPEST}, or holds itself")
        if value is None or value is True or value is False:
            return value
        if isinstance(value, int):
            number = int.__int__(value)
            if not -(2**63) <= number < 2**63:
                raise NotPlain("an integer does not fit into 64 bits")
            return number
        if isinstance(value, float):
            return tagged_float(float.__float__(value))
        if isinstance(value, str):
            return str.__str__(value)
        if isinstance(value, (bytes, bytearray)):
            return text_of(value)
        if isinstance(value, (list, tuple, range, *VIEWS)):
            return [self.tagged(item, depth + 1) for item in value]
        if isinstance(value, dict):
            return self.mapping(value, depth)
        return self.library_value(value, depth)

    def mapping(self, value, depth):
        """Give a dict: as it is when its keys are texts, as pairs otherwise."""
        items = []
        for item in value.items():
            self.count(1)
            items.append(item)
        if all(type(key) is str and key != "$" for key, _ in items):
            return {key: self.tagged(item, depth + 1) for key, item in items}
        pairs = [[self.tagged(key, depth + 1), self.tagged(item, depth + 1)] for key, item in items]
        return {"$": "dict", "items": pairs}

    def library_value(self, value, depth):
        """Give what NumPy, pandas and TensorFlow make."""
        numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
        if numpy is not None and isinstance(value, numpy.generic):
            return self.tagged(value.item(), depth) if value.dtype.kind != "V" else self.array(value, numpy)
        if numpy is not None and isinstance(value, numpy.ndarray):
            return self.array(value, numpy)
        if pandas is not None and isinstance(value, pandas.DataFrame):
            names = [str(name) for name in value.columns]
            columns = [[name, self.column(value.iloc[:, place])] for place, name in enumerate(names)]
            return {"$": "table", "columns": columns}
        if pandas is not None and isinstance(value, (pandas.Series, pandas.Index)):
            return self.column(value)
        if pandas is not None and isinstance(value, pandas.api.extensions.ExtensionArray):
            return self.column(pandas.Series(value))
        if pandas is not None and (value is pandas.NA or value is pandas.NaT):
            return None
        for module, kind in EXACT:
            if module in sys.modules and isinstance(value, getattr(sys.modules[module], kind)):
                return tagged_float(float(value))
        if numpy is not None and callable(getattr(type(value), "numpy", None)):
            return self.tagged(value.numpy(), depth + 1)
        raise NotPlain(f"a {type(value).__name__} is not plain data")

    def column(self, series):
        """Give a pandas column as an array of numbers where it is one, else as a list."""
        if series.dtype.kind in "biuf" and type(series.dtype).__module__.startswith("numpy"):
            return self.array(series.to_numpy(), sys.modules["numpy"])
        if series.dtype.kind == "M":
            return [str(item) for item in series]
        return [self.tagged(item, 1) for item in series.astype(object).to_list()]

    def array(self, value, numpy):
        """Give an array: numbers as bytes, texts as a list, other objects as nested lists."""
        value = numpy.asarray(value)
        kind = value.dtype.kind
        if kind == "V" and value.dtype.names is None and value.dtype.itemsize in (1, 2):
            value, kind = value.astype("<f4"), "f"  # bfloat16 and its kin
        if value.ndim == 0:
            return self.tagged(value.item(), 1)
        if kind in "Mm":
            value, kind = value.astype(str), "U"
        if kind in "UST" or (kind == "O" and all(isinstance(item, (str, bytes)) for item in value.flat)):
            items = [
                text_of(text) if isinstance(text, bytes) else str(text) for text in value.ravel().tolist()
            ]
            self.count(len(items))
            return {"$": "array", "dtype": "str", "shape": list(value.shape), "items": items}
        if kind == "O":
            return self.tagged(value.tolist(), 1)
        little = value.dtype.newbyteorder("<").str
        if little == "<f16":
            little = "<f8"
        if little not in NUMBERS:
            raise NotPlain(f"an array of {value.dtype} is not plain data")
        data = numpy.asarray(value, dtype=little, order="C").tobytes()
        parts = {"$": "array", "dtype": little, "shape": [int(size) for size in value.shape]}
        return {**parts, "data": base64.b64encode(data).decode()}

    def count(self, more):
        """Stop at too many elements: reading them would keep the grader busy."""
        self.elements += more
        if self.elements > MOST_ELEMENTS:
            raise NotPlain(f"it has more than {MOST_ELEMENTS} elements; an array would do")


def tagged_float(number):
    """Give a float; nan and the infinities get their tag."""
    return number if math.isfinite(number) else {"$": "float", "v": str(number)}


def text_of(value):
    """Give bytes as text: TensorFlow keeps texts as bytes."""
    try:
        return bytes(value).decode()
    except UnicodeDecodeError:
        raise NotPlain("bytes that are not text are not plain data") from None


def untagged(value, names):
    """Turn plain JSON of a question into objects; `names` maps the student's variables."""
    if isinstance(value, list):
        return [untagged(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    tag = value.get("$")
    if tag is None:
        return {key: untagged(item, names) for key, item in value.items()}
    if tag == "float":
        return float(value["v"])
    if tag == "ref":
        return names[value["name"]]
    if tag == "dict":
        return {hashable(untagged(key, names)): untagged(item, names) for key, item in value["items"]}
    if tag == "table":
        import pandas

        return pandas.DataFrame({name: untagged(column, names) for name, column in value["columns"]})
    import numpy

    if value["dtype"] == "str":
        return numpy.array(value["items"], dtype=str).reshape(value["shape"])
    flat = numpy.frombuffer(base64.b64decode(value["data"]), dtype=value["dtype"])
    return flat.reshape(value["shape"]).copy()


def hashable(key):
    """Give the key that a list stands for."""
    return tuple(hashable(item) for item in key) if isinstance(key, list) else key
