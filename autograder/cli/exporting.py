"""The command `gradebook export`: grades as a file for an LMS, a table, or LTI."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.app.grade_exports import Export, ExportFormat
from autograder.cli.console import progress, say, show
from autograder.cli.options import ConfigFile, Course, GradebookUrl, Term


def export(
    assignment: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ASSIGNMENT-ID", help="Only these, by their ids; otherwise all.", show_default=False
        ),
    ] = None,
    format_: Annotated[
        ExportFormat,
        typer.Option(
            "--format", help="What is written; `submissions` lists every submission of one assignment."
        ),
    ] = ExportFormat.CSV,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="The file to write.", show_default=False)
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against",
            metavar="FILE",
            help="What the LMS exported: show old and new, and write into its columns.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and write nothing.")
    ] = False,
    item: Annotated[
        list[str] | None,
        typer.Option(
            "--item",
            metavar="ASSIGNMENT=NAME",
            help="What the assignment is called in the LMS; otherwise its title or id.",
            show_default=False,
        ),
    ] = None,
    key: Annotated[
        str,
        typer.Option(
            "--key",
            metavar="ID",
            help="Whose id tells students apart without --against: Username or OrgDefinedId for "
            "brightspace; student, net_id, email or lms_id for lti.",
            show_default=False,
        ),
    ] = "",
    may_exceed: Annotated[
        list[str] | None,
        typer.Option(
            "--may-exceed",
            metavar="ASSIGNMENT",
            help="Grades above its maximum are meant, and the LMS allows them.",
            show_default=False,
        ),
    ] = None,
    with_course: Annotated[
        bool, typer.Option("--with-course", help="Also the grade of the whole course, in percent.")
    ] = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Write grades for Brightspace, Canvas, a table or LTI; for an LMS show old and new first."""
    from autograder.app.grade_exports import export_grades

    asked = Export(
        format=format_, assignments=tuple(assignment or ()), out=out, against=against, dry_run=dry_run,
        items=tuple(item or ()), key=key, may_exceed=tuple(may_exceed or ()), with_course=with_course,
    )  # fmt: skip
    with progress() as bar:
        lines = export_grades(
            asked, url=gradebook, course=course, term=term, config=config, bar=bar, told=say
        )
    for line in lines:
        show(line)
