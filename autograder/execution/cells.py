"""Run one cell at a time through stock nbclient, with the clocks on our side.

At a limit the kernel is interrupted, and killed when that does not help within the grace period. What a
kernel says about a cell is recorded as it came; it is a claim.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from autograder.errors import GraderError, GraderFailed
from autograder.execution.outputs import displayed_text, kept_outputs
from autograder.model.execution import CellStatus, RunOutcome
from autograder.sandbox.protocol import KernelStopped

if TYPE_CHECKING:
    from autograder.sandbox.protocol import KernelSession

TEXT_CHARACTERS = 2_000
OF_TESTS_AND_STUBS: Final = frozenset({"AssertionError", "NotImplementedError"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CellEnd:
    """How one cell ended. `ended` is set when the kernel cannot run another one, and says why."""

    status: CellStatus
    error_name: str = ""
    error_value: str = ""
    outputs: tuple[Mapping[str, Any], ...] = ()
    displayed: str = ""
    seconds: float = 0.0
    truncated: bool = False
    ended: RunOutcome | None = None
    detail: str = ""

    @property
    def may_be_the_disk(self) -> bool:
        """Whether it raised something else than tests and stubs raise: to look at the disk takes time."""
        return self.status is CellStatus.ERROR and self.error_name not in OF_TESTS_AND_STUBS


class CellDriver:
    """Sends cells to one kernel. All its work happens on the event loop it is given."""

    def __init__(
        self, kernel: KernelSession, loop: asyncio.AbstractEventLoop, *, grace_seconds: float
    ) -> None:
        from nbclient import NotebookClient
        from nbformat.v4 import new_code_cell, new_notebook

        self._kernel = kernel
        self._loop = loop
        self._grace = grace_seconds
        self._new_cell = new_code_cell
        self._reply: Mapping[str, Any] = {}
        self._client = NotebookClient(
            new_notebook(cells=[new_code_cell()]),  # type: ignore[no-untyped-call]
            km=kernel.manager,
            timeout=None,
            allow_errors=True,
            store_widget_state=False,
            coalesce_streams=False,
            record_timing=False,
            on_cell_executed=self._keep_reply,
            log=_silent_log(),
        )
        self._client.kc = kernel.client

    def run(self, source: str, *, seconds: float) -> CellEnd:
        """Run one code cell for at most `seconds` and the grace period.

        Raises:
            GraderError: our side failed; nothing is known about the cell.

        """
        return self._loop.run_until_complete(self._run(source, seconds))

    async def _run(self, source: str, seconds: float) -> CellEnd:
        self._reply = {}
        self._kernel.guard.begin_cell()
        cell = self._new_cell(source)  # type: ignore[no-untyped-call]
        began = monotonic()
        task = asyncio.ensure_future(self._client.async_execute_cell(cell, 0))
        await asyncio.wait({task}, timeout=seconds)
        late = not task.done()
        if late:
            await asyncio.to_thread(self._kernel.interrupt)
            await asyncio.wait({task}, timeout=self._grace)
        if task.done():
            ended, detail = await self._judged(task)
        else:
            await self._killed(task)
            ended, detail = RunOutcome.TIMED_OUT, "the kernel did not react to an interrupt and was killed"
        if late and ended in (RunOutcome.KERNEL_DIED, RunOutcome.TIMED_OUT):
            ended = RunOutcome.TIMED_OUT
        elif late:
            detail = detail or f"a cell ran longer than {seconds:.0f} s"
        outputs = kept_outputs(cell.outputs)
        return CellEnd(
            status=self._status(late=late, ended=ended),
            error_name=_short(self._reply.get("ename")),
            error_value=_short(self._reply.get("evalue")),
            outputs=outputs,
            displayed=displayed_text(outputs)[:TEXT_CHARACTERS],
            seconds=monotonic() - began,
            truncated=self._kernel.guard.cell_truncated or ended is RunOutcome.OUTPUT_TOO_LARGE,
            ended=ended,
            detail=detail,
        )

    def _status(self, *, late: bool, ended: RunOutcome | None) -> CellStatus:
        if late:
            return CellStatus.TIMED_OUT
        if ended is not None:
            return CellStatus.INTERRUPTED
        return CellStatus.OK if self._reply.get("status") == "ok" else CellStatus.ERROR

    async def _judged(self, task: asyncio.Future[Any]) -> tuple[RunOutcome | None, str]:
        """Say why the kernel is gone, if it is."""
        from nbclient.exceptions import DeadKernelError

        guard = self._kernel.guard
        try:
            task.result()
        except KernelStopped as stopped:
            return stopped.outcome, stopped.detail
        except DeadKernelError:
            if guard.broken is not None:
                return guard.broken, guard.detail
            return await asyncio.to_thread(self._kernel.death), "the kernel's process ended"
        except GraderError:
            raise
        except Exception as error:
            # Whatever went wrong in a run whose kernel sends junk is that kernel's doing.
            if guard.dropped or guard.broken is not None:
                await asyncio.to_thread(self._kernel.kill)
                why = f"the kernel sent messages that no kernel sends ({type(error).__name__})"
                return guard.broken or RunOutcome.KERNEL_DIED, guard.detail or why
            raise GraderFailed(f"driving the kernel failed: {type(error).__name__}: {error}") from error
        return None, ""

    async def _killed(self, task: asyncio.Future[Any]) -> None:
        await asyncio.to_thread(self._kernel.kill)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    def _keep_reply(self, *, execute_reply: Mapping[str, Any], **_: object) -> None:
        self._reply = execute_reply["content"]


def end_tasks(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what is left on a loop and close it."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


def _short(value: object) -> str:
    return value[:TEXT_CHARACTERS] if isinstance(value, str) else ""


def _silent_log() -> logging.Logger:
    """nbclient logs cell sources and kernel texts; a student's words have no place in our log."""
    log = logging.Logger("nbclient, unheard")
    log.addHandler(logging.NullHandler())
    return log
