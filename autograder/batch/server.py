"""The fork server: a process that has imported everything and turns into a worker within milliseconds.

    python -P -m autograder.batch.server CONTROL_FD FUNCTION MEMORY_BYTES [MODULE ...]

It holds no submission and judges nothing. It forks when told, kills when told, and says how each worker
ended. When the control socket closes, it kills all workers and ends.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import select
import signal
import socket
import sys
from typing import cast

from autograder.batch.job import JobFunction
from autograder.batch.worker import NO_MEMORY, Handed, live

CANNOT_FORK = 71 << 8
"""The status, as `waitpid` would give it, of a worker that could not be started."""


def main(arguments: list[str]) -> int:
    """Serve until the batch closes its end of the socket."""
    control_number, name, memory_bytes, *modules = arguments
    control = socket.socket(fileno=int(control_number))
    for module in modules:
        importlib.import_module(module)
    function = named(name)
    woken, wake = os.pipe()
    for end in (woken, wake):
        os.set_blocking(end, False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    gc.collect()
    gc.freeze()  # workers then share these pages as long as they live
    server = Server(control, function, int(memory_bytes), (woken, wake))
    try:
        server.serve()
    finally:
        server.kill_all()
    return 0


def named(name: str) -> JobFunction:
    """Return the function that `module:function` names."""
    module, _, function = name.partition(":")
    return cast(JobFunction, getattr(importlib.import_module(module), function))


class Server:
    """The loop of the fork server."""

    def __init__(
        self, control: socket.socket, function: JobFunction, memory_bytes: int, wakeup: tuple[int, int]
    ) -> None:
        self._control = control
        self._function = function
        self._memory_bytes = memory_bytes
        self._wakeup = wakeup
        self._workers: dict[int, int] = {}
        self._received = b""
        self._files: list[int] = []

    def serve(self) -> None:
        """Fork, kill and report until the control socket closes."""
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._wakeup[0], select.POLLIN)
        while True:
            ready = {number for number, _ in poll.poll()}
            if self._wakeup[0] in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wakeup[0], 4096)
            self._report_ended()
            if self._control.fileno() in ready and not self._obey():
                return

    def kill_all(self) -> None:
        """Kill every worker with its session."""
        for worker in self._workers.values():
            _kill(worker)

    def _obey(self) -> bool:
        """Take what came and do it; False when the other side is gone."""
        chunk, files, _, _ = socket.recv_fds(self._control, 4096, 64)
        self._files += files
        if not chunk:
            return False
        *lines, self._received = (self._received + chunk).split(b"\n")
        for line in lines:
            word, number = line.split()
            if word == b"fork":
                self._fork(int(number))
            elif (worker := self._workers.get(int(number))) is not None:
                _kill(worker)
        return True

    def _fork(self, number: int) -> None:
        answers, payload, errors, *self._files = self._files
        try:
            worker = os.fork()
        except OSError:
            worker = -1
        if worker == 0:
            self._become_worker(Handed(answers=answers, payload=payload, errors=errors))
        for file in (answers, payload, errors):
            os.close(file)
        if worker < 0:
            self._say(number, CANNOT_FORK)
        else:
            self._workers[number] = worker

    def _become_worker(self, handed: Handed) -> None:
        status = 71
        try:
            signal.set_wakeup_fd(-1)
            for file in (*self._wakeup, *self._files):
                os.close(file)
            self._control.close()
            status = live(self._function, handed, memory_bytes=self._memory_bytes)
        except MemoryError:
            status = NO_MEMORY
        finally:
            os._exit(status)

    def _report_ended(self) -> None:
        for number, worker in list(self._workers.items()):
            ended, status = os.waitpid(worker, os.WNOHANG)
            if ended:
                del self._workers[number]
                self._say(number, status)

    def _say(self, number: int, status: int) -> None:
        with contextlib.suppress(OSError):  # nobody listens any more: the next read ends the loop
            self._control.sendall(b"ended %d %d\n" % (number, status))


def _kill(worker: int) -> None:
    """Kill a worker that was not waited for yet, so its number cannot be another's, and its whole session."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(worker, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.kill(worker, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
