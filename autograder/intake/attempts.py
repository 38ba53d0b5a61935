"""Who handed in, when, and which attempt it is, as far as names tell.

A name is what somebody wrote: it decides nothing when the roster or the learning management system says
otherwise. Nothing is read from the files themselves.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Final

from autograder.formats import archive_name
from autograder.model.ids import StudentId, SubmissionId
from autograder.model.submission import Submission

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


def ordered(submissions: Iterable[Submission]) -> tuple[Submission, ...]:
    """Number each student's attempts from 1 by time of receipt, then by the date and version in the name.

    The same bytes handed in twice count once, as the earlier attempt.
    """
    by_student: dict[StudentId, list[Submission]] = defaultdict(list)
    for submission in submissions:
        by_student[submission.student].append(submission)
    numbered: list[Submission] = []
    for student in sorted(by_student):
        seen: set[str] = set()
        for submission in sorted(by_student[student], key=_moment):
            if submission.digest in seen:
                continue
            seen.add(submission.digest)
            attempt = len(seen)
            renamed = submission_id(student, attempt, submission.digest)
            numbered.append(replace(submission, id=renamed, attempt=attempt))
    return tuple(numbered)


def _moment(submission: Submission) -> tuple[datetime, date, int, str]:
    parts = archive_name.homework(submission.archive_name)
    day, version = (parts.day, parts.version) if parts else (date.min, submission.attempt)
    return submission.received, day, version, submission.digest
