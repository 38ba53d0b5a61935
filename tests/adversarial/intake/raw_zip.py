"""Zip archives made byte by byte, so that every field can lie."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

MIB = 1024 * 1024
REGULAR = 0o100644 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry. What is None is told truly; `stream` replaces the deflated bytes of `data`."""

    name: bytes
    data: bytes = b""
    stream: bytes | None = None
    size: int | None = None
    local_size: int | None = None
    local_name: bytes | None = None
    crc: int | None = None
    flags: int = 0
    method: int = 8
    attributes: int = REGULAR


def archive(entries: Sequence[Entry], *, count: int | None = None, comment: bytes = b"") -> bytes:
    """Write the entries one after the other, then the table and its end."""
    made, table = bytearray(), bytearray()
    for entry in entries:
        offset = len(made)
        made += local(entry)
        table += central(entry, offset)
    told = len(entries) if count is None else count
    return bytes(made + table) + end(told, len(table), len(made), comment)


def packed(entry: Entry) -> bytes:
    if entry.stream is not None:
        return entry.stream
    if entry.method == 0:
        return entry.data
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflate.compress(entry.data) + deflate.flush()


def numbers(entry: Entry) -> tuple[int, int, int]:
    crc = zlib.crc32(entry.data) if entry.crc is None else entry.crc
    return crc, len(packed(entry)), len(entry.data) if entry.size is None else entry.size


def local(entry: Entry) -> bytes:
    crc, length, size = numbers(entry)
    name = entry.name if entry.local_name is None else entry.local_name
    told = size if entry.local_size is None else entry.local_size
    head = struct.pack(
        "<4s5H3L2H", b"PK\x03\x04", 20, entry.flags, entry.method, 0, 33, crc, length, told, len(name), 0
    )
    return head + name + packed(entry)


def central(entry: Entry, offset: int) -> bytes:
    crc, length, size = numbers(entry)
    return (
        struct.pack(
            "<4s6H3L5H2L", b"PK\x01\x02", 0x314, 20, entry.flags, entry.method, 0, 33, crc, length, size,
            len(entry.name), 0, 0, 0, 0, entry.attributes, offset,
        )
        + entry.name
    )  # fmt: skip


def end(count: int, length: int, offset: int, comment: bytes = b"") -> bytes:
    short = min(count, 0xFFFF)
    return struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, short, short, length, offset, len(comment)) + comment


def end64(count: int, length: int, offset: int) -> bytes:
    """The wide end of a table, for more than 65,535 entries."""
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, length, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, offset + length, 1)
    return record + locator + end(count, length, offset)


def zeros(mebibytes: int) -> bytes:
    """A deflate stream of this many MiB of zeros, made without making them."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = deflate.compress(bytes(MIB)) + deflate.flush(zlib.Z_FULL_FLUSH)
    return block * mebibytes + deflate.flush(zlib.Z_FINISH)
