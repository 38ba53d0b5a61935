"""The commands `gradebook archive`, `verify-archive` and `restore-archive`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.console import progress, show
from autograder.cli.options import ConfigFile, DryRun, GradebookUrl

Folder = Annotated[
    Path, typer.Argument(metavar="DIR", help="The folder that `archive` wrote.", show_default=False)
]


def _folders(name: str, words: str) -> object:
    return typer.Option(name, metavar="DIR", help=words, show_default=False)


def archive(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="A new folder.", show_default=False)],
    results: Annotated[
        list[Path] | None, _folders("--results", "What `grade` wrote: evidence and pages; may be repeated.")
    ] = None,
    handed_in: Annotated[
        list[Path] | None,
        _folders("--handed-in", "Files as they were received, found by digest; may be repeated."),
    ] = None,
    assignment_folder: Annotated[
        list[Path] | None,
        _folders("--assignment-folder", "An assignment with its checks' sources; may be repeated."),
    ] = None,
    without_names: Annotated[
        bool, typer.Option("--without-names", help="Leave out the file of names, and whatever has them.")
    ] = False,
    dry_run: DryRun = False,
    gradebook: GradebookUrl = None,
    config: ConfigFile = None,
) -> None:
    """Write one folder with everything needed to defend the grades years later, and list what is missing."""
    from autograder.app.archiving import ArchiveRequest
    from autograder.app.archiving import archive as run

    asked = ArchiveRequest(
        out=out, results=tuple(results or ()), handed_in=tuple(handed_in or ()),
        assignments=tuple(assignment_folder or ()), names=not without_names, dry_run=dry_run,
    )  # fmt: skip
    with progress() as bar:
        lines = run(asked, url=gradebook, config=config, bar=bar)
    for line in lines:
        show(line)


def verify_archive(folder: Folder) -> None:
    """Prove that an archive is as it was written, and that its records lead to its grades."""
    from autograder.app.archive_reading import verify_archive as run

    with progress() as bar:
        lines = run(folder, bar=bar)
    for line in lines:
        show(line)


def restore_archive(
    folder: Folder,
    dry_run: DryRun = False,
    gradebook: GradebookUrl = None,
    config: ConfigFile = None,
) -> None:
    """Put an archive into an empty gradebook: every attempt, score, decision and audit line."""
    from autograder.app.archive_reading import restore_archive as run

    with progress() as bar:
        lines = run(folder, url=gradebook, config=config, dry_run=dry_run, bar=bar)
    for line in lines:
        show(line)
