"""The class of an offering as values: rows of a roster file, members, and what a file would change.

Pure: no file is read and no database is asked here. Names and addresses are kept apart from the history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from autograder.errors import GradebookError
from gradebook.values import KEY_LENGTH

MOST_PROBLEMS = 20
DETAILS = ("name", "net_id", "email", "lms_id")
_MUST_DIFFER = ("net_id", "email", "lms_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterRow:
    """One student as a roster file says; `line` is the file's line, 0 where there is none."""

    student: str
    name: str = ""
    net_id: str = ""
    email: str = ""
    lms_id: str = ""
    section: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One person of the class as it stands. `enrolled` is false for who has left; scores stay."""

    person_id: int
    student: str
    pseudonym: str
    name: str = ""
    net_id: str = ""
    email: str = ""
    lms_id: str = ""
    section: str = ""
    enrolled: bool = True


class RosterEvent(StrEnum):
    """What an import does with one student."""

    ADDED = "added"
    RETURNED = "returned"
    MOVED = "moved"
    CORRECTED = "corrected"
    LEFT = "left"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterChange:
    """One line of the diff. `fields` are (name, before, after); a `missing` student is kept as is."""

    event: RosterEvent
    student: str
    row: RosterRow
    fields: tuple[tuple[str, str, str], ...] = ()

    def __str__(self) -> str:
        words = "; ".join(
            f"{name} {after}"
            if self.event is RosterEvent.ADDED
            else f"{name} {before or '(none)'} -> {after or '(none)'}"
            for name, before, after in self.fields
        )
        if self.event is RosterEvent.MISSING:
            words = "not in the file; stays enrolled"
        return f"{self.event:<9} {self.student}" + (f": {words}" if words else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterDiff:
    """What a roster file changes. `unchanged` counts the students it leaves as they are."""

    changes: tuple[RosterChange, ...]
    unchanged: int

    @property
    def writes(self) -> tuple[RosterChange, ...]:
        """The changes that are written."""
        return tuple(change for change in self.changes if change.event is not RosterEvent.MISSING)


def checked_rows(rows: Sequence[RosterRow]) -> None:
    """Refuse rows that cannot be a class: GradebookError names every row that is wrong."""
    problems: list[str] = []
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        for what, value in (("id", row.student), ("section", row.section)):
            if value and (not value.isprintable() or len(value) > KEY_LENGTH or value != value.strip()):
                problems.append(f"line {row.line}: the {what} {value[:40]!r} is no printable word")
        if not row.student:
            problems.append(f"line {row.line}: the id is empty")
        for what in DETAILS:
            if any(ord(char) < 32 for char in getattr(row, what)):
                problems.append(
                    f"line {row.line}: a line break in {what}; is a quotation mark open in this line?"
                )
        for what in ("student", *_MUST_DIFFER):
            value = getattr(row, what).casefold()
            first = seen.setdefault((what, value), row.line) if value else row.line
            if first != row.line:
                name = "id" if what == "student" else what
                problems.append(
                    f"line {row.line}: the {name} {getattr(row, what)!r} stands in line {first}, too"
                )
    if not rows:
        problems.append("the roster names nobody")
    refuse("the roster cannot be imported; nothing was changed", problems)


def refuse(what: str, problems: Sequence[str]) -> None:
    """Raise GradebookError with every problem in its own line, if there are any."""
    if problems:
        more = [f"and {len(problems) - MOST_PROBLEMS} more"] if len(problems) > MOST_PROBLEMS else []
        raise GradebookError(
            "\n".join([f"{what}:", *problems[:MOST_PROBLEMS], *more]),
            hint="Correct the file and run the command again.",
        )


def compared(
    rows: Sequence[RosterRow], members: Mapping[str, Member], *, remove_missing: bool, columns: Iterable[str]
) -> RosterDiff:
    """What `rows` change in a class of `members` (by student). A column the file lacks changes nothing."""
    given = frozenset(columns)
    changes: list[RosterChange] = []
    for row in rows:
        before = members.get(row.student)
        fields = tuple(
            (name, "" if before is None else getattr(before, name), getattr(row, name))
            for name in (*DETAILS, "section")
            if name in given and getattr(row, name) != ("" if before is None else getattr(before, name))
        )
        if before is None:
            event = RosterEvent.ADDED
        elif not before.enrolled:
            event = RosterEvent.RETURNED
        elif any(name == "section" for name, _, _ in fields):
            event = RosterEvent.MOVED
        elif fields:
            event = RosterEvent.CORRECTED
        else:
            continue
        changes.append(RosterChange(event=event, student=row.student, row=row, fields=fields))
    unchanged = len(rows) - len(changes)
    here = {row.student for row in rows}
    event = RosterEvent.LEFT if remove_missing else RosterEvent.MISSING
    for student in sorted(set(members) - here):
        if members[student].enrolled:
            row = RosterRow(student=student, section=members[student].section)
            changes.append(RosterChange(event=event, student=student, row=row))
    return RosterDiff(changes=tuple(changes), unchanged=unchanged)


def contradictions(rows: Sequence[RosterRow], known: Mapping[str, Member]) -> list[str]:
    """Rows whose Net ID, address or number belongs to another student who stays in the class."""
    here = {row.student for row in rows}
    taken = {
        (name, getattr(one, name).casefold()): one.student
        for one in known.values()
        for name in DETAILS[1:]
        if getattr(one, name) and one.enrolled and one.student not in here
    }
    return [
        f"line {row.line}: the {name} {value!r} is {taken[name, value.casefold()]}'s"
        for row in rows
        for name in DETAILS[1:]
        if (name, (value := getattr(row, name)).casefold()) in taken
    ]
