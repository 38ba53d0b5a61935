"""What `demo` does: a small class from release to report, then the real project on recorded runs.

The small assignment runs for real in the sandbox. The project's samples were trained when they were recorded;
here they are judged again on that evidence, which takes seconds.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.app.site import Site, open_site
from autograder.errors import GraderError

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

PROJECT = Path("assignments") / "finetune_financial_phrasebank"
FOLDERS = ("lab", "release", "handed-in", "graded", "project")


def run_demo(
    out: Path, *, sandbox: str | None, config: Path | None, bar: Bar, warn: Callable[[str], None]
) -> Iterator[str]:
    """Make everything below `out`, which must be new or an earlier demo's. Gives lines for a person."""
    from autograder.app.authoring import new_assignment, release_assignment

    site = demo_site(open_site(config, sandbox=sandbox), sandbox, warn)
    out = out.absolute()
    for name in FOLDERS:
        shutil.rmtree(out / name, ignore_errors=True)
    new_assignment(out / "lab")
    yield f"1. An instructor wrote a source notebook:     {out / 'lab'}"
    release_assignment(out / "lab", out / "release", dry_run=False, replace=False)
    yield f"2. Students got it without the hidden parts:  {out / 'release'}"
    yield from graded_class(site, out, bar, warn)
    if PROJECT.is_dir():
        yield from recorded_project(site, out, bar)
    yield "Open the pages in a browser. Next: README.md, or `autograder new my-assignment`."


def demo_site(site: Site, asked: str | None, warn: Callable[[str], None]) -> Site:
    """The sandbox of the demo: Docker where it answers, else the one that does not protect, said loudly."""
    import dataclasses

    if asked or site.sandbox_name != "docker":
        return site
    try:
        site.sandbox().image_digest(site.config.image("small"))
    except GraderError as error:
        warn(f"warning: {error}")
        warn("warning: the demo goes on in the `process` sandbox, which protects this machine from NOTHING.")
        warn("warning: that is fine for our own notebooks. Never run a student's notebook that way.")
        return dataclasses.replace(site, sandbox_name="process")
    return site


def graded_class(site: Site, out: Path, bar: Bar, warn: Callable[[str], None]) -> Iterator[str]:
    """Grade the small assignment's reference and samples, as if students had handed them in."""
    from autograder.app.grading import GradeRequest, grade_all
    from autograder.app.verifying import made
    from autograder.authoring.samples import load_samples
    from autograder.config.assignment_file import load

    assignment = load(out / "lab")
    cases = made(load_samples(assignment), assignment, out / "handed-in")
    request = GradeRequest(
        assignment=out / "lab", submissions=tuple(case.archive for case in cases), out=out / "graded",
        gradebook=f"sqlite:///{out / 'graded' / 'gradebook.sqlite3'}", course="demo", term="demo",
    )  # fmt: skip
    yield f"3. {len(cases)} submissions are graded, each in a sandbox of its own:"
    for graded, line in grade_all(site, request, bar=bar, warn=warn):
        known = sum(points for points in (graded.score.earned.values() if graded.score else ()) if points)
        yield f"     {graded.student:22} {graded.status:8} {known}/{line['max_score']} so far"
    yield f"   Overview, staff pages and feedback:         {out / 'graded' / 'overview.html'}"


def recorded_project(site: Site, out: Path, bar: Bar) -> Iterator[str]:
    """Judge the fine-tuning project's recorded samples and write their pages."""
    from autograder.app.reports import write_pages, write_summary
    from autograder.app.results_folder import ResultsFolder
    from autograder.app.verifying import recorded_samples
    from autograder.config.assignment_file import load
    from autograder.execution.evidence import save as save_evidence

    assignment, results = load(PROJECT), ResultsFolder(out / "project")
    try:
        found = recorded_samples(site, assignment, out / "project-in", bar)
    except GraderError as error:
        yield f"4. The fine-tuning project is left out: {error}"
        return
    for graded, execution, submission in found:
        write_pages(results, graded, execution, submission, assignment, published=False)
        results.save_submission(submission)
        save_evidence(execution, results.evidence(graded.submission))
        results.save(graded)
    write_summary(results, [graded for graded, _, _ in found], assignment)
    shutil.rmtree(out / "project-in", ignore_errors=True)
    yield f"4. The fine-tuning project, {len(found)} recorded runs:   {out / 'project' / 'overview.html'}"
    yield f"   To train them for real: autograder verify {PROJECT}"
