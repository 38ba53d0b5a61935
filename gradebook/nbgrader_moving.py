"""Record what came from nbgrader's gradebook, inside the caller's transaction.

It can be done again: a score that is there is not recorded twice, and a decision that was changed here since
the last import is kept as it is here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from autograder.model.graded import GradedSubmission
from gradebook import reading, writing
from gradebook.nbgrader_import import Arrival, ArrivingAssignment, Wanted
from gradebook.nbgrader_values import Losses
from gradebook.values import Change, ChangeKind, Decision, Entry, Offering

WHY = "imported from nbgrader's gradebook"
"""The reason of every decision that an import wrote. One with another reason was made here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """How much of one assignment was new. `kept` are decisions made here that nbgrader's did not replace."""

    assignment: str
    submissions: int
    scores: int
    decisions: int
    kept: tuple[str, ...]


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
    writing.add_version(db, arriving.assignment, offering, now=now, layout=arriving.layout)
    scores, decisions = 0, 0
    kept: list[str] = []
    for arrival in arriving.arrivals:
        there = _of_student(db, offering, arrival)
        mine = next((e for e in there if e.submission == arrival.graded.submission), None)
        if mine is None or not _same(mine, arrival):
            graded = _numbered(arrival, mine, there)
            receipt = writing.add_score(db, graded, arriving.assignment, offering, by=by, now=now)
            scores += receipt.new
            score_id = receipt.score_id
        else:
            score_id = mine.score_id
        row = reading.one_row(db, score_id)
        changes = () if mine is None else mine.changes
        for wanted in _news(arrival, changes, kept):
            decision = Decision(who=by, why=WHY)
            writing.add_change(
                db, row or {}, kind=wanted.kind, subject=wanted.subject, points=wanted.points, state=None,
                comment=wanted.comment, decision=decision, now=now,
            )  # fmt: skip
            decisions += 1
    for place in kept:
        losses.add("decided otherwise here since the last import: kept as it is here", place)
    return Moved(
        assignment=str(arriving.assignment.id),
        submissions=len(arriving.arrivals),
        scores=scores,
        decisions=decisions,
        kept=tuple(kept),
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


def _same(mine: Entry, arrival: Arrival) -> bool:
    """Whether the score that counts now is the one that arrives."""
    now, then = arrival.graded.provenance, mine.recorded.provenance
    same_run = then.run_key == now.run_key or then.run_key.startswith(f"{now.run_key}-")
    return same_run and then.assignment_version == now.assignment_version


def _numbered(arrival: Arrival, mine: Entry | None, there: Sequence[Entry]) -> GradedSubmission:
    """The score with its attempt; one that differs from the last has a run key of its own."""
    graded = arrival.graded
    if mine is None:
        attempt = max((entry.graded.attempt for entry in there), default=0) + 1
        return replace(graded, attempt=attempt)
    run_key = f"{graded.provenance.run_key}-{mine.score_id}"
    return replace(graded, provenance=replace(graded.provenance, run_key=run_key))


def _news(arrival: Arrival, changes: Sequence[Change], kept: list[str]) -> list[Wanted]:
    """The decisions that are not there yet, and withdrawals of those that nbgrader no longer has."""
    last: dict[tuple[ChangeKind, str], Change] = {}
    for change in changes:
        last[change.kind, change.subject] = change
    wanted = {(each.kind, each.subject): each for each in arrival.wanted}
    for key, change in last.items():
        if change.why == WHY and key not in wanted and (change.points is not None or change.comment):
            wanted[key] = Wanted(kind=key[0], subject=key[1])
    news = []
    for key, each in wanted.items():
        before = last.get(key)
        if before is not None and (before.points, before.comment) == (each.points, each.comment):
            continue
        if before is not None and before.why != WHY:
            name = f"{arrival.graded.assignment}, {arrival.graded.student}, {each.subject or 'total'}"
            kept.append(name)
            continue
        news.append(each)
    return news
