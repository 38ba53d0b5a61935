"""Which submission a grading is of: one that is known, one that came from nbgrader's gradebook, or a new one.

What moved in from nbgrader and is graded here afterwards is one submission with two scores: the newer one
counts, and what people decided about it stays. nbgrader knows no digest, so the student and the time of
receipt say that it is the same. Runs inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from autograder.errors import GradebookError
from autograder.model.graded import GradedSubmission
from gradebook import tables
from gradebook.auditing import alone
from gradebook.nbgrader_values import IMPORTED, NO_TIME, RUN_PREFIX, WHY
from gradebook.values import ChangeKind, Offering, checked_key


class Known(NamedTuple):
    """A submission that is there. `notes` are added to a grading that takes over what nbgrader gave.

    `total_stands_in`: nbgrader's import overrode its total with what only nbgrader's points added up to.
    """

    id: int
    notes: tuple[str, ...] = ()
    total_stands_in: bool = False


def known_submission(db: Connection, graded: GradedSubmission, keys: Mapping[str, str]) -> Known | None:
    """The submission that a grading is of, None where it is new; `keys` are those of its assignment.

    GradebookError for an id that is known with other content or of another student.
    """
    wanted = {**keys, "submission": checked_key(str(graded.submission), "a submission's id")}
    found = db.execute(_NAMED, wanted).one_or_none()
    if found is None and alone(db, *wanted.values()):
        found = db.execute(_NAMED, wanted).one_or_none()
    if found is None:
        return _taken_over(db, graded, keys)
    digest = graded.provenance.submission_digest
    if found.student != graded.student or (found.digest != digest and not _came_in(db, found.id, digest)):
        raise GradebookError(
            f"submission {wanted['submission']} is known with other content or of another student"
        )
    return Known(int(found.id))


def _came_in(db: Connection, number: int, *digests: str) -> bool:
    """Whether a submission came from nbgrader, and gradings of it here were of these bytes only."""
    came, here = _digests(db, number)
    return bool(came) and here <= {*digests}


class HandedIn(NamedTuple):
    """One known submission of a student. `digests` are those of its gradings here; none: nbgrader's only."""

    student: str
    attempt: int
    received: datetime
    recorded_at: datetime
    digests: frozenset[str]
    untimed: bool

    def is_at(self, received: datetime) -> bool:
        """Whether work received then is this one, of which only nbgrader's points are known."""
        same = received <= self.recorded_at if self.untimed else received == self.received
        return same and not self.digests


def handed_in(db: Connection, offering: Offering, assignment: str) -> tuple[HandedIn, ...]:
    """Every known submission for an assignment, of persons who were not erased."""
    keys = {"course": offering.course, "term": offering.term, "assignment": assignment}
    found: dict[int, HandedIn] = {}
    for row in db.execute(_ALL, keys):
        before = found.get(row.id)
        came = row.provenance["sandbox"] == IMPORTED
        digests = frozenset() if came else frozenset({row.provenance["submission_digest"]})
        found[row.id] = HandedIn(
            row.student,
            row.attempt,
            row.received,
            row.recorded_at,
            digests | (before.digests if before else frozenset()),
            (came and NO_TIME in row.notes) or bool(before and before.untimed),
        )
    return tuple(found.values())


def digest_here(db: Connection, number: int) -> str | None:
    """The digest of a submission that came from nbgrader, once it was graded here; None before."""
    return next(iter(_digests(db, number)[1]), None)


def _digests(db: Connection, number: int) -> tuple[set[str], set[str]]:
    """The digests with which a submission's scores came from nbgrader, and those that were graded here."""
    query = select(tables.scores.c.provenance).where(tables.scores.c.submission_id == number)
    came: set[str] = set()
    here: set[str] = set()
    for made in db.execute(query).scalars():
        (came if made["sandbox"] == IMPORTED else here).add(made["submission_digest"])
    return came, here


def _taken_over(db: Connection, graded: GradedSubmission, keys: Mapping[str, str]) -> Known | None:
    """The submission from nbgrader that is graded here for the first time. It gets the grading's id."""
    if graded.provenance.sandbox == IMPORTED:
        return None
    timed, untimed = [], []
    for row in db.execute(_IMPORTED, {**keys, "student": str(graded.student)}):
        if NO_TIME in row.notes:
            untimed += [row.id] if graded.received <= row.recorded_at else []
        elif row.received == graded.received:
            timed.append(row.id)
    chosen = next(iter([*timed, *untimed]), None)
    if chosen is None:
        return None
    alone(db, *keys.values(), str(graded.student), "taken over")
    if not _came_in(db, chosen):
        return None
    names = tables.submission_names
    renamed = update(names).where(names.c.submission_id == chosen)
    db.execute(renamed.values(submission=str(graded.submission)))
    last = db.execute(_LAST_TOTAL, {"submission_id": chosen}).first()
    return Known(
        chosen,
        () if chosen in timed else (NO_TIME,),
        last is not None and last.points is not None and last.why == WHY,
    )


_KEYS = ("course", "term", "assignment")
_NAMED = (
    select(tables.submissions.c.id, tables.submissions.c.digest, tables.people.c.student)
    .join(tables.submission_names, tables.submission_names.c.submission_id == tables.submissions.c.id)
    .join(tables.people, tables.people.c.id == tables.submissions.c.person_id)
    .where(*(tables.submission_names.c[key] == bindparam(key) for key in (*_KEYS, "submission")))
)
_ALL = (
    select(
        tables.submissions.c.id, tables.submissions.c.attempt, tables.submissions.c.received,
        tables.submissions.c.recorded_at, tables.people.c.student, tables.scores.c.provenance,
        tables.score_details.c.notes,
    )
    .join(tables.people, tables.people.c.id == tables.submissions.c.person_id)
    .join(tables.scores, tables.scores.c.submission_id == tables.submissions.c.id)
    .join(tables.score_details, tables.score_details.c.score_id == tables.scores.c.id)
    .where(*(tables.submissions.c[key] == bindparam(key) for key in _KEYS))
    .where(tables.people.c.student.is_not(None))
    .order_by(tables.submissions.c.id)
)  # fmt: skip
_IMPORTED = (
    select(
        tables.submissions.c.id, tables.submissions.c.received, tables.submissions.c.recorded_at,
        tables.score_details.c.notes,
    )
    .join(tables.people, tables.people.c.id == tables.submissions.c.person_id)
    .join(tables.scores, tables.scores.c.submission_id == tables.submissions.c.id)
    .join(tables.score_details, tables.score_details.c.score_id == tables.scores.c.id)
    .where(*(tables.submissions.c[key] == bindparam(key) for key in _KEYS))
    .where(tables.people.c.student == bindparam("student"))
    .where(tables.scores.c.run_key.startswith(RUN_PREFIX))
    .order_by(tables.submissions.c.id)
)  # fmt: skip
_LAST_TOTAL = (
    select(tables.score_changes.c.points, tables.score_changes.c.why)
    .where(tables.score_changes.c.submission_id == bindparam("submission_id"))
    .where(tables.score_changes.c.kind == ChangeKind.TOTAL.value)
    .order_by(tables.score_changes.c.id.desc())
    .limit(1)
)
