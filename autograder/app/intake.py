"""What `intake` does: from downloads to an intake folder with bytes, receipts and attempts.

Nothing is executed. Received bytes are copied as a stream and looked into one submission at a time. Whoever
cannot be found in the roster is taken in under a provisional id and listed; nothing is dropped in silence.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.app.intake_arrivals import Arrival, arrivals, given_time, zone_of
from autograder.app.intake_lines import Line, What
from autograder.app.intake_sources import IntakeRequest, opened_sources
from autograder.app.results_folder import disk_trouble
from autograder.intake.attempts import History, moment, provisional_id, submission_id
from autograder.intake.ledger import RECEIVED, STAGING, Ledger
from autograder.intake.lms import Lms
from autograder.intake.receipts import Receipt, Status, TimeFrom, digest_of, receipt_id
from autograder.intake.roster import Match, Roster, read_roster
from autograder.model.assignment import Assignment
from autograder.model.ids import StudentId, SubmissionId
from autograder.model.submission import Rejected

if TYPE_CHECKING:
    from rich.progress import Progress as Bar


def take_in_all(request: IntakeRequest, *, config: Path | None, now: datetime, bar: Bar) -> Iterator[Line]:
    """Take everything in and say of each thing what became of it, in the order of attempts.

    `now` is when this intake happens. With `dry_run` nothing is written.
    Raises UsageError before anything is written when a source, the roster or a word of the request is wrong.
    """
    from autograder.config.assignment_file import load
    from autograder.config.machine import load as load_machine

    assignment = load(request.assignment)
    roster = read_roster(request.roster) if request.roster else None
    zone = zone_of(request.zone or load_machine(config).time_zone)
    ledger = Ledger(request.out)
    given = given_time(request, zone)
    try:
        with ExitStack() as stack:
            sources = opened_sources(request, stack)
            staging = stack.enter_context(workplace(ledger, assignment, dry_run=request.dry_run))
            found, others = arrivals(
                sources,
                assignment,
                zone,
                staging,
                given=given,
                by_hand=bool(request.student),
                now=now,
                bar=bar,
            )
            yield from others
            history = History(ledger.receipts())
            task = bar.add_task("taking in", total=len(found))
            for arrival in sorted(found, key=order):
                step = Step(request, assignment, roster, zone, ledger, history, now)
                yield step.line(arrival)
                bar.advance(task)
    except OSError as error:
        raise disk_trouble(error, request.out) from error


@contextmanager
def workplace(ledger: Ledger, assignment: Assignment, *, dry_run: bool) -> Iterator[Path]:
    """A folder where bytes wait until it is known what they are; gone at the end."""
    with ExitStack() as stack:
        if dry_run:
            ledger.refuse_other(assignment.id)
            yield Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nbverdict-intake-")))
        else:
            stack.enter_context(ledger.opened(assignment.id))
            yield ledger.root / STAGING


def order(arrival: Arrival) -> tuple[object, ...]:
    """Attempts are counted in this order."""
    item = arrival.item
    return moment(arrival.received, item.name, digest_of(arrival.files), order=item.order)


@dataclass(frozen=True, slots=True)
class Step:
    """Taking in one thing that arrived."""

    request: IntakeRequest
    assignment: Assignment
    roster: Roster | None
    zone: tzinfo | None
    ledger: Ledger
    history: History
    now: datetime

    def line(self, arrival: Arrival) -> Line:
        """Find out whose it is and which attempt, keep it, and say so."""
        match, student = self.sender(arrival)
        via = self.request.via or arrival.item.lms.value
        sha256 = digest_of(arrival.files)
        earlier = self.history.known(
            via=via, source=arrival.item.source, sender=arrival.sender, sha256=sha256
        )
        corrected = earlier is not None and match.person is not None and match.person.id != earlier.student
        if earlier is not None and not corrected:
            if earlier.status is not Status.REJECTED:
                return Line(what=What.KNOWN, source=arrival.item.source, receipt=earlier, match=match)
            student = earlier.student
        receipt = self.receipt(arrival, match, student, via, sha256, earlier)
        if earlier is not None and (receipt.status, receipt.student) == (earlier.status, earlier.student):
            return Line(what=What.KNOWN, source=arrival.item.source, receipt=earlier, match=match)
        if not self.request.dry_run:
            staged = arrival.folder if receipt.stored else None
            self.ledger.store(receipt, staged, self.zone)
        if arrival.folder.exists():
            shutil.rmtree(arrival.folder)
        self.history.add(receipt)
        return Line(what=What(receipt.status.value), source=arrival.item.source, receipt=receipt, match=match)

    def sender(self, arrival: Arrival) -> tuple[Match, StudentId]:
        """Who handed it in: a person of the roster, or a provisional id."""
        item = arrival.item
        if self.request.student:
            match = self.roster.given(self.request.student) if self.roster else Match(by="given")
            if self.roster is None:
                return match, StudentId(self.request.student)
        elif self.roster is not None:
            match = self.roster.match(arrival.sender, item.numbers, net_id=item.net_id)
        elif item.lms is Lms.FOLDER and item.net_id == item.who != "":
            return Match(by="archive name"), StudentId(item.net_id)
        else:
            match = Match(why="no roster was given")
        if match.person is not None:
            return match, match.person.id
        return match, provisional_id(arrival.sender, item.numbers or (item.source,))

    def receipt(
        self,
        arrival: Arrival,
        match: Match,
        student: StudentId,
        via: str,
        sha256: str,
        earlier: Receipt | None,
    ) -> Receipt:
        """What is written down. `earlier` is the receipt whose place this one may take."""
        item, received = arrival.item, arrival.received
        if earlier is not None and arrival.time_from is TimeFrom.INTAKE:
            received = earlier.received
        base = Receipt(
            id="", submission=SubmissionId(""), assignment=self.assignment.id, status=Status.TAKEN,
            student=student, matched_by=match.by if match.person or not self.roster else "", attempt=0,
            received=received, time_from=arrival.time_from, sha256=sha256, files=arrival.files, via=via,
            by=self.request.by, source=item.source, sender=arrival.sender, taken_in=self.now,
            label=item.label, flat=item.flat, late=item.late, order=item.order, comment=item.comment,
            notes=self.notes(arrival), for_staff=self.for_staff(arrival, match),
            replaces=earlier.id if earlier else "",
        )  # fmt: skip
        when = None if arrival.time_from is TimeFrom.INTAKE else received
        same = self.history.same_bytes(student, sha256, received=when, other_than=earlier)
        if same is not None:
            words = (
                f"The same bytes as attempt {same.attempt}." if same.attempt else "The same bytes as before."
            )
            made = replace(
                base, status=Status.DUPLICATE, submission=same.submission, attempt=same.attempt,
                reason=same.reason, notes=(*base.notes, words),
            )  # fmt: skip
        else:
            made = self.looked_into(base, arrival)
        said = (made.student, made.sha256, via, made.source, made.received.isoformat(), made.status.value)
        # What goes back to an earlier student says the same as the first receipt, and must not bear its id.
        return replace(made, id=receipt_id(*said, *filter(None, [made.replaces])))

    def looked_into(self, base: Receipt, arrival: Arrival) -> Receipt:
        """Decide between taken and rejected. A rejection uses no attempt."""
        from autograder.app.grading import Entry, taken

        attempt = self.history.next_attempt(base.student)
        reason = arrival.refused
        if not reason:
            entry = Entry(
                path=arrival.folder / arrival.name,
                student=base.student,
                received=base.received,
                attempt=attempt,
            )
            found = taken(entry, self.assignment)
            if not isinstance(found, Rejected):
                after = self.history.later(base.student, base.received)
                words = f"Received before attempt {after}, but taken in after it." if after else ""
                return replace(
                    base, submission=found.id, attempt=attempt, stored=self.place(found.id, arrival),
                    notes=(*base.notes, words) if words else base.notes,
                )  # fmt: skip
            reason = found.reason
        named = submission_id(base.student, 0, base.sha256)
        stored = "" if arrival.refused else self.place(named, arrival)
        return replace(base, status=Status.REJECTED, submission=named, reason=reason, stored=stored)

    def place(self, submission: SubmissionId, arrival: Arrival) -> str:
        """Where the bytes will lie, below the intake folder."""
        return f"{RECEIVED}/{submission}/{arrival.name}"

    def notes(self, arrival: Arrival) -> tuple[str, ...]:
        """Remarks that the student's receipt shows."""
        found = ["The system marked it as late."] if arrival.item.late else []
        if arrival.time_from is TimeFrom.INTAKE:
            found.append("The download does not say when it was received; this is the time of the intake.")
        return tuple(found)

    def for_staff(self, arrival: Arrival, match: Match) -> tuple[str, ...]:
        """Remarks that only staff see."""
        net_id, person, found = arrival.item.net_id, match.person, []
        if person and net_id and person.net_id and net_id.casefold() != person.net_id.casefold():
            found.append("The archive's name bears another Net ID than the student's.")
        if arrival.received > self.now:
            found.append("The time of receipt lies in the future: is the time zone right?")
        return tuple(found)
