"""Write an archive of a gradebook with all that defends its grades: whole, or not at all.

The grades in it are worked out from the archive's own records and compared with those of the gradebook before
the folder gets its name.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from autograder.app.archive_files import (
    Missing,
    Sources,
    copy_assignment,
    copy_submission,
    counted,
    missing_of,
    nameless,
    safe,
    sources,
)
from autograder.app.records import opened
from autograder.errors import GradebookError, UsageError

if TYPE_CHECKING:
    from rich.progress import Progress
    from sqlalchemy import Connection

    from gradebook.book import Gradebook

FORMAT: Final = 1
ABOUT: Final = "about.json"
MISSING: Final = "missing.jsonl"
MOST_LINES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveRequest:
    """What a person asked for. `handed_in` are folders with files as they were received."""

    out: Path
    results: tuple[Path, ...] = ()
    handed_in: tuple[Path, ...] = ()
    assignments: tuple[Path, ...] = ()
    names: bool = True
    dry_run: bool = False


def archive(asked: ArchiveRequest, *, url: str | None, config: Path | None, bar: Progress) -> list[str]:
    """Write the archive; lines about what is in it and what is missing. A dry run only says so.

    GradebookError, StorageFull or UsageError, and nothing is left behind, when it cannot be written.
    """
    from gradebook.archive.contents import row_counts

    if asked.out.exists():
        raise UsageError(f"{asked.out} is there already", hint="Give the name of a new folder.")
    found = sources(asked.results, asked.handed_in, asked.assignments)
    with opened(url, config) as (book, _):
        if asked.dry_run:
            with book.reading() as db:
                missing = _missing(db, found, asked)
                rows = row_counts(db)
            return [*_told(rows, missing), "nothing was written: this is a dry run"]
        with _whole_folder(asked.out) as folder:
            digest, rows, missing = _write(folder, asked, found, book, bar)
    return [*_told(rows, missing), f"written: {asked.out}", f"SHA-256 of its manifest: {digest}"]


def _write(
    folder: Path, asked: ArchiveRequest, found: Sources, book: Gradebook, bar: Progress
) -> tuple[str, dict[str, int], list[Missing]]:
    from gradebook.archive.contents import submitted, versions
    from gradebook.archive.dumping import RECORDS, dump, dump_policies
    from gradebook.archive.grades import GRADES, differences, grades, read_grades, write_grades
    from gradebook.archive.manifest import write_manifest
    from gradebook.archive.rows import archived_tables, columns_page

    now = book.now()
    with _one_state(book, folder, asked) as db:
        missing = _missing(db, found, asked)
        task = bar.add_task("records", total=len(archived_tables()) + asked.names)
        rows = dump(db, folder, names=asked.names, told=lambda _: bar.advance(task))
        (folder / RECORDS / "COLUMNS.md").write_text(columns_page(), encoding="utf-8")
        policies = dump_policies(db, folder / "policies")
        task = bar.add_task("files", total=rows.rows["submissions"])
        for one in submitted(db):
            missing += copy_submission(one, found, folder, names=asked.names)
            bar.advance(task)
        known = versions(db)
        missing += _copy_assignments(db, found, folder)
        task = bar.add_task("grades", total=3)
        with filled(folder, names=False) as again, again.reading() as other:
            bar.advance(task)
            write_grades(grades(other, now), folder / GRADES)
            bar.advance(task)
        wrong = list(differences(grades(db, now), read_grades(folder / GRADES)))
        bar.advance(task)
    if wrong:
        raise GradebookError(listed("the archive does not lead to the gradebook's grades", wrong))
    about = _about(asked, now, rows, missing, found, known)
    about["policies"] = policies
    (folder / ABOUT).write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    with (folder / MISSING).open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(asdict(each), ensure_ascii=False) + "\n" for each in missing)
    (folder / "README.md").write_text(_readme(asked, about, folder), encoding="utf-8")
    files = sum(len(names) for _, _, names in os.walk(folder))
    task = bar.add_task("digests", total=files)
    digest = write_manifest(folder, told=lambda: bar.advance(task))
    return digest, rows.rows, missing


@contextmanager
def _one_state(book: Gradebook, folder: Path, asked: ArchiveRequest) -> Iterator[Connection]:
    """One state of the gradebook to read everything from: a backup's of SQLite, a snapshot of PostgreSQL."""
    from sqlalchemy import text

    from gradebook.backup import back_up, file_of
    from gradebook.database import Database, database_url

    with book.reading() as db:
        if db.dialect.name == "postgresql":
            db.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            yield db
            return
        file = file_of(db.engine.url)
    copy = folder / "gradebook.sqlite3"
    back_up(file, copy)
    database = Database(database_url(copy), survive_power_loss=True)
    try:
        with database.reading() as db:
            yield db
    finally:
        database.close()
        if not asked.names:
            copy.unlink()


@contextmanager
def filled(folder: Path, *, names: bool) -> Iterator[Gradebook]:
    """A gradebook made of an archive's records, for as long as it is looked at."""
    from gradebook.archive.filling import fill
    from gradebook.book import Gradebook

    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "again.sqlite3"
        with Gradebook.open(file, survive_power_loss=False) as book:
            with book.writing() as db:
                fill(db, folder, names=names)
            yield book


