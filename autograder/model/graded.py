"""A submission with everything that was found about it: the value that goes to gradebook and reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from autograder.model.execution import RunOutcome, Usage
from autograder.model.ids import AssignmentId, StudentId, SubmissionId
from autograder.model.results import CheckResult, Finding, Score


class Status(StrEnum):
    """Where a graded submission stands."""

    GRADED = "graded"
    PENDING = "pending"
    REJECTED = "rejected"
    SANDBOX_FAILED = "sandbox_failed"
    GRADER_FAILED = "grader_failed"


OUR_FAILURES = (Status.SANDBOX_FAILED, Status.GRADER_FAILED)
"""What happened on our side: never a zero, and staff must act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """With what a score was made, so that it can be defended years later. Digests are SHA-256, hexadecimal.

    `run_key` is given by whoever dispatched the grading; one key is recorded once. The holdout's seed stays
    in the trusted store; here is a digest of the drawing. `stand_ins` names models that stood in for others.
    """

    run_key: str
    submission_digest: str
    assignment_version: str
    image_digest: str
    sandbox: str
    asset_digests: Mapping[str, str] = field(default_factory=dict)
    check_digests: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    holdout_digest: str = ""
    stand_ins: tuple[str, ...] = ()
    started: datetime | None = None
    finished: datetime | None = None


def is_older(version: str, newest: str | None) -> bool:
    """Whether a grade was made with another version of its assignment than the newest one.

    Not where either is not known: a rejected submission has none, and an assignment without grades no newest.
    """
    return newest is not None and version not in ("", newest)


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedSubmission:
    """What one grading found. It refers to its evidence by the run key; it holds no student output."""

    submission: SubmissionId
    student: StudentId
    attempt: int
    received: datetime
    assignment: AssignmentId
    status: Status
    reason: str
    run_outcome: RunOutcome | None
    score: Score | None
    results: tuple[CheckResult, ...]
    findings: tuple[Finding, ...]
    usage: Usage
    provenance: Provenance
    suspicions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
