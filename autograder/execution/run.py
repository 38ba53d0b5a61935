"""One run of a submission: its notebooks cell by cell, with a pause at every checkpoint.

Each notebook has its own kernel in the same work folder. Everything a kernel said is recorded as a claim;
which of it to believe is for the checks. Limits of time are kept here, limits of memory, disk and output by
the sandbox.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import TYPE_CHECKING, Final

from autograder.errors import SandboxUnavailable
from autograder.execution.cells import CellDriver, end_tasks
from autograder.execution.control import controlled
from autograder.execution.history import differing, run_canary
from autograder.execution.prepare import Prepared, PreparedCell
from autograder.execution.questions import Questions, prepare_kernel
from autograder.execution.recognise import Place, recognise
from autograder.execution.record import Record
from autograder.execution.voice import KernelVoice, NoReply
from autograder.model.assignment import Assignment, CheckKind, OnError
from autograder.model.evidence import Asker, Question, QuestionKind
from autograder.model.execution import CellStatus, Execution, RunOutcome, Usage
from autograder.model.ids import END_OF_RUN, CheckId, CheckpointId
from autograder.model.surroundings import paths_of, submission_folder
from autograder.sandbox.protocol import StudentProcessesRemain

if TYPE_CHECKING:
    from autograder.sandbox.protocol import KernelSession, SandboxSession

LEDGER: Final = Question(kind=QuestionKind.FITS, name="", at_most=16 * 1024 * 1024, seconds=60.0)
DISK_LOOKS: Final = 10
ENDS_ALL: Final = (RunOutcome.OUTPUT_TOO_LARGE, RunOutcome.SANDBOX_FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Which cell is about to run: `position` of `cells` in a notebook, `seconds` after the run began."""

    notebook: str
    position: int
    cells: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """The run waits at a checkpoint until the next one is asked for; its kernel answers meanwhile.

    `notebook_so_far` is the current notebook with its outputs up to here (nbformat 4 JSON).
    """

    checkpoint: CheckpointId
    notebook_so_far: str = field(repr=False)
    questions: Questions = field(repr=False)

    def asker(self, check_id: CheckId) -> Asker:
        """Return what asks the kernel here for one check. Equal questions are asked once per checkpoint."""
        return self.questions.asker(self.checkpoint, check_id)


