"""End a container without asking the engine, and see when student code holds the engine up.

A process of the student's can stop a command of ours as it starts: then the engine answers nothing more
about that container, its removal included. The keeper (PID 1) waits at a pipe in the folder of connections,
which only our own user can open for writing: when the keeper ends, Linux kills all other processes with it.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path, PurePosixPath

LEASH = "leash"
STOPPED = ("T", "t")


def make_leash(connections: Path) -> None:
    """Put the pipe there; the keeper may belong to another user than we."""
    os.mkfifo(connections / LEASH)
    (connections / LEASH).chmod(0o644)


def keeper_command(seconds: int, connections: PurePosixPath) -> str:
    """Return the shell command of PID 1: it ends after `seconds`, or when the leash is let go."""
    return f"sleep {seconds} & s=$!; {{ true < {connections / LEASH} && kill $s; }} & wait $s"


def let_go(connections: Path) -> None:
    """End the keeper that waits at this pipe. Nothing happens where none waits."""
    with contextlib.suppress(OSError):
        os.close(os.open(connections / LEASH, os.O_WRONLY | os.O_NONBLOCK))


def held_up(container: str, processes: Path = Path("/proc")) -> bool:
    """Whether a process of this container is stopped. Nobody does that but the student's code.

    False where this machine does not show it.
    """
    for entry in processes.glob("[0-9]*"):
        try:
            inside = container in (entry / "cgroup").read_text()
            if inside and (entry / "stat").read_text().rpartition(")")[2].split()[0] in STOPPED:
                return True
        except (OSError, IndexError):
            continue
    return False
