"""The command `review`: pages for whoever marks."""

from __future__ import annotations

from typing import Annotated

import typer

from autograder.cli.assignments import own_folder
from autograder.cli.console import progress, say, show
from autograder.cli.options import AssignmentArgument, ConfigFile, Course, GradebookUrl, OutFolder, Term
from autograder.cli.results import ResultsArgument


def review(
    assignment: AssignmentArgument,
    results: ResultsArgument,
    out: OutFolder,
    submission: Annotated[
        list[str] | None,
        typer.Argument(metavar="SUBMISSION", help="Only these; otherwise all of them.", show_default=False),
    ] = None,
    blind: Annotated[
        bool, typer.Option("--blind", help="Take out what tells who handed in: names, ids, file names.")
    ] = False,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Remove pages of the other kind, blind or not, that are in --out."),
    ] = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Write a page per submission with notebook, rubric, findings and evidence side by side, and an index.

    Rubrics and marks are read from the gradebook where there is one. Nothing is run, and nothing is decided.
    """
    from autograder.app.review import write_review
    from autograder.config.assignment_file import load

    read = load(own_folder(assignment, config))
    with progress() as bar:
        written = write_review(
            read, results, submission or (), out, blind=blind, gradebook=gradebook, course=course, term=term,
            config=config, bar=bar, told=say, replace_other_kind=replace,
        )  # fmt: skip
    say(f"{len(written) - 1} pages, and an index in the order of reading")
    show(str(written[-1]))