class Run:
    """A run in an open sandbox. Iterate `checkpoints()` to its end, then call `finish()`."""

    def __init__(
        self,
        session: SandboxSession,
        prepared: Prepared,
        assignment: Assignment,
        *,
        sandbox: str,
        image_digest: str,
        on_progress: Callable[[Progress], None],
    ) -> None:
        limits = assignment.limits
        self._session = session
        self._notebooks = prepared.notebooks
        self._assignment = assignment
        self._sandbox = sandbox
        self._image_digest = image_digest
        self._on_progress = on_progress
        self._record = Record(prepared.notebooks, prepared.suspicions)
        self._tests = {check.cell for check in assignment.checks if check.kind is CheckKind.CELLS}
        self._ledger = replace(LEDGER, seconds=min(LEDGER.seconds, limits.cell_seconds))
        self._places = recognise(assignment.checkpoints, prepared.notebooks)
        self._questions = Questions(
            answer_bytes=limits.answer_bytes,
            kept_bytes=2 * limits.answer_bytes,
            on_hidden=lambda: self._record.embargo(self._next),
        )
        self._loop = asyncio.new_event_loop()
        self._began = monotonic()
        self._left = limits.total_seconds
        self._disk_looks = DISK_LOOKS
        self._next = Place(0, 0)
        self._kernel: KernelSession | None = None
        self._latest: KernelSession | None = None
        self._voice: KernelVoice | None = None
        self._driver: CellDriver | None = None

    def checkpoints(self) -> Iterator[Pause]:
        """Run cells and pause at each recognised checkpoint; the last pause is `END_OF_RUN`, if a kernel
        lives.

        Raises:
            GraderFailed: our own side failed; the outcome of a sandbox that failed is recorded instead.

        """
        try:
            for number in range(len(self._notebooks)):
                yield from self._notebook(number)
                if self._stops() or number + 1 == len(self._notebooks):
                    break
                self._control(number)
            if self._kernel is not None:
                yield from self._pause(END_OF_RUN)
            self._control(self._next.notebook)
        except SandboxUnavailable as problem:
            self._record.happened(RunOutcome.SANDBOX_FAILED, str(problem))
        except StudentProcessesRemain as problem:
            self._record.happened(RunOutcome.KERNEL_DIED, str(problem))

    def finish(self) -> Execution:
        """Return all that is known about the run. What still runs in the sandbox ends with the sandbox."""
        self._forget_kernel()
        usage = Usage()
        try:
            usage = self._session.usage()
        except SandboxUnavailable as problem:
            self._record.happened(RunOutcome.SANDBOX_FAILED, str(problem))
        return self._record.execution(
            checkpoints=self._assignment.checkpoints,
            places=self._places,
            exchanges=self._questions.exchanges,
            usage=usage,
            image_digest=self._image_digest,
            sandbox=self._sandbox,
        )

    def close(self) -> None:
        """Close connections and the event loop. The sandbox is closed by whoever opened it."""
        self._forget_kernel()
        end_tasks(self._loop)

    def _notebook(self, number: int) -> Iterator[Pause]:
        cells = self._notebooks[number].cells
        code = [place for place, cell in enumerate(cells) if cell.cell_type == "code" and cell.source.strip()]
        if not self._start_kernel(number, code):
            return
        sent: list[int] = []
        for position, cell in enumerate(cells):
            if position in code:
                self._next = Place(number, position)
                self._cell(cell)
                sent.append(position)
                if self._kernel is None:
                    return
            self._next = Place(number, position + 1)
            for checkpoint in self._assignment.checkpoints:
                if self._places.get(checkpoint.id) == Place(number, position):
                    yield from self._pause(checkpoint.id)
            if self._kernel is None:
                return
            if self._stops():
                break
        self._compare(number, sent)

    def _start_kernel(self, number: int, positions: list[int]) -> bool:
        """Start the kernel of a notebook; False when an earlier notebook left no room for one."""
        self._forget_kernel()
        try:
            kernel = self._loop.run_until_complete(self._started())
        except SandboxUnavailable:
            if self._latest is None or not self._latest.disk_full():
                raise
            name = self._notebooks[number].name
            self._record.happened(RunOutcome.DISK_FULL, f"{name} could not begin: no room was left")
            return False
        self._kernel = self._latest = kernel
        grace = self._assignment.limits.grace_seconds
        self._voice = KernelVoice(kernel.connection, kernel, grace_seconds=grace)
        self._driver = CellDriver(kernel, self._loop, grace_seconds=grace)
        try:
            authors = [place for place in positions if self._notebooks[number].cells[place].locked]
            work = self._session.work_folder / submission_folder(self._assignment.course_files)
            folders = [str(folder) for folder in paths_of(self._notebooks[number].name, work)]
            prepare_kernel(self._voice, folders, positions, authors)
        except NoReply as problem:
            raise SandboxUnavailable(f"a new kernel could not be prepared: {problem.reason}") from None
        self._questions.speak_through(self._voice, notebook=self._notebooks[number].name)
        return True

    async def _started(self) -> KernelSession:
        kernel = self._session.start_kernel()
        await kernel.client.wait_for_ready()
        return kernel

    def _cell(self, cell: PreparedCell) -> None:
        """Run one cell and note what became of it."""
        assert self._driver is not None and self._kernel is not None
        notebook = self._notebooks[self._next.notebook]
        place, seconds = self._next.position, monotonic() - self._began
        self._on_progress(
            Progress(notebook=notebook.name, position=place, cells=len(notebook.cells), seconds=seconds)
        )
        if cell.hidden:
            self._record.embargo(self._next)
        seconds = min(self._assignment.limits.cell_seconds, self._left)
        end = self._driver.run(cell.source, seconds=seconds)
        self._left -= end.seconds
        self._record.cell_ended(self._next, end)
        if end.may_be_the_disk:
            self._look_at_disk()
        if end.ended is not None:
            self._forget_kernel()

    def _look_at_disk(self) -> None:
        """A cell that failed while a disk is full: that is the outcome."""
        if self._disk_looks > 0 and self._kernel is not None:
            self._disk_looks -= 1
            if self._kernel.disk_full():
                self._record.happened(RunOutcome.DISK_FULL, "a cell failed while a folder had no room left")

    def _pause(self, checkpoint: CheckpointId) -> Iterator[Pause]:
        """Pause, and see afterwards whether the kernel survived the questions."""
        self._record.reached.add(checkpoint)
        self._questions.ask(checkpoint, CheckId(""), self._ledger)
        text = self._record.text(min(self._next.notebook, len(self._notebooks) - 1))
        yield Pause(checkpoint=checkpoint, notebook_so_far=text, questions=self._questions)
        if self._questions.sandbox_failed:
            raise SandboxUnavailable(self._questions.sandbox_failed)
        if self._questions.lost:
            self._lost(f"at {checkpoint}", self._questions.lost)

    def _lost(self, where: str, reason: str) -> None:
        """A kernel that will answer nothing any more has ended, or ends now."""
        if self._kernel is not None and self._kernel.alive():
            self._record.happened(RunOutcome.TIMED_OUT, f"{where}: {reason}")
            self._kernel.kill()
        elif self._kernel is not None:
            self._record.happened(self._kernel.death(), f"{where}: the kernel ended when asked")
        self._forget_kernel()

    def _compare(self, number: int, sent: list[int]) -> None:
        """After the last cell: must a cell fail that has to, and did the kernel run what was sent?"""
        assert self._driver is not None and self._voice is not None
        end = run_canary(self._driver, at_most=self._assignment.limits.cell_seconds)
        if end.ended is not None:
            self._record.happened(end.ended, f"after the last cell: {end.detail}")
            self._forget_kernel()
            return
        self._record.canary(held=end.status is not CellStatus.OK)
        cells = self._notebooks[number].cells
        try:
            places = differing(self._voice, [cells[position].source for position in sent])
        except NoReply as problem:
            if problem.lost:
                self._lost("after the last cell", problem.reason)
                return
            self._record.suspect(f"the kernel did not say what it ran: {problem.reason}")
            places = list(range(len(sent)))  # what nobody can say is not taken for what was sent
        self._record.unfaithful([Place(number, sent[place]) for place in places])
        if number + 1 < len(self._notebooks):  # later checkpoints have another kernel
            self._questions.ask(
                CheckpointId(f"after {self._notebooks[number].name}"), CheckId(""), self._ledger
            )

    def _control(self, number: int) -> None:
        """Before the kernel goes: would the test cells that passed have noticed something wrong?"""
        cells = self._notebooks[number].cells
        tests = {
            Place(number, turn): cell.source
            for turn, cell in enumerate(cells)
            if cell.grade_id in self._tests
        }
        if self._driver is None:
            self._record.unconfirmed(tests)
        else:
            self._record.irrefutable(controlled(self._driver.run, self._record.passed(tests)))

    def _stops(self) -> bool:
        """Whether no further cell is to run, in this notebook or another."""
        outcome = self._record.outcome
        stopped = outcome is not RunOutcome.COMPLETED and self._assignment.on_error is OnError.STOP
        return stopped or outcome in ENDS_ALL or self._left <= 0

    def _forget_kernel(self) -> None:
        twice = False
        if self._voice is not None:
            self._voice.close()
            twice = self._voice.contradicted
        if self._kernel is not None:
            guard = self._kernel.guard
            self._record.messages(dropped=guard.dropped, contradicted=guard.contradicted or twice)
        self._kernel = self._voice = self._driver = None
