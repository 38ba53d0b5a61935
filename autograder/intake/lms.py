"""How learning management systems name what they let staff download: Brightspace and Canvas.

Only names are read. A name tells who the system says handed in, and when; it says nothing about what the file
holds. Times in names have no zone: whoever reads a download knows which one the system was set to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from autograder.formats.archive_name import LONGEST, MOMENT, homework, wall_time, wrapping


class Lms(StrEnum):
    """Where a download comes from. `folder` is a plain folder, whose names say little."""

    BRIGHTSPACE = "brightspace"
    CANVAS = "canvas"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a system wrote into one name.

    `label` is the system's own part of it, under which feedback goes back; `file` is what comes after it
    and empty for a folder. `when` has no zone. `order` counts up with the system's own numbers.
    """

    lms: Lms
    who: str
    label: str
    file: str = ""
    numbers: tuple[str, ...] = ()
    when: datetime | None = None
    late: bool = False
    order: int = 0


_COPY: Final = r"(?: ?\(\d{1,3}\))?"
_BRIGHTSPACE: Final = re.compile(
    r"(?P<label>(?P<numbers>\d+-\d+) - (?P<who>[^/]{1,100}?) ?- (?P<when>"
    + MOMENT.replace(":?", "[:_]?")
    + r"))"
    r"(?:" + _COPY + r"|(?P<copied>" + _COPY + r"\.[A-Za-z0-9]{1,8})| ?- ?(?P<file>[^/]+))",
)
_CANVAS: Final = re.compile(
    r"(?P<label>(?P<who>[^/]{1,100}?)(?P<late>_LATE|_late)?_(?P<person>\d+)_(?P<number>\d{3,})_)(?P<file>[^/]+)"
)
_CANVAS_ANONYMOUS: Final = re.compile(
    r"(?P<label>(?P<late>LATE_)?(?P<who>anon_(?P<person>[A-Za-z0-9]+))_(?P<number>\d{3,})_)(?P<file>[^/]+)"
)
_CANVAS_WITHOUT_FILE: Final = re.compile(
    r"(?P<label>(?P<who>[^/_]{1,100})(?P<late>_LATE|_late)?_(?P<person>\d+)_)"
    r"(?P<file>(?:text|link)(?:-\d{1,2})?" + _COPY + r"\.html)"
)


def read(name: str, lms: Lms | None) -> Named | None:
    """Return what the name of a file or folder tells, or None where no system wrote it.

    `lms` is the system it must come from; None tries each.
    """
    if len(name) > LONGEST:
        return None
    tries = {Lms.BRIGHTSPACE: _brightspace, Lms.CANVAS: _canvas, Lms.FOLDER: _other}
    chosen = tries.values() if lms is None else (tries[lms],)
    return next((named for one in chosen if (named := one(name))), None)


def _brightspace(name: str) -> Named | None:
    found = _BRIGHTSPACE.fullmatch(name)
    if found is None or (when := wall_time(found["when"].replace("_", ""))) is None:
        return None
    return Named(
        lms=Lms.BRIGHTSPACE,
        who=found["who"].strip(),
        label=found["label"],
        # A folder that somebody packed again. Its name is the student's, and must not go on.
        file=found["file"] or (f"files.{name.rpartition('.')[2]}" if found["copied"] else ""),
        numbers=(found["numbers"], *found["numbers"].split("-")),
        when=when,
    )


def _canvas(name: str) -> Named | None:
    """Read a Canvas name. Canvas writes no time, but the numbers of files grow with time."""
    own = homework(name)
    if own is not None and name.startswith(f"{own.net_id}_{own.day:%Y%m%d}_"):
        return None  # the student's own archive name has numbers in the same places
    for pattern in (_CANVAS_ANONYMOUS, _CANVAS, _CANVAS_WITHOUT_FILE):
        if found := pattern.fullmatch(name):
            return Named(
                lms=Lms.CANVAS,
                who=found["who"],
                label=found["label"],
                file=found["file"],
                numbers=(found["person"],),
                late=bool(found["late"]),
                order=int(found.groupdict().get("number") or 0),
            )
    return None


def _other(name: str) -> Named | None:
    """Read the names of other systems, as far as they are known."""
    found = wrapping(name)
    if not found.who:
        return None
    when = found.when.replace(tzinfo=None) if found.when else None
    return Named(lms=Lms.FOLDER, who=found.who, label=name, when=when)
