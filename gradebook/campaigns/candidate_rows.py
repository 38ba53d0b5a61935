"""The candidates of campaigns in the database, and the scores they become.

Runs inside the caller's transaction. What a candidate is worth beside the score it would replace is worked
out when it is read, so that human changes made in between are in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select

from autograder.errors import GradebookError
from autograder.model.assignment import Assignment, CheckSpec, Gate
from autograder.model.graded import GradedSubmission
from gradebook import reading, tables
from gradebook.campaigns.tables import (
    campaign_candidates,
    campaign_scores,
    campaign_steps,
    campaigns,
    scores_set_aside,
)
from gradebook.campaigns.values import Campaign, CampaignState, Candidate
from gradebook.effective import effective
from gradebook.json_values import as_json, details, restored
from gradebook.layout import Layout
from gradebook.sheet import Sheet
from gradebook.values import Decision, Entry, Offering
from gradebook.writing import add_score

_AT_ONCE = 500


def add_candidates(db: Connection, campaign_id: int, candidates: Iterable[Candidate]) -> None:
    """Keep the candidates of a campaign; who handed them in stands with the submissions only."""
    found = list(candidates)
    owners = _owners(db, [one.base.score_id for one in found])
    rows = [
        {
            "campaign_id": campaign_id,
            "submission_id": owners[one.base.score_id][0],
            "base_score_id": one.base.score_id,
            "grading": _grading_to_json(one.recorded),
            "left_out": one.left_out,
        }
        for one in found
    ]
    if rows:
        db.execute(insert(campaign_candidates), rows)


def candidate_of(entry: Entry, person_id: int, recorded: GradedSubmission, sheet: Sheet) -> Candidate:
    """A candidate with the human changes of the score it would replace."""
    carried = [replace(change, carried=True) for change in entry.changes]
    return Candidate(
        person_id=person_id, base=entry, recorded=recorded, after=effective(recorded, sheet, carried)
    )


def candidates_of(db: Connection, campaign: Campaign) -> list[Candidate]:
    """The candidates of a campaign, by student, attempt and number of the score that each would replace."""
    if campaign.sheet is None:
        return []
    kept = campaign_candidates.c
    query = select(kept.base_score_id, kept.grading, kept.left_out).where(kept.campaign_id == campaign.id)
    rows = {row.base_score_id: row for row in db.execute(query)}
    people = {score: person for score, (_, person) in _owners(db, list(rows)).items()}
    found = []
    for entry in reading.entries(db, rows):
        row = rows[entry.score_id]
        recorded = _grading_from_json(row.grading, entry)
        made = candidate_of(entry, people[entry.score_id], recorded, campaign.sheet)
        found.append(replace(made, left_out=row.left_out))
    return found


def people_of(db: Connection, score_ids: Sequence[int]) -> dict[int, int]:
    """The persons whose scores these are, by the scores' numbers."""
    return {score: person for score, (_, person) in _owners(db, score_ids).items()}


def counting_scores(db: Connection, score_ids: Sequence[int]) -> dict[int, int]:
    """For each of these scores the one that counts for its submission now.

    In PostgreSQL nobody can record or change anything about these submissions until the transaction ends.
    """
    owners = _owners(db, score_ids)
    submissions = sorted({submission for submission, _ in owners.values()})
    counting: dict[int, int] = {}
    kept, aside = tables.scores.c, scores_set_aside.c
    for start in range(0, len(submissions), _AT_ONCE):
        some = submissions[start : start + _AT_ONCE]
        db.execute(select(tables.submissions.c.id).where(tables.submissions.c.id.in_(some)).with_for_update())
        query = (
            select(kept.id, kept.submission_id, kept.status, aside.score_id.is_not(None))
            .outerjoin(scores_set_aside, aside.score_id == kept.id)
            .where(kept.submission_id.in_(some))
        )
        found = [reading.Found(*row) for row in db.execute(query)]
        chosen = set(reading.latest_of(found))
        counting |= {one.submission: one.id for one in found if one.id in chosen}
    return {score: counting[submission] for score, (submission, _) in owners.items()}


def apply_candidates(
    db: Connection, campaign: Campaign, offering: Offering, candidates: Iterable[Candidate],
    layout: Layout | None, *, by: str, now: datetime, each: Callable[[], None],
) -> None:  # fmt: skip
    """Record every candidate that is not left out as a new score, which then counts. `each` hears of each."""
    assignment = _assignment_of(campaign)
    made = []
    for one in candidates:
        if one.left_out:
            continue
        receipt = add_score(db, one.recorded, assignment, offering, by=by, now=now, layout=layout)
        if not receipt.new:
            raise GradebookError(f"{one.submission}: this grading is recorded already; nothing was applied")
        made.append({"score_id": receipt.score_id, "campaign_id": campaign.id})
        each()
    if made:
        db.execute(insert(campaign_scores), made)


