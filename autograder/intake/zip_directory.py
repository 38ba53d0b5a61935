"""The table of contents of a zip archive, read strictly and in bounded memory.

Only the ordinary kind is read: one part, nothing around it, stored or deflated entries. It tells where the
bytes of each entry lie; what the entry says about its size is checked by `autograder.intake.archive`.
"""

from __future__ import annotations

import os
import stat
import struct
from dataclasses import dataclass
from typing import BinaryIO, Final

from autograder.intake.budgets import Budgets, NotTaken
from autograder.intake.entry_names import shown

STORED: Final = 0
DEFLATED: Final = 8
_END: Final = struct.Struct("<4s4H2LH")
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR: Final = struct.Struct("<4sLQL")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_LONGEST_COMMENT: Final = 65_535
_MOST_PER_ENTRY: Final = 4_096
_ENCRYPTED: Final = 0x1 | 0x40 | 0x2000
_LATER: Final = 0x8
_UTF8: Final = 0x800
_REPARSE_POINT: Final = 0x400
_FULL16: Final = 0xFFFF
_FULL32: Final = 0xFFFFFFFF

DAMAGED: Final = "The zip archive is damaged or incomplete. Make it again and upload it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry. `start` is where its data begin in the archive; `size` is what it claims to unpack to."""

    name: str
    is_folder: bool
    method: int
    crc: int
    packed: int
    size: int
    start: int


def entries(archive: BinaryIO, budgets: Budgets) -> tuple[Entry, ...]:
    """Return the entries of an archive that begins like a zip.

    Raises:
        NotTaken: damaged, in several parts, with something around it, encrypted, or too many entries.

    """
    total = archive.seek(0, os.SEEK_END)
    count, offset, length = _where(archive, total)
    if count > budgets.entries:
        raise NotTaken(
            f"The archive holds {count} entries; at most {budgets.entries} are allowed. Leave out folders "
            "such as .git, venv and caches."
        )
    if length > max(1, count) * _MOST_PER_ENTRY:
        raise NotTaken(DAMAGED)
    table = _read(archive, offset, length)
    found: list[Entry] = []
    spans: list[tuple[int, int]] = []
    at = 0
    while at < len(table):
        if len(found) == count:
            raise NotTaken(DAMAGED)
        entry, begin, at = _entry(archive, table, at)
        found.append(entry)
        spans.append((begin, entry.start + entry.packed))
    if len(found) != count:
        raise NotTaken(DAMAGED)
    last = 0
    for begin, end in sorted(spans):
        if begin < last or end > offset:
            raise NotTaken(DAMAGED)
        last = end
    return tuple(found)


def _read(archive: BinaryIO, offset: int, length: int) -> bytes:
    archive.seek(offset)
    data = archive.read(length)
    if len(data) != length:
        raise NotTaken(DAMAGED)
    return data


def _where(archive: BinaryIO, total: int) -> tuple[int, int, int]:
    """Return the number of entries, and where the table is and how long."""
    tail_at = max(0, total - _LONGEST_COMMENT - _END.size)
    tail = _read(archive, tail_at, total - tail_at)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise NotTaken(DAMAGED)
    _, disk, table_disk, here, count, length, offset, comment = _END.unpack_from(tail, at)
    end = tail_at + at
    if end + _END.size + comment != total:
        raise NotTaken(DAMAGED)
    if end >= _LOCATOR.size + _END64.size:
        locator = _LOCATOR.unpack(_read(archive, end - _LOCATOR.size, _LOCATOR.size))
        if locator[0] == b"PK\x06\x07":
            record_at = locator[2]
            if record_at > end - _LOCATOR.size - _END64.size:
                raise NotTaken(DAMAGED)
            record = _END64.unpack(_read(archive, record_at, _END64.size))
            wide = record[6:10]
            narrow = ((here, wide[0]), (count, wide[1]), (length, wide[2]), (offset, wide[3]))
            agree = all(small in (_FULL16, _FULL32, big) for small, big in narrow)
            if record[0] != b"PK\x06\x06" or not agree:
                raise NotTaken(DAMAGED)
            here, count, length, offset = wide
            disk, table_disk, end = record[4], record[5], record_at
    if disk or table_disk or here != count:
        raise NotTaken("The archive is one part of several. Make one single zip archive.")
    if offset + length != end:
        raise NotTaken(DAMAGED)
    return count, offset, length


