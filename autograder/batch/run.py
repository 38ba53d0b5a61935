"""Run a batch: many jobs, few workers, every finished result kept.

A sandbox that failed is tried again. A job that took its process with it is the submission's doing only if a
known-good submission runs well on the same machine; else nobody is blamed and staff look. Results are given
one by one as they come, so that whoever stores them loses nothing when the batch is interrupted.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from autograder.batch.estimate import seconds_left
from autograder.batch.job import (
    SANDBOX_FAILED,
    WELL,
    BatchResult,
    BatchState,
    Event,
    EventKind,
    Job,
    JsonObject,
)
from autograder.batch.pool import MEMORY_BYTES, End, Ended, Pool, Said
from autograder.errors import GraderError, StorageFull
from autograder.model.execution import RunOutcome

RETRIES = 2


def run_batch(
    jobs: Sequence[Job],
    *,
    function: str,
    workers: int = 1,
    on_event: Callable[[Event], None] = lambda event: None,
    finished: Callable[[Job], JsonObject | None] = lambda job: None,
    cleanup: Callable[[Job], None] = lambda job: None,
    known_good: Job | None = None,
    preload: Sequence[str] = (),
    retries: int = RETRIES,
    memory_bytes: int = MEMORY_BYTES,
    pool: Pool | None = None,
) -> Iterator[BatchResult]:
    """Do every job once and give each result as soon as it is there.

    `function` names a `JobFunction` as `module:function`; it is imported, with the modules in `preload`,
    before the first worker is born. `finished` returns the result of a job that an earlier batch has done,
    so that it is not done again. `cleanup` removes what a worker that was lost or killed left outside
    (containers).
    `pool` is one that was opened earlier, so that its imports are done when the first job comes; `function`,
    `preload` and `memory_bytes` are then its own. It is closed at the end of the batch.
    `known_good` is a job that must end as graded or pending on a machine that is well.

    Closing the iterator, or an exception in its consumer such as Ctrl-C, kills what runs; nothing that was
    given out is touched.

    Raises:
        GraderFailed: the function cannot be imported, or no process can be started.
        StorageFull: a worker found the disk full. What was given out before is complete.
        ValueError: two jobs have the same id, or there is no worker.

    """
    if len({job.id for job in jobs}) != len(jobs):
        raise ValueError("two jobs of a batch have the same id")
    if workers < 1:
        raise ValueError(f"a batch needs at least one worker, not {workers}")
    batch = _Batch(len(jobs), workers, on_event, cleanup, known_good, retries)
    for job in jobs:
        if (earlier := finished(job)) is not None:
            yield batch.done(BatchResult(job=job, result=earlier, attempts=0, resumed=True))
        else:
            batch.waiting.append(_Task(job))
    if batch.waiting:
        with pool or Pool(function, preload=preload, memory_bytes=memory_bytes) as ready:
            try:
                while batch.waiting or batch.running:
                    yield from batch.step(ready)
            finally:
                batch.abandon()


@dataclass
class _Task:
    """One process to be started for a job, and why.

    `ended` makes the function only say how the job ended. `probe` is a look at the machine with the
    known-good job, after `lost` or `failed` happened to the job itself.
    """

    job: Job
    attempt: int = 1
    ended: JsonObject | None = None
    probe: bool = False
    lost: Ended | None = None
    failed: BatchResult | None = None
    well: bool | None = None
    spent: float = 0.0


@dataclass
class _Batch:
    """The state of a batch: what waits, what runs, what is done."""

    total: int
    workers: int
    on_event: Callable[[Event], None]
    cleanup: Callable[[Job], None]
    known_good: Job | None
    retries: int
    waiting: deque[_Task] = field(default_factory=deque)
    running: dict[int, tuple[_Task, float]] = field(default_factory=dict)
    taken: list[tuple[float, float]] = field(default_factory=list)
    count: int = 0

    def step(self, pool: Pool) -> Iterator[BatchResult]:
        """Start what can be started, wait for something to happen, and give what is done."""
        while self.waiting and len(self.running) < self.workers:
            self._start(pool, self.waiting.popleft())
        for heard in pool.wait():
            task, _ = self.running[heard.worker]
            if isinstance(heard, Said):
                if not task.probe:
                    self._tell(EventKind.PROGRESSED, task.job, progress=heard.progress)
                continue
            del self.running[heard.worker]
            task.spent += heard.seconds
            result = self._probed(task, heard) if task.probe else self._ended(task, heard)
            if result is not None:
                yield self.done(result)

    def done(self, result: BatchResult) -> BatchResult:
        """Count a result and tell of it."""
        self.count += 1
        if not result.resumed:
            self.taken.append((result.job.expected_seconds, result.seconds))
        self._tell(EventKind.FINISHED, result.job, detail=result.failure)
        return result

    def abandon(self) -> None:
        """Clean up after what still ran when the batch was left. Its workers die with the pool."""
        for task, _ in self.running.values():
            self._clean(task)

    def _start(self, pool: Pool, task: _Task) -> None:
        if task.probe:
            assert self.known_good is not None
            worker = pool.start(self.known_good.payload, seconds=self.known_good.seconds)
        else:
            payload = {**task.job.payload, **({"ended": task.ended} if task.ended else {})}
            worker = pool.start(payload, seconds=task.job.seconds)
            if task.ended is None:
                self._tell(EventKind.STARTED, task.job)
        self.running[worker] = (task, time.monotonic())

    def _ended(self, task: _Task, heard: Ended) -> BatchResult | None:
        """Decide what follows from the end of a job's process: a result, or another process."""
        match heard.end:
            case End.RESULT:
                assert heard.result is not None
                if heard.result.get("status") != SANDBOX_FAILED or task.ended is not None:
                    return self._result(task, heard.result)
                return self._sandbox_failed(task, heard)
            case End.FAILED:
                self._clean(task)
                if heard.error == StorageFull.__name__:
                    raise StorageFull(heard.detail)
                return self._result(task, None, failure=heard.detail)
            case End.MEMORY | End.ABORTED | End.TOO_LATE | End.LOST:
                self._clean(task)
                return self._lost(task, heard)
            case other:
                assert_never(other)

    def _sandbox_failed(self, task: _Task, heard: Ended) -> BatchResult | None:
        """Try again; at last see whether the machine is well, so that staff know where to look."""
        self._clean(task)
        if self._again(task, "the sandbox failed"):
            return None
        result = self._result(task, heard.result)
        if self.known_good is None:
            return result
        self.waiting.appendleft(_Task(task.job, task.attempt, probe=True, failed=result))
        return None

    def _lost(self, task: _Task, heard: Ended) -> BatchResult | None:
        """A process is gone. Who is to blame is seen by a known-good submission, where there is one."""
        self._tell(EventKind.LOST, task.job, detail=f"{heard.end}: {heard.detail}")
        if task.ended is not None:
            return self._result(task, None, failure=f"{heard.end}: {heard.detail}")
        if heard.end is not End.LOST and self.known_good is not None:
            self.waiting.appendleft(_Task(task.job, task.attempt, probe=True, lost=heard, spent=task.spent))
        elif heard.end is not End.LOST or not self._again(task, "its process was lost"):
            self._blame(task, heard, well=None)
        return None

    def _probed(self, task: _Task, heard: Ended) -> BatchResult | None:
        """The known-good submission has ended: the machine is well, or it is not."""
        assert self.known_good is not None
        well = heard.end is End.RESULT and (heard.result or {}).get("status") in WELL
        if heard.end is not End.RESULT:
            self._clean(_Task(self.known_good))
        if task.failed is not None:
            return replace(task.failed, machine_well=well)
        assert task.lost is not None
        if well or not self._again(task, "its process was lost, and the machine is not well"):
            self._blame(task, task.lost, well=well)
        return None

    def _blame(self, task: _Task, lost: Ended, *, well: bool | None) -> None:
        """Have the result made that says how the job ended."""
        outcome, words = RunOutcome.SANDBOX_FAILED, "the grading process was lost"
        if well:
            late = lost.end is End.TOO_LATE
            outcome = RunOutcome.TIMED_OUT if late else RunOutcome.OUTPUT_TOO_LARGE
            words = (
                "the grading process did not end in time" if late else "the grading process ran out of memory"
            )
        detail = f"{words} ({lost.end})"
        ended = {"outcome": outcome.value, "detail": detail}
        self.waiting.appendleft(_Task(task.job, task.attempt, ended=ended, well=well, spent=task.spent))

    def _again(self, task: _Task, why: str) -> bool:
        if task.attempt > self.retries:
            return False
        self._tell(EventKind.RETRIED, task.job, detail=why)
        self.waiting.append(_Task(task.job, task.attempt + 1, spent=task.spent))
        return True

    def _result(self, task: _Task, result: JsonObject | None, *, failure: str = "") -> BatchResult:
        return BatchResult(
            job=task.job,
            result=result,
            failure=failure,
            attempts=task.attempt,
            seconds=task.spent,
            machine_well=task.well,
        )

    def _clean(self, task: _Task) -> None:
        try:
            self.cleanup(task.job)
        except GraderError as error:
            self._tell(EventKind.TROUBLE, task.job, detail=str(error))

    def _tell(
        self, kind: EventKind, job: Job, *, progress: JsonObject | None = None, detail: str = ""
    ) -> None:
        self.on_event(Event(kind=kind, job=job, state=self._state(), progress=progress or {}, detail=detail))

    def _state(self) -> BatchState:
        now = time.monotonic()
        own = [(task, since) for task, since in self.running.values() if not task.probe]
        left = seconds_left(
            finished=self.taken,
            running=[(task.job.expected_seconds, now - since) for task, since in own],
            waiting=[task.job.expected_seconds for task in self.waiting if not task.probe],
            workers=self.workers,
        )
        return BatchState(total=self.total, done=self.count, running=len(own), seconds_left=left)
