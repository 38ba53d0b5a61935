"""Whose line is whose: students of the gradebook and lines of an LMS, told by ids, never by names.

Nobody is guessed. Ids are compared without case; a zero that a spreadsheet ate makes another id.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from autograder.errors import GradebookError
from gradebook.exports.lms import LmsExport, LmsStudent
from gradebook.exports.table import GradeRow, GradeTable, refuse

OURS: Final[Mapping[str, Sequence[str]]] = {
    "OrgDefinedId": ("student",),
    "Username": ("student", "net_id", "email"),
    "Email": ("email",),
    "ID": ("lms_id",),
    "SIS User ID": ("student",),
    "SIS Login ID": ("student", "net_id", "email"),
    "Integration ID": ("student",),
}
"""Which of our ids may stand in which of their columns: numbers of an LMS are no numbers of students."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Who is on both sides, and who on one only. Nobody is left out."""

    both: tuple[tuple[LmsStudent, GradeRow], ...]
    only_theirs: tuple[LmsStudent, ...]
    only_ours: tuple[GradeRow, ...]


def matched(export: LmsExport, table: GradeTable) -> Matched:
    """Find every line's student.

    GradebookError, naming the lines, when an id is there twice on one side, when a line fits two students,
    and when two lines fit one.
    """
    ours, problems = _index(table)
    problems += _twice(export)
    lines_of: defaultdict[str, list[LmsStudent]] = defaultdict(list)
    both, only_theirs = [], []
    for student in export.students:
        hits = {
            row.student: (row, column)
            for column, value in student.ids.items()
            for kind in OURS[column]
            if (row := ours.get((kind, value.casefold()))) is not None
        }
        if len(hits) > 1:
            told = " and ".join(f"{row.student} by {column}" for row, column in hits.values())
            problems.append(f"line {student.line.number} fits {told}")
        elif hits:
            ((row, _),) = hits.values()
            both.append((student, row))
            lines_of[row.student].append(student)
        else:
            only_theirs.append(student)
    problems += [
        f"lines {' and '.join(str(one.line.number) for one in found)} are both {student}"
        for student, found in lines_of.items()
        if len(found) > 1
    ]
    refuse(
        f"the students of {export.lms} and of the gradebook cannot be told apart",
        problems,
        hint="Correct the roster or the file; a grade must not go to somebody else.",
    )
    if not both and table.rows:
        raise GradebookError(
            f"nobody in the file of {export.lms} is in the gradebook",
            hint="Is it this course? Ids are compared with those of the roster: "
            "`autograder gradebook roster show`.",
        )
    return Matched(
        both=tuple(both),
        only_theirs=tuple(only_theirs),
        only_ours=tuple(row for row in table.rows if row.student not in lines_of),
    )


def _index(table: GradeTable) -> tuple[dict[tuple[str, str], GradeRow], list[str]]:
    found: dict[tuple[str, str], GradeRow] = {}
    problems = []
    for row in table.rows:
        for kind in ("student", "net_id", "email", "lms_id"):
            value = str(getattr(row, kind))
            if value and (other := found.setdefault((kind, value.casefold()), row)) is not row:
                problems.append(f"{other.student} and {row.student} have the same {kind}, {value}")
    return found, problems


def _twice(export: LmsExport) -> Iterator[str]:
    seen: dict[tuple[str, str], int] = {}
    for student in export.students:
        for column, value in student.ids.items():
            number = student.line.number
            if value and (first := seen.setdefault((column, value.casefold()), number)) != number:
                yield f"line {number} has the same {column} as line {first}: {value}"
