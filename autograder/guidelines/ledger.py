"""The fit ledger as the guidelines read it: what was trained from which weights, as the kernel said.

A kernel can forge its ledger, and loops written by hand leave no entry: what follows from it is evidence
for a person, never proof.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from autograder.model.assignment import Assignment
from autograder.model.evidence import AnswerStatus, QuestionKind
from autograder.model.execution import Execution
from autograder.model.ids import CheckpointId


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """One weight. `digest` is the SHA-256 of its little-endian bytes in C order."""

    size: int
    dtype: str
    digest: str
    zero: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """One call of `fit`. `rows` and `steps` are -1 where not known; `whole` says that an epoch was completed.

    `before` and `after` list the weights; `cut` says that the kernel did not list them all. `cell` is the
    place of the cell in its notebook, or -1.
    """

    names: frozenset[str]
    rows: int
    whole: bool = True
    steps: int = -1
    notebook: str = ""
    cell: int = -1
    before: tuple[Weight, ...] = ()
    after: tuple[Weight, ...] = ()
    cut: bool = False


def trainings(execution: Execution | None) -> tuple[Training, ...] | None:
    """Return the fits of at least one epoch in the last ledger; None when there is none that can be read."""
    texts = _texts(execution)
    fits = _read(texts[-1][1]) if texts else None
    return None if fits is None else tuple(fit for fit in fits if fit.whole)


def trainings_by_name(
    execution: Execution | None, assignment: Assignment
) -> Mapping[str, tuple[Training, ...]]:
    """Return, for each name that is asked for, the ledger as it was when the name was judged.

    That is at the checkpoint that binds the name: what it is bound to later is not graded. A name without a
    ledger that can be read is left out. A fit that raised in its first epoch is there: it moved weights.
    """
    texts = _texts(execution)
    last = texts[-1][1] if texts else ""
    at = dict(texts)
    places = {name: point.id for point in reversed(assignment.checkpoints) for name in point.binds}
    read: dict[str, tuple[Training, ...] | None] = {}
    found = {}
    for name in assignment.contract:
        text = at.get(places[name], last) if name in places else last
        if text not in read:
            read[text] = _read(text)
        fits = read[text]
        if fits is not None:
            found[name] = fits
    return found


def _texts(execution: Execution | None) -> list[tuple[CheckpointId, str]]:
    return [
        (exchange.checkpoint, exchange.answer.value)
        for exchange in (execution.exchanges if execution is not None else ())
        if exchange.question.kind is QuestionKind.FITS and exchange.answer.status is AnswerStatus.ANSWERED
    ]


def _read(text: str) -> tuple[Training, ...] | None:
    try:
        records = json.loads(text)
    except ValueError:
        return None
    if not isinstance(records, list):
        return None
    return tuple(
        Training(
            names=_names(record),
            rows=_number(record, "rows"),
            whole=record.get("epochs", 1) != 0,
            steps=_number(record, "steps"),
            notebook=str(record.get("notebook", "")),
            cell=_number(record, "cell"),
            before=_weights(record.get("before")),
            after=_weights(record.get("after")),
            cut=record.get("cut", True) is not False,
        )
        for record in records
        if isinstance(record, dict)
    )


def _names(record: dict[str, object]) -> frozenset[str]:
    names = record.get("names")
    return frozenset(str(name) for name in names) if isinstance(names, list) else frozenset()


def _number(record: dict[str, object], key: str) -> int:
    number = record.get(key)
    return number if type(number) is int else -1


def _weights(listed: object) -> tuple[Weight, ...]:
    return tuple(
        Weight(
            size=_number(weight, "size"),
            dtype=str(weight.get("dtype", "")),
            digest=str(weight.get("digest", "")),
            zero=weight.get("zero") is True,
        )
        for weight in (listed if isinstance(listed, list) else ())
        if isinstance(weight, dict)
    )
