"""A stop of the run at a checkpoint, live or recorded: all that a check needs in order to ask.

Checks do not know whether a kernel or the stored evidence answers, nor where the judge sandbox is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from autograder.model.evidence import Answer, AnswerStatus, Asker, CallJudge, JudgeCall
from autograder.model.ids import CheckId, CheckpointId

JudgeFor = Callable[[CheckId], CallJudge]


def no_judge(check: CheckId) -> CallJudge:
    """Stand for the judge where there is none."""
    return _unanswered


def _unanswered(call: JudgeCall) -> Answer:
    return Answer(status=AnswerStatus.NO_ANSWER, message="there is no judge sandbox here")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One checkpoint that the run reached.

    `asker_for` gives each check its asker and `judge_for` its judge, so that the evidence tells who asked.
    `notebook` is the text of the notebook as it was executed so far.
    """

    checkpoint: CheckpointId
    asker_for: Callable[[CheckId], Asker]
    judge_for: JudgeFor = no_judge
    notebook: str = field(default="", repr=False)
