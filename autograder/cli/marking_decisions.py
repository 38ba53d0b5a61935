"""Commands for regrade requests and for findings, of one student or of a whole class."""

from __future__ import annotations

from typing import Annotated

import typer

from autograder.cli.marking_options import (
    Adjust,
    AnyAssignment,
    AssignmentId,
    Blind,
    Comment,
    Grader,
    Items,
    Piece,
    Points,
    Why,
    tell,
)
from autograder.cli.options import AsJson, ConfigFile, Course, DryRun, GradebookUrl, Term


def requests(
    assignment: AnyAssignment = "",
    every: Annotated[bool, typer.Option("--all", help="The answered ones, too.")] = False,
    blind: Blind = False,
    as_json: AsJson = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """List regrade requests: the open ones, oldest first."""
    from autograder.app.marking import Marking

    marking = Marking(gradebook, course, term, config, blind=blind)
    tell(marking.requests(assignment, every=every), as_json)


def request(
    piece: Piece,
    words: Annotated[str, typer.Argument(metavar="TEXT", help="What the student asks, and why.")],
    grader: Grader = "",
    as_json: AsJson = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Open a regrade request for a student."""
    from autograder.app.marking import Marking

    tell(Marking(gradebook, course, term, config, grader=grader).ask(piece, words), as_json)


def answer(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The request's number.")],
    outcome: Annotated[str, typer.Argument(metavar="keep|change|withdraw", help="What becomes of it.")],
    words: Annotated[str, typer.Argument(metavar="TEXT", help="Words for the student.")] = "",
    item: Items = None,
    points: Points = "",
    adjust: Adjust = "",
    reason: Why = "",
    comment: Comment = "",
    grader: Grader = "",
    blind: Blind = False,
    as_json: AsJson = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Answer a regrade request; `change` comes with the new mark."""
    from autograder.app.marking import Given, Marking

    given = Given(items=item or (), points=points, adjust=adjust, reason=reason, comment=comment)
    marking = Marking(gradebook, course, term, config, grader=grader, blind=blind)
    tell(marking.answer(number, outcome, words, given), as_json)


def window(
    assignment: AssignmentId,
    reason: Why,
    opens: Annotated[
        str, typer.Option("--opens", metavar="TIME", help="From then on, such as 2026-10-05T09:00.")
    ] = "",
    closes: Annotated[str, typer.Option("--closes", metavar="TIME", help="Before then.")] = "",
    grader: Grader = "",
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Set when regrade requests about an assignment can be opened."""
    from autograder.app.marking import Marking

    marking = Marking(gradebook, course, term, config, grader=grader)
    tell(marking.set_window(assignment, opens, closes, reason), as_json=False)


def findings(
    assignment: AssignmentId,
    rule: Annotated[str, typer.Argument(metavar="[RULE]", help="The rule to decide about.")] = "",
    decision: Annotated[str, typer.Argument(metavar="[confirm|waive]", help="What becomes of it.")] = "",
    submission: Annotated[
        list[str] | None,
        typer.Option(
            "--submission", metavar="ID", help="Only this one; may be given again.", show_default=False
        ),
    ] = None,
    decided_too: Annotated[
        bool, typer.Option("--decided-too", help="Findings that were decided before, too.")
    ] = False,
    reason: Why = "",
    dry_run: DryRun = False,
    grader: Grader = "",
    blind: Blind = False,
    as_json: AsJson = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """List findings by rule, or confirm or waive a rule's for the whole class; lists whom it touches."""
    from autograder.app.marking import Marking

    marking = Marking(gradebook, course, term, config, grader=grader, blind=blind)
    if not rule:
        tell(marking.findings(assignment), as_json)
        return
    tell(
        marking.decide(
            assignment, rule, decision, reason, submissions=submission or (), decided_too=decided_too,
            dry_run=dry_run,
        ),
        as_json,
    )  # fmt: skip
