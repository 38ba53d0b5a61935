"""Rebuild what a kernel sent, from its known fields, or drop it. Pure functions on bytes.

Student code owns the kernel, its sockets and its key, so every byte may be a lie or a trap. Nothing of a
message is passed on as it came: header and metadata are ours, contents are put together anew from the
fields that their type has, with exact types. What this does not do: say whether an output is *true*.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

DELIMITER = b"<IDS|MSG>"
FRAMES_AT_MOST = 64
HEADER_BYTES = 16 * 1024
NAME_CHARACTERS = 1000
LONGEST_NUMBER = 300
BUNDLE_DEPTH = 100
"""Deeper JSON is shown by no library, and what keeps or writes a notebook gives up between 250 and 500."""

_JSON_TYPE = re.compile(r"application/(.*\+)?json")

Content = dict[str, Any]
Message = dict[str, Any]
Builders = Mapping[str, Callable[[Content], Content]]
"""For each type of message that is passed on: what makes its new content out of the old one."""


class Junk(Exception):
    """This message cannot be used: no honest kernel sends it. Count it and go on."""


class Unwanted(Exception):
    """A message of a type that is not passed on (widgets, updates of earlier displays)."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message whose signature and header were checked; its content was not looked at."""

    msg_type: str
    parent_id: str
    content: bytes


def size_of(frames: Sequence[bytes]) -> int:
    """Return the bytes of all frames together."""
    return sum(len(frame) for frame in frames)


def open_envelope(frames: Sequence[bytes], key: bytes, allowed: frozenset[str]) -> Envelope:
    """Check frames, signature and header of one message; raises `Junk`, or `Unwanted` by its type.

    Only messages of the `allowed` types get through, and none of them with extra buffers.
    """
    if len(frames) > FRAMES_AT_MOST or DELIMITER not in frames[:2]:
        raise Junk("frames")
    start = frames.index(DELIMITER) + 1
    if len(frames) < start + 5:
        raise Junk("frames")
    signature, header, parent, metadata, content = frames[start : start + 5]
    if len(signature) != 64 or len(header) > HEADER_BYTES or len(parent) > HEADER_BYTES:
        raise Junk("sizes")
    if not hmac.compare_digest(signature, sign(key, (header, parent, metadata, content))):
        raise Junk("signature")
    msg_type = _object(_parse(header)).get("msg_type")
    if type(msg_type) is not str:
        raise Junk("type")
    if msg_type not in allowed:
        raise Unwanted(msg_type[:NAME_CHARACTERS])
    if len(frames) != start + 5:
        raise Junk("buffers")
    parent_id = _object(_parse(parent)).get("msg_id", "")
    return Envelope(msg_type, _text(parent_id, at_most=NAME_CHARACTERS), content)


def sign(key: bytes, parts: Sequence[bytes]) -> bytes:
    """Return the HMAC-SHA256 of the four parts of a message, as the protocol writes it."""
    mac = hmac.new(key, digestmod=hashlib.sha256)
    for part in parts:
        mac.update(part)
    return mac.hexdigest().encode()


def rebuild(envelope: Envelope, builders: Builders) -> Message:
    """Return a new message of the same type and parent, its content made of known fields; raises `Junk`."""
    content = builders[envelope.msg_type](_object(_parse(envelope.content)))
    return message(envelope.msg_type, envelope.parent_id, content)


def message(msg_type: str, parent_id: str, content: Content) -> Message:
    """Return a message in the form jupyter_client's readers expect, with a header of our own."""
    msg_id = secrets.token_hex(16)
    return {
        "header": {"msg_id": msg_id, "msg_type": msg_type, "date": datetime.now(UTC), "version": "5.3"},
        "msg_id": msg_id,
        "msg_type": msg_type,
        "parent_header": {"msg_id": parent_id},
        "metadata": {},
        "content": content,
        "buffers": [],
    }


def _parse(raw: bytes) -> object:
    # An honest kernel sends bytes that are no UTF-8 for text that was read with `surrogateescape`.
    try:
        return json.loads(raw.decode("utf-8", "replace"), parse_constant=_refuse, parse_int=_number)
    except (ValueError, RecursionError) as error:
        raise Junk("json") from error


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"not JSON: {constant}")


def _number(digits: str) -> int | float:
    """Python's integers have no end; one that does not fit into 64 bits becomes a float."""
    if len(digits) > LONGEST_NUMBER:
        raise ValueError("integer out of range")
    return number if len(digits) <= 20 and abs(number := int(digits)) < 2**63 else float(digits)


