"""Pictures that a student's code made: PNG and JPEG only, looked at by their bytes, as data addresses.

Nothing is decoded beyond the header; what the browser's decoder makes of the rest is the browser's matter.
SVG is a document that can carry script and is never shown as a picture.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Final

MOST_BYTES: Final = 400_000
MOST_PIXELS: Final = 12_000_000
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
_SIZE_MARKERS: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


class PictureRefused(Exception):
    """The picture is not shown. The message says why, in words for the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that may be shown. `data` is a `data:` address; `width` and `height` are pixels."""

    data: str
    width: int
    height: int


def picture(encoded: str, *, at_most: int = MOST_BYTES) -> Picture:
    """Read a base64 PNG or JPEG. The kind is decided by its bytes, never by what the notebook says.

    PictureRefused when it is larger than `at_most` bytes or 12 million pixels, or no such picture.
    """
    if len(encoded) > at_most * 3 // 2 + 16:
        raise PictureRefused(f"a picture of about {len(encoded) * 3 // 4000} kB was left out: too large")
    try:
        raw = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise PictureRefused("a picture was left out: its data is damaged") from error
    if len(raw) > at_most:
        raise PictureRefused(f"a picture of {len(raw) // 1000} kB was left out: too large")
    if raw.startswith(_PNG):
        kind, (width, height) = "png", _png_size(raw)
    elif raw.startswith(_JPEG):
        kind, (width, height) = "jpeg", _jpeg_size(raw)
    else:
        raise PictureRefused("a picture was left out: it is neither PNG nor JPEG")
    if not (width and height and width * height <= MOST_PIXELS):
        raise PictureRefused(f"a picture was left out: {width} x {height} pixels")
    return Picture(
        data=f"data:image/{kind};base64,{base64.b64encode(raw).decode('ascii')}", width=width, height=height
    )


def _png_size(raw: bytes) -> tuple[int, int]:
    if raw[12:16] != b"IHDR" or len(raw) < 33:
        raise PictureRefused("a picture was left out: it is a broken PNG")
    return int.from_bytes(raw[16:20]), int.from_bytes(raw[20:24])


def _jpeg_size(raw: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 <= len(raw) and raw[at] == 0xFF:
        marker, length = raw[at + 1], int.from_bytes(raw[at + 2 : at + 4])
        if marker in _SIZE_MARKERS:
            return int.from_bytes(raw[at + 7 : at + 9]), int.from_bytes(raw[at + 5 : at + 7])
        if length < 2:
            break
        at += 2 + length
    raise PictureRefused("a picture was left out: it is a broken JPEG")
