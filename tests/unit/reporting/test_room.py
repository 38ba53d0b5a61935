"""Many and large outputs on one page: all get their share, and pictures become smaller."""

from __future__ import annotations

import base64
import random
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.reporting.outputs import Budget, blocks
from autograder.reporting.room import PICTURE_AT_MOST, TEXT_AT_MOST, Room, ceiling, room_for
from autograder.reporting.smaller_pictures import smaller_png
from tests.unit.reporting.samples import a_png, display, stream

Pixels = list[list[list[int]]]


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def filtered(way: int, line: list[int], above: list[int], step: int) -> list[int]:
    """One line of a PNG as the standard writes it, slowly."""
    made = []
    for at, value in enumerate(line):
        left = line[at - step] if at >= step else 0
        up, corner = above[at], above[at - step] if at >= step else 0
        near = left + up - corner
        paeth = min((left, up, corner), key=lambda one: abs(near - one))
        made.append((value - (0, left, up, (left + up) // 2, paeth, 0)[min(way, 5)]) % 256)
    return made


def png(pixels: Pixels, colour: int, ways: list[int], *extra: tuple[bytes, bytes], depth: int = 8) -> bytes:
    width, step = len(pixels[0]), len(pixels[0][0])
    lines = [[value for pixel in row for value in pixel] for row in pixels]
    above = [[0] * len(lines[0]), *lines]
    data = b"".join(
        bytes([way, *filtered(way, line, before, step)])
        for way, line, before in zip(ways, lines, above, strict=False)
    )
    header = struct.pack(">IIBBBBB", width, len(pixels), depth, colour, 0, 0, 0)
    parts = (b"IHDR", header), *extra, (b"IDAT", zlib.compress(data)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def shown(made: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The pixels of a PNG that `smaller_png` wrote: filters 0 and 2 only."""
    width, height = struct.unpack(">II", made[16:24])
    start = made.index(b"IDAT") + 4
    lines = np.frombuffer(zlib.decompress(made[start:-16]), np.uint8).reshape(height, 1 + width * 3)
    plain = lines[:, 1:].reshape(height, width, 3)
    return np.cumsum(plain, axis=0, dtype=np.uint8) if lines[0, 0] == 2 else plain


def random_pixels(channels: int, height: int = 13, width: int = 9, at_most: int = 255) -> Pixels:
    chance = random.Random(channels)
    return [
        [[chance.randint(0, at_most) for _ in range(channels)] for _ in range(width)] for _ in range(height)
    ]


@pytest.mark.parametrize("ways", [[0] * 13, [1] * 13, [2] * 13, [3] * 13, [4] * 13, [0, 4, 3, 2, 1] * 3])
@pytest.mark.parametrize(("colour", "channels"), [(0, 1), (2, 3)])
def test_a_picture_is_read_as_the_standard_says(ways: list[int], colour: int, channels: int) -> None:
    pixels = random_pixels(channels)
    made = smaller_png(png(pixels, colour, ways), 10_000)
    assert made is not None
    plain = np.array(pixels, np.uint8) & 0xF8
    assert (shown(made) == (plain if channels == 3 else np.repeat(plain, 3, axis=2))).all()


def test_a_palette_and_a_transparent_background_are_shown_as_on_white_paper() -> None:
    pixels = [[[0], [1]], [[2], [0]]]
    palette = bytes([255, 0, 0, 0, 255, 0, 0, 0, 255])
    made = smaller_png(png(pixels, 3, [0, 0], (b"PLTE", palette), (b"tRNS", b"\xff\x00\xff")), 10_000)
    assert made is not None
    red, white, blue = [0xF8, 0, 0], [0xF8, 0xF8, 0xF8], [0, 0, 0xF8]
    assert shown(made).tolist() == [[red, white], [blue, red]]


def test_a_large_picture_has_fewer_pixels_and_the_same_colours() -> None:
    raw = base64.b64decode(a_png(640, 480))
    made = smaller_png(raw, 2_000)
    assert made is not None
    assert len(made) <= 2_000
    pixels = shown(made)
    assert pixels.shape[0] < 480
    assert abs(int(pixels[0, 0, 2]) - 150) < 12


GOOD = png(random_pixels(3), 2, [0] * 13)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\xff\xd8\xff\xe0" + b"\0" * 40, GOOD[:30], GOOD[:60], GOOD.replace(b"IDAT", b"IDAX"),
        png(random_pixels(3), 2, [9] * 13),
        png(random_pixels(3), 2, [0] * 13, depth=16),
        png(random_pixels(1, at_most=9), 3, [0] * 13, (b"PLTE", b"\0\0\0")),
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 2, 0, 0, 0)),
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 2**20, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(b"\0" * 2**22)),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_and_never_an_error(raw: bytes) -> None:
    assert smaller_png(raw, 10_000) is None


def test_a_picture_that_cannot_become_small_enough_is_refused() -> None:
    assert smaller_png(GOOD, 50) is None


@given(st.lists(st.integers(0, 10_000), max_size=40), st.integers(0, 50_000))
def test_sizes_cut_at_the_ceiling_fit_and_no_higher_one_would_do(sizes: list[int], total: int) -> None:
    cut = ceiling(sizes, total)
    used = sum(min(size, cut) for size in sizes)
    assert used <= total + 1e-6
    if sizes and cut < max(sizes):
        assert used >= total - 1e-6


def test_a_page_with_little_output_shortens_nothing() -> None:
    cells = [[stream("x" * 100), display(png=a_png())]] * 3
    assert room_for(cells, 1_000_000) == Room(text=TEXT_AT_MOST, picture=PICTURE_AT_MOST)


def test_small_outputs_stay_whole_beside_large_ones() -> None:
    cells = [[stream("x" * 50_000)]] * 100 + [[stream("short")]] * 100
    room = room_for(cells, 300_000)
    assert 2_500 < room.text < 3_100
    budget = Budget(300_000, room)
    made = [blocks(outputs, budget) for outputs in cells]
    assert (budget.shortened, budget.left_out) == (100, 0)
    assert all(len(found) == 1 for found in made)


def test_every_one_of_many_pictures_is_shown_smaller() -> None:
    noise = random.Random(0).randbytes(3 * 200 * 200)
    rows = [[list(noise[at : at + 3]) for at in range(row * 600, row * 600 + 600, 3)] for row in range(200)]
    picture = base64.b64encode(png(rows, 2, [0] * 200)).decode()
    cells = [[display(png=picture)]] * 20
    budget = Budget(400_000, room_for(cells, 400_000))
    made = [blocks(outputs, budget) for outputs in cells]
    assert (budget.smaller, budget.left_out) == (20, 0)
    assert all('width="200" height="200"' in found[0].content for found in made)


def raw_png(width: int, height: int, *parts: tuple[bytes, bytes], colour: int = 0) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    chunks = (b"IHDR", header), *parts, (b"junk", bytes(4_000)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in chunks)


def test_a_picture_that_is_decoded_in_vain_takes_of_the_page_s_work_too() -> None:
    """Colours that its palette does not have are noticed last; otherwise one page could take hours."""
    rows = zlib.compress((b"\4\xff" + bytes(299)) * 300)
    encoded = base64.b64encode(raw_png(300, 300, (b"PLTE", bytes(3)), (b"IDAT", rows), colour=3)).decode()
    budget = Budget(1_000_000, Room(picture=3_000))
    before = budget.pixels_left
    blocks([display(png=encoded)], budget)
    assert (budget.left_out, budget.smaller) == (1, 0)
    assert before - budget.pixels_left >= 300 * 300


def test_the_size_that_is_counted_is_the_size_that_is_decoded() -> None:
    other = struct.pack(">IIBBBBB", 300, 300, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(301) * 300)
    assert smaller_png(raw_png(300, 300, (b"IDAT", rows)), 3_000) is not None
    made = smaller_png(raw_png(1, 1, (b"IHDR", other), (b"IDAT", rows)), 3_000)
    assert made is not None
    assert struct.unpack(">II", made[16:24]) == (1, 1)


@pytest.mark.parametrize(("width", "height"), [(9_000_000, 1), (1, 40_000)])
def test_a_picture_like_a_thread_is_not_decoded(width: int, height: int) -> None:
    """Its steps are as many as its pixels: minutes for a few kilobytes."""
    rows = zlib.compress(bytes((width + 1) * height))
    assert smaller_png(raw_png(width, height, (b"IDAT", rows)), 3_000) is None
