"""The judge sandbox: our own code on plain data, in a second container without student code or files.

It is opened when a check first calls the judge, or before that where the assignment has code for warming up,
serves all checks of one submission, and is gone when the
block ends. A result is kept as evidence under the digests of code and arguments, and an equal call is
answered from there. Why the arguments are what they are, and what a result means, is for the check.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from threading import Thread
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from autograder.errors import GraderError
from autograder.execution.cells import end_tasks
from autograder.execution.questions import fetched
from autograder.execution.sources import judge_expression
from autograder.execution.voice import KernelVoice, NoReply
from autograder.formats.plain import PlainRejected, canonical
from autograder.model.evidence import Answer, AnswerStatus, CallJudge, Exchange, JudgeCall, QuestionKind
from autograder.model.ids import CheckId, CheckpointId
from autograder.sandbox.protocol import StudentProcessesRemain

if TYPE_CHECKING:
    from autograder.sandbox.protocol import SandboxSession

ARGUMENT_BYTES: Final = 64 * 1024 * 1024
GRACE_SECONDS: Final = 10.0
WARM_SECONDS: Final = 60.0

Key = tuple[str, str]
OpenSandbox = Callable[[], AbstractContextManager["SandboxSession"]]


class JudgeRoom:
    """The judge of one submission. Used as a context; nothing is opened before the first call.

    `recorded` are the exchanges of a stored run: results in it are used again when the call is equal.
    `warm` is the text of a script like those that are called; nobody sees what its `judge()` returns.
    """

    def __init__(
        self, open_sandbox: OpenSandbox, *, recorded: Sequence[Exchange] = (), warm: str = ""
    ) -> None:
        self._open_sandbox = open_sandbox
        self._warm = warm
        self._warming: Thread | None = None
        self._known: dict[Key, Answer] = {
            (exchange.question.part, exchange.question.arguments): exchange.answer
            for exchange in recorded
            if exchange.question.kind is QuestionKind.JUDGE
            and exchange.answer.status is AnswerStatus.ANSWERED
        }
        self._exchanges: list[Exchange] = []
        self._voice: KernelVoice | None = None
        self._inside = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._settle()
        self._close()

    def warm(self) -> None:
        """Open the sandbox and run the script for warming up, in a thread; the first call waits for it."""
        if self._warm and self._warming is None and self._voice is None:
            self._warming = Thread(target=self._warmed, name="judge-warms-up")
            self._warming.start()

    def _warmed(self) -> None:
        script = JudgeCall(script="warm.py", code=self._warm, arguments="{}", seconds=WARM_SECONDS)
        self._fresh(script)  # what fails here fails again in a call, where it is told

    def _settle(self) -> None:
        if self._warming is not None:
            self._warming.join()

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The calls that were made, in order, for the evidence. Equal calls are there once."""
        return tuple(self._exchanges)

    def at(self, checkpoint: CheckpointId) -> Callable[[CheckId], CallJudge]:
        """Return what gives each check its judge at one checkpoint."""
        return lambda check: lambda call: self._called(checkpoint, check, call)

    def _called(self, checkpoint: CheckpointId, check: CheckId, call: JudgeCall) -> Answer:
        question = call.question
        known = self._known.get((question.part, question.arguments))
        if known is not None:
            return known
        began = monotonic()
        self._settle()
        answer = self._fresh(call)
        self._exchanges.append(
            Exchange(
                checkpoint=checkpoint,
                check=check,
                question=question,
                answer=answer,
                seconds=monotonic() - began,
            )
        )
        if answer.status is AnswerStatus.ANSWERED:
            self._known[question.part, question.arguments] = answer
        return answer

    def _fresh(self, call: JudgeCall) -> Answer:
        """Call the function. Whatever fails is an answer without a value; the next call begins anew."""
        try:
            if len(call.arguments) > ARGUMENT_BYTES:
                raise PlainRejected(f"the arguments have {len(call.arguments)} bytes, limit {ARGUMENT_BYTES}")
            request = {
                "script": call.script,
                "code": call.code,
                "arguments": json.loads(canonical(call.arguments)),
            }
            return fetched(
                self._voice or self._opened(),
                request,
                at_most=call.at_most,
                seconds=call.seconds,
                expression=judge_expression,
            )
        except NoReply as problem:
            if problem.lost:
                self._close()
            return Answer(status=AnswerStatus.NO_ANSWER, message=problem.reason)
        except (GraderError, StudentProcessesRemain) as problem:
            self._close()
            return Answer(status=AnswerStatus.NO_ANSWER, message=f"the judge sandbox failed: {problem}")
        except PlainRejected as problem:
            return Answer(status=AnswerStatus.REFUSED, message=f"not plain data: {problem}")

    def _opened(self) -> KernelVoice:
        with ExitStack() as stack:
            session = stack.enter_context(self._open_sandbox())
            loop = asyncio.new_event_loop()
            stack.callback(end_tasks, loop)

            async def started() -> KernelVoice:
                kernel = session.start_kernel()
                await kernel.client.wait_for_ready()
                return KernelVoice(kernel.connection, kernel, grace_seconds=GRACE_SECONDS)

            self._voice = loop.run_until_complete(started())
            stack.callback(self._voice.close)
            self._inside = stack.pop_all()
        return self._voice

    def _close(self) -> None:
        self._voice = None
        self._inside.close()
        self._inside = ExitStack()
