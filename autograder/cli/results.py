"""Commands on results that are already there: `rejudge` and `report`. Neither starts a kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.assignments import own_folder
from autograder.cli.console import progress, say, show
from autograder.cli.options import (
    AssignmentArgument,
    ConfigFile,
    Course,
    GradebookUrl,
    JunitFile,
    OtterCsvFile,
    Published,
    Term,
)

ResultsArgument = Annotated[
    Path,
    typer.Argument(metavar="RESULTS", help="A results folder of `autograder grade`.", show_default=False),
]

NO_LMS = (
    "--intake is the folder that `autograder intake` made of a download. Without one there is nothing to "
    "pack; the students' pages are RESULTS/*/feedback.html."
)


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
    """Judge stored evidence again with the checks as they are now. No student code runs."""
    from autograder.app.rejudging import rejudge_all
    from autograder.app.site import open_site

    assignment = own_folder(assignment, config)
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
    pack: Annotated[
        Path | None,
        typer.Option(
            "--pack",
            metavar="FILE",
            help="Zip the students' pages under the LMS's names.",
            show_default=False,
        ),
    ] = None,
    intake: Annotated[
        Path | None,
        typer.Option(
            "--intake", metavar="DIR", help="The intake folder that knows those names.", show_default=False
        ),
    ] = None,
    junit: JunitFile = None,
    otter_csv: OtterCsvFile = None,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Write the pages of a results folder again, with what people decided; pack them for the LMS if asked.

    Points by hand and decisions on findings are read from the gradebook. Nothing is run. With --published,
    who may still hand in on time, extensions included, sees nothing hidden yet. Students' pages show the
    grade after the policies and why, where the gradebook has policies.
    """
    from functools import partial

    from autograder.app.decided import decided_in, left_out
    from autograder.app.exports import write_exports
    from autograder.app.feedback_pack import pack_feedback
    from autograder.app.reports import write_all_reports
    from autograder.app.results_folder import ResultsFolder
    from autograder.app.student_side import student_side
    from autograder.errors import UsageError

    if (pack is None) != (intake is None):
        raise UsageError("--pack and --intake go together", hint=NO_LMS)
    assignment = own_folder(assignment, config)
    decided = partial(decided_in, gradebook, course, term, config)
    side_of = partial(student_side, gradebook, course, term, config)
    with progress() as bar:
        reported = write_all_reports(
            assignment, results, published=published, decided=decided, bar=bar, side_of=side_of
        )
    for path in reported.written:
        show(str(path))
    for line in left_out(results, map(ResultsFolder(results).of, reported.gone)):
        say(line)
    for path in write_exports(assignment, results, junit=junit, otter_csv=otter_csv, decided=decided):
        show(str(path))
    if pack is not None and intake is not None:
        packed = pack_feedback(assignment, results, intake, pack, without=reported.gone)
        for page, why in packed.left_out:
            say(f"not packed: {page}: {why}")
        say(f"{len(packed.names)} pages for students packed")
        show(str(packed.path))
