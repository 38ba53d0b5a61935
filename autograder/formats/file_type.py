"""What a file is by its first bytes, not by its name.

It recognises what students hand in instead of a zip archive, and archives inside an archive. Nothing is
unpacked, and a file that begins like a zip may still be damaged.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

HEAD_BYTES: Final = 512
"""How many first bytes `of` needs."""


class FileType(StrEnum):
    """The types that are told apart. The value is the word for a message."""

    ZIP = "zip"
    RAR = "rar"
    SEVEN_ZIP = "7z"
    GZIP = "gzip"
    BZIP2 = "bzip2"
    XZ = "xz"
    ZSTD = "zstd"
    TAR = "tar"
    PDF = "PDF"
    HTML = "web page"
    JSON = "JSON"
    OTHER = "unknown"


ARCHIVES: Final = frozenset(
    {
        FileType.ZIP, FileType.RAR, FileType.SEVEN_ZIP, FileType.GZIP, FileType.BZIP2, FileType.XZ,
        FileType.ZSTD, FileType.TAR,
    }
)  # fmt: skip

_BEGINNINGS: Final = (
    (b"PK\x03\x04", FileType.ZIP),
    (b"PK\x05\x06", FileType.ZIP),
    (b"Rar!\x1a\x07", FileType.RAR),
    (b"7z\xbc\xaf\x27\x1c", FileType.SEVEN_ZIP),
    (b"\x1f\x8b", FileType.GZIP),
    (b"BZh", FileType.BZIP2),
    (b"\xfd7zXZ\x00", FileType.XZ),
    (b"\x28\xb5\x2f\xfd", FileType.ZSTD),
    (b"%PDF-", FileType.PDF),
)


def of(head: bytes) -> FileType:
    """Return the type of a file that begins with `head` (its first `HEAD_BYTES` bytes)."""
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return kind
    if head[257:262] == b"ustar":
        return FileType.TAR
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html", b"<?xml")):
        return FileType.HTML
    return FileType.JSON if text.startswith((b"{", b"[")) else FileType.OTHER
