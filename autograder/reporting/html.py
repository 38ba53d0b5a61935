"""Pages: feedback for a student, a report for staff, an overview of a class. Each is one file, no program.

A page loads nothing and runs nothing: its content policy forbids it, and student output comes through
`outputs` only. What is shown is decided by `feedback`; here it is only laid out. A page stays under two
million bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from autograder.model.assignment import Assignment
from autograder.model.execution import Execution
from autograder.model.graded import GradedSubmission
from autograder.model.ids import SubmissionId
from autograder.model.results import CheckOutcome, FindingState
from autograder.reporting import wording
from autograder.reporting.distribution import Bin, distribution
from autograder.reporting.evidence_view import evidence_view
from autograder.reporting.feedback import feedback_for
from autograder.reporting.feedback_values import Feedback
from autograder.reporting.filters import FILTERS
from autograder.reporting.notebook_view import notebook_pages
from autograder.reporting.outputs import Budget
from autograder.reporting.visibility import Role

PAGE_BYTES: Final = 2_000_000
_BUDGETS: Final = (1_300_000, 400_000, 0)
ROWS_AT_MOST: Final = 1_500


def render_feedback(feedback: Feedback) -> str:
    """The page for a student (or for staff who want to see what the student sees)."""

    def page(budget: int) -> str:
        run = feedback.run
        notebooks = notebook_pages(run, Budget(budget)) if run and run.cells else ()
        return _fill("feedback.html.j2", feedback=feedback, notebooks=notebooks, stand_ins=feedback.stand_ins)

    return _fitting(page)


def render_staff(
    graded: GradedSubmission,
    execution: Execution | None,
    assignment: Assignment,
    *,
    stored: Mapping[str, str] | None = None,
    changes: Sequence[str] = (),
) -> str:
    """The page for staff: everything, hidden checks included.

    `execution` is the evidence; without it the page has no notebooks. `stored` maps notebook names to their
    text as handed in. `changes` are sentences about what people changed, oldest first.
    """
    feedback = feedback_for(graded, execution, assignment, role=Role.INSTRUCTOR, published=True)

    def page(budget: int) -> str:
        run = feedback.run
        return _fill(
            "staff.html.j2",
            feedback=feedback,
            graded=graded,
            evidence=None if execution is None else evidence_view(execution),
            notebooks=notebook_pages(run, Budget(budget), stored=stored) if run and run.cells else (),
            has_stored=bool(stored),
            changes=list(changes)[-200:],
            provenance=_provenance(graded),
            stand_ins=graded.provenance.stand_ins,
        )

    return _fitting(page)


def render_overview(
    graded: Sequence[GradedSubmission],
    assignment: Assignment,
    *,
    links: Mapping[SubmissionId, str] | None = None,
) -> str:
    """One page about a whole class. `links` maps submissions to the relative paths of their reports."""
    numbers = distribution(graded, assignment)
    ordered = sorted(graded, key=lambda one: (one.student, one.attempt, one.received))
    found = links or {}
    return _fill(
        "overview.html.j2",
        assignment=assignment,
        d=numbers,
        bars=_bars(numbers.bins),
        rows=[_row(one, found.get(one.submission, "")) for one in ordered[:ROWS_AT_MOST]],
        rows_left_out=max(0, len(ordered) - ROWS_AT_MOST),
        stand_ins=sorted({name for one in graded for name in one.provenance.stand_ins}),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bar:
    x: float
    y: float
    width: float
    height: float
    middle: float
    low: Decimal
    high: Decimal
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    graded: GradedSubmission
    link: str
    total: Decimal | None
    undecided: int
    waiting: int


def _row(one: GradedSubmission, link: str) -> _Row:
    return _Row(
        graded=one,
        link=quote(link, safe="/._-~"),
        total=None if one.score is None else one.score.total,
        undecided=sum(f.state is FindingState.PROPOSED and f.points > 0 for f in one.findings),
        waiting=sum(r.outcome in (CheckOutcome.WAITING, CheckOutcome.ERRORED) for r in one.results),
    )


def _bars(bins: Sequence[Bin]) -> list[_Bar]:
    """The bars of the histogram, in the picture's own units: 10 steps of 72 on a floor at 180."""
    most = max((one.number for one in bins), default=0) or 1
    bars = []
    for place, one in enumerate(bins):
        height = round(150 * one.number / most, 1)
        x = 24 + 72 * place
        bars.append(
            _Bar(
                x=x, y=180 - height, width=64, height=height, middle=x + 32,
                low=one.low, high=one.high, number=one.number,
            )
        )  # fmt: skip
    return bars


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


def _fitting(page: Any) -> str:
    """The page with as much student output as keeps it under its limit."""
    made = ""
    for budget in _BUDGETS:
        made = page(budget)
        if len(made.encode("utf-8")) <= PAGE_BYTES:
            break
    return made


def _fill(template: str, **values: Any) -> str:
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
    environment.filters.update(FILTERS)
    return environment
