"""Put graded submissions into the gradebook. A rejected submission is no attempt and is not recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from autograder.app.layouts import layout_of
from autograder.app.records import offering_of, parent_made
from autograder.model.assignment import Assignment
from autograder.model.graded import GradedSubmission, Status

if TYPE_CHECKING:
    from autograder.app.grading import Entry
    from autograder.app.site import Site
    from gradebook.book import Gradebook
    from gradebook.layout import Layout
    from gradebook.values import Offering


class Recorder:
    """Records gradings in one offering when it is called, and knows what was recorded before."""

    def __init__(self, book: Gradebook, offering: Offering) -> None:
        self._book, self._offering = book, offering
        self._layouts: dict[str, Layout | None] = {}

    def __call__(self, graded: GradedSubmission, assignment: Assignment) -> None:
        """Record one grading. Raises GradebookError."""
        if graded.status is not Status.REJECTED:
            if assignment.version not in self._layouts:
                self._layouts[assignment.version] = layout_of(assignment)
            layout = self._layouts[assignment.version]
            self._book.record(graded, assignment, self._offering, layout=layout)

    def numbered(self, entries: Iterable[Entry], assignment: Assignment) -> list[Entry]:
        """The same entries, with the number of the attempt where only the gradebook can tell it."""
        from autograder.app.attempt_numbers import numbered

        return numbered(entries, assignment, self._book, self._offering)


@contextmanager
def recorder(site: Site, url: str | None, course: str, term: str) -> Iterator[Recorder]:
    """Open the gradebook once and give what records gradings. Raises GradebookError."""
    from gradebook.book import Gradebook

    offering = offering_of(site.config, course, term)
    with Gradebook.open(parent_made(url or site.config.gradebook_url)) as book:
        yield Recorder(book, offering)
