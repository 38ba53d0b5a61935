"""Commands on the class of an offering: roster, groups, erasure; backups of the whole gradebook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.console import say, show
from autograder.cli.options import (
    By,
    ByUnlessDry,
    ConfigFile,
    Course,
    DryRun,
    GradebookUrl,
    Reason,
    ReasonUnlessDry,
    Term,
)

roster = typer.Typer(help="The class: import a roster, show it.", no_args_is_help=True)

Pseudonyms = Annotated[bool, typer.Option("--pseudonyms", help="Pseudonyms in place of ids and names.")]


@roster.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="CSV",
            help="Columns: id, and any of name, net_id, email, lms_id, section.",
            show_default=False,
        ),
    ],
    by: ByUnlessDry = "",
    reason: ReasonUnlessDry = "",
    remove_missing: Annotated[
        bool, typer.Option("--remove-missing", help="Who is not in the file has left. Scores stay.")
    ] = False,
    dry_run: DryRun = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Bring the class to what a roster file says, all of it or nothing, and show the difference."""
    from autograder.app.course_people import import_roster

    lines = import_roster(
        file, by=by, reason=reason, remove_missing=remove_missing, dry_run=dry_run, url=gradebook,
        course=course, term=term, config=config,
    )  # fmt: skip
    for line in lines:
        show(line)


@roster.command("show")
def show_roster(
    pseudonyms: Pseudonyms = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """List the class with sections and pseudonyms."""
    from autograder.app.course_people import roster_lines

    for line in roster_lines(gradebook, course, term, config, pseudonyms=pseudonyms):
        show(line)


def group(
    assignment: Annotated[str, typer.Argument(metavar="ASSIGNMENT-ID", help="The assignment.")],
    name: Annotated[str, typer.Argument(metavar="GROUP", help="The group's name.")],
    by: By,
    reason: Reason,
    students: Annotated[
        list[str] | None,
        typer.Argument(metavar="[STUDENT]...", help="All members; none: the group ends.", show_default=False),
    ] = None,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Make students a group for an assignment: one's submission and extra time count for all."""
    from autograder.app.course_people import set_group

    say(
        set_group(
            assignment, name, students or [], by=by, reason=reason, url=gradebook, course=course, term=term,
            config=config,
        )
    )  # fmt: skip


def groups(
    gradebook: GradebookUrl = None, course: Course = "", term: Term = "", config: ConfigFile = None
) -> None:
    """List the groups with their members."""
    from autograder.app.course_people import group_lines

    for line in group_lines(gradebook, course, term, config):
        show(line)


def erase(
    by: ByUnlessDry = "",
    reason: ReasonUnlessDry = "",
    students: Annotated[
        list[str] | None, typer.Argument(metavar="[STUDENT]...", help="Who is erased.", show_default=False)
    ] = None,
    unseen_since: Annotated[
        str,
        typer.Option(
            "--unseen-since",
            metavar="DAY",
            help="Everybody of whom nothing was recorded since that day (UTC).",
        ),
    ] = "",
    dry_run: DryRun = False,
    gradebook: GradebookUrl = None,
    config: ConfigFile = None,
) -> None:
    """Take the names of students out of the gradebook for good. Scores stay, under pseudonyms."""
    from autograder.app.course_people import erase as run

    lines = run(
        students or [], unseen_since=unseen_since, by=by, reason=reason, dry_run=dry_run, url=gradebook,
        config=config,
    )  # fmt: skip
    for line in lines:
        show(line)


def backup(
    out: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.", show_default=False)],
    gradebook: GradebookUrl = None,
    config: ConfigFile = None,
) -> None:
    """Write a backup of an SQLite gradebook, also while others write to it."""
    from autograder.app.records import back_up

    say(back_up(out, gradebook, config))


def restore(
    file: Annotated[Path, typer.Argument(metavar="BACKUP", help="What `backup` wrote.", show_default=False)],
    gradebook: GradebookUrl = None,
    config: ConfigFile = None,
) -> None:
    """Put a backup in the gradebook's place; what was there is kept beside it."""
    from autograder.app.records import restore as run

    say(run(file, gradebook, config))
