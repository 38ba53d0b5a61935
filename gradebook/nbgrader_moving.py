"""Record what came from nbgrader's gradebook, inside the caller's transaction.

It can be done again: a score that is there is not recorded twice, and a decision that was changed here since
the last import is kept as it is here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, select

from autograder.model.graded import GradedSubmission
from gradebook import reading, tables, writing
from gradebook.nbgrader_import import Arrival, ArrivingAssignment, Wanted
from gradebook.nbgrader_joining import Key, came_before, differences, graded_here
from gradebook.nbgrader_values import RUN_PREFIX, WHY, Losses
from gradebook.values import Change, ChangeKind, Decision, Entry, Offering


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """How much of one assignment was new."""

    assignment: str
    submissions: int
    scores: int
    decisions: int


def move_in(
    db: Connection,
    arriving: Sequence[ArrivingAssignment],
    offering: Offering,
    *,
    by: str,
    now: datetime,
    losses: Losses,
) -> tuple[Moved, ...]:
    """Record everything that is not there yet. Returns what was new, assignment by assignment."""
    return tuple(_assignment(db, each, offering, by=by, now=now, losses=losses) for each in arriving)


def _assignment(
    db: Connection,
    arriving: ArrivingAssignment,
    offering: Offering,
    *,
    by: str,
    now: datetime,
    losses: Losses,
) -> Moved:
    assignment, layout = arriving.assignment, arriving.layout
    versions = reading.versions(db, offering, str(assignment.id))
    if not versions:
        writing.add_version(db, assignment, offering, now=now, layout=layout)
    scores, decisions = 0, 0
    for arrival in arriving.arrivals:
        there = _of_student(db, offering, arrival)
        called = f"{assignment.id}, {arrival.graded.student}"
        ours = graded_here(arrival, there)
        if ours is not None:
            losses.add("graded here as well: our automatic points count", called)
            version = versions[ours.graded.provenance.assignment_version]
            wanted = differences(ours, version, arriving, arrival, losses)
            score_id, changes = ours.score_id, ours.changes
        else:
            mine = came_before(arrival, there)
            wanted = {(each.kind, each.subject): each for each in arrival.wanted}
            changes = () if mine is None else mine.changes
            if mine is not None and _same(db, mine, arrival):
                score_id = mine.score_id
            else:
                graded = _numbered(arrival, mine, there)
                receipt = writing.add_score(db, graded, assignment, offering, by=by, now=now, layout=layout)
                score_id = receipt.score_id
                scores += receipt.new
            wanted |= _gone(wanted, changes)
        row = reading.one_row(db, score_id) or {}
        for each in _news(called, wanted, changes, losses):
            decision = Decision(who=by, why=WHY)
            writing.add_change(
                db, row, kind=each.kind, subject=each.subject, points=each.points, state=None,
                comment=each.comment, decision=decision, now=now,
            )  # fmt: skip
            decisions += 1
    return Moved(
        assignment=str(assignment.id),
        submissions=len(arriving.arrivals),
        scores=scores,
        decisions=decisions,
    )


def _of_student(db: Connection, offering: Offering, arrival: Arrival) -> list[Entry]:
    found = reading.scores(
        db,
        course=offering.course,
        term=offering.term,
        assignment=str(arrival.graded.assignment),
        student=str(arrival.graded.student),
    )
    return reading.entries(db, reading.latest_of(found))


def _same(db: Connection, mine: Entry, arrival: Arrival) -> bool:
    """Whether what arrives is what came last; a campaign may have scored that again since."""
    kept, versions = tables.scores.c, tables.assignment_versions.c
    of_mine = select(kept.submission_id).where(kept.id == mine.score_id).scalar_subquery()
    query = (
        select(kept.run_key, versions.version)
        .join(tables.assignment_versions, versions.id == kept.version_id)
        .where(kept.submission_id == of_mine, kept.run_key.startswith(RUN_PREFIX))
        .order_by(kept.id.desc())
        .limit(1)
    )
    now, last = arrival.graded.provenance, db.execute(query).one_or_none()
    if last is None:
        return False
    same_run = last.run_key == now.run_key or last.run_key.startswith(f"{now.run_key}-")
    return same_run and bool(last.version == now.assignment_version)


def _numbered(arrival: Arrival, mine: Entry | None, there: Sequence[Entry]) -> GradedSubmission:
    """The score with its attempt; one that differs from the last has a run key of its own."""
    graded = arrival.graded
    if mine is None:
        attempt = max((entry.graded.attempt for entry in there), default=0) + 1
        return replace(graded, attempt=attempt)
    run_key = f"{graded.provenance.run_key}-{mine.score_id}"
    made = replace(graded.provenance, run_key=run_key)
    return replace(graded, submission=mine.submission, provenance=made)


def _gone(wanted: Mapping[Key, Wanted], changes: Sequence[Change]) -> dict[Key, Wanted]:
    """Withdrawals of what an earlier import brought and nbgrader no longer has."""
    last = {(change.kind, change.subject): change for change in changes}
    return {
        key: Wanted(kind=key[0], subject=key[1])
        for key, change in last.items()
        if change.why == WHY and key not in wanted and (change.points is not None or change.comment)
    }


def _news(
    called: str, wanted: Mapping[Key, Wanted], changes: Sequence[Change], losses: Losses
) -> list[Wanted]:
    """The decisions that are not there yet; one made here is kept as it is."""
    last = {(change.kind, change.subject): change for change in changes}
    price = last.get((ChangeKind.LATE_PENALTY, ""))
    news = []
    for key, each in wanted.items():
        before = last.get(key)
        if before is not None and (before.points, before.comment) == (each.points, each.comment):
            continue
        if each.kind is ChangeKind.LATE_PENALTY and price is not None and price.points is not None:
            before = price  # what lateness costs the whole is not added to what it costs a notebook
        if before is not None and before.why != WHY:
            losses.add("decided otherwise here: kept as it is here", f"{called}, {each.subject or 'total'}")
            continue
        news.append(each)
    return news
