"""Make the archive a student hands in: the right name, what is needed, and the same bytes every time.

It reads files of the student's own machine and runs none of them. It does not judge the work.
"""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from autograder.errors import UsageError
from autograder.formats import archive_name, file_type, notebook
from autograder.formats.archive_name import ArchiveName
from autograder.formats.file_type import ARCHIVES
from autograder.formats.notebook import NotebookRejected
from autograder.intake.budgets import MIB, Budgets, NotTaken, size
from autograder.intake.entry_names import clean, refuse_collisions
from autograder.intake.folder import read_file, read_folder
from autograder.intake.junk import why_dropped

LARGE_BYTES: Final = 20 * MIB
"""A file above this size is left out unless the assignment asks for it."""
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """An archive in memory. `left_out` says for each file that is not inside why."""

    name: str
    content: bytes = field(repr=False)
    included: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]


def pack(
    paths: Sequence[Path],
    *,
    net_id: str,
    homework: str,
    version: int,
    day: date,
    needed: tuple[str, ...] = (),
    large_bytes: int = LARGE_BYTES,
) -> Packed:
    """Pack notebooks, files and folders into `{net_id}_{day}_{version}_HW{homework}.zip`.

    Files go to the top of the archive, folders keep their inner paths. `needed` names files that go in
    however large they are.

    Raises:
        UsageError: no notebook, a notebook that cannot be read, two files of one name, or an impossible name.

    """
    ending = homework if homework.startswith("HW") else f"HW{homework}"
    name = str(ArchiveName(net_id=net_id, day=day, version=version, ending=ending))
    if archive_name.parse(name) is None:
        raise UsageError(
            f"{name} is no name for an archive.",
            hint="A Net ID has letters and digits only, a version counts from 1, an id has no spaces.",
        )
    files, left_out = _collect(paths)
    for path, data in list(files.items()):
        if why := _why_not(path, data, needed, large_bytes):
            left_out[path] = why
            del files[path]
    if not any(path.casefold().endswith(".ipynb") for path in files):
        raise UsageError("There is no notebook to pack.", hint="Name at least one .ipynb file.")
    for path, data in files.items():
        if path.casefold().endswith(".ipynb"):
            _must_be_readable(path, data)
    return Packed(
        name=name,
        content=_zipped(files),
        included=tuple(sorted(files)),
        left_out=tuple(sorted(left_out.items())),
    )


def next_version(folder: Path, *, net_id: str, day: date, homework: str) -> int:
    """Return the version after the highest one of that day that lies in `folder`, counting from 1."""
    ending = homework if homework.startswith("HW") else f"HW{homework}"
    made = [archive_name.parse(found.name) for found in folder.glob("*.zip")]
    same = [
        parts.version
        for parts in made
        if parts and (parts.net_id, parts.day, parts.ending) == (net_id, day, ending)
    ]
    return max(same, default=0) + 1


def _collect(paths: Sequence[Path]) -> tuple[dict[str, bytes], dict[str, str]]:
    budgets = Budgets()
    files: dict[str, bytes] = {}
    left_out: dict[str, str] = {}
    try:
        for path in paths:
            if path.is_dir():
                contents = read_folder(path, budgets)
                left_out |= contents.dropped
                found: Mapping[str, bytes] = contents.files
            else:
                name = clean(path.name, budgets)
                if why := why_dropped(name):
                    left_out[name] = why
                    continue
                found = {name: read_file(path, path.name, budgets.unpacked_bytes)}
            refuse_collisions([*files, *found])
            files |= found
    except NotTaken as refusal:
        raise UsageError(refusal.reason) from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror or type(error).__name__})") from None
    return files, left_out


def _why_not(path: str, data: bytes, needed: tuple[str, ...], large_bytes: int) -> str:
    if path in needed or path.rpartition("/")[2] in needed or path.casefold().endswith(".ipynb"):
        return ""
    if archive_name.parse(path.rpartition("/")[2]):
        return "an archive made earlier"
    if file_type.of(data[: file_type.HEAD_BYTES]) in ARCHIVES and path.casefold().endswith(
        (".zip", ".rar", ".7z", ".tar", ".tgz", ".tar.gz")
    ):
        return "an archive inside the archive"
    return f"large ({size(len(data))})" if len(data) > large_bytes else ""


def _must_be_readable(path: str, data: bytes) -> None:
    try:
        notebook.read(data)
    except NotebookRejected as refusal:
        raise UsageError(
            f"{path} cannot be read: {refusal.reason}.", hint="Save the notebook again, then pack it."
        ) from None


def _zipped(files: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression=zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, date_time=_EARLIEST)
            entry.create_system = 3
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[path])
    return made.getvalue()
