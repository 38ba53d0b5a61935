"""Builders that hide what does not matter to a test, and named fakes of the parts around the judging.

`an_assignment(checks=["q1"])`, `a_submission()`, `an_execution()` and so on give valid frozen values; keyword
arguments replace fields. `FakeKernel` answers questions from plain values, `FakeRun` pauses at checkpoints.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from autograder.checks.stop import Stop
from autograder.execution.prepare import Prepared
from autograder.formats import plain
from autograder.model.assignment import Assignment, Assurance, CheckKind, CheckSpec, Firmness
from autograder.model.evidence import (
    Answer,
    AnswerStatus,
    Asker,
    Exchange,
    JudgeCall,
    Question,
    QuestionKind,
)
from autograder.model.execution import (
    CellRecord,
    CellStatus,
    Execution,
    ReachedCheckpoint,
    RunOutcome,
)
from autograder.model.graded import GradedSubmission, Provenance, Status
from autograder.model.holdout import Holdout
from autograder.model.ids import (
    END_OF_RUN,
    AssignmentId,
    CheckId,
    CheckpointId,
    RuleId,
    StudentId,
    SubmissionId,
)
from autograder.model.results import CheckOutcome, CheckResult, Finding, FindingState, Score, Severity
from autograder.model.submission import Submission
from autograder.steps import Origin, Tools

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
EMPTY_NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


def a_check(id: str = "q1", **changes: object) -> CheckSpec:
    fields: dict[str, object] = {"kind": CheckKind.PYTEST, "points": Decimal(10), **changes}
    return CheckSpec(id=CheckId(id), **fields)  # type: ignore[arg-type]


def an_assignment(*, checks: Sequence[CheckSpec | str] = ("q1",), **changes: object) -> Assignment:
    fields: dict[str, object] = {
        "id": AssignmentId("lab"),
        "title": "Lab",
        "version": "a" * 64,
        "folder": Path("lab"),
        "notebooks": ("lab.ipynb",),
        "checks": tuple(a_check(check) if isinstance(check, str) else check for check in checks),
        **changes,
    }
    return Assignment(**fields)  # type: ignore[arg-type]


def a_submission(**changes: object) -> Submission:
    fields: dict[str, object] = {
        "id": SubmissionId("ada-1"),
        "student": StudentId("ada"),
        "attempt": 1,
        "digest": "d" * 64,
        "received": NOON,
        "archive_name": "ada.zip",
        "notebooks": {"lab.ipynb": EMPTY_NOTEBOOK},
        **changes,
    }
    return Submission(**fields)  # type: ignore[arg-type]


def a_result(
    check: str = "q1", outcome: CheckOutcome = CheckOutcome.PASSED, **changes: object
) -> CheckResult:
    fields: dict[str, object] = {"kind": CheckKind.PYTEST, "assurance": Assurance.SHARED, **changes}
    return CheckResult(check_id=CheckId(check), outcome=outcome, **fields)  # type: ignore[arg-type]


def a_finding(
    rule: str = "paths", points: Decimal | int | str = 1, state: FindingState = FindingState.CONFIRMED,
    **changes: object,
) -> Finding:  # fmt: skip
    fields: dict[str, object] = {
        "severity": Severity.ERROR,
        "firmness": Firmness.FIRM,
        "message": "An absolute path.",
        **changes,
    }
    return Finding(rule=RuleId(rule), points=Decimal(points), state=state, **fields)  # type: ignore[arg-type]


def a_cell(grade_id: str = "", status: CellStatus = CellStatus.OK, **changes: object) -> CellRecord:
    fields: dict[str, object] = {
        "notebook": "lab.ipynb", "position": 0, "cell_id": grade_id or "cell-0", **changes,
    }  # fmt: skip
    return CellRecord(grade_id=grade_id, status=status, **fields)  # type: ignore[arg-type]


def a_reached(id: str = END_OF_RUN, *, recognised: bool = True, reached: bool = True) -> ReachedCheckpoint:
    return ReachedCheckpoint(
        id=CheckpointId(id), recognised=recognised, reached=reached, notebook="lab.ipynb", position=0
    )


def an_execution(**changes: object) -> Execution:
    fields: dict[str, object] = {
        "outcome": RunOutcome.COMPLETED,
        "checkpoints": (a_reached(),),
        "executed": {"lab.ipynb": EMPTY_NOTEBOOK},
        "image_digest": "sha256:" + "e" * 64,
        "sandbox": "fake",
        **changes,
    }
    return Execution(**fields)  # type: ignore[arg-type]


def a_provenance(**changes: object) -> Provenance:
    fields: dict[str, object] = {
        "run_key": "run-1",
        "submission_digest": "d" * 64,
        "assignment_version": "a" * 64,
        "image_digest": "sha256:" + "e" * 64,
        "sandbox": "fake",
        "started": NOON,
        "finished": NOON,
        **changes,
    }
    return Provenance(**fields)  # type: ignore[arg-type]


def a_graded(assignment: Assignment | None = None, **changes: object) -> GradedSubmission:
    """A graded submission in which every check of the assignment passed, unless told otherwise."""
    chosen = assignment or an_assignment()
    submission, execution = a_submission(), an_execution()
    fields: dict[str, object] = {
        "submission": submission.id,
        "student": submission.student,
        "attempt": submission.attempt,
        "received": submission.received,
        "assignment": chosen.id,
        "status": Status.GRADED,
        "reason": "",
        "run_outcome": execution.outcome,
        "score": Score(
            earned={spec.id: spec.points for spec in chosen.checks},
            deducted=Decimal(0),
            total=sum((spec.points for spec in chosen.checks), Decimal(0)),
            max_score=chosen.max_score,
        ),
        "results": tuple(a_result(spec.id, kind=spec.kind) for spec in chosen.checks),
        "findings": (),
        "usage": execution.usage,
        "provenance": a_provenance(),
        **changes,
    }
    return GradedSubmission(**fields)  # type: ignore[arg-type]


def a_holdout(**changes: object) -> Holdout:
    fields: dict[str, object] = {
        "inputs": ("profit rose", "sales fell", "the firm is in Oslo", "the board met"),
        "labels": ("positive", "negative", "neutral", "neutral"),
        "classes": ("negative", "neutral", "positive"),
        "digest": "f" * 64,
        **changes,
    }
    return Holdout(**fields)  # type: ignore[arg-type]


class FakeKernel:
    """Answers questions from plain values and functions, and remembers what it was asked.

    `variables` are values for `VALUE`, functions for `CALL`; `weights` maps a name to a listing (a list of
    dicts as the probe gives them), `arrays` maps (name, site) to an array, `fits` is the ledger. `answers`
    maps a name to a ready `Answer` and wins over all of them.
    """

    def __init__(
        self,
        variables: Mapping[str, object] | None = None,
        *,
        weights: Mapping[str, object] | None = None,
        arrays: Mapping[tuple[str, str], object] | None = None,
        fits: Sequence[Mapping[str, object]] = (),
        answers: Mapping[str, Answer] | None = None,
    ) -> None:
        self.variables = dict(variables or {})
        self.weights = dict(weights or {})
        self.arrays = dict(arrays or {})
        self.fits = list(fits)
        self.answers = dict(answers or {})
        self.asked: list[Question] = []

    def __call__(self, question: Question) -> Answer:
        self.asked.append(question)
        if question.name in self.answers:
            return self.answers[question.name]
        match question.kind:
            case QuestionKind.VALUE if question.name in self.variables:
                return answered(self.variables[question.name])
            case QuestionKind.CALL if question.name in self.variables:
                positional, keywords = plain.decode(question.arguments)  # type: ignore[misc]
                return self._call(self.variables[question.name], positional, keywords)
            case QuestionKind.WEIGHTS if question.name in self.weights:
                return answered(self.weights[question.name])
            case QuestionKind.ARRAY if (question.name, question.part) in self.arrays:
                return answered(self.arrays[question.name, question.part])
            case QuestionKind.FITS:
                return answered(self.fits)
        return Answer(status=AnswerStatus.ABSENT, message=f"no {question.name}")

    def _call(self, function: object, positional: object, keywords: object) -> Answer:
        try:
            return answered(function(*positional, **keywords))  # type: ignore[operator,misc]
        except Exception as error:
            return Answer(status=AnswerStatus.RAISED, message=repr(error))


class FakeJudge:
    """Answers calls of the judge with functions by script, and remembers the calls.

    A script without a function goes unanswered, as when the sandbox failed.
    """

    def __init__(self, functions: Mapping[str, Callable[..., object]] | None = None) -> None:
        self.functions = dict(functions or {})
        self.calls: list[JudgeCall] = []

    def __call__(self, call: JudgeCall) -> Answer:
        self.calls.append(call)
        if call.script not in self.functions:
            return Answer(status=AnswerStatus.NO_ANSWER, message="the judge sandbox failed")
        return answered(self.functions[call.script](**plain.decode(call.arguments)))  # type: ignore[arg-type]


def answered(value: object) -> Answer:
    return Answer(status=AnswerStatus.ANSWERED, value=plain.encode(value))


def asker_for(asker: Asker) -> Callable[[CheckId], Asker]:
    """The same asker for every check."""
    return lambda check: asker


@dataclasses.dataclass(frozen=True)
class FakePause:
    """A checkpoint at which `kernel` answers; every exchange goes into `exchanges`."""

    checkpoint: CheckpointId
    kernel: Asker
    exchanges: list[Exchange]
    notebook_so_far: str = EMPTY_NOTEBOOK

    def asker(self, check: CheckId) -> Asker:
        def ask(question: Question) -> Answer:
            answer = self.kernel(question)
            self.exchanges.append(
                Exchange(checkpoint=self.checkpoint, check=check, question=question, answer=answer)
            )
            return answer

        return ask


class FakeRun:
    """A run that pauses at the given checkpoints and then ends as `execution` says."""

    def __init__(self, kernels: Mapping[str, Asker], execution: Execution | None = None) -> None:
        self._kernels = dict(kernels)
        self._execution = execution or an_execution(checkpoints=tuple(a_reached(id) for id in kernels))
        self.exchanges: list[Exchange] = []
        self.notebook_at: dict[str, str] = {}
        self.closed = False

    def checkpoints(self) -> Iterator[FakePause]:
        for name, kernel in self._kernels.items():
            text = self.notebook_at.get(name, EMPTY_NOTEBOOK)
            yield FakePause(CheckpointId(name), kernel, self.exchanges, text)

    def finish(self) -> Execution:
        return dataclasses.replace(self._execution, exchanges=tuple(self.exchanges))

    def __enter__(self) -> FakeRun:
        return self

    def __exit__(self, *error: object) -> None:
        self.closed = True


class FakeChecks:
    """A kind of check that judges by asking for the variable named like the check: true passes.

    `broken` makes it say that nothing can be judged, `errs` raises it while judging.
    """

    def __init__(
        self, assignment: Assignment, *, broken: Exception | None = None, errs: Exception | None = None
    ) -> None:
        self._assignment = assignment
        self._broken = broken
        self._errs = errs

    def __enter__(self) -> FakeChecks:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing to end."""

    def ready(self) -> None:
        if self._broken is not None:
            raise self._broken

    def at(self, stop: Stop) -> tuple[CheckResult, ...]:
        if self._errs is not None:
            raise self._errs
        here = [spec for spec in self._assignment.checks if spec.after == stop.checkpoint]
        return tuple(self._judged(spec, stop) for spec in here)

    def after(self, execution: Execution) -> tuple[CheckResult, ...]:
        return ()

    def _judged(self, spec: CheckSpec, stop: Stop) -> CheckResult:
        answer = stop.asker_for(spec.id)(Question(kind=QuestionKind.VALUE, name=spec.id))
        outcome = CheckOutcome.PASSED if answer.value == "true" else CheckOutcome.FAILED
        if answer.status is AnswerStatus.NEVER_ASKED:
            outcome = CheckOutcome.NOT_RUN
        return CheckResult(check_id=spec.id, kind=spec.kind, assurance=spec.assurance, outcome=outcome)


