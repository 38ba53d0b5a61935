"""Grade one submission in a process of its own: what a batch calls for each job.

The payload and the result are JSON values. Whatever the submission does to this process ends with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder.app.reports import write_pages
from autograder.app.results_folder import GRADED, ResultsFolder
from autograder.app.site import Site, open_site
from autograder.app.tools import tools_for, tools_without_kernel
from autograder.config.assignment_file import load
from autograder.errors import GraderFailed
from autograder.execution.evidence import save
from autograder.execution.run import Progress
from autograder.intake.reader import take_in
from autograder.model.assignment import Assignment
from autograder.model.execution import Execution, RunOutcome
from autograder.model.graded import GradedSubmission
from autograder.model.submission import Submission
from autograder.pipeline import ended, grade
from autograder.scoring.repeat import middle

Json = dict[str, Any]


def grade_job(payload: Json, report: Callable[[Json], None]) -> Json:
    """Take in, run, judge, write evidence and pages; give back the graded submission.

    Raises GraderError for what is wrong on our side before anything ran.
    """
    site = open_site(
        Path(payload["config"]) if payload["config"] else None, sandbox=payload["sandbox"], jobs=1
    )
    assignment = load(Path(payload["assignment"]))
    submission = submission_of(payload, assignment)
    results = ResultsFolder(Path(payload["out"]))
    execution: Execution | None
    if "ended" in payload:
        graded, execution = after_the_end(site, assignment, submission, payload)
    else:
        graded, execution = run_of(submission, assignment, site, results, payload["run_key"], told(report))
    if execution is not None:
        save(execution, results.evidence(submission.id))
    results.save_submission(submission)
    write_pages(results, graded, execution, submission, assignment, published=payload["published"])
    results.save(graded)
    return {"status": graded.status.value, "graded": GRADED.dump_python(graded, mode="json")}


def run_of(
    submission: Submission,
    assignment: Assignment,
    site: Site,
    results: ResultsFolder,
    run_key: str,
    on_progress: Callable[[Progress], None],
) -> tuple[GradedSubmission, Execution | None]:
    """Run and judge a submission, as often as the assignment says; give the run that counts.

    Of several runs each is stored in a folder of its own beside the one that counts.
    """
    tools = tools_for(site, assignment, run_key)
    runs = []
    for number in range(1, assignment.repeat + 1):
        graded, execution = grade(submission, assignment, tools, run_key=run_key, on_progress=on_progress)
        runs.append((graded, execution))
        if assignment.repeat > 1 and execution is not None:
            beside = results.run(submission.id, number)
            save(execution, beside.evidence(submission.id))
            beside.save(graded)
    graded, execution = runs[middle([found for found, _ in runs])]
    if assignment.repeat > 1:
        words = f"The notebook was run {len(runs)} times. The run with the median of the points counts."
        graded = replace(graded, notes=(*graded.notes, words))
    return graded, execution


def told(report: Callable[[Json], None]) -> Callable[[Progress], None]:
    """Turn the run's progress into plain data for the batch."""
    return lambda progress: report({"cell": progress.position, "cells": progress.cells})


def submission_of(payload: Json, assignment: Assignment) -> Submission:
    """Take the submission in again. Raises GraderFailed when the file is not what it was a moment ago."""
    taken = take_in(
        Path(payload["path"]),
        student=payload["student"],
        attempt=payload["attempt"],
        received=datetime.fromisoformat(payload["received"]),
        wanted=assignment.notebooks,
    )
    if not isinstance(taken, Submission) or taken.digest != payload["digest"]:
        raise GraderFailed(f"{payload['path']} changed while the batch ran", hint="Run the command again.")
    return taken


def after_the_end(
    site: Site, assignment: Assignment, submission: Submission, payload: Json
) -> tuple[GradedSubmission, Execution]:
    """The result of a submission whose grading process was lost, from the word about how it was lost."""
    told_end = payload["ended"]
    execution = Execution(
        outcome=RunOutcome(told_end["outcome"]), detail=told_end["detail"], sandbox=payload["sandbox"]
    )
    tools = tools_without_kernel(site, assignment)
    return ended(submission, assignment, tools, run_key=payload["run_key"], execution=execution), execution
