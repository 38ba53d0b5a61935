"""The commands `import`: assignments of other systems become folders of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.console import show

application = typer.Typer(
    help="Turn assignments of nbgrader and otter into folders of ours. What is read is never changed.",
    no_args_is_help=True,
)

ImportFolder = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="Where the assignment folders go.", show_default=False)
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say what was found and what would be written; write nothing.")
]
Replace = Annotated[
    bool, typer.Option("--replace", help="Move a folder that is there and differs aside; nothing is deleted.")
]


@application.command("nbgrader")
def nbgrader(
    course: Annotated[
        Path,
        typer.Argument(
            metavar="COURSE_DIR", help="The course folder, or one folder in its `source`.", show_default=False
        ),
    ],
    out: ImportFolder,
    assignment: Annotated[
        str,
        typer.Option("--assignment", metavar="NAME", help="Only this one; then DIR is its own folder."),
    ] = "",
    dry_run: DryRun = False,
    replace: Replace = False,
    trust_config: Annotated[
        bool,
        typer.Option(
            "--trust-config",
            help="Run nbgrader_config.py, where reading it is not enough, and notebooks with AUTOTEST lines.",
        ),
    ] = False,
) -> None:
    """Write each assignment of a course as a folder with an `assignment.toml` that a person can read."""
    from autograder.app.importing import import_nbgrader

    for line in import_nbgrader(
        course, out, assignment=assignment, dry_run=dry_run, replace=replace, trust_config=trust_config
    ):
        show(line)


@application.command("otter")
def otter(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="ZIP_OR_MASTER",
            help="The autograder.zip of `otter generate` or `otter assign`, or a master notebook.",
            show_default=False,
        ),
    ],
    out: ImportFolder,
    dry_run: DryRun = False,
    replace: Replace = False,
) -> None:
    """Write an assignment of otter as a folder with an `assignment.toml` that a person can read."""
    from autograder.app.importing import import_otter

    for line in import_otter(path, out, dry_run=dry_run, replace=replace):
        show(line)
