"""What a long command says where there is no terminal."""

from __future__ import annotations

import io
from itertools import chain, repeat

import pytest
from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from autograder.cli import console
from autograder.cli.console import progress, progress_lines
from autograder.errors import GraderError


def test_a_line_says_how_much_is_done_and_how_long_it_may_take() -> None:
    now = chain([0.0, 0.0, 60.0, 120.0], repeat(120.0))
    bar = Progress(
        console=Console(file=io.StringIO()),
        disable=True,
        get_time=lambda: next(now),
        speed_estimate_period=console.LONGEST_STEP,
    )
    task = bar.add_task("grading", total=4)
    bar.advance(task)
    bar.advance(task)
    [line] = progress_lines(bar)
    assert line.startswith("grading: 2 of 4, 2:00 so far, about ") and line.endswith(" left")


def test_nothing_that_a_terminal_obeys_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    """A reason can hold a kernel's words: \x1b]52 writes the clipboard, \x1b[2J hides what came before."""
    console.show("why: \x1b]52;c;cm0=\x07 \x9b2J a\rb \u202egpj.exe \ud800 Zoë, 東京\tok\nnext")
    console.explain(GraderError("\x1b[2Jfine", hint="\x08\x08"))
    written = capsys.readouterr()
    assert written.out == "why: ?]52;c;cm0=? ?2J a?b ?gpj.exe ? Zoë, 東京\tok\nnext\n"
    assert written.err == "error: ?[2Jfine\nhint:  ??\n"


def test_what_is_finished_or_not_begun_has_no_line() -> None:
    bar = Progress(console=Console(file=io.StringIO()), disable=True)
    task = bar.add_task("grading", total=1)
    bar.advance(task)
    bar.add_task("nothing", total=None)
    assert progress_lines(bar) == []


@pytest.mark.parametrize("quiet", [True, False])
def test_without_a_terminal_lines_come_unless_silence_was_asked_for(
    quiet: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(console, "SECONDS_BETWEEN_LINES", 0.01)
    monkeypatch.setattr(console, "say", said.append)
    with progress(quiet=quiet) as bar:
        task = bar.add_task("grading", total=2)
        while not quiet and not said:
            bar.refresh()
        bar.advance(task)
    assert bool(said) is not quiet


@pytest.mark.parametrize(("total", "amount"), [(None, " 1 "), (3, " 1/3 ")])
def test_a_terminal_shows_how_much_is_done_also_where_the_end_is_not_known(
    total: int | None, amount: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Console(file=io.StringIO(), force_terminal=True, width=100)
    monkeypatch.setattr(console, "messages", lambda: screen)
    with progress() as bar:
        bar.advance(bar.add_task("students", total=total))
    assert amount in Text.from_ansi(screen.file.getvalue()).plain  # type: ignore[attr-defined]
