"""Read a folder of files, as a learning management system or a browser unpacked it.

No link is followed and only regular files are read. It is for folders on a staff or student machine, not
for a folder that somebody else changes at the same moment.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO, Final

from autograder.intake.archive import Contents
from autograder.intake.budgets import Budgets, NotTaken, size
from autograder.intake.entry_names import clean, refuse_collisions, shown
from autograder.intake.junk import why_dropped

# Some of these do not exist on Windows, where students run `autograder check`.
_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


def read_folder(root: Path, budgets: Budgets) -> Contents:
    """Read every regular file below `root`.

    Raises:
        NotTaken: a link, a device, an unsafe name, or over a budget.
        OSError: the folder cannot be read; this is ours.

    """
    files: dict[str, bytes] = {}
    dropped: dict[str, str] = {}
    left = budgets.unpacked_bytes
    seen = 0
    waiting = [(root, "")]
    while waiting:
        folder, prefix = waiting.pop()
        with os.scandir(folder) as listing:
            for found in sorted(listing, key=lambda item: item.name):
                name = prefix + found.name
                path = clean(name, budgets)
                if why := why_dropped(path):
                    dropped[path] = why
                    continue
                seen += 1
                if seen > budgets.entries:
                    raise NotTaken(f"The folder holds more than {budgets.entries} entries.")
                if found.is_symlink():
                    raise NotTaken(f"{shown(path)} is a link. Put the file itself there.")
                if found.is_dir(follow_symlinks=False):
                    waiting.append((Path(found.path), name + "/"))
                    continue
                if path in files:
                    refuse_collisions([path, path])
                files[path] = read_file(Path(found.path), path, left)
                left -= len(files[path])
    refuse_collisions(files)
    return Contents(files=dict(sorted(files.items())), dropped=dropped)


def open_regular(path: Path, name: str) -> BinaryIO:
    """Open one regular file, following no link. `name` is what messages call it.

    Raises:
        NotTaken: no regular file.
        OSError: the file cannot be read; this is ours.

    """
    handle = os.open(path, _FLAGS)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise NotTaken(f"{shown(name)} is no ordinary file. Remove it.")
    return os.fdopen(handle, "rb")


def read_file(path: Path, name: str, at_most: int) -> bytes:
    """Read one regular file, following no link. `name` is what messages call it.

    Raises:
        NotTaken: no regular file, or more than `at_most` bytes.
        OSError: the file cannot be read; this is ours.

    """
    with open_regular(path, name) as opened:
        data = opened.read(at_most + 1)
    if len(data) > at_most:
        raise NotTaken(
            f"{shown(name)} is too large (limit {size(at_most)}). Leave out files that are not needed."
        )
    return data
