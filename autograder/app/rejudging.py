"""Judge stored evidence again with the checks as they are now. No student code runs.

`rejudge` is the quick form while checks are still being written: results and scores are replaced at once. A
campaign (`autograder.app.campaigns`) shows first what would change, and can be undone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.app.campaign_files import root_of
from autograder.app.results_folder import ResultsFolder
from autograder.errors import UsageError
from autograder.model.graded import GradedSubmission

if TYPE_CHECKING:
    from rich.progress import Progress

    from autograder.app.site import Site
    from autograder.model.assignment import Assignment
    from autograder.model.execution import Execution
    from autograder.model.submission import Submission


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedAgain:
    """A grading and what judging its evidence again gave; None where there is no evidence."""

    before: GradedSubmission
    after: GradedSubmission | None
    execution: Execution | None
    submission: Submission | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One submission before and after it was judged again."""

    before: GradedSubmission
    after: GradedSubmission

    @property
    def changed(self) -> bool:
        """Whether status, points or any check's outcome differ."""
        return self.summary(self.before) != self.summary(self.after) or bool(self.checks())

    def checks(self) -> list[str]:
        """What became of each check that changed."""
        then = {result.check_id: result for result in self.before.results}
        return [
            f"{now.check_id}: {then[now.check_id].outcome} -> {now.outcome}"
            for now in self.after.results
            if now.check_id in then and then[now.check_id].outcome != now.outcome
        ]

    def line(self) -> str:
        """One line for a person."""
        details = f"  ({'; '.join(self.checks())})" if self.checks() else ""
        return (
            f"{self.before.submission}  {self.summary(self.before)} -> {self.summary(self.after)}{details}"
            if self.changed
            else f"{self.before.submission}  {self.summary(self.after)}"
        )

    @staticmethod
    def summary(graded: GradedSubmission) -> str:
        """Status and points of one grading."""
        total = graded.score.total if graded.score else None
        return f"{graded.status} {'-' if total is None else f'{total.normalize():f}'}"


def rejudge_all(
    site: Site,
    assignment_folder: Path,
    folder: Path,
    *,
    dry_run: bool,
    gradebook: str | None,
    course: str,
    term: str,
    bar: Progress,
) -> list[Change]:
    """Judge every stored run of a results folder again and, unless `dry_run`, write results and pages.

    Raises UsageError when the folder holds no results of this assignment.
    """
    from autograder.app.recording import recorder
    from autograder.app.reports import write_pages, write_summary
    from autograder.config.assignment_file import load

    assignment, results = load(assignment_folder), ResultsFolder(folder)
    graded = [one for one in results.all_graded() if one.assignment == assignment.id]
    if not graded:
        raise UsageError(f"{folder} holds no results of {assignment.id}")
    changes: list[Change] = []
    for found in judged_again(site, assignment, results, graded, bar):
        after = found.before if found.after is None else with_new_key(found.before, found.after)
        changes.append(Change(before=found.before, after=after))
        if not dry_run and found.after is not None:
            write_pages(results, after, found.execution, found.submission, assignment, published=False)
            results.save(after)
    if not dry_run:
        with recorder(site, gradebook, course, term) as record:
            for change in changes:
                if change.after is not change.before:
                    record(change.after, assignment)
        write_summary(results, [change.after for change in changes], assignment)
    return changes


def judged_again(
    site: Site,
    assignment: Assignment,
    results: ResultsFolder,
    graded: Sequence[GradedSubmission],
    bar: Progress,
) -> Iterator[JudgedAgain]:
    """Judge the stored run of each of these gradings again, with the checks of now. Nothing is written."""
    from autograder.app.reports import load_evidence
    from autograder.app.tools import tools_without_kernel
    from autograder.pipeline import rejudge

    tools = tools_without_kernel(site, assignment)
    for before in bar.track(graded, description="judging"):
        execution, submission = load_evidence(results, before), results.submission(before.submission)
        after = None
        if execution is not None and submission is not None:
            after = rejudge(before, execution, submission, assignment, tools)
        yield JudgedAgain(before=before, after=after, execution=execution, submission=submission)


def with_new_key(before: GradedSubmission, after: GradedSubmission) -> GradedSubmission:
    """A judging that differs is recorded by its own key: the run's, with a digest of all judgings so far.

    So what a check said before it was changed counts again when the change is taken back.
    """
    import hashlib

    then, now = before.provenance, after.provenance
    key = then.run_key
    made_with = (now.assignment_version, sorted(now.check_digests.items()))
    same = (then.assignment_version, sorted(then.check_digests.items())) == made_with
    if not same or Change(before=before, after=after).changed:
        judgings = hashlib.sha256(repr((key, made_with)).encode()).hexdigest()[:12]
        key = f"{root_of(key)}+{judgings}"
    return dataclasses.replace(after, provenance=dataclasses.replace(now, run_key=key))
