"""Campaigns in the database, and what became of them. Runs inside the caller's transaction, commits nothing.

Rows are only added. Students stand here by their numbers; names are looked up when a campaign is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from autograder.model.assignment import Assignment
from autograder.model.graded import Status
from autograder.model.ids import AssignmentId, CheckId
from autograder.model.results import CheckOutcome
from gradebook import tables
from gradebook.auditing import audit
from gradebook.campaigns.selecting import Selection
from gradebook.campaigns.tables import campaign_steps, campaigns
from gradebook.campaigns.values import Campaign, CampaignKind, CampaignState, Step
from gradebook.json_values import as_json
from gradebook.layout import Layout, layout_from_json, layout_to_json
from gradebook.sheet import Sheet, sheet_from_json, sheet_to_json
from gradebook.values import Decision, Offering


def add_campaign(
    db: Connection, offering: Offering, kind: CampaignKind, *, assignment: Assignment | None,
    sheet: Sheet | None, layout: Layout | None, policies: str | None, policies_before: int | None,
    forbid_lowering: bool, selection: Selection, results: str, staging: str, decision: Decision,
    now: datetime,
) -> int:  # fmt: skip
    """Add a campaign, as a draft, with its audit line. Returns its number."""
    values = {
        "course": offering.course,
        "term": offering.term,
        "assignment": None if assignment is None else str(assignment.id),
        "kind": kind.value,
        "forbid_lowering": forbid_lowering,
        "selection": _selection_to_json(db, selection),
        "version": None if assignment is None else assignment.version,
        "sheet": None if sheet is None else sheet_to_json(sheet),
        "layout": None if layout is None else layout_to_json(layout),
        "policies": policies,
        "policies_before": policies_before,
        "results": results,
        "staging": staging,
        "who": decision.who,
        "why": decision.why,
        "at": now,
    }
    number = int(db.execute(insert(campaigns).returning(campaigns.c.id), values).scalar_one())
    audit(db, "campaign_drafted", campaigns.name, number, offering, decision=decision, now=now)
    return number


def add_step(
    db: Connection, campaign: Campaign, offering: Offering, event: CampaignState, values: Mapping[str, Any],
    *, decision: Decision, now: datetime,
) -> None:  # fmt: skip
    """Say what became of a campaign, with the audit line. The database takes each kind of step once."""
    row = {
        "campaign_id": campaign.id,
        "event": event.value,
        "details": as_json(values),
        "who": decision.who,
        "why": decision.why,
        "at": now,
    }
    db.execute(insert(campaign_steps), row)
    name = f"campaign_{event.value}"
    audit(db, name, campaigns.name, campaign.id, offering, decision=decision, now=now)


def step_details(db: Connection, campaign_id: int, event: CampaignState) -> Mapping[str, Any]:
    """What was kept with a step."""
    kept = campaign_steps.c
    query = select(kept.details).where(kept.campaign_id == campaign_id, kept.event == event.value)
    found: Mapping[str, Any] = db.execute(query).scalar_one()
    return found


def campaigns_of(db: Connection, offering: Offering) -> tuple[Campaign, ...]:
    """Every campaign of an offering, oldest first."""
    steps: dict[int, list[Step]] = {}
    for row in db.execute(select(campaign_steps).order_by(campaign_steps.c.id)):
        step = Step(event=CampaignState(row.event), who=row.who, why=row.why, at=row.at)
        steps.setdefault(row.campaign_id, []).append(step)
    kept = campaigns.c
    query = (
        select(campaigns).where(kept.course == offering.course, kept.term == offering.term).order_by(kept.id)
    )
    rows = list(db.execute(query))
    names = _names(db, {number for row in rows for number in row.selection["people"]})
    return tuple(_campaign(row, tuple(steps.get(row.id, ())), names) for row in rows)


def layout_kept(db: Connection, campaign_id: int) -> Layout | None:
    """The layout of the version that a campaign's candidates were made with."""
    stored = db.execute(select(campaigns.c.layout).where(campaigns.c.id == campaign_id)).scalar()
    return None if stored is None else layout_from_json(stored)


def policies_before(db: Connection, campaign_id: int) -> int | None:
    """The number of the policies that counted when a campaign was drafted."""
    return db.execute(select(campaigns.c.policies_before).where(campaigns.c.id == campaign_id)).scalar()


def _campaign(row: Any, steps: tuple[Step, ...], names: Mapping[int, str]) -> Campaign:
    return Campaign(
        id=row.id,
        kind=CampaignKind(row.kind),
        state=steps[-1].event if steps else CampaignState.DRAFT,
        assignment=None if row.assignment is None else AssignmentId(row.assignment),
        version=row.version or "",
        sheet=None if row.sheet is None else sheet_from_json(row.sheet),
        policies=row.policies,
        forbid_lowering=row.forbid_lowering,
        selection=_selection_from_json(row.selection, names),
        results=row.results,
        staging=row.staging,
        who=row.who,
        why=row.why,
        at=row.at,
        steps=steps,
    )


def _selection_to_json(db: Connection, selection: Selection) -> dict[str, Any]:
    people = tables.people.c
    asked = select(people.id).where(
        people.student.in_(selection.students) | people.pseudonym.in_(selection.students)
    )
    return {
        "people": sorted(db.execute(asked).scalars()) if selection.students else [],
        "sections": list(selection.sections),
        "statuses": [status.value for status in selection.statuses],
        "outcomes": [[str(check), outcome.value] for check, outcome in selection.outcomes],
        "older": selection.older,
        "counting": selection.counting,
    }


def _selection_from_json(stored: Mapping[str, Any], names: Mapping[int, str]) -> Selection:
    return Selection(
        students=tuple(names[number] for number in stored["people"]),
        sections=tuple(stored["sections"]),
        statuses=tuple(Status(status) for status in stored["statuses"]),
        outcomes=tuple((CheckId(check), CheckOutcome(outcome)) for check, outcome in stored["outcomes"]),
        older=stored["older"],
        counting=stored["counting"],
    )


def _names(db: Connection, numbers: Iterable[int]) -> dict[int, str]:
    people = tables.people.c
    query = select(people.id, people.student, people.pseudonym).where(people.id.in_(sorted(numbers)))
    return {number: student or pseudonym for number, student, pseudonym in db.execute(query)}
