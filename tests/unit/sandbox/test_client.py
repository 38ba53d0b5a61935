"""The client has two channels, waits with limits, and notices when a kernel leaves or breaks the rules."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from queue import Empty

import pytest
import zmq

from autograder.errors import SandboxUnavailable
from autograder.model.assignment import Limits
from autograder.model.execution import RunOutcome
from autograder.sandbox.client import GuardedClient
from autograder.sandbox.guard import Guard
from autograder.sandbox.protocol import ConnectionInfo, KernelStopped
from tests.unit.sandbox.builders import KEY, a_print, a_reply, idle, some_frames

LARGEST = 100_000


class FakeKernel:
    """Two sockets where a kernel's would be, and a process that lives or does not."""

    def __init__(self, folder: Path) -> None:
        self.connection = ConnectionInfo(ip=str(folder / "k"), key=KEY)
        self.context = zmq.Context()
        self.shell = self.context.socket(zmq.ROUTER)
        self.iopub = self.context.socket(zmq.XPUB)
        self.shell.bind(self.connection.url("shell"))
        self.iopub.bind(self.connection.url("iopub"))
        self.running = True
        self.cause = RunOutcome.KERNEL_DIED
        self.guard = Guard(Limits(), KEY)
        self.client = GuardedClient(
            guard=self.guard, life=self, connection=self.connection, largest=LARGEST, patience=0.3
        )

    def alive(self) -> bool:
        return self.running

    def death(self) -> RunOutcome:
        return self.cause

    def subscribed(self) -> None:
        assert self.iopub.recv() == b"\x01"

    def request(self) -> tuple[bytes, str]:
        """Wait for a request; return who sent it, and its id."""
        import json

        sender, _, _, header, *_ = self.shell.recv_multipart()
        return sender, json.loads(header)["msg_id"]

    def publish(self, frames: list[bytes]) -> None:
        self.iopub.send_multipart(frames)

    def close(self) -> None:
        self.client.stop_channels()
        self.context.destroy(linger=0)


@pytest.fixture
def kernel() -> Iterator[FakeKernel]:
    with tempfile.TemporaryDirectory(prefix="k-") as folder:
        fake = FakeKernel(Path(folder))
        fake.client.start_channels()
        fake.subscribed()
        yield fake
        fake.close()


def during(talk: Callable[[], Awaitable[object]]) -> object:
    async def run() -> object:
        return await asyncio.wait_for(talk(), 20)

    return asyncio.run(run())


def test_only_shell_and_iopub_exist_whatever_is_asked_for(kernel: FakeKernel) -> None:
    kernel.client.start_channels(stdin=True, hb=True, control=True)
    assert set(kernel.client._channels) == {"shell", "iopub"}
    assert kernel.client.allow_stdin is False


def test_stopping_creates_nothing_and_may_be_repeated(kernel: FakeKernel) -> None:
    kernel.client.stop_channels()
    kernel.client.stop_channels()
    assert set(kernel.client._channels) == {"shell", "iopub"} and not kernel.client.channels_running


def test_message_ids_are_random_and_no_user_is_named(kernel: FakeKernel) -> None:
    first, second = kernel.client.session.msg("x"), kernel.client.session.msg("x")
    assert len({first["msg_id"], second["msg_id"]}) == 2
    assert first["msg_id"][:8] != second["msg_id"][:8]
    assert first["header"]["username"] == ""


def test_an_answer_and_its_output_arrive(kernel: FakeKernel) -> None:
    async def talk() -> None:
        kernel.client.execute("x")
        sender, request = kernel.request()
        kernel.publish(a_print("said", parent=request))
        kernel.publish(idle(parent=request))
        kernel.shell.send_multipart(
            [sender, *some_frames("execute_reply", {"status": "ok"}, parent=request)[1:]]
        )
        reply = await kernel.client.shell_channel.get_msg(timeout=5)
        said = await kernel.client.iopub_channel.get_msg(timeout=5)
        assert reply["content"]["status"] == "ok" and said["content"]["text"] == "said"

    during(talk)


