"""Scores to and from nbgrader's gradebook: what the two gradebook commands do, and what they say about it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from autograder.app.records import offering_of, opened, parent_made
from autograder.errors import GradebookError, UsageError
from autograder.model.ids import AssignmentId

if TYPE_CHECKING:
    from gradebook.nbgrader_course import CourseMoved
    from gradebook.nbgrader_values import Losses, NbBook
    from gradebook.values import Offering

MOST_NAMED = 20


def export_nbgrader(
    out: str,
    *,
    only: Sequence[str],
    folders: Sequence[Path],
    add: bool,
    dry_run: bool,
    their_course: str,
    url: str | None,
    course: str,
    term: str,
    config: Path | None,
) -> list[str]:
    """Write the scores that count into nbgrader's gradebook at a URL or path; lines about it.

    Raises GradebookError, and nothing is written, when that gradebook cannot take them.
    """
    from autograder.app.layouts import layouts_in
    from gradebook.nbgrader_course import ClassHere
    from gradebook.nbgrader_export import Recorded, as_nbgrader
    from gradebook.nbgrader_people import with_people
    from gradebook.nbgrader_values import Losses
    from gradebook.nbgrader_writing import write_book

    layouts = layouts_in(folders)
    losses = Losses()
    with opened(url, config) as (book, settings):
        offering = offering_of(settings, course, term)
        class_here = ClassHere.of(book, offering)
        recorded = [
            Recorded(
                assignment=assignment,
                entries=(entries := book.scores(offering, assignment)),
                versions=book.versions(offering, assignment),
                layout=layouts.get(assignment),
                dates=class_here.dates(assignment, [str(e.graded.student) for e in entries], losses),
            )
            for assignment in _chosen([a for o, a in book.assignments() if o == offering], only, offering)
        ]
        made = with_people(as_nbgrader(recorded, losses), class_here.members.values(), losses)
        write_book(out, made, add=add, course=their_course, dry_run=dry_run, losses=losses)
    return [*_written(made, dry_run), *_lost("nbgrader cannot hold", losses)]


def _chosen(there: Sequence[AssignmentId], only: Sequence[str], offering: Offering) -> list[AssignmentId]:
    missing = [name for name in only if name not in there]
    if missing or not there:
        what = f"no scores of {', '.join(missing)}" if missing else "no scores"
        raise GradebookError(
            f"{what} in {offering.course}, {offering.term}",
            hint="--course and --term say which offering;"
            " `autograder gradebook list ASSIGNMENT-ID` shows its scores.",
        )
    return [AssignmentId(name) for name in only] or list(there)


def _written(made: NbBook, dry_run: bool) -> list[str]:
    verb = "would be written" if dry_run else "written"
    return [
        *(
            f"{assignment.name}: {len(assignment.layout.notebooks)} notebooks, "
            f"{len(assignment.worth)} cells with points, {len(assignment.works)} submissions {verb}"
            for assignment in made.assignments
        ),
        f"class: {len(made.students)} students, {len(made.people)} with a name or an address {verb}",
    ]


def import_nbgrader(
    source: str,
    *,
    by: str,
    only: Sequence[str],
    dry_run: bool,
    their_course: str,
    url: str | None,
    course: str,
    term: str,
    config: Path | None,
) -> list[str]:
    """Record what nbgrader's gradebook at a URL or path holds; lines about what was new.

    Raises GradebookError, and nothing is recorded, for another version of nbgrader and for points that cannot
    be: the message names students and cells.
    """
    from autograder.config.machine import load
    from autograder.formats.nbgrader import qualified
    from autograder.interop.nbgrader_toml import name_of
    from gradebook.book import Gradebook, utc_now
    from gradebook.nbgrader_course import ArrivingCourse, move_course_in
    from gradebook.nbgrader_dates import zone_or_utc
    from gradebook.nbgrader_import import Arriving
    from gradebook.nbgrader_names import Names
    from gradebook.nbgrader_reading import read_book
    from gradebook.nbgrader_schema import installed_version
    from gradebook.nbgrader_values import Losses

    if not by.strip():
        raise UsageError("say who moves the course in", hint="Give --by with a name.")
    settings = load(config)
    offering = offering_of(settings, course, term)
    theirs = read_book(source, course=their_course)
    losses = Losses()
    arriving = Arriving(
        names=Names(plain=name_of, qualified=qualified),
        version=installed_version(),
        now=utc_now(),
        losses=losses,
    )
    missing = set(only) - {assignment.name for assignment in theirs.assignments}
    if missing:
        raise GradebookError(f"nbgrader's gradebook has no assignment {', '.join(sorted(missing))}")
    wanted = [each for each in theirs.assignments if not only or each.name in only]
    ready = [arriving.assignment(each) for each in wanted]
    ids = [each.assignment.id for each in ready]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    problems = [*dict.fromkeys(arriving.problems), *(f"two assignments would be called {n!r}" for n in twice)]
    if problems:
        more = f"\nand {len(problems) - MOST_NAMED} more" if len(problems) > MOST_NAMED else ""
        raise GradebookError(
            "nbgrader's gradebook holds what cannot be recorded; nothing was:\n"
            + "\n".join(problems[:MOST_NAMED])
            + more,
            hint="Correct it in formgrader, then import again.",
        )
    for student in theirs.elsewhere:
        losses.add("students who handed in nothing: nobody says in which course they are", student)
    course_in = ArrivingCourse(
        book=theirs, sources=wanted, assignments=ready, zone=zone_or_utc(settings.time_zone)
    )
    with TemporaryDirectory() as scratch:
        used = url or settings.gradebook_url
        address = parent_made(_practice(used, Path(scratch), dry_run))
        with Gradebook.open(address) as book:
            moved = move_course_in(book, course_in, offering, by=by, losses=losses, dry_run=dry_run)
    return [*_moved(moved, dry_run), *_lost("not taken over", losses), _where(used, offering, dry_run)]


def _where(url: str, offering: Offering, dry_run: bool) -> str:
    """Which gradebook of ours it is about, without a password."""
    from gradebook.database import database_url, without_password
    from gradebook.nbgrader_connection import file_of

    shown = file_of(database_url(url)) or without_password(url)
    verb = "would be recorded" if dry_run else "recorded"
    return f"{verb} in the gradebook {shown} (course {offering.course}, term {offering.term})"


def _moved(moved: CourseMoved, dry_run: bool) -> list[str]:
    """What is new: of each assignment, in the class, in the policies."""
    from gradebook.nbgrader_people import added

    verb = "would be recorded" if dry_run else "recorded"
    new, completed = added(moved.people)
    counted = f"class: {len(new)} new students, new details of {len(completed)} others and "
    counted += f"{moved.extensions} extensions {verb}"
    return [
        *(
            f"{each.assignment}: {each.submissions} submissions, {each.scores} scores and {each.decisions} "
            f"decisions {verb}"
            for each in moved.assignments
        ),
        counted,
        *(f"{line} (dry run: not stored)" if dry_run else line for line in moved.dates),
    ]


def _practice(url: str, scratch: Path, dry_run: bool) -> str:
    """The gradebook to use; for a dry run one to throw away where there is none yet."""
    from gradebook.database import database_url

    address = database_url(url)
    is_new = address.get_backend_name() == "sqlite" and not Path(address.database or "").exists()
    return f"sqlite:///{scratch / 'practice.sqlite3'}" if dry_run and is_new else url


def _lost(title: str, losses: Losses) -> list[str]:
    return [f"{title}: {line}" for line in losses.lines()]
