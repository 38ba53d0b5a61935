"""Names of files inside a hand-in: made relative, in one spelling, and refused when two could be mixed up.

Only names are looked at. Whether an entry is a link or a device is for the archive and the folder reader.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from autograder.intake.budgets import Budgets, NotTaken


def shown(name: str) -> str:
    """Return a name as it can be shown in a message: printable, at most 80 characters, in quotes."""
    text = "".join(char if char.isprintable() else "?" for char in name)
    return f'"{text if len(text) <= 80 else text[:77] + "..."}"'


def clean(name: str, budgets: Budgets) -> str:
    """Return the entry's path: relative, forward slashes, NFC, no `.` parts; "" for the root itself.

    Raises:
        NotTaken: the name leads out of the archive, or is no name a file can have everywhere.

    """
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in name):
        raise NotTaken(f"The file name {shown(name)} holds a control character. Rename the file.")
    if "\\" in name:
        raise NotTaken(
            f"The file name {shown(name)} holds a backslash. Make the archive again with forward slashes, "
            "or with `autograder pack`."
        )
    if name.startswith("/") or (len(name) > 1 and name[1] == ":" and name[0].isalpha()):
        raise NotTaken(f"The entry {shown(name)} has an absolute path. Use paths inside the archive only.")
    parts = [part for part in unicodedata.normalize("NFC", name).split("/") if part not in ("", ".")]
    if ".." in parts:
        raise NotTaken(f'The entry {shown(name)} leads out of the archive. Remove ".." from its path.')
    if len(parts) > budgets.name_depth:
        raise NotTaken(
            f"The entry {shown(name)} lies {len(parts)} folders deep; the limit is {budgets.name_depth}."
        )
    path = "/".join(parts)
    if len(path) > budgets.path_length or any(len(part.encode()) > budgets.name_length for part in parts):
        raise NotTaken(f"The file name {shown(name)} is too long. Rename the file.")
    return path


def refuse_collisions(paths: Iterable[str]) -> None:
    """Refuse two files with one name, also when they differ only in case or in how accents are written.

    Raises:
        NotTaken: two entries have one name, or a file has the name of a folder.

    """
    seen: dict[str, str] = {}
    for path in paths:
        key = _key(path)
        if key in seen:
            raise NotTaken(
                f"Two entries have the same name on some computers: {shown(seen[key])} and {shown(path)}. "
                "Rename or remove one."
            )
        seen[key] = path
    for key, path in seen.items():
        parts = key.split("/")
        for end in range(1, len(parts)):
            if (folder := "/".join(parts[:end])) in seen:
                raise NotTaken(
                    f"{shown(seen[folder])} is a file and a folder of {shown(path)} at once. Rename one."
                )


def _key(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
