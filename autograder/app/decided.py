"""Results with what people decided since the grading: points by hand, extra points, findings, lateness.

The gradebook knows the decisions; the results folder keeps what was graded, unchanged. Where the gradebook
has a new scoring or judging of the same run, that is what counts. A result that it has of another run stays
as it is: a decision belongs to the grading that was looked at, and the evidence beside it is not of that run.

Whoever was erased from the gradebook has no result any more: the folder's files stay, but are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.app.campaign_files import root_of
from autograder.app.records import offering_of, opened
from autograder.model.graded import GradedSubmission
from autograder.model.ids import AssignmentId

if TYPE_CHECKING:
    from datetime import datetime

    from gradebook.values import Entry

Decided = Callable[[GradedSubmission], GradedSubmission | None]
DecidedOf = Callable[[AssignmentId], Decided]


def decided_in(
    url: str | None, course: str, term: str, config: Path | None, assignment: AssignmentId
) -> Decided:
    """What puts the decisions of a gradebook on results of one assignment.

    Without `url` it is the machine's own gradebook; where there is none, nothing was decided. It gives None
    for a result of somebody who was erased.

    Raises:
        GradebookError: the gradebook that was named is not there, or it cannot be read.

    """
    if url is None and not own_is_there(config):
        return lambda graded: graded
    with opened(url, config) as (book, settings):
        scores = book.scores(offering_of(settings, course, term), assignment)
        entries = {entry.submission: entry for entry in scores}
    erased = erased_among(scores)

    def decided(graded: GradedSubmission) -> GradedSubmission | None:
        if erased(graded):
            return None
        return with_decisions(graded, entries.get(graded.submission))

    return decided


def with_decisions(graded: GradedSubmission, entry: Entry | None) -> GradedSubmission:
    """What counts for a result, going by the gradebook's `entry` of it, if that is of the same run."""
    if entry is None:
        return graded
    counts, own = entry.recorded.provenance.run_key, graded.provenance.run_key
    if counts != own:
        return entry.graded if root_of(counts) == root_of(own) else graded
    now = entry.graded
    return replace(
        graded, status=now.status, reason=now.reason, score=now.score, results=now.results,
        findings=now.findings,
    )  # fmt: skip


def erased_among(scores: Iterable[Entry]) -> Callable[[GradedSubmission], bool]:
    """Tells whether a result is of somebody who was erased: its submission has a pseudonym's name now."""
    entries = list(scores)
    there = {entry.submission for entry in entries}
    erased = {_handed_in(entry.recorded) for entry in entries if entry.graded.student == entry.pseudonym}
    return lambda graded: graded.submission not in there and _handed_in(graded) in erased


def _handed_in(graded: GradedSubmission) -> tuple[str, datetime, int]:
    """What an erasure leaves of a submission."""
    return graded.provenance.submission_digest, graded.received, graded.attempt


def left_out(root: Path, folders: Iterable[Path]) -> list[str]:
    """Sentences about results that are left out because their students were erased."""
    names = sorted(str(folder) for folder in folders)
    if not names:
        return []
    return [
        f"no longer recorded under that id, since the student was erased, and left out: {', '.join(names)}",
        f"their files remain in {root}; remove those folders yourself, for example with `rm -r`",
    ]


def own_is_there(config: Path | None) -> bool:
    """Whether the machine's own gradebook was made yet."""
    from autograder.config.machine import load

    url = load(config).gradebook_url
    return not url.startswith("sqlite:///") or Path(url.removeprefix("sqlite:///")).exists()
