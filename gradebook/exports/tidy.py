"""The tidy table: one row for each student and assignment, the same columns in CSV, Parquet and pandas.

It holds names and ids where the gradebook knows them: keep it like the roster.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from autograder.errors import GradebookError
from autograder.model.graded import Status
from gradebook.exports.delimited import Line, Manner, field, joined, read_delimited
from gradebook.exports.table import Grade, GradeRow, GradeTable, Item, plain_number, refuse
from gradebook.policies.facts import GradeState

_MANNER: Final = Manner()
Cell = str | int | Decimal | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its type here, in Parquet and in pandas, and what it means. `str` is never null."""

    kind: type
    meaning: str


COLUMNS: Final[Mapping[str, Column]] = {
    "student": Column(str, "The student's id in the gradebook."),
    "name": Column(str, "The name in the roster; empty where there is none."),
    "net_id": Column(str, "The Net ID in the roster; empty where there is none."),
    "email": Column(str, "The address in the roster; empty where there is none."),
    "lms_id": Column(str, "The number in the LMS, from the roster; empty where there is none."),
    "section": Column(str, "The section; empty where there is none."),
    "assignment": Column(str, "The assignment's id."),
    "title": Column(str, "The assignment's title."),
    "maximum": Column(Decimal, "Its points without extra credit."),
    "state": Column(
        str,
        "`graded`; `pending` (something is still to be graded); `missing` (nothing counts after the "
        "deadline: 0 points); `not_due`; `excused`.",
    ),
    "points": Column(Decimal, "What counts, after every policy; null while it is not known."),
    "score": Column(Decimal, "What the counted attempt earned before policies; null while it is not known."),
    "why": Column(str, "Why there are no points, or why they differ from the score."),
    "attempt": Column(int, "Number of the attempt that counts; null where none does."),
    "received": Column(datetime, "When it was received, in UTC."),
    "submission": Column(str, "Its id; empty where none counts."),
    "status": Column(str, "How its grading ended: `graded`, `pending`, `sandbox_failed`, `grader_failed`."),
    "letter": Column(str, "The letter of a final course grade; empty for assignments and without letters."),
}
"""Every column in its order."""


def records(table: GradeTable) -> Iterator[tuple[Cell, ...]]:
    """The rows, by student, then assignment, with values in the order of `COLUMNS`."""
    for row, item, grade in _cells(table):
        yield (*_who(row), *_what(item), *_grade_cells(grade))


def _cells(table: GradeTable) -> Iterator[tuple[GradeRow, Item, Grade]]:
    for row in table.rows:
        for item in table.items:
            if (grade := row.grades.get(item.assignment)) is not None:
                yield row, item, grade


def _who(row: GradeRow) -> tuple[str, ...]:
    return row.student, row.name, row.net_id, row.email, row.lms_id, row.section


def _what(item: Item) -> tuple[Cell, ...]:
    return item.assignment, item.title, item.maximum


def _grade_cells(grade: Grade) -> tuple[Cell, ...]:
    return (
        grade.state.value, grade.points, grade.score, grade.why, grade.attempt, _utc(grade.received),
        grade.submission, "" if grade.status is None else grade.status.value, grade.letter,
    )  # fmt: skip


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)


def write_csv(table: GradeTable) -> bytes:
    """The tidy table as CSV: UTF-8, lines end with CR LF, null is an empty cell."""
    return (csv_head() + csv_lines(table)).encode()


def csv_head() -> str:
    """The first line of the CSV."""
    return joined(list(COLUMNS), _MANNER) + _MANNER.newline


def csv_lines(table: GradeTable) -> str:
    """The lines below the first one."""
    comma, end = _MANNER.separator, _MANNER.newline
    items = [(item.assignment, _joined(_what(item), _MANNER)) for item in table.items]
    lines = []
    for row in table.rows:
        who = _joined(_who(row), _MANNER)
        grades = row.grades
        for assignment, what in items:
            grade = grades.get(assignment)
            if grade is not None:
                lines.append(f"{who}{comma}{what}{comma}{_grade_text(grade, comma)}{end}")
    return "".join(lines)


def _grade_text(grade: Grade, comma: str) -> str:
    """`_grade_cells` as text. Written out, since a class has hundreds of thousands of them."""
    status, attempt = grade.status, grade.attempt
    return (
        f"{grade.state}{comma}{plain_number(grade.points)}{comma}{plain_number(grade.score)}{comma}"
        f"{field(grade.why, comma) if grade.why else ''}{comma}{'' if attempt is None else attempt}{comma}"
        f"{_moment_text(grade.received)}{comma}{field(grade.submission, comma)}{comma}"
        f"{'' if status is None else status}{comma}{field(grade.letter, comma) if grade.letter else ''}"
    )


