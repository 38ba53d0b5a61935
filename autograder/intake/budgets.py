"""How much a hand-in may contain, and the one way in which intake says no.

The budgets protect the grading process from archives made to exhaust it. They say nothing about whether the
work is any good.
"""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


class NotTaken(Exception):
    """A hand-in cannot be taken in. `reason` is a sentence for the student that says what to change."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """Limits of intake. Bytes are bytes.

    `ratio` limits unpacked bytes by received bytes, but never below `free_bytes`: a small honest archive of
    zeros is no bomb. `name_depth` counts folders and the file itself.
    """

    received_bytes: int = 512 * MIB
    unpacked_bytes: int = 512 * MIB
    entries: int = 2_000
    ratio: int = 100
    free_bytes: int = 32 * MIB
    name_depth: int = 16
    name_length: int = 255
    path_length: int = 1_000
    notebook_bytes: int = 32 * MIB

    def allowed_unpacked(self, received: int) -> int:
        """Return how many bytes an archive of `received` bytes may unpack to."""
        return min(self.unpacked_bytes, max(self.free_bytes, self.ratio * received))


def size(count: int) -> str:
    """Return a number of bytes in words for a message, such as `3.5 MB`."""
    return f"{count / 1_000_000:.1f} MB" if count >= 100_000 else f"{count} bytes"
