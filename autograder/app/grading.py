"""What `grade` does: take submissions in, grade each in a process of its own, record and report.

Results that are finished are kept; a second run of the same command goes on where the first one stopped.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from autograder.app.results_folder import GRADED, ResultsFolder
from autograder.errors import GraderError
from autograder.model.assignment import Assignment, CheckKind, Limits
from autograder.model.graded import OUR_FAILURES, GradedSubmission, Provenance, Status
from autograder.model.ids import StudentId, SubmissionId
from autograder.model.submission import Rejected, Submission

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from autograder.app.own_solution import OwnSolution
    from autograder.app.site import Site
    from autograder.batch.job import Job
    from autograder.batch.pool import Pool
    from autograder.intake.receipts import Receipt

SPARE_SECONDS = 300.0
PAGE = 4096
FILLED = 0.9
NO_DEADLINES = (
    "these pages show everything hidden also to who may still hand in; `autograder report --published` asks "
    "for each student's deadline"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeRequest:
    """What a person asked `grade` for."""

    assignment: Path
    submissions: tuple[Path, ...]
    out: Path
    gradebook: str | None = None
    course: str = ""
    term: str = ""
    again: bool = False
    published: bool = False
    latest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that was handed in. What is None is read from names; `receipt` is what intake gave."""

    path: Path
    student: str | None = None
    received: datetime | None = None
    attempt: int | None = None
    receipt: Receipt | None = None


def failed_on_our_side(graded: GradedSubmission) -> bool:
    """Whether staff must act before this submission can have a score."""
    return graded.status in OUR_FAILURES


def grade_all(
    site: Site, request: GradeRequest, *, bar: Bar, warn: Callable[[str], None]
) -> Iterator[tuple[GradedSubmission, dict[str, Any]]]:
    """Grade everything and give each result with its JSON line as soon as it is known.

    Raises UsageError or ConfigError before anything runs when the request is wrong.
    """
    from autograder.app.batching import grading_processes
    from autograder.app.intake_entries import entries_of
    from autograder.app.own_solution import own_solution, told_apart
    from autograder.app.recording import recorder
    from autograder.app.reports import write_summary
    from autograder.config.assignment_file import load
    from autograder.reporting.json_line import to_json

    assignment, results = load(request.assignment), ResultsFolder(request.out.absolute())
    entries = entries_of(request.submissions, assignment, latest=request.latest, warn=warn)
    if site.sandbox_name == "process":
        warn("warning: the process sandbox does not protect this machine; use it for your own notebooks only")
    if request.published:
        warn(f"warning: {NO_DEADLINES}")
    finished: list[GradedSubmission] = []
    with (
        grading_processes() as pool,
        recorder(site, request.gradebook, request.course, request.term) as record,
        own_solution(site, assignment, results, warn=warn) as own,
    ):
        try:
            entries = record.numbered(entries, assignment)
            found = grade_entries(
                site, assignment, entries, results, pool, bar=bar, again=request.again,
                published=request.published, beside=own,
            )  # fmt: skip
            for graded in told_apart(found, own, request.published):
                record(graded, assignment)
                finished.append(graded)
                yield graded, to_json(graded, assignment)
        finally:
            if finished:
                write_summary(results, everything(results, finished, assignment), assignment)


def everything(
    results: ResultsFolder, finished: Sequence[GradedSubmission], assignment: Assignment
) -> list[GradedSubmission]:
    """All results of the folder: those of this batch, and those of earlier ones."""
    known = {
        graded.submission: graded for graded in results.all_graded() if graded.assignment == assignment.id
    }
    return list((known | {graded.submission: graded for graded in finished}).values())


def grade_entries(
    site: Site,
    assignment: Assignment,
    entries: Sequence[Entry],
    results: ResultsFolder,
    pool: Pool,
    *,
    bar: Bar,
    again: bool = False,
    published: bool = False,
    beside: OwnSolution | None = None,
) -> Iterator[GradedSubmission]:
    """Grade what was handed in; results come in the order in which they are finished. The pool is used up.

    `beside` may bring a job that comes first, and whose result is among the others.

    What this machine lacks (engine, image, assets, GPU) is an error before anything runs.
    """
    from autograder.app.batching import run_jobs
    from autograder.app.reference_times import reference_seconds

    site.ready(assignment)
    expected = reference_seconds(site.config.home, assignment) or 0.0
    task = bar.add_task("taking in", total=len(entries))
    waiting: list[Job] = []
    done: list[GradedSubmission] = []
    known: set[SubmissionId] = set()
    for entry in entries:
        found = taken(entry, assignment)
        bar.advance(task)
        if found.id in known:  # the same student, attempt and bytes: one submission, wherever it lies
            continue
        known.add(found.id)
        if entry.receipt is not None:
            results.save_receipt(found.id, entry.receipt)
        earlier = None if again else results.graded(found.id)
        if isinstance(found, Rejected):
            done.append(rejection(found, assignment, results))
        elif earlier is not None and still_right(earlier, found, assignment, site):
            done.append(earlier)
        else:
            waiting.append(job_for(site, assignment, found, entry, results, published, expected))
    if beside is not None and beside.job is not None:
        waiting.insert(0, beside.job)
    total = len(done) + len(waiting)
    bar.update(task, description="grading", completed=len(done), total=total)
    yield from done
    yield from run_jobs(site, assignment, waiting, pool, bar, task)


