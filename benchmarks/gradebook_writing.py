"""How long recording a score takes while eight processes write to one SQLite gradebook.

`python -m benchmarks.gradebook_writing [--writers 8] [--seconds 5]` prints a table: each writer at a steady
pace, as graders have it, and all of them without a pause, for both levels of durability.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gradebook.book import Gradebook
from tests.unit.gradebook.builders import SPRING, a_graded, an_assignment

PACE = 0.1
"""Seconds between two scores of one writer that keeps a pace."""


def write(number: int, file: Path, lasting: bool, pace: float, seconds: float, start: Any, told: Any) -> None:
    assignment = an_assignment()
    took = []
    moments = random.Random(number)
    with Gradebook.open(file, survive_power_loss=lasting) as book:
        book.record(a_graded(submission=f"w{number}", student=f"w{number}", digest="w"), assignment, SPRING)
        start.wait()
        end = time.perf_counter() + seconds
        count = 0
        while time.perf_counter() < end:
            name = f"{number}-{count}"
            graded = a_graded(submission=name, student=f"s{number}-{count % 200}", digest=name)
            before = time.perf_counter()
            book.record(graded, assignment, SPRING)
            took.append(time.perf_counter() - before)
            count += 1
            if pace:
                time.sleep(moments.uniform(0, 2 * pace))
    told.put(took)


def measured(writers: int, lasting: bool, pace: float, seconds: float) -> list[float]:
    processes = multiprocessing.get_context("fork")
    told, start = processes.Queue(), processes.Barrier(writers)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "grades.sqlite3"
        Gradebook.open(file).close()
        children = [
            processes.Process(target=write, args=(n, file, lasting, pace, seconds, start, told))
            for n in range(writers)
        ]
        for child in children:
            child.start()
        took = sorted(one for _ in children for one in told.get())
        for child in children:
            child.join()
    return took


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--writers", type=int, default=8)
    options.add_argument("--seconds", type=float, default=5)
    given = options.parse_args()
    print(f"| {given.writers} writers | synchronous | scores/s | median ms | 95 % ms | longest ms |")
    print("|---|---|---|---|---|---|")
    for pace in (PACE, 0.0):
        for lasting in (True, False):
            took = measured(given.writers, lasting, pace, given.seconds)
            title = f"one score each {pace:g} s" if pace else "without a pause"
            figures = (took[len(took) // 2], took[int(len(took) * 0.95)], took[-1])
            print(
                f"| {title} | {'FULL' if lasting else 'NORMAL'} | {len(took) / given.seconds:.0f} | "
                + " | ".join(f"{1000 * figure:.1f}" for figure in figures)
                + " |"
            )


if __name__ == "__main__":
    main()
