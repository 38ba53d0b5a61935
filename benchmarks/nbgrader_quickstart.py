"""A course of nbgrader's size, graded and released by nbgrader and by us, side by side in one run.

    python benchmarks/nbgrader_quickstart.py [--rounds 3] [--students 20]

Both get the same course folder, with two notebooks per student: `nbgrader autograde` against
`autograder grade --jobs 2` in Docker, `nbgrader generate_assignment` against `autograder release`, and peak
memory. Needs a Docker engine, the small image and `.venv-peers` (`make bench` makes them, and compiles
everything first). Absolute times on a shared machine mean little; the rounds alternate.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from costs import Cost, cost_of, peak_memory
from overhead import AUTOGRADER, PEERS
from quickstart_course import ASSIGNMENT, write_course
from table import Row, finish

NBGRADER = PEERS / "nbgrader"
SAME_MODULES = ("nbgrader.preprocessors.clearsolutions", "nbgrader.nbgraderformat")


def nbgrader_release(course: Path) -> Cost:
    return cost_of([NBGRADER, "generate_assignment", ASSIGNMENT, "--force"], cwd=course)


def nbgrader_autograde(course: Path) -> Cost:
    return cost_of([NBGRADER, "autograde", ASSIGNMENT], cwd=course)


def our_import(course: Path, out: Path) -> Cost:
    return cost_of([AUTOGRADER, "import", "nbgrader", course, "--out", out])


def our_release(imported: Path, out: Path) -> Cost:
    return cost_of([AUTOGRADER, "release", imported / ASSIGNMENT, "--out", out])


def grading(course: Path, out: Path, jobs: int) -> list[str | Path]:
    """The command that grades everybody, given nbgrader's own source folder."""
    handed_in = sorted((course / "submitted").glob(f"*/{ASSIGNMENT}"))
    options = ["--jobs", str(jobs), "--json", "--out", out, "--gradebook", f"sqlite:///{out}.sqlite3"]
    return [AUTOGRADER, "grade", course / "source" / ASSIGNMENT, *handed_in, *options]


def our_grading(course: Path, out: Path, jobs: int) -> Cost:
    cost = cost_of(grading(course, out, jobs))
    lines = [json.loads(line) for line in cost.output.splitlines()]
    strange = [line for line in lines if line["status"] not in ("graded", "pending")]
    if strange or len(lines) != len(list((course / "submitted").iterdir())):
        sys.exit(f"not every submission was graded: {strange[:1]}")
    inside = sum(line["resources"]["cpu_seconds"] for line in lines)
    return Cost(cost.wall, cost.cpu + inside, "")


def peak(command: Sequence[str | Path], cwd: Path) -> float:
    """MB of the largest process that a command started on this host."""
    words = [str(word) for word in command]
    return (
        peak_memory(
            lambda: subprocess.Popen(words, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        )
        / 2**20
    )


def ratio(theirs: list[Cost], ours: list[Cost]) -> float:
    return statistics.median(them.wall / us.wall for them, us in zip(theirs, ours, strict=True))


def shown(costs: list[Cost], count: int = 1) -> str:
    wall, cpu = (statistics.median(getattr(cost, kind) for cost in costs) / count for kind in ("wall", "cpu"))
    return f"{wall:.2f} s wall, {cpu:.2f} s CPU"


def measured(rounds: int, students: int) -> list[Row]:
    names = ("generate_assignment", "release", "import", "autograde", "grade 1", "grade 2")
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    peaks: dict[str, float] = {}
    for number in range(rounds):
        with tempfile.TemporaryDirectory(prefix="bench") as name:
            folder = Path(name)
            course, imported = write_course(folder / "course", students), folder / "imported"
            costs["import"].append(our_import(course, imported))
            costs["generate_assignment"].append(nbgrader_release(course))
            costs["release"].append(our_release(imported, folder / "release"))
            costs["autograde"].append(nbgrader_autograde(course))
            costs["grade 1"].append(our_grading(course, folder / "one", 1))
            costs["grade 2"].append(our_grading(course, folder / "two", 2))
        print(f"round {number + 1} of {rounds} done", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="bench") as name:
        folder = Path(name)
        course, imported = write_course(folder / "course", 2), folder / "imported"
        our_import(course, imported)
        released = folder / "release"
        peaks["generate_assignment"] = peak([NBGRADER, "generate_assignment", ASSIGNMENT], course)
        peaks["release"] = peak([AUTOGRADER, "release", imported / ASSIGNMENT, "--out", released], course)
        peaks["autograde"] = peak([NBGRADER, "autograde", ASSIGNMENT], course)
        peaks["grade"] = peak(grading(course, folder / "out", 2), course)
    faster = ratio(costs["generate_assignment"], costs["release"])
    throughput = ratio(costs["autograde"], costs["grade 2"])
    return [
        Row(what="nbgrader generate_assignment", figure=shown(costs["generate_assignment"])),
        Row(what="autograder release", figure=shown(costs["release"])),
        Row(what="autograder import nbgrader, once per course", figure=shown(costs["import"])),
        Row(what="release, ours to nbgrader's", figure=f"{faster:.1f} x as fast", goal=">= 5 x",
            met=faster >= 5),
        *(
            Row(what=f"{name}: per student of {students}", figure=shown(costs[key], students))
            for name, key in (
                ("nbgrader autograde", "autograde"), ("ours, 1 job", "grade 1"), ("ours, 2 jobs", "grade 2"),
            )
        ),
        Row(what="throughput, ours with 2 jobs to nbgrader", figure=f"{throughput:.1f} x", goal=">= 2.5 x",
            met=throughput >= 2.5),
        *(
            Row(what=f"peak memory of one process, {what}", figure=f"{peaks[name]:.0f} MB")
            for name, what in (
                ("generate_assignment", "nbgrader generate_assignment"), ("release", "autograder release"),
                ("autograde", "nbgrader autograde"), ("grade", "autograder grade, on the host"),
            )
        ),
    ]  # fmt: skip


def imports() -> list[Row]:
    """What the import of a part of nbgrader costs: the reason why a release does without it."""
    rows = []
    for module in SAME_MODULES:
        costs = [cost_of([PEERS / "python", "-c", f"import {module}"]) for _ in range(3)]
        rows.append(Row(what=f"`import {module}`", figure=shown(costs)))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--students", type=int, default=20)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-home") as home:
        os.environ["AUTOGRADER_HOME"] = home
        rows = [*measured(wanted.rounds, wanted.students), *imports()]
    finish("A course of nbgrader's", rows)


if __name__ == "__main__":
    main()
