"""Put questions to a live kernel and keep what it said: one answer per question and checkpoint.

An answer is plain data that passed the one door (`autograder.formats.plain`); whatever a student's objects
do, the worst is an answer without a value. That an answer is true is not known here.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any, Final, Protocol

from autograder.errors import GraderFailed, SandboxUnavailable
from autograder.execution.fits import Fits
from autograder.execution.sources import question_expression, start_expression
from autograder.execution.voice import NoReply
from autograder.formats.plain import PlainRejected, canonical, check
from autograder.model.evidence import Answer, AnswerStatus, Asker, Exchange, Question, QuestionKind
from autograder.model.ids import CheckId, CheckpointId

PIECE: Final = 4 * 1024 * 1024
START_SECONDS: Final = 60.0
MESSAGE_CHARACTERS: Final = 500
SAID: Final = {
    "answered": AnswerStatus.ANSWERED,
    "absent": AnswerStatus.ABSENT,
    "raised": AnswerStatus.RAISED,
    "refused": AnswerStatus.REFUSED,
}
Key = tuple[CheckpointId, str, str, str, str]


class Voice(Protocol):
    """What can have an expression evaluated by a kernel."""

    def evaluate(self, expression: str, *, seconds: float) -> str:
        """Return the text the expression's value carries; raises `NoReply`."""


