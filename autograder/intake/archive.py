"""Read a zip archive that may be hostile. Nothing is written to disk.

Sizes are counted while the bytes come out, never taken from a header; only regular files are read; archives
inside the archive stay closed files. What the files contain is not judged here.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final

from autograder.formats import file_type
from autograder.formats.file_type import FileType
from autograder.intake import zip_directory
from autograder.intake.budgets import Budgets, NotTaken, size
from autograder.intake.entry_names import clean, refuse_collisions, shown
from autograder.intake.junk import why_dropped
from autograder.intake.zip_directory import DAMAGED, STORED, Entry

_CHUNK: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The kept files by path, in the order of their paths, and why others were left out."""

    files: Mapping[str, bytes]
    dropped: Mapping[str, str]


def read_zip(archive: BinaryIO, budgets: Budgets) -> Contents:
    """Read every regular file of a zip archive.

    Raises:
        NotTaken: no zip archive, damaged, encrypted, over a budget, or with an unsafe entry.

    """
    received = archive.seek(0, os.SEEK_END)
    if received > budgets.received_bytes:
        raise NotTaken(
            f"The archive has {size(received)}; at most {size(budgets.received_bytes)} are allowed. Leave "
            "out files that are not needed, such as saved models and data sets."
        )
    archive.seek(0)
    refuse_other_types(archive.read(file_type.HEAD_BYTES))
    files: dict[str, Entry] = {}
    dropped: dict[str, str] = {}
    names: list[str] = []
    for entry in zip_directory.entries(archive, budgets):
        path = clean(entry.name, budgets)
        if entry.is_folder:
            continue
        if not path:
            raise NotTaken(DAMAGED)
        if why := why_dropped(path):
            dropped[path] = why
            continue
        names.append(path)
        files[path] = entry
    refuse_collisions(names)
    allowance = budgets.allowed_unpacked(received)
    contents: dict[str, bytes] = {}
    for path in sorted(files):
        data = _unpack(archive, files[path], allowance)
        allowance -= len(data)
        contents[path] = data
    return Contents(files=contents, dropped=dropped)


def refuse_other_types(head: bytes) -> None:
    """Do nothing for a file that begins like a zip archive.

    Raises:
        NotTaken: what the file is instead, and what to hand in.

    """
    match file_type.of(head):
        case FileType.ZIP:
            return
        case FileType.HTML:
            why = "The file is a web page, not a zip archive. Download the file itself and upload that."
        case FileType.JSON:
            why = (
                "The file is named .zip but holds JSON, such as a notebook. Renaming makes no archive: "
                "put the notebook into a zip, or use `autograder pack`."
            )
        case FileType.OTHER if not head:
            why = "The file is empty. Make the zip archive again and upload it again."
        case FileType.OTHER:
            why = "The file is no zip archive. Make one with `autograder pack` or your system's zip function."
        case kind:
            why = f"The file is of type {kind.value}. Hand in a .zip archive; renaming changes nothing."
    raise NotTaken(why)


def _unpack(archive: BinaryIO, entry: Entry, allowance: int) -> bytes:
    if entry.size > allowance:
        raise _too_much(entry)
    if entry.size == entry.packed == 0:
        return b""
    archive.seek(entry.start)
    made = bytearray()
    inflate = None if entry.method == STORED else zlib.decompressobj(-zlib.MAX_WBITS)
    left = entry.packed
    # One byte more than claimed is enough to see that the header lied.
    most = entry.size + 1
    while left > 0:
        packed = archive.read(min(_CHUNK, left))
        if not packed:
            raise NotTaken(DAMAGED)
        left -= len(packed)
        if inflate is None:
            made += packed
        else:
            try:
                made += inflate.decompress(packed, most - len(made))
            except zlib.error:
                raise NotTaken(DAMAGED) from None
        if len(made) >= most or (inflate is not None and inflate.eof):
            break
    if len(made) >= most:
        raise NotTaken(
            f"The entry {shown(entry.name)} unpacks to more bytes than it says. Make the archive again."
        )
    finished = inflate is None or (inflate.eof and not inflate.unused_data)
    if left or not finished or len(made) != entry.size or zlib.crc32(made) != entry.crc:
        raise NotTaken(DAMAGED)
    return bytes(made)


def _too_much(entry: Entry) -> NotTaken:
    return NotTaken(
        f"The archive unpacks to too many bytes (at {shown(entry.name)}, {size(entry.size)}). Leave out "
        "files that are not needed, such as saved models and data sets."
    )
