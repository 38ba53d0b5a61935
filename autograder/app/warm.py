"""Do once, before workers are forked, what each would otherwise do for itself. Imported for its effect.

It reads no submission and opens no connection: what a forked process shares must be harmless to share.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from autograder.execution import evidence
from autograder.guidelines.engine import inspect
from autograder.model.assignment import Assignment
from autograder.model.execution import Execution, RunOutcome, Usage
from autograder.model.graded import GradedSubmission, Provenance, Status
from autograder.model.ids import AssignmentId, StudentId, SubmissionId
from autograder.model.submission import Submission
from autograder.reporting.feedback import feedback_for
from autograder.reporting.html import render_feedback, render_staff
from autograder.reporting.visibility import Role

CELL = (
    '{"cell_type": "code", "id": "a", "metadata": {}, "source": "%pip list\\nx = 1", "outputs": [], '
    '"execution_count": null}'
)
NOTEBOOK = '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [' + CELL + "]}"


def warm() -> None:
    """Build the readers and writers of values, the parser of notebooks and the templates of pages."""
    began = datetime.now(UTC)
    assignment = Assignment(
        id=AssignmentId("warm"), title="warm", version="", folder=Path(), notebooks=("a.ipynb",)
    )
    submission = Submission(
        id=SubmissionId("warm"), student=StudentId("warm"), attempt=1, digest="", received=began,
        archive_name="a.ipynb", notebooks={"a.ipynb": NOTEBOOK},
    )  # fmt: skip
    inspect(submission, None, assignment)
    execution = Execution(outcome=RunOutcome.COMPLETED, executed={"a.ipynb": NOTEBOOK})
    with tempfile.TemporaryDirectory(prefix="nbverdict-warm-") as folder:
        evidence.save(execution, Path(folder))
    graded = GradedSubmission(
        submission=submission.id, student=submission.student, attempt=1, received=began,
        assignment=assignment.id, status=Status.REJECTED, reason="", run_outcome=None, score=None, results=(),
        findings=(), usage=Usage(),
        provenance=Provenance(
            run_key="", submission_digest="", assignment_version="", image_digest="", sandbox=""
        ),
    )  # fmt: skip
    render_feedback(feedback_for(graded, execution, assignment, role=Role.STUDENT, published=False))
    render_staff(graded, execution, assignment)


warm()
