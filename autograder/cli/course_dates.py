"""Commands on dates and policies: extensions, excuses, policies, chosen attempts, grades."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.console import say, show
from autograder.cli.course_people import Pseudonyms
from autograder.cli.options import (
    By,
    ByUnlessDry,
    ConfigFile,
    Course,
    DryRun,
    GradebookUrl,
    Reason,
    ReasonUnlessDry,
    Term,
)

policies = typer.Typer(help="The policies of an offering: store, show, preview.", no_args_is_help=True)

Assignment = Annotated[str, typer.Argument(metavar="ASSIGNMENT-ID", help="The assignment.")]
OneOrEvery = Annotated[
    str, typer.Argument(metavar="[ASSIGNMENT-ID]", help="The assignment; without it every one.")
]
Student = Annotated[str, typer.Argument(metavar="STUDENT", help="The student's id.")]
ForStudent = Annotated[str, typer.Option("--student", help="For one student (and the student's group).")]
ForSection = Annotated[str, typer.Option("--section", help="For a section.")]
Everyone = Annotated[bool, typer.Option("--everyone", help="For the whole class.")]


def extend(
    by: ByUnlessDry = "",
    reason: ReasonUnlessDry = "",
    assignment: OneOrEvery = "",
    until: Annotated[
        str, typer.Option("--until", metavar="TIME", help="The new deadline, such as 2026-10-05T23:59.")
    ] = "",
    days: Annotated[
        int | None, typer.Option("--days", help="Days after the deadline instead.", show_default=False)
    ] = None,
    student: ForStudent = "",
    section: ForSection = "",
    everyone: Everyone = False,
    dry_run: DryRun = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Give a student, a section or everybody more time."""
    from autograder.app.course_dates import Book, target_of

    book = Book(gradebook, course, term, config, by, reason)
    whom = target_of(student, section, everyone)
    for line in book.extend(whom, assignment, until=until, days=days, excused=False, dry_run=dry_run):
        (show if dry_run else say)(line)


def excuse(
    by: ByUnlessDry = "",
    reason: ReasonUnlessDry = "",
    assignment: OneOrEvery = "",
    student: ForStudent = "",
    section: ForSection = "",
    everyone: Everyone = False,
    dry_run: DryRun = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Excuse a student, a section or everybody: the assignment does not count for them."""
    from autograder.app.course_dates import Book, target_of

    book = Book(gradebook, course, term, config, by, reason)
    whom = target_of(student, section, everyone)
    for line in book.extend(whom, assignment, until="", days=None, excused=True, dry_run=dry_run):
        (show if dry_run else say)(line)


def extensions(
    withdraw: Annotated[
        int | None,
        typer.Option("--withdraw", metavar="NUMBER", help="Take this one back.", show_default=False),
    ] = None,
    by: Annotated[str, typer.Option("--by", help="Who takes it back.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "",
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """List the extensions and excuses that stand, or take one back."""
    from autograder.app.course_dates import Book

    book = Book(gradebook, course, term, config, by, reason)
    for line in book.extension_lines() if withdraw is None else [book.withdraw_extension(withdraw)]:
        show(line)


@policies.command("store")
def store(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A policies.toml.", show_default=False)],
    by: ByUnlessDry = "",
    reason: ReasonUnlessDry = "",
    dry_run: DryRun = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Store the policies that count from now on, and show what they change in text and grades."""
    from autograder.app.course_dates import Book

    for line in Book(gradebook, course, term, config, by, reason).store_policies(file, dry_run=dry_run):
        show(line)


@policies.command("show")
def show_policies(
    history: Annotated[bool, typer.Option("--history", help="Who stored which version, and why.")] = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Show the policies that count, as they were stored."""
    from autograder.app.course_dates import Book

    for line in Book(gradebook, course, term, config).policies_lines(every=history):
        show(line)


@policies.command("preview")
def preview(
    student: Student,
    assignment: Assignment,
    at: Annotated[
        str, typer.Option("--at", metavar="TIME", help="When it would be handed in; otherwise now.")
    ] = "",
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Say what handing in at a moment would cost a student, before it is charged."""
    from autograder.app.course_dates import Book

    for line in Book(gradebook, course, term, config).preview_lines(student, assignment, at):
        show(line)


def choose_attempt(
    assignment: Assignment,
    student: Student,
    by: By,
    reason: Reason,
    submission: Annotated[
        str, typer.Argument(metavar="[SUBMISSION]", help="What counts; without it the policy decides again.")
    ] = "",
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Choose the attempt that counts for a student, whatever the policy says."""
    from autograder.app.course_dates import Book

    book = Book(gradebook, course, term, config, by, reason)
    say(book.choose_attempt(assignment, student, submission))


def award_extra(
    assignment: Assignment,
    student: Student,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="What the extra was.")],
    by: By,
    reason: Reason,
    points: Annotated[
        str, typer.Argument(metavar="[POINTS]", help="Points, such as 2.5; without them they are taken back.")
    ] = "",
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Give points for an open-ended extra; how many count at most is a policy."""
    from autograder.app.course_dates import Book

    say(Book(gradebook, course, term, config, by, reason).award_extra(assignment, student, title, points))


def grades(
    student: Annotated[
        str, typer.Argument(metavar="[STUDENT]", help="One student, with the explanation line by line.")
    ] = "",
    assignment: Annotated[
        str, typer.Option("--assignment", metavar="ASSIGNMENT-ID", help="Only this one.")
    ] = "",
    pseudonyms: Pseudonyms = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Show the grades after all policies: of the class in short, of one student with the reasons."""
    from autograder.app.course_dates import Book

    book = Book(gradebook, course, term, config)
    for line in book.grade_lines(student, assignment, pseudonyms=pseudonyms):
        show(line)
