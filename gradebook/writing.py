"""Everything that adds rows. Each function runs inside the caller's transaction and commits nothing."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, bindparam, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from autograder.model.assignment import Assignment
from autograder.model.graded import GradedSubmission
from autograder.model.results import FindingState
from gradebook import tables
from gradebook.json_values import as_json, details
from gradebook.layout import Layout, layout_to_json
from gradebook.marking.rubric_storing import keep_given
from gradebook.sheet import sheet_of, sheet_to_json
from gradebook.submissions import Known, known_submission
from gradebook.values import ChangeKind, Decision, Offering, Receipt, checked_key, checked_time


class Prepared(NamedTuple):
    """What of a grading is stored as JSON."""

    usage: Any
    provenance: Any
    details: Mapping[str, Any]


def prepared(graded: GradedSubmission) -> Prepared:
    """Turn a grading into JSON values: done before the transaction, since others wait for its end."""
    return Prepared(as_json(graded.usage), as_json(graded.provenance), details(graded))


def add_score(
    db: Connection,
    graded: GradedSubmission,
    assignment: Assignment,
    offering: Offering,
    *,
    by: str,
    now: datetime,
    layout: Layout | None = None,
    ready: Prepared | None = None,
) -> Receipt:
    """Add a grading with all it needs, unless the same run was recorded before."""
    ready = ready or prepared(graded)
    keys, version_id = add_version(db, assignment, offering, now=now, layout=layout)
    known = _submission(db, graded, keys, now)
    submission_id = known.id
    run = {
        "submission_id": submission_id,
        "version_id": version_id,
        "run_key": checked_key(graded.provenance.run_key, "a run key"),
    }
    score = graded.score
    score_id, new = add_once(
        db,
        tables.scores,
        run,
        {
            "status": graded.status.value,
            "run_outcome": None if graded.run_outcome is None else graded.run_outcome.value,
            "scored": score is not None,
            "total": None if score is None else score.total,
            "deducted": Decimal(0) if score is None else score.deducted,
            "max_score": assignment.max_score if score is None else score.max_score,
            "gate_passed": None if score is None else score.gate_passed,
            "usage": ready.usage,
            "provenance": ready.provenance,
            "recorded_at": now,
            "recorded_by": by,
        },
        likely=True,
    )
    if new:
        notes = [*ready.details["notes"], *known.notes]
        db.execute(_ADD_DETAILS, {"score_id": score_id, **ready.details, "notes": notes})
        _lines(db, score_id, graded, assignment)
        _audit(db, "recorded", at=now, who=by, submission_id=submission_id, score_id=score_id)
        if known.total_stands_in:
            row = {"submission_id": submission_id, "score_id": score_id}
            why = "graded here: the total that nbgrader's points added up to stands no more"
            add_change(
                db, row, kind=ChangeKind.TOTAL, subject="", points=None, state=None, comment="",
                decision=Decision(who=by, why=why), now=now,
            )  # fmt: skip
    return Receipt(score_id=score_id, new=new)


def add_version(
    db: Connection, assignment: Assignment, offering: Offering, *, now: datetime, layout: Layout | None
) -> tuple[dict[str, str], int]:
    """Add a version of an assignment unless it is there. Returns the assignment's key and its number."""
    keys = {"course": offering.course, "term": offering.term, "assignment": str(assignment.id)}
    version = {**keys, "version": checked_key(assignment.version, "an assignment's version")}
    find, _ = _statements(tables.assignment_versions, tuple(version), db.dialect.name)
    version_id = db.execute(find, version).scalar()
    if version_id is None:
        add_once(
            db, tables.offerings, {"course": offering.course, "term": offering.term}, {"created_at": now}
        )
        add_once(db, tables.assignments, keys, {"created_at": now})
        version_id = _version(db, assignment, version, now)
        keep_given(db, offering, str(assignment.id), assignment.checks, now=now)
    if layout is not None:
        kept = {"layout": layout_to_json(layout), "created_at": now}
        add_once(db, tables.version_layouts, {"version_id": version_id}, kept)
    return keys, version_id


def add_change(
    db: Connection,
    row: Mapping[str, Any],
    *,
    kind: ChangeKind,
    subject: str,
    points: Decimal | None,
    state: FindingState | None,
    comment: str,
    decision: Decision,
    now: datetime,
) -> int:
    """Add a human change to the score of `row`, and its audit line. Returns the change's number."""
    values = {
        "submission_id": row["submission_id"],
        "score_id": row["score_id"],
        "kind": kind.value,
        "subject": subject,
        "points": points,
        "state": None if state is None else state.value,
        "comment": comment,
        "who": decision.who,
        "why": decision.why,
        "at": now,
    }
    added = db.execute(insert(tables.score_changes).returning(tables.score_changes.c.id), values)
    change_id = int(added.scalar_one())
    _audit(
        db,
        kind.value,
        at=now,
        who=decision.who,
        why=decision.why,
        submission_id=row["submission_id"],
        score_id=row["score_id"],
        change_id=change_id,
    )
    return change_id


