"""One otter autograder.zip, many submissions: `otter run` one by one against us, in turns.

    python benchmarks/otter_zip.py [--rounds 2] [--submissions 14]

`otter generate` makes the zip; every score is compared. Needs a Docker engine, the image `small` and
`.venv-peers` (`make bench` makes them). Absolute times on a shared machine mean little; the rounds alternate.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from costs import Cost, cost_of, peak_memory
from overhead import AUTOGRADER, PEERS, ROOT
from table import Row, finish

TESTS = {
    "q1": """OK_FORMAT = True

test = {'name': 'q1', 'points': 3, 'suites': [{'cases': [
    {'code': '>>> mean([1, 2, 3]) == 2\\nTrue', 'hidden': False},
    {'code': '>>> round(mean([0.5, 1.0]), 3)\\n0.75', 'hidden': True},
    {'code': '>>> mean([7]) == 7\\nTrue', 'hidden': True},
]}]}
""",
    "q2": """OK_FORMAT = True

test = {'name': 'q2', 'points': 2, 'all_or_nothing': True, 'suites': [{'cases': [
    {'code': '>>> int(table.sum())\\n45', 'hidden': False},
    {'code': '>>> table.shape\\n(10,)', 'hidden': True},
]}]}
""",
    "q3": """from otter.test_files import test_case

OK_FORMAT = False

name = "q3"
points = 4


@test_case()
def test_public(top):
    assert top([3, 1, 2], 2) == [3, 2]


@test_case(hidden=True)
def test_hidden(top):
    assert top([], 3) == []
