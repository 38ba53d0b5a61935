"""A list of the SHA-256 of every file below a folder, and what differs from it later.

The form is that of `sha256sum`, so `sha256sum -c MANIFEST.sha256` checks it without this software. It is
canonical: sorted, one line a file. Whoever can write there can write a new list, too: keep its own digest
elsewhere. No link is followed and nothing but regular files is opened.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Final

from autograder.errors import GradebookError

MANIFEST: Final = "MANIFEST.sha256"
_LINE: Final = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9._/-]+)")
_CHUNK: Final = 1 << 20

Told = Callable[[], None]


def write_manifest(folder: Path, told: Told = lambda: None) -> str:
    """Write the list; every file is on the disk then. Returns the digest of the list itself.

    GradebookError for a link or anything else that is no file, and for a name of other signs than A-Z, a-z,
    0-9, dot, dash and underscore.
    """
    lines = []
    for name, kind in sorted(_found(folder)):
        if kind != "file" or not _LINE.fullmatch(f"{'0' * 64}  {name}"):
            raise GradebookError(f"{name!r} cannot stand in an archive: it is a {kind} of this name")
        lines.append(f"{_digest(folder / name, keep=True)}  {name}\n")
        told()
    content = "".join(lines).encode()
    (folder / MANIFEST).write_bytes(content)
    _digest(folder / MANIFEST, keep=True)
    return sha256(content).hexdigest()


def check_manifest(folder: Path, told: Told = lambda: None) -> tuple[str, list[str]]:
    """The digest of the list, and every way in which the folder differs from it: none when nothing changed.

    GradebookError when there is no list, or it is none.
    """
    path = folder / MANIFEST
    if path.is_symlink() or not path.is_file():
        raise GradebookError(f"there is no {MANIFEST} in {folder.name}", hint="Is this the archive's folder?")
    content = path.read_bytes()
    listed = _listed(content)
    problems = []
    there = dict(_found(folder))
    for name, digest in listed.items():
        kind = there.pop(name, "")
        if not kind:
            problems.append(f"missing: {name}")
        elif kind != "file":
            problems.append(f"changed: {name} is a {kind}")
        elif _digest(folder / name) != digest:
            problems.append(f"changed: {name}")
        told()
    problems += [f"extra {kind}: {name!r}" for name, kind in there.items() if name != MANIFEST]
    return sha256(content).hexdigest(), problems


def _listed(content: bytes) -> dict[str, str]:
    listed: dict[str, str] = {}
    for number, line in enumerate(content.decode("ascii", "replace").removesuffix("\n").split("\n"), 1):
        found = _LINE.fullmatch(line)
        if found is None or not _inside(found[2]) or (listed and found[2] <= next(reversed(listed))):
            raise GradebookError(f"{MANIFEST}, line {number} is none of a manifest")
        listed[found[2]] = found[1]
    if not content.endswith(b"\n") or b"\r" in content or not listed:
        raise GradebookError(f"{MANIFEST} does not end as a manifest does")
    return listed


def _inside(name: str) -> bool:
    parts = name.split("/")
    return name == str(PurePosixPath(name)) and not name.startswith("/") and ".." not in parts


def _found(folder: Path) -> Iterator[tuple[str, str]]:
    """Everything below a folder that is no folder, with what it is."""
    for at, folders, files in os.walk(folder, onerror=_refuse):
        links = [name for name in folders if Path(at, name).is_symlink()]
        for name in (*files, *links):
            path = Path(at, name)
            mode = path.lstat().st_mode
            kind = "file" if stat.S_ISREG(mode) else "link" if stat.S_ISLNK(mode) else "special file"
            yield path.relative_to(folder).as_posix(), kind


def _refuse(error: OSError) -> None:
    raise GradebookError(f"{error.filename}: cannot be read ({error.strerror})") from None


def _digest(path: Path, *, keep: bool = False) -> str:
    made = sha256()
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(handle, "rb") as file:
        while part := file.read(_CHUNK):
            made.update(part)
        if keep:
            os.fsync(file.fileno())
    return made.hexdigest()
