"""Grades as CSV for spreadsheets and pandas, one row per submission. For staff: nothing is hidden.

A cell that a spreadsheet could take for a formula gets an apostrophe in front. Numbers are written as
numbers.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from autograder.model.graded import GradedSubmission
from autograder.model.ids import CheckId
from autograder.model.results import FindingState
from autograder.reporting.text import plain
from autograder.reporting.wording import rounded

COLUMNS: Final = {
    "student": "Who handed it in.",
    "submission": "The submission's id.",
    "attempt": "Counts from 1 for each student; 0 for a submission that was rejected.",
    "received": "When it was received, in UTC (ISO 8601).",
    "status": "`graded`, `pending` (a person has to look), `rejected`, `sandbox_failed` or `grader_failed`.",
    "score": "Points after deductions; empty until every point is known.",
    "max_score": "Points of all checks without extra credit; empty where nothing was scored.",
    "deducted": "Points that confirmed findings cost together.",
    "gate_passed": "Whether the basic part succeeded: `true`, `false`, or empty (unknown, or no gate).",
    "run_outcome": "How the run ended; empty where nothing ran.",
    "findings_confirmed": "How many findings are confirmed.",
    "findings_proposed": "How many findings wait for a decision.",
    "suspicions": "Remarks for staff, separated by `; `.",
    "reason": "Why it was rejected or not graded.",
    "assignment": "The assignment's id.",
    "assignment_version": "Digest of everything that decided the score.",
    "image_digest": "The sandbox image it ran in.",
    "run_key": "The run this score comes from.",
    "stand_ins": "Models that stood in for others, separated by `; `.",
}
"""The columns before those of the checks, with what they mean."""

CHECK_COLUMN: Final = "check:"
"""After these columns comes one per check, named `check:ID`: its points, empty while nobody knows."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BREAK: Final = re.compile(r"[\t\r\n]+")
_INSIDE: Final = re.compile(f'([;,|][\\s"]*)(?=[{re.escape("".join(_FORMULA))}])')
"""Spreadsheets of some countries split at semicolons, and leave quotes aside then."""

_AT_MOST: Final = 1_000


def grades_csv(graded: Sequence[GradedSubmission]) -> str:
    """The table with its header; lines end as RFC 4180 says. Rows keep the order in which they are given."""
    checks = list(dict.fromkeys(result.check_id for one in graded for result in one.results))
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([*COLUMNS, *(neutral(f"{CHECK_COLUMN}{check}") for check in checks)])
    for one in graded:
        writer.writerow(_row(one, checks))
    return written.getvalue()


def neutral(text: str) -> str:
    """`text` as a spreadsheet may have it: no control characters, and no formula where a cell may begin."""
    shown = _INSIDE.sub(r"\1'", _BREAK.sub(" ", plain(text[:_AT_MOST])))
    return f"'{shown}" if shown.lstrip(" \u00a0").startswith(_FORMULA) else shown


def _row(one: GradedSubmission, checks: Sequence[CheckId]) -> list[str]:
    score, states = one.score, [finding.state for finding in one.findings]
    cells = {
        "student": neutral(str(one.student)),
        "submission": neutral(str(one.submission)),
        "attempt": str(one.attempt),
        "received": _moment(one.received),
        "status": one.status.value,
        "score": _points(None if score is None else score.total),
        "max_score": _points(None if score is None else score.max_score),
        "deducted": _points(None if score is None else score.deducted),
        "gate_passed": "" if score is None or score.gate_passed is None else str(score.gate_passed).lower(),
        "run_outcome": "" if one.run_outcome is None else one.run_outcome.value,
        "findings_confirmed": str(states.count(FindingState.CONFIRMED)),
        "findings_proposed": str(states.count(FindingState.PROPOSED)),
        "suspicions": _joined(one.suspicions),
        "reason": neutral(one.reason),
        "assignment": neutral(str(one.assignment)),
        "assignment_version": neutral(one.provenance.assignment_version),
        "image_digest": neutral(one.provenance.image_digest),
        "run_key": neutral(one.provenance.run_key),
        "stand_ins": _joined(one.provenance.stand_ins),
    }
    earned = {} if score is None else score.earned
    return [*(cells[name] for name in COLUMNS), *(_points(earned.get(check)) for check in checks)]


def _joined(texts: Iterable[str]) -> str:
    return neutral("; ".join(" ".join(text.split()) for text in texts))


def _points(points: Decimal | None) -> str:
    return "" if points is None else f"{rounded(points):f}"


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def reference() -> str:
    """The page of the documentation that explains the columns."""
    rows = "\n".join(f"| `{name}` | {meaning} |" for name, meaning in COLUMNS.items())
    return (
        "# Grades as CSV\n\n"
        "UTF-8, one row per submission, lines end with CR LF. Text that a spreadsheet could take for a\n"
        "formula has an apostrophe in front. Points have at most 4 decimals.\n\n"
        f"| column | meaning |\n|---|---|\n{rows}\n"
        f"| `{CHECK_COLUMN}ID` | One column per check: its points, empty while nobody knows. |\n"
    )
