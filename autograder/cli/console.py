"""What the command line writes to people: messages to stderr, results to stdout.

Rich is imported when something is shown, not before.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

from autograder.errors import GraderError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

SECONDS_BETWEEN_LINES: Final = 30.0
_OBEYED: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
LONGEST_STEP: Final = 4 * 3600.0
"""Seconds between two steps of a task up to which the time that is left can be estimated."""


def messages() -> Console:
    """The console for messages and progress. It writes to stderr, so that `--json` output stays clean."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def output() -> Console:
    """The console for results a person reads."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True)


def harmless(text: str) -> str:
    """The text with "?" for what a terminal obeys or cannot write: names and reasons can be a student's."""
    return _OBEYED.sub("?", text)


def say(text: str) -> None:
    """Write one message to stderr, without markup."""
    sys.stderr.write(harmless(text) + "\n")


def show(text: str) -> None:
    """Write one line of results to stdout, without markup, at once: a pipe may be waiting for it."""
    sys.stdout.write(harmless(text) + "\n")
    sys.stdout.flush()


def explain(error: GraderError) -> None:
    """Say what happened and what to do next."""
    say(f"error: {error}")
    if error.hint:
        say(f"hint:  {error.hint}")


@contextmanager
def progress(quiet: bool = False) -> Iterator[Progress]:
    """A progress bar with an estimate of the time that is left; silent with `quiet`.

    Without a terminal it is a line now and then, so that a log shows that work goes on.
    """
    from rich.progress import (
        BarColumn,
        Progress,
        ProgressColumn,
        SpinnerColumn,
        Task,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Amount(ProgressColumn):
        """How much is done, and of how much where that is known."""

        def render(self, task: Task) -> Text:
            return Text(f"{task.completed:.0f}" + ("" if task.total is None else f"/{task.total:.0f}"))

    console = messages()
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        Amount(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        speed_estimate_period=LONGEST_STEP,
        disable=quiet or not console.is_terminal,
    ) as bar:
        if quiet or console.is_terminal:
            yield bar
            return
        ended = Event()
        teller = Thread(target=_tell, args=(bar, ended), name="progress", daemon=True)
        teller.start()
        try:
            yield bar
        finally:
            ended.set()
            teller.join()


def _tell(bar: Progress, ended: Event) -> None:
    while not ended.wait(SECONDS_BETWEEN_LINES):
        for line in progress_lines(bar):
            say(line)


def progress_lines(bar: Progress) -> list[str]:
    """What is under way, in words: how much is done, for how long, and how long it may take from now."""
    return [
        f"{task.description}: {task.completed:.0f} of {task.total:.0f}, "
        f"{_minutes(task.elapsed or 0)} so far"
        + (f", about {_minutes(task.time_remaining)} left" if task.time_remaining else "")
        for task in bar.tasks
        if task.total and not task.finished
    ]


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
