"""Prove that an archive is as it was written, and put it back into an empty gradebook."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import InvalidOperation
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.app.archiving import ABOUT, FORMAT, filled, listed
from autograder.app.records import opened
from autograder.errors import GradebookError

if TYPE_CHECKING:
    from rich.progress import Progress
    from sqlalchemy import Connection


def verify_archive(folder: Path, *, bar: Progress) -> list[str]:
    """Check every file and work out every grade again; lines about it.

    GradebookError that lists what changed, is missing or was added, and grades that do not agree.
    """
    with _sound():
        digest, about = _unchanged(folder, bar)
    task = bar.add_task("grades", total=2)
    with _sound(), filled(folder, names=False) as book, book.reading() as db:
        bar.advance(task)
        count = _agree(db, folder, about)
        bar.advance(task)
    return [
        f"every file is as it was written on {about['made']}",
        f"{_records(about)} records lead to the same {count} grades",
        f"SHA-256 of its manifest: {digest}",
    ]


def restore_archive(
    folder: Path, *, url: str | None, config: Path | None, dry_run: bool, bar: Progress
) -> list[str]:
    """Put an archive into an empty gradebook, as a whole or not at all; lines about it.

    GradebookError when the archive is not as it was written, or the gradebook is not empty.
    """
    if dry_run:
        return [*verify_archive(folder, bar=bar), "nothing was restored: this is a dry run"]
    from gradebook.archive.filling import fill

    with _sound():
        _, about = _unchanged(folder, bar)
        task = bar.add_task("records", total=sum(about["rows"].values()))
    with _sound(), opened(url, config, create=True) as (book, _), book.writing() as db:
        fill(db, folder, names=True, told=lambda _: bar.advance(task))
        count = _agree(db, folder, about)
    without = "" if about["names"] else "; the archive has no names, so pseudonyms stand for students"
    return [f"{_records(about)} records are restored, and lead to the same {count} grades{without}"]


@contextmanager
def _sound() -> Iterator[None]:
    """GradebookError for records that no gradebook can have: somebody may have written them by hand."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError, InvalidOperation) as error:
        what = f"{type(error).__name__}: {error}"[:200]
        raise GradebookError(f"the archive's records contradict each other ({what})") from error
    except (RecursionError, IsADirectoryError, NotADirectoryError) as error:
        raise GradebookError("the archive holds what no archive holds") from error


def _records(about: dict[str, Any]) -> int:
    from gradebook.archive.dumping import NAMES

    return sum(count for name, count in about["rows"].items() if name != NAMES)


def _unchanged(folder: Path, bar: Progress) -> tuple[str, dict[str, Any]]:
    from gradebook.archive.manifest import MANIFEST, check_manifest

    manifest = folder / MANIFEST
    task = bar.add_task("digests", total=manifest.read_bytes().count(b"\n") if manifest.is_file() else None)
    digest, problems = check_manifest(folder, told=lambda: bar.advance(task))
    if problems:
        raise GradebookError(
            listed("the archive is not as it was written", problems), hint="Use another copy of it."
        )
    about = _about(folder)
    _originals(folder)
    return digest, about


def _about(folder: Path) -> dict[str, Any]:
    """What the archive says about itself. GradebookError when this version cannot read it."""
    from gradebook.schema import HEAD

    try:
        about = json.loads((folder / ABOUT).read_bytes())
        written, schema = about["format"], about["schema"]
        datetime.fromisoformat(about["made"])
        counts = about["rows"].values()
        fits = all(type(count) is int for count in counts) and isinstance(about["names"], bool)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise GradebookError(f"{ABOUT} cannot be read", hint="Is this an archive of a gradebook?") from None
    if written != FORMAT or not fits or not isinstance(schema, str) or schema > HEAD:
        raise GradebookError(
            f"this archive has format {written} and schema {schema}; this version of nbverdict knows format "
            f"{FORMAT} and schemas up to {HEAD}",
            hint="It was written by a newer version: update nbverdict.",
        )
    read: dict[str, Any] = about
    return read


def _originals(folder: Path) -> None:
    """What was handed in is what the records say: its digest stands in both."""
    from gradebook.archive.manifest import MANIFEST

    originals = {}
    for line in (folder / MANIFEST).read_text(encoding="ascii").splitlines():
        digest, _, name = line.partition("  ")
        parts = name.split("/")
        if len(parts) == 3 and parts[0] == "submissions" and parts[2].partition(".")[0] == "original":
            originals[parts[1]] = digest
    if not originals:
        return
    wrong = []
    with (folder / "records" / "submissions.jsonl").open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            kept = originals.pop(str(row["id"]), row["digest"])
            if kept != row["digest"]:
                wrong.append(f"submission {row['id']} has another digest than its record")
    wrong += [f"no record knows submission {number}" for number in originals]
    if wrong:
        raise GradebookError(listed("the archive contradicts itself", wrong))


def _agree(db: Connection, folder: Path, about: dict[str, Any]) -> int:
    """How many grades there are. GradebookError when the records lead to others than the archive says."""
    from gradebook.archive.grades import GRADES, differences, grades, read_grades

    count = 0

    def written() -> Any:
        nonlocal count
        for line in read_grades(folder / GRADES):
            count += 1
            yield line

    wrong = list(differences(chain(grades(db, datetime.fromisoformat(about["made"]))), written()))
    if wrong:
        raise GradebookError(
            listed(
                "the records do not lead to the grades in the archive (first worked out, then written)", wrong
            ),
            hint="Was it written by another version of nbverdict? about.json says which.",
        )
    return count
