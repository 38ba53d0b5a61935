"""Workers as the batch sees them: start one, hear from it, kill it when its time is over.

The clock, the verdict on how a worker ended, and every limit on what is believed of its messages are here.
What a worker sends is JSON, counted before it is parsed; nothing is unpickled.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import autograder
from autograder.batch.job import JsonObject
from autograder.batch.worker import NO_MEMORY
from autograder.errors import GraderFailed

GIB = 1024 * 1024 * 1024
MEMORY_BYTES = 1 * GIB
MESSAGES_BYTES = 32 * 1024 * 1024
CHUNK = 256 * 1024
KEPT_ERRORS = 4000


class End(StrEnum):
    """How a worker ended."""

    RESULT = "result"
    FAILED = "failed"
    MEMORY = "memory"
    ABORTED = "aborted"
    TOO_LATE = "too_late"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A worker's report of progress."""

    worker: int
    progress: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A worker's end. `result` is there when it gave one, `detail` is for staff, `error` names our error."""

    worker: int
    end: End
    seconds: float
    result: JsonObject | None = None
    detail: str = ""
    error: str = ""


@dataclass
class _Worker:
    """What is known of a running worker."""

    channel: socket.socket
    errors: IO[bytes]
    began: float
    until: float
    received: bytearray = field(default_factory=bytearray)
    count: int = 0
    messages: list[JsonObject] = field(default_factory=list)
    last: JsonObject | None = None
    killed_for: End | None = None


