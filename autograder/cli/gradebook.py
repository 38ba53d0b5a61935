"""Commands on the gradebook: scores, history, and what people decide."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.console import say, show
from autograder.cli.options import Course, Term

application = typer.Typer(help="Scores, history and people's decisions.", no_args_is_help=True)

Url = Annotated[str, typer.Option("--gradebook", metavar="URL", help="Where the gradebook is.")]
DEFAULT = "sqlite:///gradebook.sqlite3"


@application.command("list")
def list_scores(
    assignment: Annotated[str, typer.Argument(help="The assignment's id.")],
    gradebook: Url = DEFAULT,
    course: Course = "course",
    term: Term = "term",
) -> None:
    """List the latest score of each student."""
    from autograder.app.records import score_lines

    for line in score_lines(gradebook, course, term, assignment):
        show(line)


@application.command("history")
def history(
    submission: Annotated[str, typer.Argument(help="The submission's id.")],
    gradebook: Url = DEFAULT,
) -> None:
    """Show everything that happened to a submission's score."""
    from autograder.app.records import history_lines

    for line in history_lines(gradebook, submission):
        show(line)


@application.command("award")
def award(
    submission: Annotated[str, typer.Argument(help="The submission's id.")],
    check: Annotated[str, typer.Argument(help="The check's id.")],
    points: Annotated[str, typer.Argument(help="Points, such as 7.5.")],
    by: Annotated[str, typer.Option("--by", help="Who decides.")],
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    gradebook: Url = DEFAULT,
) -> None:
    """Set the points of one check by hand: a written answer, or an override."""
    from autograder.app.records import award_points

    say(award_points(gradebook, submission, check, points, by=by, reason=reason))


@application.command("decide")
def decide(
    submission: Annotated[str, typer.Argument(help="The submission's id.")],
    rule: Annotated[str, typer.Argument(help="The rule's id.")],
    decision: Annotated[str, typer.Argument(metavar="confirm|waive", help="What becomes of the finding.")],
    by: Annotated[str, typer.Option("--by", help="Who decides.")],
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "",
    gradebook: Url = DEFAULT,
) -> None:
    """Confirm or waive a finding. Only a confirmed finding costs points."""
    from autograder.app.records import decide_finding

    say(decide_finding(gradebook, submission, rule, decision, by=by, reason=reason))


@application.command("export")
def export(
    assignment: Annotated[str, typer.Argument(help="The assignment's id.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A CSV file.")] = Path("grades.csv"),
    gradebook: Url = DEFAULT,
    course: Course = "course",
    term: Term = "term",
) -> None:
    """Write the latest scores as CSV."""
    from autograder.app.records import export_csv

    show(str(export_csv(gradebook, course, term, assignment, out)))
