"""The fit ledger as the guidelines read it: which names were trained, as the student's kernel said.

A kernel can forge its ledger, and loops written by hand leave no entry: what follows from it is evidence
for a person, never proof.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from autograder.model.evidence import AnswerStatus, QuestionKind
from autograder.model.execution import Execution


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """One call of `fit` that trained for at least one epoch. `rows` is -1 where it is not known."""

    names: frozenset[str]
    rows: int


def trainings(execution: Execution | None) -> tuple[Training, ...] | None:
    """Return the fits of the run in its last ledger; None when there is no ledger that can be read."""
    texts = [
        exchange.answer.value
        for exchange in (execution.exchanges if execution is not None else ())
        if exchange.question.kind is QuestionKind.FITS and exchange.answer.status is AnswerStatus.ANSWERED
    ]
    if not texts:
        return None
    try:
        records = json.loads(texts[-1])
    except ValueError:
        return None
    if not isinstance(records, list):
        return None
    return tuple(
        Training(names=_names(record), rows=_rows(record))
        for record in records
        if isinstance(record, dict) and record.get("epochs", 1) != 0
    )


def _names(record: dict[str, object]) -> frozenset[str]:
    names = record.get("names")
    return frozenset(str(name) for name in names) if isinstance(names, list) else frozenset()


def _rows(record: dict[str, object]) -> int:
    rows = record.get("rows")
    return rows if type(rows) is int else -1
