"""A gradebook of 10,000 students: every grade exported, one student's page, recording among eight writers.

    python benchmarks/gradebook_scale.py [--students 10000] [--against 1000] [--seconds 5] [--patience 300]

Beside it nbgrader's gradebook of 1,000 students and its CSV export, from `.venv-peers` (`make bench` makes
it). That export is ended after `--patience` seconds; the ratio is a lower bound then. Times are given as wall
and processor time: on a machine that others use, the processor time says more. Needs about 5 GiB of disk.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
class Cost:
    """One command: seconds by the clock and of the processor, and its processes' peaks of memory in bytes."""

    wall: float
    cpu: float
    memory: int
    output: str

    def __str__(self) -> str:
        return f"{self.wall:.1f} s wall, {self.cpu:.1f} s CPU, {self.memory / 2**20:.0f} MiB"


def cost_of(command: Sequence[str | Path]) -> Cost:
    """Run a command in a session of its own. Its processor time is that of all its processes."""
    words = [str(word) for word in command]
    place = {**os.environ, "PATH": f"{Path(words[0]).parent}{os.pathsep}{os.environ['PATH']}"}
    start = time.perf_counter()
    child = subprocess.Popen(words, stdout=subprocess.PIPE, env=place, text=True, start_new_session=True)
    peaks: dict[int, int] = {}
    looking = threading.Thread(target=_look, args=(child, peaks))
    looking.start()
    assert child.stdout is not None
    output = child.stdout.read()
    looking.join()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{words[0]} failed")
    memory = max(used.ru_maxrss * 1024, sum(peaks.values()))
    return Cost(time.perf_counter() - start, used.ru_utime + used.ru_stime, memory, output)


def _look(child: subprocess.Popen[str], peaks: dict[int, int]) -> None:
    """The peak of memory of each process in the child's session, until the child ends.

    Pages that processes share are counted for each, and peaks at different times are added: more than there
    was at any time, but for what a process took in its last 50 ms.
    """
    while os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError, ValueError, StopIteration):
                if os.getsid(int(folder.name)) == child.pid:
                    lines = (folder / "status").read_text().splitlines()
                    peak = next(line for line in lines if line.startswith("VmHWM:"))
                    peaks[int(folder.name)] = int(peak.split()[1]) * 1024
        time.sleep(0.05)


def export(file: Path, out: Path) -> Cost:
    """`autograder gradebook export --format csv`: start of the command, reading, policies, file."""
    where = ["--gradebook", f"sqlite:///{file}", "--course", OFFERING.course, "--term", OFFERING.term]
    return cost_of(
        [bin_folder() / "autograder", "gradebook", "export", *where, "--format", "csv", "--out", out]
    )


def best_export(file: Path, rounds: int) -> Cost:
    """The best of some exports: the first one also waits for the disk."""
    out = file.with_suffix(".csv")
    costs = [export(file, out) for _ in range(rounds)]
    return min(costs, key=lambda cost: cost.wall)


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
    ratio = took / our.wall
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
        cost, before = costs[large.students], costs[small.students]
        growth = cost.cpu / before.cpu
        times = large.students / small.students
        page = at(seen[large.students], 0.95)
        rows += [
            Row(
                what=f"every grade of {large.students} students x {large.assignments} assignments x "
                f"{large.attempts} attempts to CSV, the whole command",
                figure=str(cost),
                goal="< 10 s, < 1 GiB",
                met=cost.wall < 10 and cost.memory < 2**30,
            ),
            Row(what=f"the same of {small.students} students", figure=str(before)),
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