def _entry(archive: BinaryIO, table: bytes, at: int) -> tuple[Entry, int, int]:
    if len(table) - at < _CENTRAL.size:
        raise NotTaken(DAMAGED)
    (
        sign, _made_by, _needs, flags, method, _time, _date, crc, packed, size,
        name_length, extra_length, comment_length, disk, _inner, attributes, offset,
    ) = _CENTRAL.unpack_from(table, at)  # fmt: skip
    name_at = at + _CENTRAL.size
    after = name_at + name_length + extra_length + comment_length
    if sign != b"PK\x01\x02" or after > len(table):
        raise NotTaken(DAMAGED)
    raw_name = table[name_at : name_at + name_length]
    name = _decoded(raw_name, flags)
    extra = table[name_at + name_length : name_at + name_length + extra_length]
    size, packed, offset = _wide(extra, size, packed, offset)
    if flags & _ENCRYPTED:
        raise NotTaken("The archive is protected with a password. Make it again without one.")
    if disk not in (0, _FULL16):
        raise NotTaken("The archive is one part of several. Make one single zip archive.")
    is_folder = _is_folder(name, attributes, size)
    if method not in (STORED, DEFLATED) and not is_folder:
        raise NotTaken(
            f"The entry {shown(name)} is compressed in an unusual way. Make the archive again with the "
            'ordinary settings ("zip", "deflate"), or with `autograder pack`.'
        )
    start = _data_start(archive, offset, raw_name, method, size)
    entry = Entry(
        name=name, is_folder=is_folder, method=method, crc=crc, packed=packed, size=size, start=start
    )
    return entry, offset, after


def _decoded(raw: bytes, flags: int) -> str:
    try:
        return raw.decode("utf-8")  # macOS writes UTF-8 without saying so
    except UnicodeDecodeError:
        if flags & _UTF8:
            raise NotTaken("A file name in the archive cannot be read. Rename the file.") from None
        return raw.decode("cp437")


def _wide(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """Replace the numbers that stand in the zip64 field."""
    values = [size, packed, offset]
    if _FULL32 not in values:
        return size, packed, offset
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        field = extra[at + 4 : at + 4 + length]
        at += 4 + length
        if kind != 1:
            continue
        missing = [index for index, value in enumerate(values) if value == _FULL32]
        if len(field) < 8 * len(missing):
            break
        for turn, index in enumerate(missing):
            (values[index],) = struct.unpack_from("<Q", field, 8 * turn)
        return values[0], values[1], values[2]
    raise NotTaken(DAMAGED)


def _is_folder(name: str, attributes: int, size: int) -> bool:
    kind = stat.S_IFMT(attributes >> 16)
    if kind == stat.S_IFLNK or attributes & _REPARSE_POINT:
        raise NotTaken(f"The entry {shown(name)} is a link. Put the file itself into the archive.")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise NotTaken(f"The entry {shown(name)} is no ordinary file. Remove it.")
    folder = name.endswith("/")
    if (kind == stat.S_IFDIR and not folder) or (folder and (size or kind == stat.S_IFREG)):
        raise NotTaken(DAMAGED)
    return folder


def _data_start(archive: BinaryIO, offset: int, raw_name: bytes, method: int, size: int) -> int:
    local = _LOCAL.unpack(_read(archive, offset, _LOCAL.size))
    name_length: int = local[9]
    extra_length: int = local[10]
    # Who writes to a pipe does not know the size yet: it stands as 0, or behind the bytes.
    told = local[2] & _LATER or local[8] in (0, _FULL32, size)
    same = local[0] == b"PK\x03\x04" and local[3] == method and told and not local[2] & _ENCRYPTED
    if not same or _read(archive, offset + _LOCAL.size, name_length) != raw_name:
        raise NotTaken(DAMAGED)
    return offset + _LOCAL.size + name_length + extra_length
