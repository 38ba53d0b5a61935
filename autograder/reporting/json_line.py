"""One graded submission as one JSON object, as `autograder grade --json` prints it. For staff: all is shown.

The keys are a promise; `docs/reference/grade-json.schema.json` is made from `schema()`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from autograder.model.assignment import Assignment, Assurance, CheckKind, CheckSpec, Visibility
from autograder.model.execution import RunOutcome
from autograder.model.graded import GradedSubmission, Status
from autograder.model.results import CheckOutcome, CheckResult, Finding, FindingState, Place, Severity
from autograder.reporting.wording import rounded

_PLACES_NAMED: Final = 20


def to_json(graded: GradedSubmission, assignment: Assignment) -> dict[str, Any]:
    """The object with exactly the keys of the schema. Points are numbers with at most 4 decimals."""
    score = graded.score
    by_id = {result.check_id: result for result in graded.results}
    provenance = graded.provenance
    return {
        "submission": str(graded.submission),
        "student": str(graded.student),
        "attempt": graded.attempt,
        "status": graded.status.value,
        "reason": graded.reason,
        "run_outcome": None if graded.run_outcome is None else graded.run_outcome.value,
        "score": None if score is None else number(score.total),
        "max_score": number(assignment.max_score if score is None else score.max_score),
        "checks": [
            _check(spec, by_id[spec.id], None if score is None else score.earned.get(spec.id))
            for spec in assignment.checks
            if spec.id in by_id
        ],
        "findings": [finding_json(finding) for finding in graded.findings],
        "resources": {
            "wall_seconds": round(graded.usage.wall_seconds, 3),
            "cpu_seconds": round(graded.usage.cpu_seconds, 3),
            "memory_bytes": graded.usage.memory_bytes,
            "output_bytes": graded.usage.output_bytes,
            "gpu_seconds": round(graded.usage.gpu_seconds, 3),
        },
        "provenance": {
            "run_key": provenance.run_key,
            "submission_digest": provenance.submission_digest,
            "assignment_version": provenance.assignment_version,
            "image_digest": provenance.image_digest,
            "sandbox": provenance.sandbox,
            "asset_digests": dict(provenance.asset_digests),
            "check_digests": dict(provenance.check_digests),
            "versions": dict(provenance.versions),
            "holdout_digest": provenance.holdout_digest,
            "stand_ins": list(provenance.stand_ins),
            "started": _moment(provenance.started),
            "finished": _moment(provenance.finished),
        },
    }


def to_line(graded: GradedSubmission, assignment: Assignment) -> str:
    """The object on one line of ASCII, without the newline."""
    return json.dumps(to_json(graded, assignment), allow_nan=False)


def number(points: Decimal | None) -> int | float | None:
    """Points as a JSON number with at most 4 decimals; a whole number has none."""
    if points is None:
        return None
    short = rounded(points)
    return int(short) if short == short.to_integral_value() else float(short)


def _check(spec: CheckSpec, result: CheckResult, earned: Decimal | None) -> dict[str, Any]:
    return {
        "id": str(spec.id),
        "kind": result.kind.value,
        "assurance": result.assurance.value,
        "visibility": spec.visibility.value,
        "outcome": result.outcome.value,
        "points": number(earned),
        "max_points": number(spec.points),
        "message": result.message,
    }


def finding_json(finding: Finding) -> dict[str, Any]:
    """One object per finding: the first place in keys of its own, the others named in the message."""
    first, others = (finding.places[0], finding.places[1:]) if finding.places else (None, ())
    return {
        "rule": str(finding.rule),
        "severity": finding.severity.value,
        "state": finding.state.value,
        "file": "" if first is None else first.file,
        "cell": None if first is None or first.cell < 0 else first.cell,
        "line": None if first is None or first.line < 1 else first.line,
        "message": finding.message + _also(first, others),
        "points": number(finding.points),
    }


def _also(first: Place | None, others: Sequence[Place]) -> str:
    if first is None or not others:
        return ""
    named = ", ".join(_words(place, first.file) for place in others[:_PLACES_NAMED])
    more = f", and {len(others) - _PLACES_NAMED} more" if len(others) > _PLACES_NAMED else ""
    return f" (also: {named}{more})"


def _words(place: Place, file: str) -> str:
    parts = [place.file] if place.file != file else []
    parts += [f"cell {place.cell}"] if place.cell >= 0 else []
    parts += [f"line {place.line}"] if place.line > 0 else []
    return " ".join(parts) or place.file


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of what `to_json` gives."""
    points = {"type": "number", "minimum": 0}
    digests = {"type": "object", "additionalProperties": {"type": "string"}}
    count = {"type": "integer", "minimum": 0}
    check = _object(
        id={"type": "string"},
        kind=_one_of(CheckKind),
        assurance=_one_of(Assurance),
        visibility=_one_of(Visibility),
        outcome=_one_of(CheckOutcome),
        points=_or_null(points, "Null while nobody knows."),
        max_points=points,
        message={"type": "string"},
    )
    finding = _object(
        rule={"type": "string"},
        severity=_one_of(Severity),
        state=_one_of(FindingState),
        file={"type": "string", "description": "Of the first place; the message names the others."},
        cell=_or_null(count, "Position among all cells of the notebook, from 0; null: the file as a whole."),
        line=_or_null({"type": "integer", "minimum": 1}, "Line in the cell or file, from 1."),
        message={"type": "string"},
        points={**points, "description": "What it costs once confirmed, before one cause is counted once."},
    )
    seconds = {"type": "number", "minimum": 0}
    moment = _or_null({"type": "string", "format": "date-time"}, "In UTC.")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "One graded submission, as `autograder grade --json` prints it",
        "description": "Points have at most 4 decimals, rounded half to even.",
        **_object(
            submission={"type": "string"},
            student={"type": "string"},
            attempt=count,
            status=_one_of(Status),
            reason={"type": "string"},
            run_outcome={"anyOf": [_one_of(RunOutcome), {"type": "null"}]},
            score=_or_null(points, "Null until every point is known."),
            max_score={**points, "description": "Without extra credit."},
            checks={"type": "array", "items": check},
            findings={"type": "array", "items": finding},
            resources=_object(
                wall_seconds=seconds,
                cpu_seconds=seconds,
                memory_bytes=count,
                output_bytes=count,
                gpu_seconds=seconds,
            ),
            provenance=_object(
                run_key={"type": "string"},
                submission_digest={"type": "string"},
                assignment_version={"type": "string"},
                image_digest={"type": "string"},
                sandbox={"type": "string"},
                asset_digests=digests,
                check_digests=digests,
                versions=digests,
                holdout_digest={"type": "string"},
                stand_ins={"type": "array", "items": {"type": "string"}},
                started=moment,
                finished=moment,
            ),
        ),
    }


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _one_of(words: type[StrEnum]) -> dict[str, Any]:
    return {"enum": [word.value for word in words]}


def _or_null(wanted: dict[str, Any], description: str) -> dict[str, Any]:
    return {"description": description, "anyOf": [wanted, {"type": "null"}]}
