"""The command `intake`: downloads of the learning management system become submissions with receipts."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.assignments import own_folder
from autograder.cli.console import progress, say, show
from autograder.cli.options import AsJson, ConfigFile


class LmsChoice(StrEnum):
    """Systems whose downloads are understood."""

    AUTO = "auto"
    BRIGHTSPACE = "brightspace"
    CANVAS = "canvas"


def intake(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="SOURCE...",
            help="Bulk downloads (zip or unpacked), folders of submissions, or one file.",
            show_default=False,
        ),
    ],
    assignment: Annotated[
        Path,
        typer.Option(
            "--assignment", metavar="ASSIGNMENT", help="What it is handed in for.", show_default=False
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out", metavar="DIR", help="The intake folder, new or to be added to.", show_default=False
        ),
    ],
    roster: Annotated[
        Path | None,
        typer.Option(
            "--roster", metavar="CSV", help="The class: id, name, net_id, email, lms_id.", show_default=False
        ),
    ] = None,
    student: Annotated[
        str, typer.Option("--student", metavar="ID", help="Whose it is, for one file that came another way.")
    ] = "",
    received: Annotated[
        str,
        typer.Option(
            "--received",
            metavar="WHEN",
            help="When it was received, where the names do not say: 2026-11-02 08:15.",
        ),
    ] = "",
    via: Annotated[str, typer.Option("--via", metavar="HOW", help="Which way it came, such as e-mail.")] = "",
    by: Annotated[str, typer.Option("--by", metavar="WHO", help="Who took it in.")] = "",
    lms: Annotated[
        LmsChoice, typer.Option("--lms", help="The system a download comes from; told by the names.")
    ] = LmsChoice.AUTO,
    time_zone: Annotated[
        str,
        typer.Option(
            "--time-zone",
            metavar="ZONE",
            help="Zone of the times in names; default in autograder.toml or here.",
        ),
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be taken in and write nothing.")
    ] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Take submissions in: who, when, which attempt, with a receipt for each.

    Running it again with a newer download only adds what is new.
    Exit code 0: everything was read, also when something was rejected. 1: something could not be read.
    """
    from datetime import UTC, datetime

    from autograder.app.intake import take_in_all
    from autograder.app.intake_lines import Line, What, summary
    from autograder.app.intake_sources import IntakeRequest
    from autograder.intake.lms import Lms

    request = IntakeRequest(
        sources=tuple(sources), assignment=own_folder(assignment, config), out=out, roster=roster,
        lms=None if lms is LmsChoice.AUTO else Lms(lms.value), zone=time_zone, student=student,
        received=received, via=via, by=by, dry_run=dry_run,
    )  # fmt: skip
    lines: list[Line] = []
    with progress(quiet=as_json) as bar:
        for line in take_in_all(request, config=config, now=datetime.now(UTC), bar=bar):
            lines.append(line)
            for words in [json.dumps(line.as_json())] if as_json else line.words():
                show(words)
    for words in summary(lines, with_roster=roster is not None, dry_run=dry_run):
        say(words)
    if any(line.what is What.UNREADABLE for line in lines):
        raise typer.Exit(1)