def test_waiting_ends_at_its_timeout(kernel: FakeKernel) -> None:
    async def talk() -> None:
        for channel in (kernel.client.shell_channel, kernel.client.iopub_channel):
            with pytest.raises(Empty):
                await channel.get_msg(timeout=0.05)

    during(talk)


def test_a_flood_of_junk_does_not_keep_a_timeout_from_ending(kernel: FakeKernel) -> None:
    async def talk() -> None:
        kernel.client.execute("x")
        stop = asyncio.Event()

        async def flood() -> None:
            while not stop.is_set():
                kernel.publish([b"junk"] * 3)
                await asyncio.sleep(0)

        flooding = asyncio.ensure_future(flood())
        with pytest.raises(Empty):
            await kernel.client.iopub_channel.get_msg(timeout=0.3)
        stop.set()
        await flooding
        assert kernel.guard.dropped > 0

    during(talk)


def test_a_frame_above_the_limit_ends_the_run(kernel: FakeKernel) -> None:
    async def talk() -> None:
        kernel.client.execute("x")
        kernel.publish([b"x" * (LARGEST + 1)])
        reader = asyncio.ensure_future(kernel.client.iopub_channel.get_msg())
        with pytest.raises(KernelStopped) as stopped:
            await kernel.client.shell_channel.get_msg()
        assert stopped.value.outcome is RunOutcome.OUTPUT_TOO_LARGE
        reader.cancel()

    during(talk)


def test_a_kernel_that_dies_ends_the_run_with_its_own_cause(kernel: FakeKernel) -> None:
    async def talk() -> None:
        kernel.client.execute("x")
        kernel.request()
        kernel.running, kernel.cause = False, RunOutcome.OUT_OF_MEMORY
        kernel.context.destroy(linger=0)
        with pytest.raises(KernelStopped) as stopped:
            await kernel.client.shell_channel.get_msg()
        assert stopped.value.outcome is RunOutcome.OUT_OF_MEMORY

    during(talk)


def test_a_living_kernel_that_closes_its_sockets_ends_the_run(kernel: FakeKernel) -> None:
    async def talk() -> None:
        kernel.client.execute("x")
        kernel.request()
        kernel.shell.close(linger=0)
        with pytest.raises(KernelStopped) as stopped:
            await kernel.client.shell_channel.get_msg()
        assert stopped.value.outcome is RunOutcome.KERNEL_DIED
        assert "closed its connections" in stopped.value.detail

    during(talk)


def test_a_stopped_run_is_told_on_iopub_only_after_the_reply(kernel: FakeKernel) -> None:
    async def talk() -> None:
        kernel.client.execute("x")
        _, request = kernel.request()
        kernel.guard.stop(RunOutcome.OUTPUT_TOO_LARGE, "too much")
        reader = asyncio.ensure_future(kernel.client.iopub_channel.get_msg())
        await asyncio.wait([reader], timeout=0.4)
        assert not reader.done()
        kernel.guard.shell(some_frames("execute_reply", {"status": "ok"}, parent=request))
        with pytest.raises(KernelStopped):
            await reader

    during(talk)


def test_an_idle_that_got_lost_is_replaced_after_the_reply(kernel: FakeKernel) -> None:
    async def talk() -> None:
        kernel.client.execute("x")
        _, request = kernel.request()
        kernel.guard.shell(some_frames("execute_reply", {"status": "ok"}, parent=request))
        state = await kernel.client.iopub_channel.get_msg(timeout=5)
        assert state["content"] == {"execution_state": "idle"}

    during(talk)


def test_a_kernel_that_never_answers_is_not_ready(kernel: FakeKernel) -> None:
    async def talk() -> None:
        kernel.running = False
        with pytest.raises(SandboxUnavailable, match="died before any cell"):
            await kernel.client.wait_for_ready(timeout=10)

    during(talk)


def test_a_forged_answer_to_a_guessed_request_is_ignored(kernel: FakeKernel) -> None:
    async def talk() -> None:
        kernel.client.execute("x")
        sender, _ = kernel.request()
        kernel.shell.send_multipart([sender, *a_reply()[1:]])
        with pytest.raises(Empty):
            await kernel.client.shell_channel.get_msg(timeout=0.2)
        assert kernel.guard.ignored == 1

    during(talk)
