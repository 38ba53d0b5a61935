"""Which attempt a submission is that lies where a course of nbgrader collects it.

There a new copy takes the place of the earlier one, and nothing says that there was one: the gradebook knows.
Other bytes than it knows are the next attempt. What nobody recorded before is the first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from autograder.app.grading import Entry, taken
from autograder.model.assignment import Assignment

if TYPE_CHECKING:
    from gradebook.book import Gradebook
    from gradebook.submissions import HandedIn
    from gradebook.values import Offering


def numbered(
    entries: Iterable[Entry], assignment: Assignment, book: Gradebook, offering: Offering
) -> list[Entry]:
    """The same entries, with the number of the attempt where only the gradebook can tell it."""
    from gradebook.submissions import handed_in

    known: dict[str, list[HandedIn]] = defaultdict(list)
    with book.reading() as db:
        for one in handed_in(db, offering, assignment.id):
            known[one.student].append(one)
    found = []
    for entry in entries:
        number = None
        if entry.student in known and entry.attempt is None and entry.receipt is None:
            submission = taken(entry, assignment)
            number = attempt_of(submission.digest, submission.received, known[entry.student])
        found.append(entry if number is None else replace(entry, attempt=number))
    return found


def attempt_of(digest: str, received: datetime, known: Sequence[HandedIn]) -> int:
    """The number of the attempt with these bytes; the next one where the student's `known` ones are others.

    Who goes back to earlier bytes after handing in something else repeats nothing: what came last counts.
    """
    others = [one.received for one in known if digest not in one.digests]
    for one in known:
        if digest in one.digests and not any(one.received < other < received for other in others):
            return one.attempt
    same = (one.attempt for one in known if one.is_at(received))
    return next(same, 1 + max(one.attempt for one in known))
