"""Commands for marking by hand: rubrics, the queue, marks, sheets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli import marking_decisions
from autograder.cli.marking_options import (
    Adjust,
    AssignmentId,
    Blind,
    Check,
    Comment,
    EveryAttempt,
    Grader,
    Items,
    Marked,
    Minutes,
    Piece,
    Points,
    Why,
    tell,
)
from autograder.cli.options import AsJson, ConfigFile, Course, DryRun, GradebookUrl, Term

application = typer.Typer(
    help="Marking by hand: rubrics, a queue, regrade requests, findings.", no_args_is_help=True
)


@application.command("rubric")
def rubric(
    assignment: AssignmentId,
    check: Annotated[str, typer.Argument(metavar="[CHECK]", help="The check; without it every one.")] = "",
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="PATH", show_default=False,
            help="Store this rubric file, or the rubrics of this assignment's folder.",
        ),
    ] = None,
    reason: Why = "",
    dry_run: DryRun = False,
    grader: Grader = "",
    blind: Blind = False,
    as_json: AsJson = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:  # fmt: skip
    """Show rubrics, or store others and change every mark that follows from them."""
    from autograder.app.marking import Marking

    marking = Marking(gradebook, course, term, config, grader=grader, blind=blind)
    if source is None:
        tell(marking.show_rubric(assignment, check), as_json)
    else:
        tell(marking.store_rubrics(assignment, check, source, reason, dry_run=dry_run), as_json)


@application.command("queue")
def queue(
    assignment: AssignmentId,
    check: Check = "",
    every_attempt: EveryAttempt = False,
    marked: Marked = False,
    blind: Blind = False,
    as_json: AsJson = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """List what waits for a person, in the order in which it is given out."""
    from autograder.app.marking import Marking

    marking = Marking(gradebook, course, term, config, blind=blind)
    tell(marking.queue(assignment, check, every_attempt=every_attempt, marked=marked), as_json)


@application.command("next")
def next_piece(
    assignment: AssignmentId,
    check: Check = "",
    minutes: Minutes = 30,
    every_attempt: EveryAttempt = False,
    grader: Grader = "",
    blind: Blind = False,
    as_json: AsJson = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Take the next piece that nobody else holds, with its rubric."""
    from autograder.app.marking import Marking

    marking = Marking(gradebook, course, term, config, grader=grader, blind=blind)
    tell(marking.next(assignment, check, minutes, every_attempt=every_attempt), as_json)


@application.command("mark")
def mark(
    piece: Piece,
    item: Items = None,
    points: Points = "",
    adjust: Adjust = "",
    reason: Why = "",
    comment: Comment = "",
    again: Annotated[
        str, typer.Option("--again", metavar="REASON", help="Mark what has points already; say why.")
    ] = "",
    grader: Grader = "",
    blind: Blind = False,
    as_json: AsJson = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Mark a piece: by items of its rubric, or with points."""
    from autograder.app.marking import Given, Marking

    given = Given(items=item or (), points=points, adjust=adjust, reason=reason, comment=comment)
    marking = Marking(gradebook, course, term, config, grader=grader, blind=blind)
    tell(marking.mark(piece, given, again), as_json)


@application.command("release")
def release(
    piece: Piece,
    grader: Grader = "",
    as_json: AsJson = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Give a piece back unmarked, so that somebody else can take it."""
    from autograder.app.marking import Marking

    tell(Marking(gradebook, course, term, config, grader=grader).release(piece), as_json)


@application.command("renew")
def renew(
    piece: Piece,
    minutes: Minutes = 30,
    grader: Grader = "",
    as_json: AsJson = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Hold a piece for longer."""
    from autograder.app.marking import Marking

    tell(Marking(gradebook, course, term, config, grader=grader).renew(piece, minutes), as_json)


@application.command("sheet")
def sheet(
    assignment: AssignmentId,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The CSV to write.")],
    check: Check = "",
    every_attempt: EveryAttempt = False,
    marked: Marked = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Write over a sheet that is there and differs.")
    ] = False,
    blind: Blind = False,
    as_json: AsJson = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Write what waits as a CSV, to be filled in with a spreadsheet."""
    from autograder.app.marking import Marking

    marking = Marking(gradebook, course, term, config, blind=blind)
    told = marking.write_sheet(
        assignment, out, check, every_attempt=every_attempt, marked=marked, replace=replace
    )
    tell(told, as_json)


@application.command("import")
def import_(
    assignment: AssignmentId,
    file: Annotated[Path, typer.Argument(metavar="CSV", help="The filled-in sheet.", show_default=False)],
    check: Annotated[str, typer.Option("--check", help="The check, where the file has no such column.")] = "",
    dry_run: DryRun = False,
    grader: Grader = "",
    blind: Blind = False,
    as_json: AsJson = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Give the marks that a sheet says, all of them or none, and show each."""
    from autograder.app.marking import Marking

    marking = Marking(gradebook, course, term, config, grader=grader, blind=blind)
    tell(marking.read_sheet(assignment, file, check, dry_run=dry_run), as_json)


for name, command in (
    ("requests", marking_decisions.requests),
    ("request", marking_decisions.request),
    ("answer", marking_decisions.answer),
    ("window", marking_decisions.window),
    ("findings", marking_decisions.findings),
):
    application.command(name)(command)
