"""Take in one hand-in: a zip archive, a folder, or a bare notebook. Nothing in it is executed or written.

What comes out is bytes that were read safely. Metadata that could configure a run is gone, outputs are kept
apart for the TA. Whether the work follows the guidelines is not asked here.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from autograder.errors import UsageError
from autograder.intake import attempts
from autograder.intake.archive import Contents, read_zip
from autograder.intake.budgets import Budgets, NotTaken
from autograder.intake.entry_names import clean
from autograder.intake.folder import read_file, read_folder
from autograder.intake.unpacked import unpacked
from autograder.model.ids import StudentId
from autograder.model.submission import Rejected, Submission

_CHUNK: Final = 1024 * 1024
_UNKNOWN: Final = "0" * 64
_NOTEBOOK_ENDINGS: Final = (".ipynb", ".ipynb.json", ".ipynb.txt")


def take_in(
    path: Path,
    *,
    student: str | None = None,
    attempt: int | None = None,
    received: datetime | None = None,
    limits: Budgets | None = None,
    wanted: tuple[str, ...] = (),
) -> Submission | Rejected:
    """Read what was handed in at `path`.

    Student, attempt and time of receipt come from the names where they are not given; the time at last from
    the file. `wanted` names the notebooks that an assignment runs: another notebook that cannot be read is
    then kept as a closed file with a note, instead of a rejection.

    Raises:
        UsageError: there is nothing at `path`, or it cannot be read. Nothing was taken in.

    """
    budgets = limits or Budgets()
    try:
        if path.is_dir() and (inner := _only_archive(path)):
            path = inner
        real = path.resolve(strict=True)
        if not (real.is_file() or real.is_dir()):
            raise UsageError(f"{path} is neither a file nor a folder.")
        named = attempts.sender_of(path.absolute())
        moment = received or named.received or datetime.fromtimestamp(real.stat().st_mtime, tz=UTC)
        digest, contents = _received(real, path.name or real.name, budgets)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise UsageError(f"{path}: cannot be read ({why})", hint="Check the path.") from None
    who = StudentId(student or named.student)
    number = named.attempt if attempt is None else attempt
    submission_id = attempts.submission_id(who, number, digest)
    archive_name = path.name or real.name
    try:
        if isinstance(contents, NotTaken):
            raise contents
        taken = unpacked(contents, wanted=wanted, budgets=budgets)
    except NotTaken as refusal:
        return Rejected(
            id=submission_id,
            student=who,
            digest=digest,
            received=moment,
            archive_name=archive_name,
            reason=refusal.reason,
        )
    return Submission(
        id=submission_id,
        student=who,
        attempt=number,
        digest=digest,
        received=moment,
        archive_name=archive_name,
        notebooks=taken.notebooks,
        stored=taken.stored,
        files=taken.files,
        notes=taken.notes,
    )


def _only_archive(folder: Path) -> Path | None:
    """Return the one zip archive of a folder that an LMS made around it, or None."""
    archives, others = [], 0
    with os.scandir(folder) as listing:
        for found in listing:
            if found.name.casefold().endswith(".zip") and found.is_file(follow_symlinks=False):
                archives.append(Path(found.path))
            elif found.is_dir(follow_symlinks=False) or found.name.casefold().endswith(".ipynb"):
                others += 1
    return archives[0] if len(archives) == 1 and not others else None


def _received(path: Path, name: str, budgets: Budgets) -> tuple[str, Contents | NotTaken]:
    """Return the digest and the contents, or why there are none."""
    digest = _UNKNOWN
    try:
        if path.is_dir():
            contents = read_folder(path, budgets)
            return _folder_digest(contents.files), contents
        if name.casefold().endswith(_NOTEBOOK_ENDINGS):
            raw = read_file(path, name, budgets.notebook_bytes)
            inner = name[: name.casefold().index(".ipynb")] + ".ipynb"
            digest = hashlib.sha256(raw).hexdigest()
            return digest, Contents(files={clean(inner, budgets): raw}, dropped={})
        with path.open("rb") as opened:
            digest = _digest(opened, budgets)
            return digest, read_zip(opened, budgets)
    except NotTaken as refusal:
        return digest, refusal


def _digest(opened: BinaryIO, budgets: Budgets) -> str:
    found = hashlib.sha256()
    left = budgets.received_bytes + 1
    while left > 0 and (chunk := opened.read(min(_CHUNK, left))):
        found.update(chunk)
        left -= len(chunk)
    return found.hexdigest()


def _folder_digest(files: Mapping[str, bytes]) -> str:
    found = hashlib.sha256()
    for path, data in sorted(files.items()):
        found.update(f"{len(path.encode())}:{path}:{len(data)}:".encode())
        found.update(data)
    return found.hexdigest()
