"""Write every row of a gradebook into files of lines, in one consistent state. It changes nothing there."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, TextIO

from sqlalchemy import Connection, inspect, select

from autograder.errors import GradebookError
from gradebook import offering_tables, tables
from gradebook.archive.rows import (
    NAMED_COLUMNS,
    NAMED_TABLES,
    all_tables,
    archived_columns,
    archived_tables,
    line_of,
)

RECORDS: Final = "records"
NAMES: Final = "names.jsonl"
_AT_ONCE: Final = 2_000

Told = Callable[[str], None]
"""Called with a table's name when its rows are written."""


@dataclass(slots=True)
class Dumped:
    """How many rows each table has, and with what the scores were made, each with how often."""

    rows: dict[str, int] = field(default_factory=dict)
    images: dict[str, int] = field(default_factory=dict)
    software: dict[str, int] = field(default_factory=dict)
    checks: dict[str, int] = field(default_factory=dict)


def dump(db: Connection, folder: Path, *, names: bool, told: Told = lambda table: None) -> Dumped:
    """Write `records/` and, with `names`, the file of names into a folder.

    GradebookError when the database has tables that this version does not know: they would be missing.
    """
    known = {table.name for table in all_tables()}
    if strange := sorted(set(inspect(db).get_table_names()) - known - {"alembic_version"}):
        raise GradebookError(f"the gradebook has a table that nobody knows: {strange[0]!r}")
    (folder / RECORDS).mkdir()
    pseudonyms = _pseudonyms(db)
    done = Dumped()
    for table in archived_tables():
        with (folder / RECORDS / f"{table.name}.jsonl").open("w", encoding="utf-8", newline="\n") as file:
            done.rows[table.name] = 0
            query = select(*archived_columns(table)).order_by(*table.primary_key)
            for row in _rows(db, query):
                file.write(line_of(row, pseudonyms))
                done.rows[table.name] += 1
                if table is tables.scores:
                    _note(row["provenance"], done)
        told(table.name)
    if names:
        with (folder / NAMES).open("w", encoding="utf-8", newline="\n") as file:
            done.rows[NAMES] = _names(db, file)
        told(NAMES)
    return done


def _rows(db: Connection, query: Any) -> Any:
    for part in db.execute(query.execution_options(yield_per=_AT_ONCE)).mappings().partitions(_AT_ONCE):
        yield from part


def _pseudonyms(db: Connection) -> dict[str, str]:
    people = tables.people.c
    query = select(people.student, people.pseudonym).where(people.student.is_not(None))
    return {row.student: row.pseudonym for row in db.execute(query)}


def _note(provenance: Mapping[str, Any], done: Dumped) -> None:
    image = f"{provenance.get('sandbox', '')} {provenance.get('image_digest', '')}".strip()
    done.images[image] = done.images.get(image, 0) + 1
    for name, version in provenance.get("versions", {}).items():
        key = f"{name} {version}"
        done.software[key] = done.software.get(key, 0) + 1
    for name, digest in provenance.get("check_digests", {}).items():
        key = f"{name} {digest}"
        done.checks[key] = done.checks.get(key, 0) + 1


def _names(db: Connection, file: TextIO) -> int:
    """Each line names its table and has the row, or a key and the columns with names."""
    count = 0
    for table in all_tables():
        columns = list(table.columns)
        if table.name not in NAMED_TABLES:
            apart = NAMED_COLUMNS.get(table.name)
            if apart is None:
                continue
            columns = [*table.primary_key, *(table.c[name] for name in apart)]
        for row in _rows(db, select(*columns).order_by(*table.primary_key)):
            file.write(
                json.dumps({"table": table.name}, ensure_ascii=False)[:-1] + ", " + line_of(row, {})[1:]
            )
            count += 1
    return count


def dump_policies(db: Connection, folder: Path) -> int:
    """Write every version of every offering's policies as the text it is. Returns how many there are."""
    kept = offering_tables.offering_policies.c
    count = 0
    for number, text, digest in db.execute(select(kept.id, kept.text, kept.digest).order_by(kept.id)):
        raw = text.encode()
        if sha256(raw).hexdigest() != digest:
            raise GradebookError(f"policies {number} are not those that were stored: their digest differs")
        folder.mkdir(exist_ok=True)
        (folder / f"{number}.toml").write_bytes(raw)
        count += 1
    return count
