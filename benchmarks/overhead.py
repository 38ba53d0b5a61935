"""What the sandbox costs: us, bare nbclient and nbgrader, side by side in one run.

    python benchmarks/overhead.py [--rounds 3] [--submissions 10] [--skip-training]

(a) a batch of small notebooks, (b) the fine-tuning reference inside the image, (c) the start of the command,
and the peak memory of one grading. Needs a Docker engine, the images, the demo's assets and `.venv-peers`
(`make bench` makes them). Absolute times on a shared machine mean little; the rounds alternate.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from costs import Cost, cost_of, peak_memory
from small_assignment import NOTEBOOK, nbgrader_course, our_folder, submissions
from table import Row, bin_folder, finish

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / ".venv-peers" / "bin"
AUTOGRADER = bin_folder() / "autograder"


def ours(assignment: Path, students: list[Path], jobs: int) -> Cost:
    with tempfile.TemporaryDirectory() as out:
        options = ["--jobs", str(jobs), "--json", "--out", Path(out) / "out"]
        book = f"sqlite:///{out}/gradebook.sqlite3"
        cost = cost_of([AUTOGRADER, "grade", assignment, *students, *options, "--gradebook", book])
    lines = [json.loads(line) for line in cost.output.splitlines()]
    wrong = [line for line in lines if line["status"] != "graded" or line["score"] != line["max_score"]]
    if wrong or len(lines) != len(students):
        sys.exit(f"not every submission got full marks: {wrong[:1]}")
    inside = sum(line["resources"]["cpu_seconds"] for line in lines)
    return Cost(cost.wall, cost.cpu + inside, "")


def nbgrader(folder: Path, students: list[Path]) -> Cost:
    course = nbgrader_course(folder, students)
    cost_of([PEERS / "nbgrader", "generate_assignment", "small"], cwd=course)
    return cost_of([PEERS / "nbgrader", "autograde", "small"], cwd=course)


def bare(students: list[Path]) -> Cost:
    script = ROOT / "benchmarks" / "peers" / "bare_nbclient.py"
    return cost_of([PEERS / "python", script, *(student / NOTEBOOK for student in students)])


def small_batch(rounds: int, count: int) -> list[Row]:
    costs: dict[str, list[Cost]] = {
        "bare nbclient": [],
        "nbgrader autograde": [],
        "ours, 1 job": [],
        "ours, 2 jobs": [],
    }
    for number in range(rounds):
        with tempfile.TemporaryDirectory(prefix="bench") as name:
            folder = Path(name)
            assignment, students = our_folder(folder / "assignment"), submissions(folder / "in", count)
            costs["bare nbclient"].append(bare(students))
            costs["nbgrader autograde"].append(nbgrader(folder / "course", students))
            costs["ours, 1 job"].append(ours(assignment, students, 1))
            costs["ours, 2 jobs"].append(ours(assignment, students, 2))
        print(f"round {number + 1} of {rounds} done", file=sys.stderr)
    wall = {name: statistics.median(cost.wall for cost in each) / count for name, each in costs.items()}
    cpu = {name: statistics.median(cost.cpu for cost in each) / count for name, each in costs.items()}
    rows = [
        Row(
            what=f"{name}: per submission of {count}",
            figure=f"{wall[name]:.2f} s wall, {cpu[name]:.2f} s CPU",
        )
        for name in costs
    ]
    above = statistics.median(
        (us.wall - them.wall) / count
        for us, them in zip(costs["ours, 1 job"], costs["bare nbclient"], strict=True)
    )
    ratio = statistics.median(
        them.wall / us.wall
        for us, them in zip(costs["ours, 2 jobs"], costs["nbgrader autograde"], strict=True)
    )
    return [
        *rows,
        Row(
            what="ours, 1 job, above bare nbclient",
            figure=f"{above:.2f} s",
            goal="<= 0.6 s",
            met=above <= 0.6,
        ),
        Row(
            what="throughput, ours with 2 jobs to nbgrader",
            figure=f"{ratio:.1f} x",
            goal=">= 2 x",
            met=ratio >= 2,
        ),
    ]


def memory_row() -> Row:
    with tempfile.TemporaryDirectory(prefix="bench") as name:
        folder = Path(name)
        assignment, students = our_folder(folder / "assignment"), submissions(folder / "in", 1)
        peak = peak_memory(
            lambda: subprocess.Popen(
                [AUTOGRADER, "grade", assignment, *students, "--json", "--out", folder / "out",
                 "--gradebook", f"sqlite:///{folder}/gradebook.sqlite3"], stdout=subprocess.DEVNULL
            )
        )  # fmt: skip
    mib = peak / 2**20
    return Row(
        what="peak memory of one grading on the host",
        figure=f"{mib:.0f} MB",
        goal="<= 350 MB",
        met=0 < mib <= 350,
    )


def help_row() -> Row:
    seconds = statistics.median(cost_of([AUTOGRADER, "--help"]).wall for _ in range(7))
    return Row(what="autograder --help", figure=f"{seconds:.2f} s", goal="<= 0.5 s", met=seconds <= 0.5)


def training_rows(rounds: int) -> list[Row]:
    from training_run import alone_in_the_image, by_us

    pairs = []
    for number in range(rounds):
        pair = (alone_in_the_image(), by_us())
        pairs.append(pair)
        print(
            f"training round {number + 1} of {rounds}: alone {pair[0]:.0f} s, ours {pair[1]:.0f} s",
            file=sys.stderr,
        )
    alone = statistics.median(pair[0] for pair in pairs)
    us = statistics.median(pair[1] for pair in pairs)
    allowed = 5 + 1.05 * alone
    return [
        Row(what="fine-tuning reference, nbclient alone in the image", figure=f"{alone:.0f} s"),
        Row(
            what="fine-tuning reference, graded by us",
            figure=f"{us:.0f} s",
            goal=f"<= {allowed:.0f} s (5 s and 5 % more)",
            met=us <= allowed,
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--submissions", type=int, default=10)
    parser.add_argument("--training-rounds", type=int, default=1)
    parser.add_argument("--skip-training", action="store_true", help="leave out (b), which takes minutes")
    wanted = parser.parse_args()
    os.environ.setdefault("AUTOGRADER_HOME", str(ROOT / ".autograder"))
    rows = [*small_batch(wanted.rounds, wanted.submissions), memory_row(), help_row()]
    if not wanted.skip_training:
        rows += training_rows(wanted.training_rounds)
    finish("Overhead of the sandbox", rows)


if __name__ == "__main__":
    main()