class Questions:
    """The questions of one run with their answers, over all its kernels.

    `answer_bytes` bounds one answer's text and `kept_bytes` all of them together; `on_hidden` is called
    before a question that carries hidden inputs.
    """

    def __init__(self, *, answer_bytes: int, kept_bytes: int, on_hidden: Callable[[], None]) -> None:
        self._answer_bytes = answer_bytes
        self._kept_bytes = kept_bytes
        self._on_hidden = on_hidden
        self._voice: Voice | None = None
        self._fits = Fits()
        self._record: dict[Key, Exchange] = {}
        self._exchanges: list[Exchange] = []
        self.lost = ""
        """Why the kernel gives no more answers; empty while it does."""
        self.sandbox_failed = ""
        """Why the sandbox could not even be asked about its kernel; our failure, not the student's."""

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Everything asked so far, in order. What several checks asked at one checkpoint is there once."""
        return tuple(self._exchanges)

    def speak_through(self, voice: Voice, *, notebook: str = "") -> None:
        """Ask this kernel from now on; it runs `notebook`."""
        self._voice = voice
        self._fits.begin(notebook)
        self.lost = ""

    def asker(self, checkpoint: CheckpointId, check_id: CheckId) -> Asker:
        """Return what asks for one check at one checkpoint."""
        return lambda question: self.ask(checkpoint, check_id, question)

    def ask(self, checkpoint: CheckpointId, check_id: CheckId, question: Question) -> Answer:
        """Answer a question, from the record if it was asked at this checkpoint before.

        Nothing that a kernel does raises: it makes an answer without a value.

        Raises:
            GraderFailed: the question itself is not well formed; our side made it.

        """
        try:
            arguments = canonical(question.arguments) if question.arguments else ""
        except PlainRejected as error:
            raise GraderFailed(
                f"{check_id}: the arguments of a question are not plain data: {error}"
            ) from None
        key = (checkpoint, question.kind.value, question.name, question.part, arguments)
        known = self._record.get(key)
        if known is None:
            if question.hidden:
                self._on_hidden()
            began = monotonic()
            answer = self._fresh(question, arguments)
            known = Exchange(
                checkpoint=checkpoint,
                check=check_id,
                question=question,
                answer=answer,
                seconds=monotonic() - began,
            )
            self._record[key] = known
            self._exchanges.append(known)
        return known.answer

    def _fresh(self, question: Question, arguments: str) -> Answer:
        try:
            return self._asked(question, arguments)
        except NoReply as problem:
            if problem.lost:
                self.lost = problem.reason
            return Answer(status=AnswerStatus.NO_ANSWER, message=problem.reason)
        except SandboxUnavailable as problem:
            self.lost = self.sandbox_failed = str(problem)
            return Answer(status=AnswerStatus.NO_ANSWER, message=f"the sandbox failed: {problem}")
        except PlainRejected as problem:
            return Answer(
                status=AnswerStatus.REFUSED, message=f"what the kernel sent is not plain: {problem}"
            )

    def _asked(self, question: Question, arguments: str) -> Answer:
        if self._voice is None:
            raise NoReply("there is no kernel to ask", lost=True)
        request: dict[str, Any] = {
            "kind": question.kind.value,
            "name": question.name,
            "part": question.part,
            "arguments": json.loads(arguments) if arguments else [[], {}],
        }
        at_most = min(question.at_most, self._answer_bytes)
        answer = fetched(self._voice, request, at_most=at_most, seconds=question.seconds)
        if answer.status is not AnswerStatus.ANSWERED:
            return answer
        value = answer.value
        if question.kind is QuestionKind.FITS:
            value = self._fits.joined(value)
        self._kept_bytes -= len(value)
        if self._kept_bytes < 0:
            return Answer(status=AnswerStatus.REFUSED, message="the run's answers are too large together")
        return Answer(status=AnswerStatus.ANSWERED, value=value)


def prepare_kernel(
    voice: Voice, folders: Sequence[str], positions: Sequence[int], authors: Sequence[int] = ()
) -> None:
    """Send our helper's source into a new kernel, before student code. Raises NoReply.

    The kernel goes to the first of `folders` and can import from all of them. `positions` are the places of
    the cells that will be sent, `authors` those of them that have the author's text.
    """
    nonce = secrets.token_hex(16)
    text = voice.evaluate(start_expression(folders, positions, authors, nonce), seconds=START_SECONDS)
    _split(text, nonce)


def fetched(
    voice: Voice,
    request: dict[str, Any],
    *,
    at_most: int,
    seconds: float,
    expression: Callable[[str], str] = question_expression,
) -> Answer:
    """Put a request and fetch the answer with all its pieces. `expression` makes the code from the request.

    The text of an answer is canonical and has at most `at_most` bytes. Raises NoReply and PlainRejected.
    """
    deadline = monotonic() + seconds
    head, body = evaluated(voice, {**request, "at_most": at_most}, seconds=seconds, expression=expression)
    status = SAID.get(str(head.get("status")))
    if status is None:
        raise PlainRejected("an answer without a status")
    if status is not AnswerStatus.ANSWERED:
        return Answer(status=status, message=_message(head))
    pieces = head.get("pieces")
    if type(pieces) is not int or not 1 <= pieces <= at_most // PIECE + 1:
        raise PlainRejected(f"{str(pieces)[:20]} pieces")
    texts = [body]
    for piece in range(1, pieces):
        more = {"piece": piece, "of": head["nonce"]}
        left = max(1.0, deadline - monotonic())
        texts.append(evaluated(voice, more, seconds=left, expression=expression)[1])
        if sum(map(len, texts)) > at_most:
            raise PlainRejected(f"more than {at_most} bytes")
    body = "".join(texts)
    texts.clear()
    return Answer(status=AnswerStatus.ANSWERED, value=check(body, at_most=at_most))


def evaluated(
    voice: Voice,
    request: dict[str, Any],
    *,
    seconds: float,
    expression: Callable[[str], str] = question_expression,
) -> tuple[dict[str, Any], str]:
    """Put one request and return the head and the body of the reply. Raises NoReply and PlainRejected."""
    nonce = secrets.token_hex(16)
    code = expression(json.dumps({**request, "nonce": nonce}))
    return _split(voice.evaluate(code, seconds=seconds), nonce)


def _split(text: str, nonce: str) -> tuple[dict[str, Any], str]:
    line, _, body = text.partition("\n")
    try:
        head = json.loads(check(line, at_most=10_000))
    except PlainRejected:
        head = None
    if type(head) is not dict or head.get("nonce") != nonce:
        raise NoReply("an answer to another question", lost=False)
    return head, body


def _message(head: dict[str, Any]) -> str:
    message = head.get("message")
    return message[:MESSAGE_CHARACTERS] if isinstance(message, str) else ""
