"""A second client of a kernel: one socket, one question at a time, nothing believed.

Works on the shell channel only, with `user_expressions` and empty silent code, so that no hook of the
student's runs and no output is touched. Sizes, frames, junk and time are bounded here; the meaning of an
answer is not looked at. It does not bound one message of endless small frames: for that the grading process
needs a memory limit of its own.
"""

from __future__ import annotations

import contextlib
import json
import re
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final, Protocol

from autograder.sandbox.messages import DELIMITER, sign

if TYPE_CHECKING:
    import zmq

    from autograder.sandbox.protocol import ConnectionInfo

MIME: Final = "application/vnd.nbverdict.answer"
LARGEST_FRAME: Final = 16 * 1024 * 1024
MOST_FRAMES: Final = 8
MOST_JUNK: Final = 1_000
HEADER_BYTES: Final = 16 * 1024
QUEUED_MESSAGES: Final = 4
LOOK_SECONDS: Final = 1.0
ENDING_SECONDS: Final = 0.05
_MARK: Final = re.compile(rb'"' + re.escape(MIME.encode()) + rb'"\s*:\s*(?=")')


class NoReply(Exception):
    """The kernel gave no usable reply.

    `lost` says that it will give none to later questions either, `late` that it was only too slow.
    """

    def __init__(self, reason: str, *, lost: bool, late: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.lost = lost
        self.late = late


class Listener(Protocol):
    """What is asked about, and done to, the kernel's process."""

    def alive(self) -> bool:
        """Whether the process runs."""

    def interrupt(self) -> None:
        """Send SIGINT."""


class KernelVoice:
    """One connection to a kernel's shell socket. Open it before student code runs, and keep it."""

    def __init__(self, connection: ConnectionInfo, kernel: Listener, *, grace_seconds: float) -> None:
        import zmq

        self._key = connection.key
        self._kernel = kernel
        self._grace = grace_seconds
        self._session = secrets.token_hex(16)
        self._context = zmq.Context()
        self._socket: zmq.Socket[bytes] = self._context.socket(zmq.DEALER)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.MAXMSGSIZE, LARGEST_FRAME)
        self._socket.setsockopt(zmq.RCVHWM, QUEUED_MESSAGES)
        self._socket.setsockopt(zmq.IDENTITY, secrets.token_hex(16).encode())
        self._monitor: zmq.Socket[bytes] = self._socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        self._poller = zmq.Poller()
        self._poller.register(self._socket, zmq.POLLIN)
        self._poller.register(self._monitor, zmq.POLLIN)
        self._socket.connect(connection.url("shell"))
        self._junk = 0
        self._lost = ""
        self._answered: set[str] = set()
        self.contradicted = False
        """Whether a question was answered twice, as far as that was seen. No honest kernel does it."""

    def evaluate(self, expression: str, *, seconds: float) -> str:
        """Return the text that an expression's value carries under our private MIME type.

        After `seconds` the kernel is interrupted and given the grace period to become usable again.

        Raises:
            NoReply: no such text came; for whatever reason, it is the student's doing.

        """
        if self._lost:
            raise NoReply(self._lost, lost=True)
        asked = self._send(expression)
        try:
            content = self._receive(asked, monotonic() + seconds)
        except _Late:
            self._kernel.interrupt()
            with contextlib.suppress(_Late):
                self._receive(asked, monotonic() + self._grace)
                reason = f"no answer within {seconds:g} s; it was interrupted"
                raise NoReply(reason, lost=False, late=True) from None
            self._lose(f"no answer within {seconds:g} s, and an interrupt did not help")
        return _marked_text(content)

    def close(self) -> None:
        """Close the connection, after a last look at what came that nobody waited for."""
        for _ in range(QUEUED_MESSAGES):
            self._take("")
        self._socket.disable_monitor()
        self._monitor.close(linger=0)
        self._context.destroy(linger=0)

    def _lose(self, reason: str) -> None:
        self._lost = reason
        raise NoReply(reason, lost=True) from None

    def _send(self, expression: str) -> str:
        asked = secrets.token_hex(16)
        header = {
            "msg_id": asked,
            "msg_type": "execute_request",
            "session": self._session,
            "username": "",
            "date": datetime.now(UTC).isoformat(),
            "version": "5.3",
        }
        content = {
            "code": "",
            "silent": True,
            "store_history": False,
            "user_expressions": {"answer": expression},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        parts = [json.dumps(part).encode() for part in (header, {}, {}, content)]
        self._socket.send_multipart([DELIMITER, sign(self._key, parts), *parts])
        return asked

    def _receive(self, asked: str, deadline: float) -> bytes:
        """Return the content of the reply to this request; raises `_Late` after the deadline."""
        looked = monotonic()
        while True:
            left = deadline - monotonic()
            if left <= 0:
                raise _Late
            ready = dict(self._poller.poll(int(min(left, LOOK_SECONDS) * 1000) + 1))
            if self._socket in ready:
                content = self._take(asked)
                if content is not None:
                    self._answered.add(asked)
                    return content
                self._junk += 1
                if self._junk > MOST_JUNK:
                    self._lose("the kernel sent only messages that nobody asked for")
            elif self._monitor in ready:
                self._wait_for_its_end(deadline)
                self._lose("the kernel closed the connection")
            elif monotonic() - looked > LOOK_SECONDS / 2:
                looked = monotonic()
                if not self._kernel.alive():
                    self._lose("the kernel is dead")

    def _wait_for_its_end(self, deadline: float) -> None:
        """A process closes its sockets before it ends; who asks next whether it lives must see the end."""
        deadline = min(deadline, monotonic() + self._grace)
        while self._kernel.alive() and monotonic() < deadline:
            sleep(ENDING_SECONDS)

    def _take(self, asked: str) -> bytes | None:
        import zmq

        try:
            frames = self._socket.recv_multipart(zmq.NOBLOCK, copy=False)
        except zmq.Again:
            return None
        if len(frames) > MOST_FRAMES or sum(len(frame) for frame in frames) > LARGEST_FRAME:
            return None
        request, content = _reply_in([frame.bytes for frame in frames])
        self.contradicted = self.contradicted or request in self._answered
        return content if request == asked else None


class _Late(Exception):
    """The deadline of a question has passed."""


def _reply_in(frames: Sequence[bytes]) -> tuple[str | None, bytes]:
    """Return which request an execute reply answers, and its content. The key proves nothing."""
    if DELIMITER not in frames[:2]:
        return None, b""
    start = frames.index(DELIMITER) + 1
    if len(frames) < start + 5:
        return None, b""
    _, header, parent, _, content = frames[start : start + 5]
    request = _small(parent).get("msg_id")
    if _small(header).get("msg_type") != "execute_reply" or not isinstance(request, str):
        return None, b""
    return request, content


def _small(raw: bytes) -> dict[str, Any]:
    if len(raw) > HEADER_BYTES:
        return {}
    try:
        parsed = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return parsed if type(parsed) is dict else {}


def _marked_text(content: bytes) -> str:
    """Return the one string under our MIME type; the rest of the content is never parsed."""
    mark = _MARK.search(content)
    if mark is None:
        raise NoReply("the kernel did not evaluate the question", lost=False)
    try:
        text, _ = json.JSONDecoder().raw_decode(content[mark.end() :].decode())
    except (ValueError, RecursionError):
        raise NoReply("the kernel's answer is not text", lost=False) from None
    assert isinstance(text, str)
    return text
