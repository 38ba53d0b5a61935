"""Marking by hand in one offering: rubrics, the queue with its leases, marks, requests, findings.

Everything is written in one transaction with its audit line. Who may call what, and who sees names, is
decided by the callers: pieces carry the student's id and the pseudonym.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from autograder.errors import GradebookError
from autograder.model.results import FindingState
from gradebook.book import Gradebook
from gradebook.marking import findings, leases, rubric_change
from gradebook.marking import requests as asking
from gradebook.marking.findings import RuleLine, Touched
from gradebook.marking.leases import Lease
from gradebook.marking.marks import GivenMark, add_mark, standing_marks
from gradebook.marking.pieces import Piece, PieceRef, find_ref, known_assignment, pieces, the_piece
from gradebook.marking.requests import Answer, Request, RequestState, Window
from gradebook.marking.rubric import Mark, Rubric, Worth, worth
from gradebook.marking.rubric_change import RubricChange
from gradebook.marking.rubric_storing import rubric_for, rubrics_of
from gradebook.marking.which_count import counting
from gradebook.values import Decision, Offering


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One piece as a grader gets it: with its rubric, its standing mark, and who holds it."""

    assignment: str
    piece: Piece
    rubric: Rubric
    given: GivenMark | None
    lease: Lease | None


class MarkingBook:
    """Marking in one offering of a gradebook."""

    def __init__(self, book: Gradebook, offering: Offering) -> None:
        self.book = book
        self.offering = offering

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """A transaction in which nobody else takes, marks or answers anything in this offering."""
        with self.book.writing() as db:
            leases.one_marker_at_a_time(db, self.offering)
            yield db

    def rubrics(self, assignment: str) -> dict[str, Rubric]:
        """The rubric that counts for each check that has one."""
        with self.book.reading() as db:
            known_assignment(db, self.offering, assignment)
            return rubrics_of(db, self.offering, assignment)

    def store_rubric(
        self, assignment: str, rubric: Rubric, decision: Decision, *, dry_run: bool = False
    ) -> RubricChange:
        """Let a rubric count from now on, and change every mark that follows from it: all, or none.

        GradebookError for a check nobody knows, and when a mark chose an item that the new rubric lacks.
        In a dry run nothing is written.
        """
        if dry_run:
            with self.book.reading() as db:
                return rubric_change.preview(db, self.offering, assignment, rubric)
        with self.alone() as db:
            return rubric_change.apply(
                db, self.offering, assignment, rubric, decision=decision, now=self.book.now()
            )

    def queue(
        self,
        assignment: str,
        *,
        check: str = "",
        every_attempt: bool = False,
        marked_too: bool = False,
    ) -> tuple[Desk, ...]:
        """The pieces that wait for a person, in the order in which they are given out.

        Of the submission that counts for each student or group, or with `every_attempt` of all; with
        `marked_too` also those that a person has marked.
        """
        with self.book.reading() as db:
            return self._desks(db, assignment, self._pieces(db, assignment, check, every_attempt, marked_too))

    def next(
        self,
        assignment: str,
        grader: str,
        *,
        check: str = "",
        every_attempt: bool = False,
        lasts: timedelta = leases.USUAL,
    ) -> Desk | None:
        """Lease the next waiting piece that nobody else holds to `grader`; None when there is none.

        Who holds an unmarked piece already gets it again, with new time.
        """
        with self.alone() as db:
            waiting = self._pieces(db, assignment, check, every_attempt, marked_too=False)
            taken = leases.take_first(db, waiting, grader, now=self.book.now(), lasts=lasts)
            return None if taken is None else self._desks(db, assignment, [taken[0]])[0]

    def find(self, text: str, grader: str = "") -> PieceRef:
        """The piece that is meant: `NUMBER:CHECK`, `SUBMISSION-ID:CHECK`, or `mine` for the one one holds."""
        with self.book.reading() as db:
            if text == leases.MINE:
                return leases.held(db, self.offering, grader, now=self.book.now())
            return find_ref(db, self.offering, text)

    def look(self, ref: PieceRef) -> Desk:
        """One piece, whether it waits or not. GradebookError when there is none."""
        with self.book.reading() as db:
            assignment, piece = the_piece(db, self.offering, ref)
            return self._desks(db, assignment, [piece])[0]

    def renew(self, ref: PieceRef, grader: str, *, lasts: timedelta = leases.USUAL) -> Lease:
        """Give a lease new time. GradebookError when somebody else has taken the piece."""
        with self.alone() as db:
            the_piece(db, self.offering, ref)
            return leases.renew(db, ref, grader, now=self.book.now(), lasts=lasts)

    def release(self, ref: PieceRef, grader: str) -> None:
        """Give a piece back unmarked."""
        with self.alone() as db:
            the_piece(db, self.offering, ref)
            leases.release(db, ref, grader)

    def mark(
        self, ref: PieceRef, mark: Mark | Worth, grader: str, *, again: str = "", seen: str = ""
    ) -> GivenMark:
        """Mark a piece: its points and words change in the same transaction, and the lease ends.

        `again` is the reason for marking what has points from a person or from a check already. `seen` is the
        piece's `state` that the grader saw. GradebookError when somebody else holds the piece, it was marked
        or graded meanwhile, or an item is unknown; nothing is written then.
        """
        with self.alone() as db:
            return self._mark(db, ref, mark, grader, again=again, seen=seen)

    def set_window(self, assignment: str, window: Window, decision: Decision) -> None:
        """Set when regrade requests about an assignment may be opened."""
        with self.alone() as db:
            known_assignment(db, self.offering, assignment)
            asking.set_window(db, self.offering, assignment, window, decision=decision, now=self.book.now())

    def ask(self, ref: PieceRef, words: str, *, who: str = "") -> Request:
        """Open a regrade request about a check. `who` is the member of staff who does it for the student.

        GradebookError outside the window, for a check without points, and while one about it is open.
        """
        with self.alone() as db:
            now = self.book.now()
            assignment, piece = the_piece(db, self.offering, ref)
            known = asking.requests(db, self.offering, assignment)
            asking.refuse_request(piece, words, asking.window_of(db, self.offering, assignment), known, now)
            number = asking.add_request(db, self.offering, piece, words, who=who, now=now)
            return self._request(db, number)

    def answer(
        self,
        number: int,
        outcome: RequestState,
        words: str,
        who: str,
        *,
        mark: Mark | Worth | None = None,
    ) -> Request:
        """Answer a request: keep the points, change them with `mark`, or withdraw it for the student.

        GradebookError when it was answered already; nothing is written then.
        """
        with self.alone() as db:
            request = self._request(db, number)
            asking.refuse_answer(request, outcome, words, marked=mark is not None)
            given = None
            if mark is not None:
                given = self._mark(db, request.ref, mark, who, again=f"request {number}: {words}")
            answer = Answer(
                outcome=outcome, words=words, who=who, at=self.book.now(),
                mark_id=None if given is None else given.id,
            )  # fmt: skip
            asking.add_answer(db, self.offering, request, answer)
            return self._request(db, number)

    def requests(self, assignment: str = "", *, every: bool = False) -> tuple[Request, ...]:
        """The open requests, or all of them, in the order in which they were opened."""
        with self.book.reading() as db:
            found = asking.requests(db, self.offering, assignment)
        return tuple(one for one in found if every or one.state is RequestState.OPEN)

    def rules(self, assignment: str) -> tuple[RuleLine, ...]:
        """The rules with findings, and how those stand."""
        with self.book.reading() as db:
            known_assignment(db, self.offering, assignment)
            return findings.rules(db, self.offering, assignment)

    def decide_findings(
        self,
        assignment: str,
        rule: str,
        state: FindingState,
        decision: Decision,
        *,
        submissions: Collection[str] = (),
        decided_too: bool = False,
        dry_run: bool = False,
    ) -> tuple[Touched, ...]:
        """Confirm or waive a rule's findings, of `submissions` or of the whole class; give what it touches.

        Findings that somebody decided before stay, unless `decided_too`. In a dry run nothing is written.
        """
        if state is FindingState.PROPOSED:
            raise GradebookError("findings are confirmed or waived")
        with self.book.reading() if dry_run else self.alone() as db:
            now = self.book.now()
            known_assignment(db, self.offering, assignment)
            touched = findings.touched_by(
                db, self.offering, assignment, rule, state, submissions=submissions,
                decided_too=decided_too, now=now,
            )  # fmt: skip
            if not dry_run:
                findings.decide(db, touched, rule, state, decision=decision, now=now)
        return touched

    def _mark(
        self, db: Connection, ref: PieceRef, mark: Mark | Worth, grader: str, *, again: str, seen: str = ""
    ) -> GivenMark:
        now = self.book.now()
        assignment, piece = the_piece(db, self.offering, ref)
        leases.refuse_others(db, ref, grader, now=now)
        if seen and seen != piece.state:
            raise GradebookError(
                f"{ref} was marked or graded again after it was looked at", hint="Look at it again."
            )
        if not again.strip() and piece.earned is not None:
            raise GradebookError(f"{ref} has {piece.earned:f} points already", hint="Say why with --again.")
        rubric = rubric_for(db, self.offering, assignment, ref.check)
        if isinstance(mark, Worth):
            rubric = Rubric(check=ref.check)  # what was not chosen from a rubric does not change with it
            reason = again.strip() or "points given without items"
            mark = worth(mark.points, rubric, piece.most, reason=reason, comment=mark.comment)
        reasons = dict.fromkeys(said for said in (again.strip(), mark.reason.strip()) if said)
        why = "; ".join(reasons) or "marked by hand"
        leases.forget(db, ref)
        return add_mark(
            db, self.offering, piece, rubric, mark, decision=Decision(who=grader, why=why), now=now
        )

    def _pieces(
        self, db: Connection, assignment: str, check: str, every_attempt: bool, marked_too: bool
    ) -> list[Piece]:
        known_assignment(db, self.offering, assignment)
        some = pieces(db, self.offering, assignment, checks=[check] if check else ())
        if check and not some:
            known = sorted({piece.ref.check for piece in pieces(db, self.offering, assignment)})
            raise GradebookError(
                f"no submission for {assignment} has the check {check!r}",
                hint=f"There are: {', '.join(known) or 'none'}.",
            )
        if not every_attempt:
            count = counting(db, self.offering, assignment, self.book.now())
            some = [piece for piece in some if piece.submission in count]
        return [piece for piece in some if piece.waiting or (marked_too and piece.by_hand is not None)]

    def _desks(self, db: Connection, assignment: str, some: Collection[Piece]) -> tuple[Desk, ...]:
        rubrics = rubrics_of(db, self.offering, assignment)
        given = standing_marks(db, some)
        now = self.book.now()
        held = leases.leases(db, {piece.ref.submission for piece in some})
        return tuple(
            Desk(
                assignment=assignment,
                piece=piece,
                rubric=rubrics.get(piece.ref.check, Rubric(check=piece.ref.check)),
                given=given.get(piece.ref),
                lease=next((one for one in [held.get(piece.ref)] if one and one.holds(now)), None),
            )
            for piece in some
        )

    def _request(self, db: Connection, number: int) -> Request:
        for one in asking.requests(db, self.offering):
            if one.id == number:
                return one
        raise GradebookError(
            f"there is no request {number} in {self.offering.course}, {self.offering.term}",
            hint="`autograder marking requests --all` lists them.",
        )
