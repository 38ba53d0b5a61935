"""A jupyter_client client whose channels pass everything through the guard.

Only shell and iopub exist: what nobody reads (stdin, control, heartbeat) a kernel could fill without end.
Sockets refuse large frames, keep few messages, and are watched for disconnects, because ZMQ drops a peer
that broke its rules silently and for ever. It does not bound a message of endless small frames: the
grading process needs a memory limit of its own.
"""

from __future__ import annotations

import asyncio
import secrets
import socket as unix
import stat
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any, Literal, Protocol

import zmq
import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.session import Session

from autograder.errors import SandboxUnavailable
from autograder.model.execution import RunOutcome
from autograder.sandbox.channel import GuardedChannel
from autograder.sandbox.guard import Guard
from autograder.sandbox.protocol import ConnectionInfo, KernelStopped

QUEUED_MESSAGES = 16
PATIENCE_SECONDS = 2.0
"""How long a lost idle is waited for, and a process that broke its connections is given to end."""


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


class GuardedClient(AsyncKernelClient):
    """The only client that may talk to a student's kernel while cells run."""

    def __init__(
        self,
        *,
        guard: Guard,
        life: Life,
        connection: ConnectionInfo,
        largest: int,
        patience: float = PATIENCE_SECONDS,
        **traits: Any,
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
        self._patience = patience
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
            try:
                if await self._answers():
                    return
            except KernelStopped as stop:
                raise SandboxUnavailable(f"before any cell was sent to it: {stop.detail}") from stop
            if not await asyncio.to_thread(self._life.alive):
                raise SandboxUnavailable("the kernel died before any cell was sent to it")
        raise SandboxUnavailable("the kernel did not answer in time")

    async def is_alive(self) -> bool:
        """Whether the kernel's process runs."""
        return await asyncio.to_thread(self._life.alive)

    async def _answers(self) -> bool:
        request = self.kernel_info()
        try:
            reply = await self.shell_channel.get_msg(timeout=1.0)
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
            channel = GuardedChannel(socket, self.session, kind, self._guard, self._patience)
            channel.on_disconnect = self._judge_disconnect
            self._channels[kind] = channel
        return self._channels[kind]

    async def _judge_disconnect(self) -> None:
        """A connection is gone: the kernel died, or it sent a frame over the limit, or it closed up."""
        deadline = monotonic() + self._patience
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
