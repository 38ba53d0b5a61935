"""Commands for students before they hand in. They are static: no Docker, no kernel, nothing is executed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.console import say, show
from autograder.cli.options import AsJson


def check(
    submission: Annotated[
        Path, typer.Argument(metavar="SUBMISSION", help="Your zip, notebook or folder.", show_default=False)
    ],
    assignment: Annotated[
        Path,
        typer.Option(
            "--assignment", metavar="RELEASE", help="The folder you were given.", show_default=False
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Check a submission before you hand it in. Nothing is executed."""
    from autograder.app.checking import check_before_handing_in

    report = check_before_handing_in(submission, assignment)
    if as_json:
        show(json.dumps(report.as_json()))
    else:
        for line in report.lines():
            show(line)
    if report.rejected:
        raise typer.Exit(1)


def pack(
    notebooks: Annotated[
        list[Path],
        typer.Argument(
            metavar="NOTEBOOK...", help="Your notebooks and the files they need.", show_default=False
        ),
    ],
    net_id: Annotated[
        str, typer.Option("--net-id", help="Your Net ID.", prompt="Your Net ID", show_default=False)
    ],
    homework: Annotated[
        str, typer.Option("--homework", help="The homework's id, such as 3 or Final.", prompt="Homework id")
    ],
    number: Annotated[
        int | None,
        typer.Option("--version", min=1, help="Counts from 1 on each day; the next one by default."),
    ] = None,
    day: Annotated[
        str | None,
        typer.Option(
            "--date", metavar="YYYYMMDD", help="Date in the name; today by default.", show_default=False
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the zip goes.")] = Path(),
) -> None:
    """Make the zip to hand in: the right name, and no junk."""
    from autograder.app.checking import pack_submission

    packed = pack_submission(notebooks, net_id=net_id, homework=homework, number=number, day=day, out=out)
    for name, why in packed.left_out:
        say(f"left out: {name} ({why})")
    show(str(packed.path))
