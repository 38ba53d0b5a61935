"""Commands on the gradebook: scores, history, and what people decide."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli import exporting
from autograder.cli.assignments import own_folder
from autograder.cli.console import say, show
from autograder.cli.options import By, ConfigFile, Course, DryRun, GradebookUrl, Reason, Term

application = typer.Typer(help="Scores, history and people's decisions.", no_args_is_help=True)

AssignmentId = Annotated[str, typer.Argument(metavar="ASSIGNMENT-ID", help="The id in assignment.toml.")]
SubmissionName = Annotated[str, typer.Argument(metavar="SUBMISSION", help="The submission's id.")]
Comment = Annotated[str, typer.Option("--comment", help="A word for the student.", show_default=False)]


@application.command("list")
def list_scores(
    assignment: AssignmentId,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """List the score that counts for every submission."""
    from autograder.app.records import score_lines

    for line in score_lines(assignment, gradebook, course, term, config):
        show(line)


@application.command("history")
def history(
    submission: SubmissionName,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Show everything that happened to a submission's score, oldest first."""
    from autograder.app.submission_decisions import Decider

    asked = Decider(submission=submission, url=gradebook, course=course, term=term, config=config)
    for line in asked.history():
        show(line)


@application.command("award")
def award(
    submission: SubmissionName,
    check: Annotated[str, typer.Argument(metavar="CHECK", help="The check's id.")],
    points: Annotated[str, typer.Argument(metavar="POINTS", help="Points, such as 7.5.")],
    by: By,
    reason: Reason,
    comment: Comment = "",
    extra: Annotated[bool, typer.Option("--extra", help="On top of what the check earns.")] = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Set the points of one check by hand: a written answer, an override, or extra credit."""
    from autograder.app.submission_decisions import Decider

    decider = Decider(
        submission=submission, url=gradebook, course=course, term=term, config=config, by=by, reason=reason
    )
    say(decider.award(check, points, comment, extra=extra))


@application.command("late")
def late(
    submission: SubmissionName,
    points: Annotated[str, typer.Argument(metavar="POINTS", help="Points that lateness costs.")],
    by: By,
    reason: Reason,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Set what lateness costs a submission, in place of the policies' rule."""
    from autograder.app.submission_decisions import Decider

    decider = Decider(
        submission=submission, url=gradebook, course=course, term=term, config=config, by=by, reason=reason
    )
    say(decider.penalise(points))


@application.command("override")
def override(
    submission: SubmissionName,
    points: Annotated[str, typer.Argument(metavar="POINTS", help="The total, such as 17.5.")],
    by: By,
    reason: Reason,
    comment: Comment = "",
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Set the total of a submission by hand, whatever its checks earn. It holds until it is withdrawn."""
    from autograder.app.submission_decisions import Decider

    decider = Decider(
        submission=submission, url=gradebook, course=course, term=term, config=config, by=by, reason=reason
    )
    say(decider.override(points, comment))


@application.command("withdraw")
def withdraw(
    submission: SubmissionName,
    what: Annotated[
        str, typer.Argument(metavar="WHAT", help="As in the history: check_points, total, finding_state ...")
    ],
    by: By,
    reason: Reason,
    subject: Annotated[
        str, typer.Argument(metavar="[SUBJECT]", help="The check, rule or notebook it is about.")
    ] = "",
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Take back what a person changed: what the grader found counts again. The history keeps both."""
    from autograder.app.submission_decisions import Decider

    decider = Decider(
        submission=submission, url=gradebook, course=course, term=term, config=config, by=by, reason=reason
    )
    say(decider.withdraw(what, subject))


@application.command("comment")
def comment(
    submission: SubmissionName,
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="A check, or NOTEBOOK/CELL.")],
    words: Annotated[str, typer.Argument(metavar="TEXT", help="Words for the student; empty: none.")],
    by: By,
    reason: Reason,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Set the words for the student about a check or about a cell."""
    from autograder.app.submission_decisions import Decider

    decider = Decider(
        submission=submission, url=gradebook, course=course, term=term, config=config, by=by, reason=reason
    )
    say(decider.comment(subject, words))


@application.command("decide")
def decide(
    submission: SubmissionName,
    rule: Annotated[str, typer.Argument(metavar="RULE", help="The rule's id.")],
    decision: Annotated[str, typer.Argument(metavar="confirm|waive", help="What becomes of the finding.")],
    by: By,
    reason: Reason,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Confirm or waive a finding. Only a confirmed finding costs points."""
    from autograder.app.submission_decisions import Decider

    decider = Decider(
        submission=submission, url=gradebook, course=course, term=term, config=config, by=by, reason=reason
    )
    say(decider.finding(rule, decision))


application.command("export")(exporting.export)


FromAssignment = Annotated[
    list[str] | None,
    typer.Option(
        "--assignment", metavar="NAME", help="Only this one; may be given again.", show_default=False
    ),
]
TheirCourse = Annotated[str, typer.Option("--their-course", help="nbgrader's id of the course.")]


@application.command("export-nbgrader")
def export_nbgrader(
    out: Annotated[
        str, typer.Argument(metavar="FILE_OR_URL", help="nbgrader's gradebook, such as gradebook.db.")
    ],
    assignment: FromAssignment = None,
    add: Annotated[
        bool,
        typer.Option("--add", help="Put our results into a gradebook that is there; nothing is removed."),
    ] = False,
    dry_run: DryRun = False,
    folder: Annotated[
        list[Path] | None,
        typer.Option(
            "--folder",
            metavar="DIR",
            show_default=False,
            help="An assignment's folder, also nbgrader's, for scores that were recorded without its cells.",
        ),
    ] = None,
    their_course: TheirCourse = "",
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Write the scores that count into nbgrader's gradebook, and list what it cannot hold."""
    from autograder.app.nbgrader_book import export_nbgrader as run

    folders = [own_folder(each, config) for each in folder or []]
    lines = run(
        out, only=assignment or [], folders=folders, add=add, dry_run=dry_run, their_course=their_course,
        url=gradebook, course=course, term=term, config=config,
    )  # fmt: skip
    for line in lines:
        show(line)


@application.command("import-nbgrader")
def import_nbgrader(
    source: Annotated[
        str, typer.Argument(metavar="FILE_OR_URL", help="nbgrader's gradebook, such as gradebook.db.")
    ],
    by: Annotated[str, typer.Option("--by", help="Who moves the course in.", show_default=False)],
    assignment: FromAssignment = None,
    dry_run: DryRun = False,
    their_course: TheirCourse = "",
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Record the scores and decisions in nbgrader's gradebook, and list what is not taken over."""
    from autograder.app.nbgrader_book import import_nbgrader as run

    lines = run(
        source, by=by, only=assignment or [], dry_run=dry_run, their_course=their_course,
        url=gradebook, course=course, term=term, config=config,
    )  # fmt: skip
    for line in lines:
        show(line)
