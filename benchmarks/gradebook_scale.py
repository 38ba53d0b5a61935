"""A gradebook of 10,000 students: every grade exported, one student's page, recording among eight writers.

    python benchmarks/gradebook_scale.py [--students 10000] [--against 1000] [--seconds 5] [--patience 300]

Beside it nbgrader's gradebook of 1,000 students and its CSV export, from `.venv-peers` (`make bench` makes
it). That export is ended after `--patience` seconds; the ratio is a lower bound then. Times are given as wall
and processor time: on a machine that others use, the processor time says more. Needs about 5 GiB of disk.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from costs import Cost, cost_of, peaks_of
from gradebook_course import OFFERING, Size, fill
from gradebook_values import a_grading, an_assignment
from table import Row, bin_folder, finish

from autograder.reporting.feedback import feedback_for
from autograder.reporting.html import render_feedback
from autograder.reporting.visibility import Role
from gradebook.book import Gradebook
from gradebook.course_book import CourseBook

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / ".venv-peers" / "bin"
NBGRADER = Size(students=1_000, attempts=1)
WRITERS = 8
PACE = 0.1
"""Seconds between two scores of one writer that keeps a pace, as graders do at most."""


@dataclass(frozen=True, slots=True)
class Exported:
    """An export: what it cost, and in another run the peaks of memory of its processes together, in bytes."""

    cost: Cost
    memory: int

    def __str__(self) -> str:
        return f"{self.cost.wall:.1f} s wall, {self.cost.cpu:.1f} s CPU, {self.memory / 2**20:.0f} MiB"


def best_export(file: Path, rounds: int) -> Exported:
    """`autograder gradebook export --format csv`: start of the command, reading, policies, file.

    The best of some: the first one also waits for the disk.
    """
    where = ["--gradebook", f"sqlite:///{file}", "--course", OFFERING.course, "--term", OFFERING.term]
    command = [
        bin_folder() / "autograder", "gradebook", "export", *where, "--format", "csv",
        "--out", file.with_suffix(".csv"),
    ]  # fmt: skip
    costs = [cost_of(command) for _ in range(rounds)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        memory = sum(peaks_of(process).values())
    return Exported(min(costs, key=lambda cost: cost.wall), memory)


def pages(file: Path, size: Size, count: int) -> list[float]:
    """Seconds for one student's grades with every reason, and a page of feedback, `count` times."""
    took, chosen = [], random.Random(1)
    with Gradebook.open(file) as book:
        course = CourseBook(book, OFFERING)
        for number in range(count + 3):
            student = f"student{chosen.randrange(size.students):05}"
            place = chosen.randrange(size.assignments)
            start = time.perf_counter()
            one_page(book, course, student, place, size)
            if number >= 3:  # the first ones read templates
                took.append(time.perf_counter() - start)
    return sorted(took)


def one_page(book: Gradebook, course: CourseBook, student: str, place: int, size: Size) -> str:
    standing = course.standing(student)
    lines = [line.text for grade in standing.assignments.values() for line in grade.lines]
    lines += [line.text for line in standing.course.lines]
    assignment = an_assignment(place, size.checks)
    entry = book.attempts(OFFERING, assignment.id, student)[-1]
    shown = feedback_for(entry.graded, None, assignment, role=Role.STUDENT, published=True)
    return "\n".join([*lines, render_feedback(shown)])


def recorded(
    file: Path, size: Size, seconds: float, *, lasting: bool, pace: float
) -> tuple[list[float], float]:
    """Seconds that each recording took while eight processes record, and the processor time of one."""
    processes = multiprocessing.get_context("fork")
    told, start = processes.Queue(), processes.Barrier(WRITERS)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    children = [
        processes.Process(target=_write, args=(n, file, size, seconds, lasting, pace, start, told))
        for n in range(WRITERS)
    ]
    for child in children:
        child.start()
    took = sorted(one for _ in children for one in told.get())
    for child in children:
        child.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return took, cpu / len(took)


def _write(
    number: int, file: Path, size: Size, seconds: float, lasting: bool, pace: float, start: Any, told: Any
) -> None:
    took = []
    moments = random.Random(number)
    assignment = an_assignment(0, size.checks)
    with Gradebook.open(file, survive_power_loss=lasting) as book:
        stamp = f"{time.time_ns()}-{number}"
        book.record(a_grading(assignment, 0, name=f"{stamp}-w", student=f"w{number}"), assignment, OFFERING)
        start.wait()
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            name = f"{stamp}-{len(took)}"
            student = f"student{moments.randrange(size.students):05}"
            graded = a_grading(assignment, len(took) % 40, name=name, student=student)
            before = time.perf_counter()
            book.record(graded, assignment, OFFERING)
            took.append(time.perf_counter() - before)
            if pace:
                time.sleep(moments.uniform(0, 2 * pace))
    told.put(took)


def tell(line: str) -> None:
    print(line, file=sys.stderr)


def middle(took: Sequence[float]) -> str:
    return f"{statistics.median(took) * 1000:.0f} ms"


