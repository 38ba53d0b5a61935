"""A message is rebuilt from its known fields or dropped; nothing is passed on as it came."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.sandbox.messages import IOPUB, SHELL, Junk, Message, Unwanted, open_envelope, rebuild
from tests.unit.sandbox.builders import KEY, REQUEST, a_print, a_reply, some_frames


def read(frames: list[bytes], builders: Any = IOPUB) -> Message:
    return rebuild(open_envelope(frames, KEY, frozenset(builders)), builders)


def test_an_honest_message_keeps_its_type_parent_and_content() -> None:
    message = read(a_print("hello"))
    assert message["msg_type"] == "stream"
    assert message["parent_header"] == {"msg_id": REQUEST}
    assert message["content"] == {"name": "stdout", "text": "hello"}


def test_header_and_metadata_are_ours() -> None:
    frames = some_frames(
        "stream",
        {"name": "stdout", "text": "x", "extra": 1},
        header={"msg_id": "chosen", "msg_type": "stream", "date": "nonsense", "version": "4.1"},
    )
    message = read(frames)
    assert message["header"]["msg_id"] != "chosen"
    assert message["header"]["version"] == "5.3"
    assert message["metadata"] == {} and message["buffers"] == []
    assert "extra" not in message["content"]


def test_a_display_cannot_be_updated_later() -> None:
    content = {"data": {"text/plain": "x"}, "metadata": {}, "transient": {"display_id": "d"}}
    assert "transient" not in read(some_frames("display_data", content))["content"]


@pytest.mark.parametrize(
    "msg_type", ["comm_open", "comm_msg", "update_display_data", "debug_event", "__call__"]
)
def test_widgets_updates_and_unknown_types_are_not_passed_on(msg_type: str) -> None:
    with pytest.raises(Unwanted):
        read(some_frames(msg_type, {}))


def test_a_widgets_buffers_are_unwanted_and_not_junk() -> None:
    with pytest.raises(Unwanted):
        read(some_frames("comm_msg", {}, buffers=(b"x",)))


@pytest.mark.parametrize(
    "frames",
    [
        [],
        [b""],
        [b"x"] * 500,
        [b"<IDS|MSG>"],
        a_print("x")[:-1],
        a_print("x", signature=b"0" * 64),
        a_print("x", signature=b""),
        a_print("x", buffers=(b"extra",)),
        a_print("x", parent={"msg_id": 3}),
        a_print("x", parent=b"[]"),
        a_print("x", parent=b"{" * 9000),
        a_print("x", parent={"msg_id": "x" * 5000}),
        a_print("x", header=b"null"),
        a_print("x", header=b'{"msg_type": NaN}'),
        a_print("x", header={"msg_type": ["stream"]}),
        a_print("x", header=b" " * 20_000),
        some_frames("stream", b"[" * 100_000),
        some_frames("stream", b"\xff\xfe"),
        some_frames("stream", []),
        some_frames("stream", None),
        some_frames("stream", {"name": "stdin", "text": "x"}),
        some_frames("stream", {"name": "stdout", "text": 1}),
        some_frames("status", {"execution_state": "banana"}),
        some_frames("display_data", {"data": []}),
        some_frames("display_data", b'{"data": {"a": NaN}}'),
        some_frames("display_data", b'{"data": {"application/json": 1e999}}'),
        some_frames("display_data", b'{"data": {"application/json": ["\\ud800"]}}'),
        some_frames("display_data", {"data": {}, "metadata": []}),
        some_frames("display_data", b'{"data": {"\\ud800": "a"}}'),
        some_frames("execute_result", {"data": {}, "metadata": {}, "execution_count": True}),
        some_frames(
            "execute_result", b'{"data": {}, "metadata": {}, "execution_count": ' + b"9" * 6000 + b"}"
        ),
        some_frames("execute_result", {"data": {}, "metadata": {}, "execution_count": -1}),
        some_frames("error", {"ename": "E", "evalue": "v", "traceback": "not a list"}),
        some_frames("error", {"ename": "E", "evalue": None, "traceback": []}),
    ],
    ids=range(34),
)
def test_malformed_messages_are_junk(frames: list[bytes]) -> None:
    with pytest.raises(Junk):
        read(frames)


def test_bytes_that_are_no_utf8_are_shown_as_such_and_no_reason_to_suspect() -> None:
    message = read(some_frames("stream", b'{"name": "stdout", "text": "Stra\xdfe"}'))
    assert message["content"]["text"] == "Stra\ufffde"


def test_an_integer_of_any_size_in_a_display_is_a_number() -> None:
    data = {"application/json": [7, 10**25, -(2**63)]}
    content = read(some_frames("display_data", {"data": data}))["content"]
    assert content["data"]["application/json"] == [7, 1e25, -(2.0**63)]


@pytest.mark.parametrize("name", [b"caf\\udce9", b"caf\xe9"])
def test_a_file_name_that_is_no_text_can_be_printed_shown_and_raised(name: bytes) -> None:
    said = b'{"name": "stdout", "text": "' + name + b'"}'
    assert read(some_frames("stream", said))["content"]["text"] in ("caf?", "caf\ufffd")
    shown = b'{"data": {"text/plain": "' + name + b'"}}'
    assert read(some_frames("display_data", shown))["content"]["data"]["text/plain"].startswith("caf")
    raised = b'{"status": "error", "ename": "OSError", "evalue": "' + name + b'", "traceback": []}'
    assert read(some_frames("execute_reply", raised), SHELL)["content"]["ename"] == "OSError"


def nested(levels: int) -> object:
    value: object = "x"
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


@pytest.mark.parametrize("kind", ["display_data", "execute_result"])
@pytest.mark.parametrize("levels", [101, 260, 480, 700, 900])
def test_what_would_be_too_deep_for_later_readers_is_junk(kind: str, levels: int) -> None:
    for content in (
        {"data": {"application/json": nested(levels)}, "metadata": {}, "execution_count": 1},
        {"data": {}, "metadata": {"application/json": nested(levels)}, "execution_count": 1},
    ):
        with pytest.raises(Junk):
            read(some_frames(kind, content))


def test_a_tree_of_a_hundred_levels_is_shown() -> None:
    message = read(some_frames("display_data", {"data": {"application/json": nested(100)}}))
    assert message["content"]["data"]["application/json"] == nested(100)


@given(st.lists(st.binary(max_size=50), max_size=12))
def test_no_frames_whatever_raise_anything_else(frames: list[bytes]) -> None:
    with pytest.raises((Junk, Unwanted)):
        read(frames)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


mimes = st.sampled_from(["text/plain", "application/json", "application/a+json", "application/x\n+json", "a"])
bundles = st.dictionaries(mimes | st.text(max_size=5), json_values, max_size=3)


@given(bundles, st.none() | json_values, st.sampled_from(["display_data", "execute_result"]))
def test_what_is_shown_is_always_an_output_of_a_notebook(data: object, metadata: object, kind: str) -> None:
    from nbformat.v4 import output_from_msg

    content = {"data": data, "execution_count": 1, **({"metadata": metadata} if metadata is not None else {})}
    try:
        message = read(some_frames(kind, content))
    except Junk:
        return
    output_from_msg(message)


def test_what_is_neither_text_nor_json_by_its_type_is_left_out_of_a_bundle() -> None:
    data = {"text/plain": {"a": 1}, "text/html": 3, "image/png": ["ab", "cd"], "application/json": {"a": 1}}
    kept = read(some_frames("display_data", {"data": data}))["content"]["data"]
    assert kept == {"image/png": "abcd", "application/json": {"a": 1}}


@given(st.sampled_from(sorted(IOPUB)), json_values)
def test_any_content_is_rebuilt_to_strict_json_or_junk(msg_type: str, content: object) -> None:
    try:
        message = read(some_frames(msg_type, content))
    except Junk:
        return
    json.dumps(message["content"], allow_nan=False, ensure_ascii=False).encode()


@pytest.mark.parametrize("status", ["banana", "aborted", "abort", "", None, 1, ["ok"], "OK"])
def test_every_status_but_ok_is_an_error(status: object) -> None:
    assert read(a_reply(status), SHELL)["content"]["status"] == "error"


def test_an_honest_reply_keeps_its_error() -> None:
    content = read(a_reply("error", ename="ValueError", evalue="no", traceback=["line"]), SHELL)["content"]
    assert (content["ename"], content["evalue"], content["traceback"]) == ("ValueError", "no", ["line"])


def test_a_reply_carries_no_payload() -> None:
    payload = [{"source": "set_next_input", "text": "import os"}]
    content = read(a_reply("ok", payload=payload, user_expressions={"a": 1}), SHELL)["content"]
    assert content["payload"] == [] and content["user_expressions"] == {}


def test_what_a_kernel_says_about_itself_is_replaced() -> None:
    info = {
        "implementation": "evil",
        "banner": "x" * 100,
        "language_info": {"name": "cobol", "version": "3.11"},
    }
    content = read(some_frames("kernel_info_reply", info), SHELL)["content"]
    assert content["language_info"]["name"] == "python" and content["banner"] == ""
