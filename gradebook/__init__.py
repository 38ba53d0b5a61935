"""The gradebook. Start with `gradebook.book.Gradebook`; its modules are imported where they are used."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pandas import DataFrame


def frame(
    url: str | Path,
    *,
    course: str,
    term: str,
    assignments: Sequence[str] = (),
    with_course: bool = False,
) -> DataFrame:
    """The grades of an offering as a pandas DataFrame: one row for each student and assignment.

    `url` is the gradebook's database URL or an SQLite file's path; `assignments` are ids, all without any.
    `with_course` adds a row for each student with the grade of the whole course in percent and its letter.
    The columns are those of `gradebook.exports.tidy.COLUMNS`. GradebookError when there is no such gradebook
    or assignment, or pandas is not installed.
    """
    from gradebook.book import Gradebook
    from gradebook.exports.frame import frame_of
    from gradebook.exports.reading import read_table
    from gradebook.values import Offering

    with Gradebook.open(url, create=False) as book:
        return frame_of(read_table(book, Offering(course, term), only=assignments, with_course=with_course))