def set_aside(
    db: Connection, campaign: Campaign, offering: Offering, decision: Decision, now: datetime
) -> None:
    """Let the scores of a campaign count no more, with an audit line for each."""
    scores = scores_of(db, campaign.id)
    line = {
        "at": now, "who": decision.who, "why": decision.why, "event": "set_aside", "course": offering.course,
        "term": offering.term, "about": campaigns.name, "about_id": campaign.id,
    }  # fmt: skip
    db.execute(
        insert(scores_set_aside),
        [{"score_id": score, "campaign_id": campaign.id, "at": now} for score in scores],
    )
    db.execute(
        insert(tables.audit_log),
        [{**line, "score_id": score, "submission_id": handed_in} for score, handed_in in scores.items()],
    )


def scores_of(db: Connection, campaign_id: int) -> dict[int, int]:
    """The scores that a campaign recorded, with the numbers of their submissions."""
    kept = campaign_scores.c
    query = (
        select(kept.score_id, tables.scores.c.submission_id)
        .join(tables.scores, tables.scores.c.id == kept.score_id)
        .where(kept.campaign_id == campaign_id)
        .order_by(kept.score_id)
    )
    return {int(score): int(submission) for score, submission in db.execute(query)}


def built_upon(db: Connection, campaign_id: int) -> list[int]:
    """The campaigns that count and were made from scores of this one."""
    kept, made, steps = campaign_candidates.c, campaign_scores.c, campaign_steps.c
    done = select(steps.campaign_id).where(steps.event == CampaignState.APPLIED.value)
    undone = select(steps.campaign_id).where(steps.event == CampaignState.UNDONE.value)
    query = (
        select(kept.campaign_id)
        .join(campaign_scores, made.score_id == kept.base_score_id)
        .where(made.campaign_id == campaign_id, kept.left_out == "")
        .where(kept.campaign_id.in_(done), kept.campaign_id.not_in(undone))
        .distinct()
        .order_by(kept.campaign_id)
    )
    return [int(number) for number in db.execute(query).scalars()]


def _assignment_of(campaign: Campaign) -> Assignment:
    """As much of the assignment's version as the gradebook keeps of any."""
    sheet = campaign.sheet
    if sheet is None or campaign.assignment is None:
        raise GradebookError(f"campaign {campaign.id} has no candidates")
    gate = sheet.gate
    return Assignment(
        id=campaign.assignment,
        title=sheet.title,
        version=campaign.version,
        folder=Path(),
        notebooks=(),
        checks=tuple(
            CheckSpec(
                id=line.id,
                kind=line.kind,
                points=line.points,
                title=line.title,
                assurance=line.assurance,
                visibility=line.visibility,
                optional=line.optional,
            )
            for line in sheet.checks
        ),
        deduction_cap=sheet.deduction_cap,
        gate=None if gate is None else Gate(title=gate.title, checks=gate.checks, share=gate.share),
    )


def _owners(db: Connection, score_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Submission and person of each score."""
    found: dict[int, tuple[int, int]] = {}
    kept = tables.submissions.c
    for start in range(0, len(score_ids), _AT_ONCE):
        query = (
            select(tables.scores.c.id, kept.id, kept.person_id)
            .join(tables.submissions, kept.id == tables.scores.c.submission_id)
            .where(tables.scores.c.id.in_(score_ids[start : start + _AT_ONCE]))
        )
        found |= {score: (submission, person) for score, submission, person in db.execute(query)}
    return found


def _grading_to_json(graded: GradedSubmission) -> dict[str, Any]:
    """All of a grading but whose it is."""
    return {
        **details(graded),
        "status": graded.status.value,
        "run_outcome": None if graded.run_outcome is None else graded.run_outcome.value,
        "usage": as_json(graded.usage),
        "provenance": as_json(graded.provenance),
    }


def _grading_from_json(stored: Mapping[str, Any], base: Entry) -> GradedSubmission:
    own = base.recorded
    whose = {
        "score_id": base.score_id,
        "submission": own.submission,
        "student": own.student,
        "pseudonym": base.pseudonym,
        "attempt": own.attempt,
        "received": own.received,
        "assignment": own.assignment,
    }
    return restored({**stored, **whose})
