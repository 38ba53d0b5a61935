"""What a command costs with everything it starts: time by the clock and of the processor, and memory."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """Seconds of one command: wall, and processor time of it, its children and its containers."""

    wall: float
    cpu: float
    output: str


def cost_of(command: Sequence[str | Path], cwd: Path | None = None) -> Cost:
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    words = [str(word) for word in command]
    own = {**os.environ, "PATH": f"{Path(words[0]).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(words, cwd=cwd, env=own, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{command[0]} failed:\n{done.stdout[-1500:]}\n{done.stderr[-3000:]}")
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, used, done.stdout)


def descendants(pid: int) -> list[int]:
    """Process ids of everything that a process started, itself included."""
    found, todo = [], [pid]
    while todo:
        current = todo.pop()
        found.append(current)
        for task in Path(f"/proc/{current}/task").glob("*/children"):
            try:
                todo += [int(child) for child in task.read_text().split()]
            except OSError:
                continue
    return found


def peaks_of(process: subprocess.Popen[bytes]) -> dict[int, int]:
    """Largest resident memory in bytes of every process that a command starts on this host, until it ends.

    Pages that processes share count for each of them; what one took in its last moment may be missed.
    """
    peaks: dict[int, int] = {}
    while process.poll() is None:
        for pid in descendants(process.pid):
            try:
                status = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            for line in status.splitlines():
                if line.startswith("VmHWM:"):
                    peaks[pid] = int(line.split()[1]) * 1024
        time.sleep(0.02)
    return peaks


def peak_memory(run: Callable[[], subprocess.Popen[bytes]]) -> int:
    """Largest resident memory in bytes of any single process that a command started on this host."""
    return max(peaks_of(run()).values(), default=0)
