"""The model's frozen values as JSON values for the database, and back without loss.

Decimals, times and numbers that JSON has no word for become text. What is read back is checked by pydantic
against the model's own types; a field that the model gained later takes its default.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from pydantic import TypeAdapter, ValidationError

from autograder.errors import GradebookError
from autograder.model.execution import RunOutcome, Usage
from autograder.model.graded import GradedSubmission, Provenance, Status
from autograder.model.results import CheckResult, Finding, Score
from gradebook.columns import clean

_RESULTS = TypeAdapter(tuple[CheckResult, ...])
_FINDINGS = TypeAdapter(tuple[Finding, ...])
_TEXTS = TypeAdapter(tuple[str, ...])
_SCORE = TypeAdapter(Score)
_STATUS = TypeAdapter(Status)
_OUTCOME: TypeAdapter[RunOutcome | None] = TypeAdapter(RunOutcome | None)
_USAGE = TypeAdapter(Usage)
_PROVENANCE = TypeAdapter(Provenance)


def as_json(value: Any) -> Any:
    """`value` (frozen values, mappings, sequences, scalars) in JSON's own types.

    ValueError for a time without a zone, TypeError for anything that is no plain value.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {clean(str(key)): as_json(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [as_json(item) for item in value]
    return _scalar(value)


def _scalar(value: Any) -> str | int | float | bool | None:
    match value:
        case None | bool() | int() if not isinstance(value, Enum):
            return value
        case Enum():
            return str(value.value)
        case str():
            return clean(value)
        case float():
            return value if math.isfinite(value) else str(value)
        case Decimal():
            return str(value)
        case datetime() if value.tzinfo is not None:
            return value.astimezone(UTC).isoformat()
        case datetime():
            raise ValueError(f"a time without a zone cannot be stored: {value.isoformat()}")
        case _:
            raise TypeError(f"{type(value).__name__} cannot be stored")


def details(graded: GradedSubmission) -> dict[str, Any]:
    """The columns of `score_details` for a graded submission."""
    return {
        "reason": graded.reason,
        "score": as_json(graded.score),
        "results": as_json(graded.results),
        "findings": as_json(graded.findings),
        "suspicions": as_json(graded.suspicions),
        "notes": as_json(graded.notes),
    }


def restored(row: Mapping[str, Any]) -> GradedSubmission:
    """A graded submission from the joined columns of its rows.

    GradebookError when what is stored is not what this version of the model can read.
    """
    try:
        return GradedSubmission(
            submission=row["submission"],
            student=row["student"] or row["pseudonym"],
            attempt=row["attempt"],
            received=row["received"],
            assignment=row["assignment"],
            status=_STATUS.validate_python(row["status"]),
            reason=row["reason"],
            run_outcome=_OUTCOME.validate_python(row["run_outcome"]),
            score=None if row["score"] is None else _SCORE.validate_python(row["score"]),
            results=_RESULTS.validate_python(row["results"]),
            findings=_FINDINGS.validate_python(row["findings"]),
            usage=_USAGE.validate_python(row["usage"]),
            provenance=_PROVENANCE.validate_python(row["provenance"]),
            suspicions=_TEXTS.validate_python(row["suspicions"]),
            notes=_TEXTS.validate_python(row["notes"]),
        )
    except ValidationError as error:
        raise GradebookError(
            f"score {row['score_id']} cannot be read: {error.errors()[0]['msg']}",
            hint="It was written by another version of nbverdict.",
        ) from error
