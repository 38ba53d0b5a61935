"""Write the pages of results: feedback, staff report, overview, CSV. All from what is stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.app.results_folder import (
    FEEDBACK,
    GRADES,
    OVERVIEW,
    STAFF,
    ResultsFolder,
    folder_name,
    write_file,
)
from autograder.model.assignment import Assignment
from autograder.model.execution import Execution
from autograder.model.graded import GradedSubmission
from autograder.model.submission import Submission

if TYPE_CHECKING:
    from rich.progress import Progress

    from autograder.app.decided import DecidedOf
    from autograder.app.student_side import SideOf, StudentSide
    from autograder.model.ids import AssignmentId, SubmissionId


def load_evidence(results: ResultsFolder, graded: GradedSubmission) -> Execution | None:
    """The stored run of a submission, or None when nothing ran."""
    from autograder.execution.evidence import load

    try:
        return load(results.evidence(graded.submission))
    except FileNotFoundError:
        return None


def write_pages(
    results: ResultsFolder,
    graded: GradedSubmission,
    execution: Execution | None,
    submission: Submission | None,
    assignment: Assignment,
    *,
    published: bool,
    side: StudentSide | None = None,
) -> tuple[Path, Path]:
    """Write the student's and the staff's page of one submission. Returns their paths.

    `side` is what the gradebook adds to the student's page; what was asked stands on both.
    """
    from autograder.app.student_side import StudentSide
    from autograder.reporting.feedback import feedback_for
    from autograder.reporting.html import render_feedback, render_staff
    from autograder.reporting.visibility import Role

    folder = results.of(graded.submission)
    side = side or StudentSide()
    shown = feedback_for(
        graded, execution, assignment, role=Role.STUDENT, published=published, due_passed=side.due_passed,
        grade=side.grade, comments=side.comments, asked=side.asked,
        zone=side.zone,
    )  # fmt: skip
    stored = submission.stored if submission else None
    return (
        write_file(folder / FEEDBACK, render_feedback(shown)),
        write_file(
            folder / STAFF,
            render_staff(graded, execution, assignment, stored=stored, asked=side.asked, zone=side.zone),
        ),
    )


def write_summary(
    results: ResultsFolder, graded: Sequence[GradedSubmission], assignment: Assignment
) -> tuple[Path, ...]:
    """Write the overview, the CSV of grades and the JSON lines of all results. Returns their paths."""
    from autograder.reporting.assignment_overview import render_overview
    from autograder.reporting.csv import grades_csv
    from autograder.reporting.json_line import to_json

    links = {one.submission: f"{folder_name(one.submission)}/{STAFF}" for one in graded}
    return (
        write_file(results.root / OVERVIEW, render_overview(graded, assignment, links=links)),
        write_file(results.root / GRADES, grades_csv(graded)),
        results.write_lines([to_json(one, assignment) for one in graded]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """The pages that were written, and the results left out because their students were erased."""

    written: tuple[Path, ...]
    gone: frozenset[SubmissionId] = frozenset()


def write_all_reports(
    assignment_folder: Path,
    folder: Path,
    *,
    published: bool,
    decided: DecidedOf,
    bar: Progress,
    side_of: Callable[[AssignmentId], SideOf],
) -> Reported:
    """Write every page of a results folder again, with what people `decided` of that assignment.

    `side_of` says what the gradebook adds to the students' pages.

    Raises UsageError when it holds no results.
    """
    from autograder.config.assignment_file import load
    from autograder.errors import UsageError

    assignment, results = load(assignment_folder), ResultsFolder(folder)
    graded = [one for one in results.all_graded() if one.assignment == assignment.id]
    if not graded:
        raise UsageError(
            f"{folder} holds no results of {assignment.id}",
            hint="Give the folder that `autograder grade --out` wrote.",
        )
    now = list(map(decided(assignment.id), graded))
    gone = frozenset(old.submission for old, new in zip(graded, now, strict=True) if new is None)
    graded = [one for one in now if one is not None]
    side = side_of(assignment.id)
    written: list[Path] = []
    for one in bar.track(graded, description="reports"):
        written += write_pages(
            results, one, load_evidence(results, one), results.submission(one.submission), assignment,
            published=published, side=side(one),
        )  # fmt: skip
    written += write_summary(results, graded, assignment)
    return Reported(written=tuple(written), gone=gone)
