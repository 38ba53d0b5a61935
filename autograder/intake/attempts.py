"""Who handed in, when, and which attempt it is, as far as names tell.

A name is what somebody wrote: it decides nothing when the roster or the learning management system says
otherwise. Nothing is read from the files themselves.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from autograder.formats import archive_name
from autograder.intake.receipts import Receipt, Status
from autograder.model.ids import StudentId, SubmissionId

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What the names say. `attempt` is the version in the archive's name, `received` what the LMS wrote."""

    student: StudentId
    attempt: int = 1
    received: datetime | None = None


def sender_of(path: Path) -> Sender:
    """Read student, attempt and time from the name of an archive, notebook or folder, and of its folder.

    What an LMS wrote comes first, since a student chooses the archive's own Net ID; then that, then the bare
    name. Times in LMS names have no zone: they are taken as this machine's local time.
    """
    # A folder may be an archive that somebody unpacked: it has the name without its ending.
    parts = archive_name.homework(path.name) or archive_name.homework(f"{path.name}.zip")
    own = archive_name.wrapping(path.name)
    around = archive_name.wrapping(path.parent.name)
    wrapping = own if own.who else around
    who = wrapping.who or (parts.net_id if parts else "") or path.stem or path.name or "unknown"
    return Sender(
        student=StudentId(unicodedata.normalize("NFC", who).strip()),
        attempt=parts.version if parts else 1,
        received=wrapping.when,
    )


def submission_id(student: str, attempt: int, digest: str) -> SubmissionId:
    """Return an id that is a safe file name on every system: student, attempt, start of the digest."""
    plain = unicodedata.normalize("NFKD", student).encode("ascii", "ignore").decode()
    slug = _UNSAFE.sub("-", plain).strip("-").lower()[:40]
    if not slug or slug != student.lower():
        # Two names may become one slug; the mark keeps the ids apart.
        mark = hashlib.sha256(student.encode("utf-8", "replace")).hexdigest()[:6]
        slug = f"{slug}-{mark}" if slug else mark
    return SubmissionId(f"{slug}-{attempt}-{digest[:12]}")


def provisional_id(sender: str, numbers: Iterable[str]) -> StudentId:
    """An id without a name for somebody who is not known; one person of one system always has the same."""
    known_by = "\0".join([" ".join(sender.casefold().split()), *numbers])
    return StudentId(f"unknown-{hashlib.sha256(known_by.encode('utf-8', 'replace')).hexdigest()[:8]}")


Moment = tuple[datetime, int, date, int, str]


def moment(received: datetime, name: str, digest: str, *, order: int = 0) -> Moment:
    """What submissions are ordered by: receipt, the system's own count, then date and version in the name."""
    parts = archive_name.homework(name)
    day, version = (parts.day, parts.version) if parts else (date.min, 1)
    return received, order, day, version, digest


class History:
    """What came in so far, from which it follows what is new, what is there already, and the next attempt.

    Numbers once given stay. So a submission that was received early but taken in late has a later number than
    others; its time of receipt is what counts.
    """

    def __init__(self, receipts: Iterable[Receipt] = ()) -> None:
        self._receipts: list[Receipt] = []
        for receipt in receipts:
            self.add(receipt)

    def add(self, receipt: Receipt) -> None:
        """Remember a receipt; one that it replaces counts no more."""
        self._receipts = [one for one in self._receipts if one.id != receipt.replaces]
        self._receipts.append(receipt)

    def known(self, *, via: str, source: str, sender: str, sha256: str) -> Receipt | None:
        """The receipt of the very same thing in an earlier download, or None."""
        wanted = (via, source, sender, sha256)
        return next(
            (one for one in self._receipts if (one.via, one.source, one.sender, one.sha256) == wanted), None
        )

    def same_bytes(
        self, student: StudentId, sha256: str, *, received: datetime | None, other_than: Receipt | None
    ) -> Receipt | None:
        """The receipt of the same bytes from the same student that a thing received then repeats, or None.

        Who goes back to earlier bytes after something else was handed in repeats nothing: what came last
        counts. Where nobody knows when it was `received` (None), it repeats the first one.
        """
        others = [one.received for one in self._of(student) if one.attempt and one.sha256 != sha256]

        def goes_back(one: Receipt, received: datetime) -> bool:
            first, last = sorted((one.received, received))
            return any(first < other < last for other in others)

        return next(
            (
                one
                for one in self._receipts
                if (one.student, one.sha256) == (student, sha256)
                and one.status is not Status.DUPLICATE
                and one != other_than
                and not (received and goes_back(one, received))
            ),
            None,
        )

    def next_attempt(self, student: StudentId) -> int:
        """The number of the student's next attempt. Rejections and duplicates use none."""
        return 1 + max((one.attempt for one in self._of(student)), default=0)

    def later(self, student: StudentId, received: datetime) -> int:
        """The lowest attempt of the student that was received after `received`, or 0."""
        numbers = [one.attempt for one in self._of(student) if one.attempt and one.received > received]
        return min(numbers, default=0)

    def _of(self, student: StudentId) -> list[Receipt]:
        return [one for one in self._receipts if one.student == student]
