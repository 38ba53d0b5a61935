"""Campaigns for tests; only what matters needs to be said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count

from autograder.model.assignment import Assignment
from autograder.model.graded import GradedSubmission
from autograder.model.results import CheckOutcome
from gradebook.book import Gradebook
from gradebook.campaigns.drafting import Drafting, Plan
from gradebook.campaigns.rescoring import rescored
from gradebook.campaigns.selecting import Selection
from gradebook.campaigns.values import Campaign, CampaignDiff, CampaignKind, Proposal
from gradebook.values import Decision, Entry
from tests.unit.gradebook.builders import LAB, SPRING, a_graded, an_assignment
from tests.unit.gradebook.course_builders import DUE

BY_HEAD = Decision(who="head", why="q2 was worth too much")
_TOKENS = count(1)

Q1_FAILED = {"q1": CheckOutcome.FAILED}
Q2_FAILED = {"q2": CheckOutcome.FAILED}


def record(
    book: Gradebook,
    student: str,
    outcomes: Mapping[str, CheckOutcome] | None = None,
    *,
    assignment: Assignment | None = None,
    attempt: int = 1,
    run_key: str = "run-1",
) -> str:
    """Record a grading of lab1, handed in on time. Returns the submission's id."""
    assignment, name = assignment or an_assignment(), f"{student}-{attempt}"
    graded = a_graded(
        submission=name, student=student, digest=f"d-{name}", attempt=attempt, received=DUE,
        outcomes=outcomes, assignment=assignment, run_key=run_key,
    )  # fmt: skip
    book.record(graded, assignment, SPRING)
    return name


def with_fresh_key(graded: GradedSubmission) -> GradedSubmission:
    key = f"{graded.provenance.run_key.split('+')[0]}+{next(_TOKENS)}"
    return replace(graded, provenance=replace(graded.provenance, run_key=key))


def rescore(book: Gradebook, entries: Sequence[Entry], assignment: Assignment) -> list[Proposal]:
    versions = book.versions(SPRING, LAB)
    return [
        Proposal(
            base=one.score_id,
            graded=with_fresh_key(
                rescored(
                    one.recorded, versions[one.recorded.provenance.assignment_version].sheet, assignment, {}
                )
            ),
        )
        for one in entries
    ]


def judged(entry: Entry, outcomes: Mapping[str, CheckOutcome], assignment: Assignment) -> Proposal:
    """A proposal with these outcomes, as checks corrected meanwhile would give."""
    own = entry.recorded
    made = a_graded(
        submission=own.submission, student=own.student, digest=own.provenance.submission_digest,
        attempt=own.attempt, received=own.received, outcomes=outcomes, assignment=assignment,
        run_key=own.provenance.run_key,
    )  # fmt: skip
    return Proposal(base=entry.score_id, graded=with_fresh_key(made))


def a_plan(
    kind: CampaignKind = CampaignKind.SCORE,
    selection: Selection | None = None,
    *,
    forbid_lowering: bool = False,
    dry_run: bool = False,
) -> Plan:
    return Plan(
        kind=kind, selection=selection or Selection(), forbid_lowering=forbid_lowering, dry_run=dry_run
    )


def draft_rescore(
    book: Gradebook,
    assignment: Assignment,
    *,
    selection: Selection | None = None,
    forbid_lowering: bool = False,
) -> tuple[Campaign, CampaignDiff]:
    """Draft a campaign that scores everything selected as `assignment` says."""
    drafting = Drafting(book, SPRING)
    entries = drafting.select(LAB, selection or Selection())
    plan = a_plan(selection=selection, forbid_lowering=forbid_lowering)
    return drafting.draft(plan, assignment, rescore(book, entries, assignment), BY_HEAD)


def grades(book: Gradebook) -> dict[str, object]:
    """What counts: points, status, version of every submission, without times and numbers of rows."""
    return {
        entry.submission: (entry.graded.score, entry.graded.status, entry.graded.results, entry.recorded)
        for entry in book.scores(SPRING, LAB)
    }
