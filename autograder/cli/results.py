"""Commands on results that are already there: `rejudge` and `report`. Neither starts a kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.console import progress, say, show
from autograder.cli.options import (
    AssignmentArgument,
    ConfigFile,
    Course,
    GradebookUrl,
    Published,
    Term,
)

ResultsArgument = Annotated[
    Path,
    typer.Argument(metavar="RESULTS", help="A results folder of `autograder grade`.", show_default=False),
]


def rejudge(
    assignment: AssignmentArgument,
    results: ResultsArgument,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change and write nothing.")
    ] = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Judge stored evidence again with the checks as they are now. No kernel is started."""
    from autograder.app.rejudging import rejudge_all
    from autograder.app.site import open_site

    with progress() as bar:
        changes = rejudge_all(
            open_site(config), assignment, results, dry_run=dry_run, gradebook=gradebook,
            course=course, term=term, bar=bar,
        )  # fmt: skip
    for change in changes:
        show(change.line())
    say(
        f"{sum(change.changed for change in changes)} of {len(changes)} changed"
        + (" (dry run)" if dry_run else "")
    )


def report(
    assignment: AssignmentArgument,
    results: ResultsArgument,
    published: Published = False,
) -> None:
    """Write the pages of a results folder again, from what is stored."""
    from autograder.app.reports import write_all_reports

    with progress() as bar:
        for path in write_all_reports(assignment, results, published=published, bar=bar):
            show(str(path))
