"""What a person marks: one check of one submission, and in which order. Reads, and changes nothing.

The order is another one for each question, so that nobody is always read first or last; it is the same for
every grader and every run, since it follows from the pseudonyms alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, select

from autograder.errors import GradebookError
from autograder.model.graded import OUR_FAILURES, Status
from autograder.model.results import CheckOutcome
from gradebook import reading, tables
from gradebook.sheet import Sheet, sheet_from_json
from gradebook.values import ChangeKind, Offering

_AT_ONCE = 500


class PieceRef(NamedTuple):
    """Names a piece without naming a person: the submission's number in the gradebook, and the check."""

    submission: int
    check: str

    def __str__(self) -> str:
        return f"{self.submission}:{self.check}"

    @classmethod
    def parse(cls, text: str) -> PieceRef:
        """The piece that `text` names, such as `12:part1.discussion`. GradebookError for anything else."""
        number, colon, check = text.strip().partition(":")
        if not (colon and check and number.isascii() and number.isdigit() and len(number) < 18):
            raise GradebookError(f"{text[:60]!r} is no piece", hint="Write it like 12:part1.discussion.")
        return cls(int(number), check)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One check of one submission, with what it is worth now.

    `earned` is None while nobody knows. `by_hand` are the points a person gave, `change` is the number of
    that change (0: none); `score_id` is the score that counts for the submission.
    """

    ref: PieceRef
    title: str
    submission: str
    student: str
    pseudonym: str
    attempt: int
    score_id: int
    person_id: int
    most: Decimal
    outcome: CheckOutcome
    earned: Decimal | None
    by_hand: Decimal | None
    change: int

    @property
    def waiting(self) -> bool:
        """Whether a person still has to look at it."""
        return self.outcome is CheckOutcome.WAITING and self.by_hand is None

    @property
    def state(self) -> str:
        """Changes whenever the piece is graded again or its points are changed by hand."""
        return f"s{self.score_id}c{self.change}"


def order_key(offering: Offering, assignment: str, check: str, pseudonym: str) -> str:
    """Where a person stands in the order of one question: sort by it."""
    question = "\n".join((offering.course, offering.term, assignment, check))
    key = hashlib.sha256(question.encode()).digest()
    return hashlib.blake2b(pseudonym.encode(), key=key, digest_size=16).hexdigest()


def pieces(
    db: Connection,
    offering: Offering,
    assignment: str,
    *,
    checks: Collection[str] = (),
    submissions: Collection[int] | None = None,
) -> list[Piece]:
    """The pieces of an assignment, by check and then in the question's order.

    `checks` and `submissions` (by number) narrow the choice. A submission whose grading failed on our side
    has no pieces: it is graded again first.
    """
    every = reading.scores(db, course=offering.course, term=offering.term, assignment=assignment)
    found = [one for one in every if submissions is None or one.submission in submissions]
    latest = reading.latest_of(found)
    by_hand = dict(_by_hand(db, {one.submission for one in found}))
    sheets: dict[int, Sheet] = {}
    made = []
    for row in _rows(db, latest, checks):
        if Status(row.status) in OUR_FAILURES:
            continue
        if row.version_id not in sheets:
            kept = tables.assignment_versions.c
            query = select(kept.sheet).where(kept.id == row.version_id)
            sheets[row.version_id] = sheet_from_json(db.execute(query).scalar_one())
        change, points = by_hand.get((row.submission_id, row.check_id), (0, None))
        line = sheets[row.version_id].line(row.check_id)
        made.append(
            Piece(
                ref=PieceRef(row.submission_id, row.check_id),
                title=row.check_id if line is None else line.title,
                submission=row.submission or f"submission {row.submission_id}",
                student=row.student or row.pseudonym,
                pseudonym=row.pseudonym,
                attempt=row.attempt,
                score_id=row.id,
                person_id=row.person_id,
                most=row.max_points,
                outcome=CheckOutcome(row.outcome),
                earned=row.earned if points is None else points,
                by_hand=points,
                change=change,
            )
        )
    places = {check: place for place, check in enumerate(_checks_in_order(sheets.values()))}

    def place(piece: Piece) -> tuple[int, str, int, int]:
        key = order_key(offering, assignment, piece.ref.check, piece.pseudonym)
        return places.get(piece.ref.check, len(places)), key, piece.attempt, piece.ref.submission

    return sorted(made, key=place)


def the_piece(db: Connection, offering: Offering, ref: PieceRef) -> tuple[str, Piece]:
    """The piece of that name and its assignment. GradebookError when the offering has no such piece."""
    assignment = assignment_of(db, offering, ref.submission)
    if assignment is not None:
        for piece in pieces(db, offering, assignment, checks=[ref.check], submissions=[ref.submission]):
            return assignment, piece
        has = pieces(db, offering, assignment, submissions=[ref.submission])
        if has:
            known = ", ".join(piece.ref.check for piece in has)
            raise GradebookError(f"there is no piece {ref}: the submission has the checks {known}")
    raise GradebookError(
        f"there is no piece {ref} in {offering.course}, {offering.term}",
        hint="`autograder marking queue ASSIGNMENT-ID` lists them.",
    )


def known_assignment(db: Connection, offering: Offering, assignment: str) -> None:
    """GradebookError unless something was recorded for this assignment of the offering."""
    kept = tables.assignments.c
    query = select(kept.assignment).where(kept.course == offering.course, kept.term == offering.term)
    known = sorted(db.execute(query).scalars())
    if assignment not in known:
        near = get_close_matches(assignment, known, n=3, cutoff=0.5) or known
        raise GradebookError(
            f"{offering.course}, {offering.term} has no assignment {assignment!r}",
            hint=f"Did you mean {', '.join(near)}?" if near else "Nothing is recorded: --course, --term?",
        )


def find_ref(db: Connection, offering: Offering, text: str) -> PieceRef:
    """The piece that a person means: `NUMBER:CHECK` or `SUBMISSION-ID:CHECK`.

    GradebookError when nothing fits, or a submission's id is the number of another submission.
    """
    name, _, check = text.strip().rpartition(":")
    names = tables.submission_names.c
    query = select(names.submission_id).where(
        names.course == offering.course, names.term == offering.term, names.submission == name
    )
    found = set(db.execute(query).scalars())
    try:
        ref = PieceRef.parse(text)
    except GradebookError:
        if len(found) == 1:
            return PieceRef(found.pop(), check)
        raise
    if found - {ref.submission}:
        raise GradebookError(f"{name} is the number of one submission and the id of another")
    return ref


def assignment_of(db: Connection, offering: Offering, submission: int) -> str | None:
    """The assignment of a submission, by its number; None when the offering has no such submission."""
    kept = tables.submissions.c
    query = select(kept.assignment).where(
        kept.id == submission, kept.course == offering.course, kept.term == offering.term
    )
    found = db.execute(query).scalar()
    return None if found is None else str(found)


def _rows(db: Connection, score_ids: list[int], checks: Collection[str]) -> Iterator[Any]:
    s, c, h = tables.scores.c, tables.score_checks.c, tables.submissions.c
    n, p = tables.submission_names.c, tables.people.c
    query = (
        select(
            s.id, s.submission_id, s.version_id, s.status, c.check_id, c.outcome, c.earned, c.max_points,
            h.attempt, h.person_id, n.submission, p.student, p.pseudonym,
        )
        .join(tables.score_checks, c.score_id == s.id)
        .join(tables.submissions, h.id == s.submission_id)
        .join(tables.people, p.id == h.person_id)
        .outerjoin(tables.submission_names, n.submission_id == h.id)
    )  # fmt: skip
    if checks:
        query = query.where(c.check_id.in_(sorted(checks)))
    for start in range(0, len(score_ids), _AT_ONCE):
        yield from db.execute(query.where(s.id.in_(score_ids[start : start + _AT_ONCE])))


def _by_hand(
    db: Connection, submissions: Iterable[int]
) -> Iterator[tuple[tuple[int, str], tuple[int, Decimal | None]]]:
    """The last change of each check's points, oldest first."""
    kept, numbers = tables.score_changes.c, sorted(submissions)
    query = select(kept.submission_id, kept.subject, kept.id, kept.points).order_by(kept.id)
    for start in range(0, len(numbers), _AT_ONCE):
        some = kept.submission_id.in_(numbers[start : start + _AT_ONCE])
        for row in db.execute(query.where(and_(some, kept.kind == ChangeKind.CHECK_POINTS.value))):
            yield (row.submission_id, row.subject), (row.id, row.points)


def _checks_in_order(sheets: Iterable[Sheet]) -> list[str]:
    return list(dict.fromkeys(str(line.id) for sheet in sheets for line in sheet.checks))
