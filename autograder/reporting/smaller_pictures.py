"""Make a PNG smaller, so that many of them fit on one page. Written with zlib and numpy only, on purpose.

A picture library would decode a stranger's bytes in C code with a history of holes, on the trusted side. What
stands here can be slow or wrong about a picture, but it cannot be taken over. It reads what plots are: 8 bits
for each channel, not interlaced. Anything else, and every JPEG, is refused.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

MOST_CELLS: Final = 12_000_000
MOST_ACROSS: Final = 20_000
"""Width and height together: each diagonal is a step of its own."""
FACTORS: Final = (1, 2, 3, 4, 6, 8, 12, 16)
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_LEVELS: Final = 0xF8
"""Of each channel the upper five bits are kept: eyes hardly see it, and it halves the bytes."""

Pixels = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    width: int
    height: int
    colour: int
    palette: bytes
    transparent: bytes
    data: bytes


def work_of(width: int, height: int) -> int:
    """What it takes to decode a picture, in pixels: a step to the next diagonal takes as long as 200."""
    return width * height + 200 * (width + height)


def smaller_png(raw: bytes, at_most: int) -> bytes | None:
    """The picture as a PNG of at most `at_most` bytes, with fewer pixels and colours, or None."""
    header = _header(raw)
    pixels = None if header is None else _pixels(header)
    if pixels is None:
        return None
    for factor in FACTORS:
        if min(pixels.shape[:2]) < factor:
            return None
        if pixels.size // factor**2 > 60 * at_most:
            continue
        scaled = _scaled(pixels, factor) & np.uint8(_LEVELS)
        if len(zlib.compress(scaled.tobytes(), 1)) > 2 * at_most:  # a quick look saves a slow one
            continue
        made = _encoded(scaled)
        if len(made) <= at_most:
            return made
    return None


def _header(raw: bytes) -> _Header | None:
    at, parts, size = len(_SIGNATURE), {b"IDAT": b"", b"PLTE": b"", b"tRNS": b""}, b""
    if not raw.startswith(_SIGNATURE):
        return None
    found: list[bytes] = []
    while at + 8 <= len(raw):
        length, kind = int.from_bytes(raw[at : at + 4]), raw[at + 4 : at + 8]
        body = raw[at + 8 : at + 8 + length]
        if at == len(_SIGNATURE):  # where others look for the size, too
            size = body if kind == b"IHDR" else b""
        elif kind == b"IDAT":
            found.append(body)
        elif kind in parts:
            parts[kind] = body
        at += 12 + length
    if len(size) != 13:
        return None
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", size)
    if depth != 8 or interlaced or colour not in _CHANNELS:
        return None
    if not (width and height) or width + height > MOST_ACROSS:
        return None
    if (width + height) * height * _CHANNELS[colour] > 4 * MOST_CELLS:
        return None
    return _Header(
        width=width, height=height, colour=colour, palette=parts[b"PLTE"], transparent=parts[b"tRNS"],
        data=b"".join(found),
    )  # fmt: skip


def _pixels(header: _Header) -> Pixels | None:
    """Height x width x 3, on white where it is transparent."""
    channels = _CHANNELS[header.colour]
    length = header.height * (1 + header.width * channels)
    try:
        data = zlib.decompressobj().decompress(header.data, length)
    except zlib.error:
        return None
    if len(data) != length:
        return None
    lines = np.frombuffer(data, np.uint8).reshape(header.height, 1 + header.width * channels)
    if int(lines[:, 0].max()) > 4:
        return None
    plain = _unfiltered(lines[:, 0], lines[:, 1:].reshape(header.height, header.width, channels))
    return _on_white(plain, header)


def _unfiltered(filters: Pixels, lines: Pixels) -> Pixels:
    """Undo the filters of PNG, one diagonal after the other: all pixels on one depend on earlier ones only.

    `slanted[d, r]` is the pixel of row r - 1 and column d - r - 1, so that its neighbours to the left, above
    and to the left above stand at [d - 1, r], [d - 1, r - 1] and [d - 2, r - 1].
    """
    height, width, channels = lines.shape
    slanted = np.zeros((height + width + 1, height + 1, channels), np.int16)
    row, column = np.indices((height, width), sparse=True)
    slanted[row + column + 2, row + 1] = lines
    kind = np.concatenate([[0], filters]).astype(np.int16)[:, None]
    used = set(np.unique(filters).tolist())
    for d in range(2, height + width + 1):
        low, high = max(1, d - width), min(height, d - 1) + 1
        k = kind[low:high]
        left, up = slanted[d - 1, low:high], slanted[d - 1, low - 1 : high - 1]
        guess = np.where(k == 1, left, 0) if 1 in used else np.zeros_like(left)
        if 2 in used:
            guess = np.where(k == 2, up, guess)
        if 3 in used:
            guess = np.where(k == 3, (left + up) >> 1, guess)
        if 4 in used:
            corner = slanted[d - 2, low - 1 : high - 1]
            a, b, c = np.abs(up - corner), np.abs(left - corner), np.abs(left + up - 2 * corner)
            guess = np.where(k == 4, np.where((a <= b) & (a <= c), left, np.where(b <= c, up, corner)), guess)
        slanted[d, low:high] = (slanted[d, low:high] + guess) & 0xFF
    plain: Pixels = slanted[row + column + 2, row + 1].astype(np.uint8)
    return plain


def _on_white(plain: Pixels, header: _Header) -> Pixels | None:
    alpha: Pixels | None = None
    if header.colour == 3:
        colours = np.frombuffer(header.palette[: len(header.palette) // 3 * 3], np.uint8).reshape(-1, 3)
        index = plain[:, :, 0]
        if not len(colours) or int(index.max()) >= len(colours):
            return None
        see_through = np.frombuffer(header.transparent[:256].ljust(256, b"\xff"), np.uint8)
        plain, alpha = colours[index], see_through[index][:, :, None]
    elif header.colour in (4, 6):
        plain, alpha = plain[:, :, :-1], plain[:, :, -1:]
    if plain.shape[2] == 1:
        plain = np.repeat(plain, 3, axis=2)
    if alpha is None or int(alpha.min()) == 255:
        return plain
    share = alpha.astype(np.uint32)
    mixed: Pixels = ((plain * share + 255 * (255 - share)) // 255).astype(np.uint8)
    return mixed


def _scaled(pixels: Pixels, factor: int) -> Pixels:
    """Each square of `factor` by `factor` pixels becomes their mean; a rest at the edges is cut."""
    if factor == 1:
        return pixels
    height, width = pixels.shape[0] // factor, pixels.shape[1] // factor
    squares = pixels[: height * factor, : width * factor].reshape(height, factor, width, factor, 3)
    scaled: Pixels = squares.mean(axis=(1, 3)).astype(np.uint8)
    return scaled


def _encoded(pixels: Pixels) -> bytes:
    height, width, _ = pixels.shape
    above = np.vstack([np.zeros_like(pixels[:1]), pixels[:-1]])
    ways = ((0, pixels), (2, pixels - above))
    data = min((zlib.compress(_with_filter(way, lines), 9) for way, lines in ways), key=len)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _with_filter(way: int, lines: Pixels) -> bytes:
    flat = lines.reshape(lines.shape[0], -1)
    return np.hstack([np.full((lines.shape[0], 1), way, np.uint8), flat]).tobytes()


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
