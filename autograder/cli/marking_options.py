"""Arguments and options of the commands for marking by hand, and how they show what they found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.cli.console import show

if TYPE_CHECKING:
    from autograder.app.marking_lines import Told

AssignmentId = Annotated[str, typer.Argument(metavar="ASSIGNMENT-ID", help="The id in assignment.toml.")]
AnyAssignment = Annotated[
    str, typer.Argument(metavar="[ASSIGNMENT-ID]", help="The assignment; without it every one.")
]
Piece = Annotated[
    str,
    typer.Argument(
        metavar="PIECE",
        help="NUMBER:CHECK as in the queue, SUBMISSION:CHECK, or `mine`: the one that you hold.",
    ),
]
Check = Annotated[str, typer.Option("--check", help="Only this check.")]
Grader = Annotated[str, typer.Option("--as", "--by", metavar="NAME", help="Who marks; default: your login.")]
Blind = Annotated[bool, typer.Option("--blind", help="Pseudonyms in place of names and ids.")]
EveryAttempt = Annotated[
    bool, typer.Option("--every-attempt", help="All submissions, not only those that count.")
]
Marked = Annotated[bool, typer.Option("--marked", help="Those that a person has marked, too.")]
Minutes = Annotated[int, typer.Option("--minutes", min=1, max=20_160, help="How long it is yours.")]
Items = Annotated[
    list[str] | None,
    typer.Option("--item", metavar="ID", help="An item that holds; give it again.", show_default=False),
]
Points = Annotated[str, typer.Option("--points", help="Points, for a mark without items.")]
Adjust = Annotated[str, typer.Option("--adjust", metavar="POINTS", help="On top or off, such as -0.5.")]
Why = Annotated[str, typer.Option("--reason", help="Why; staff read it.")]
Comment = Annotated[str, typer.Option("--comment", help="Words for the student.")]


def tell(found: Told, as_json: bool) -> None:
    """Show lines, or one JSON object per line."""
    for line in (json.dumps(one) for one in found.records) if as_json else found.lines:
        show(line)
