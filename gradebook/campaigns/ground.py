"""What every step of a campaign stands on: the state of the class, the campaign itself, and its refusals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection

from autograder.errors import GradebookError
from gradebook import dates_storing as dates
from gradebook.auditing import one_at_a_time
from gradebook.book import Gradebook
from gradebook.campaigns import storing
from gradebook.campaigns.comparing import State
from gradebook.campaigns.values import Campaign, CampaignDiff, CampaignState
from gradebook.dates_facts import course_facts
from gradebook.exports.reading import without_policies
from gradebook.policies.file import parse_policies
from gradebook.values import Entry, Offering


@contextmanager
def deciding(book: Gradebook, offering: Offering) -> Iterator[Connection]:
    """A transaction in which nobody else decides anything about this offering."""
    with book.writing() as db:
        one_at_a_time(db, offering)
        yield db


def state_of(
    db: Connection, offering: Offering, assignment: str | None, *, also: Iterable[str] = ()
) -> State:
    """Facts and rules of now. Where no policies know the assignment, its last attempt counts as it is.

    The facts are of the assignments in `also`, too: those that only the policies to compare with name.
    """
    stored = dates.policies(db, offering)
    rules = parse_policies(stored[-1].text) if stored else None
    if rules is None or (assignment is not None and assignment not in rules.assignments):
        rules = without_policies([] if assignment is None else [assignment])
    return State(facts=course_facts(db, offering, rules, also=also), rules=rules)


def the_campaign(
    db: Connection, offering: Offering, number: int, *, state: CampaignState | None = None
) -> Campaign:
    """One campaign. GradebookError where there is none of that number, or it is not in that state."""
    found = {campaign.id: campaign for campaign in storing.campaigns_of(db, offering)}
    if number not in found:
        raise GradebookError(
            f"there is no campaign {number} in {offering.course}, {offering.term}",
            hint="`autograder regrade list` shows them with their numbers.",
        )
    campaign = found[number]
    if state is not None and campaign.state is not state:
        wanted = "a draft" if state is CampaignState.DRAFT else state.value
        raise GradebookError(f"campaign {number} is {_said(campaign.state)}, not {wanted}; nothing was done")
    return campaign


def _said(state: CampaignState) -> str:
    return "a draft" if state is CampaignState.DRAFT else state.value


def lowered(diff: CampaignDiff, campaign: Campaign) -> list[str]:
    """The students whose grade would fall: of an assignment, and where policies change in the course, too."""
    whole = campaign.policies is not None
    return [one.student for one in diff.students if one.lowered or (whole and one.course_lowered)]


def refuse_lowering(students: Sequence[str], *, for_all: bool = False) -> None:
    """GradebookError that names the students whose grade would fall; `for_all`: nobody can be left out."""
    if students:
        raise GradebookError(
            f"the grade would fall for: {', '.join(students)}; nothing was changed",
            hint="Lowering is forbidden here. "
            + (
                "Policies hold for all: change them, or draft them without --forbid-lowering."
                if for_all
                else "Leave them out of the selection, or draft without --forbid-lowering."
            ),
        )


def refuse_changed(entries: Sequence[Entry]) -> None:
    """GradebookError that names the submissions for which another score counts by now."""
    if entries:
        names = ", ".join(str(one.submission) for one in entries)
        raise GradebookError(
            f"another score counts by now for: {names}; nothing was changed",
            hint="Cancel the draft and make a new one.",
        )