def at(took: Sequence[float], share: float) -> float:
    return took[min(len(took) - 1, int(len(took) * share))]


def writing_rows(file: Path, size: Size, seconds: float) -> list[Row]:
    rows = []
    for pace in (PACE, 0.0):
        for lasting in (True, False):
            took, cpu = recorded(file, size, seconds, lasting=lasting, pace=pace)
            how = f"one score each {pace:g} s" if pace else "without a pause"
            level = "FULL" if lasting else "NORMAL"
            late = at(took, 0.95)
            tell(f"{how}, {level}: {late * 1000:.1f} ms")
            rows.append(
                Row(
                    what=f"recording, {WRITERS} writers, {how}, synchronous={level}, 95 %",
                    figure=f"{late * 1000:.1f} ms (median {statistics.median(took) * 1000:.1f} ms, "
                    f"{len(took) / seconds:.0f} a second, {cpu * 1000:.1f} ms CPU each)",
                    goal="<= 10 ms" if pace and lasting else "",
                    met=late <= 0.01 if pace and lasting else None,
                )
            )
    return rows


def nbgrader_rows(folder: Path, patience: float) -> list[Row]:
    """Both gradebooks of the same size, both exported by a command of their own."""
    theirs, ours = folder / "nbgrader.db", folder / "same.sqlite3"
    script = ROOT / "benchmarks" / "peers" / "nbgrader_gradebook.py"
    size = NBGRADER
    counts = [str(number) for number in (size.students, size.assignments, size.checks)]
    cost_of([PEERS / "python", script, "fill", theirs, *counts])
    fill(ours, size)
    our = best_export(ours, 2)
    tell(f"ours, {size.students} students: {our}; nbgrader's comes now and takes minutes")
    export_script = [str(PEERS / "python"), str(script), "export", str(theirs), str(folder / "nbgrader.csv")]
    what = f"{size.students} students x {size.assignments} assignments x {size.checks} cells"
    try:
        done = subprocess.run(export_script, stdout=subprocess.PIPE, text=True, check=True, timeout=patience)
    except subprocess.TimeoutExpired:
        took, told, at_least = patience, f"not finished after {patience:.0f} s, ended then", "at least "
    else:
        took, used = map(float, done.stdout.split())
        told, at_least = f"{took:.1f} s wall, {used:.1f} s CPU", ""
    ratio = took / our.cost.wall
    return [
        Row(what=f"nbgrader's CSV export of {what}", figure=told),
        Row(what="ours at the same size, the whole command", figure=str(our)),
        Row(
            what="ours to nbgrader's",
            figure=f"{at_least}{ratio:.0f} x as fast",
            goal=">= 20 x",
            met=ratio >= 20,
        ),
    ]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--students", type=int, default=10_000)
    options.add_argument("--against", type=int, default=1_000, help="the smaller class for the growth")
    options.add_argument("--seconds", type=float, default=5, help="of each measurement with eight writers")
    options.add_argument("--rounds", type=int, default=2, help="exports, of which the best counts")
    options.add_argument("--patience", type=float, default=300, help="seconds for nbgrader's export")
    options.add_argument("--skip-nbgrader", action="store_true")
    given, _ = options.parse_known_args()
    large, small = Size(students=given.students), Size(students=given.against)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="scale") as name:
        folder = Path(name)
        files = {size.students: folder / f"class-{size.students}.sqlite3" for size in (small, large)}
        costs, seen = {}, {}
        for size in (small, large):
            gradings = fill(files[size.students], size)
            tell(f"filled: {size.students} students, {gradings} gradings")
            costs[size.students] = best_export(files[size.students], given.rounds)
            tell(f"exported: {costs[size.students]}")
            seen[size.students] = pages(files[size.students], size, 50)
        large_class, small_class = costs[large.students], costs[small.students]
        growth = large_class.cost.cpu / small_class.cost.cpu
        times = large.students / small.students
        page = at(seen[large.students], 0.95)
        rows += [
            Row(
                what=f"every grade of {large.students} students x {large.assignments} assignments x "
                f"{large.attempts} attempts to CSV, the whole command",
                figure=str(large_class),
                goal="< 10 s, < 1 GiB",
                met=large_class.cost.wall < 10 and large_class.memory < 2**30,
            ),
            Row(what=f"the same of {small.students} students", figure=str(small_class)),
            Row(
                what=f"growth of the processor time for {times:g} times the students",
                figure=f"{growth:.1f} x",
                goal=f"<= {times:g} x",
                met=growth <= times,
            ),
            Row(
                what=f"one student's page of {large.students}: grades, reasons, feedback, 95 %",
                figure=f"{page * 1000:.0f} ms (median {middle(seen[large.students])}, "
                f"of {small.students} students {middle(seen[small.students])})",
                goal="< 50 ms",
                met=page < 0.05,
            ),
            *writing_rows(files[large.students], large, given.seconds),
        ]
        if not given.skip_nbgrader:
            for file in files.values():
                file.unlink()
            rows += nbgrader_rows(folder, given.patience)
    finish("A gradebook of a large course", rows)


if __name__ == "__main__":
    main()
