"""The door for data from a kernel: what passes keeps its value, everything else is refused."""

from __future__ import annotations

import base64
import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.formats.plain import PlainRejected, Ref, Table, canonical, check, decode, encode

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=["Cs"])),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4),
    ),
    max_leaves=20,
)


@given(values)
@settings(deadline=None, max_examples=200)
def test_plain_values_survive_a_round_trip(value: object) -> None:
    assert decode(encode(value)) == value


@given(values)
@settings(deadline=None, max_examples=100)
def test_canonical_text_is_a_fixed_point(value: object) -> None:
    assert canonical(encode(value)) == encode(value) == check(encode(value), at_most=10**6)


def test_equal_questions_have_equal_text_whatever_the_order_of_their_keys() -> None:
    assert encode({"a": 1, "b": [Ref("m")]}) == canonical('{ "b": [{"name": "m", "$": "ref"}], "a": 1}')


@pytest.mark.parametrize(
    "dtype", ["?", "i1", "u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8"]
)
@pytest.mark.parametrize("shape", [(), (0,), (7,), (2, 3), (3, 0, 2)])
def test_arrays_keep_their_bytes_type_and_shape(dtype: str, shape: tuple[int, ...]) -> None:
    array = np.arange(math.prod(shape)).reshape(shape).astype(dtype)
    back = decode(encode(array))
    assert isinstance(back, np.ndarray) and back.dtype == array.dtype and back.shape == shape
    assert np.array_equal(back, array) and not back.flags.writeable


def test_big_endian_arrays_keep_their_values() -> None:
    back = decode(encode(np.array([1.5, math.nan], dtype=">f4")))
    assert isinstance(back, np.ndarray) and back.dtype == "<f4" and back[0] == 1.5 and math.isnan(back[1])


def test_arrays_of_texts_survive() -> None:
    back = decode(encode(np.array([["a", "bc"], ["", "ü"]])))
    assert isinstance(back, np.ndarray) and back.tolist() == [["a", "bc"], ["", "ü"]]


def test_special_floats_are_tagged_and_come_back() -> None:
    assert decode(encode([math.inf, -math.inf])) == [math.inf, -math.inf]
    back = decode(encode(math.nan))
    assert isinstance(back, float) and math.isnan(back)


def test_numpy_scalars_become_plain_ones() -> None:
    assert encode([np.float32(0.5), np.int64(3), np.bool_(True), np.str_("x")]) == '[0.5,3,true,"x"]'


def test_dicts_with_other_keys_and_with_a_dollar_survive() -> None:
    value = {1: "a", (2, "b"): [1], None: 0, 0.5: True}
    assert decode(encode(value)) == value
    assert decode(encode({"$": "float", "v": "nan"})) == {"$": "float", "v": "nan"}


def test_tables_keep_the_order_of_their_columns() -> None:
    back = decode(encode(Table({"z": ["x", "y"], "a": np.array([1, 2])})))
    assert isinstance(back, Table) and list(back.columns) == ["z", "a"] and len(back) == 2


def test_tuples_become_lists() -> None:
    assert decode(encode((1, (2, 3)))) == [1, [2, 3]]


@pytest.mark.parametrize(
    "value", [{1, 2}, b"x", object(), range(3), np.array([object()]), 1j, type("L", (list,), {})()]
)
def test_what_is_not_plain_is_a_programming_error_on_our_side(value: object) -> None:
    with pytest.raises(TypeError):
        encode(value)


def array_text(**changes: object) -> str:
    parts = {"$": "array", "dtype": "<f4", "shape": [2], "data": base64.b64encode(bytes(8)).decode()}
    return json.dumps({key: value for key, value in {**parts, **changes}.items() if value is not ...})


