"""Ask one question for a check and turn the answer into plain values, or end the check with a reason.

A value that comes back is plain data of exact built-in types, numpy arrays or tables. Whether it is what the
check needs is for the check to say; whether it is true, nobody can say here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from autograder.checks.verdicts import CheckFailed, NeverAsked, waiting
from autograder.formats import plain
from autograder.formats.plain import PlainValue
from autograder.model.evidence import Answer, AnswerStatus, Question
from autograder.model.ids import CheckpointId

MIB = 1024 * 1024
ANSWER_BYTES = 4 * MIB
ANSWER_SECONDS = 60.0

Ask = Callable[[Question, CheckpointId | None], Answer | None]
"""Asks at the checkpoint of the check, or (second argument) reads what was asked at an earlier one.

None means that the run never was at that earlier checkpoint.
"""


class Asking:
    """Asks for one check. `unanswered` turns true once the evidence had no answer to something."""

    def __init__(self, ask: Ask, *, hidden: bool, seconds: float) -> None:
        self._ask = ask
        self.hidden = hidden
        self.seconds = seconds
        self.unanswered = False

    def value(self, question: Question, *, at: CheckpointId | None = None) -> PlainValue:
        """Return the decoded answer.

        Raises:
            CheckFailed: there is no such name, the call raised, the answer is not plain data or did not come.
            NeverAsked: the evidence has no answer, and there is no kernel to ask.
            CheckWaiting: the run never was at the checkpoint `at`.

        """
        question = replace(question, seconds=min(question.seconds, self.seconds))
        answer = self._ask(question, at)
        if answer is None:
            waiting(f"The notebook has no place that could be recognised as `{at}`.")
        if answer.status is not AnswerStatus.ANSWERED:
            if answer.status is AnswerStatus.NEVER_ASKED:
                self.unanswered = True
            raise _ended(question, answer)
        try:
            return plain.decode(answer.value)
        except plain.PlainRejected as error:
            raise CheckFailed(f"`{question.name}` is not plain data.", staff=str(error)) from None


def _ended(question: Question, answer: Answer) -> Exception:
    name, staff = question.name or "the record of trainings", answer.message[:2000]
    match answer.status:
        case AnswerStatus.ABSENT:
            return CheckFailed(f"The notebook has no `{name}` at this point.", staff=staff)
        case AnswerStatus.RAISED:
            return CheckFailed(f"`{name}` raised an error when it was called.", staff=staff)
        case AnswerStatus.REFUSED:
            what = "numbers, texts, lists, dicts, arrays or tables"
            return CheckFailed(f"`{name}` is too large or does not consist of {what}.", staff=staff)
        case AnswerStatus.NO_ANSWER:
            return CheckFailed(
                f"The notebook gave no answer for `{name}`: it took too long or had stopped.", staff=staff
            )
        case AnswerStatus.NEVER_ASKED | AnswerStatus.ANSWERED:
            return NeverAsked(f"this run was never asked for `{name}`")
        case other:
            assert_never(other)
