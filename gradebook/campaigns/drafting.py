"""Make the draft of a campaign: select submissions, keep new gradings beside those that count, compare.

Nothing that counts is changed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from autograder.errors import GradebookError
from autograder.model.assignment import Assignment
from autograder.model.graded import OUR_FAILURES
from autograder.model.ids import AssignmentId, SubmissionId
from gradebook import dates_storing as dates
from gradebook import reading
from gradebook.book import Gradebook
from gradebook.campaigns import candidate_rows as rows
from gradebook.campaigns import storing
from gradebook.campaigns.comparing import compared, without_lowering
from gradebook.campaigns.ground import (
    deciding,
    lowered,
    refuse_changed,
    refuse_lowering,
    state_of,
    the_campaign,
)
from gradebook.campaigns.selecting import Selection, chosen, refuse_unknown
from gradebook.campaigns.values import Campaign, CampaignDiff, CampaignKind, Candidate, Proposal
from gradebook.layout import Layout
from gradebook.marking.rubric_storing import keep_given
from gradebook.policies.file import parse_policies
from gradebook.sheet import Sheet, sheet_of
from gradebook.values import Decision, Entry, Offering
from gradebook.versions import newest_versions


class _Undone(Exception):
    """Raised to take a dry run back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a draft is for besides its gradings.

    `results` is the results folder it belongs to, `staging` the folder in it with the candidates' files.
    """

    kind: CampaignKind
    selection: Selection
    forbid_lowering: bool = False
    results: str = ""
    staging: str = ""
    dry_run: bool = False


class Drafting:
    """Drafts of regrade campaigns of one offering in a gradebook."""

    def __init__(self, book: Gradebook, offering: Offering) -> None:
        self._book = book
        self._offering = offering

    def select(self, assignment: AssignmentId, selection: Selection) -> list[Entry]:
        """The scores that count and that a selection means. GradebookError where there are none.

        So it is for a student, a section or a check that nobody knows.
        """
        where = {"course": self._offering.course, "term": self._offering.term, "assignment": str(assignment)}
        with self._book.reading() as db:
            state = state_of(db, self._offering, str(assignment))
            entries = reading.entries(db, reading.latest_of(reading.scores(db, **where)))
            newest = newest_versions(db, self._offering).get(str(assignment))
        if entries:
            refuse_unknown(entries, selection, state.facts.students.values())
        counting = set()
        for standing in state.grades(self._book.now()).values() if selection.counting else ():
            grade = standing.assignments.get(str(assignment))
            if grade is not None and grade.attempt is not None:
                counting.add(SubmissionId(grade.attempt.id))
        picked = chosen(
            entries,
            selection,
            sections={name: member.section for name, member in state.facts.students.items()},
            counting=counting,
            newest=None if newest is None else newest.version,
        )
        if not picked:
            raise GradebookError(
                f"no submission of {assignment} fits: {selection}",
                hint=f"`autograder gradebook list {assignment}` shows what is recorded.",
            )
        return picked

    def draft(
        self,
        plan: Plan,
        assignment: Assignment,
        proposals: Sequence[Proposal],
        decision: Decision,
        *,
        layout: Layout | None = None,
    ) -> tuple[Campaign, CampaignDiff]:
        """Keep new gradings beside those that count, and say what they would change.

        A grading that failed on our side is kept as left out, and with `forbid_lowering` so are those of
        students whose grade would fall. GradebookError when a score a proposal was made from does not
        count any more, or when a grade would fall although nothing of its student is in the campaign.
        """
        sheet, name = sheet_of(assignment), str(assignment.id)
        with suppress(_Undone), deciding(self._book, self._offering) as db:
            now = self._book.now()
            self._must_be_its_own(db, plan)
            state = state_of(db, self._offering, name)
            candidates = self._candidates(db, proposals, assignment, sheet)
            if plan.forbid_lowering:
                candidates, fallen = without_lowering(state, candidates, name, sheet.max_score, now)
                refuse_lowering(fallen)
            number = storing.add_campaign(
                db, self._offering, plan.kind, assignment=assignment, sheet=sheet, layout=layout,
                policies=None, policies_before=None, forbid_lowering=plan.forbid_lowering,
                selection=plan.selection, results=plan.results, staging=plan.staging, decision=decision,
                now=now,
            )  # fmt: skip
            rows.add_candidates(db, number, candidates)
            # A campaign keeps no rubrics: the first ones of its checks are there when its version counts.
            keep_given(db, self._offering, name, assignment.checks, now=now)
            campaign = the_campaign(db, self._offering, number)
            diff = compared(state, state.after(candidates, sheet.max_score), candidates, name, now)
            if plan.dry_run:
                raise _Undone
        return campaign, diff

    def draft_policies(
        self, text: str, decision: Decision, *, forbid_lowering: bool = False, dry_run: bool = False
    ) -> tuple[Campaign, CampaignDiff]:
        """Keep new policies beside those that count, and say what they would change.

        Policies hold for all: with `forbid_lowering` they are refused as a whole when any grade would fall.
        """
        rules = parse_policies(text)
        with suppress(_Undone), deciding(self._book, self._offering) as db:
            now = self._book.now()
            stored = dates.policies(db, self._offering)
            if not stored:
                raise GradebookError(
                    f"{self._offering.course}, {self._offering.term} has no policies that could change",
                    hint="Store the first ones: "
                    "`autograder gradebook policies store FILE --by NAME --reason REASON`.",
                )
            if stored[-1].text == text:
                raise GradebookError("these policies count already")
            number = storing.add_campaign(
                db, self._offering, CampaignKind.POLICIES, assignment=None, sheet=None, layout=None,
                policies=text, policies_before=stored[-1].id, forbid_lowering=forbid_lowering,
                selection=Selection(), results="", staging="", decision=decision, now=now,
            )  # fmt: skip
            campaign = the_campaign(db, self._offering, number)
            state = state_of(db, self._offering, None, also=rules.assignments)
            diff = compared(state, replace(state, rules=rules), (), None, now)
            if forbid_lowering:
                refuse_lowering(lowered(diff, campaign), for_all=True)
            if dry_run:
                raise _Undone
        return campaign, diff

    def _must_be_its_own(self, db: Connection, plan: Plan) -> None:
        """GradebookError when another campaign has the same files: giving one up would take them away."""
        for other in storing.campaigns_of(db, self._offering):
            if plan.staging and (other.results, other.staging) == (plan.results, plan.staging):
                raise GradebookError(
                    f"campaign {other.id} was made from the same files in the meantime",
                    hint="Apply or cancel it, and run the command again.",
                )

    def _candidates(
        self, db: Connection, proposals: Sequence[Proposal], assignment: Assignment, sheet: Sheet
    ) -> list[Candidate]:
        if not proposals:
            raise GradebookError("nothing would change: no draft was made")
        by_base = {one.base: one.graded for one in proposals}
        people = rows.people_of(db, list(by_base))
        counting = rows.counting_scores(db, list(by_base))
        entries = reading.entries(db, by_base)
        refuse_changed([entry for entry in entries if counting[entry.score_id] != entry.score_id])
        found = []
        for entry in entries:
            made = by_base[entry.score_id]
            same = (made.submission, made.assignment) == (entry.submission, assignment.id)
            if not same or made.provenance.assignment_version != assignment.version:
                raise GradebookError(f"{made.submission}: this is no new grading of {entry.submission}")
            one = rows.candidate_of(entry, people[entry.score_id], made, sheet)
            if made.status in OUR_FAILURES:
                why = made.reason.strip().splitlines()[-1:] or ["no reason is known"]
                one = replace(one, left_out=f"it failed on our side: {why[0]}")
            if one.erased:
                one = replace(one, left_out="the student was erased")
            found.append(one)
        return found
