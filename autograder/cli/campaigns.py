"""The group `regrade`: drafts of campaigns that score, judge or run anew, shown before they count."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.cli.assignments import own_folder
from autograder.cli.console import progress, say, show
from autograder.cli.options import (
    AsJson,
    AssignmentArgument,
    By,
    ByUnlessDry,
    ConfigFile,
    Course,
    DryRun,
    GradebookUrl,
    Jobs,
    Reason,
    ReasonUnlessDry,
    SandboxName,
    SubmissionsArgument,
    Term,
)
from autograder.cli.results import ResultsArgument

if TYPE_CHECKING:
    from autograder.app.campaigns import Drafted

application = typer.Typer(
    help="Regrade campaigns: draft, compare, apply as a whole, undo.", no_args_is_help=True
)

Students = Annotated[
    list[str] | None,
    typer.Option("--student", metavar="ID", help="Only this one; may be given again.", show_default=False),
]
Sections = Annotated[
    list[str] | None,
    typer.Option(
        "--section", metavar="NAME", help="Only this section; may be given again.", show_default=False
    ),
]
Statuses = Annotated[
    list[str] | None,
    typer.Option(
        "--status", metavar="STATUS", help="Only with this status, such as pending.", show_default=False
    ),
]
Outcomes = Annotated[
    list[str] | None,
    typer.Option(
        "--outcome", metavar="CHECK=OUTCOME", help="Only where a check has it, such as q2=failed.",
        show_default=False,
    ),
]  # fmt: skip
Older = Annotated[
    bool, typer.Option("--older", help="Only grades made with an older version of the assignment.")
]
Counting = Annotated[bool, typer.Option("--counting", help="Only the attempts that count.")]
ForbidLowering = Annotated[
    bool,
    typer.Option("--forbid-lowering", help="Leave out every student whose grade would fall."),
]
PagesOf = Annotated[
    Path | None,
    typer.Argument(
        metavar="RESULTS",
        help="The results folder that shall follow when it is applied.",
        show_default=False,
    ),
]


@application.command("score")
def score(
    assignment: AssignmentArgument,
    by: ByUnlessDry = "",
    reason: ReasonUnlessDry = "",
    results: PagesOf = None,
    student: Students = None,
    section: Sections = None,
    status: Statuses = None,
    outcome: Outcomes = None,
    older: Older = False,
    counting: Counting = False,
    forbid_lowering: ForbidLowering = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Draft new points for the same results: what the recorded results are worth in ASSIGNMENT now."""
    from autograder.app.campaign_selection import selection_of
    from autograder.app.campaigns import Drafter

    selection = selection_of(student, section, status, outcome, older=older, counting=counting)
    drafter = Drafter(
        gradebook, course, term, config, by, reason, selection=selection, forbid_lowering=forbid_lowering,
        dry_run=dry_run,
    )  # fmt: skip
    folder = own_folder(assignment, config)
    with progress(quiet=as_json) as bar:
        made = drafter.score(folder, results, bar)
    _show(made, as_json, kept=not dry_run)


@application.command("judge")
def judge(
    assignment: AssignmentArgument,
    results: ResultsArgument,
    by: ByUnlessDry = "",
    reason: ReasonUnlessDry = "",
    student: Students = None,
    section: Sections = None,
    status: Statuses = None,
    outcome: Outcomes = None,
    older: Older = False,
    counting: Counting = False,
    forbid_lowering: ForbidLowering = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Draft new results from the stored evidence, with the checks as they are now. No student code runs."""
    from autograder.app.campaign_selection import selection_of
    from autograder.app.campaigns import Drafter
    from autograder.app.site import open_site

    selection = selection_of(student, section, status, outcome, older=older, counting=counting)
    drafter = Drafter(
        gradebook, course, term, config, by, reason, selection=selection, forbid_lowering=forbid_lowering,
        dry_run=dry_run,
    )  # fmt: skip
    folder = own_folder(assignment, config)
    with progress(quiet=as_json) as bar:
        made = drafter.judge(open_site(config), folder, results, bar)
    _show(made, as_json, kept=not dry_run)


@application.command("run")
def run(
    assignment: AssignmentArgument,
    results: ResultsArgument,
    submissions: SubmissionsArgument,
    by: By,
    reason: Reason,
    latest: Annotated[
        bool, typer.Option("--latest", help="Of an intake folder, only each student's newest attempt.")
    ] = False,
    student: Students = None,
    section: Sections = None,
    status: Statuses = None,
    outcome: Outcomes = None,
    older: Older = False,
    counting: Counting = False,
    forbid_lowering: ForbidLowering = False,
    sandbox: SandboxName = None,
    jobs: Jobs = None,
    as_json: AsJson = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Run recorded submissions anew and draft the results; what counts stays until they are applied.

    Interrupted, the same command goes on where it stopped.
    """
    from autograder.app.campaign_selection import selection_of
    from autograder.app.campaigns import Drafter
    from autograder.app.site import open_site

    selection = selection_of(student, section, status, outcome, older=older, counting=counting)
    drafter = Drafter(
        gradebook, course, term, config, by, reason, selection=selection, forbid_lowering=forbid_lowering
    )
    folder = own_folder(assignment, config)
    site = open_site(config, sandbox=sandbox, jobs=jobs)
    try:
        with progress(quiet=as_json) as bar:
            made = drafter.run(site, folder, results, submissions, latest=latest, bar=bar, warn=say)
    except KeyboardInterrupt:
        say("Stopped. Finished runs are kept; the same command goes on where it stopped.")
        raise typer.Exit(130) from None
    _show(made, as_json, kept=True)


@application.command("policies")
def policies(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A policies.toml.", show_default=False)],
    by: ByUnlessDry = "",
    reason: ReasonUnlessDry = "",
    forbid_lowering: Annotated[
        bool, typer.Option("--forbid-lowering", help="Refuse them if any grade would fall.")
    ] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    gradebook: GradebookUrl = None,
    course: Course = "",
    term: Term = "",
    config: ConfigFile = None,
) -> None:
    """Draft new policies for the offering: every grade they would change, before they are stored."""
    from autograder.app.campaigns import Drafter

    drafter = Drafter(
        gradebook, course, term, config, by, reason, forbid_lowering=forbid_lowering,
        dry_run=dry_run,
    )  # fmt: skip
    with progress(quiet=as_json) as bar:
        made = drafter.policies(file, bar)
    _show(made, as_json, kept=not dry_run)


def _show(made: Drafted, as_json: bool, *, kept: bool) -> None:
    from autograder.app.campaign_lines import draft_lines, to_json

    lines = [json.dumps(to_json(made.campaign, made.diff))] if as_json else draft_lines(made, kept=kept)
    for line in lines:
        show(line)