def _missing(db: Connection, found: Sources, asked: ArchiveRequest) -> list[Missing]:
    from gradebook.archive.contents import submitted, version_origins

    missing = [*(found.odd if asked.names else nameless(found.odd)), *_without_policy(db)]
    for one in submitted(db):
        missing += missing_of(one, found)
    missing += [
        Missing(
            what="assignment",
            about=f"{name} {version}",
            why=f"no --assignment-folder has this version, {origin}",
        )
        for (name, version), origin in version_origins(db).items()
        if (name, version) not in found.assignments
    ]
    return missing


def _without_policy(db: Connection) -> list[Missing]:
    from sqlalchemy import select

    from gradebook.dates_facts import unnamed
    from gradebook.exports.reading import rules
    from gradebook.tables import offerings
    from gradebook.values import Offering

    missing = []
    for course, term in db.execute(select(offerings.c.course, offerings.c.term)).all():
        offering = Offering(course, term)
        for name in unnamed(db, offering, rules(db, offering)[0]):
            why = "the policies do not name it: its scores are here, but no grade"
            missing.append(Missing(what="policy", about=f"{course} {term} {name}", why=why))
    return missing


def _copy_assignments(db: Connection, found: Sources, folder: Path) -> list[Missing]:
    from sqlalchemy import select

    from gradebook.tables import assignment_versions

    kept = assignment_versions.c
    missing: list[Missing] = []
    query = select(kept.id, kept.assignment, kept.version, kept.title, kept.sheet).order_by(kept.id)
    for row in db.execute(query).all():
        target = folder / "assignments" / safe(row.assignment) / f"{row.id}-{safe(row.version)}"
        target.mkdir(parents=True)
        sheet = {"version": row.version, "title": row.title, "sheet": row.sheet}
        (target / "sheet.json").write_text(json.dumps(sheet, indent=1, ensure_ascii=False) + "\n", "utf-8")
        source = found.assignments.get((row.assignment, row.version))
        if source is not None:
            missing += copy_assignment(source, target / "files")
    return missing


def _about(
    asked: ArchiveRequest, now: datetime, rows: Any, missing: Sequence[Missing], found: Sources, known: Any
) -> dict[str, Any]:
    from importlib.metadata import distributions

    from autograder import __version__
    from gradebook.schema import HEAD

    strange = sorted(f"{name} {version}" for name, version in found.assignments.keys() - known.keys())
    return {
        "format": FORMAT,
        "made": now.isoformat(),
        "schema": HEAD,
        "names": asked.names,
        "rows": rows.rows,
        "versions": {f"{name} {version}": count for (name, version), count in known.items()},
        "not_archived": {"assignment folders of versions that nothing was graded with": strange},
        "missing": counted(missing),
        "made_with": {
            "nbverdict": __version__,
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.release()}",
            "sqlite": sqlite3.sqlite_version,
            "packages": dict(sorted((each.name, each.version) for each in distributions())),
        },
        "scores_made_with": {"images": rows.images, "software": rows.software, "checks": rows.checks},
    }


def _readme(asked: ArchiveRequest, about: dict[str, Any], folder: Path) -> str:
    from autograder import __version__
    from autograder.app import archive_words as words

    offerings = (folder / "records" / "offerings.jsonl").read_text(encoding="utf-8").splitlines()
    told = ", ".join(f"{one['course']} {one['term']}" for one in map(json.loads, offerings))
    why = "this one is in PostgreSQL" if asked.names else "it holds names"
    there = (folder / "gradebook.sqlite3").exists()
    return words.README.format(
        offerings=told,
        made=about["made"],
        version=__version__,
        names=words.NAMES_THERE if asked.names else words.NAMES_GONE,
        backup=words.BACKUP_THERE if there else words.BACKUP_GONE.format(why=why),
        missing=", ".join(f"{count} {what}" for what, count in about["missing"].items()) or "nothing",
    )


@contextmanager
def _whole_folder(out: Path) -> Iterator[Path]:
    """A folder that gets its name only when everything is in it; otherwise nothing is left."""
    from autograder.app.results_folder import disk_trouble

    part = out.with_name(f".{out.name}.part-{secrets.token_hex(4)}")
    try:
        part.mkdir(parents=True)
        yield part
        part.rename(out)
    except OSError as error:
        raise disk_trouble(error, out) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _told(rows: dict[str, int], missing: Sequence[Missing]) -> list[str]:
    names = ("submissions", "scores", "score_changes", "offering_policies", "audit_log")
    lines = [", ".join(f"{rows[name]} {name.replace('_', ' ')}" for name in names)]
    lines += [f"missing: {each.what} of {each.about}: {each.why}" for each in missing[:MOST_LINES]]
    if len(missing) > MOST_LINES:
        lines.append(f"missing: and {len(missing) - MOST_LINES} more; {MISSING} lists them all")
    told = ", ".join(f"{count} x {what}" for what, count in counted(missing).items())
    return [*lines, f"missing in all: {told}" if told else "nothing is missing"]


def listed(what: str, problems: Sequence[str]) -> str:
    """A sentence with at most 20 problems, each on a line."""
    more = [f"and {len(problems) - MOST_LINES} more"] if len(problems) > MOST_LINES else []
    return "\n".join([f"{what}:", *(f"  {line}" for line in [*problems[:MOST_LINES], *more])])
