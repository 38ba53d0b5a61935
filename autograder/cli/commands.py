"""The commands by name. Their modules are light; what they call is imported when they run."""

from __future__ import annotations

import typer

from autograder import __version__
from autograder.cli import (
    archive,
    assets,
    authoring,
    campaign_ends,
    campaigns,
    course_dates,
    course_people,
    gradebook,
    grading,
    importing,
    intake,
    machine,
    marking,
    outward,
    overview,
    results,
    review,
    student,
)

application = typer.Typer(
    name="autograder",
    help="Grade notebook assignments that are hostile, noisy and expensive.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"nbverdict {__version__}")
        raise typer.Exit


@application.callback()
def common(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version and exit."
    ),
) -> None:
    """Grade notebook assignments that are hostile, noisy and expensive."""


application.command("demo")(machine.demo)
application.command("doctor")(machine.doctor)
application.command("new")(authoring.new)
application.add_typer(importing.application, name="import")
application.command("verify")(authoring.verify)
application.command("release")(authoring.release)
application.command("check")(student.check)
application.command("pack")(student.pack)
application.add_typer(assets.application, name="assets")
application.command("intake")(intake.intake)
application.command("estimate")(grading.estimate)
application.command("grade")(grading.grade)
application.command("rejudge")(results.rejudge)
application.add_typer(campaigns.application, name="regrade")
application.command("report")(results.report)
application.command("review")(review.review)
application.command("gradescope")(outward.gradescope)
application.add_typer(gradebook.application, name="gradebook")
application.add_typer(marking.application, name="marking")
for name, command in (
    ("group", course_people.group),
    ("groups", course_people.groups),
    ("erase", course_people.erase),
    ("backup", course_people.backup),
    ("restore", course_people.restore),
    ("archive", archive.archive),
    ("verify-archive", archive.verify_archive),
    ("restore-archive", archive.restore_archive),
    ("extend", course_dates.extend),
    ("excuse", course_dates.excuse),
    ("extensions", course_dates.extensions),
    ("choose-attempt", course_dates.choose_attempt),
    ("award-extra", course_dates.award_extra),
    ("grades", course_dates.grades),
    ("overview", overview.overview),
):
    gradebook.application.command(name)(command)
gradebook.application.add_typer(course_people.roster, name="roster")
gradebook.application.add_typer(course_dates.policies, name="policies")
for name, ending in (
    ("list", campaign_ends.list_campaigns),
    ("show", campaign_ends.show_campaign),
    ("apply", campaign_ends.apply),
    ("cancel", campaign_ends.cancel),
    ("undo", campaign_ends.undo),
):
    campaigns.application.command(name)(ending)
