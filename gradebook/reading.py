"""Everything that reads rows. Each function runs inside the caller's transaction and changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, select

from autograder.model.graded import Status
from autograder.model.ids import AssignmentId
from autograder.model.results import FindingState
from gradebook import tables
from gradebook.campaigns.tables import campaign_scores, campaign_steps, campaigns, scores_set_aside
from gradebook.effective import effective
from gradebook.json_values import restored
from gradebook.layout import Layout, layout_from_json
from gradebook.sheet import Sheet, sheet_from_json
from gradebook.values import Change, ChangeKind, Entry, Event, EventKind, Offering
from gradebook.versions import OLDEST_FIRST, versions_set_aside

_AT_ONCE = 500
_OURS = {Status.SANDBOX_FAILED.value, Status.GRADER_FAILED.value}


class Found(NamedTuple):
    """One recorded score, as far as it takes to choose among a submission's scores."""

    id: int
    submission: int
    status: str
    aside: bool = False


def scores(db: Connection, **where: str) -> list[Found]:
    """All scores whose submission matches, oldest first.

    Names are `course`, `term`, `assignment`, `submission` (its id as intake gave it) and `student`.
    """
    query: Select[Any] = (
        select(
            tables.scores.c.id, tables.scores.c.submission_id, tables.scores.c.status,
            scores_set_aside.c.score_id.is_not(None),
        )
        .select_from(tables.scores)
        .outerjoin(scores_set_aside, scores_set_aside.c.score_id == tables.scores.c.id)
        .join(tables.submissions, tables.submissions.c.id == tables.scores.c.submission_id)
        .join(tables.people, tables.people.c.id == tables.submissions.c.person_id)
        .outerjoin(
            tables.submission_names, tables.submission_names.c.submission_id == tables.submissions.c.id
        )
        .order_by(tables.scores.c.id)
    )  # fmt: skip
    for name, value in where.items():
        match name:
            case "submission":
                query = query.where(tables.submission_names.c.submission == value)
            case "student":
                query = query.where(tables.people.c.student == value)
            case _:
                query = query.where(tables.submissions.c[name] == value)
    return [Found(*row) for row in db.execute(query)]


def latest_of(found: Iterable[Found]) -> list[int]:
    """The score that counts for each submission: the one of the highest `rank`."""
    chosen: dict[int, tuple[bool, bool, int]] = {}
    for score in found:
        its = rank(score.id, score.status, score.aside)
        chosen[score.submission] = max(chosen.get(score.submission, its), its)
    return [score_id for _, _, score_id in chosen.values()]


def rank(score_id: int, status: str, aside: bool) -> tuple[bool, bool, int]:
    """What decides which of a submission's scores counts: the last one recorded.

    One that was set aside, because its campaign was undone, never takes the place of another; nor does a
    failure on our side take the place of a result that was there before.
    """
    return not aside, status not in _OURS, score_id


def set_aside(db: Connection, offering: Offering) -> frozenset[int]:
    """The scores of an offering that were set aside."""
    query = (
        select(scores_set_aside.c.score_id)
        .join(campaigns, campaigns.c.id == scores_set_aside.c.campaign_id)
        .where(campaigns.c.course == offering.course, campaigns.c.term == offering.term)
    )
    return frozenset(db.execute(query).scalars())


def entries(db: Connection, score_ids: Iterable[int]) -> list[Entry]:
    """The scores with these numbers, changes applied; ordered by student, attempt and number."""
    found: list[Entry] = []
    sheets: dict[int, Sheet] = {}
    for some in _chunks(list(score_ids)):
        rows = [row._asdict() for row in db.execute(_whole().where(tables.scores.c.id.in_(some)))]
        changes = changes_of(db, {row["submission_id"] for row in rows})
        for row in rows:
            if row["version_id"] not in sheets:
                sheets[row["version_id"]] = sheet_from_json(row["sheet"])
            found.append(_entry(row, sheets[row["version_id"]], changes[row["submission_id"]]))
    return sorted(found, key=lambda e: (e.graded.student, e.graded.attempt, e.score_id))


def one_row(db: Connection, score_id: int) -> dict[str, Any] | None:
    """All columns of one recorded score, or None."""
    row = db.execute(_whole().where(tables.scores.c.id == score_id)).one_or_none()
    return None if row is None else row._asdict()


