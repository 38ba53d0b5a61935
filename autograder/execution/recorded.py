"""Answer questions from a stored run instead of a kernel: a corrected check is judged again without training.

What was never asked cannot be answered; only a new run can. Nothing is run here.
"""

from __future__ import annotations

from collections.abc import Callable

from autograder.formats.plain import PlainRejected, canonical
from autograder.model.evidence import Answer, AnswerStatus, Asker, Question
from autograder.model.execution import Execution
from autograder.model.ids import CheckId, CheckpointId

_NEVER = Answer(status=AnswerStatus.NEVER_ASKED, message="this was not asked when the notebook ran")


def recorded(execution: Execution, checkpoint: CheckpointId) -> Callable[[CheckId], Asker]:
    """Return what makes an asker for a check at this checkpoint of a stored run.

    Any check gets the answer to an equal question, whichever check asked it: limits and deadlines do not make
    questions different.
    """
    answers = {
        _key(exchange.question): exchange.answer
        for exchange in execution.exchanges
        if exchange.checkpoint == checkpoint
    }

    def ask(question: Question) -> Answer:
        try:
            return answers.get(_key(question), _NEVER)
        except PlainRejected:
            return _NEVER

    return lambda check_id: ask


def _key(question: Question) -> tuple[str, str, str, str]:
    arguments = canonical(question.arguments) if question.arguments else ""
    return question.kind.value, question.name, question.part, arguments
