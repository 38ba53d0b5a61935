"""Rows of a measurement: what was measured, the figure, the goal, and whether it was met.

Every script in this folder prints such a table and exits 1 when a goal was missed.
"""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure. `met` is None for a figure without a goal, shown for comparison."""

    what: str
    figure: str
    goal: str = ""
    met: bool | None = None


def machine() -> str:
    """One line about the machine: processors, memory, system, Python."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} {platform.release().split('-')[0]}"
    return f"{os.cpu_count()} processors, {memory:.0f} GiB, {system}, Python {platform.python_version()}"


def finish(title: str, rows: list[Row]) -> None:
    """Print the table as Markdown and end the process: 1 when a goal was missed."""
    verdict = {None: "", True: "met", False: "MISSED"}
    print(f"\n### {title}\n\n{machine()}\n")
    print("| what | figure | goal | |\n|---|---|---|---|")
    for row in rows:
        print(f"| {row.what} | {row.figure} | {row.goal} | {verdict[row.met]} |")
    sys.exit(any(row.met is False for row in rows))


def bin_folder() -> Path:
    """Where the console scripts of this environment are."""
    return Path(sys.executable).parent
