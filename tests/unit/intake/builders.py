"""Receipts and downloads; what does not matter for a test is filled in."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autograder.intake.downloads import FoundFile
from autograder.intake.receipts import Receipt, ReceivedFile, Status, TimeFrom
from autograder.model.ids import StudentId, SubmissionId

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def a_receipt(student: str = "s1", **changes: Any) -> Receipt:
    sha256 = changes.get("sha256", "a" * 64)
    fields: dict[str, Any] = {
        "id": f"R-{student}-{changes.get('attempt', 1)}", "assignment": "lab", "status": Status.TAKEN,
        "student": StudentId(student), "matched_by": "name", "attempt": 1, "received": NOON,
        "submission": SubmissionId(f"{student}-{changes.get('attempt', 1)}-{sha256[:12]}"),
        "time_from": TimeFrom.LMS, "sha256": sha256, "via": "brightspace", "by": "",
        "files": (ReceivedFile(path="work.zip", bytes=3, sha256=sha256),), "source": "a folder/work.zip",
        "sender": "Student One", "taken_in": NOON, **changes,
    }  # fmt: skip
    return Receipt(**fields)


def found(*paths: str) -> list[FoundFile]:
    return [FoundFile(path=tuple(path.split("/")), size=3, open=lambda: io.BytesIO(b"abc")) for path in paths]


def zip_at(path: Path, files: Mapping[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path
