"""The files of a download, a zip or a folder, each to be read as a stream. Nothing is written.

A bulk download was packed by the system, not by a student; but the names in it are the students'. So no name
is used as a path, no link is followed, and the times that a zip or a disk keeps are never looked at: they are
the clock of whoever made the file.
"""

from __future__ import annotations

import os
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, TypeVar

from autograder.errors import UsageError
from autograder.intake.folder import open_regular
from autograder.intake.junk import why_dropped

T = TypeVar("T")

_MOST_ENTRIES: Final = 200_000
_LONGEST_PART: Final = 180
_NOT_IN_NAMES: Final = frozenset('/\\:*?"<>|')


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """One regular file of a download: its path in the download, its size in bytes, and how to read it."""

    path: tuple[str, ...]
    size: int
    open: Callable[[], IO[bytes]] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """All files of one source, and what cannot be read with the reason."""

    files: tuple[FoundFile, ...]
    unreadable: tuple[tuple[str, str], ...] = ()


@contextmanager
def opened(source: Path) -> Iterator[Download]:
    """List the files of a zip or a folder. They can be read until the block ends.

    Raises:
        UsageError: there is nothing at `source`, or it is a zip that cannot be read.

    """
    if source.is_dir():
        yield _listed(source, lambda: _folder(source))
        return
    archive = _listed(source, lambda: zipfile.ZipFile(source))
    with archive:
        yield _archive(source, archive)


def _listed(source: Path, look: Callable[[], T]) -> T:
    """Look at a source; what the machine says about a failure becomes a message."""
    try:
        return look()
    except zipfile.BadZipFile:
        raise UsageError(
            f"{source}: the download is damaged or no zip archive", hint="Download it again."
        ) from None
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise UsageError(f"{source}: cannot be read ({why})", hint="Check the path.") from None


def is_archive(source: Path) -> bool:
    """Whether a source is a whole zip archive.

    A download that was cut off may end with a student's archive, which must not be taken for it.
    """
    if not source.is_file() or not zipfile.is_zipfile(source):
        return False
    try:
        with zipfile.ZipFile(source) as archive:
            return min((entry.header_offset for entry in archive.infolist()), default=0) == 0
    except (zipfile.BadZipFile, OSError):
        return False


def single(path: Path) -> FoundFile:
    """One file of its own, such as an archive that came by e-mail. Raises UsageError."""
    size = _listed(path, lambda: path.stat().st_size)
    return FoundFile(path=(writable(path.name),), size=size, open=lambda: path.open("rb"))


def writable(name: str) -> str:
    """A name from the disk as text that can be written: bytes that are no UTF-8 stand as `\\xNN`."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def safe_name(part: str) -> str:
    """Return one part of a path as a file name that is safe everywhere and keeps its ending."""
    plain = unicodedata.normalize("NFC", part)
    kept = "".join(
        "_" if char in _NOT_IN_NAMES or unicodedata.category(char).startswith("C") else char for char in plain
    ).strip()
    if not kept.strip("."):
        return "_"
    stem, dot, ending = kept.rpartition(".")
    if len(kept.encode()) > _LONGEST_PART:
        room = _LONGEST_PART - len(ending.encode()) - 1
        short = stem if dot and room > 0 else kept
        cut = short.encode()[: max(room, 20)].decode(errors="ignore")
        kept = f"{cut}.{ending}" if dot and room > 0 else cut
    return kept


def _archive(source: Path, archive: zipfile.ZipFile) -> Download:
    entries = archive.infolist()
    if len(entries) > _MOST_ENTRIES:
        raise UsageError(f"{source}: holds more than {_MOST_ENTRIES} entries")
    files, unreadable = [], []
    for entry in entries:
        path = tuple(part for part in _name(entry).split("/") if part not in ("", ".", ".."))
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if entry.is_dir() or not path or why_dropped("/".join(path)):
            continue
        if entry.flag_bits & 0x1:
            unreadable.append(("/".join(path), "it is protected with a password"))
        elif kind not in (0, stat.S_IFREG):
            unreadable.append(("/".join(path), "it is a link or no ordinary file"))
        else:
            files.append(FoundFile(path=path, size=entry.file_size, open=_reader(archive, entry)))
    return Download(files=tuple(files), unreadable=tuple(unreadable))


def _name(entry: zipfile.ZipInfo) -> str:
    """The name as it was meant: some programs write UTF-8 without saying so, others backslashes."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    if "/" not in name:
        name = name.replace("\\", "/")
    return unicodedata.normalize("NFC", name)


def _reader(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    return lambda: archive.open(entry)


def _folder(root: Path) -> Download:
    files: list[FoundFile] = []
    unreadable: list[tuple[str, str]] = []
    waiting: list[tuple[Path, tuple[str, ...]]] = [(root, ())]
    while waiting:
        folder, prefix = waiting.pop()
        with os.scandir(folder) as listing:
            for found in sorted(listing, key=lambda item: item.name):
                path = (*prefix, unicodedata.normalize("NFC", writable(found.name)))
                if why_dropped("/".join(path)):
                    continue
                if len(files) + len(waiting) > _MOST_ENTRIES:
                    raise UsageError(f"{root}: holds more than {_MOST_ENTRIES} entries")
                if found.is_dir(follow_symlinks=False):
                    waiting.append((Path(found.path), path))
                elif found.is_file(follow_symlinks=False):
                    size = found.stat(follow_symlinks=False).st_size
                    files.append(FoundFile(path=path, size=size, open=_opener(Path(found.path))))
                else:
                    unreadable.append(("/".join(path), "it is a link or no ordinary file"))
    return Download(files=tuple(sorted(files, key=lambda file: file.path)), unreadable=tuple(unreadable))


def _opener(path: Path) -> Callable[[], IO[bytes]]:
    return lambda: open_regular(path, path.name)
