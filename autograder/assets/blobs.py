"""Bytes kept by their SHA-256. A file appears under its digest only when it is complete and on disk."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from autograder.errors import AssetCorrupt, AssetMissing, StorageFull

_CHUNK = 1024 * 1024
READ_ONLY = 0o444


def digest_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def saying_when_full(what: str) -> Iterator[None]:
    """Turn the system's error for a full disk or quota into StorageFull, which names what was not written."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(f"the disk is full; {what} was not written") from error
        raise


@contextmanager
def replacing(target: Path, *, mode: int = 0o644) -> Iterator[BinaryIO]:
    """A new file that takes the place of `target` when the block ends well, and leaves no trace when not.

    `mode` is its permissions. Raises StorageFull when the disk is full; `target` is then as it was.
    """
    with saying_when_full(target.name):
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".new-")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)


class Blobs:
    """A folder of files named by the digest of their content. Nothing in it is ever changed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, digest: str) -> Path:
        """Where the bytes are, or would be."""
        return self._root / digest[:2] / digest

    def put(self, chunks: Iterable[bytes], *, digest: str) -> None:
        """Keep bytes whose digest is known. A damaged copy is replaced; a good one is left alone."""
        target = self.path(digest)
        if target.is_file() and digest_of(target) == digest:
            return
        seen = hashlib.sha256()
        with replacing(target, mode=READ_ONLY) as file:
            for chunk in chunks:
                seen.update(chunk)
                file.write(chunk)
            if seen.hexdigest() != digest:
                raise AssetCorrupt(
                    "the bytes changed while they were being added", hint="Add the asset again."
                )

    def put_bytes(self, raw: bytes) -> str:
        """Keep bytes and return their digest."""
        digest = hashlib.sha256(raw).hexdigest()
        self.put([raw], digest=digest)
        return digest

    def put_file(self, path: Path) -> str:
        """Keep a copy of a file and return its digest."""
        digest = digest_of(path)
        with path.open("rb") as file:
            self.put(iter(lambda: file.read(_CHUNK), b""), digest=digest)
        return digest

    def verified(self, digest: str) -> Path:
        """The file, after reading it whole. Raises AssetMissing or AssetCorrupt."""
        path = self.path(digest)
        if not path.is_file():
            raise AssetMissing(f"the store has lost the bytes {digest[:12]}", hint="Add the asset again.")
        if digest_of(path) != digest:
            raise AssetCorrupt(f"the bytes {digest[:12]} in the store have changed")
        return path

    def read(self, digest: str) -> bytes:
        """The bytes, verified. Raises AssetMissing or AssetCorrupt."""
        path = self.path(digest)
        raw = path.read_bytes() if path.is_file() else None
        if raw is None:
            raise AssetMissing(f"the store has lost the bytes {digest[:12]}", hint="Add the asset again.")
        if hashlib.sha256(raw).hexdigest() != digest:
            raise AssetCorrupt(f"the bytes {digest[:12]} in the store have changed")
        return raw
