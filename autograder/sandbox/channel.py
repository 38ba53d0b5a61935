"""One channel to a kernel: receives frames, lets the guard judge them, hands on what the guard rebuilt.

The socket is watched for disconnects, because ZMQ drops a peer that broke its rules silently and for ever.
The channel decides nothing: what a disconnect means the client finds out, what is junk the guard.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from queue import Empty
from time import monotonic
from typing import Any, Literal

import zmq
import zmq.asyncio
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.session import Session

from autograder.sandbox.guard import Guard
from autograder.sandbox.messages import Message
from autograder.sandbox.protocol import KernelStopped

SLICE_SECONDS = 0.25
BREATHE_EVERY = 16


class GuardedChannel(AsyncZMQSocketChannel):
    """Receives frames, lets the guard judge them, and hands on what the guard rebuilt."""

    def __init__(
        self,
        socket: zmq.asyncio.Socket,
        session: Session,
        kind: Literal["shell", "iopub"],
        guard: Guard,
        patience: float,
    ) -> None:
        super().__init__(socket, session)
        self._kind = kind
        self._guard = guard
        self._patience = patience
        self._raw: zmq.Socket[bytes] = zmq.Socket.shadow(socket.underlying)
        self._monitor = socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        self._poller = zmq.asyncio.Poller()
        self._poller.register(socket, zmq.POLLIN)
        self._poller.register(self._monitor, zmq.POLLIN)
        self._ready: deque[Message] = deque()
        self._taken = 0
        self._last_message = monotonic()
        self.on_disconnect: Callable[[], Any] | None = None

    def send(self, msg: Message) -> None:
        """Send a request and take it for the current one."""
        self._guard.expect(msg["header"]["msg_id"])
        super().send(msg)

    async def get_msg(self, timeout: float | None = None) -> Message:  # type: ignore[override]
        """Return the next message that passed the guard; raises `Empty` after `timeout` seconds.

        Raises `KernelStopped` when the guard ended the run. On iopub it first waits for a reply to the
        current request: nbclient looks at an exception there only afterwards, and shell raises before that.
        """
        deadline = None if timeout is None else monotonic() + timeout
        while True:
            await self._breathe()
            await self._stop_if_broken()
            if self._ready:
                return self._ready.popleft()
            if self._take():
                continue
            left = SLICE_SECONDS if deadline is None else min(SLICE_SECONDS, deadline - monotonic())
            if left <= 0:
                raise Empty
            await self._poller.poll(max(1, int(left * 1000)))
            if self._disconnected() and self.on_disconnect is not None:
                await self.on_disconnect()
            else:
                self._replace_lost_idle()

    async def msg_ready(self) -> bool:  # type: ignore[override]
        """Whether a message could be had without waiting."""
        return bool(self._ready) or bool(self._raw.poll(0))

    def close(self) -> None:
        """Close the socket and its monitor."""
        if self.socket is not None:
            with contextlib.suppress(zmq.ZMQError):
                self.socket.disable_monitor()
            self._monitor.close(linger=0)
        super().close()

    stop = close

    async def _breathe(self) -> None:
        """Let timeouts and other tasks have their turn in the middle of a flood."""
        self._taken += 1
        if self._taken % BREATHE_EVERY == 0:
            await asyncio.sleep(0)

    async def _stop_if_broken(self) -> None:
        if self._guard.broken is None:
            return
        while self._kind == "iopub" and not self._guard.replied:
            await asyncio.sleep(SLICE_SECONDS)
        raise KernelStopped(self._guard.broken, self._guard.detail)

    def _take(self) -> bool:
        """Receive one message, if there is one, and let the guard judge it."""
        try:
            frames = [frame.bytes for frame in self._raw.recv_multipart(zmq.NOBLOCK, copy=False)]
        except zmq.Again:
            return False
        self._last_message = monotonic()
        if self._kind == "iopub":
            self._ready.extend(self._guard.iopub(frames))
        elif (reply := self._guard.shell(frames)) is not None:
            self._ready.append(reply)
        return True

    def _disconnected(self) -> bool:
        seen = False
        monitor: zmq.Socket[bytes] = zmq.Socket.shadow(self._monitor.underlying)
        while monitor.poll(0):
            monitor.recv_multipart(zmq.NOBLOCK)
            seen = True
        return seen

    def _replace_lost_idle(self) -> None:
        silent = monotonic() - self._last_message
        if self._kind == "iopub" and self._guard.replied and silent > self._patience:
            self._guard.replied = False
            self._ready.extend(self._guard.give_up_waiting())
