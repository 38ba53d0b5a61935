"""How the flow treats calls of the judge: evidence of a run, and results to use again when it is rejudged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from autograder.app.tools import judge_in
from autograder.checks.stop import JudgeFor, Stop
from autograder.errors import SandboxUnavailable
from autograder.model.evidence import Answer, AnswerStatus, Exchange, JudgeCall
from autograder.model.execution import Execution
from autograder.model.graded import Status
from autograder.model.ids import END_OF_RUN, CheckId, CheckpointId
from autograder.model.results import CheckOutcome, CheckResult
from autograder.pipeline import grade, rejudge
from autograder.sandbox.protocol import GpuRequest, SandboxRequest
from tests.fakes import (
    FakeChecks,
    FakeKernel,
    FakeRun,
    a_submission,
    an_assignment,
    fake_tools,
)

CALL = JudgeCall(script="own.py", code="def judge(): return True", arguments="{}")
TRUE = Answer(status=AnswerStatus.ANSWERED, value="true")


class JudgedChecks(FakeChecks):
    """Checks that pass when the judge says `true`, and are our error when it says nothing."""

    def at(self, stop: Stop) -> tuple[CheckResult, ...]:
        found = {True: CheckOutcome.PASSED, False: CheckOutcome.ERRORED}
        return tuple(
            CheckResult(
                check_id=spec.id, kind=spec.kind, assurance=spec.assurance,
                outcome=found[stop.judge_for(spec.id)(CALL) == TRUE],
            )
            for spec in self._assignment.checks
        )  # fmt: skip


class FakeRoom:
    """A judge that says `true`; it remembers what was recorded, and each call is an exchange."""

    def __init__(self) -> None:
        self.recorded: list[tuple[Exchange, ...]] = []
        self.exchanges: tuple[Exchange, ...] = ()
        self.warmed = 0

    def warm(self) -> None:
        self.warmed += 1

    @contextmanager
    def opened(self, recorded: Sequence[Exchange]) -> Iterator[FakeRoom]:
        self.recorded.append(tuple(recorded))
        self.exchanges = ()
        yield self

    def at(self, checkpoint: CheckpointId) -> JudgeFor:
        def said(check: CheckId, call: JudgeCall) -> Answer:
            exchange = Exchange(checkpoint=checkpoint, check=check, question=call.question, answer=TRUE)
            self.exchanges += (exchange,)
            return exchange.answer

        return lambda check: partial(said, check)


def tools_with(room: FakeRoom | None, **changes: Any) -> Any:
    kinds = lambda assignment: (lambda a, holdout: JudgedChecks(a),)  # noqa: E731
    run = FakeRun({END_OF_RUN: FakeKernel()})
    return fake_tools(run, kinds=kinds, **({"judge": room.opened} if room else {}), **changes)


def test_calls_of_the_judge_are_evidence_of_the_run() -> None:
    room = FakeRoom()
    graded, execution = grade(a_submission(), an_assignment(), tools_with(room), run_key="run-1")
    assert room.warmed > 0
    assert graded.status is Status.GRADED and graded.results[0].outcome is CheckOutcome.PASSED
    assert execution is not None
    assert [exchange.question for exchange in execution.exchanges] == [CALL.question]


def test_rejudging_hands_the_evidence_to_the_judge() -> None:
    room, assignment = FakeRoom(), an_assignment()
    graded, execution = grade(a_submission(), assignment, tools_with(room), run_key="run-1")
    assert isinstance(execution, Execution)
    again = rejudge(graded, execution, a_submission(), assignment, tools_with(room))
    assert again.results[0].outcome is CheckOutcome.PASSED
    assert room.recorded == [(), execution.exchanges]


def test_without_a_judge_nobody_loses_points() -> None:
    graded, _ = grade(a_submission(), an_assignment(), tools_with(None), run_key="run-1")
    assert graded.results[0].outcome is CheckOutcome.ERRORED
    assert graded.score is not None and graded.score.total is None


class RememberingSite:
    """Opens nothing, and remembers with which request a sandbox was wanted."""

    def __init__(self) -> None:
        self.wanted: list[SandboxRequest] = []

    def sandbox(self) -> RememberingSite:
        return self

    @contextmanager
    def open(self, request: SandboxRequest) -> Iterator[Any]:
        self.wanted.append(request)
        raise SandboxUnavailable("nothing is opened here")
        yield


def test_the_judge_gets_the_students_image_and_limits_but_no_file_and_no_gpu() -> None:
    site = RememberingSite()
    request = SandboxRequest(
        image="course", run_key="run-1", gpu=GpuRequest(), environment={"A": "1"},
        files=((PurePosixPath("course.py"), b"x = 1"),),
    )  # fmt: skip
    with judge_in(site, lambda: request)(()) as judge:  # type: ignore[arg-type]
        assert site.wanted == []
        answer = judge.at(END_OF_RUN)(CheckId("q"))(CALL)
    assert answer.status is AnswerStatus.NO_ANSWER
    (wanted,) = site.wanted
    assert (wanted.files, wanted.gpu) == ((), None)
    assert (wanted.image, wanted.run_key, wanted.environment) == ("course", "run-1", {"A": "1"})
    assert wanted.limits == request.limits