def events(db: Connection, score_ids: Iterable[int]) -> tuple[Event, ...]:
    """What happened to these scores' submission, oldest first."""
    numbers = list(score_ids)
    recorded = (
        select(tables.scores, campaigns.c.id.label("campaign"), campaigns.c.why)
        .outerjoin(campaign_scores, campaign_scores.c.score_id == tables.scores.c.id)
        .outerjoin(campaigns, campaigns.c.id == campaign_scores.c.campaign_id)
        .where(tables.scores.c.id.in_(numbers))
    )
    happened: list[tuple[Any, int, Event]] = []
    submissions = set()
    for row in db.execute(recorded).mappings():
        submissions.add(row["submission_id"])
        event = Event(
            kind=EventKind.RECORDED,
            at=row["recorded_at"],
            who=row["recorded_by"],
            why="" if row["campaign"] is None else f"campaign {row['campaign']}: {row['why']}",
            score_id=row["id"],
            points=row["total"],
            state=row["status"],
        )
        happened.append((event.at, 0, event))
    steps, aside = campaign_steps.c, scores_set_aside.c
    undone = (
        select(aside.score_id, aside.campaign_id, aside.at, steps.who, steps.why)
        .join(campaign_steps, steps.campaign_id == aside.campaign_id)
        .where(steps.event == "undone", aside.score_id.in_(numbers))
    )
    for row in db.execute(undone).mappings():
        event = Event(
            kind=EventKind.SET_ASIDE,
            at=row["at"],
            who=row["who"],
            why=f"campaign {row['campaign_id']} undone: {row['why']}",
            score_id=row["score_id"],
        )
        happened.append((event.at, 0, event))
    for change in (c for some in changes_of(db, submissions).values() for c in some):
        event = Event(
            kind=EventKind(change.kind.value),
            at=change.at,
            who=change.who,
            why=change.why,
            score_id=change.score_id,
            subject=change.subject,
            points=change.points,
            state="" if change.state is None else change.state.value,
            comment=change.comment,
        )
        happened.append((event.at, change.id, event))
    return tuple(event for _, _, event in sorted(happened, key=lambda item: item[:2]))


def assignments(db: Connection) -> tuple[tuple[Offering, AssignmentId], ...]:
    """Every assignment with its offering, in the order of their keys."""
    kept = tables.assignments.c
    query = select(kept.course, kept.term, kept.assignment).order_by(kept.course, kept.term, kept.assignment)
    return tuple(
        (Offering(course, term), AssignmentId(assignment)) for course, term, assignment in db.execute(query)
    )


class Version(NamedTuple):
    """What is kept of one version of an assignment. `layout` is None where none was given."""

    title: str
    sheet: Sheet
    layout: Layout | None


def versions(db: Connection, offering: Offering, assignment: str) -> dict[str, Version]:
    """Every recorded version of an assignment, oldest first; none whose every score was set aside."""
    kept, where = tables.assignment_versions, tables.version_layouts
    query = (
        select(kept.c.version, kept.c.title, kept.c.sheet, where.c.layout)
        .outerjoin(where, where.c.version_id == kept.c.id)
        .where(kept.c.course == offering.course, kept.c.term == offering.term)
        .where(kept.c.assignment == assignment)
        .where(kept.c.id.not_in(sorted(versions_set_aside(db, offering))))
        .order_by(*OLDEST_FIRST)
    )
    return {
        version: Version(title, sheet_from_json(sheet), None if layout is None else layout_from_json(layout))
        for version, title, sheet, layout in db.execute(query)
    }


def _whole() -> Select[Any]:
    s, d = tables.scores.c, tables.score_details.c
    v, h, n = tables.assignment_versions.c, tables.submissions.c, tables.submission_names.c
    p = tables.people.c
    return (
        select(
            s.id.label("score_id"), s.submission_id, s.version_id, s.status, s.run_outcome, s.usage,
            s.provenance, s.recorded_at, s.recorded_by, d.reason, d.score, d.results, d.findings,
            d.suspicions, d.notes, v.sheet, h.course, h.term, h.assignment, h.attempt, h.received,
            n.submission, p.student, p.pseudonym,
        )
        .join(tables.score_details, d.score_id == s.id)
        .join(tables.assignment_versions, v.id == s.version_id)
        .join(tables.submissions, h.id == s.submission_id)
        .join(tables.people, p.id == h.person_id)
        .outerjoin(tables.submission_names, n.submission_id == h.id)
    )  # fmt: skip


def changes_of(db: Connection, submission_ids: Iterable[int]) -> defaultdict[int, list[Change]]:
    """Every human change of these submissions, oldest first."""
    found: defaultdict[int, list[Change]] = defaultdict(list)
    kept = tables.score_changes
    query = select(kept).where(kept.c.submission_id.in_(list(submission_ids))).order_by(kept.c.id)
    for row in db.execute(query).mappings():
        found[row["submission_id"]].append(
            Change(
                id=row["id"],
                score_id=row["score_id"],
                kind=ChangeKind(row["kind"]),
                subject=row["subject"],
                points=row["points"],
                state=None if row["state"] is None else FindingState(row["state"]),
                comment=row["comment"],
                who=row["who"],
                why=row["why"],
                at=row["at"],
            )
        )
    return found


def _entry(row: Mapping[str, Any], sheet: Sheet, changes: list[Change]) -> Entry:
    recorded = restored(row)
    marked = tuple(_marked(change, row["score_id"]) for change in changes)
    return Entry(
        score_id=row["score_id"],
        offering=Offering(row["course"], row["term"]),
        pseudonym=row["pseudonym"],
        recorded_at=row["recorded_at"],
        recorded_by=row["recorded_by"],
        recorded=recorded,
        graded=effective(recorded, sheet, marked),
        changes=marked,
    )


def _marked(change: Change, score_id: int) -> Change:
    return replace(change, carried=change.score_id < score_id)


def _chunks(numbers: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(numbers), _AT_ONCE):
        yield numbers[start : start + _AT_ONCE]
