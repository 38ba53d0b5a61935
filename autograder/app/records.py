"""What the gradebook commands do: open it, list, export, back up. Nothing is graded here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import GradebookError, UsageError
from autograder.model.graded import is_older
from autograder.model.ids import AssignmentId

if TYPE_CHECKING:
    from autograder.config.machine import MachineConfig
    from gradebook.book import Gradebook
    from gradebook.values import Entry, Offering

DEFAULT_COURSE, DEFAULT_TERM = "course", "term"


def offering_of(config: MachineConfig, course: str, term: str) -> Offering:
    """The offering that a command means: its options first, then the machine's settings, then a default."""
    from gradebook.values import Offering

    return Offering(course or config.course or DEFAULT_COURSE, term or config.term or DEFAULT_TERM)


def parent_made(url: str) -> str:
    """Make the folder of an SQLite gradebook, and give the URL back."""
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).absolute().parent.mkdir(parents=True, exist_ok=True)
    return url


@contextmanager
def opened(
    url: str | None, config: Path | None, *, create: bool = False
) -> Iterator[tuple[Gradebook, MachineConfig]]:
    """Open the gradebook that a command means. Raises GradebookError when there is none and none is made."""
    from autograder.config.machine import load
    from gradebook.book import Gradebook

    settings = load(config)
    with Gradebook.open(parent_made(url or settings.gradebook_url), create=create) as book:
        yield book, settings


def back_up(target: Path, url: str | None, config: Path | None) -> str:
    """Write a backup of an SQLite gradebook to a new file; one line about it."""
    from autograder.config.machine import load
    from gradebook.backup import back_up as write
    from gradebook.backup import file_of
    from gradebook.database import database_url

    source = file_of(database_url(url or load(config).gradebook_url))
    if not source.is_file():
        raise GradebookError(f"there is no gradebook {source.name}", hint="Check --gradebook.")
    write(source, target)
    return f"{target} holds everything recorded until now"


def restore(backup: Path, url: str | None, config: Path | None) -> str:
    """Put a backup in the gradebook's place, which is kept beside it; one line about it."""
    from autograder.config.machine import load
    from gradebook.backup import file_of
    from gradebook.backup import restore as put_back
    from gradebook.book import utc_now
    from gradebook.database import database_url

    target = file_of(database_url(url or load(config).gradebook_url))
    replaced = put_back(backup, target, now=utc_now())
    kept = "" if replaced is None else f"; what it replaced is {replaced.name}"
    return f"{target.name} is as in {backup.name}{kept}"


def score_lines(assignment: str, url: str | None, course: str, term: str, config: Path | None) -> list[str]:
    """One line per submission: its id, student, attempt, status and points."""
    from gradebook.versions import newest_in

    with opened(url, config) as (book, settings):
        offering = offering_of(settings, course, term)
        entries = book.scores(offering, AssignmentId(assignment))
        newest = newest_in(book, offering).get(assignment)
    return [_score_line(entry, newest) for entry in entries] or [f"no scores of {assignment} are recorded"]


def _score_line(entry: Entry, newest: str | None) -> str:
    graded = entry.graded
    older = "  older version" if is_older(graded.provenance.assignment_version, newest) else ""
    who = f"{entry.submission}  {graded.student}  attempt {graded.attempt}"
    return f"{who}  {graded.status}  {points_of(entry)}{older}"


def points_of(entry: Entry) -> str:
    """Points as text; a dash while they are not known."""
    if entry.graded.score is None:
        return "-"
    total = "-" if entry.total is None else f"{entry.total.normalize():f}"
    return f"{total}/{entry.graded.score.max_score.normalize():f}"


def points_in(text: str) -> Decimal:
    """The number of points in `text`. Raises UsageError when it is no number."""
    try:
        return Decimal(text)
    except InvalidOperation:
        raise UsageError(f"{text!r} is no number of points", hint="Write it like 7.5.") from None


def export_csv(
    assignment: str, out: Path, url: str | None, course: str, term: str, config: Path | None
) -> Path:
    """Write the scores that count as CSV. Returns the path."""
    from autograder.app.results_folder import write_file
    from autograder.reporting.csv import grades_csv

    with opened(url, config) as (book, settings):
        entries = book.scores(offering_of(settings, course, term), AssignmentId(assignment))
    return write_file(out, grades_csv([entry.graded for entry in entries]))
