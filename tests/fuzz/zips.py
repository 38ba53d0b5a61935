"""Build zip archives field by field, so that any header may lie. Valid where nothing is overridden."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

LOCAL = ("signature", "needs", "flags", "method", "time", "day", "crc", "packed", "size")
CENTRAL = ("signature", "made_by", *LOCAL[1:])
END = ("signature", "disk", "table_disk", "here", "count", "length", "offset")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry. `local` and `central` override fields of its two headers; `behind` stands after its data."""

    name: bytes
    data: bytes = b""
    method: int = 8
    flags: int = 0
    attributes: int = 0o100644 << 16
    extra: bytes = b""
    local_name: bytes | None = None
    local: dict[str, int] = field(default_factory=dict)
    central: dict[str, int] = field(default_factory=dict)
    behind: bytes = b""


def archive(
    entries: Sequence[Entry],
    *,
    end: dict[str, int] | None = None,
    comment: bytes = b"",
    before: bytes = b"",
    gap: bytes = b"",
) -> bytes:
    """Give the bytes of an archive. `end` overrides fields of the record at its end."""
    made, table = bytearray(before), bytearray()
    for entry in entries:
        packed = entry.data if entry.method == 0 else deflated(entry.data)
        fields = {
            "needs": 20, "flags": entry.flags, "method": entry.method, "time": 0, "day": 33,
            "crc": zlib.crc32(entry.data), "packed": len(packed), "size": len(entry.data),
        }  # fmt: skip
        offset = len(made)
        local = {"signature": 0x04034B50, **fields, **entry.local}
        name = entry.name if entry.local_name is None else entry.local_name
        made += struct.pack("<L5H3L", *(wrapped(local[key], key) for key in LOCAL))
        made += struct.pack("<2H", len(name), len(entry.extra)) + name + entry.extra + packed + entry.behind
        central = {"signature": 0x02014B50, "made_by": 0x0314, **fields, "offset": offset, **entry.central}
        table += struct.pack("<L6H3L", *(wrapped(central[key], key) for key in CENTRAL))
        table += struct.pack("<5H", len(entry.name), len(entry.extra), 0, central.get("disk", 0) & 0xFFFF, 0)
        table += struct.pack("<2L", entry.attributes & 0xFFFFFFFF, central["offset"] & 0xFFFFFFFF)
        table += entry.name + entry.extra
    made += gap
    last = {
        "signature": 0x06054B50, "disk": 0, "table_disk": 0, "here": len(entries), "count": len(entries),
        "length": len(table), "offset": len(made), **(end or {}),
    }  # fmt: skip
    made += table
    made += struct.pack("<L4H2L", *(wrapped(last[key], key) for key in END))
    return bytes(made + struct.pack("<H", len(comment)) + comment)


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def wrapped(value: int, key: str) -> int:
    long = key in ("signature", "crc", "packed", "size", "length", "offset")
    return value & (0xFFFFFFFF if long else 0xFFFF)


numbers = st.sampled_from([0, 1, 2, 7, 8, 20, 45, 255, 4096, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0xFFFFFFFF])
numbers = numbers | st.integers(0, 2000)
NAMES = (
    b"lab.ipynb", b"data.csv", b"folder/", b"folder/lab.ipynb", b"../up", b"a/../b", b"/abs", b"C:\\x",
    b"a\\b", b"__MACOSX/._x", b".DS_Store", "caf\u00e9.txt".encode(), "cafe\u0301.txt".encode(),
    b"LAB.IPYNB", b"\xff\xfe", b"", b".", b"./lab.ipynb", b"a//b", b"x" * 300, b"d/" * 30 + b"x", b"nul\0l",
    b"folder", b"inner.zip", b"x.py\n", "\u202egnp.x".encode(), b" lab.ipynb", b"lab.ipynb ", b"numpy.py",
    b"a:b", b"~", b"-rf",
)  # fmt: skip
names = st.sampled_from(NAMES) | st.text(max_size=12).map(lambda text: text.encode("utf-8", "surrogatepass"))
NOTEBOOK = b'{"cells": [{"cell_type": "code", "source": "x"}], "nbformat": 4, "nbformat_minor": 0}'
contents = st.sampled_from([NOTEBOOK, b"", b"x", bytes(5000), b"PK\x05\x06" + bytes(18)]) | st.binary(
    max_size=60
)


def fields(keys: Sequence[str]) -> st.SearchStrategy[dict[str, int]]:
    return st.just({}) | st.dictionaries(st.sampled_from(keys), numbers, max_size=2)


extras = (
    st.just(b"")
    | st.binary(max_size=24)
    | st.lists(st.integers(0, 2**64 - 1) | numbers, max_size=4).map(
        lambda wide: struct.pack("<2H", 1, 8 * len(wide)) + struct.pack(f"<{len(wide)}Q", *wide)
    )
)
entries = st.builds(
    Entry,
    name=names,
    data=contents,
    method=st.sampled_from([8, 8, 8, 0, 0, 12, 99]),
    flags=st.sampled_from([0, 0, 0, 8, 1, 0x800, 0x808, 0x2000]),
    attributes=st.sampled_from(
        [0o100644 << 16, 0o100644 << 16, 0, 0o120777 << 16, 0o040755 << 16, 0x10, 0x400]
    ),
    extra=extras,
    local_name=st.none() | names,
    local=fields(LOCAL),
    central=fields((*CENTRAL, "offset", "disk")),
    behind=st.just(b"") | st.binary(max_size=16),
)
honest = st.builds(Entry, name=names, data=contents, method=st.sampled_from([0, 8]))


@st.composite
def archives(draw: Any) -> bytes:
    """Draw an archive: honest, with headers that lie, in another archive, cut off or with bytes changed."""
    found = draw(st.lists(honest | entries, max_size=5))
    lies = draw(st.booleans())
    made = archive(
        found,
        end=draw(fields(END)) if lies else None,
        comment=draw(st.just(b"") | st.binary(max_size=40)),
        before=draw(st.just(b"") | st.sampled_from([b"MZ" * 40, b"PK\x03\x04"])) if lies else b"",
        gap=draw(st.just(b"") | st.binary(max_size=60)) if lies else b"",
    )
    if draw(st.integers(0, 5)) == 0:
        made = archive(
            [replace(Entry(name=b"inner.zip", data=made), method=0), Entry(name=b"a.ipynb", data=NOTEBOOK)]
        )
    return draw(mutated(made))


@st.composite
def mutated(draw: Any, data: bytes) -> bytes:
    """Change a few bytes, cut the end off, or double a part: mostly nothing."""
    made = bytearray(data)
    for at, value in draw(
        st.just([]) | st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), max_size=4)
    ):
        if made:
            made[at % len(made)] = value
    match draw(st.sampled_from(["", "", "", "", "cut", "double", "tail"])):
        case "cut":
            made = made[: draw(st.integers(0, len(made)))]
        case "double":
            at = draw(st.integers(0, len(made)))
            made[at:at] = made[at : at + draw(st.integers(0, 80))]
        case "tail":
            made += draw(st.binary(max_size=30))
    return bytes(made)
