"""Graded submissions and assignments for tests of the gradebook; only what matters needs to be said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from autograder.model.assignment import (
    Assignment,
    Assurance,
    CheckKind,
    CheckSpec,
    Firmness,
    Gate,
    Visibility,
)
from autograder.model.execution import RunOutcome, Usage
from autograder.model.graded import GradedSubmission, Provenance, Status
from autograder.model.ids import AssignmentId, CheckId, RuleId, StudentId, SubmissionId
from autograder.model.results import (
    CheckOutcome,
    CheckResult,
    Finding,
    FindingState,
    Place,
    Score,
    Severity,
)
from gradebook.layout import CellLine, Layout, NotebookLine, SourceText
from gradebook.values import Decision, Offering

SPRING = Offering("deep-learning", "2026-spring")
LAB = AssignmentId("lab1")
RECEIVED = datetime(2026, 3, 1, 23, 59, 59, 123456, tzinfo=UTC)
BY_TA = Decision(who="ta7", why="read it twice")


def an_assignment(
    points: Mapping[str, str] | None = None,
    *,
    manual: Sequence[str] = (),
    optional: Sequence[str] = (),
    gate: Gate | None = None,
    cap: str = "10",
    version: str = "v1",
) -> Assignment:
    points = {"q1": "4", "q2": "6"} if points is None else points
    checks = tuple(
        CheckSpec(
            id=CheckId(name),
            kind=CheckKind.MANUAL if name in manual else CheckKind.PYTEST,
            points=Decimal(worth),
            title=f"Question {name}",
            assurance=Assurance.HUMAN if name in manual else Assurance.SEPARATED,
            visibility=Visibility.AFTER_PUBLISHED,
            optional=name in optional,
        )
        for name, worth in points.items()
    )
    return Assignment(
        id=LAB,
        title="Lab 1",
        version=version,
        folder=Path("lab1"),
        notebooks=("lab1.ipynb",),
        checks=checks,
        deduction_cap=Decimal(cap),
        gate=gate,
    )


def a_result(name: str, outcome: CheckOutcome, fraction: str = "0") -> CheckResult:
    return CheckResult(
        check_id=CheckId(name),
        kind=CheckKind.PYTEST,
        assurance=Assurance.SEPARATED,
        outcome=outcome,
        fraction=Decimal(fraction),
        message=f"{name} was {outcome}",
        staff_message="expected 0.9",
        figures={"accuracy": 0.875},
    )


def a_finding(rule: str = "paths", points: str = "2", state: FindingState = FindingState.PROPOSED) -> Finding:
    return Finding(
        rule=RuleId(rule),
        severity=Severity.WARNING,
        firmness=Firmness.PROPOSED,
        state=state,
        message="An absolute path.",
        instead="Use a relative path.",
        places=(Place(file="lab1.ipynb", cell=3, line=1, text="/home/me/data.csv"),),
        points=Decimal(points),
    )


def a_graded(
    *,
    submission: str = "s1",
    student: str = "anna",
    attempt: int = 1,
    assignment: Assignment | None = None,
    outcomes: Mapping[str, CheckOutcome] | None = None,
    score: Score | None = None,
    scored: bool = True,
    findings: tuple[Finding, ...] = (),
    status: Status = Status.GRADED,
    run_key: str = "run-1",
    digest: str = "d1",
    received: datetime = RECEIVED,
    reason: str = "",
) -> GradedSubmission:
    assignment = assignment or an_assignment()
    outcomes = outcomes or {}
    results = tuple(
        a_result(spec.id, outcomes.get(spec.id, CheckOutcome.PASSED)) for spec in assignment.checks
    )
    earned = {
        spec.id: {
            CheckOutcome.PASSED: spec.points,
            CheckOutcome.WAITING: None,
            CheckOutcome.ERRORED: None,
        }.get(outcomes.get(spec.id, CheckOutcome.PASSED), Decimal(0))
        for spec in assignment.checks
    }
    if score is None and scored:
        known = [value for value in earned.values() if value is not None]
        total = sum(known, Decimal(0)) if len(known) == len(earned) else None
        score = Score(
            earned=earned, deducted=Decimal(0), total=total, max_score=assignment.max_score, gate_passed=None
        )
    return GradedSubmission(
        submission=SubmissionId(submission),
        student=StudentId(student),
        attempt=attempt,
        received=received,
        assignment=assignment.id,
        status=status,
        reason=reason,
        run_outcome=RunOutcome.COMPLETED,
        score=score,
        results=results,
        findings=findings,
        usage=Usage(wall_seconds=1.5, memory_bytes=1000),
        provenance=Provenance(
            run_key=run_key,
            submission_digest=digest,
            assignment_version=assignment.version,
            image_digest="sha256:abc",
            sandbox="docker",
            asset_digests={"model": "aa"},
            versions={"nbverdict": "0.1.0"},
            stand_ins=("distilbert-base-uncased",),
            started=RECEIVED,
            finished=RECEIVED,
        ),
        suspicions=("a canary did not bite",),
        notes=("junk left out",),
    )


def a_layout(*checks: str) -> Layout:
    """Every check's cell in one notebook: code cells with tests."""
    text = SourceText(cell_type="code", locked=True, text="assert True", checksum="c0ffee")
    return Layout(
        notebooks=(NotebookLine(name="lab1", kernelspec="{}"),),
        cells=tuple(
            CellLine(notebook="lab1", name=name, cell_type="code", graded=True, check=name, source=text)
            for name in checks or ("q1", "q2")
        ),
    )
