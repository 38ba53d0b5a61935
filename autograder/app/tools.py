"""Join the steps of the flow for one assignment on one machine: the `Tools` that the pipeline is given."""

from __future__ import annotations

import functools
import platform
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, NoReturn

from autograder import __version__
from autograder.app.course_files import course_files, digests_of_course_files, without_holdout
from autograder.app.site import Site
from autograder.app.supplied import needs_padding, supplied_to
from autograder.errors import GraderFailed
from autograder.model.assignment import Assignment
from autograder.model.evidence import Exchange
from autograder.model.execution import Execution
from autograder.model.results import Finding
from autograder.model.submission import Submission
from autograder.sandbox.protocol import Mount, SandboxRequest
from autograder.steps import OpenJudge, Origin, Tools

if TYPE_CHECKING:
    from autograder.assets.holdout import Drawing
    from autograder.assets.store import Store
    from autograder.assets.view import AssetView
    from autograder.execution.prepare import Prepared
    from autograder.execution.run import Progress, Run
    from autograder.sandbox.protocol import SandboxSession

NAMED_VERSIONS = ("nbclient", "jupyter_client", "pyzmq", "docker", "pytest", "numpy")


def inspect(submission: Submission, assignment: Assignment) -> tuple[Finding, ...]:
    """The guidelines that the files of a submission break. Nothing is executed."""
    from autograder.authoring.release import released_notebooks
    from autograder.guidelines.engine import inspect as look

    handed_out = digests_of_course_files(assignment)
    return look(submission, released_notebooks(assignment), assignment, released_files=handed_out)


def inspect_run(
    submission: Submission,
    execution: Execution,
    assignment: Assignment,
    before: tuple[Finding, ...],
    *,
    store: Store,
    view: Callable[[], AssetView],
) -> tuple[Finding, ...]:
    """What was found before the run and what shows only in the run, the most important cause first.

    What the run says is compared with figures of `store` and of what the run saw of it, `view`.
    """
    from autograder.authoring.release import released_notebooks
    from autograder.guidelines.engine import inspect_run as look

    return look(
        submission,
        execution,
        assignment,
        released=released_notebooks(assignment),
        released_files=digests_of_course_files(assignment),
        before=before,
        supplied=supplied_to(submission, execution, assignment, store, view),
    )


def suspect(submission: Submission, *, drawing: Drawing | None) -> tuple[str, ...]:
    """What staff should know of withheld rows and ready-made answers that a submission brought along.

    The data set's own text files do not count: the sandbox gets them without the withheld rows.
    """
    if drawing is None:
        return ()
    from autograder.assets.leaks import suspicions

    return suspicions(replace(submission, files=without_holdout(submission.files, drawing)), drawing.holdout)


def prepare(submission: Submission, assignment: Assignment) -> Prepared:
    """The notebooks that will run: the student's, with the author's locked and test cells."""
    from autograder.authoring.source import source_notebooks
    from autograder.execution.prepare import prepare as put_together

    return put_together(submission, source_notebooks(assignment), assignment)


def tools_for(site: Site, assignment: Assignment, run_key: str) -> Tools:
    """Everything one grading needs.

    Raises AssetMissing, AssetCorrupt, GpuMissing, ImageMissing or EngineMissing: all before anything runs.
    """
    from autograder.app.reference_times import reference_seconds

    sandbox = site.sandbox()
    drawing = site.drawing(assignment)
    view = site.view(assignment, drawing)
    request = site.request(
        assignment,
        run_key,
        view,
        files=course_files(assignment, drawing),
        reference_seconds=reference_seconds(site.config.home, assignment),
    )

    def with_padding(request: SandboxRequest) -> SandboxRequest:
        padded = site.view(assignment, drawing, padded=True)
        mount = Mount(host=padded.mount.absolute(), inside=padded.inside)
        return replace(request, mounts=(mount,), links=padded.links)

    @contextmanager
    def open_run(
        submission: Submission,
        prepared: Prepared,
        assignment: Assignment,
        on_progress: Callable[[Progress], None],
    ) -> Iterator[Run]:
        from autograder.execution.runner import Runner

        own = replace(submission, files=without_holdout(submission.files, drawing))
        limited = replace(assignment, limits=request.limits)
        opened = with_padding(request) if needs_padding(submission, view) else request
        with Runner().open_run(own, prepared, limited, sandbox, opened, on_progress=on_progress) as run:
            yield run

    return Tools(
        inspect=inspect,
        inspect_run=functools.partial(inspect_run, store=site.store(), view=lambda: view),
        prepare=prepare,
        open_run=open_run,
        origin=Origin(
            sandbox=sandbox.name,
            image_digest=sandbox.image_digest(request.image),
            asset_digests=dict(view.digests),
            versions=versions(),
            stand_ins=view.stand_ins,
        ),
        holdout=drawing.holdout if drawing else None,
        suspect=functools.partial(suspect, drawing=drawing),
        judge=judge_in(site, lambda: request, warm=warm_up(assignment)),
    )


def tools_without_kernel(site: Site, assignment: Assignment) -> Tools:
    """What judging stored evidence needs. No student code can be run with it.

    No engine is asked, unless a check calls the judge sandbox and the evidence has no result of that call.
    """

    def open_run(
        submission: Submission,
        prepared: Prepared,
        assignment: Assignment,
        on_progress: Callable[[Progress], None],
    ) -> NoReturn:
        raise GraderFailed("stored evidence is judged without a kernel")

    def request() -> SandboxRequest:
        return site.request(assignment, secrets.token_hex(16), view())

    @functools.cache
    def view() -> AssetView:
        return site.view(assignment, drawing)

    drawing = site.drawing(assignment)
    return Tools(
        inspect=inspect,
        inspect_run=functools.partial(inspect_run, store=site.store(), view=view),
        prepare=prepare,
        open_run=open_run,
        origin=Origin(sandbox="", versions=versions()),
        holdout=drawing.holdout if drawing else None,
        suspect=functools.partial(suspect, drawing=drawing),
        judge=judge_in(site, request),
    )


def warm_up(assignment: Assignment) -> str:
    """The text of `checks/judge/warm.py`, which imports what is slow to import; empty without that file."""
    path = assignment.folder / "checks" / "judge" / "warm.py"
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def judge_in(
    site: Site, request: Callable[[], SandboxRequest], *, warm: str = ""
) -> Callable[[Sequence[Exchange]], AbstractContextManager[OpenJudge]]:
    """Give what opens the judge of one submission: the same image, assets and limits, no file and no GPU.

    A GPU may be the student's container's alone, and the judge only predicts. `warm` is the text of a script
    for the time before the first call.
    """

    @contextmanager
    def opened() -> Iterator[SandboxSession]:
        with site.sandbox().open(replace(request(), files=(), gpu=None)) as session:
            yield session

    def judge(recorded: Sequence[Exchange]) -> AbstractContextManager[OpenJudge]:
        from autograder.execution.judge import JudgeRoom

        return JudgeRoom(opened, recorded=recorded, warm=warm)

    return judge


@functools.cache
def versions() -> dict[str, str]:
    """Versions of what grades: ourselves, Python and the libraries that touch a submission."""
    found = {"nbverdict": __version__, "python": platform.python_version()}
    for name in NAMED_VERSIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # an optional way of installing; its absence is a fact too
            found[name] = "absent"
    return found
