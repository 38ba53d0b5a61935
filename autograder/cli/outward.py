"""Commands that hand our grading to other systems."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.assignments import own_folder
from autograder.cli.console import say, show
from autograder.cli.options import AssignmentArgument, ConfigFile


def gradescope(
    assignment: AssignmentArgument,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the zip goes.")] = Path(
        "autograder.zip"
    ),
    requirements: Annotated[
        Path | None,
        typer.Option(
            "--requirements",
            metavar="FILE",
            help="Packages that the notebooks import, as for pip.",
            show_default=False,
        ),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put this zip in the place of a different one.")
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Make the autograder.zip that Gradescope runs. There is no Docker there: it protects less."""
    from autograder.app.gradescope_zip import write_gradescope_zip

    write_gradescope_zip(own_folder(assignment, config), out, requirements=requirements, replace=replace)
    say("warning: it holds solutions and hidden tests. Give it to Gradescope only, never to students.")
    say("warning: Gradescope has no Docker. Notebooks run there as another user, in a plain process:")
    say("warning: hidden files are kept from them, and hidden test cells run inside their kernels.")
    show(str(out))
