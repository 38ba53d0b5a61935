"""What intake writes down about everything that came in: who, what, when, which attempt, and by which way.

A receipt is never changed. A later one may take the place of an earlier one and then says so. The times are
those of the system or of a person who vouches for them, never those of the student's computer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any, Final

from pydantic import TypeAdapter

from autograder.model.ids import StudentId, SubmissionId

_ID_DIGITS: Final = 12


class Status(StrEnum):
    """What became of something that came in."""

    TAKEN = "taken"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"


class TimeFrom(StrEnum):
    """Who says when something was received. `intake`: nobody does, so it is the time of the intake."""

    LMS = "lms"
    GIVEN = "given"
    INTAKE = "intake"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedFile:
    """One file as it was received: its path in the hand-in, its bytes and their SHA-256."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One thing that came in.

    `student` is the roster's id; where `matched_by` is empty nobody was recognised and the id is provisional.
    `attempt` is 0 for a rejection. `submission` names what it is about: a duplicate bears the name of the
    earlier submission. `sha256` is of the received bytes; of several files, of the list of their digests.
    `source`, `sender`, `label` and `comment` hold the student's name and words and stay in the intake folder.
    `stored` is the path below the intake folder, empty for a duplicate. `replaces` names an earlier receipt.
    The student may see `notes`, and not what is `for_staff`.
    """

    id: str
    submission: SubmissionId
    assignment: str
    status: Status
    student: StudentId
    matched_by: str
    attempt: int
    received: datetime
    time_from: TimeFrom
    sha256: str
    files: tuple[ReceivedFile, ...]
    via: str
    by: str
    source: str
    sender: str
    taken_in: datetime
    stored: str = ""
    label: str = ""
    flat: bool = False
    late: bool = False
    order: int = 0
    comment: str = ""
    reason: str = ""
    notes: tuple[str, ...] = ()
    for_staff: tuple[str, ...] = ()
    replaces: str = ""

    def __post_init__(self) -> None:
        if self.received.tzinfo is None or self.taken_in.tzinfo is None:
            raise ValueError("times of a receipt must be aware")

    @property
    def provisional(self) -> bool:
        """Whether nobody in the roster was recognised."""
        return not self.matched_by

    def without_names(self) -> Receipt:
        """The receipt without the student's name and words, as it lies beside the results."""
        files = tuple(replace(file, path=f"file {number}") for number, file in enumerate(self.files, start=1))
        return replace(self, files=files, source="", sender="", label="", comment="", stored="")

    def text(self, zone: tzinfo | None) -> str:
        """The receipt on a few lines, to give to the student. Without a zone, in this machine's."""
        local = self.received.astimezone(zone)
        where = zone or local.tzname()
        rows = [
            ("Receipt", self.id),
            ("Assignment", self.assignment),
            ("Student", self.student + (" (provisional)" if self.provisional else "")),
            ("Attempt", str(self.attempt) if self.attempt else "none: it was rejected"),
            ("Received", f"{local:%Y-%m-%d %H:%M} {where} ({self.received:%Y-%m-%d %H:%M} UTC)"),
            *(("File", f"{file.path}, {file.bytes:,} bytes") for file in self.files[:20]),
            *([("", f"and {len(self.files) - 20} more files")] if len(self.files) > 20 else []),
            ("SHA-256", self.sha256),
            ("Came by", self.via + (f", taken in by {self.by}" if self.by else "")),
            *([("Change", self.reason)] if self.reason else []),
            *(("Note", note) for note in self.notes),
        ]
        return "".join(f"{title + ':' if title else '':<12} {value}\n" for title, value in rows)


_RECEIPT: Final = TypeAdapter(Receipt)


def to_json(receipt: Receipt) -> dict[str, Any]:
    """The receipt as plain data; times in UTC."""
    plain: dict[str, Any] = _RECEIPT.dump_python(receipt, mode="json")
    return plain


def from_json(data: bytes) -> Receipt:
    """Read a receipt. Raises pydantic's ValidationError for what is none."""
    return _RECEIPT.validate_json(data)


def receipt_id(*parts: str) -> str:
    """A short id made from what the receipt says: the same thing has the same id."""
    joined = "\0".join(parts).encode("utf-8", "replace")
    return f"R-{hashlib.sha256(joined).hexdigest()[:_ID_DIGITS]}"


def digest_of(files: Iterable[ReceivedFile]) -> str:
    """The SHA-256 of one file; of several, of their paths and digests in order."""
    listed = sorted(files, key=lambda file: file.path)
    if len(listed) == 1:
        return listed[0].sha256
    return hashlib.sha256("".join(f"{file.sha256}  {file.path}\n" for file in listed).encode()).hexdigest()
