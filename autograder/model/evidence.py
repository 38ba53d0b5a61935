"""What was asked of a kernel or of the judge sandbox, and the answers. Evidence is judged without a kernel.

`Question.arguments` and `Answer.value` are texts in the plain format (`autograder.formats.plain`): the
only form in which data crosses the trust line. An answer is what the kernel *said*.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from autograder.model.ids import CheckId, CheckpointId


class QuestionKind(StrEnum):
    """What is asked: a variable, a function's result, a model's weights, one array, or the fit ledger.

    `judge` is asked of our own code in the judge sandbox, never of the student's kernel.
    """

    VALUE = "value"
    CALL = "call"
    WEIGHTS = "weights"
    ARRAY = "array"
    FITS = "fits"
    JUDGE = "judge"


class AnswerStatus(StrEnum):
    """Whether there is an answer. Only `answered` carries a value."""

    ANSWERED = "answered"
    ABSENT = "absent"
    RAISED = "raised"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"
    NEVER_ASKED = "never_asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question. `name` is a variable or a function of the student; `part` selects inside it.

    `arguments` is the plain-format text of `[positional, keywords]` for a call, else empty. A
    `{"$": "ref", "name": "model"}` inside stands for the student's own object. `hidden` marks a question
    that carries hidden inputs: after it, nothing the kernel made may be shown to the student.
    """

    kind: QuestionKind
    name: str
    part: str = ""
    arguments: str = ""
    at_most: int = 4 * 1024 * 1024
    seconds: float = 60.0
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back. `value` is plain-format text when `status` is `answered`; `message` is for staff."""

    status: AnswerStatus
    value: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One question with its answer, where in the run it was asked and by which check (empty: by the run)."""

    checkpoint: CheckpointId
    check: CheckId
    question: Question
    answer: Answer
    seconds: float = 0.0


Asker = Callable[[Question], Answer]
"""Asks the kernel, or the evidence. It never raises for what a student did: it answers `no_answer`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeCall:
    """One call of our own function in the judge sandbox, where no student code is.

    `script` names the file, `code` is its text; its function `judge` gets the keywords in `arguments`, the
    plain-format text of a dict. The result may have `at_most` bytes and take `seconds`.
    """

    script: str
    code: str = field(repr=False)
    arguments: str = field(repr=False)
    at_most: int = 4 * 1024 * 1024
    seconds: float = 120.0

    @property
    def question(self) -> Question:
        """What stands for this call in the evidence: digests in the places of code and arguments."""
        code, arguments = (hashlib.sha256(text.encode()).hexdigest() for text in (self.code, self.arguments))
        return Question(
            kind=QuestionKind.JUDGE,
            name=self.script,
            part=code,
            arguments=f'"{arguments}"',
            at_most=self.at_most,
            seconds=self.seconds,
        )


CallJudge = Callable[[JudgeCall], Answer]
"""Calls the judge, or reads what an equal call gave. Any answer without a value is a failure of ours."""
