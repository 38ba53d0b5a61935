"""Text that a submission carries, wherever it hides: code, data files, base64, compressed bytes, arrays.

For searching only, with a budget; what is beyond the budget is not read and not told. Notebooks' Markdown
and stored outputs are left out: quoting a sentence there is honest. Nothing is executed or unpickled: a
pickle or an array is searched as the bytes that it is. Encryption and own encodings are beyond it.
"""

from __future__ import annotations

import base64
import binascii
import bz2
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from autograder.assets.code_cells import sources
from autograder.model.submission import Submission

FILE_BYTES = 16 * 1024 * 1024
UNPACKED_BYTES = 16 * 1024 * 1024
HIDDEN_CHARACTERS = 32 * 1024 * 1024
DEPTH = 3
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{80,}={0,2}")
_JOINTS = re.compile(r"[\"'][\s\\+(),]*+[\"']")


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A piece of text and where it stands: a file, or a notebook and its cell (counted from 1)."""

    place: str
    content: str


def texts(submission: Submission) -> Iterator[Text]:
    """Everything that is searched, one piece after another."""
    left = HIDDEN_CHARACTERS
    for text in _open(submission):
        yield text
        for hidden in _hidden_in(text, DEPTH):
            left -= len(hidden.content)
            if left < 0:
                break
            yield hidden


def _open(submission: Submission) -> Iterator[Text]:
    """What stands in code and files as it is, compressed or not."""
    for name, notebook in submission.notebooks.items():
        for position, source in sources(notebook):
            yield Text(place=f"{name}, cell {position + 1}", content=source)
    for file in submission.files:
        for content in unpacked(file.content[:FILE_BYTES]):
            yield Text(place=file.path, content=readable(content))


def readable(content: bytes) -> str:
    """Bytes as text. Zeros are left out, so that text in arrays of wide characters can be read, too."""
    return content.replace(b"\0", b"").decode("utf-8", errors="replace")


def unpacked(content: bytes) -> Iterator[bytes]:
    """The bytes themselves or, where they are compressed, what is in them, up to the budget."""
    try:
        if content[:2] == b"\x1f\x8b":
            yield zlib.decompressobj(31).decompress(content, UNPACKED_BYTES)
        elif content[:1] == b"\x78":
            yield zlib.decompressobj().decompress(content, UNPACKED_BYTES)
        elif content[:3] == b"BZh":
            yield bz2.BZ2Decompressor().decompress(content, UNPACKED_BYTES)
        elif content[:6] == b"\xfd7zXZ\0":
            yield lzma.LZMADecompressor(memlimit=2 * UNPACKED_BYTES).decompress(content, UNPACKED_BYTES)
        elif content[:4] == b"PK\3\4":
            yield from _members(content)
        else:
            yield content
    except (zlib.error, OSError, EOFError, lzma.LZMAError):
        yield content


def _members(content: bytes) -> Iterator[bytes]:
    """What is in a zip, such as NumPy's archives of arrays; at most the budget in all."""
    left = UNPACKED_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                with archive.open(member) as file:
                    found = file.read(left)
                left -= len(found)
                yield found
                if left <= 0:
                    return
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, zlib.error):
        yield content


def _hidden_in(text: Text, depth: int) -> Iterator[Text]:
    """What is written in a text as base64, also when a string is broken into lines."""
    if depth == 0:
        return
    for found in _BASE64.finditer(_JOINTS.sub("", text.content)):
        for inner in _decoded(found.group()):
            hidden = Text(place=text.place, content=readable(inner))
            yield hidden
            yield from _hidden_in(hidden, depth - 1)


def _decoded(word: str) -> Iterator[bytes]:
    body = word.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        content = base64.b64decode(body + "=" * (-len(body) % 4))
    except (binascii.Error, ValueError):
        return
    yield from unpacked(content)
