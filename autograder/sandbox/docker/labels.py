"""Who owns a container, written on it, and which owners are gone. No student and no submission is named.

A container is swept only if this very machine, since its last start, once had a process of that id that is
gone now. What another machine or another process namespace started is left alone.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.sandbox.protocol import run_mark

HOST = "org.nbverdict.owner.host"
BOOT = "org.nbverdict.owner.boot"
NAMESPACE = "org.nbverdict.owner.pidns"
PID = "org.nbverdict.owner.pid"
START = "org.nbverdict.owner.start"
RUN = "org.nbverdict.run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A process, told apart from a later one with the same id by its start time (in clock ticks)."""

    host: str
    boot: str
    namespace: str
    pid: int
    start: str

    def labels(self, run_key: str) -> dict[str, str]:
        """Return the labels of a container of this owner."""
        return {
            HOST: self.host,
            BOOT: self.boot,
            NAMESPACE: self.namespace,
            PID: str(self.pid),
            START: self.start,
            RUN: run_mark(run_key),
        }


def this_process() -> Owner:
    """Return the owner that this process is."""
    return Owner(
        host=socket.gethostname(),
        boot=Path("/proc/sys/kernel/random/boot_id").read_text().strip(),
        namespace=str(Path("/proc/self/ns/pid").readlink()),
        pid=os.getpid(),
        start=start_time(os.getpid()) or "",
    )


def start_time(pid: int) -> str | None:
    """Return when a process of this machine started, or None if there is none with that id."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The second field is a name in parentheses and may hold spaces and parentheses itself.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in ("Z", "X") else fields[19]


def owner_is_gone(
    labels: Mapping[str, str], here: Owner, started: Callable[[int], str | None] = start_time
) -> bool:
    """Whether the labelled container's owner certainly does not live any more."""
    if labels.get(HOST) != here.host or BOOT not in labels or not labels.get(PID, "").isdecimal():
        return False
    if labels[BOOT] != here.boot:
        return True
    if labels.get(NAMESPACE) != here.namespace:
        return False
    return started(int(labels[PID])) != labels.get(START)
