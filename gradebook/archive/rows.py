"""Rows of the gradebook's tables as lines of JSON, and back. Names of persons stand apart from all of them.

Points and times are text (`"7.5"`, `"2026-03-01T17:00:00Z"`), so that no reader rounds them. Who decided
something under a student's id is written with the pseudonym. It reads files as text and runs nothing in them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from sqlalchemy import JSON, Boolean, Column, Integer, Table

from autograder.errors import GradebookError
from gradebook import offering_tables as _offering_tables  # noqa: F401 - their tables join the others
from gradebook.campaigns import tables as _campaign_tables  # noqa: F401
from gradebook.columns import Points, UtcTime
from gradebook.marking import tables as _marking_tables  # noqa: F401
from gradebook.tables import metadata

NAMED_TABLES: Final = ("roster_details", "submission_names")
"""Tables that hold nothing but names: they stand in the file of names only."""

NAMED_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {"people": ("student",)}
"""Columns with names in tables that hold other things, too."""

WHO: Final = ("who", "grader", "recorded_by")
"""Columns that say who did something. It may be a student, who is written with the pseudonym then."""


def all_tables() -> list[Table]:
    """Every table, each after those that its rows point to."""
    return list(metadata.sorted_tables)


def archived_tables() -> list[Table]:
    """The tables that have a file of their own."""
    return [table for table in all_tables() if table.name not in NAMED_TABLES]


def archived_columns(table: Table) -> list[Column[Any]]:
    """The columns of a table's file."""
    apart = NAMED_COLUMNS.get(table.name, ())
    return [column for column in table.columns if column.name not in apart]


def line_of(row: Mapping[str, Any], pseudonyms: Mapping[str, str]) -> str:
    """One row as a line of JSON with its end."""
    plain = {name: _plain(name, value, pseudonyms) for name, value in row.items()}
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"


def _plain(name: str, value: Any, pseudonyms: Mapping[str, str]) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case Decimal():
            return f"{value:f}"
        case str() if name in WHO:
            return pseudonyms.get(value, value)
        case _:
            return value


def row_of(
    line: str, table: Table, columns: list[Column[Any]], where: str, names: Mapping[str, str]
) -> dict[str, Any]:
    """The row that a line holds. `names` are students by pseudonym, as far as they are known.

    GradebookError, beginning with `where`, for a line that is no row of this table.
    """
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        raise GradebookError(f"{where}: this is no JSON") from None
    if not isinstance(found, dict):
        raise GradebookError(f"{where}: this is no row")
    known = {column.name for column in columns}
    if strange := sorted(found.keys() - known):
        raise GradebookError(f"{where}: {table.name} has no column {strange[0]!r}")
    row = {}
    for column in columns:
        if column.name not in found and not column.nullable:
            raise GradebookError(f"{where}: there is no {column.name!r}")
        value = found.get(column.name)
        if column.name in WHO and isinstance(value, str):
            value = names.get(value, value)
        row[column.name] = _read(value, column, where)
    return row


def _read(value: Any, column: Column[Any], where: str) -> Any:
    kind = column.type
    if value is None:
        if not column.nullable and not isinstance(kind, JSON):
            raise GradebookError(f"{where}: {column.name!r} is empty")
        return None
    try:
        match kind:
            case JSON():
                return value
            case UtcTime():
                return datetime.fromisoformat(value)
            case Points():
                return Decimal(value)
            case Boolean() if isinstance(value, bool):
                return value
            case _ if type(value) is (int if _is_number(column) else str):
                return value
    except (ValueError, TypeError, InvalidOperation):
        pass
    raise GradebookError(f"{where}: {value!r} cannot be {column.name!r}")


def _is_number(column: Column[Any]) -> bool:
    return isinstance(column.type, Integer)


def columns_page() -> str:
    """What the files of rows hold, in words, for whoever reads the archive without this software."""
    lines = [
        "# The records\n",
        "Each file `records/NAME.jsonl` has one row of the gradebook's table NAME on each line, as a JSON",
        "object. Rows were added and never edited, so the files are the history. Points are text with exact",
        "decimals; times are text in UTC; a person is a number, and a name only in `names.jsonl`.\n",
    ]
    for table in archived_tables():
        lines += [f"## {table.name}\n", "| column | type | refers to |", "|---|---|---|"]
        for column in archived_columns(table):
            points_to = ", ".join(f"{key.column.table.name}.{key.column.name}" for key in column.foreign_keys)
            empty = " or null" if column.nullable else ""
            lines.append(f"| {column.name} | {_type(column)}{empty} | {points_to} |")
        lines.append("")
    return "\n".join(lines)


def _type(column: Column[Any]) -> str:
    match column.type:
        case JSON():
            return "JSON"
        case UtcTime():
            return "time"
        case Points():
            return "points"
        case Boolean():
            return "true or false"
        case _:
            return "number" if _is_number(column) else "text"
