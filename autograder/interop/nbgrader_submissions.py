"""Whose a submission is that nbgrader collected, and when it came: from its path and its `timestamp.txt`.

nbgrader writes the time on the student's side of its exchange, so it is as true as that machine's clock. The
notebooks are not looked at here.
"""

from __future__ import annotations

import glob
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

TIMESTAMP: Final = "timestamp.txt"
STUDENT: Final = "{student_id}"
_AT_MOST: Final = 200
_OFFSET: Final = re.compile(r"[+-]\d\d:?\d\d")


class TimestampUnreadable(Exception):
    """The time of a submission cannot be read. The message says what stands in its file."""


def student_of(path: Path, pattern: str) -> str | None:
    """Give the student of a submission folder, None where it does not lie as the course lays them out.

    `pattern` is as `submitted/{student_id}/ps1`; its first part may have another name, or be missing.
    """
    wanted = pattern.split("/")
    if STUDENT not in wanted:
        return None
    if wanted.index(STUDENT) > 0 and len(wanted) > 2:
        wanted = wanted[1:]
    parts = path.absolute().parts[-len(wanted) :]
    pairs = list(zip(wanted, parts, strict=False))
    if len(parts) < len(wanted) or any(one not in (STUDENT, part) for one, part in pairs):
        return None
    return parts[wanted.index(STUDENT)]


def collected(folder: Path, pattern: str) -> tuple[Path, ...]:
    """Give the submissions in the folder where a course collects them, such as `COURSE/submitted`.

    None for any other folder: a student may have handed in one that looks like it.
    """
    wanted = pattern.split("/")
    place = wanted.index(STUDENT) if STUDENT in wanted else 0
    if not place or list(folder.absolute().parts[-place:]) != wanted[:place]:
        return ()
    rest = [glob.escape(part) for part in wanted[place + 1 :]]
    return tuple(sorted(path for path in folder.glob("/".join(["*", *rest])) if path.is_dir()))


def received_at(folder: Path) -> datetime | None:
    """Give the time of receipt in UTC; None without a file, or with an empty one.

    A time without a zone is UTC, as for nbgrader. Raises TimestampUnreadable.
    """
    path = folder / TIMESTAMP
    if path.is_symlink() or not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            text = file.read(_AT_MOST).decode("utf-8", "replace").strip()
    except OSError as problem:
        raise TimestampUnreadable(f"{path}: cannot be read: {problem.strerror}") from None
    if not text:
        return None
    try:
        return _moment(text)
    except (ValueError, OverflowError, OSError, ZoneInfoNotFoundError):  # "America" is a folder of zones
        raise TimestampUnreadable(f"{path}: {text!r} is no time that nbgrader writes") from None


def _moment(text: str) -> datetime:
    parts = text.split()
    zone = parts.pop() if len(parts) > 2 else ""
    moment = datetime.fromisoformat(" ".join(parts))
    if _OFFSET.fullmatch(zone):
        moment = datetime.fromisoformat(f"{' '.join(parts)}{zone}")
    elif zone and moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
