"""Regrade requests: a student asks for a second look at a check, staff answer once, with words.

What may happen in which state is decided by the pure functions; the others run inside the caller's
transaction. Nobody is notified: that is the matter of whoever shows the answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select

from autograder.errors import GradebookError
from gradebook import tables
from gradebook.auditing import audit
from gradebook.marking.pieces import Piece, PieceRef
from gradebook.marking.tables import regrade_answers, regrade_requests, regrade_windows
from gradebook.values import Decision, Offering, checked_time


class RequestState(StrEnum):
    """Where a request stands. Only an open one can be answered or withdrawn; both are final."""

    OPEN = "open"
    KEPT = "kept"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When requests about an assignment may be opened: from `opens` on, before `closes`; None: no limit."""

    opens: datetime | None = None
    closes: datetime | None = None

    def __post_init__(self) -> None:
        for moment, name in ((self.opens, "the opening"), (self.closes, "the end")):
            if moment is not None:
                checked_time(moment, name)
        if self.opens is not None and self.closes is not None and self.opens >= self.closes:
            raise GradebookError("the window for requests ends before it opens")

    def refusal(self, now: datetime) -> str:
        """Why nothing can be asked now; empty when it can."""
        if self.opens is not None and now < self.opens:
            return f"requests open at {self.opens:%Y-%m-%d %H:%M:%SZ}"
        if self.closes is not None and now >= self.closes:
            return f"requests closed at {self.closes:%Y-%m-%d %H:%M:%SZ}"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What staff said. `mark_id` is the mark that came with it."""

    outcome: RequestState
    words: str
    who: str
    at: datetime
    mark_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. `who` opened it: staff by name, empty for the student."""

    id: int
    ref: PieceRef
    assignment: str
    submission: str
    student: str
    pseudonym: str
    words: str
    who: str
    at: datetime
    answer: Answer | None = None

    @property
    def state(self) -> RequestState:
        """Where it stands."""
        return RequestState.OPEN if self.answer is None else self.answer.outcome


def refuse_request(
    piece: Piece, words: str, window: Window, standing: Iterable[Request], now: datetime
) -> None:
    """GradebookError unless a request about this piece can be opened now."""
    if not words.strip():
        raise GradebookError("a request needs words: what should be looked at again, and why?")
    closed = window.refusal(now)
    if closed:
        raise GradebookError(closed)
    if piece.earned is None:
        raise GradebookError(f"{piece.ref} has no points yet, so there is nothing to look at again")
    if any(one.ref == piece.ref and one.state is RequestState.OPEN for one in standing):
        raise GradebookError(f"a request about {piece.ref} is open already")


def refuse_answer(request: Request, outcome: RequestState, words: str, *, marked: bool) -> None:
    """GradebookError unless a request can be answered so."""
    if request.answer is not None:
        raise GradebookError(
            f"request {request.id} was {request.state.value} by {request.answer.who} already"
        )
    if outcome is RequestState.OPEN:
        raise GradebookError("an answer keeps, changes or withdraws")
    if not words.strip() and outcome is not RequestState.WITHDRAWN:
        raise GradebookError("an answer needs words for the student")
    if marked is not (outcome is RequestState.CHANGED):
        raise GradebookError("an answer comes with a mark exactly where it changes the points")


def set_window(
    db: Connection, offering: Offering, assignment: str, window: Window, *, decision: Decision, now: datetime
) -> int:
    """Set when requests about an assignment may be opened."""
    row = {
        "course": offering.course,
        "term": offering.term,
        "assignment": assignment,
        "opens": window.opens,
        "closes": window.closes,
        "who": decision.who,
        "why": decision.why,
        "at": now,
    }
    number = int(db.execute(insert(regrade_windows).returning(regrade_windows.c.id), row).scalar_one())
    audit(db, "regrade_window", regrade_windows.name, number, offering, decision=decision, now=now)
    return number


def window_of(db: Connection, offering: Offering, assignment: str) -> Window:
    """The window that counts; without one requests can be opened at any time."""
    kept = regrade_windows.c
    query = (
        select(kept.opens, kept.closes)
        .where(kept.course == offering.course, kept.term == offering.term, kept.assignment == assignment)
        .order_by(kept.id.desc())
        .limit(1)
    )
    found = db.execute(query).one_or_none()
    return Window() if found is None else Window(opens=found.opens, closes=found.closes)


def add_request(
    db: Connection, offering: Offering, piece: Piece, words: str, *, who: str, now: datetime
) -> int:
    """Open a request. Returns its number."""
    row = {
        "submission_id": piece.ref.submission,
        "person_id": piece.person_id,
        "check_id": piece.ref.check,
        "words": words.strip(),
        "who": who,
        "at": now,
    }
    number = int(db.execute(insert(regrade_requests).returning(regrade_requests.c.id), row).scalar_one())
    decision = Decision(who=who or piece.pseudonym, why="asked for a second look")
    audit(db, "regrade_requested", regrade_requests.name, number, offering, decision=decision, now=now)
    return number


def add_answer(db: Connection, offering: Offering, request: Request, answer: Answer) -> None:
    """Answer a request."""
    row = {
        "request_id": request.id,
        "outcome": answer.outcome.value,
        "words": answer.words.strip(),
        "mark_id": answer.mark_id,
        "who": answer.who,
        "at": answer.at,
    }
    number = int(db.execute(insert(regrade_answers).returning(regrade_answers.c.id), row).scalar_one())
    decision = Decision(who=answer.who, why=answer.words.strip() or "withdrawn")
    audit(db, "regrade_answered", regrade_answers.name, number, offering, decision=decision, now=answer.at)


def requests(db: Connection, offering: Offering, assignment: str = "") -> tuple[Request, ...]:
    """The requests of an offering, or of one assignment, in the order in which they were opened."""
    asked, said, kept = regrade_requests.c, regrade_answers.c, tables.submissions.c
    people, names = tables.people.c, tables.submission_names.c
    query = (
        select(
            asked.id, asked.submission_id, asked.check_id, asked.words, asked.who, asked.at, kept.assignment,
            people.student, people.pseudonym, names.submission, said.outcome, said.words.label("said"),
            said.who.label("by"), said.at.label("answered"), said.mark_id,
        )
        .join(tables.submissions, kept.id == asked.submission_id)
        .join(tables.people, people.id == asked.person_id)
        .outerjoin(tables.submission_names, names.submission_id == asked.submission_id)
        .outerjoin(regrade_answers, said.request_id == asked.id)
        .where(kept.course == offering.course, kept.term == offering.term)
        .order_by(asked.id)
    )  # fmt: skip
    if assignment:
        query = query.where(kept.assignment == assignment)
    return tuple(
        Request(
            id=row.id,
            ref=PieceRef(row.submission_id, row.check_id),
            assignment=row.assignment,
            submission=row.submission or f"submission {row.submission_id}",
            student=row.student or row.pseudonym,
            pseudonym=row.pseudonym,
            words=row.words,
            who=row.who,
            at=row.at,
            answer=None
            if row.outcome is None
            else Answer(
                outcome=RequestState(row.outcome), words=row.said, who=row.by, at=row.answered,
                mark_id=row.mark_id,
            ),
        )
        for row in db.execute(query)
    )  # fmt: skip
