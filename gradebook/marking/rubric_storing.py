"""Rubrics in the database, every version kept. Runs inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, select

from autograder.model.assignment import CheckSpec
from gradebook.auditing import audit
from gradebook.marking.rubric import MarkType, Rubric, items_from_json, items_to_json, rubric_of
from gradebook.marking.tables import rubrics
from gradebook.values import Decision, Offering


def rubrics_of(db: Connection, offering: Offering, assignment: str) -> dict[str, Rubric]:
    """The rubric that counts for each check that has one: the last one stored."""
    kept = rubrics.c
    query = (
        select(rubrics)
        .where(kept.course == offering.course, kept.term == offering.term, kept.assignment == assignment)
        .order_by(kept.id)
    )
    return {row.check_id: _rubric(row._mapping) for row in db.execute(query)}


def rubric_for(db: Connection, offering: Offering, assignment: str, check: str) -> Rubric:
    """The rubric that counts for a check; one without items where none was stored."""
    return rubrics_of(db, offering, assignment).get(check, Rubric(check=check))


def add_rubric(
    db: Connection, offering: Offering, assignment: str, rubric: Rubric, *, decision: Decision, now: datetime
) -> int:
    """Keep a rubric as the one that counts from now on. Returns its number."""
    row = {
        "course": offering.course,
        "term": offering.term,
        "assignment": assignment,
        "check_id": rubric.check,
        "mark_type": rubric.mark_type.value,
        "items": items_to_json(rubric.items),
        "who": decision.who,
        "why": decision.why,
        "at": now,
    }
    number = int(db.execute(insert(rubrics).returning(rubrics.c.id), row).scalar_one())
    audit(db, "rubric", rubrics.name, number, offering, decision=decision, now=now)
    return number


def keep_given(
    db: Connection, offering: Offering, assignment: str, checks: Iterable[CheckSpec], *, now: datetime
) -> None:
    """Keep the rubrics that came with an assignment, for checks that have none yet.

    Of two writers at the same instant both may keep theirs; they are the same, and the later one counts.
    """
    given = [rubric for rubric in map(rubric_of, checks) if rubric is not None]
    if not given:
        return
    known = rubrics_of(db, offering, assignment)
    decision = Decision(who="autograder", why="it came with the assignment")
    for rubric in given:
        if rubric.check not in known:
            add_rubric(db, offering, assignment, rubric, decision=decision, now=now)


def _rubric(row: RowMapping) -> Rubric:
    return Rubric(
        check=row["check_id"],
        items=items_from_json(row["items"]),
        mark_type=MarkType(row["mark_type"]),
        id=row["id"],
    )
