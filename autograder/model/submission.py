"""What a student handed in, after intake: bytes that were read safely, never a folder of the student's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from autograder.model.ids import StudentId, SubmissionId


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedFile:
    """One regular file of a submission. `path` is relative, with forward slashes, below the root."""

    path: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One attempt of one student, as it was received.

    `digest` is the SHA-256 of the received bytes. `notebooks` maps the path of each notebook to its text as
    nbformat 4 JSON: outputs, kernel metadata and widget state are dropped. `stored` holds the same notebooks
    with their outputs as handed in, for the TA. `notes` are remarks of intake that cost nothing.
    """

    id: SubmissionId
    student: StudentId
    attempt: int
    digest: str
    received: datetime
    archive_name: str
    notebooks: Mapping[str, str]
    stored: Mapping[str, str] = field(default_factory=dict, repr=False)
    files: tuple[SubmittedFile, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.received.tzinfo is None:
            raise ValueError("received must be an aware datetime")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A submission that could not be taken in. `reason` says what to change; no attempt is used."""

    id: SubmissionId
    student: StudentId
    digest: str
    received: datetime
    archive_name: str
    reason: str