class Pool:
    """A fork server and its workers. Used as a context; every worker is dead when the block ends.

    Blocks may lie in one another: the first opens the pool, so that its imports run while jobs are still
    being made, and the end of any of them closes it for good.
    """

    def __init__(
        self, function: str, *, preload: Sequence[str] = (), memory_bytes: int = MEMORY_BYTES
    ) -> None:
        self._function = function
        self._preload = tuple(preload)
        self._memory_bytes = memory_bytes
        self._workers: dict[int, _Worker] = {}
        self._next = 0
        self._heard = b""
        self._opened = self._closed = False

    def __enter__(self) -> Self:
        if self._opened:
            return self
        self._opened = True
        self._stack = contextlib.ExitStack()
        self._errors = self._stack.enter_context(tempfile.TemporaryFile())
        self._selector = self._stack.enter_context(selectors.DefaultSelector())
        self._control, inside = socket.socketpair()
        self._stack.callback(self._control.close)
        command = [sys.executable, "-P", "-m", "autograder.batch.server", str(inside.fileno())]
        with inside:
            self._server = subprocess.Popen(
                [*command, self._function, str(self._memory_bytes), *self._preload],
                pass_fds=[inside.fileno()], env=_environment(), start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self._errors,
            )  # fmt: skip
        self._selector.register(self._control, selectors.EVENT_READ, None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the server, which kills its workers; they die with it should it not answer."""
        if self._closed:
            return
        self._closed = True
        self._control.close()
        if not self._next:  # it may still be importing, and there is nothing it would have to end
            self._server.kill()
        try:
            self._server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        for worker in self._workers.values():
            worker.channel.close()
            worker.errors.close()
        self._stack.close()

    def start(self, payload: Mapping[str, Any], *, seconds: float) -> int:
        """Start a worker for one job and return its number.

        Raises:
            GraderFailed: the payload is no JSON value, or the fork server ended.

        """
        number, self._next = self._next, self._next + 1
        ours, theirs = socket.socketpair()
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - read and closed when the worker has ended
        with theirs, tempfile.TemporaryFile() as file:
            try:
                file.write(json.dumps(payload, allow_nan=False).encode())
                file.flush()
                files = [theirs.fileno(), file.fileno(), errors.fileno()]
                socket.send_fds(self._control, [b"fork %d\n" % number], files)
            except (OSError, TypeError, ValueError) as error:
                ours.close()
                errors.close()
                if isinstance(error, OSError):
                    raise self._server_ended() from None
                raise GraderFailed(f"a job is no JSON value: {error}") from None
        now = time.monotonic()
        ours.setblocking(False)
        self._workers[number] = _Worker(channel=ours, errors=errors, began=now, until=now + seconds)
        self._selector.register(ours, selectors.EVENT_READ, number)
        return number

    def wait(self) -> Iterator[Said | Ended]:
        """Wait until something happens and give it. Kills workers whose time is over.

        Raises:
            GraderFailed: the fork server ended.

        """
        for key, _ in self._selector.select(self._patience()):
            if key.data is None:
                yield from self._hear_server()
            elif key.data in self._workers:
                self._hear(key.data)
                yield from self._reports(key.data)
        now = time.monotonic()
        for number, worker in self._workers.items():
            if now >= worker.until and worker.killed_for is None:
                self._kill(number, End.TOO_LATE)

    def _patience(self) -> float | None:
        pending = [worker.until for worker in self._workers.values() if worker.killed_for is None]
        return max(0.0, min(pending) - time.monotonic()) if pending else None

    def _kill(self, number: int, why: End) -> None:
        self._workers[number].killed_for = why
        with contextlib.suppress(OSError):  # a server that is gone is noticed when it is read
            self._control.sendall(b"kill %d\n" % number)

    def _hear_server(self) -> Iterator[Said | Ended]:
        try:
            chunk = self._control.recv(4096)
        except OSError:
            chunk = b""
        if not chunk:
            raise self._server_ended()
        *lines, self._heard = (self._heard + chunk).split(b"\n")
        for line in lines:
            _, number, status = line.split()
            yield from self._bury(int(number), int(status))

    def _hear(self, number: int) -> bool:
        """Take what a worker sent; False when nothing came. One that sends nonsense is killed."""
        worker = self._workers[number]
        try:
            chunk = worker.channel.recv(CHUNK)
        except OSError:
            chunk = b""
        worker.count += len(chunk)
        worker.received += chunk
        *lines, worker.received = worker.received.split(b"\n") if b"\n" in chunk else [worker.received]
        messages = [_message(line) for line in lines]
        worker.messages += [message for message in messages if message is not None]
        if None in messages or worker.count > MESSAGES_BYTES:
            self._kill(number, End.LOST)
            chunk = b""
        if not chunk:
            self._selector.unregister(worker.channel)
        return bool(chunk)

    def _reports(self, number: int) -> Iterator[Said]:
        """Give the reports of progress that came; the last other message is kept."""
        worker = self._workers[number]
        messages, worker.messages = worker.messages, []
        for message in messages:
            if isinstance(message.get("progress"), dict):
                yield Said(worker=number, progress=message["progress"])
            else:
                worker.last = message

    def _bury(self, number: int, status: int) -> Iterator[Said | Ended]:
        """Hear a dead worker to its end and say how it ended."""
        worker = self._workers[number]
        while worker.channel in self._selector.get_map() and self._hear(number):
            pass
        yield from self._reports(number)
        del self._workers[number]
        if worker.channel in self._selector.get_map():
            self._selector.unregister(worker.channel)
        left = _tail(worker.errors)
        worker.channel.close()
        worker.errors.close()
        yield _end(number, worker, status, left)

    def _server_ended(self) -> GraderFailed:
        self._server.wait()
        left = _tail(self._errors)
        return GraderFailed(f"the process that starts gradings ended: {left}", hint="Run the command again.")


def _end(number: int, worker: _Worker, status: int, left: str) -> Ended:
    """Decide how a worker ended: by what it said, by us, or by a signal."""
    seconds = time.monotonic() - worker.began
    said = worker.last or {}
    code = os.waitstatus_to_exitcode(status)
    if worker.killed_for is End.TOO_LATE:
        return Ended(worker=number, end=End.TOO_LATE, seconds=seconds, detail=left)
    if code == 0 and isinstance(said.get("result"), dict):
        return Ended(worker=number, end=End.RESULT, seconds=seconds, result=said["result"])
    if code == 0 and isinstance(said.get("failed"), str):
        detail, error = said["failed"], str(said.get("error", ""))
        return Ended(worker=number, end=End.FAILED, seconds=seconds, detail=detail, error=error)
    if (code == 0 and said.get("memory") is True) or code == NO_MEMORY:
        return Ended(worker=number, end=End.MEMORY, seconds=seconds, detail=left)
    if -code in (signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS):
        return Ended(worker=number, end=End.ABORTED, seconds=seconds, detail=left)
    by = f"ended by signal {-code}" if code < 0 else f"ended with status {code}"
    return Ended(worker=number, end=End.LOST, seconds=seconds, detail=f"{by} {left}".strip())


def _tail(file: IO[bytes]) -> str:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - KEPT_ERRORS))
    return file.read(KEPT_ERRORS).decode(errors="replace").strip()


def _message(line: bytes | bytearray) -> JsonObject | None:
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def _environment() -> dict[str, str]:
    """Return our environment, with which this very package is imported; one thread for linear algebra."""
    package = str(Path(autograder.__file__).resolve().parents[1])
    paths = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
