"""What the name of a handed-in archive says, once the wrapping of learning management systems is removed.

The rule is `{Net_ID}_{YYYYMMDD}_{version}_HW{id}.zip`. A name is text that anybody may choose: nothing here
proves who handed something in or when.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

LONGEST: Final = 255
_RULE: Final = re.compile(
    r"(?P<net_id>[A-Za-z][A-Za-z0-9]{0,31})_(?P<day>\d{8})_(?P<version>[1-9]\d{0,2})"
    r"_(?P<ending>[A-Za-z0-9][A-Za-z0-9_.-]{0,63})\.[Zz][Ii][Pp]",
    re.ASCII,
)
_MONTH: Final = r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]{0,6}"
MOMENT: Final = _MONTH + r" \d{1,2}, \d{4} \d{1,2}:?\d{2} [AP]M"
"""Pattern of a time as Brightspace writes it, such as `Oct 31, 2026 1159 PM`."""
_PREFIXES: Final = (
    re.compile(r"\d+-\d+ - (?P<who>[^/]{1,100}?) - (?P<when>" + MOMENT + r") - "),  # Brightspace
    re.compile(r"(?P<who>[^_/]{1,100})_(?:LATE_|late_)?\d{3,}_\d{3,}_"),  # Canvas
    re.compile(r"(?P<who>[^_/]{1,100})_\d+_assignsubmission_file_"),  # Moodle
    re.compile(r"[^/]{1,80}?_(?P<who>[A-Za-z0-9]{1,32})_attempt_(?P<when>\d{4}(?:-\d{2}){5})_"),  # Blackboard
)
_OTHER_PREFIXES: Final = (
    re.compile(r"\d+-\d+ - [^/]{1,100}? - [^/]{4,40}? - "),  # Brightspace in another language
    re.compile(r"\d{3,12}_(?=[A-Za-z])"),  # a number that says nothing
)
"""Prefixes that say nothing which is read further."""
_FOLDERS: Final = (
    re.compile(r"\d+-\d+ - (?P<who>[^/]{1,100}?) - (?P<when>" + MOMENT + r")"),
    re.compile(r"(?P<who>[^_/]{1,100})_\d+_assignsubmission_file_?"),
)
_SUFFIXES: Final = (
    re.compile(r"\.zip", re.IGNORECASE),  # the browser added a second ending
    re.compile(r" ?\(\d{1,3}\)"),
    re.compile(r" - " + MOMENT),
    re.compile(r"[ _-]\d{4}-\d{2}-\d{2}(?:[ T_-]\d{2}[-:.]?\d{2}(?:[-:.]?\d{2})?)?"),
    re.compile(r"(?: -)? copy(?: \d{1,2})?", re.IGNORECASE),
    re.compile(r"[-.]\d{1,2}"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveName:
    """The parts of a name that follows the rule. `ending` is what stands after the version, such as `HW3`."""

    net_id: str
    day: date
    version: int
    ending: str

    def __str__(self) -> str:
        return f"{self.net_id}_{self.day.year:04}{self.day:%m%d}_{self.version}_{self.ending}.zip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapping:
    """What a learning management system wrote around a name. Empty or None where it wrote nothing."""

    who: str = ""
    when: datetime | None = None


def parse(name: str) -> ArchiveName | None:
    """Return the parts of a name that follows the rule to the letter, else None."""
    found = _RULE.fullmatch(name) if len(name) <= LONGEST else None
    if found is None:
        return None
    try:
        day = datetime.strptime(found["day"], "%Y%m%d").date()  # noqa: DTZ007 - a date has no time zone
    except ValueError:
        return None
    return ArchiveName(net_id=found["net_id"], day=day, version=int(found["version"]), ending=found["ending"])


def unwrapped(name: str) -> tuple[str, ...]:
    """Return the name as it is and every name that may be under its wrapping, the least changed first."""
    if len(name) > LONGEST:
        return (name,)
    heads = [name, *_without_prefix(name)]
    return tuple(dict.fromkeys(inner for head in heads for inner in (head, *_without_suffixes(head))))


def homework(name: str) -> ArchiveName | None:
    """Return the parts of the name under the wrapping, those with a plain homework ending first."""
    found = [parts for inner in unwrapped(name) if (parts := parse(inner))]
    plain = [parts for parts in found if re.fullmatch(r"HW[A-Za-z0-9]+", parts.ending)]
    return next(iter(plain or found), None)


def wrapping(name: str) -> Wrapping:
    """Return who handed in and when, as a learning management system wrote it into a file or folder name."""
    if len(name) > LONGEST:
        return Wrapping()
    for pattern in _PREFIXES:
        if found := pattern.match(name):
            return _sender(found)
    for pattern in _FOLDERS:
        if found := pattern.fullmatch(name):
            return _sender(found)
    return Wrapping()


def _sender(found: re.Match[str]) -> Wrapping:
    parts = found.groupdict()
    when = wall_time(parts.get("when") or "")
    return Wrapping(who=parts["who"].strip(), when=when and when.astimezone())


def wall_time(text: str) -> datetime | None:
    """Read a time that a system wrote into a name. It has no zone, since the name tells none.

    A year that no such system has seen is none: the ends of the calendar cannot be moved to another zone.
    """
    month, _, rest = text.partition(" ")
    short = f"{month[:3]} {rest}".replace(":", "")
    for candidate, form in ((short, "%b %d, %Y %I%M %p"), (text, "%Y-%m-%d-%H-%M-%S")):
        padded = _with_four_digit_time(candidate) if form.startswith("%b") else candidate
        try:
            moment = datetime.strptime(padded, form)  # noqa: DTZ007 - the name tells no zone
        except ValueError:
            continue
        return moment if 1990 <= moment.year < 2200 else None
    return None


def _with_four_digit_time(text: str) -> str:
    head, _, half = text.rpartition(" ")
    rest, _, clock = head.rpartition(" ")
    return f"{rest} {clock.zfill(4)} {half}"


def _without_prefix(name: str) -> Iterator[str]:
    for pattern in (*_PREFIXES, *_OTHER_PREFIXES):
        found = pattern.match(name)
        if found and found.end() < len(name):
            yield name[found.end() :]


def _without_suffixes(name: str, *, turns: int = 3) -> Iterator[str]:
    stem, dot, ending = name.rpartition(".")
    if not dot or turns == 0:
        return
    for pattern in _SUFFIXES:
        for found in pattern.finditer(stem):
            if found.end() == len(stem) and found.start() > 0:
                shorter = f"{stem[: found.start()]}.{ending}"
                yield shorter
                yield from _without_suffixes(shorter, turns=turns - 1)