def _moment_text(moment: datetime | None) -> str:
    if moment is None:
        return ""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.isoformat()[: -len("+00:00")] + "Z"


def _joined(cells: tuple[Cell, ...], manner: Manner) -> str:
    return manner.separator.join([_text(cell, manner.separator) for cell in cells])


def _text(cell: Cell, separator: str) -> str:
    return plain_number(cell) if isinstance(cell, Decimal) else field(str(cell), separator)


def read_csv(raw: bytes, name: str) -> GradeTable:
    """What `write_csv` wrote, for students who have at least one assignment.

    GradebookError, naming the line, for unknown columns and cells that cannot be.
    """
    file = read_delimited(raw, name)
    unknown = [title for title in file.header if title not in COLUMNS]
    missing = [title for title in COLUMNS if title not in file.header]
    refuse(
        f"{name} is no table of grades",
        [*(f"unknown column {title!r}" for title in unknown), *(f"no column {title!r}" for title in missing)],
    )
    items: dict[str, Item] = {}
    people: dict[tuple[str, ...], dict[str, Grade]] = {}
    problems: list[str] = []
    for line in file.lines:
        cells = dict(zip(file.header, line.cells, strict=True))
        try:
            item, grade = _item(cells), _grade(cells)
        except ValueError as error:
            problems.append(f"line {line.number}: {error}")
            continue
        problems += _contradictions(line, item, items)
        grades = people.setdefault(tuple(cells[column] for column in _PERSON), {})
        if grades.setdefault(item.assignment, grade) is not grade:
            problems.append(f"line {line.number}: {cells['student']} has {item.assignment} twice")
    refuse(f"{name} cannot be read", problems)
    rows = (GradeRow(**dict(zip(_PERSON, who, strict=True)), grades=g) for who, g in people.items())
    try:
        return GradeTable(items=tuple(items.values()), rows=tuple(rows))
    except GradebookError as error:
        raise GradebookError(f"{name}: {error}") from None


_PERSON: Final = ("student", "name", "net_id", "email", "lms_id", "section")


def _contradictions(line: Line, item: Item, items: dict[str, Item]) -> list[str]:
    if items.setdefault(item.assignment, item) == item:
        return []
    return [f"line {line.number}: {item.assignment} has another title or maximum before"]


def _item(cells: Mapping[str, str]) -> Item:
    maximum = _number(cells["maximum"])
    if maximum is None:
        raise ValueError("there is no maximum")
    return Item(assignment=cells["assignment"], title=cells["title"], maximum=maximum)


def _grade(cells: Mapping[str, str]) -> Grade:
    return Grade(
        state=GradeState(cells["state"]),
        points=_number(cells["points"]),
        score=_number(cells["score"]),
        why=cells["why"],
        attempt=int(cells["attempt"]) if cells["attempt"] else None,
        received=_moment(cells["received"]),
        submission=cells["submission"],
        status=Status(cells["status"]) if cells["status"] else None,
        letter=cells["letter"],
    )


def _number(cell: str) -> Decimal | None:
    try:
        return Decimal(cell) if cell else None
    except InvalidOperation:
        raise ValueError(f"{cell!r} is no number of points") from None


def _moment(cell: str) -> datetime | None:
    return datetime.fromisoformat(cell) if cell else None


def reference() -> str:
    """The page of the documentation that explains the columns."""
    types = {str: ("string", "string"), int: ("int64", "Int64"), Decimal: ("decimal128(38, 6)", "Float64")}
    moment = ("timestamp[us, UTC]", "datetime64[us, UTC]")
    rows = "\n".join(
        f"| `{name}` | {column.meaning} | {parquet} | {pandas} |"
        for name, column in COLUMNS.items()
        for parquet, pandas in [types.get(column.kind, moment)]
    )
    return (
        "# The table of grades\n\n"
        "This page is generated from the code: `make docs`. One row for each student and assignment, the\n"
        "same in `--format csv`, in `--format parquet` and in `gradebook.frame`. In CSV null is an empty\n"
        "cell, times are ISO 8601, and text that a spreadsheet could take for a formula has an apostrophe\n"
        "in front.\n\n"
        f"| column | meaning | Parquet | pandas |\n|---|---|---|---|\n{rows}\n"
    )
