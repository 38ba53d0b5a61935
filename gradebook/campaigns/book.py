"""Regrade campaigns of one offering: apply a draft as a whole or cancel it, and undo what was applied.

Scores are never edited. Applying adds new ones in one transaction; undoing sets them aside, and what counted
before counts again. Human changes belong to the submission and carry over both ways.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

from sqlalchemy import Connection

from autograder.errors import GradebookError
from autograder.model.ids import SubmissionId
from gradebook import dates_storing as dates
from gradebook import reading
from gradebook.book import Gradebook
from gradebook.campaigns import candidate_rows as rows
from gradebook.campaigns import storing
from gradebook.campaigns.comparing import State, compared, submission_diff
from gradebook.campaigns.describing import diff_from_json, diff_to_json
from gradebook.campaigns.ground import (
    deciding,
    lowered,
    refuse_changed,
    refuse_lowering,
    state_of,
    the_campaign,
)
from gradebook.campaigns.values import Campaign, CampaignDiff, CampaignState, Candidate, Outcome
from gradebook.policies.file import parse_policies
from gradebook.values import Decision, Offering


class _Undone(Exception):
    """Raised to take a dry run back."""


class CampaignBook:
    """The regrade campaigns of one offering in a gradebook. `drafting.Drafting` makes their drafts."""

    def __init__(self, book: Gradebook, offering: Offering) -> None:
        self._book = book
        self._offering = offering

    def campaigns(self) -> tuple[Campaign, ...]:
        """Every campaign, oldest first."""
        with self._book.reading() as db:
            return storing.campaigns_of(db, self._offering)

    def campaign(self, number: int) -> Campaign:
        """One campaign. GradebookError where there is none of that number."""
        with self._book.reading() as db:
            return the_campaign(db, self._offering, number)

    def candidates(self, campaign: Campaign) -> tuple[Candidate, ...]:
        """The candidates of a campaign beside the scores they were made from, with all changes of now."""
        with self._book.reading() as db:
            return tuple(rows.candidates_of(db, campaign))

    def shown(self, number: int) -> tuple[Campaign, CampaignDiff]:
        """A campaign with what it would change now (a draft), or with what it changed when it was applied."""
        with self._book.reading() as db:
            campaign = the_campaign(db, self._offering, number)
            candidates = rows.candidates_of(db, campaign)
            state = self._state(db, campaign)
            if any(step.event is CampaignState.APPLIED for step in campaign.steps):
                kept = storing.step_details(db, number, CampaignState.APPLIED)
                people = {member.person_id: member for member in state.facts.students.values()}
                return campaign, diff_from_json(kept, people, list(map(submission_diff, candidates)))
            if campaign.policies is not None:
                after = replace(state, rules=parse_policies(campaign.policies))
            else:
                after = state.after(candidates, _maximum(campaign))
            return campaign, compared(state, after, candidates, campaign.assignment, self._book.now())

    def apply(self, number: int, decision: Decision, *, each: Callable[[], None] = lambda: None) -> Outcome:
        """Let every candidate of a draft count, at once. `each` hears of every one that was recorded.

        GradebookError, and nothing is changed, when another score or other policies count by now than when
        the draft was made, or when a grade would fall that must not.
        """
        with deciding(self._book, self._offering) as db:
            now = self._book.now()
            campaign = the_campaign(db, self._offering, number, state=CampaignState.DRAFT)
            candidates = rows.candidates_of(db, campaign)
            self._must_be_unchanged(db, campaign, candidates)
            before = self._state(db, campaign)
            if campaign.policies is not None:
                dates.add_policies(db, self._offering, campaign.policies, decision=decision, now=now)
            else:
                layout = storing.layout_kept(db, number)
                rows.apply_candidates(
                    db, campaign, self._offering, candidates, layout, by=decision.who, now=now, each=each
                )
            after = self._state(db, campaign)
            diff = compared(before, after, candidates, campaign.assignment, now)
            if campaign.forbid_lowering:
                refuse_lowering(lowered(diff, campaign), for_all=campaign.policies is not None)
            people = {name: member.person_id for name, member in before.facts.students.items()}
            storing.add_step(
                db, campaign, self._offering, CampaignState.APPLIED, diff_to_json(diff, people),
                decision=decision, now=now,
            )  # fmt: skip
            touched = [
                one.submission
                for one in candidates
                if any(change.at > campaign.at for change in one.base.changes)
            ]
            done = the_campaign(db, self._offering, number)
        return Outcome(campaign=done, diff=diff, touched=tuple(touched))

    def cancel(self, number: int, decision: Decision) -> Campaign:
        """Give a draft up. It stays in the history."""
        with deciding(self._book, self._offering) as db:
            campaign = the_campaign(db, self._offering, number, state=CampaignState.DRAFT)
            storing.add_step(
                db, campaign, self._offering, CampaignState.CANCELLED, {}, decision=decision,
                now=self._book.now(),
            )  # fmt: skip
            return the_campaign(db, self._offering, number)

    def undo(self, number: int, decision: Decision, *, dry_run: bool = False) -> Outcome:
        """Let what counted before a campaign count again.

        A later grading of a submission counts on, and a human change stays: both are named. GradebookError
        when a later campaign was made from this one's scores, or when its policies do not count any more.
        """
        with suppress(_Undone), deciding(self._book, self._offering) as db:
            now = self._book.now()
            campaign = the_campaign(db, self._offering, number, state=CampaignState.APPLIED)
            later = rows.built_upon(db, number)
            if later:
                raise GradebookError(
                    f"campaign {later[-1]} was made from the scores of campaign {number}; nothing was undone",
                    hint=f"Undo it first: `autograder regrade undo {later[-1]} --by NAME --reason REASON`.",
                )
            touched = self._touched(db, campaign)
            before = self._state(db, campaign)
            if campaign.policies is not None:
                self._put_back_policies(db, campaign, decision)
            else:
                rows.set_aside(db, campaign, self._offering, decision, now)
            after = self._state(db, campaign)
            diff = compared(before, after, (), campaign.assignment, now)
            storing.add_step(
                db, campaign, self._offering, CampaignState.UNDONE, {}, decision=decision, now=now
            )
            outcome = Outcome(campaign=the_campaign(db, self._offering, number), diff=diff, touched=touched)
            if dry_run:
                raise _Undone
        return outcome

    def _state(self, db: Connection, campaign: Campaign) -> State:
        """The state of the class, also of what only the policies before or after the campaign name."""
        also: set[str] = set()
        if campaign.policies is not None:
            before = storing.policies_before(db, campaign.id)
            texts = [one.text for one in dates.policies(db, self._offering) if one.id == before]
            also.update(*(parse_policies(text).assignments for text in [*texts, campaign.policies]))
        return state_of(db, self._offering, campaign.assignment, also=also)

    def _must_be_unchanged(self, db: Connection, campaign: Campaign, candidates: Sequence[Candidate]) -> None:
        """GradebookError when something else counts by now than when the draft was made."""
        if campaign.policies is not None:
            if dates.policies(db, self._offering)[-1].id != storing.policies_before(db, campaign.id):
                raise GradebookError(
                    f"other policies were stored since the draft of campaign {campaign.id}",
                    hint="Cancel it and make a new draft.",
                )
            return
        wanted = [one for one in candidates if not one.left_out]
        if not wanted:
            raise GradebookError(f"campaign {campaign.id} has nothing to apply: every candidate is left out")
        erased = [one.base.pseudonym for one in wanted if one.erased]
        if erased:
            raise GradebookError(
                f"erased since the draft: {', '.join(erased)}; nothing was applied",
                hint="Cancel it and make a new draft.",
            )
        counting = rows.counting_scores(db, [one.base.score_id for one in wanted])
        refuse_changed([one.base for one in wanted if counting[one.base.score_id] != one.base.score_id])

    def _touched(self, db: Connection, campaign: Campaign) -> tuple[SubmissionId, ...]:
        """Submissions of a campaign that were graded later, or changed by a person after it was applied."""
        own = rows.scores_of(db, campaign.id)
        counting = rows.counting_scores(db, list(own))
        applied = next(step.at for step in campaign.steps if step.event is CampaignState.APPLIED)
        return tuple(
            one.submission
            for one in reading.entries(db, counting.values())
            if one.score_id not in own or any(change.at > applied for change in one.changes)
        )

    def _put_back_policies(self, db: Connection, campaign: Campaign, decision: Decision) -> None:
        stored = dates.policies(db, self._offering)
        if stored[-1].text != campaign.policies:
            raise GradebookError(
                f"other policies were stored since campaign {campaign.id} was applied; nothing was undone",
                hint="Store those that shall count: "
                "`autograder gradebook policies store FILE --by NAME --reason REASON`.",
            )
        before = storing.policies_before(db, campaign.id)
        text = next(one.text for one in stored if one.id == before)
        dates.add_policies(db, self._offering, text, decision=decision, now=self._book.now())


def _maximum(campaign: Campaign) -> Decimal:
    return Decimal(0) if campaign.sheet is None else campaign.sheet.max_score
