"""Pages: feedback for a student, a report for staff. Each is one file, no program.

A page loads nothing and runs nothing: its content policy forbids it, and student output comes through
`outputs` only. What is shown is decided by `feedback`; here it is only laid out. A page stays under two
million bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, tzinfo
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from autograder.model.assignment import Assignment
from autograder.model.execution import Execution
from autograder.model.graded import GradedSubmission, is_older
from autograder.model.ids import CheckId
from autograder.reporting import overview_filters, wording
from autograder.reporting.evidence_view import evidence_view
from autograder.reporting.feedback import feedback_for
from autograder.reporting.feedback_values import AskedView, Feedback, RunView
from autograder.reporting.filters import FILTERS
from autograder.reporting.notebook_view import all_outputs, notebook_pages
from autograder.reporting.outputs import Budget
from autograder.reporting.room import room_for
from autograder.reporting.visibility import Role

PAGE_BYTES: Final = 2_000_000
_BUDGETS: Final = (1_300_000, 400_000, 0)


def render_feedback(feedback: Feedback) -> str:
    """The page for a student (or for staff who want to see what the student sees)."""

    run = feedback.run if feedback.run and feedback.run.cells else None

    def page(budget: Budget) -> str:
        notebooks = notebook_pages(run, budget) if run else ()
        return fill(
            "feedback.html.j2", feedback=feedback, notebooks=notebooks, budget=budget,
            stand_ins=feedback.stand_ins,
        )  # fmt: skip

    return fitting(page, run)


def render_staff(
    graded: GradedSubmission,
    execution: Execution | None,
    assignment: Assignment,
    *,
    stored: Mapping[str, str] | None = None,
    changes: Sequence[str] = (),
    asked: Mapping[CheckId, Sequence[AskedView]] | None = None,
    zone: tzinfo = UTC,
) -> str:
    """The page for staff: everything, hidden checks included.

    `execution` is the evidence; without it the page has no notebooks. `stored` maps notebook names to their
    text as handed in. `changes` are sentences about what people changed, oldest first; `asked`
    are regrade requests. Times of the submission are by the clock of `zone`.
    """
    feedback = feedback_for(
        graded, execution, assignment, role=Role.INSTRUCTOR, published=True, asked=asked, zone=zone
    )

    run = feedback.run if feedback.run and feedback.run.cells else None

    def page(budget: Budget) -> str:
        notebooks = notebook_pages(run, budget, stored=stored) if run else ()
        return fill(
            "staff.html.j2",
            feedback=feedback,
            graded=graded,
            evidence=None if execution is None else evidence_view(execution),
            notebooks=notebooks,
            budget=budget,
            has_stored=bool(stored),
            older=is_older(graded.provenance.assignment_version, assignment.version),
            changes=list(changes)[-200:],
            provenance=_provenance(graded),
            stand_ins=graded.provenance.stand_ins,
        )

    return fitting(page, run, stored)


def _provenance(graded: GradedSubmission) -> list[tuple[str, str]]:
    p = graded.provenance
    named = [
        ("Run key", p.run_key),
        ("Submission (SHA-256)", p.submission_digest),
        ("Assignment version", p.assignment_version),
        ("Image", p.image_digest),
        ("Sandbox", p.sandbox),
        ("Withheld rows", p.holdout_digest),
        ("Started", wording.moment(p.started)),
        ("Finished", wording.moment(p.finished)),
        *((f"Version of {name}", version) for name, version in sorted(p.versions.items())),
        *((f"Asset {name}", digest) for name, digest in sorted(p.asset_digests.items())),
        *((f"Check file {name}", digest) for name, digest in sorted(p.check_digests.items())),
    ]
    return [(name, str(value)[:200]) for name, value in named if value][:200]


def fitting(
    page: Callable[[Budget], str], run: RunView | None, stored: Mapping[str, str] | None = None
) -> str:
    """The page with as much student output as keeps it under its limit: large outputs are made smaller."""
    made = ""
    outputs, written = all_outputs(run, stored) if run else ([], 0)
    for size in _BUDGETS:
        made = page(Budget(size, room_for(outputs, max(size - written, size // 2))))
        if len(made.encode("utf-8")) <= PAGE_BYTES:
            break
    return made


def fill(template: str, **values: Any) -> str:
    """A page from one of the templates; every text in it is escaped."""
    filled: str = _environment().get_template(template).render(**values)
    return filled


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update({**FILTERS, **overview_filters.FILTERS})
    return environment
