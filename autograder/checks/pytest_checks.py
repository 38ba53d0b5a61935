"""Judge the pytest checks of one run, in their own process beside the grading process.

A check that does not import, hangs or raises is `errored`: our fault, no points known. What a student did is
never `errored`. Checks run one after the other; how they end is known only when they have ended.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Self

from autograder.checks.host import MEMORY_BYTES, CheckProcess, CheckProcessDied, Found
from autograder.checks.run import weights_question
from autograder.checks.stop import Stop
from autograder.checks.wire import Message
from autograder.errors import GraderFailed
from autograder.model.assignment import Assignment, CheckKind, CheckSpec
from autograder.model.evidence import Answer, Asker
from autograder.model.execution import Execution
from autograder.model.holdout import Holdout
from autograder.model.ids import END_OF_RUN, CheckId, CheckpointId
from autograder.model.results import CheckOutcome, CheckResult


class PytestChecks:
    """The pytest checks of one run. Used as a context: the check process lives inside the block."""

    def __init__(
        self,
        specs: Sequence[CheckSpec],
        folder: Path,
        holdout: Holdout | None,
        *,
        memory_bytes: int = MEMORY_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._specs = tuple(spec for spec in specs if spec.kind is CheckKind.PYTEST)
        self._folder = folder
        self._holdout = holdout
        self._memory_bytes = memory_bytes
        self._process: CheckProcess | None = None
        self._found: Found | None = None
        self._earlier: dict[tuple[CheckpointId, str], Answer] = {}

    @classmethod
    def of(cls, assignment: Assignment, holdout: Holdout | None) -> PytestChecks:
        """Return the pytest checks of an assignment, their files in its folder `checks`."""
        return cls(assignment.checks, assignment.folder / "checks", holdout)

    def __enter__(self) -> Self:
        if self._specs:
            self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.close()
            self._process = None

    def ready(self) -> None:
        """Wait until the check files are imported.

        Raises:
            GraderFailed: a declared check has no code that could run, or two. Nothing needs to be run.

        """
        if wrong := [*self._without_code()]:
            raise GraderFailed("\n".join(wrong))

    def problems(self) -> tuple[str, ...]:
        """Return everything in which check files and `assignment.toml` disagree, one sentence each."""
        wrong = list(self._without_code())
        if self._specs and not wrong:
            found = self._holdings()
            declared = {spec.id for spec in self._specs}
            wrong += [f"{id}: a check file has this check, assignment.toml does not declare it"
                      for id in sorted(found.watch.keys() - declared)]  # fmt: skip
            wrong += [f"{name}: nobody calls this test; mark it with @check or rename it"
                      for name in found.unmarked]  # fmt: skip
        return tuple(wrong)

    def at(self, stop: Stop) -> tuple[CheckResult, ...]:
        """Judge the checks of this stop, and list the weights that later checks will compare with."""
        if not self._specs:
            return ()
        self._watch(stop)
        here = [spec for spec in self._specs if spec.after == stop.checkpoint]
        return tuple(self._judged(spec, stop) for spec in here)

    def after(self, execution: Execution) -> tuple[CheckResult, ...]:
        """Return nothing: every check was judged at its stop."""
        return ()

    def _start(self) -> CheckProcess:
        if not self._folder.is_dir():
            raise GraderFailed(f"there are no check files: {self._folder} is not a folder")
        self._process = CheckProcess(
            self._specs, self._folder, self._holdout, memory_bytes=self._memory_bytes, clock=self._clock
        )
        return self._process

    def _running(self) -> CheckProcess:
        return self._process or self._start()

    def _holdings(self) -> Found:
        if self._found is None:
            self._found = self._running().found()
        return self._found

    def _without_code(self) -> Sequence[str]:
        if not self._specs:
            return ()
        try:
            found = self._holdings()
        except CheckProcessDied as error:
            self._process = None
            return (f"the check files cannot be imported: {error}",)
        wrong = [f"{file} cannot be imported:\n{why}" for file, why in found.broken.items()]
        wrong += [f"{id}: two functions have this id" for id in found.twice]
        wrong += [
            f"{spec.id}: declared in assignment.toml, but no check file has it"
            for spec in self._specs
            if spec.id not in found.watch
        ]
        return wrong

    def _watch(self, stop: Stop) -> None:
        for id, pairs in self._holdings().watch.items():
            for place, name in pairs:
                if place == stop.checkpoint and (stop.checkpoint, name) not in self._earlier:
                    ask = stop.asker_for(CheckId(id))
                    self._earlier[stop.checkpoint, name] = ask(weights_question(name))

    def _judged(self, spec: CheckSpec, stop: Stop) -> CheckResult:
        try:
            return _result(spec, self._running().judge(spec, stop, self._earlier))
        except CheckProcessDied as error:
            self._process = None  # the next check gets a new one
            return _errored(spec, str(error))


def judge_pytest(
    specs: Sequence[CheckSpec],
    checks_folder: Path,
    holdout: Holdout | None,
    asker_for: Callable[[CheckId], Asker],
    *,
    checkpoint: CheckpointId = END_OF_RUN,
    notebook: str = "",
) -> tuple[CheckResult, ...]:
    """Judge the pytest checks of one checkpoint by themselves, in a process of their own.

    Raises:
        GraderFailed: a declared check has no code that could run.

    """
    here = [spec for spec in specs if spec.after == checkpoint]
    with PytestChecks(here, checks_folder, holdout) as checks:
        checks.ready()
        return checks.at(Stop(checkpoint=checkpoint, asker_for=asker_for, notebook=notebook))


def problems(assignment: Assignment) -> tuple[str, ...]:
    """Return everything in which an assignment's check files and its `assignment.toml` disagree.

    Nothing is asked of a kernel: this is what `verify` looks at first.
    """
    try:
        with PytestChecks.of(assignment, None) as checks:
            return checks.problems()
    except GraderFailed as error:
        return (str(error),)


def _result(spec: CheckSpec, verdict: Message) -> CheckResult:
    outcome = CheckOutcome(verdict["outcome"])
    message = verdict["message"]
    if outcome is CheckOutcome.FAILED and not message:
        message = f"{spec.title or spec.id}: not fulfilled."
    return CheckResult(
        check_id=spec.id,
        kind=spec.kind,
        assurance=spec.assurance,
        outcome=outcome,
        fraction=Decimal(verdict["fraction"]),
        message=message,
        staff_message=verdict["staff_message"],
        figures={str(name): float(value) for name, value in verdict["figures"].items()},
    )


def _errored(spec: CheckSpec, why: str) -> CheckResult:
    return CheckResult(
        check_id=spec.id,
        kind=spec.kind,
        assurance=spec.assurance,
        outcome=CheckOutcome.ERRORED,
        staff_message=why,
    )
