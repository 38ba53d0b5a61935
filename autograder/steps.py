"""What the main flow is given: its steps as functions, and what a run looks like to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from autograder.checks.kinds import Kind, kinds_of
from autograder.checks.stop import JudgeFor, no_judge
from autograder.execution.prepare import Prepared
from autograder.execution.recorded import recorded
from autograder.execution.run import Progress
from autograder.model.assignment import Assignment
from autograder.model.evidence import Asker, Exchange
from autograder.model.execution import Execution
from autograder.model.holdout import Holdout
from autograder.model.ids import CheckId, CheckpointId
from autograder.model.results import Finding
from autograder.model.submission import Submission


class PauseOfRun(Protocol):
    """A stop of a live run; `autograder.execution.run.Pause` is one."""

    @property
    def checkpoint(self) -> CheckpointId:
        """Where the run stopped."""

    @property
    def notebook_so_far(self) -> str:
        """The current notebook with its outputs up to here."""

    def asker(self, check_id: CheckId) -> Asker:
        """Return what asks the kernel here for one check."""


class OpenRun(Protocol):
    """A run in an open sandbox; `autograder.execution.run.Run` is one."""

    def checkpoints(self) -> Iterator[PauseOfRun]:
        """Run cells and stop at each checkpoint that is recognised."""

    def finish(self) -> Execution:
        """End the run and return all that is known about it."""


class OpenJudge(Protocol):
    """The judge of one submission; `autograder.execution.judge.JudgeRoom` is one."""

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The calls that were made, for the evidence."""

    def warm(self) -> None:
        """Get ready in the background, where there is something to get ready."""

    def at(self, checkpoint: CheckpointId) -> JudgeFor:
        """Return what gives each check its judge at one checkpoint."""
        ...


class NoJudge:
    """Stands for the judge where there is none: every call goes unanswered."""

    exchanges: tuple[Exchange, ...] = ()

    def warm(self) -> None:
        """Do nothing."""

    def at(self, checkpoint: CheckpointId) -> JudgeFor:
        """Give each check a judge that does not answer."""
        return no_judge


@contextmanager
def without_judge(recorded: Sequence[Exchange]) -> Iterator[OpenJudge]:
    """Open nothing."""
    yield NoJudge()


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """With what this machine grades: the part of the provenance that is known before a run."""

    sandbox: str
    image_digest: str = ""
    asset_digests: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    stand_ins: tuple[str, ...] = ()


def utc_now() -> datetime:
    """Return the time, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The steps of the flow, put in by whoever calls it.

    `inspect` looks for guidelines broken in the files; `inspect_run` takes what it found, adds what only the
    run shows, and puts all in order. `suspect` looks for what staff should know. `open_run` opens the
    sandbox; everything in it is gone when its block ends. `judge` gives the judge sandbox, which starts when
    it is first called; results in the exchanges it is given are used again.
    """

    inspect: Callable[[Submission, Assignment], tuple[Finding, ...]]
    inspect_run: Callable[[Submission, Execution, Assignment, tuple[Finding, ...]], tuple[Finding, ...]]
    prepare: Callable[[Submission, Assignment], Prepared]
    open_run: Callable[
        [Submission, Prepared, Assignment, Callable[[Progress], None]], AbstractContextManager[OpenRun]
    ]
    origin: Origin
    holdout: Holdout | None = None
    suspect: Callable[[Submission], tuple[str, ...]] = lambda submission: ()
    judge: Callable[[Sequence[Exchange]], AbstractContextManager[OpenJudge]] = without_judge
    kinds: Callable[[Assignment], tuple[Kind, ...]] = kinds_of
    recorded: Callable[[Execution, CheckpointId], Callable[[CheckId], Asker]] = recorded
    clock: Callable[[], datetime] = utc_now
