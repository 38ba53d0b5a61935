"""Builders for notebooks that run, and a live kernel to put questions to."""

from __future__ import annotations

import asyncio
import json
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any

from autograder.execution.cells import CellDriver, CellEnd, end_tasks
from autograder.execution.prepare import Prepared, PreparedCell, PreparedNotebook
from autograder.execution.questions import Questions, prepare_kernel
from autograder.execution.run import Pause
from autograder.execution.runner import Runner
from autograder.execution.voice import KernelVoice
from autograder.model.assignment import Assignment, Limits
from autograder.model.evidence import Answer, Question, QuestionKind
from autograder.model.execution import Execution
from autograder.model.ids import CheckId, CheckpointId
from autograder.model.submission import Submission
from autograder.sandbox.process import ProcessSandbox, UnprotectedWarning
from autograder.sandbox.protocol import Sandbox, SandboxRequest
from tests.fakes import a_submission, an_assignment

LARGE = 64 * 1024 * 1024


def a_prepared_cell(source: str = "x = 1", **changes: Any) -> PreparedCell:
    fields: dict[str, Any] = {"id": "c", "cell_type": "code", "source": source, **changes}
    return PreparedCell(**fields)


def a_prepared_notebook(*cells: str | PreparedCell, name: str = "lab.ipynb") -> PreparedNotebook:
    """Cells given as text are code cells with the grade_id `g0`, `g1`, ... of their position."""
    made = [
        cell
        if isinstance(cell, PreparedCell)
        else a_prepared_cell(cell, id=f"c{place}", grade_id=f"g{place}")
        for place, cell in enumerate(cells)
    ]
    return PreparedNotebook(name=name, cells=tuple(made))


def a_question(kind: str, name: str = "", **changes: Any) -> Question:
    fields: dict[str, Any] = {"kind": QuestionKind(kind), "name": name, "at_most": LARGE, "seconds": 20.0}
    return Question(**{**fields, **changes})


def executed(
    *notebooks: PreparedNotebook,
    assignment: Assignment | None = None,
    at: Callable[[Pause], object] = lambda pause: None,
    sandbox: Sandbox | None = None,
    image: str = "",
    submission: Submission | None = None,
    files: tuple[tuple[PurePosixPath, bytes], ...] = (),
    **limits: Any,
) -> Execution:
    """Run notebooks in the process sandbox and call `at` at every pause."""
    chosen = assignment or an_assignment(limits=Limits(**{"grace_seconds": 1.0, **limits}))
    request = SandboxRequest(image=image, run_key="test", limits=chosen.limits, files=files)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnprotectedWarning)
        opened = Runner().open_run(
            submission or a_submission(),
            Prepared(notebooks=notebooks),
            chosen,
            sandbox or ProcessSandbox(),
            request,
        )
        with opened as run:
            for pause in run.checkpoints():
                at(pause)
            return run.finish()


class Live:
    """A kernel that runs cells and answers questions."""

    def __init__(self, driver: CellDriver, questions: Questions, voice: KernelVoice) -> None:
        self._driver = driver
        self._questions = questions
        self.voice = voice
        self._asked = 0

    def run(self, source: str, *, seconds: float = 20) -> CellEnd:
        return self._driver.run(source, seconds=seconds)

    def ask(self, kind: str, name: str = "", **changes: Any) -> Answer:
        """Ask at a checkpoint of its own, so that the kernel and not the record answers."""
        self._asked += 1
        question = a_question(kind, name, **changes)
        return self._questions.ask(CheckpointId(f"at-{self._asked}"), CheckId("q"), question)

    def value(self, name: str) -> Any:
        answer = self.ask("value", name)
        assert answer.status == "answered", answer
        return json.loads(answer.value)


@contextmanager
def a_live_kernel(
    positions: Sequence[int] = (), *, sandbox: Sandbox | None = None, image: str = ""
) -> Iterator[Live]:
    limits = Limits(grace_seconds=0.5)
    request = SandboxRequest(image=image, run_key="test", limits=limits)
    loop = asyncio.new_event_loop()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnprotectedWarning)
        with (sandbox or ProcessSandbox()).open(request) as session:

            async def started() -> Any:
                kernel = session.start_kernel()
                await kernel.client.wait_for_ready()
                return kernel

            kernel = loop.run_until_complete(started())
            voice = KernelVoice(kernel.connection, kernel, grace_seconds=0.5)
            prepare_kernel(voice, [str(session.work_folder)], positions)
            questions = Questions(answer_bytes=LARGE, kept_bytes=4 * LARGE, on_hidden=lambda: None)
            questions.speak_through(voice)
            try:
                yield Live(CellDriver(kernel, loop, grace_seconds=0.5), questions, voice)
            finally:
                voice.close()
                end_tasks(loop)
