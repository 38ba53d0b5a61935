"""The two commands, with what does not matter left out."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.app.nbgrader_book import export_nbgrader, import_nbgrader
from gradebook.book import Gradebook
from gradebook.nbgrader_course import ArrivingCourse, move_course_in
from gradebook.nbgrader_import import ArrivingAssignment
from gradebook.nbgrader_moving import Moved
from gradebook.nbgrader_values import Losses, NbBook
from gradebook.values import Offering


def move_in(source: str, ours: str, **options: object) -> list[str]:
    given = {"by": "ta7", "only": [], "dry_run": False, "their_course": "", "config": None, **options}
    return import_nbgrader(source, url=ours, course="algebra", term="2026-spring", **given)  # type: ignore[arg-type]


def move_out(ours: str, out: str, **options: object) -> list[str]:
    given = {"only": [], "folders": [], "add": False, "dry_run": False, "their_course": "", "config": None}
    given |= options
    return export_nbgrader(out, url=ours, course="algebra", term="2026-spring", **given)  # type: ignore[arg-type]


def moved(
    book: Gradebook, theirs: NbBook, ready: Sequence[ArrivingAssignment], offering: Offering, losses: Losses
) -> tuple[Moved, ...]:
    """What was new of each assignment when `theirs`, made `ready`, moved in."""
    course = ArrivingCourse(book=theirs, sources=theirs.assignments, assignments=ready)
    return move_course_in(book, course, offering, by="ta7", losses=losses).assignments
