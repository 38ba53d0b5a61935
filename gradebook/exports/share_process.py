"""A process that works on a share of a class: told and heard line by line, and ended with its block.

What it says is taken as its word only if it says what is expected, in time; anything else is `Failed`.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO, Any

from gradebook.exports.share import rows_of
from gradebook.exports.table import GradeRow


class Failed(Exception):
    """A share ended early, was too slow, or said something else than was expected."""


@dataclass(slots=True)
class Share:
    """What one process found: its students, or CSV about them, and every item, its maximum where known."""

    rows: list[GradeRow] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    items: list[tuple[str, str, str | None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Worker:
    """The process of one share. `number` counts from 1, for people."""

    number: int
    process: subprocess.Popen[bytes]
    to: IO[bytes]
    said: IO[bytes]

    def tell(self, line: str) -> None:
        """Send one line. Failed where nobody reads it."""
        try:
            self.to.write(line.encode() + b"\n")
            self.to.flush()
        except OSError:
            raise Failed(f"share {self.number} ended early") from None

    def hear(self, word: str, seconds: float | None = None) -> str:
        """The rest of the next line, which begins with `word`. Failed for another one, or none in time.

        With `seconds`, nothing may be under way but that line: more would be taken for silence later.
        """
        if seconds is not None and not select.select([self.said], [], [], max(0.0, seconds))[0]:
            raise Failed(f"share {self.number} did not say {word!r} in time")
        first, _, rest = self.said.readline().decode(errors="replace").strip().partition(" ")
        if first != word:
            what = "said something unexpected" if first else "ended early"
            raise Failed(f"share {self.number} {what}")
        return rest

    def grades(self, more: Callable[[int], None]) -> Share:
        """Everything until the last line; `more` is told how many students came. Failed without that line."""
        share = Share()
        try:
            for line in self.said:
                found = json.loads(line)
                if "items" in found:
                    share.items = found["items"]
                    return share
                share.rows += rows_of(found.get("rows", ()))
                share.texts += (found["csv"],) if "csv" in found else ()
                more(found["students"])
        except (ValueError, LookupError, TypeError):
            raise Failed(f"share {self.number} said something unexpected") from None
        raise Failed(f"share {self.number} ended early")


@contextmanager
def worker(number: int) -> Iterator[Worker]:
    """A process of our own. Without `-P` a file in the working folder could stand for our package.

    Failed where it cannot be started.
    """
    command: list[Any] = [sys.executable, "-P", "-m", "gradebook.exports.share"]
    pipes: dict[str, Any] = {
        "stdin": subprocess.PIPE,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.DEVNULL,
    }
    try:
        started = subprocess.Popen(command, **pipes)
    except OSError as error:
        raise Failed(f"share {number} cannot be started ({error.strerror})") from None
    with started as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            yield Worker(number, process, process.stdin, process.stdout)
        finally:
            process.kill()
            with suppress(OSError):
                process.stdin.close()
