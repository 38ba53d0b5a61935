"""The group `regrade`: what becomes of drafts. List, show, apply, cancel, undo."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from autograder.cli.console import progress, show
from autograder.cli.course_people import Pseudonyms
from autograder.cli.options import (
    AsJson,
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
from autograder.errors import UsageError

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The campaign's number.", show_default=False)]


def list_campaigns(
    as_json: AsJson = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """List the campaigns of an offering, with who made, applied or undid them, and why."""
    from autograder.app.campaign_ends import Campaigns
    from autograder.app.campaign_lines import campaign_line, to_json

    found = Campaigns(gradebook, course, term, config).all()
    for campaign in found:
        show(json.dumps(to_json(campaign)) if as_json else campaign_line(campaign))
    if not found and not as_json:
        show("there are no campaigns")


def show_campaign(
    number: Number,
    pseudonyms: Pseudonyms = False,
    as_json: AsJson = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Show what a draft would change now, or what a campaign changed when it was applied."""
    from autograder.app.campaign_ends import Campaigns
    from autograder.app.campaign_lines import diff_lines, to_json

    if pseudonyms and as_json:
        raise UsageError("--json has names and ids", hint="Give --pseudonyms without it.")
    campaign, diff = Campaigns(gradebook, course, term, config).shown(number)
    lines = (
        [json.dumps(to_json(campaign, diff))]
        if as_json
        else diff_lines(campaign, diff, pseudonyms=pseudonyms)
    )
    for line in lines:
        show(line)


def apply(
    number: Number,
    by: By,
    reason: Reason,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Let a draft count: all of it at once, or nothing if something else counts by now."""
    from autograder.app.campaign_ends import Campaigns
    from autograder.app.campaign_lines import applied_lines

    with progress() as bar:
        done = Campaigns(gradebook, course, term, config, by, reason).apply(number, bar)
    for line in applied_lines(done):
        show(line)


def cancel(
    number: Number,
    by: By,
    reason: Reason,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Give a draft up. Its files are removed, its line in the history stays."""
    from autograder.app.campaign_ends import Campaigns
    from autograder.app.campaign_lines import campaign_line

    show(campaign_line(Campaigns(gradebook, course, term, config, by, reason).cancel(number)))


def undo(
    number: Number,
    by: ByUnlessDry = "",
    reason: ReasonUnlessDry = "",
    dry_run: DryRun = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Let count again what counted before a campaign. Later gradings and human changes stay."""
    from autograder.app.campaign_ends import Campaigns
    from autograder.app.campaign_lines import undone_lines

    with progress() as bar:
        done = Campaigns(gradebook, course, term, config, by, reason).undo(number, bar, dry_run=dry_run)
    for line in undone_lines(done, dry_run=dry_run):
        show(line)
