"""Grades to a learning management system, to a table or to LTI: what `autograder gradebook export` does.

It writes a file and sends nothing. What the file would change is shown before anything is written.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.app.records import export_csv, offering_of, opened
from autograder.errors import UsageError

if TYPE_CHECKING:
    from rich.progress import Progress

    from gradebook.book import Gradebook
    from gradebook.exports.table import GradeTable
    from gradebook.values import Offering


class ExportFormat(StrEnum):
    """What can be written."""

    BRIGHTSPACE = "brightspace"
    CANVAS = "canvas"
    CSV = "csv"
    PARQUET = "parquet"
    LTI = "lti"
    SUBMISSIONS = "submissions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What a person asked for. `items` are ASSIGNMENT=NAME; `key` is empty for the format's own choice."""

    format: ExportFormat
    assignments: tuple[str, ...] = ()
    out: Path | None = None
    against: Path | None = None
    items: tuple[str, ...] = ()
    key: str = ""
    may_exceed: tuple[str, ...] = ()
    with_course: bool = False
    dry_run: bool = False


def export_grades(
    asked: Export,
    *,
    url: str | None,
    course: str,
    term: str,
    config: Path | None,
    bar: Progress,
    told: Callable[[str], object] = lambda _: None,
) -> list[str]:
    """Write the grades, or with `dry_run` only say what would be written; lines about it.

    `told` gets a sentence where it takes longer than it should.

    UsageError for options that do not go together; GradebookError, and nothing is written, for grades or a
    file of the LMS that cannot be.
    """
    from autograder.app.results_folder import write_file

    _check(asked)
    if asked.format is ExportFormat.SUBMISSIONS:
        assert asked.out is not None
        return [str(export_csv(asked.assignments[0], asked.out, url, course, term, config))]
    with opened(url, config) as (book, settings):
        offering = offering_of(settings, course, term)
        content, lines = _made(asked, book, offering, bar, told)
        lines += _left_out(book, offering)
    if asked.dry_run or asked.out is None:
        return [*lines, "nothing was written: this is a dry run"]
    return [*lines, f"written: {write_file(asked.out, content)}"]


def table_page() -> str:
    """The page of the documentation about the columns of the table of grades."""
    from gradebook.exports.tidy import reference

    return reference()


def _check(asked: Export) -> None:
    lms = asked.format in (ExportFormat.BRIGHTSPACE, ExportFormat.CANVAS)
    if asked.out is None and not asked.dry_run:
        raise UsageError("nobody says where to write", hint="Give --out FILE, or --dry-run to look first.")
    if asked.against is not None and not lms:
        raise UsageError(f"--against is for brightspace and canvas, not for {asked.format}")
    if asked.items and not lms:
        raise UsageError(f"--item is for brightspace and canvas, not for {asked.format}")
    if asked.format is ExportFormat.CANVAS and asked.against is None:
        raise UsageError(
            "Canvas knows students by its own numbers",
            hint="Export the gradebook from Canvas and give that file with --against.",
        )
    if asked.format is ExportFormat.SUBMISSIONS and (len(asked.assignments) != 1 or asked.dry_run):
        raise UsageError("submissions are listed of one assignment, without --dry-run")
    if asked.format is ExportFormat.SUBMISSIONS and asked.with_course:
        raise UsageError("submissions have no grade of the course: leave --with-course out")
    if asked.out is not None and asked.against is not None and asked.out.resolve() == asked.against.resolve():
        raise UsageError("--out would overwrite the file of the LMS", hint="Give another name.")


def _left_out(book: Gradebook, offering: Offering) -> list[str]:
    """A line for each assignment that was handed in and that the policies do not name."""
    from autograder.app.course_dates import unnamed_lines
    from gradebook.dates_facts import unnamed
    from gradebook.exports.reading import rules

    with book.reading() as db:
        return unnamed_lines(unnamed(db, offering, rules(db, offering)[0]))


@contextmanager
def _no_collector() -> Iterator[None]:
    """Pause the search for cycles: a large class makes millions of values that have none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _made(
    asked: Export, book: Gradebook, offering: Offering, bar: Progress, told: Callable[[str], object]
) -> tuple[str | bytes, list[str]]:
    """The file and what to say about it."""
    from gradebook.exports.reading import Wanted
    from gradebook.exports.shares import Way, read_large_csv, read_large_table

    task = bar.add_task("students", total=None)

    def done(students: int, of: int) -> None:
        bar.update(task, completed=students, total=of)

    wanted = Wanted(offering=offering, now=book.now(), only=asked.assignments, with_course=asked.with_course)
    way = Way(done=done, told=told)
    with _no_collector():
        if asked.format is ExportFormat.CSV:
            made = read_large_csv(book, wanted, way)
            return made.content, [_counted(made.students, made.items)]
        table = read_large_table(book, wanted, way)
    return _of_table(asked, table, book, offering)


def _counted(students: int, items: int) -> str:
    return f"{students} students, {items} assignments"


def _of_table(
    asked: Export, table: GradeTable, book: Gradebook, offering: Offering
) -> tuple[str | bytes, list[str]]:
    from gradebook.exports import lti, parquet
    from gradebook.exports.reading import changed_at
    from gradebook.exports.table import check_maxima

    counted = [_counted(len(table.rows), len(table.items))]
    match asked.format:
        case ExportFormat.PARQUET:
            return parquet.write_parquet(table), counted
        case ExportFormat.LTI:
            check_maxima(table, asked.may_exceed)
            key = _key(asked, lti.USER_IDS, "student")
            written = lti.write_lti(
                table,
                context=f"{offering.course}/{offering.term}",
                changed=changed_at(book, offering),
                now=book.now(),
                user_id=key,
            )
            return written, counted
        case _:
            check_maxima(table, asked.may_exceed)
            return _for_lms(asked, table)


def _for_lms(asked: Export, table: GradeTable) -> tuple[bytes, list[str]]:
    from gradebook.exports import brightspace
    from gradebook.exports.canvas import read_canvas
    from gradebook.exports.changes import plan

    named = _item_names(asked.items, [item.assignment for item in table.items])
    if asked.against is None:
        titles = {item.assignment: item.title for item in table.items}
        key = _key(asked, tuple(brightspace.KEYS), "Username")
        content = brightspace.write_brightspace(table, key=key, names={**titles, **named})
        return content, [f"{name}: {title}" for name, title in {**titles, **named}.items()]
    try:
        raw = asked.against.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{asked.against}: cannot be read ({error.strerror})", hint="Check the path."
        ) from None
    read = brightspace.read_brightspace if asked.format is ExportFormat.BRIGHTSPACE else read_canvas
    names = {
        item.assignment: (named[item.assignment],)
        if item.assignment in named
        else (item.title, item.assignment)
        for item in table.items
    }
    planned = plan(read(raw, asked.against.name), table, names)
    return planned.content, list(planned.lines())


def _key(asked: Export, known: Sequence[str], usual: str) -> str:
    if asked.key and asked.key not in known:
        raise UsageError(f"--key cannot be {asked.key!r} here", hint=f"It is one of: {', '.join(known)}.")
    return asked.key or usual


def _item_names(items: Sequence[str], known: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in items:
        assignment, sign, name = text.partition("=")
        if not sign or not name.strip() or assignment not in known or assignment in found:
            raise UsageError(
                f"--item {text!r} names no assignment that is exported, or one twice",
                hint=f"Write ASSIGNMENT=NAME; there are: {', '.join(known)}.",
            )
        found[assignment] = name.strip()
    return found
