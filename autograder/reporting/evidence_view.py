"""The evidence of a run as rows for the staff's page: what was asked and answered, and the fit ledger.

The ledger is what the kernel said about its own training: it is shown as a claim. Unexpected shapes are
shown as missing, never an error.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from autograder.model.evidence import AnswerStatus, Exchange, QuestionKind
from autograder.model.execution import Execution
from autograder.reporting.text import trimmed

VALUE_AT_MOST: Final = 600
EXCHANGES_AT_MOST: Final = 300
FITS_AT_MOST: Final = 200
SITES_AT_MOST: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRow:
    """One question and its answer, shortened."""

    checkpoint: str
    check: str
    question: str
    hidden: bool
    status: AnswerStatus
    answer: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FitRow:
    """One `fit` of the run as the kernel reported it. Sizes are numbers of weights; None: not reported.

    `moved_size` and `moved` are the weights whose digest changed, matched by site and shape; both are empty
    when the weights were not listed.
    """

    cell: str
    model: str
    names: tuple[str, ...]
    rows: int | None
    epochs: int | None
    seconds: float | None
    trainable_size: int | None
    total_size: int | None
    listed: bool
    moved_size: int
    moved: tuple[str, ...]
    metrics: tuple[tuple[str, float], ...]
    raised: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceView:
    """Everything the staff's page shows of the evidence. `left_out` exchanges are not listed."""

    exchanges: tuple[ExchangeRow, ...]
    left_out: int
    fits: tuple[FitRow, ...]


def evidence_view(execution: Execution) -> EvidenceView:
    """The exchanges in the order in which they were made, and the fullest ledger among them."""
    asked = [exchange for exchange in execution.exchanges if exchange.question.kind is not QuestionKind.FITS]
    return EvidenceView(
        exchanges=tuple(_exchange(exchange) for exchange in asked[:EXCHANGES_AT_MOST]),
        left_out=max(0, len(asked) - EXCHANGES_AT_MOST),
        fits=_ledger(execution.exchanges),
    )


def _exchange(exchange: Exchange) -> ExchangeRow:
    question, answer = exchange.question, exchange.answer
    match question.kind:
        case QuestionKind.CALL:
            asked = f"{question.name}({_short(question.arguments)})"
        case QuestionKind.ARRAY:
            asked = f"{question.name} → {question.part}"
        case _:
            asked = f"{question.kind.value}: {question.name}" if question.name else question.kind.value
    said = _short(answer.value) if answer.status is AnswerStatus.ANSWERED else _short(answer.message)
    return ExchangeRow(
        checkpoint=str(exchange.checkpoint),
        check=str(exchange.check),
        question=asked,
        hidden=question.hidden,
        status=answer.status,
        answer=said,
        seconds=exchange.seconds,
    )


def _short(text: str) -> str:
    return trimmed(text, VALUE_AT_MOST)


def _ledger(exchanges: Iterable[Exchange]) -> tuple[FitRow, ...]:
    ledgers = [
        _list(exchange.answer.value)
        for exchange in exchanges
        if exchange.question.kind is QuestionKind.FITS and exchange.answer.status is AnswerStatus.ANSWERED
    ]
    fullest: list[Any] = max(ledgers, key=len, default=[])
    return tuple(_fit(fit) for fit in fullest[:FITS_AT_MOST] if isinstance(fit, dict))


def _list(text: str) -> list[Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else []


def _fit(fit: Mapping[str, Any]) -> FitRow:
    before, after = _by_site(fit.get("before")), _by_site(fit.get("after"))
    moved = [site for site, weight in after.items() if site in before and weight[0] != before[site][0]]
    names = fit.get("names")
    history = fit.get("history")
    return FitRow(
        cell=_word(fit.get("cell")),
        model=_word(fit.get("model")),
        names=tuple(_word(name) for name in names[:8]) if isinstance(names, list) else (),
        rows=_count(fit.get("rows")),
        epochs=_count(fit.get("epochs")),
        seconds=_number(fit.get("seconds")),
        trainable_size=_count(fit.get("trainable_size")) if after else None,
        total_size=_count(fit.get("total_size")) if after else None,
        listed=bool(before) and bool(after),
        moved_size=sum(after[site][1] for site in moved),
        moved=tuple(site[0] for site in moved[:SITES_AT_MOST])
        + ((f"and {len(moved) - SITES_AT_MOST} more",) if len(moved) > SITES_AT_MOST else ()),
        metrics=_last(history if isinstance(history, dict) else {}),
        raised=_word(fit.get("raised")),
    )


def _by_site(listed: Any) -> dict[tuple[str, str], tuple[str, int]]:
    """Digest and size of each weight by site and shape."""
    found: dict[tuple[str, str], tuple[str, int]] = {}
    for weight in listed if isinstance(listed, list) else ():
        if isinstance(weight, dict) and isinstance(weight.get("site"), str):
            place = (weight["site"][:200], json.dumps(weight.get("shape")))
            found[place] = (str(weight.get("digest"))[:100], _count(weight.get("size")) or 0)
    return found


def _last(history: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
    """The last value of each series of numbers."""
    found = []
    for name, values in list(history.items())[:10]:
        last = _number(values[-1]) if isinstance(values, list) and values else None
        if last is not None:
            found.append((str(name)[:60], last))
    return tuple(found)


def _word(value: Any) -> str:
    return str(value)[:120] if isinstance(value, str | int) else ""


def _count(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value < 2**63 else None


def _number(value: Any) -> float | None:
    return float(value) if type(value) in (int, float) and math.isfinite(value) else None
