"""What the commands of `autograder marking` do. They hand plain values to the gradebook.

Whether somebody marks blind is the command's choice here: a web application will decide it by role.
"""

from __future__ import annotations

import getpass
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.app import marking_lines as lines
from autograder.app.course_dates import moment
from autograder.app.course_people import decided
from autograder.app.marking_lines import Told, told
from autograder.app.placeholders import written
from autograder.app.records import offering_of, opened, points_in
from autograder.app.rubric_files import rubrics_in
from autograder.errors import UsageError
from autograder.model.ids import AssignmentId

if TYPE_CHECKING:
    from gradebook.marking.marking_book import MarkingBook
    from gradebook.marking.requests import Request
    from gradebook.marking.rubric import Mark, Worth


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A mark as it was typed. `points` stand for a mark without items."""

    items: Sequence[str] = ()
    points: str = ""
    adjust: str = ""
    reason: str = ""
    comment: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing was said."""
        return not (self.items or self.points or self.adjust)

    def mark(self) -> Mark | Worth:
        """The value. UsageError for points together with items, or nothing at all."""
        from gradebook.marking.rubric import Mark, Worth

        for name in ("points", "adjust", "reason", "comment"):
            written(getattr(self, name), f"--{name}")
        if self.points and (self.items or self.adjust):
            raise UsageError("give either --points, or --item and --adjust")
        if self.empty:
            raise UsageError("say what it is worth", hint="Give --item, or --points.")
        if self.points:
            return Worth(points=points_in(self.points), comment=self.comment)
        adjustment = points_in(self.adjust) if self.adjust else Decimal(0)
        return Mark(items=tuple(self.items), adjustment=adjustment, reason=self.reason, comment=self.comment)


