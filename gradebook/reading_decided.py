"""What submissions are worth that people changed, read with no more of each grading than the points need.

The arithmetic is that of `gradebook.effective`. Reports and history read whole gradings (`reading.entries`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import Connection, Select, String, cast, select

from autograder.model.execution import Usage
from autograder.model.graded import GradedSubmission, Provenance, Status
from autograder.model.ids import AssignmentId, StudentId, SubmissionId
from autograder.model.results import CheckResult, Finding, Score
from gradebook import tables
from gradebook.effective import decided_lateness, effective
from gradebook.reading import changes_of
from gradebook.sheet import Sheet, sheet_from_json

_AT_ONCE = 500
_RESULTS = TypeAdapter(tuple[CheckResult, ...])
_FINDINGS = TypeAdapter(tuple[Finding, ...])
_SCORE = TypeAdapter(Score)
_STATUS = {status.value: status for status in Status}
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_READ = Provenance(run_key="", submission_digest="", assignment_version="", image_digest="", sandbox="")


class Decided(NamedTuple):
    """What a score is worth with every change applied. Points are None while they are not known.

    `lateness` is what people said that lateness costs, taken from the total already; None where nobody did.
    """

    total: Decimal | None
    status: Status
    gate_passed: bool | None
    lateness: Decimal | None


def decided(db: Connection, score_ids: Iterable[int]) -> dict[int, Decided]:
    """What these scores are worth, by their numbers."""
    numbers = list(score_ids)
    sheets: dict[int, Sheet] = {}
    found: dict[int, Decided] = {}
    for start in range(0, len(numbers), _AT_ONCE):
        rows = db.execute(_query(numbers[start : start + _AT_ONCE])).all()
        changes = changes_of(db, {row.submission_id for row in rows})
        for row in rows:
            if row.version_id not in sheets:
                sheets[row.version_id] = _sheet(db, row.version_id)
            mine = changes[row.submission_id]
            graded = effective(_grading(row), sheets[row.version_id], mine)
            score = graded.score
            found[row.id] = Decided(
                None if score is None else score.total,
                graded.status,
                None if score is None else score.gate_passed,
                decided_lateness(mine),
            )
    return found


def _query(numbers: list[int]) -> Select[Any]:
    s, d = tables.scores.c, tables.score_details.c
    texts = (cast(d[name], String).label(name) for name in ("score", "results", "findings"))
    return (
        select(s.id, s.submission_id, s.version_id, s.status, d.reason, *texts)
        .join(tables.score_details, d.score_id == s.id)
        .where(s.id.in_(numbers))
    )


def _grading(row: Any) -> GradedSubmission:
    """The grading as far as points depend on it; what nobody needs for them stays empty."""
    return GradedSubmission(
        submission=SubmissionId(""),
        student=StudentId(""),
        attempt=0,
        received=_NEVER,
        assignment=AssignmentId(""),
        status=_STATUS[row.status],
        reason=row.reason,
        run_outcome=None,
        score=None if row.score is None else _SCORE.validate_json(row.score),
        results=_RESULTS.validate_json(row.results),
        findings=_FINDINGS.validate_json(row.findings),
        usage=Usage(),
        provenance=_NOT_READ,
    )


def _sheet(db: Connection, version_id: int) -> Sheet:
    kept = tables.assignment_versions.c
    return sheet_from_json(db.execute(select(kept.sheet).where(kept.id == version_id)).scalar_one())
