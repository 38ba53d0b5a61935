"""What submissions are worth that people changed, read with no more of each grading than the points need.

The arithmetic is that of `gradebook.effective`. Reports and history read whole gradings (`reading.entries`).
"""

from __future__ import annotations

from collections.abc import Sequence
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
_NO_USAGE = Usage()
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_READ = Provenance(run_key="", submission_digest="", assignment_version="", image_digest="", sandbox="")


class ToDecide(NamedTuple):
    """A score that people may have changed: its number, and what its row says."""

    score_id: int
    submission_id: int
    version_id: int
    status: Status


class Decided(NamedTuple):
    """What a score is worth with every change applied. Points are None while they are not known.

    `lateness` is what people said that lateness costs, taken from the total already; None where nobody did.
    """

    total: Decimal | None
    status: Status
    gate_passed: bool | None
    lateness: Decimal | None


def decided(db: Connection, scores: Sequence[ToDecide]) -> dict[int, Decided]:
    """What these scores are worth, by their numbers."""
    sheets: dict[int, Sheet] = {}
    found: dict[int, Decided] = {}
    for start in range(0, len(scores), _AT_ONCE):
        some = scores[start : start + _AT_ONCE]
        details = {row[0]: row for row in db.execute(_query([one.score_id for one in some]))}
        changes = changes_of(db, [one.submission_id for one in some])
        for one in some:
            if one.version_id not in sheets:
                sheets[one.version_id] = _sheet(db, one.version_id)
            mine = changes[one.submission_id]
            grading = _grading(one.status, *details[one.score_id][1:])
            graded = effective(grading, sheets[one.version_id], mine)
            score = graded.score
            found[one.score_id] = Decided(
                None if score is None else score.total,
                graded.status,
                None if score is None else score.gate_passed,
                decided_lateness(mine),
            )
    return found


def _query(numbers: list[int]) -> Select[Any]:
    kept = tables.score_details.c
    texts = (cast(kept[name], String) for name in ("score", "results", "findings"))
    return select(kept.score_id, kept.reason, *texts).where(kept.score_id.in_(numbers))


def _grading(status: Status, reason: str, score: str | None, results: str, findings: str) -> GradedSubmission:
    """The grading as far as points depend on it; what nobody needs for them stays empty."""
    return GradedSubmission(
        submission=SubmissionId(""),
        student=StudentId(""),
        attempt=0,
        received=_NEVER,
        assignment=AssignmentId(""),
        status=status,
        reason=reason,
        run_outcome=None,
        score=None if score is None else _SCORE.validate_json(score),
        results=_RESULTS.validate_json(results),
        findings=_FINDINGS.validate_json(findings),
        usage=_NO_USAGE,
        provenance=_NOT_READ,
    )


def _sheet(db: Connection, version_id: int) -> Sheet:
    kept = tables.assignment_versions.c
    return sheet_from_json(db.execute(select(kept.sheet).where(kept.id == version_id)).scalar_one())
