"""Whether the tests of an assignment in another format pass on its own solution: tried once, beside a batch.

nbgrader and otter never look, so a broken test costs every student its points. What is found is kept in the
state folder by the assignment's version and the image. It stops nothing and changes no points: staff are told
on the terminal and on the pages. Our own assignments have `autograder verify`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from autograder.app.results_folder import ResultsFolder, write_file
from autograder.errors import AuthoringError
from autograder.model.assignment import Assignment, CheckKind
from autograder.model.execution import RunOutcome
from autograder.model.graded import OUR_FAILURES, GradedSubmission
from autograder.model.results import CheckOutcome

if TYPE_CHECKING:
    from autograder.app.site import Site
    from autograder.batch.job import Job

FOLDER: Final = "own-solutions"
STUDENT: Final = "own-solution"
NO_SOLUTIONS: Final = "no solution was tried: the zip holds none. Grade one of yours: it must earn everything"
NOT_TRIED: Final = "warning: the assignment's own solution could not be tried"
ON_PAGES: Final = "the author's own solution fails, too: {told}. Do not hold it against the student"
_MOST_TOLD: Final = 10
_REASON_LENGTH: Final = 200


@dataclasses.dataclass(kw_only=True)
class OwnSolution:
    """What is known of an assignment's own solution. `job` tries it, where that is to be found out.

    `failing` maps checks to words about them: those that the assignment's own solution does not pass.
    """

    site: Site
    assignment: Assignment
    results: ResultsFolder
    warn: Callable[[str], None]
    failing: Mapping[str, str] = dataclasses.field(default_factory=dict)
    job: Job | None = None

    def judged(self, graded: GradedSubmission) -> None:
        """Learn what failed, and keep it where the run came to its end. One that we failed says nothing."""
        if graded.status in OUR_FAILURES:
            self.warn(f"{NOT_TRIED}: {(graded.reason.strip().splitlines() or [''])[-1]}")
            return
        self.failing = failing_checks(graded, self.assignment)
        if graded.run_outcome in (RunOutcome.COMPLETED, RunOutcome.CELL_FAILED):
            kept = json.dumps({"failing": self.failing}, indent=1)
            write_file(_path(self.site, self.assignment), f"{kept}\n")
        self.tell()

    def tell(self) -> None:
        """Warn of what fails."""
        if not self.failing:
            return
        several = len(self.failing) > 1
        tests = f"{len(self.failing)} tests fail" if several else "1 test fails"
        self.warn(f"warning: {tests} on the assignment's own solution, and so on right answers, too:")
        for told in list(self.failing.values())[:_MOST_TOLD]:
            self.warn(f"warning:   {told}")
        if len(self.failing) > _MOST_TOLD:
            self.warn(f"warning:   and {len(self.failing) - _MOST_TOLD} more")
        self.warn("warning: staff pages say so. Correct the source and grade again.")

    def marked(self, graded: GradedSubmission, *, published: bool) -> GradedSubmission:
        """Tell staff of broken tests by which this student lost points; pages and result say it, too."""
        lost = {
            str(result.check_id)
            for result in graded.results
            if result.outcome not in (CheckOutcome.PASSED, CheckOutcome.WAITING)
        }
        words = [ON_PAGES.format(told=told) for check, told in self.failing.items() if check in lost]
        new = [word for word in words if word not in graded.suspicions]
        if not new:
            return graded
        from autograder.app.reports import load_evidence, write_pages

        made = dataclasses.replace(graded, suspicions=(*graded.suspicions, *new))
        run, stored = load_evidence(self.results, graded), self.results.submission(graded.submission)
        write_pages(self.results, made, run, stored, self.assignment, published=published)
        self.results.save(made)
        return made


@contextmanager
def own_solution(
    site: Site, assignment: Assignment, results: ResultsFolder, *, warn: Callable[[str], None]
) -> Iterator[OwnSolution | None]:
    """Give what is known, and a job for the rest; None where there is nothing to try. Warns of what is known.

    The job's files are gone when the block ends.
    """
    if assignment.origin is None:
        yield None
        return
    if not holds_solutions(assignment):
        warn(f"note:  {NO_SOLUTIONS}")
        yield None
        return
    own = OwnSolution(site=site, assignment=assignment, results=results, warn=warn)
    if (known := _read(_path(site, assignment))) is not None:
        own.failing = known
        own.tell()
        yield own
        return
    folder = Path(tempfile.mkdtemp(prefix="nbverdict-own-"))
    try:
        try:
            own.job = _job(own, folder)
        except AuthoringError as problem:  # whatever is wrong with it, the batch goes on
            own.warn(f"{NOT_TRIED}: {problem}")
        yield own
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def holds_solutions(assignment: Assignment) -> bool:
    """Whether a source notebook has anything that a student writes; an otter zip holds tests only."""
    from autograder.authoring.source import roles, source_notebooks

    return any(
        not grading.is_authors
        for name, notebook in source_notebooks(assignment).items()
        for _, grading in roles(name, notebook).values()
    )


def told_apart(
    found: Iterable[GradedSubmission], own: OwnSolution | None, published: bool
) -> Iterator[GradedSubmission]:
    """Take the solution's own result out of a batch, and mark those of students by it.

    Students' results wait for it; it is the first job of the batch. Where it never comes, they come unmarked.
    """
    if own is None:
        yield from found
        return
    waits = own.job is not None
    held: list[GradedSubmission] = []
    for graded in found:
        if own.job is not None and graded.submission == own.job.id:
            waits = False
            own.judged(graded)
        else:
            held.append(graded)
        while held and not waits:
            yield own.marked(held.pop(0), published=published)
    yield from held


def failing_checks(graded: GradedSubmission, assignment: Assignment) -> dict[str, str]:
    """Say by check what does not pass, with file, cell and error. Who waits for a person did not fail."""
    from autograder.authoring.source import places, source_notebooks

    where = places(source_notebooks(assignment))
    results = {result.check_id: result for result in graded.results}
    found = {}
    for spec in assignment.checks:
        result = results.get(spec.id)
        if spec.kind is CheckKind.MANUAL or result is None:
            continue
        if result.outcome in (CheckOutcome.PASSED, CheckOutcome.WAITING) or result.fraction == 1:
            continue
        why = (result.staff_message or result.message).strip().splitlines() or [str(result.outcome)]
        place = f" ({where[spec.cell]})" if spec.cell in where else ""
        last = why[-1][:_REASON_LENGTH].rstrip(": ")
        found[str(spec.id)] = f'"{spec.id}"{place}: {last}'
    return found


def _job(own: OwnSolution, folder: Path) -> Job | None:
    """What tries the solution, as if a student had handed it in."""
    from autograder.app.grading import Entry, job_for, taken
    from autograder.authoring.sample_files import reference_files
    from autograder.model.submission import Submission

    handed_in = folder / "in"
    for name, content in reference_files(own.assignment).items():
        path = handed_in / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    entry = Entry(path=handed_in, student=STUDENT, received=datetime.now(UTC))
    found = taken(entry, own.assignment)
    if not isinstance(found, Submission):
        own.warn(f"{NOT_TRIED}: {found.reason}")
        return None
    return job_for(own.site, own.assignment, found, entry, ResultsFolder(folder / "out"), False, 0.0)


def _path(site: Site, assignment: Assignment) -> Path:
    image = site.sandbox().image_digest(site.image(assignment))
    key = hashlib.sha256(f"{assignment.version}\0{image}".encode()).hexdigest()[:16]
    return site.config.home / FOLDER / f"{assignment.id}-{key}.json"


def _read(path: Path) -> Mapping[str, str] | None:
    try:
        found = json.loads(path.read_text())["failing"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    whole = isinstance(found, dict) and all(isinstance(text, str) for text in found.values())
    return found if whole else None
