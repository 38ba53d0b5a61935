"""Take withheld rows out of data files that travel with a submission: the authors' own text files.

Known files are recognised by digest, others by their form (`sentence@label` lines). Copies in other formats
are not changed here; looking for them is the business of a scan that tells staff.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from autograder.assets.holdout import Drawing
from autograder.assets.phrasebank import CLASSES, ORIGINAL_DIGESTS
from autograder.model.submission import SubmittedFile

_ENDS = tuple(f"@{label}".encode() for label in CLASSES)
_AT_MOST = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """Files as the sandbox may have them, and the paths of those that lost rows."""

    files: tuple[SubmittedFile, ...]
    changed: tuple[str, ...]


def without_holdout(files: Iterable[SubmittedFile], drawing: Drawing) -> Cleaned:
    """The same files, withheld rows removed from those in the authors' format. Other files are left alone."""
    kept, changed = [], []
    for file in files:
        content = _clean(file.content, drawing) if is_phrasebank(file.content) else file.content
        if content != file.content:
            changed.append(file.path)
        kept.append(SubmittedFile(path=file.path, content=content))
    return Cleaned(files=tuple(kept), changed=tuple(changed))


def is_phrasebank(content: bytes) -> bool:
    """Whether these are bytes of one of the authors' files, or at least half of the lines have their form."""
    if hashlib.sha256(content).hexdigest() in ORIGINAL_DIGESTS.values():
        return True
    if len(content) > _AT_MOST or b"@" not in content:
        return False
    lines = [line for line in content.splitlines() if line.strip()]
    return 2 * sum(line.rstrip().endswith(_ENDS) for line in lines) >= len(lines)


def _clean(content: bytes, drawing: Drawing) -> bytes:
    return b"".join(line for line in content.splitlines(keepends=True) if not _withheld(line, drawing))


def _withheld(line: bytes, drawing: Drawing) -> bool:
    sentence = line.rpartition(b"@")[0]
    readings = [sentence.decode("latin-1")]
    if not sentence.isascii():
        readings.append(sentence.decode("utf-8-sig", errors="replace"))
    return any(drawing.withholds(reading) for reading in readings)
