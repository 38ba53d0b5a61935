"""The intake folder: received bytes, receipts, and one index. It is added to, never edited.

    DIR/index.jsonl               one line with the assignment, then one receipt a line
    DIR/received/<submission>/    the bytes as they came, read-only
    DIR/receipts/<receipt>.json, <receipt>.txt

A line of the index is the last thing written of a submission: what it names is whole. A line that was cut off
by a crash counts as not written. One intake at a time has the folder.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path, PurePosixPath
from typing import IO, Final

from pydantic import ValidationError

from autograder.errors import GraderError, UsageError
from autograder.intake.receipts import Receipt, ReceivedFile, Status, from_json, to_json

INDEX: Final = "index.jsonl"
RECEIVED: Final = "received"
RECEIPTS: Final = "receipts"
STAGING: Final = ".staging"
_SCHEMA: Final = 1
_CHUNK: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Ledger:
    """One intake folder."""

    root: Path

    def assignment(self) -> str:
        """The id of the assignment that the folder is for; empty while it is new. Raises GraderError."""
        lines = self._lines()
        if not lines:
            return ""
        try:
            head = json.loads(lines[0])
            if head["schema"] != _SCHEMA:
                raise GraderError(f"{self.root}: the intake folder is of another version")
            return str(head["assignment"])
        except (ValueError, KeyError, TypeError) as error:
            raise GraderError(f"{self.root / INDEX}: cannot be read") from error

    def receipts(self) -> tuple[Receipt, ...]:
        """Every receipt that was ever written, oldest first. Raises GraderError."""
        try:
            return tuple(from_json(line) for line in self._lines()[1:])
        except ValidationError as error:
            raise GraderError(
                f"{self.root / INDEX}: not an index of this version: {error.errors()[0]['msg']}"
            ) from error

    def refuse_other(self, assignment: str) -> None:
        """Raise UsageError when the folder is for another assignment."""
        known = self.assignment()
        if known and known != assignment:
            raise UsageError(
                f"{self.root} is for the assignment {known}, not {assignment}",
                hint="Give another folder with --out.",
            )

    @contextmanager
    def opened(self, assignment: str) -> Iterator[None]:
        """Have the folder for oneself; make it when it is new.

        Raises UsageError when another intake has it, or it is for another assignment or something else.
        """
        if self.root.exists() and not self.root.is_dir():
            raise UsageError(f"{self.root} is no folder")
        is_new = not (self.root / INDEX).exists()
        if is_new and self.root.is_dir() and any(self.root.iterdir()):
            raise UsageError(
                f"{self.root} holds something else", hint="Give an intake folder, or a folder that is new."
            )
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / INDEX).open("ab") as index:
            try:
                fcntl.flock(index, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise UsageError(f"{self.root}: another intake is at work there") from None
            self.refuse_other(assignment)
            shutil.rmtree(self.root / STAGING, ignore_errors=True)
            self._mend(index)
            if not self.assignment():
                _append(index, json.dumps({"schema": _SCHEMA, "assignment": assignment}))
            try:
                yield
            finally:
                shutil.rmtree(self.root / STAGING, ignore_errors=True)

    def store(self, receipt: Receipt, staged: Path | None, zone: tzinfo | None) -> Receipt:
        """Move staged bytes to their place, write the receipt, and add the line that makes it count."""
        if staged is not None:
            target = self.root / RECEIVED / receipt.submission
            if target.exists():  # left by a crash before its line was written
                shutil.rmtree(target)
            target.parent.mkdir(exist_ok=True)
            staged.rename(target)
        folder = self.root / RECEIPTS
        folder.mkdir(exist_ok=True)
        line = json.dumps(to_json(receipt), ensure_ascii=False)
        (folder / f"{receipt.id}.json").write_text(line + "\n")
        (folder / f"{receipt.id}.txt").write_text(receipt.text(zone))
        with (self.root / INDEX).open("ab") as index:
            _append(index, line)
        return receipt

    def path(self, receipt: Receipt) -> Path:
        """Where the bytes of a receipt lie. Raises GraderError for a place that no intake wrote to."""
        parts = PurePosixPath(receipt.stored).parts
        if parts and (parts[0] != RECEIVED or ".." in parts):
            raise GraderError(f"{self.root / INDEX}: {receipt.id} names a file that intake did not write")
        return self.root / receipt.stored

    def _lines(self) -> list[bytes]:
        """Whole lines only."""
        try:
            data = (self.root / INDEX).read_bytes()
        except FileNotFoundError:
            return []
        return data.split(b"\n")[:-1]

    def _mend(self, index: IO[bytes]) -> None:
        """Cut off the beginning of a line that a crash left."""
        data = (self.root / INDEX).read_bytes()
        if data and not data.endswith(b"\n"):
            index.truncate(data.rfind(b"\n") + 1)


def is_intake_folder(path: Path) -> bool:
    """Whether a path is a folder that `autograder intake` wrote."""
    try:
        return (path / INDEX).is_file() and bool(Ledger(path).assignment())
    except GraderError:
        return False  # a file of that name in somebody's own folder


def in_force(receipts: Sequence[Receipt]) -> tuple[Receipt, ...]:
    """The receipts that count: not replaced, no duplicate; of equal bytes with the earliest time."""
    replaced = {receipt.replaces for receipt in receipts}
    left = [receipt for receipt in receipts if receipt.id not in replaced]
    earliest = {
        first.id: min(each.received for each in left if each.submission == first.submission)
        for first in left
        if first.status is not Status.DUPLICATE
    }
    return tuple(
        replace(receipt, received=earliest[receipt.id]) for receipt in left if receipt.id in earliest
    )


def copied(
    name: str, opened: IO[bytes], target: Path, *, at_most: int, told: Callable[[int], None]
) -> tuple[ReceivedFile, bool]:
    """Copy a stream to a new read-only file and count and digest it on the way.

    Gives what was received and whether it was kept: beyond `at_most` bytes nothing is written any more, and
    what was is removed. `told` hears of the bytes that were read.
    """
    digest, count = hashlib.sha256(), 0
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        while chunk := opened.read(_CHUNK):
            digest.update(chunk)
            count += len(chunk)
            if count <= at_most:
                file.write(chunk)
            told(len(chunk))
        file.flush()
        os.fsync(file.fileno())
    if count > at_most:
        target.unlink()
    else:
        target.chmod(0o444)
    return ReceivedFile(path=name, bytes=count, sha256=digest.hexdigest()), count <= at_most


def _append(index: IO[bytes], line: str) -> None:
    index.write(line.encode() + b"\n")
    index.flush()
    os.fsync(index.fileno())
