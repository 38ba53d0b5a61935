"""Lines of JSON over two pipes between the grading process and its check process.

Both ends are ours: what crosses here was checked at the trust line before. Strictness serves to notice our
own faults, not to keep anybody out.
"""

from __future__ import annotations

import json
import os
import select
import time
from typing import Any, Final

LINE_BYTES: Final = 1024 * 1024 * 1024
CHUNK: Final = 1024 * 1024

Message = dict[str, Any]


class ChannelClosed(Exception):
    """The other side is gone, or sent what is no message."""


class TookTooLong(Exception):
    """Nothing came before the deadline."""


class Channel:
    """One end of the pair of pipes."""

    def __init__(self, read_from: int, write_to: int) -> None:
        self._read_from = read_from
        self._write_to = write_to
        self._received = bytearray()

    def send(self, message: Message) -> None:
        """Send one message. Raises ChannelClosed when nobody reads any more."""
        line = memoryview(json.dumps(message, allow_nan=False).encode() + b"\n")
        try:
            while line:
                line = line[os.write(self._write_to, line[:CHUNK]) :]
        except OSError:
            raise ChannelClosed("the other side is gone") from None

    def receive(self, *, seconds: float | None = None) -> Message:
        """Wait for the next message, for at most `seconds`.

        Raises:
            ChannelClosed: the other side is gone, or what it sent is no message.
            TookTooLong: the time is over.

        """
        until = None if seconds is None else time.monotonic() + seconds
        searched = 0
        while (end := self._received.find(b"\n", searched)) < 0:
            searched = len(self._received)
            if searched > LINE_BYTES:
                raise ChannelClosed("a message without an end")
            self._wait(until)
            try:
                chunk = os.read(self._read_from, CHUNK)
            except OSError:
                chunk = b""
            if not chunk:
                raise ChannelClosed("the other side is gone")
            self._received += chunk
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        try:
            message = json.loads(line)
        except ValueError:
            raise ChannelClosed("what came is no message") from None
        if not isinstance(message, dict):
            raise ChannelClosed("what came is no message")
        return message

    def _wait(self, until: float | None) -> None:
        if until is None:
            return
        poll = select.poll()
        poll.register(self._read_from, select.POLLIN)
        if not poll.poll(max(0.0, until - time.monotonic()) * 1000):
            raise TookTooLong