REFUSED = {
    "not json": "{",
    "nothing": "",
    "two values": "1 2",
    "python": "{'a': 1}",
    "NaN": "NaN",
    "infinity": "-Infinity",
    "overflowing float": "1e999",
    "too large an integer": str(2**63),
    "5000 digits": "9" * 5000,
    "same key twice": '{"a":1,"a":2}',
    "same key twice in another spelling": '{"a":1,"\\u0061":2}',
    "lone surrogate": '"\\ud800"',
    "lone surrogate as a key": '{"\\udfff": 1}',
    "depth 21": "[" * 22 + "]" * 22,
    "depth 200000": "[" * 200_000,
    "900 objects": '{"a":' * 900 + "1" + "}" * 900,
    "unknown tag": '{"$":"pickle","v":""}',
    "tag of another type": '{"$":1}',
    "tag that cannot be hashed": '{"$":[]}',
    "extra parts": '{"$":"float","v":"nan","x":1}',
    "missing parts": '{"$":"float"}',
    "float that is none": '{"$":"float","v":"1"}',
    "float of a list": '{"$":"float","v":[]}',
    "a reference": '{"$":"ref","name":"model"}',
    "a reference inside": '[{"a":{"$":"ref","name":"model"}}]',
    "dict without pairs": '{"$":"dict","items":[[1]]}',
    "dict of nothing": '{"$":"dict","items":null}',
    "dict with a key twice": '{"$":"dict","items":[[1,1],[true,2]]}',
    "dict with a dict as key": '{"$":"dict","items":[[{"a":1},1]]}',
    "dict with an array as key": '{"$":"dict","items":[[' + array_text() + ",1]]}",
    "table of unequal columns": '{"$":"table","columns":[["a",[1]],["b",[1,2]]]}',
    "table with a column twice": '{"$":"table","columns":[["a",[1]],["a",[1]]]}',
    "table of scalars": '{"$":"table","columns":[["a",1]]}',
    "table of matrices": '{"$":"table","columns":[["a",' + array_text(shape=[1, 2]) + "]]}",
    "table without names": '{"$":"table","columns":[[1,[1]]]}',
    "object array": array_text(dtype="|O"),
    "void array": array_text(dtype="|V0", shape=[10**18], data=""),
    "dtype of a list": array_text(dtype=["<f4"]),
    "claims 8 TB": array_text(shape=[10**12], dtype="<f8"),
    "claims nothing of a huge shape": array_text(shape=[0, 10**18, 10**18], data=""),
    "too few bytes": array_text(shape=[3]),
    "too many bytes": array_text(shape=[1]),
    "negative shape": array_text(shape=[-2]),
    "boolean shape": array_text(shape=[True]),
    "float shape": array_text(shape=[2.0]),
    "33 dimensions": array_text(shape=[1] * 33, dtype="|u1", data="AA=="),
    "no shape": array_text(shape=...),
    "no data": array_text(data=...),
    "data that is no text": array_text(data=[1]),
    "not base64": array_text(data="AAAAAAAAAA!="),
    "base64 with white space": array_text(data="AAAA AAAAAAA="),
    "base64 with trailing bits": array_text(data="AAAAAAAAAAB="),
    "base64 after its end": array_text(data="AAAAAAAAAAA=AAAA"),
    "non-ascii base64": array_text(data="é"),
    "boolean of value 2": array_text(dtype="|b1", shape=[1], data="Ag=="),
    "texts with data": array_text(dtype="str"),
    "texts that are none": json.dumps({"$": "array", "dtype": "str", "shape": [1], "items": [1]}),
    "fewer texts": json.dumps({"$": "array", "dtype": "str", "shape": [2], "items": ["a"]}),
    "texts that would take terabytes": json.dumps(
        {"$": "array", "dtype": "str", "shape": [1000], "items": ["x" * 100_000] + [""] * 999}
    ),
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_everything_else_is_refused(text: str) -> None:
    for raw in (text, text.encode()):
        with pytest.raises(PlainRejected):
            check(raw, at_most=10**6)


def test_bytes_that_are_not_utf8_are_refused() -> None:
    with pytest.raises(PlainRejected):
        check(b'"\xff"', at_most=100)


def test_a_text_over_its_budget_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(PlainRejected, match="limit 10"):
        check(b'"' + b"x" * 10 + b'"', at_most=10)
    with pytest.raises(PlainRejected, match="limit 10"):
        check('"' + "é" * 6 + '"', at_most=10)


def test_a_million_numbers_are_refused_before_they_are_parsed() -> None:
    with pytest.raises(PlainRejected, match="elements"):
        check(b"[" + b"0," * 1_000_001 + b"0]", at_most=10**8)


def test_stored_text_is_checked_again_when_it_is_decoded() -> None:
    with pytest.raises(PlainRejected):
        decode(array_text(shape=[10**12]))


def test_arrays_of_texts_cannot_take_more_room_together_than_one_may() -> None:
    array = {"$": "array", "dtype": "str", "shape": [300], "items": ["x" * 30_000] + [""] * 299}
    assert check(json.dumps([array]), at_most=10**6)
    with pytest.raises(PlainRejected, match="room"):
        check(json.dumps([array, array]), at_most=10**6)


def test_keys_that_were_chosen_to_have_one_hash_are_refused() -> None:
    same = [turn * (2**61 - 1) + 5 for turn in range(4)]
    keys = list(itertools.islice(itertools.product(same, repeat=5), 200))
    assert len({hash(key) for key in keys}) == 1
    with pytest.raises(PlainRejected, match="slow"):
        encode(dict.fromkeys(keys, 0))
    assert decode(encode(dict.fromkeys(keys[:20], 0))) == dict.fromkeys(keys[:20], 0)
