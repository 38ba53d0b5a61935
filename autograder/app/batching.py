"""Join the batch with this machine: progress, clean-up of containers, and a known-good submission."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.app.grading import read_result
from autograder.app.preloaded import FUNCTION, PRELOADED
from autograder.batch.job import BatchResult, Event, EventKind, Job
from autograder.batch.pool import Pool
from autograder.batch.run import run_batch
from autograder.model.assignment import Assignment
from autograder.model.execution import Usage
from autograder.model.graded import GradedSubmission, Provenance, Status
from autograder.model.ids import StudentId, SubmissionId

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from autograder.app.site import Site

GOOD_SECONDS = 180.0
GOOD_NOTEBOOK = "good.ipynb"
GOOD_TOML = """schema = 1
id = "known-good"
title = "A notebook that runs on every machine that is well"
notebooks = ["{notebook}"]

[environment]
image = "{image}"
"""


def grading_processes() -> Pool:
    """The processes that grade, to be opened early: what they import takes as long as taking a batch in."""
    return Pool(FUNCTION, preload=PRELOADED)


def run_jobs(
    site: Site, assignment: Assignment, jobs: Sequence[Job], pool: Pool, bar: Bar, task: TaskID
) -> Iterator[GradedSubmission]:
    """Grade jobs and give results as they come. Containers whose owner is gone are removed first."""
    if not jobs:
        return
    sandbox = site.sandbox()
    sandbox.sweep()

    def show(event: Event) -> None:
        if event.kind is EventKind.FINISHED:
            bar.advance(task)
        words = f"grading, {event.state.running} running"
        if event.kind is EventKind.PROGRESSED and "cell" in event.progress:
            words = f"{event.job.id}: cell {event.progress['cell'] + 1} of {event.progress['cells']}"
        bar.update(task, description=words)

    with known_good(site, assignment) as good:
        for result in run_batch(
            jobs,
            function=FUNCTION,
            workers=site.jobs,
            on_event=show,
            cleanup=lambda job: cleaned(site, job),
            known_good=good,
            pool=pool,
        ):
            yield judged(result, assignment)


def cleaned(site: Site, job: Job) -> None:
    """Remove what a lost worker left: the containers and processes of its run."""
    site.sandbox().remove_run(str(job.payload["run_key"]))


def judged(result: BatchResult, assignment: Assignment) -> GradedSubmission:
    """The graded submission of a job; where our own code failed, one that says so and has no score."""
    if result.result is not None:
        graded = read_result(result.result)
        if result.machine_well is False:
            words = "a known-good notebook failed on this machine too: look at the machine first"
            graded = dataclasses.replace(graded, suspicions=(*graded.suspicions, words))
        return graded
    payload: dict[str, Any] = dict(result.job.payload)
    return GradedSubmission(
        submission=SubmissionId(result.job.id), student=StudentId(payload["student"]),
        attempt=int(payload["attempt"]), received=datetime.fromisoformat(payload["received"]),
        assignment=assignment.id, status=Status.GRADER_FAILED, reason=result.failure, run_outcome=None,
        score=None, results=(), findings=(), usage=Usage(wall_seconds=result.seconds),
        provenance=Provenance(
            run_key=str(payload["run_key"]), submission_digest=str(payload["digest"]),
            assignment_version=assignment.version, image_digest="", sandbox=str(payload["sandbox"]),
        ),
    )  # fmt: skip


@contextmanager
def known_good(site: Site, assignment: Assignment) -> Iterator[Job]:
    """A job that ends well on a machine that is well: one cell, the same image, no assets."""
    with tempfile.TemporaryDirectory(prefix="nbverdict-good-") as name:
        folder = Path(name)
        (folder / "source").mkdir()
        toml = GOOD_TOML.format(notebook=GOOD_NOTEBOOK, image=assignment.environment.image)
        (folder / "assignment.toml").write_text(toml)
        cell: dict[str, object] = {
            "cell_type": "code", "id": "good", "metadata": {}, "source": "print(6 * 7)", "outputs": [],
            "execution_count": None,
        }  # fmt: skip
        notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
        path = folder / "source" / GOOD_NOTEBOOK
        path.write_text(json.dumps(notebook))
        yield good_job(site, folder, path)


def good_job(site: Site, folder: Path, path: Path) -> Job:
    """The payload of the known-good job."""
    from autograder.app.grading import Entry, job_for, taken
    from autograder.app.results_folder import ResultsFolder
    from autograder.config.assignment_file import load
    from autograder.errors import GraderFailed
    from autograder.model.submission import Submission

    good = load(folder)
    found = taken(Entry(path=path, student="known-good"), good)
    if not isinstance(found, Submission):
        raise GraderFailed(f"our own known-good notebook was rejected: {found.reason}")
    job = job_for(site, good, found, Entry(path=path), ResultsFolder(folder / "out"), False, 0.0)
    return Job(id=job.id, payload=job.payload, seconds=GOOD_SECONDS)
