"""Put graded submissions into the gradebook. A rejected submission is no attempt and is not recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from autograder.app.layouts import layout_of
from autograder.app.records import offering_of, parent_made
from autograder.model.assignment import Assignment
from autograder.model.graded import GradedSubmission, Status

if TYPE_CHECKING:
    from autograder.app.site import Site
    from gradebook.layout import Layout

Record = Callable[[GradedSubmission, Assignment], None]


@contextmanager
def recorder(site: Site, url: str | None, course: str, term: str) -> Iterator[Record]:
    """Open the gradebook once and give what records one grading. Raises GradebookError."""
    from gradebook.book import Gradebook

    offering = offering_of(site.config, course, term)
    with Gradebook.open(parent_made(url or site.config.gradebook_url)) as book:
        layouts: dict[str, Layout | None] = {}

        def record(graded: GradedSubmission, assignment: Assignment) -> None:
            if graded.status is not Status.REJECTED:
                if assignment.version not in layouts:
                    layouts[assignment.version] = layout_of(assignment)
                book.record(graded, assignment, offering, layout=layouts[assignment.version])

        yield record
