"""Put the rows of an archive into an empty gradebook: all of them in one transaction, or none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Table, func, insert, select, text

from autograder.errors import GradebookError
from gradebook import tables
from gradebook.archive.dumping import NAMES, RECORDS
from gradebook.archive.rows import (
    NAMED_COLUMNS,
    NAMED_TABLES,
    all_tables,
    archived_columns,
    archived_tables,
    row_of,
)

_AT_ONCE: Final = 1_000
_LONGEST_LINE: Final = 256 * 1024 * 1024


def refuse_unless_empty(db: Connection) -> None:
    """GradebookError when a table has a row."""
    for table in all_tables():
        if db.execute(select(text("1")).select_from(table).limit(1)).scalar() is not None:
            raise GradebookError(
                f"this gradebook has {table.name} already", hint="Restore an archive into a new gradebook."
            )


def fill(
    db: Connection, folder: Path, *, names: bool, told: Callable[[str], None] = lambda table: None
) -> dict[str, int]:
    """Add every row that the archive in `folder` holds. Returns how many each table got.

    Without `names`, or where the archive has none, a student is known by the pseudonym and a submission by
    pseudonym and number, as after an erasure. GradebookError names file and line of what is no row.
    """
    refuse_unless_empty(db)
    known = _names(folder / NAMES) if names and (folder / NAMES).exists() else None
    students = {} if known is None else {n: row["student"] for n, row in known["people"].items()}
    pseudonyms: dict[int, str] = {}
    by_pseudonym: dict[str, str] = {}
    added: dict[str, int] = {}
    for table in archived_tables():
        rows = _rows(folder, table, by_pseudonym)
        if table is tables.people:
            everybody = [{**row, "student": students.get(row["id"])} for row in rows]
            pseudonyms = {row["id"]: row["pseudonym"] for row in everybody}
            by_pseudonym = {row["pseudonym"]: row["student"] for row in everybody if row["student"]}
            rows = iter(everybody)
        added[table.name] = _add(db, table, rows)
        told(table.name)
    for name in NAMED_TABLES:
        table = tables.metadata.tables[name]
        if known is not None:
            added[name] = _add(db, table, iter(known[name].values()))
        elif table is tables.submission_names:
            added[name] = _add(db, table, _made_up(db, pseudonyms))
    if db.dialect.name == "postgresql":
        _set_sequences(db)
    return added


def _add(db: Connection, table: Table, rows: Iterator[dict[str, Any]]) -> int:
    count = 0
    while some := list(islice(rows, _AT_ONCE)):
        db.execute(insert(table), some)
        count += len(some)
    return count


def _rows(folder: Path, table: Table, names: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    path = folder / RECORDS / f"{table.name}.jsonl"
    columns = archived_columns(table)
    for where, line in _lines(path, folder):
        yield row_of(line, table, columns, where, names)


def _lines(path: Path, folder: Path) -> Iterator[tuple[str, str]]:
    name = path.relative_to(folder).as_posix()
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            number = 0
            while line := file.readline(_LONGEST_LINE):
                number += 1
                if not line.endswith("\n"):
                    raise GradebookError(f"{name}, line {number}: the line has no end, or is too long")
                yield f"{name}, line {number}", line
    except FileNotFoundError:
        raise GradebookError(f"the archive has no {name}") from None
    except UnicodeDecodeError:
        raise GradebookError(f"{name}: this is not UTF-8") from None


def _names(path: Path) -> dict[str, dict[int, dict[str, Any]]]:
    """The rows of names by their table and number."""
    found: dict[str, dict[int, dict[str, Any]]] = {name: {} for name in (*NAMED_TABLES, *NAMED_COLUMNS)}
    for where, line in _lines(path, path.parent):
        try:
            row = json.loads(line)
            name = row.pop("table")
            rows = found[name]
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
            raise GradebookError(f"{where}: this is no name") from None
        table = tables.metadata.tables[name]
        columns = list(table.columns)
        if name in NAMED_COLUMNS:
            columns = [*table.primary_key, *(table.c[column] for column in NAMED_COLUMNS[name])]
        read = row_of(json.dumps(row), table, columns, where, {})
        rows[next(iter(read.values()))] = read
    return found


def _made_up(db: Connection, pseudonyms: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    kept = tables.submissions.c
    query = select(kept.id, kept.course, kept.term, kept.assignment, kept.person_id).order_by(kept.id)
    for number, course, term, assignment, person in db.execute(query).all():
        name = f"{pseudonyms[person]}-{number}"
        yield {
            "submission_id": number, "course": course, "term": term, "assignment": assignment,
            "submission": name,
        }  # fmt: skip


def _set_sequences(db: Connection) -> None:
    """Let PostgreSQL count on from the rows' own numbers."""
    for table in all_tables():
        if "id" in table.c:
            last = db.execute(select(func.max(table.c.id))).scalar()
            if last is not None:
                db.execute(
                    text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)"),
                    {"name": table.name, "last": last},
                )
