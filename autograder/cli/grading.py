"""The commands `grade` and `estimate`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.assignments import own_folder
from autograder.cli.console import progress, say, show
from autograder.cli.options import (
    AsJson,
    AssignmentArgument,
    ConfigFile,
    Course,
    GradebookUrl,
    Jobs,
    JunitFile,
    OtterCsvFile,
    OutFolder,
    Published,
    SandboxName,
    SubmissionsArgument,
    Term,
)


def grade(
    assignment: AssignmentArgument,
    submissions: SubmissionsArgument,
    out: OutFolder = Path("graded"),
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    sandbox: SandboxName = None,
    jobs: Jobs = None,
    again: Annotated[
        bool, typer.Option("--again", help="Grade anew what is already graded in the results folder.")
    ] = False,
    latest: Annotated[
        bool, typer.Option("--latest", help="Of an intake folder, only each student's newest attempt.")
    ] = False,
    published: Published = False,
    junit: JunitFile = None,
    otter_csv: OtterCsvFile = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Run submissions in the sandbox, judge them, and write scores and reports.

    Finished results are kept: after an interruption the same command goes on where it stopped.
    Exit code 0: all graded, pending or rejected. 1: something on our side failed. 2: wrong usage.
    """
    from autograder.app.exports import write_exports
    from autograder.app.grading import GradeRequest, failed_on_our_side, grade_all
    from autograder.app.site import open_site

    site = open_site(config, sandbox=sandbox, jobs=jobs)
    assignment = own_folder(assignment, config)
    request = GradeRequest(
        assignment=assignment, submissions=tuple(submissions), out=out, again=again, published=published,
        gradebook=gradebook, course=course, term=term, latest=latest,
    )  # fmt: skip
    failed = False
    try:
        with progress(quiet=as_json) as bar:
            for graded, line in grade_all(site, request, bar=bar, warn=say):
                failed |= failed_on_our_side(graded)
                show(json.dumps(line) if as_json else summary(line))
    except KeyboardInterrupt:
        say("Stopped. Finished results are kept; the same command goes on where it stopped.")
        raise typer.Exit(130) from None
    for path in write_exports(assignment, out, junit=junit, otter_csv=otter_csv):
        say(f"written: {path}")
    if not as_json:
        say(f"reports: {out / 'overview.html'}")
    if failed:
        raise typer.Exit(1)


def summary(line: dict[str, object]) -> str:
    """One line about one graded submission, for a person."""
    score = "-" if line["score"] is None else line["score"]
    words = str(line["reason"]).strip().splitlines()
    reason = f"  {words[-1]}" if words else ""
    return f"{line['submission']}  {line['status']}  {score}/{line['max_score']}{reason}"


def estimate(
    assignment: AssignmentArgument,
    submissions: SubmissionsArgument,
    repeat: Annotated[
        int | None, typer.Option("--repeat", min=1, help="What it would cost to run each so many times.")
    ] = None,
    jobs: Jobs = None,
    config: ConfigFile = None,
) -> None:
    """Say how many hours and how much disk a batch will need, before it is started."""
    from autograder.app.estimating import estimate_batch
    from autograder.app.site import open_site

    folder = own_folder(assignment, config)
    for line in estimate_batch(open_site(config, jobs=jobs), folder, submissions, repeat=repeat):
        show(line)