def _object(value: object) -> Content:
    if type(value) is not dict:
        raise Junk("not an object")
    return value


def _text(value: object, *, at_most: int | None = None) -> str:
    if type(value) is not str or (at_most is not None and len(value) > at_most):
        raise Junk("not a text")
    return _utf8(value)


def _utf8(text: str) -> str:
    """Replace lone surrogates: file names hold them honestly, and no notebook can be saved with them."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _count(value: object) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not 0 <= value < 2**31:
        raise Junk("not a count")
    return value


def _bundle(value: object) -> Content:
    """A MIME bundle: texts, and under JSON types any JSON. What else a library shows is left out of it."""
    bundle: Content = {}
    for mime, data in _object(value).items():
        if _text(mime, at_most=NAME_CHARACTERS) != mime:
            raise Junk("lone surrogate")
        if _JSON_TYPE.fullmatch(mime):
            bundle[mime] = _utf8(data) if type(data) is str else _json(data)
        elif type(data) is list and all(type(line) is str for line in data):
            bundle[mime] = _utf8("".join(data))
        elif type(data) is str:
            bundle[mime] = _utf8(data)
    return bundle


def _json(data: object) -> object:
    """Plain JSON that is flat enough and survives strict encoding (no NaN, valid UTF-8)."""
    if _deeper_than(data, BUNDLE_DEPTH):
        raise Junk("depth")
    try:
        json.dumps(data, allow_nan=False, ensure_ascii=False).encode()
    except ValueError as error:
        raise Junk("bundle") from error
    return data


def _deeper_than(value: object, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    items = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_deeper_than(item, levels - 1) for item in items)


def _status(content: Content) -> Content:
    state = content.get("execution_state")
    if state not in ("busy", "idle", "starting"):
        raise Junk("state")
    return {"execution_state": state}


def _stream(content: Content) -> Content:
    name = content.get("name")
    if name not in ("stdout", "stderr"):
        raise Junk("stream")
    return {"name": name, "text": _text(content.get("text"))}


def _display(content: Content) -> Content:
    # Without `transient` no later message can change this output.
    return {"data": _bundle(content.get("data")), "metadata": _json(_object(content.get("metadata", {})))}


def _result(content: Content) -> Content:
    return {**_display(content), "execution_count": _count(content.get("execution_count"))}


def _error(content: Content) -> Content:
    traceback = content.get("traceback")
    if type(traceback) is not list:
        raise Junk("traceback")
    return {
        "ename": _text(content.get("ename")),
        "evalue": _text(content.get("evalue")),
        "traceback": [_text(line) for line in traceback],
    }


def _input(content: Content) -> Content:
    return {"code": "", "execution_count": _count(content.get("execution_count"))}


def _clear(content: Content) -> Content:
    return {"wait": content.get("wait") is True}


def _execute_reply(content: Content) -> Content:
    """Exactly `ok` is ok. nbclient takes everything but `error` for a success: so all else becomes one."""
    reply: Content = {
        "status": content.get("status"),
        "execution_count": _count(content.get("execution_count")),
        "user_expressions": {},
        "payload": [],
    }
    if reply["status"] == "ok":
        return reply
    if reply["status"] != "error":
        return {**reply, **failed_reply("NotExecuted", "the kernel did not execute this cell")}
    return {**reply, **_error({"traceback": [], **content})}


def failed_reply(ename: str, evalue: str) -> Content:
    """Return the content of an execute reply that reports an error of ours."""
    return {"status": "error", "ename": ename, "evalue": evalue, "traceback": []}


def _kernel_info(content: Content) -> Content:
    info = _object(content.get("language_info", {}))
    version = info.get("version", "")
    return {
        "status": "ok",
        "protocol_version": "5.3",
        "implementation": "ipython",
        "language_info": {"name": "python", "version": _text(version, at_most=50), "file_extension": ".py"},
        "banner": "",
    }


IOPUB: Builders = {
    "status": _status,
    "stream": _stream,
    "display_data": _display,
    "execute_result": _result,
    "error": _error,
    "execute_input": _input,
    "clear_output": _clear,
}
"""Comms are not here (widgets can capture a later cell's output), nor updates of earlier displays."""

SHELL: Builders = {
    "execute_reply": _execute_reply,
    "kernel_info_reply": _kernel_info,
}
