"""The command `gradebook overview`: one page about a class, from the gradebook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.console import progress, show
from autograder.cli.options import ConfigFile, Course, GradebookUrl, Term


def overview(
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="The page to write.", show_default=False)
    ],
    assignment: Annotated[
        str, typer.Argument(metavar="[ASSIGNMENT-ID]", help="Only this one; otherwise the whole course.")
    ] = "",
    pseudonyms: Annotated[
        bool, typer.Option("--pseudonyms", help="Show pseudonyms in the place of students' ids.")
    ] = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Write a page for staff about an assignment or the course: grades, checks, lateness."""
    from autograder.app.overview import write_overview

    with progress() as bar:
        page = write_overview(
            assignment, out, pseudonyms=pseudonyms, url=gradebook, course=course, term=term, config=config,
            bar=bar,
        )  # fmt: skip
    show(f"written: {page}")