def fake_tools(
    run: FakeRun | Exception | None = None, *, passed: Sequence[str] = (), **changes: object
) -> Tools:
    """Tools whose run answers `true` for every check named in `passed`, and whose judge believes it."""
    opened = run or FakeRun({END_OF_RUN: FakeKernel(dict.fromkeys(passed, True))})

    def open_run(*given: object) -> FakeRun:
        if isinstance(opened, Exception):
            raise opened
        return opened

    fields: dict[str, object] = {
        "inspect": lambda submission, assignment: (),
        "inspect_run": lambda submission, execution, assignment, before: before,
        "prepare": lambda submission, assignment: Prepared(notebooks=()),
        "open_run": open_run,
        "origin": Origin(sandbox="fake", image_digest="sha256:" + "e" * 64),
        "kinds": lambda assignment: (lambda assignment, holdout: FakeChecks(assignment),),
        "recorded": fake_recorded,
        "clock": lambda: NOON,
        **changes,
    }
    return Tools(**fields)  # type: ignore[arg-type]


def fake_recorded(execution: Execution, checkpoint: CheckpointId) -> Callable[[CheckId], Asker]:
    """Answer from an execution's exchanges, as the execution side does."""

    def ask(question: Question) -> Answer:
        for exchange in execution.exchanges:
            if exchange.checkpoint == checkpoint and exchange.question == question:
                return exchange.answer
        return Answer(status=AnswerStatus.NEVER_ASKED)

    return asker_for(ask)
