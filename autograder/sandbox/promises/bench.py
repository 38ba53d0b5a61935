"""What a promise is tried with: a sandbox, a request for small runs, and a way to talk to a kernel."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from queue import Empty
from time import monotonic
from types import TracebackType
from typing import Any

from autograder.model.assignment import MIB, Limits
from autograder.model.execution import RunOutcome
from autograder.sandbox.protocol import (
    KernelSession,
    KernelStopped,
    Mount,
    Sandbox,
    SandboxRequest,
    SandboxSession,
    entering,
)

SMALL = Limits(
    memory_bytes=400 * MIB,
    cpus=2.0,
    processes=64,
    work_bytes=64 * MIB,
    work_inodes=2000,
    tmp_bytes=32 * MIB,
    tmp_inodes=2000,
    shm_bytes=8 * MIB,
    cell_output_bytes=64 * 1024,
    kept_output_bytes=512 * 1024,
    received_bytes=24 * MIB,
    message_bytes=16 * MIB,
    cell_messages=2000,
)


def promised(kept: object, otherwise: str) -> None:
    """Raise `AssertionError` with this text unless the promise was kept. Works under `python -O` too."""
    if not kept:
        raise AssertionError(otherwise)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What came back for one cell. `outcome` is set when the guard closed the kernel's channels."""

    status: str
    text: str = ""
    error: str = ""
    outcome: RunOutcome | None = None
    seconds: float = 0.0


class Talk:
    """A conversation with one kernel, on an event loop of its own."""

    def __init__(self, session: SandboxSession, kernel: KernelSession) -> None:
        self.kernel = kernel
        self._runner = asyncio.Runner()
        self._runner.run(kernel.client.wait_for_ready(60))
        entered = self.cell(entering(session.work_folder), silent=True)
        promised(entered.status == "ok", f"the work folder cannot be entered: {entered}")

    def __enter__(self) -> Talk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runner.close()

    def cell(self, code: str, *, seconds: float = 30.0, silent: bool = False) -> Said:
        """Run one cell and return what came back; `status` is `ok`, `error`, `timed out` or `stopped`."""
        started = monotonic()
        said = self._runner.run(self._cell(code, seconds, silent))
        return replace(said, seconds=monotonic() - started)

    async def _cell(self, code: str, seconds: float, silent: bool) -> Said:
        client, guard = self.kernel.client, self.kernel.guard
        guard.begin_cell()
        texts: list[str] = []
        client.execute(code, silent=silent, allow_stdin=False)
        reader = asyncio.ensure_future(self._outputs(texts))
        try:
            reply = await client.shell_channel.get_msg(timeout=seconds)
            await asyncio.wait_for(reader, 4)
        except KernelStopped as stop:
            return Said(status="stopped", text="".join(texts), outcome=stop.outcome)
        except Empty:
            return Said(status="timed out", text="".join(texts))
        except TimeoutError:
            return Said(status="no idle", text="".join(texts))
        finally:
            reader.cancel()
            with contextlib.suppress(asyncio.CancelledError, KernelStopped):
                await reader
        content: Mapping[str, Any] = reply["content"]
        return Said(status=content["status"], text="".join(texts), error=content.get("ename", ""))

    async def _outputs(self, texts: list[str]) -> None:
        while True:
            said = await self.kernel.client.iopub_channel.get_msg()
            content = said["content"]
            match said["msg_type"]:
                case "stream":
                    texts.append(content["text"])
                case "execute_result" | "display_data":
                    texts.append(str(content["data"].get("text/plain", "")))
                case "status" if content["execution_state"] == "idle":
                    return


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A backend under trial. `image` needs Python with ipykernel and nothing else."""

    sandbox: Sandbox
    image: str
    limits: Limits = field(default=SMALL)

    @contextlib.contextmanager
    def session(
        self,
        files: Mapping[str, bytes] | None = None,
        *,
        mounts: tuple[Mount, ...] = (),
        links: tuple[tuple[PurePosixPath, PurePosixPath], ...] = (),
        environment: Mapping[str, str] | None = None,
        harmful: bool = False,
        **limits: Any,
    ) -> Iterator[SandboxSession]:
        """Open a sandbox for one trial; keywords that are not named here change its limits.

        What would be `harmful` without walls is not tried where there are none: the promise is broken there.
        """
        request = SandboxRequest(
            image=self.image,
            run_key=secrets.token_hex(8),
            limits=replace(self.limits, **limits),
            environment=environment or {},
            mounts=mounts,
            files=tuple((PurePosixPath(name), data) for name, data in (files or {}).items()),
            links=links,
        )
        with self.sandbox.open(request) as session:
            promised(
                session.protects or not harmful, "nothing protects this machine: the attack was not tried"
            )
            yield session

    @contextlib.contextmanager
    def talk(self, files: Mapping[str, bytes] | None = None, **limits: Any) -> Iterator[Talk]:
        """Open a sandbox with one kernel in it, ready for cells."""
        with self.session(files, **limits) as session, Talk(session, session.start_kernel()) as talk:
            yield talk
