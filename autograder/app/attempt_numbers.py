"""Which attempt a submission is that lies where a course of nbgrader collects it.

There a new copy takes the place of the earlier one, and nothing says that there was one: the gradebook knows.
Other bytes than it knows are the next attempt. What nobody recorded before is the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from autograder.app.grading import Entry, taken
from autograder.model.assignment import Assignment
from autograder.model.ids import StudentId

if TYPE_CHECKING:
    from gradebook.book import Gradebook
    from gradebook.values import Entry as Recorded
    from gradebook.values import Offering


def numbered(
    entries: Iterable[Entry], assignment: Assignment, book: Gradebook, offering: Offering
) -> list[Entry]:
    """The same entries, with the number of the attempt where only the gradebook can tell it."""
    found = []
    for entry in entries:
        number = None
        if entry.student is not None and entry.attempt is None and entry.receipt is None:
            known = book.attempts(offering, assignment.id, StudentId(entry.student))
            if known:
                submission = taken(entry, assignment)
                number = attempt_of(submission.digest, submission.received, known)
        found.append(entry if number is None else replace(entry, attempt=number))
    return found


def attempt_of(digest: str, received: datetime, known: Sequence[Recorded]) -> int:
    """The number of the attempt with these bytes; the next one where the student's `known` ones are others.

    Who goes back to earlier bytes after handing in something else repeats nothing: what came last counts.
    """
    same = [one for one in known if one.recorded.provenance.submission_digest == digest]
    others = [one.graded.received for one in known if one not in same]
    for one in same:
        if not any(one.graded.received < other < received for other in others):
            return one.graded.attempt
    for one in known:
        if _is_nbgrader_s(one, received):
            return one.graded.attempt
    return 1 + max(one.graded.attempt for one in known)


def _is_nbgrader_s(one: Recorded, received: datetime) -> bool:
    """Whether this is what nbgrader's gradebook held of the same work; see `gradebook.submissions`."""
    from gradebook.nbgrader_values import IMPORTED, NO_TIME

    if one.recorded.provenance.sandbox != IMPORTED:
        return False
    if NO_TIME in one.recorded.notes:
        return received <= one.recorded_at
    return one.graded.received == received
