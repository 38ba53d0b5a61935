"""A stop of a stored run: the evidence answers instead of a kernel, and nothing new is asked of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from autograder.checks.stop import JudgeFor, Stop
from autograder.formats import notebook as notebooks
from autograder.model.evidence import Answer, AnswerStatus, Asker, Question
from autograder.model.execution import CellStatus, Execution, ReachedCheckpoint
from autograder.model.ids import CheckId


def stored_stop(
    execution: Execution,
    place: ReachedCheckpoint,
    recorded: Callable[[CheckId], Asker],
    never_asked: set[CheckId],
    judge_for: JudgeFor,
) -> Stop:
    """Return the stop that the run made at `place`.

    `recorded` answers from the evidence. Checks that ask what the run was never asked are added to
    `never_asked` while they are judged.
    """

    def asker_for(check: CheckId) -> Asker:
        asker = recorded(check)

        def ask(question: Question) -> Answer:
            answer = asker(question)
            if answer.status is AnswerStatus.NEVER_ASKED:
                never_asked.add(check)
            return answer

        return ask

    return Stop(
        checkpoint=place.id,
        asker_for=asker_for,
        judge_for=judge_for,
        notebook=notebook_so_far(execution, place),
    )


def notebook_so_far(execution: Execution, place: ReachedCheckpoint) -> str:
    """Return the notebook of a stop without the outputs that came after it, as nbformat 4 JSON.

    At the end of the run that is the last notebook of which a cell ran.
    """
    ran = [cell.notebook for cell in execution.cells if cell.status is not CellStatus.NOT_RUN]
    name = place.notebook or (ran[-1] if ran else next(iter(execution.executed), ""))
    text = execution.executed.get(name, "")
    if not text or place.position < 0:
        return text
    whole = notebooks.read(text.encode(), at_most=len(text) * 4)
    cells = (
        cell if position <= place.position else replace(cell, outputs=())
        for position, cell in enumerate(whole.cells)
    )
    return notebooks.to_text(replace(whole, cells=tuple(cells)), outputs=True)