class Marking:
    """Which gradebook and offering a command means, who marks, and whether blind."""

    def __init__(
        self,
        url: str | None,
        course: str,
        term: str,
        config: Path | None,
        *,
        grader: str = "",
        blind: bool = False,
    ) -> None:
        self._where = (url, course, term, config)
        self._named = grader.strip()
        self.grader = self._named or getpass.getuser()
        self.blind = blind

    def show_rubric(self, assignment: str, check: str) -> Told:
        """The rubric of one check, or of every check that has one."""
        with self._book() as book:
            found = book.rubrics(assignment)
        if check:
            from gradebook.marking.rubric import Rubric

            found = {check: found.get(check, Rubric(check=check))}
        shown = [line for rubric in found.values() for line in lines.rubric_lines(rubric)]
        return told(
            shown or [f"no check of {assignment} has a rubric"], map(lines.rubric_record, found.values())
        )

    def store_rubrics(self, assignment: str, check: str, source: Path, reason: str, *, dry_run: bool) -> Told:
        """Let the rubrics of a file or of an assignment's folder count, and show which marks that changes."""
        decision = decided(self.grader, reason)
        rubrics = rubrics_in(source, check)
        with self._book() as book:
            for preview in (True,) if dry_run else (True, False):  # a wrong one stops all of them
                changes = [book.store_rubric(assignment, one, decision, dry_run=preview) for one in rubrics]
        shown = [lines.change_told(change, blind=self.blind, dry_run=dry_run) for change in changes]
        return told(
            [line for one in shown for line in one.lines], [record for one in shown for record in one.records]
        )

    def queue(self, assignment: str, check: str, *, every_attempt: bool, marked: bool) -> Told:
        """The pieces that wait, in the order in which they are given out."""
        with self._book() as book:
            desks = book.queue(assignment, check=check, every_attempt=every_attempt, marked_too=marked)
        waiting = sum(desk.piece.waiting for desk in desks)
        held = sum(desk.lease is not None for desk in desks)
        shown = [lines.queue_line(desk, blind=self.blind) for desk in desks]
        return told(
            [*shown, f"{assignment}: waiting: {waiting}, with somebody now: {held}"],
            [lines.piece_record(desk, blind=self.blind) for desk in desks],
        )

    def next(self, assignment: str, check: str, minutes: int, *, every_attempt: bool) -> Told:
        """Take the next piece that nobody else holds."""
        with self._book() as book:
            desk = book.next(
                assignment, self.grader, check=check, every_attempt=every_attempt,
                lasts=timedelta(minutes=minutes),
            )  # fmt: skip
            versions = book.book.versions(book.offering, AssignmentId(assignment))
        if desk is None:
            return told([f"{assignment}: nothing is left to take"])
        layouts = [version.layout for version in versions.values() if version.layout]
        shown = lines.desk_lines(desk, layouts[-1] if layouts else None, self._options, blind=self.blind)
        return told(shown, [lines.piece_record(desk, blind=self.blind)])

    def mark(self, piece: str, given: Given, again: str) -> Told:
        """Mark a piece."""
        written(again, "--again")
        with self._book() as book:
            ref = book.find(piece, self.grader)
            done = book.mark(ref, given.mark(), self.grader, again=again)
            return lines.given_told(done, book.look(ref).piece, blind=self.blind)

    def release(self, piece: str) -> Told:
        """Give a piece back unmarked."""
        with self._book() as book:
            ref = book.find(piece, self.grader)
            book.release(ref, self.grader)
        return told([f"{ref} is free again"], [{"piece": str(ref), "held_by": None}])

    def renew(self, piece: str, minutes: int) -> Told:
        """Hold a piece for longer."""
        with self._book() as book:
            lease = book.renew(book.find(piece, self.grader), self.grader, lasts=timedelta(minutes=minutes))
        until = f"{lease.expires:%Y-%m-%d %H:%M:%SZ}"
        record = {"piece": str(lease.ref), "held_by": lease.grader, "held_until": lease.expires.isoformat()}
        return told([f"{lease.ref} is with {lease.grader} until {until}"], [record])

    def write_sheet(
        self, assignment: str, out: Path, check: str, *, every_attempt: bool, marked: bool, replace: bool
    ) -> Told:
        """Write the pieces as a CSV to fill in. UsageError where another file is, unless `replace`."""
        from autograder.app.results_folder import write_file
        from gradebook.marking.sheets import export_sheet

        with self._book() as book:
            raw, rows = export_sheet(
                book, assignment, check=check, every_attempt=every_attempt, marked_too=marked,
                blind=self.blind,
            )  # fmt: skip
        if not replace and out.is_file() and out.read_bytes() != raw:
            raise UsageError(
                f"{out} is there already; it may be filled in",
                hint="Import it first, choose another --out, or give --replace.",
            )
        write_file(out, raw)
        return told([f"{out}: {lines.counted(rows, 'piece')}"], [{"file": str(out), "pieces": rows}])

    def read_sheet(self, assignment: str, file: Path, check: str, *, dry_run: bool) -> Told:
        """Give the marks that a filled-in sheet says, or with `dry_run` show them."""
        from gradebook.marking.sheets import import_sheet

        try:
            raw = file.read_bytes()
        except OSError as error:
            raise UsageError(f"{file}: cannot be read ({error.strerror})", hint="Check the path.") from None
        with self._book() as book:
            diff = import_sheet(
                book, assignment, raw, self.grader, name=file.name, check=check, dry_run=dry_run
            )
        return lines.sheet_told(diff, blind=self.blind, dry_run=dry_run)

    def set_window(self, assignment: str, opens: str, closes: str, reason: str) -> Told:
        """Set when requests may be opened; what is empty has no limit."""
        from gradebook.course_book import CourseBook
        from gradebook.marking.requests import Window

        with self._book() as book:
            policies = CourseBook(book.book, book.offering).policies()
            zone = None if policies is None else policies.zone
            window = Window(
                opens=moment(opens, zone) if opens else None, closes=moment(closes, zone) if closes else None
            )
            book.set_window(assignment, window, decided(self.grader, reason))
        return told([lines.window_line(assignment, window, zone)])

    def ask(self, piece: str, words: str) -> Told:
        """Open a request for a student."""
        written(words, "the question")
        with self._book() as book:
            request = book.ask(book.find(piece), words, who=self.grader)
            return self._requests(book, [request])

    def answer(self, number: int, outcome: str, words: str, given: Given) -> Told:
        """Answer a request. UsageError for another outcome than keep, change or withdraw."""
        from gradebook.marking.requests import RequestState

        outcomes = {
            "keep": RequestState.KEPT,
            "change": RequestState.CHANGED,
            "withdraw": RequestState.WITHDRAWN,
        }
        if outcome not in outcomes:
            raise UsageError(f"{outcome!r} is no answer", hint=f"Write {', '.join(outcomes)}.")
        written(words, "the answer")
        mark = None if given.empty else given.mark()
        with self._book() as book:
            request = book.answer(number, outcomes[outcome], words, self.grader, mark=mark)
            return self._requests(book, [request])

    def requests(self, assignment: str, *, every: bool) -> Told:
        """The open requests, or all of them."""
        with self._book() as book:
            return self._requests(book, book.requests(assignment, every=every))

    def findings(self, assignment: str) -> Told:
        """The rules with findings."""
        with self._book() as book:
            return lines.rules_told(book.rules(assignment))

    def decide(
        self,
        assignment: str,
        rule: str,
        decision: str,
        reason: str,
        *,
        submissions: Sequence[str],
        decided_too: bool,
        dry_run: bool,
    ) -> Told:
        """Confirm or waive a rule's findings, and list whom that touches."""
        from autograder.model.results import FindingState

        states = {"confirm": FindingState.CONFIRMED, "waive": FindingState.WAIVED}
        if decision not in states:
            raise UsageError(f"{decision!r} is no decision", hint="Write confirm or waive.")
        state = states[decision]
        with self._book() as book:
            touched = book.decide_findings(
                assignment, rule, state, decided(self.grader, "dry run" if dry_run else reason),
                submissions=submissions,
                decided_too=decided_too, dry_run=dry_run,
            )  # fmt: skip
        return lines.touched_told(touched, rule, state.value, blind=self.blind, dry_run=dry_run)

    @property
    def _options(self) -> str:
        """What a suggested command needs to be of the same person, and as blind as this one."""
        given = ["--as", shlex.quote(self._named)] if self._named else []
        return " ".join([*given, *(["--blind"] if self.blind else [])])

    def _requests(self, book: MarkingBook, found: Sequence[Request]) -> Told:
        words = _words_blinded(book) if self.blind else _words
        return lines.requests_told(found, words, blind=self.blind)

    @contextmanager
    def _book(self) -> Iterator[MarkingBook]:
        from gradebook.marking.marking_book import MarkingBook

        url, course, term, config = self._where
        with opened(url, config) as (book, settings):
            yield MarkingBook(book, offering_of(settings, course, term))


def _words(request: Request) -> str:
    return request.words


def _words_blinded(book: MarkingBook) -> Callable[[Request], str]:
    """What somebody asked, without the names of the class."""
    from autograder.app.blind import person_behind
    from autograder.reporting.blinding import Blinder

    def words(request: Request) -> str:
        person = person_behind(book.book, book.offering, request.student)
        return Blinder.of(person, submission=request.submission).text(request.words)

    return words
