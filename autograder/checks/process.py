"""The check process: pytest over an assignment's check files, talking with the grading process.

    python -P -m autograder.checks.process READ_FD WRITE_FD LIFE_FD

It holds the withheld labels and the private check files, and no student code. Its limits bound honest
mistakes in check files; they are no sandbox. It ends when the grading process is gone.
"""

from __future__ import annotations

import os
import resource
import sys
import threading
from pathlib import Path

from autograder.checks.wire import Channel, Message


def main(arguments: list[str]) -> int:
    """Serve one grading until its pipe closes."""
    read_from, write_to, life = (int(argument) for argument in arguments)
    channel = Channel(read_from, write_to)
    threading.Thread(target=_end_with_the_grading_process, args=(life,), daemon=True).start()
    settings = channel.receive()
    _limit(settings)
    _silence()
    import pytest

    from autograder.checks import plugin
    from autograder.checks.rows import HoldoutRows

    rows = settings["holdout"]
    folder = Path(settings["folder"])
    state = plugin.Session(
        channel=channel,
        folder=folder,
        holdout=None
        if rows is None
        else HoldoutRows(inputs=rows["inputs"], labels=tuple(rows["labels"]), classes=tuple(rows["classes"])),
        hidden=frozenset(settings["hidden"]),
        seconds=settings["seconds"],
    )
    sys.path.append(str(folder))
    return int(pytest.main(_options(folder), plugins=[_State(state), plugin]))


def _options(folder: Path) -> list[str]:
    """Return pytest's options: nothing outside the folder configures it, and it writes nothing into it."""
    sys.dont_write_bytecode = True
    return [
        str(folder), "-q", "-c", os.devnull, f"--rootdir={folder}", f"--confcutdir={folder}",
        "--import-mode=importlib", "-p", "no:cacheprovider",
    ]  # fmt: skip


class _State:
    """Puts the state where the plugin finds it."""

    def __init__(self, state: object) -> None:
        self._state = state

    def pytest_configure(self, config: object) -> None:
        """Keep the state in pytest's stash."""
        from autograder.checks.plugin import SESSION

        config.stash[SESSION] = self._state  # type: ignore[attr-defined]


def _limit(settings: Message) -> None:
    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_AS: int(settings["memory_bytes"]),
        resource.RLIMIT_CPU: int(settings["processor_seconds"]),
    }
    for limit, most in wanted.items():
        _, allowed = resource.getrlimit(limit)  # the machine may have a lower limit itself
        bound = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
        resource.setrlimit(limit, (bound, bound))


def _silence() -> None:
    """Send what pytest prints to nowhere; errors go on to the file that the grading process reads."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _end_with_the_grading_process(life: int) -> None:
    os.read(life, 1)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
