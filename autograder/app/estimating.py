"""What a batch will need before it is started: hours, GPU and disk. Nothing is executed.

The figures start from the reference's last run on this machine. How much slower or faster a submission is
cannot be known; stored outputs tell how much they printed, and the number of `fit` calls hints at the work.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.model.assignment import GpuNeed
from autograder.model.submission import Rejected, Submission

if TYPE_CHECKING:
    from autograder.app.site import Site

MIB = 1024 * 1024
EVIDENCE_BYTES = 2 * MIB
PAGES_BYTES = 2 * MIB
OVERHEAD_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What can be told of one submission before it runs. `share` is relative to the reference."""

    name: str
    share: float
    stored_bytes: int
    file_bytes: int


def estimate_batch(site: Site, folder: Path, paths: list[Path], *, repeat: int | None = None) -> list[str]:
    """Lines for a person: time with the jobs this machine runs at once, GPU hours, disk and memory.

    `repeat` takes the place of the assignment's own, to see what it would cost.

    Raises UsageError for a path that is not there, and ConfigError for a broken assignment.
    """
    from autograder.app.grading import taken
    from autograder.app.intake_entries import entries_of
    from autograder.app.reference_times import reference_seconds
    from autograder.authoring.source import source_notebooks
    from autograder.config.assignment_file import load
    from autograder.errors import UsageError

    assignment = load(folder)
    found = [taken(entry, assignment) for entry in entries_of(paths, assignment)]
    rejected = [one for one in found if isinstance(one, Rejected)]
    reference_fits = sum(
        fits(cell.source) for notebook in source_notebooks(assignment).values() for cell in notebook.cells
    )
    works = [work_of(one, reference_fits) for one in found if isinstance(one, Submission)]
    seconds = reference_seconds(site.config.home, assignment)
    times = repeat or assignment.repeat
    if times % 2 == 0:
        raise UsageError(f"{times} runs have no median; take 3, 5 or 7")
    lines = [f"{len(works)} submissions to run, {len(rejected)} to reject"]
    if times > 1:
        lines.append(f"Each is run {times} times, which takes {times} times as long as one run.")
    lines += [f"  {one.student}: {one.archive_name}: {one.reason}" for one in rejected]
    if seconds is None:
        lines.append("The reference has not run on this machine: `autograder verify` measures it.")
        upper = times * len(works) * (assignment.limits.total_seconds + OVERHEAD_SECONDS) / site.jobs
        lines.append(f"No run outlives its limit: at most {hours(upper)} with {site.jobs} at a time.")
    else:
        each = [times * (seconds * work.share + OVERHEAD_SECONDS) for work in works]
        wall = max([sum(each) / site.jobs, *each, 0.0])
        lines.append(f"The reference takes {hours(seconds)} here.")
        lines.append(f"The batch will take about {hours(wall)} with {site.jobs} at a time.")
        if assignment.environment.gpu is not GpuNeed.NONE and site.gpu(assignment) is not None:
            lines.append(f"GPU: about {hours(sum(each))} in all, one device for each run at a time.")
    kept = EVIDENCE_BYTES * (times + 1 if times > 1 else 1) + PAGES_BYTES
    needed = sum(work.stored_bytes + kept for work in works)
    free = shutil.disk_usage(Path.cwd()).free
    lines.append(f"Disk for results: about {needed / MIB:.0f} MB ({free / MIB:.0f} MB are free here).")
    memory = site.jobs * assignment.limits.memory_bytes / MIB
    lines.append(f"Memory: up to {memory:.0f} MB, work folders included ({site.jobs} at a time).")
    return lines


def work_of(submission: Submission, reference_fits: int) -> Work:
    """What a submission's code and stored outputs tell. Without any `fit` it counts as the reference."""
    from autograder.formats.notebook import read

    found = sum(
        fits(cell.source) for text in submission.notebooks.values() for cell in read(text.encode()).cells
    )
    return Work(
        name=submission.archive_name,
        share=found / reference_fits if found and reference_fits else 1.0,
        stored_bytes=sum(len(text) for text in submission.stored.values()),
        file_bytes=sum(len(file.content) for file in submission.files),
    )


def fits(source: str) -> int:
    """How many calls of `fit` a cell names."""
    return source.count(".fit(")


def hours(seconds: float) -> str:
    """Seconds as a person says them."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
