"""The part of an assignment that turns check results into a score, kept with every version that was used.

With it a score can be worked out again when a person changes something, years later, without the assignment's
folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter

from autograder.model.assignment import Assignment, Assurance, CheckKind, Visibility
from autograder.model.ids import CheckId
from gradebook.json_values import as_json


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """What one check is worth. `optional` marks extra credit."""

    id: CheckId
    title: str
    kind: CheckKind
    assurance: Assurance
    visibility: Visibility
    points: Decimal
    optional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GateLine:
    """The basic part: unless `checks` earn `share` of their points, extra credit does not count."""

    title: str
    checks: tuple[CheckId, ...]
    share: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Checks, gate and the cap of deductions of one version of an assignment."""

    title: str
    checks: tuple[CheckLine, ...]
    gate: GateLine | None
    deduction_cap: Decimal
    max_score: Decimal

    def line(self, check: str) -> CheckLine | None:
        """The check of that id, or None."""
        return next((line for line in self.checks if line.id == check), None)


def sheet_of(assignment: Assignment) -> Sheet:
    """The scoring part of an assignment."""
    gate = assignment.gate
    return Sheet(
        title=assignment.title,
        checks=tuple(
            CheckLine(
                id=check.id,
                title=check.title,
                kind=check.kind,
                assurance=check.assurance,
                visibility=check.visibility,
                points=check.points,
                optional=check.optional,
            )
            for check in assignment.checks
        ),
        gate=None if gate is None else GateLine(title=gate.title, checks=gate.checks, share=gate.share),
        deduction_cap=assignment.deduction_cap,
        max_score=assignment.max_score,
    )


def sheet_to_json(sheet: Sheet) -> dict[str, Any]:
    """The sheet as JSON values."""
    stored: dict[str, Any] = as_json(sheet)
    return stored


def sheet_from_json(stored: Mapping[str, Any]) -> Sheet:
    """The sheet from what `sheet_to_json` made."""
    return _SHEET.validate_python(stored)


_SHEET = TypeAdapter(Sheet)
