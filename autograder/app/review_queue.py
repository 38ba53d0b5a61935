"""What the review pages of an assignment have in common: who is called what, and who is read after whom.

With a gradebook it is the queue's order and its names; without one both follow from digests, so they are the
same in every run. Nothing is written here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.app.decided import own_is_there
from autograder.app.records import offering_of, opened
from autograder.app.results_folder import folder_name
from autograder.app.review_commands import Commands

if TYPE_CHECKING:
    from autograder.model.assignment import Assignment
    from autograder.model.graded import GradedSubmission
    from autograder.model.ids import CheckId, SubmissionId
    from gradebook.book import Gradebook
    from gradebook.marking.marking_book import Desk
    from gradebook.values import Entry, Offering


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the gradebook knows of the assignment; empty without one. `zone`: the course's clock."""

    book: Gradebook | None = None
    offering: Offering | None = None
    commands: Commands = field(default_factory=Commands)
    entries: Mapping[SubmissionId, Entry] = field(default_factory=dict)
    queue: Sequence[Desk] = ()
    every: Mapping[tuple[str, str], Desk] = field(default_factory=dict)
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One submission under review, with the names of its page."""

    graded: GradedSubmission
    name: str
    file: str


@contextmanager
def known_of(
    assignment: Assignment, url: str | None, course: str, term: str, config: Path | None, *, blind: bool
) -> Iterator[Known]:
    """What the gradebook knows, while it is open: that of `url`, or the machine's own where there is one.

    `blind`: its commands tell nobody's name.
    """
    if url is None and not own_is_there(config):
        yield Known()
        return
    from gradebook.course_book import CourseBook
    from gradebook.marking.marking_book import MarkingBook

    with opened(url, config) as (book, settings):
        offering = offering_of(settings, course, term)
        if url is None and (offering, assignment.id) not in book.assignments():
            yield Known()
            return
        marking = MarkingBook(book, offering)
        policies = CourseBook(book, offering).policies()
        every = marking.queue(assignment.id, every_attempt=True, marked_too=True)
        yield Known(
            book=book,
            offering=offering,
            commands=Commands(url or "", course, term, "" if config is None else str(config), blind=blind),
            entries={entry.submission: entry for entry in book.scores(offering, assignment.id)},
            queue=marking.queue(assignment.id, marked_too=True),
            every={(desk.piece.submission, desk.piece.ref.check): desk for desk in every},
            zone=UTC if policies is None else policies.zone,
        )


def named(graded: Sequence[GradedSubmission], known: Known, *, blind: bool) -> dict[SubmissionId, Work]:
    """What each submission is called on the pages: by its student, or so that nobody can tell."""
    from autograder.reporting.review_page import pages_of

    names: dict[SubmissionId, str] = {}
    files: dict[SubmissionId, str] = {}
    for one in graded:
        entry = known.entries.get(one.submission)
        if blind:
            plain = entry.pseudonym if entry else _stand_in(one)
            names[one.submission] = plain
            wanted = f"{plain}-{one.attempt}"
        else:
            names[one.submission] = str(one.student)
            wanted = folder_name(one.submission)
        others = sum(file == wanted or file.startswith(f"{wanted} ") for file in files.values())
        files[one.submission] = f"{wanted} {others + 1}" if others else wanted  # attempts can be equal
    pages = pages_of(list(files.values()))
    return {
        one.submission: Work(graded=one, name=names[one.submission], file=pages[files[one.submission]])
        for one in sorted(graded, key=lambda one: (names[one.submission], one.attempt))
    }


def _stand_in(graded: GradedSubmission) -> str:
    """A name that does not tell whose it is and is the same in every run, where no gradebook has one."""
    told = f"review\n{graded.provenance.submission_digest}\n{graded.submission}"
    return f"S-{hashlib.sha256(told.encode()).hexdigest()[:8]}"


def in_order(
    assignment: Assignment, works: Mapping[SubmissionId, Work], known: Known
) -> dict[CheckId, list[Work]]:
    """For each check that a person marks, the pieces in the queue's order, then those no gradebook has."""
    from autograder.model.assignment import CheckKind
    from autograder.model.ids import SubmissionId
    from autograder.model.results import CheckOutcome

    found: dict[CheckId, list[Work]] = {}
    for spec in assignment.checks:
        mine = [SubmissionId(d.piece.submission) for d in known.queue if d.piece.ref.check == spec.id]
        pieces = [works[one] for one in mine if one in works]
        others = [
            work
            for work in works.values()
            for result in work.graded.results
            if result.check_id == spec.id
            and work.graded.submission not in known.entries
            and (spec.kind is CheckKind.MANUAL or result.outcome is CheckOutcome.WAITING)
        ]
        pieces += sorted(others, key=lambda work: _place(work, spec.id))
        if pieces:
            found[spec.id] = pieces
    return found


def _place(work: Work, check: CheckId) -> str:
    told = f"{check}\n{work.graded.provenance.submission_digest}\n{work.graded.submission}"
    return hashlib.sha256(told.encode()).hexdigest()
