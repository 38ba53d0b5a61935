"""What the command line writes to people: messages to stderr, results to stdout.

Rich is imported when something is shown, not before.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from autograder.errors import GraderError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress


def messages() -> Console:
    """The console for messages and progress. It writes to stderr, so that `--json` output stays clean."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def output() -> Console:
    """The console for results a person reads."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """Write one message to stderr, without markup."""
    sys.stderr.write(text + "\n")


def show(text: str) -> None:
    """Write one line of results to stdout, without markup, at once: a pipe may be waiting for it."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def explain(error: GraderError) -> None:
    """Say what happened and what to do next."""
    say(f"error: {error}")
    if error.hint:
        say(f"hint:  {error.hint}")


@contextmanager
def progress(quiet: bool = False) -> Iterator[Progress]:
    """A progress bar with an estimate of the time that is left; silent with `quiet` or without a terminal."""
    from rich.progress import (
        BarColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = messages()
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        disable=quiet or not console.is_terminal,
    ) as bar:
        yield bar