def add_once(
    db: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any], *, likely: bool = False
) -> tuple[int, bool]:
    """Insert a row unless one with `key` is there. Returns its number (0 without one) and whether it is new.

    `key` must be unique in `table`. Of two writers at the same instant one inserts, the other finds that row.
    `likely` says that the row is new most of the time: then nobody looks before.
    """
    find, add = _statements(table, tuple(key), db.dialect.name)
    number = "id" in table.c
    found = None if likely else db.execute(find, dict(key)).scalar()
    if found is None:
        added = db.execute(add, {**key, **values}).scalar()
        if added is not None:
            return (added if number else 0), True
        found = db.execute(find, dict(key)).scalar_one()
    return (found if number else 0), False


@lru_cache(maxsize=64)
def _statements(table: Table, key: tuple[str, ...], dialect: str) -> tuple[Any, Any]:
    """How to find a row by its key and how to add one. Made once: making them costs more than running."""
    wanted = table.c.id if "id" in table.c else next(iter(table.primary_key))
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    find = select(wanted).where(*(table.c[name] == bindparam(name) for name in key))
    return find, make(table).on_conflict_do_nothing().returning(wanted)


def _submission(db: Connection, graded: GradedSubmission, keys: Mapping[str, str], now: datetime) -> Known:
    known = known_submission(db, graded, keys)
    if known is not None:
        return known
    person_id = person_of(db, str(graded.student), now)
    added = db.execute(
        _ADD_SUBMISSION,
        {
            **keys,
            "person_id": person_id,
            "attempt": graded.attempt,
            "received": checked_time(graded.received, "the time of receipt"),
            "digest": graded.provenance.submission_digest,
            "recorded_at": now,
        },
    )
    number = int(added.scalar_one())
    name = {"submission_id": number, "submission": str(graded.submission), **keys}
    db.execute(_ADD_NAME, name)
    return Known(number)


_ADD_SUBMISSION = insert(tables.submissions).returning(tables.submissions.c.id)
# Made once: others wait while a writer makes them.
_ADD_NAME = insert(tables.submission_names)
_ADD_DETAILS = insert(tables.score_details)
_ADD_CHECKS = insert(tables.score_checks)
_ADD_FINDINGS = insert(tables.score_findings)
_ADD_AUDIT = insert(tables.audit_log)


def person_of(db: Connection, student: str, now: datetime) -> int:
    """The person's number; who is new gets a pseudonym."""
    person_id, _ = add_once(
        db,
        tables.people,
        {"student": checked_key(student, "a student's id")},
        {"pseudonym": f"p-{secrets.token_hex(8)}", "created_at": now},
    )
    return person_id


def _version(db: Connection, assignment: Assignment, version: Mapping[str, str], now: datetime) -> int:
    version_id, _ = add_once(
        db,
        tables.assignment_versions,
        version,
        {
            "title": assignment.title,
            "max_score": assignment.max_score,
            "sheet": sheet_to_json(sheet_of(assignment)),
            "created_at": now,
        },
    )
    return version_id


def _lines(db: Connection, score_id: int, graded: GradedSubmission, assignment: Assignment) -> None:
    specs = {spec.id: spec for spec in assignment.checks}
    earned = {} if graded.score is None else graded.score.earned
    checks = [
        {
            "score_id": score_id,
            "check_id": checked_key(str(result.check_id), "a check's id"),
            "position": position,
            "kind": result.kind.value,
            "assurance": result.assurance.value,
            "outcome": result.outcome.value,
            "earned": earned.get(result.check_id),
            "max_points": specs[result.check_id].points,
            "optional": specs[result.check_id].optional,
        }
        for position, result in enumerate(graded.results)
    ]
    findings = [
        {
            "score_id": score_id,
            "position": position,
            "rule": checked_key(str(finding.rule), "a rule's id"),
            "severity": finding.severity.value,
            "firmness": finding.firmness.value,
            "state": finding.state.value,
            "points": finding.points,
            "places": len(finding.places),
        }
        for position, finding in enumerate(graded.findings)
    ]
    if checks:
        db.execute(_ADD_CHECKS, checks)
    if findings:
        db.execute(_ADD_FINDINGS, findings)


def _audit(
    db: Connection,
    event: str,
    *,
    at: datetime,
    who: str,
    submission_id: int,
    score_id: int,
    why: str = "",
    change_id: int | None = None,
) -> None:
    db.execute(
        _ADD_AUDIT,
        {
            "at": at,
            "who": who,
            "event": event,
            "why": why,
            "submission_id": submission_id,
            "score_id": score_id,
            "change_id": change_id,
        },
    )
