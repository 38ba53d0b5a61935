"""Commands for instructors who write an assignment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.assignments import own_folder
from autograder.cli.console import progress, say, show
from autograder.cli.options import AssignmentArgument, ConfigFile, Jobs, SandboxName


def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is not there yet.")],
    class_folder: Annotated[
        Path | None,
        typer.Option(
            "--class",
            metavar="DIR",
            help="Also write a made-up class there to try things with: roster, policies, LMS download.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Make a small assignment to start from. It passes `verify`."""
    from autograder.app.authoring import new_assignment

    for path in new_assignment(folder, class_folder):
        show(str(path))
    say(f"Next: autograder verify {folder}")


def release(
    assignment: AssignmentArgument,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the release goes.")] = Path(
        "release"
    ),
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be written and write nothing.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put this release in the place of a different one.")
    ] = False,
) -> None:
    """Make the student's folder: no solutions, no hidden tests, no mark schemes."""
    from autograder.app.authoring import release_assignment

    for line in release_assignment(own_folder(assignment, None), out, dry_run=dry_run, replace=replace):
        show(line)


def verify(
    assignment: AssignmentArgument,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="SAMPLE", help="Run only these samples.", show_default=False),
    ] = None,
    recorded: Annotated[
        bool, typer.Option("--recorded", help="Judge samples on their recorded evidence where there is some.")
    ] = False,
    record: Annotated[
        bool, typer.Option("--record", help="Keep each sample's evidence in its folder for `--recorded`.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Keep results and pages there.", show_default=False),
    ] = None,
    sandbox: SandboxName = None,
    jobs: Jobs = None,
    config: ConfigFile = None,
) -> None:
    """Prove an assignment: the reference earns everything, the release nothing, each sample its verdict."""
    from autograder.app.site import open_site
    from autograder.app.verifying import verify_assignment

    with progress() as bar:
        report = verify_assignment(
            open_site(config, sandbox=sandbox, jobs=jobs),
            own_folder(assignment, config),
            only=tuple(only or ()),
            recorded=recorded,
            record=record,
            out=out,
            bar=bar,
        )
    for line in report.lines():
        show(line)
    if not report.passed:
        raise typer.Exit(1)
