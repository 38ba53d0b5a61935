"""An assignment and a grading with varied results, as the benchmarks of the gradebook record them."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

from autograder.model.assignment import Assignment, Assurance, CheckKind, CheckSpec, Visibility
from autograder.model.execution import RunOutcome, Usage
from autograder.model.graded import GradedSubmission, Provenance, Status
from autograder.model.ids import AssignmentId, CheckId, StudentId, SubmissionId
from autograder.model.results import CheckOutcome, CheckResult, Score

START = datetime(2026, 9, 1, 23, 59, tzinfo=UTC)


def an_assignment(number: int, checks: int) -> Assignment:
    return Assignment(
        id=AssignmentId(f"lab{number:02}"),
        title=f"Lab {number}",
        version=f"v{number}",
        folder=Path(f"lab{number:02}"),
        notebooks=("lab.ipynb",),
        checks=tuple(
            CheckSpec(
                id=CheckId(f"q{place}"),
                kind=CheckKind.PYTEST,
                points=Decimal(1),
                title=f"Question {place}",
                assurance=Assurance.SEPARATED,
                visibility=Visibility.AFTER_PUBLISHED,
            )
            for place in range(checks)
        ),
    )


def a_grading(
    assignment: Assignment, variant: int, *, name: str = "s", student: str = "s"
) -> GradedSubmission:
    """A grading with a mix of results that depends on `variant`."""
    moments = random.Random(variant)
    fractions = [Decimal(moments.choice(("0", "0.5", "1", "1", "1"))) for _ in assignment.checks]
    outcomes = {Decimal(0): CheckOutcome.FAILED, Decimal(1): CheckOutcome.PASSED}
    earned: dict[CheckId, Decimal | None] = {
        spec.id: spec.points * share for spec, share in zip(assignment.checks, fractions, strict=True)
    }
    return GradedSubmission(
        submission=SubmissionId(name),
        student=StudentId(student),
        attempt=1,
        received=START,
        assignment=assignment.id,
        status=Status.GRADED,
        reason="",
        run_outcome=RunOutcome.COMPLETED,
        score=Score(
            earned=earned,
            deducted=Decimal(0),
            total=sum((one for one in earned.values() if one is not None), Decimal(0)),
            max_score=assignment.max_score,
            gate_passed=None,
        ),
        results=tuple(
            CheckResult(
                check_id=spec.id,
                kind=spec.kind,
                assurance=spec.assurance,
                outcome=outcomes.get(share, CheckOutcome.PARTIAL),
                fraction=share,
                message="The mean of the predictions was compared with the labels.",
                staff_message="expected 0.9 within 0.05",
                figures={"accuracy": 0.875},
            )
            for spec, share in zip(assignment.checks, fractions, strict=True)
        ),
        findings=(),
        usage=Usage(wall_seconds=31.5, memory_bytes=900_000_000),
        provenance=Provenance(
            run_key=f"run-{name}",
            submission_digest=sha256(name.encode()).hexdigest(),
            assignment_version=assignment.version,
            image_digest=f"sha256:{'ab' * 32}",
            sandbox="docker",
            check_digests={"checks/test_lab.py": "cd" * 32},
            versions={"nbverdict": "0.1.0", "python": "3.11.2"},
            started=START,
            finished=START,
        ),
    )
