"""The page that tells students what is in a release, which names they must provide and how to hand in.

Written from the public part of the assignment only: hidden checks are counted, never named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from autograder.model.assignment import Assignment, CheckKind, GpuNeed, OnError, Training, Visibility
from autograder.model.ids import RuleId

FILE_NAME = "HANDING_IN.md"

_SEEN = {Visibility.VISIBLE: "at once", Visibility.AFTER_PUBLISHED: "with the grades"}
_JUDGED = {
    CheckKind.CELLS: "test cell in the notebook",
    CheckKind.PYTEST: "questions asked of your notebook while it runs",
    CheckKind.MANUAL: "a person",
}


def instructions(assignment: Assignment, statements: Mapping[RuleId, str]) -> str:
    """Give the Markdown page. `statements` says each guideline in one sentence, by rule."""
    sections = (
        _work(assignment),
        _contract(assignment),
        _running(assignment),
        _points(assignment),
        _rules(assignment, statements),
        _handing_in(),
    )
    lines = [f"# {assignment.title}", ""]
    for section in sections:
        lines.extend(section)
    return "\n".join(lines).rstrip() + "\n"


def _work(assignment: Assignment) -> Iterator[str]:
    names = ", ".join(f"`{name}`" for name in assignment.notebooks)
    yield f"Work in {names}. Cells that are locked are not yours: what you change there is put back."
    yield "Your answers go where it says `YOUR CODE HERE` or `YOUR ANSWER HERE`. Add cells wherever you like."
    yield ""


def _contract(assignment: Assignment) -> Iterator[str]:
    if assignment.contract:
        yield "## Names you must provide"
        yield ""
        yield "The checks look for these names. Everything else may be called what you like."
        yield ""
        yield from (f"- `{name}`" for name in assignment.contract)
        yield ""


def _running(assignment: Assignment) -> Iterator[str]:
    yield "## How your notebook is run"
    yield ""
    yield "- In an empty folder, from the first cell to the last, with a fresh kernel and no network."
    if assignment.assets.models or assignment.assets.datasets:
        names = ", ".join(f"`{name}`" for name in (*assignment.assets.models, *assignment.assets.datasets))
        yield f"- These can be loaded by name all the same: {names}."
    if assignment.course_files:
        yield f"- These files are there: {', '.join(f'`{name}`' for name in assignment.course_files)}."
    if assignment.environment.legacy_keras:
        yield "- `TF_USE_LEGACY_KERAS=1` is set before anything is imported."
    if assignment.environment.gpu is not GpuNeed.NONE:
        where = "" if assignment.environment.gpu is GpuNeed.REQUIRED else " where possible"
        yield f"- A GPU is there{where}."
    limits = assignment.limits
    memory = f"{limits.memory_bytes / 1024**3:g} GiB of memory"
    minutes = counted(limits.cell_seconds / 60, "minute")
    yield f"- One cell may take {minutes}. There are {memory}, files included."
    goes_on = assignment.on_error is OnError.CONTINUE
    yield f"- After a cell that fails, the run {'goes on with the next cell' if goes_on else 'ends'}."
    if assignment.training is Training.RETRAIN:
        yield "- Your models are trained again. Only what this run produces counts."
    else:
        yield "- Your models are not trained again: hand in the files that your notebook loads."
    if assignment.repeat > 1:
        often = f"{assignment.repeat} times"
        yield f"- The notebook is run {often}. The run with the median of the points counts."
    if assignment.holdout:
        share = f"{float(assignment.holdout.share) * 100:g}"
        yield (
            f"- {share} % of the rows of `{assignment.holdout.dataset}` ({assignment.holdout.subset}) are "
            "withheld from the run. Your models are judged on them, so do not rely on a number of rows."
        )
    yield ""


def _points(assignment: Assignment) -> Iterator[str]:
    shown = [check for check in assignment.checks if check.visibility is not Visibility.HIDDEN]
    hidden = [check for check in assignment.checks if check.visibility is Visibility.HIDDEN]
    if not assignment.checks:
        return
    yield "## Points"
    yield ""
    yield "| What | Points | Judged by | You see the result |"
    yield "|---|---|---|---|"
    for check in shown:
        extra = " (extra)" if check.optional else ""
        row = (_cell(check.title) + extra, f"{check.points:f}", _JUDGED[check.kind], _SEEN[check.visibility])
        yield f"| {' | '.join(row)} |"
    if hidden:
        points = sum((check.points for check in hidden if not check.optional), Decimal(0))
        yield f"| {len(hidden)} more | {points:f} | not told | no |"
    yield ""
    if assignment.gate:
        share = f"{float(assignment.gate.share) * 100:g}"
        title = assignment.gate.title
        yield f"{title}: at least {share} % of its points must be earned, or extra points do not count."
        yield ""


def _rules(assignment: Assignment, statements: Mapping[RuleId, str]) -> Iterator[str]:
    if assignment.rules:
        yield "## Guidelines"
        yield ""
        for rule in assignment.rules:
            cost = f" (up to {counted(float(rule.points), 'point')})" if rule.points else ""
            yield f"- {statements.get(rule.id, str(rule.id).replace('_', ' '))}{cost}"
        yield ""


def _handing_in() -> Iterator[str]:
    yield "## Before you hand in"
    yield ""
    yield "Restart the kernel and run all cells. Then, in this folder:"
    yield ""
    yield "```"
    yield "autograder pack NOTEBOOK...                    makes the right archive with the right name"
    yield "autograder check SUBMISSION --assignment .     looks for what would cost you points; runs nothing"
    yield "```"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def counted(number: float, thing: str) -> str:
    """Give a number with its noun, as in `1 minute` or `2.5 points`."""
    return f"{number:.3g} {thing}" + ("" if number == 1 else "s")
