"""A jupyter_client client whose channels pass everything through the guard.

Only shell and iopub exist: what nobody reads (stdin, control, heartbeat) a kernel could fill without end.
Sockets refuse large frames, keep few messages, and are watched for disconnects, because ZMQ drops a peer
that broke its rules silently and for ever. It does not bound a message of endless small frames: the
grading process needs a memory limit of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket as unix
import stat
from collections import deque
from collections.abc import Callable
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any, Literal, Protocol

import zmq
import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.session import Session

from autograder.errors import SandboxUnavailable
from autograder.model.execution import RunOutcome
from autograder.sandbox.guard import Guard
from autograder.sandbox.messages import Message
from autograder.sandbox.protocol import ConnectionInfo, KernelStopped

QUEUED_MESSAGES = 16
SLICE_SECONDS = 0.25
LOST_IDLE_SECONDS = 2.0
DEATH_NOTICE_SECONDS = 2.0
BREATHE_EVERY = 16


class Life(Protocol):
    """What the client asks about the kernel's process when a connection breaks."""

    def alive(self) -> bool:
        """Whether the process runs."""

    def death(self) -> RunOutcome:
        """What ended it."""


class RandomIdSession(Session):
    """Message ids that a kernel cannot guess: it cannot answer a cell before the cell was sent."""

    @property
    def msg_id(self) -> str:
        """A fresh random id."""
        return secrets.token_hex(16)


class GuardedChannel(AsyncZMQSocketChannel):
    """Receives frames, lets the guard judge them, and hands on what the guard rebuilt."""

    def __init__(
        self, socket: zmq.asyncio.Socket, session: Session, kind: Literal["shell", "iopub"], guard: Guard
    ) -> None:
        super().__init__(socket, session)
        self._kind = kind
        self._guard = guard
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
        if self._kind == "iopub" and self._guard.replied and silent > LOST_IDLE_SECONDS:
            self._guard.replied = False
            self._ready.extend(self._guard.give_up_waiting())


class GuardedClient(AsyncKernelClient):
    """The only client that may talk to a student's kernel while cells run."""

    def __init__(
        self, *, guard: Guard, life: Life, connection: ConnectionInfo, largest: int, **traits: Any
    ) -> None:
        context = zmq.asyncio.Context()
        context.setsockopt(zmq.MAXMSGSIZE, largest)
        context.setsockopt(zmq.RCVHWM, QUEUED_MESSAGES)
        super().__init__(
            context=context,
            session=RandomIdSession(key=connection.key, username=""),
            transport=connection.transport,
            ip=connection.ip,
            shell_port=connection.shell_port,
            iopub_port=connection.iopub_port,
            stdin_port=connection.stdin_port,
            control_port=connection.control_port,
            hb_port=connection.hb_port,
            **traits,
        )
        self.allow_stdin = False
        self._guard = guard
        self._life = life
        self._connection = connection
        self._channels: dict[str, GuardedChannel] = {}

    def start_channels(self, *_: object, **__: object) -> None:
        """Connect shell and iopub, whatever was asked for."""
        for kind in ("iopub", "shell"):
            self._channel(kind)

    def stop_channels(self) -> None:
        """Close what exists, and create nothing."""
        for channel in self._channels.values():
            channel.close()
        if not self.context.closed:
            self.context.destroy(linger=0)

    @property
    def channels_running(self) -> bool:
        """Whether a channel is open."""
        return any(channel.is_alive() for channel in self._channels.values())

    @property
    def shell_channel(self) -> GuardedChannel:
        """Requests and replies."""
        return self._channel("shell")

    @property
    def iopub_channel(self) -> GuardedChannel:
        """Outputs and states."""
        return self._channel("iopub")

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Return when the kernel answers and its outputs arrive. Only before student code has run.

        Raises `SandboxUnavailable` after `timeout` seconds (60 by default) or if the kernel died.
        """
        deadline = monotonic() + (60.0 if timeout is None else timeout)
        while monotonic() < deadline:
            if await self._answers():
                return
            if not await asyncio.to_thread(self._life.alive):
                raise SandboxUnavailable("the kernel died before any cell was sent to it")
        raise SandboxUnavailable("the kernel did not answer in time")

    async def is_alive(self) -> bool:
        """Whether the kernel's process runs."""
        return await asyncio.to_thread(self._life.alive)

    async def _answers(self) -> bool:
        request = self.kernel_info()
        try:
            reply = await self.shell_channel.get_msg(timeout=5.0)
            state = await self.iopub_channel.get_msg(timeout=0.2)
            while state["msg_type"] != "status" or state["content"]["execution_state"] != "idle":
                state = await self.iopub_channel.get_msg(timeout=0.2)
        except Empty:
            return False
        return bool(reply["parent_header"]["msg_id"] == request)

    def _channel(self, kind: Literal["shell", "iopub"]) -> GuardedChannel:
        if kind not in self._channels:
            if kind == "shell":
                socket = self.connect_shell(identity=self.session.bsession)
            else:
                socket = self.connect_iopub()
            assert isinstance(socket, zmq.asyncio.Socket)
            channel = GuardedChannel(socket, self.session, kind, self._guard)
            channel.on_disconnect = self._judge_disconnect
            self._channels[kind] = channel
        return self._channels[kind]

    async def _judge_disconnect(self) -> None:
        """A connection is gone: the kernel died, or it sent a frame over the limit, or it closed up."""
        deadline = monotonic() + DEATH_NOTICE_SECONDS
        while await asyncio.to_thread(self._life.alive):
            if monotonic() > deadline:
                if listens(self._connection):
                    self._guard.stop(RunOutcome.OUTPUT_TOO_LARGE, "one message was too large to be received")
                else:
                    self._guard.stop(RunOutcome.KERNEL_DIED, "the kernel closed its connections")
                return
            await asyncio.sleep(0.05)
        self._guard.stop(await asyncio.to_thread(self._life.death), "the kernel's process ended")


def listens(connection: ConnectionInfo) -> bool:
    """Whether somebody still accepts connections where the kernel's shell and iopub sockets are."""
    for channel in ("shell", "iopub"):
        path = Path(connection.url(channel).removeprefix("ipc://"))
        with unix.socket(unix.AF_UNIX, unix.SOCK_STREAM) as probe:
            probe.settimeout(1.0)
            try:
                if not stat.S_ISSOCK(path.stat().st_mode):
                    return False
                probe.connect(str(path))
            except OSError:
                return False
    return True
