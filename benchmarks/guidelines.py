"""How well and how fast the guidelines are: precision and recall on the labelled corpus, and time.

    python benchmarks/guidelines.py [--rounds 3] [--json FILE]

Quality: every rule that can cost points, on the part that may be read (open) and on the part set aside
(aside), of which only figures are shown. Speed: one notebook of 2 MB, and a thousand submissions on two
cores. `--json` writes the figures that `docs/guidelines.md` shows.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import sys
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from table import Row, finish, machine

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "guidelines_corpus"))

from reader import PARTS, RECEIVED, Quality, cases, quality, rules  # noqa: E402

from autograder.authoring.release import released_notebooks  # noqa: E402
from autograder.config.assignment_file import load  # noqa: E402
from autograder.formats.notebook import Cell, Notebook, read, to_text  # noqa: E402
from autograder.guidelines.engine import inspect  # noqa: E402
from autograder.guidelines.registry import RULES  # noqa: E402
from autograder.model.assignment import Assignment, Firmness, RuleSpec  # noqa: E402
from autograder.model.ids import AssignmentId, RuleId, StudentId, SubmissionId  # noqa: E402
from autograder.model.submission import Submission  # noqa: E402

PRECISION, RECALL = 0.98, 0.95
LARGE_BYTES, LARGE_SECONDS = 2_000_000, 0.3
MANY, MANY_SECONDS, CORES = 1_000, 60.0, 2
COURSE = ROOT / "assignments" / "finetune_financial_phrasebank"
NAMES = ("model", "history", "sentences", "labels", "batch", "rate", "epochs", "encoded", "scores", "frame")


def quality_rows() -> tuple[list[Row], dict[str, dict[str, dict[str, float]]]]:
    rows = []
    figures: dict[str, dict[str, dict[str, float]]] = {}
    for part in PARTS:
        total = Quality(found=0, missed=0, false=0, clean=0)
        for rule in rules():
            one = quality(cases(rule, part))
            total += one
            rows.append(row(rule, part, one))
            figures.setdefault(part, {})[rule] = plain(one)
        rows.append(row("all together", part, total))
        figures.setdefault(part, {})["all"] = plain(total)
    missing = sorted(set(costly()) - set(rules()))
    rows.append(
        Row(what="rules that can cost points without a corpus", figure=", ".join(missing) or "none",
            goal="none", met=not missing)
    )  # fmt: skip
    return rows, figures


def costly() -> list[str]:
    return [name for name, rule in RULES.items() if rule.firmness is not Firmness.HINT]


def row(rule: str, part: str, one: Quality) -> Row:
    return Row(
        what=f"{rule}, {part}: {one.found + one.missed} broken, {one.false + one.clean} not",
        figure=f"precision {one.precision:.3f}, recall {one.recall:.3f}",
        goal=f">= {PRECISION}, >= {RECALL}",
        met=one.precision >= PRECISION and one.recall >= RECALL,
    )


def plain(one: Quality) -> dict[str, float]:
    return {
        "broken": one.found + one.missed,
        "not_broken": one.false + one.clean,
        "precision": round(one.precision, 3),
        "recall": round(one.recall, 3),
    }


def every_rule() -> Assignment:
    return Assignment(
        id=AssignmentId("a"), title="A", version="1", folder=Path("a"), notebooks=("Lab.ipynb",),
        rules=tuple(
            RuleSpec(id=RuleId(name), points=Decimal(0), firmness=Firmness.PROPOSED)
            for name, rule in RULES.items() if not rule.always
        ),
        contract=("predict_sentiment", "part1_all"),
    )  # fmt: skip


def submission(notebook: Notebook, number: int = 0) -> Submission:
    return Submission(
        id=SubmissionId(f"s{number}"), student=StudentId(f"s{number}"), attempt=1, digest="0" * 64,
        received=RECEIVED, archive_name=f"ab{number}_20261101_1_HW1.zip",
        notebooks={"Lab.ipynb": to_text(notebook, outputs=False)},
    )  # fmt: skip


def large_notebook(share_of_code: float) -> Notebook:
    """A notebook of 2 MB: long texts between cells of code, as work with much to say has them."""
    prose = "We tried this because the validation loss did not fall any more, and it helped a little. "
    code = "\n".join(
        f"{name}_{number} = frame[frame['label'] == {number}].sample(frac=0.5, random_state={number})\n"
        f"print(f'{name} of part {number}: {{len({name}_{number})}} rows', {name}_{number}.shape)"
        for number in range(8)
        for name in NAMES[:4]
    )
    cells: list[Cell] = []
    size = coded = 0
    while size < LARGE_BYTES:
        as_code = coded < share_of_code * size or not cells
        source = code if as_code else prose * 120
        size, coded = size + len(source), coded + (len(source) if as_code else 0)
        cells.append(Cell(id=f"c{len(cells)}", cell_type="code" if as_code else "markdown", source=source))
    return Notebook(cells=tuple(cells))


def cpu_of_large(share_of_code: float, rounds: int) -> float:
    one, assignment = submission(large_notebook(share_of_code)), every_rule()
    inspect(
        submission(Notebook(cells=(Cell(id="w", cell_type="code", source="%pip list"),))), None, assignment
    )
    taken = []
    for _ in range(rounds):
        began = time.process_time()
        inspect(one, None, assignment)
        taken.append(time.process_time() - began)
    return statistics.median(taken)


def real_notebook() -> Notebook:
    """The reference of the shipped assignment, the largest real notebook there is here."""
    return read((COURSE / "source" / "FineTune_FinancialPhraseBank.ipynb").read_bytes())


def some(numbers: range) -> float:
    began = time.process_time()
    notebook, assignment = real_notebook(), load(COURSE)
    released = released_notebooks(assignment)
    for number in numbers:
        own = Cell(id=f"own{number}", cell_type="code", source=f"print({number})")
        inspect(submission(Notebook(cells=(*notebook.cells, own)), number), released, assignment)
    return time.process_time() - began


def seconds_of_many() -> tuple[float, float]:
    """Wall time, and the processor time of the busier of the processes."""
    share = MANY // CORES
    with multiprocessing.get_context("spawn").Pool(CORES) as pool:
        began = time.perf_counter()
        busy = pool.map(some, [range(at, at + share) for at in range(0, MANY, share)], chunksize=1)
        taken = time.perf_counter() - began
    return taken, max(busy)


def speed_rows(rounds: int) -> list[Row]:
    rows = []
    for words, share in (
        ("mostly text, with 100 kB of code", 0.05),
        ("a third of it code, which is over the limit", 0.33),
    ):
        seconds = cpu_of_large(share, rounds)
        rows.append(
            Row(
                what=f"one notebook of 2 MB, {words}: processor time",
                figure=f"{seconds:.2f} s",
                goal=f"< {LARGE_SECONDS} s",
                met=seconds < LARGE_SECONDS,
            )
        )
    wall, busy = seconds_of_many()
    rows.append(
        Row(
            what=f"{MANY} submissions like the reference on {CORES} cores: processor time of each",
            figure=f"{busy:.0f} s ({wall:.0f} s passed; other work may have run beside it)",
            goal=f"<= {MANY_SECONDS:.0f} s",
            met=busy <= MANY_SECONDS,
        )
    )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures for the page")
    wanted = parser.parse_args()
    rows, figures = quality_rows()
    speed = speed_rows(wanted.rounds)
    if wanted.json:
        measured = {
            "measured": f"{datetime.now(UTC):%Y-%m-%d}",
            "machine": machine(),
            "goals": {"precision": PRECISION, "recall": RECALL},
            "quality": figures,
            "speed": [{"what": each.what, "figure": each.figure, "goal": each.goal} for each in speed],
        }
        wanted.json.write_text(json.dumps(measured, indent=1) + "\n")
    finish("Guidelines", [*rows, *speed])


if __name__ == "__main__":
    main()