""",
}
CELLS = (
    'import numpy as np\nimport otter\ngrader = otter.Notebook("lab.ipynb")',
    "def mean(values):\n    return sum(values) / len(values)",
    'grader.check("q1")',
    "table = np.arange(10)",
    'grader.check("q2")',
    "def top(values, count):\n    return sorted(values, reverse=True)[:count]",
    'grader.check("q3")',
    "grader.check_all()",
)
WRONG = {1: "def mean(values):\n    return values[len(values) // 2]", 3: "table = np.arange(9)"}
"""Cells that some students have instead."""


@dataclass(frozen=True)
class Course:
    """A zip, and what was handed in by the name of the student."""

    zip: Path
    notebooks: Mapping[str, Path]


def notebook(number: int) -> str:
    cells = [WRONG[at] if at in WRONG and number % 3 == at % 2 else source for at, source in enumerate(CELLS)]
    made = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "cells": [
            {"cell_type": "code", "id": f"cell-{at}", "source": source, "metadata": {}, "outputs": [],
             "execution_count": None}
            for at, source in enumerate(cells)
        ],
    }  # fmt: skip
    return json.dumps(made)


def course(folder: Path, count: int) -> Course:
    tests = folder / "tests"
    tests.mkdir(parents=True)
    for name, text in TESTS.items():
        (tests / f"{name}.py").write_text(text)
    cost_of([PEERS / "otter", "generate"], cwd=folder)
    notebooks = {f"student{number:02}": folder / f"student{number:02}" for number in range(1, count + 1)}
    for number, place in enumerate(notebooks.values(), start=1):
        place.mkdir()
        (place / "lab.ipynb").write_text(notebook(number))
    return Course(folder / "autograder.zip", {name: place / "lab.ipynb" for name, place in notebooks.items()})


def by_otter(made: Course, folder: Path) -> tuple[Cost, dict[str, float]]:
    """Grade one after the other, as `otter run` is used, and give the sum of the costs and the scores."""
    wall, cpu, scores = 0.0, 0.0, {}
    for student, handed_in in made.notebooks.items():
        out = folder / f"otter-{student}"
        out.mkdir()
        command = [PEERS / "otter", "run", "-a", made.zip, "-o", out, "--no-logo", handed_in]
        cost = cost_of(command, cwd=folder)
        wall, cpu = wall + cost.wall, cpu + cost.cpu
        tests = json.loads((out / "results.json").read_text())["tests"]
        scores[student] = sum(test.get("score", 0.0) for test in tests)
    return Cost(wall, cpu, ""), scores


def by_us(made: Course, out: Path, jobs: int) -> tuple[Cost, dict[str, float], int]:
    """Grade all with one command; the last figure is the most memory of a sandbox in bytes."""
    folders = [handed_in.parent for handed_in in made.notebooks.values()]
    cost = cost_of([AUTOGRADER, "grade", made.zip, *folders, "--jobs", str(jobs), "--json", "--out", out])
    lines = [json.loads(line) for line in cost.output.splitlines()]
    inside = sum(line["resources"]["cpu_seconds"] for line in lines)
    memory = max(line["resources"]["memory_bytes"] for line in lines)
    scores = {line["student"]: float(line["score"]) for line in lines}
    return Cost(cost.wall, cost.cpu + inside, ""), scores, memory


def memory_rows(made: Course, folder: Path, inside: int) -> list[Row]:
    student, handed_in = next(iter(made.notebooks.items()))
    own = {**os.environ, "PATH": f"{PEERS}{os.pathsep}{os.environ['PATH']}"}
    theirs = peak_memory(
        lambda: subprocess.Popen(
            [PEERS / "otter", "run", "-a", made.zip, "-o", folder / f"otter-{student}", handed_in],
            cwd=folder, env=own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
    )  # fmt: skip
    ours = peak_memory(
        lambda: subprocess.Popen(
            [AUTOGRADER, "grade", made.zip, handed_in.parent, "--json", "--out", folder / "memory"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
    )  # fmt: skip
    return [
        Row(what="peak memory of `otter run`, its largest process", figure=f"{theirs / 2**20:.0f} MB"),
        Row(what="peak memory of ours, largest process on the host", figure=f"{ours / 2**20:.0f} MB"),
        Row(what="peak memory of ours, whole sandbox", figure=f"{inside / 2**20:.0f} MB"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--submissions", type=int, default=14)
    wanted = parser.parse_args()
    count = wanted.submissions
    os.environ.setdefault("AUTOGRADER_HOME", str(ROOT / ".autograder"))
    costs: dict[str, list[Cost]] = {"otter run": [], "ours, 1 job": [], "ours, 2 jobs": []}
    rows: list[Row] = []
    for number in range(wanted.rounds):
        with tempfile.TemporaryDirectory(prefix="bench") as name:
            folder = Path(name)
            made = course(folder / "course", count)
            cost, theirs = by_otter(made, folder)
            costs["otter run"].append(cost)
            for jobs, label in ((1, "ours, 1 job"), (2, "ours, 2 jobs")):
                cost, ours, inside = by_us(made, folder / f"out-{jobs}", jobs)
                costs[label].append(cost)
                if ours != theirs:
                    sys.exit(f"the scores differ: ours {ours}, otter's {theirs}")
            if not rows:
                rows = memory_rows(made, folder, inside)
        each = ", ".join(f"{label} {all_[-1].wall:.0f} s" for label, all_ in costs.items())
        print(f"round {number + 1} of {wanted.rounds}: {each}", file=sys.stderr)
    wall = {label: statistics.median(one.wall for one in all_) / count for label, all_ in costs.items()}
    cpu = {label: statistics.median(one.cpu for one in all_) / count for label, all_ in costs.items()}
    ratio = statistics.median(
        them.wall / us.wall for us, them in zip(costs["ours, 2 jobs"], costs["otter run"], strict=True)
    )
    times = [
        Row(
            what=f"{label}: per submission of {count}",
            figure=f"{wall[label]:.2f} s wall, {cpu[label]:.2f} s CPU",
        )
        for label in costs
    ]
    goal = Row(
        what="throughput, ours with 2 jobs to `otter run`",
        figure=f"{ratio:.1f} x",
        goal=">= 8 x",
        met=ratio >= 8,
    )
    finish("One otter zip", [*times, goal, *rows])


if __name__ == "__main__":
    main()
