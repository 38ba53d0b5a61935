"""Builders for what a kernel sends, without a kernel."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from autograder.model.assignment import Limits
from autograder.sandbox.guard import Guard
from autograder.sandbox.messages import DELIMITER, Message, sign
from autograder.sandbox.protocol import SandboxRequest

KEY = b"the key"
REQUEST = "the current request"


def some_frames(
    msg_type: str,
    content: object,
    *,
    parent: object = REQUEST,
    header: object = None,
    signature: bytes | None = None,
    buffers: tuple[bytes, ...] = (),
) -> list[bytes]:
    """A signed message as it comes out of a socket; `bytes` given for a part go in as they are."""
    parts = [
        _part({"msg_id": "m", "msg_type": msg_type} if header is None else header),
        _part({"msg_id": parent} if isinstance(parent, str) else parent),
        b"{}",
        _part(content),
    ]
    return [b"topic", DELIMITER, sign(KEY, parts) if signature is None else signature, *parts, *buffers]


def a_print(text: str, **more: Any) -> list[bytes]:
    return some_frames("stream", {"name": "stdout", "text": text}, **more)


def a_picture(size: int) -> list[bytes]:
    return some_frames("display_data", {"data": {"image/png": "x" * size}, "metadata": {}})


def idle(**more: Any) -> list[bytes]:
    return some_frames("status", {"execution_state": "idle"}, **more)


def a_reply(status: object = "ok", **content: Any) -> list[bytes]:
    return some_frames("execute_reply", {"status": status, "execution_count": 1, **content})


def a_guard(**limits: Any) -> Guard:
    small = Limits(
        cell_output_bytes=4000, kept_output_bytes=20_000, received_bytes=2_000_000, cell_messages=400
    )
    guard = Guard(replace(small, **limits), KEY)
    guard.expect(REQUEST)
    return guard


def texts(messages: list[Message]) -> str:
    return "".join(message["content"].get("text", "") for message in messages)


def a_request(**changes: Any) -> SandboxRequest:
    return replace(SandboxRequest(image="an-image", run_key="run 7 of ada"), **changes)


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return folder


def _part(value: object) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()