def taken(entry: Entry, assignment: Assignment) -> Submission | Rejected:
    """Read a submission. One without a notebook that could be graded is rejected, with the reason."""
    from autograder.intake.reader import take_in

    receipt = entry.receipt
    if receipt is not None and not receipt.attempt:  # rejected by intake, which told the student why
        return Rejected(
            id=receipt.submission, student=receipt.student, digest=receipt.sha256, received=receipt.received,
            archive_name=Path(receipt.stored or receipt.source).name, reason=receipt.reason,
        )  # fmt: skip
    found = take_in(
        entry.path, student=entry.student, attempt=entry.attempt, received=entry.received,
        wanted=assignment.notebooks,
    )  # fmt: skip
    if receipt is not None and found.id != receipt.submission:
        raise GraderError(f"{entry.path}: these are not the bytes that were received ({receipt.id})")
    if isinstance(found, Submission) and not found.notebooks:
        return Rejected(
            id=found.id, student=found.student, digest=found.digest, received=found.received,
            archive_name=found.archive_name,
            reason=f"There is no notebook in it. Hand in {' and '.join(assignment.notebooks)}.",
        )  # fmt: skip
    if isinstance(found, Submission) and not fits(found, assignment.limits):
        return Rejected(
            id=found.id, student=found.student, digest=found.digest, received=found.received,
            archive_name=found.archive_name,
            reason="Its files need more room than a run has. Leave out what is not needed.",
        )  # fmt: skip
    return found


def fits(found: Submission, limits: Limits) -> bool:
    """Whether the files of a submission leave room in the work folder of a run."""
    needed = sum(-(-len(file.content) // PAGE) * PAGE for file in found.files)
    places = {part for file in found.files for part in (file.path, *PurePosixPath(file.path).parents)}
    return needed <= limits.work_bytes * FILLED and len(places) <= limits.work_inodes * FILLED


def job_seconds(assignment: Assignment, expected: float) -> float:
    """After how many seconds a grading is given up: its cells, the answers to its checks, and some more.

    A check has its seconds for itself, for its answers together, for its calls of the judge together, and for
    the last of either.
    """
    from autograder.config.reference_time import with_reference_time

    answers = sum(5 * spec.seconds for spec in assignment.checks if spec.kind is CheckKind.PYTEST)
    limits = with_reference_time(assignment.limits, expected or None)
    return assignment.repeat * (limits.total_seconds + answers) + SPARE_SECONDS


def still_right(earlier: GradedSubmission, found: Submission, assignment: Assignment, site: Site) -> bool:
    """Whether an earlier result is what grading now would give: same bytes, assignment and image."""
    origin = earlier.provenance
    return (
        earlier.status not in OUR_FAILURES
        and origin.submission_digest == found.digest
        and origin.assignment_version == assignment.version
        and origin.image_digest == site.sandbox().image_digest(site.image(assignment))
    )


def job_for(
    site: Site,
    assignment: Assignment,
    found: Submission,
    entry: Entry,
    results: ResultsFolder,
    published: bool,
    expected: float,
) -> Job:
    """What a worker process needs to grade one submission, as plain data."""
    from autograder.batch.job import Job

    return Job(
        id=found.id,
        payload={
            "config": str(site.config.file) if site.config.file else "",
            "sandbox": site.sandbox_name,
            "assignment": str(assignment.folder.absolute()),
            "path": str(entry.path.absolute()),
            "student": found.student,
            "attempt": found.attempt,
            "received": found.received.isoformat(),
            "digest": found.digest,
            "out": str(results.root),
            "published": published,
            "run_key": secrets.token_hex(16),
        },
        seconds=job_seconds(assignment, expected),
        expected_seconds=assignment.repeat * expected,
    )


def rejection(found: Rejected, assignment: Assignment, results: ResultsFolder) -> GradedSubmission:
    """The result of a submission that could not be taken in. It has no score and uses no attempt."""
    from autograder.app.reports import write_pages
    from autograder.model.execution import Usage

    graded = GradedSubmission(
        submission=found.id, student=StudentId(found.student), attempt=0, received=found.received,
        assignment=assignment.id, status=Status.REJECTED, reason=found.reason, run_outcome=None, score=None,
        results=(), findings=(), usage=Usage(),
        provenance=Provenance(
            run_key="", submission_digest=found.digest, assignment_version=assignment.version,
            image_digest="", sandbox="",
        ),
    )  # fmt: skip
    write_pages(results, graded, None, None, assignment, published=False)
    results.save(graded)
    return graded


def read_result(value: dict[str, Any]) -> GradedSubmission:
    """Read what a worker gave back. Raises GraderError when it is no graded submission."""
    from pydantic import ValidationError

    try:
        return GRADED.validate_python(value["graded"])
    except (KeyError, ValidationError) as error:
        raise GraderError(f"a worker's result cannot be read: {error}") from error
