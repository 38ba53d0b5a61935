"""The examples that are kept: small files, one folder per target, named by their digest."""

from __future__ import annotations

import hashlib
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"
LARGEST = 20_000
"""Bytes of the largest file that is kept: no bombs here."""


def kept(target: str) -> list[Path]:
    """Give the files of a target in a fixed order."""
    return sorted((FOLDER / target).glob("*.bin"))


def keep(target: str, data: bytes) -> Path | None:
    """Write an example down; None when it is too large."""
    if len(data) > LARGEST:
        return None
    path = FOLDER / target / f"{hashlib.sha256(data).hexdigest()[:16]}.bin"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path
