"""What the commands on the class do: roster, groups, erasure. They hand plain values to the gradebook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from autograder.app.placeholders import written
from autograder.app.records import offering_of, opened
from autograder.config.machine import load
from autograder.errors import UsageError

if TYPE_CHECKING:
    from gradebook.course_book import CourseBook
    from gradebook.roster import RosterDiff, RosterRow
    from gradebook.values import Decision

COLUMNS = ("name", "net_id", "email", "lms_id", "section")


@contextmanager
def course_book(
    url: str | None,
    config: Path | None,
    course: str,
    term: str,
    *,
    create: bool = False,
    dry_run: bool = False,
) -> Iterator[CourseBook]:
    """The offering that a command means, in its gradebook. A dry run makes none where there is none yet."""
    from gradebook.course_book import CourseBook

    with TemporaryDirectory() as scratch:
        address = url or load(config).gradebook_url
        if dry_run and create and _is_new(address):
            address = f"sqlite:///{scratch}/practice.sqlite3"
        with opened(address, config, create=create) as (book, settings):
            yield CourseBook(book, offering_of(settings, course, term))


def _is_new(address: str) -> bool:
    from gradebook.database import database_url

    url = database_url(address)
    return url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()


def decided(by: str, reason: str) -> Decision:
    """Who decides, and why. UsageError when one of them is empty."""
    from gradebook.values import Decision

    if not by.strip() or not reason.strip():
        raise UsageError("say who decides, and why", hint="Give --by and --reason with words.")
    return Decision(who=written(by, "--by"), why=written(reason, "--reason"))


def decided_unless(dry_run: bool, by: str, reason: str) -> Decision:
    """As `decided`; a dry run decides nothing and needs nobody."""
    return decided(by.strip() or "nobody", reason.strip() or "dry run") if dry_run else decided(by, reason)


def roster_rows(path: Path) -> tuple[list[RosterRow], frozenset[str]]:
    """The rows of a roster file and the columns it has. UsageError names every broken line."""
    from autograder.intake.roster import read_table
    from gradebook.roster import RosterRow, refuse

    table = read_table(path)
    twice = sorted({name for name in table.columns if name and table.columns.count(name) > 1})
    if twice:
        raise UsageError(f"{path}: the column {twice[0]} is there twice", hint="Keep one of them.")
    wide = len(table.columns)
    refuse(
        f"{path} cannot be imported; nothing was changed",
        [
            f"line {line}: {len(cells)} cells where the first line has {wide}"
            for line, cells in table.rows
            if len(cells) != wide and any(cells[wide:] or [len(cells) < wide])
        ],
    )
    given = frozenset(table.columns) & frozenset(COLUMNS)
    rows = []
    for line, cells in table.rows:
        named = dict(zip(table.columns, cells, strict=False))
        rows.append(RosterRow(student=named["id"], line=line, **{name: named[name] for name in given}))
    return rows, given


def import_roster(
    path: Path,
    *,
    by: str,
    reason: str,
    remove_missing: bool,
    dry_run: bool,
    url: str | None,
    course: str,
    term: str,
    config: Path | None,
) -> list[str]:
    """Bring the class to what a file says; lines about what that changes. A dry run changes nothing."""
    decision = decided_unless(dry_run, by, reason)
    rows, columns = roster_rows(path)
    with course_book(url, config, course, term, create=True, dry_run=dry_run) as found:
        diff = found.import_roster(
            rows, decision, columns=columns, remove_missing=remove_missing, dry_run=dry_run
        )
        where = f"{found.offering.course}, {found.offering.term}"
    return [*(str(change) for change in diff.changes), _summary(diff, where, dry_run)]


def _summary(diff: RosterDiff, where: str, dry_run: bool) -> str:
    counts: dict[str, int] = {}
    for change in diff.changes:
        counts[change.event.value] = counts.get(change.event.value, 0) + 1
    told = ", ".join(f"{count} {event}" for event, count in counts.items()) or "nothing changed"
    return f"{where}: {told}, {diff.unchanged} unchanged" + (" (dry run: nothing written)" if dry_run else "")


def roster_lines(
    url: str | None, course: str, term: str, config: Path | None, *, pseudonyms: bool
) -> list[str]:
    """One line per person of the class; with `pseudonyms` no name, id or address."""
    with course_book(url, config, course, term) as found:
        members = found.members()
    if pseudonyms:  # in the order of the ids each would tell whose it is
        members = tuple(sorted(members, key=lambda one: one.pseudonym))
    lines = []
    for one in members:
        who = [one.pseudonym] if pseudonyms else [one.student, one.name, one.net_id, one.email, one.pseudonym]
        state = "" if one.enrolled else "left"
        section = f"section {one.section}" if one.section else ""
        lines.append("  ".join(part for part in (*who, section, state) if part))
    return lines or ["the class is empty"]


def set_group(
    assignment: str,
    name: str,
    students: Sequence[str],
    *,
    by: str,
    reason: str,
    url: str | None,
    course: str,
    term: str,
    config: Path | None,
) -> str:
    """Make those students a group that hands in one piece of work."""
    with course_book(url, config, course, term) as found:
        changed = found.group(assignment, name, students, decided(by, reason))
    return f"{assignment}: the group {name} has {len(set(students))} members ({changed} came or left)"


def group_lines(url: str | None, course: str, term: str, config: Path | None) -> list[str]:
    """One line per group."""
    with course_book(url, config, course, term) as found:
        groups = found.groups()
    return [f"{each.assignment}  {name}  {', '.join(sorted(each.members))}" for name, each in groups] or [
        "there are no groups"
    ]


def erase(
    students: Sequence[str],
    *,
    unseen_since: str,
    by: str,
    reason: str,
    dry_run: bool,
    url: str | None,
    config: Path | None,
) -> list[str]:
    """Take the names of students out of the gradebook; scores stay under their pseudonyms."""
    from gradebook.erasing import Erasing

    if bool(students) is bool(unseen_since):
        raise UsageError("name students, or give --unseen-since", hint="One of the two, not both.")
    decision = decided_unless(dry_run, by, reason)
    with opened(url, config) as (book, _):
        erasing = Erasing(book)
        chosen = list(students) or erasing.not_seen_since(_day(unseen_since))
        if dry_run:
            erasing.known(chosen)
            return [f"{student} would be erased" for student in chosen] or ["nobody would be erased"]
        gone = erasing.erase(chosen, decision)
    return [f"{student} is {pseudonym} now" for student, pseudonym in gone.items()] or ["nobody to erase"]


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise UsageError(f"{text!r} is no day", hint="Write it like 2026-08-31.") from None
