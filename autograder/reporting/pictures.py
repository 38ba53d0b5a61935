"""Pictures that a student's code made: PNG and JPEG only, looked at by their bytes, as data addresses.

What fits is not decoded beyond its header; what the browser's decoder makes of the rest is the browser's
matter. A PNG that does not fit is made smaller by `smaller_pictures`. SVG is a document that can carry script
and is never shown as a picture.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Final

MOST_BYTES: Final = 4_000_000
MOST_PIXELS: Final = 12_000_000
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
_SIZE_MARKERS: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


class PictureRefused(Exception):
    """The picture is not shown. The message says why, in words for the page; `work` is as in Picture."""

    def __init__(self, why: str, *, work: int = 0) -> None:
        super().__init__(why)
        self.work = work


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that may be shown. `data` is a `data:` address, `width` and `height` those of the original.

    `smaller` says that it has fewer pixels and colours than the original. `work` is what decoding it took,
    in pixels; 0 where it was not decoded.
    """

    data: str
    width: int
    height: int
    smaller: bool = False
    work: int = 0


def picture(encoded: str, *, at_most: int, decode_at_most: int = 2 * MOST_PIXELS) -> Picture:
    """Read a base64 PNG or JPEG. The kind is decided by its bytes, never by what the notebook says.

    PictureRefused when it is no such picture, has more than 12 million pixels, or takes more than `at_most`
    bytes and cannot be made smaller. One that takes more work than `decode_at_most` is not made smaller.
    """
    if len(encoded) > MOST_BYTES * 3 // 2 + 16:
        raise PictureRefused(f"a picture of about {len(encoded) * 3 // 4000} kB was left out: too large")
    try:
        raw = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise PictureRefused("a picture was left out: its data is damaged") from error
    if raw.startswith(_PNG):
        kind, (width, height) = "png", _png_size(raw)
    elif raw.startswith(_JPEG):
        kind, (width, height) = "jpeg", _jpeg_size(raw)
    else:
        raise PictureRefused("a picture was left out: it is neither PNG nor JPEG")
    if not (width and height and width * height <= MOST_PIXELS):
        raise PictureRefused(f"a picture was left out: {width} x {height} pixels")
    shown: bytes | None = raw
    work = 0
    if len(raw) > at_most:
        from autograder.reporting.smaller_pictures import smaller_png, work_of

        needed = work_of(width, height)
        work = needed if kind == "png" and needed <= decode_at_most else 0
        shown = smaller_png(raw, at_most) if work else None
    if shown is None:
        why = f"a picture of {len(raw) // 1000} kB was left out: too large for this page"
        raise PictureRefused(why, work=work)
    address = f"data:image/{kind};base64,{base64.b64encode(shown).decode('ascii')}"
    return Picture(data=address, width=width, height=height, smaller=shown is not raw, work=work)


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
