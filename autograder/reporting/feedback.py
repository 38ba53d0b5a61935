"""Turn a graded submission into what one reader may see: the feedback, as frozen values.

This is the only place that decides what a student reads. It fails closed: what cannot be shown to be safe is
left out. It renders nothing and runs nothing; student output in the result is not sanitised yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, tzinfo
from decimal import Decimal
from typing import Any, assert_never

from autograder.model.assignment import Assignment, CheckKind, CheckSpec, Visibility
from autograder.model.execution import CellRecord, Execution, RunOutcome
from autograder.model.graded import GradedSubmission, Status
from autograder.model.ids import CheckId
from autograder.model.results import CheckOutcome, CheckResult, Finding, Place
from autograder.reporting.embargo import Embargo, embargo_of, public_error_name
from autograder.reporting.feedback_values import (
    AskedView,
    CheckView,
    CommentView,
    Feedback,
    GateView,
    GradeView,
    HeldBack,
    PointsView,
    RunView,
)
from autograder.reporting.figures import figures_of, public
from autograder.reporting.run_view import run_view
from autograder.reporting.visibility import Facts, Item, Role, Stage, sees
from autograder.reporting.wording import RUN, WAS_RUN

ZERO = Decimal(0)
OUR_ERROR = "Something failed on our side. This costs you nothing; staff will look at it."
_FROM_THE_RUN = "What the run showed is held back, because hidden tests had been sent to the notebook before."


def feedback_for(
    graded: GradedSubmission,
    execution: Execution | None,
    assignment: Assignment,
    *,
    role: Role,
    published: bool,
    due_passed: bool = True,
    grade: GradeView | None = None,
    comments: Sequence[CommentView] = (),
    asked: Mapping[CheckId, Sequence[AskedView]] | None = None,
    zone: tzinfo = UTC,
) -> Feedback:
    """What `role` may see of a graded submission. `execution` is its evidence, if it is at hand.

    `due_passed` is false while this student may still hand in on time: then nothing counts as published.
    `grade`, `comments` and what was `asked` about checks are what the gradebook knows, where there is one.
    Times are shown by the clock of `zone`.
    Students see the results their visibility allows, never code, expected values or tracebacks of hidden
    checks, and nothing the kernel made while the embargo holds.
    """
    staff = role is not Role.STUDENT
    stage = Stage.OPEN if not due_passed else Stage.PUBLISHED if published else Stage.DUE
    published = stage is Stage.PUBLISHED

    def allowed(item: Item, **facts: Any) -> bool:
        return sees(item, role, stage, Facts(**facts))

    embargo = None if execution is None else embargo_of(execution, assignment, role=role, stage=stage)
    judge = _Judge(graded, execution, assignment.deduction_cap, embargo, allowed(Item.STAFF_MESSAGE))
    seen: list[CheckSpec] = []
    held_back: list[CheckSpec] = []
    for spec in assignment.checks:
        (seen if allowed(Item.CHECK, visibility=spec.visibility) else held_back).append(spec)
    concealed = frozenset(spec.cell for spec in held_back if spec.cell)
    run = None
    if execution is not None and embargo is not None:
        run = run_view(execution, embargo, staff=allowed(Item.HIDDEN_LINES), concealed=concealed)
        run = run if allowed(Item.RUN_DETAIL) else replace(run, detail="")
    every = all(spec.visibility is Visibility.VISIBLE for spec in assignment.checks)
    shows_total = allowed(Item.TOTAL, all_visible=every)
    return Feedback(
        role=role,
        published=published,
        title=assignment.title,
        assignment=assignment.id,
        submission=graded.submission,
        student=graded.student,
        attempt=graded.attempt,
        received=graded.received,
        finished=graded.provenance.finished,
        status=graded.status,
        explanation=_staff_explanation(graded) if staff else _explanation(graded, run),
        points=_points(graded, seen, assignment, shows_total),
        gate=_gate(graded, assignment) if shows_total else None,
        checks=tuple(
            replace(
                judge.view(spec),
                asked=_asked(asked.get(spec.id, ()), allowed(Item.COMMENT), allowed(Item.REASONS))
                if asked
                else (),
            )
            for spec in seen
        ),
        held_back=HeldBack(
            number=len(held_back), points=sum((spec.points for spec in held_back), ZERO), later=not published
        ),
        findings=tuple(judge.finding(finding) for finding in graded.findings if allowed(Item.FINDING)),
        run=run,
        notes=graded.notes if allowed(Item.NOTES) else (),
        suspicions=graded.suspicions if allowed(Item.SUSPICIONS) else (),
        stand_ins=graded.provenance.stand_ins,
        found=assignment.origin.found if assignment.origin else "",
        grade=grade if shows_total else None,
        comments=tuple(comments) if allowed(Item.COMMENT) else (),
        zone=zone,
    )


def _asked(asked: Sequence[AskedView], shown: bool, names: bool) -> tuple[AskedView, ...]:
    """Requests about a check as one reader may see them; who answered is for those who see reasons."""
    return tuple(one if names else replace(one, who="") for one in asked) if shown else ()


def _staff_explanation(graded: GradedSubmission) -> str:
    """The sentence under the headline, for staff."""
    if graded.reason:
        return graded.reason
    return RUN[graded.run_outcome] if graded.run_outcome is not None else ""


def _explanation(graded: GradedSubmission, run: RunView | None) -> str:
    """The sentence under the headline, for a student.

    A reason may hold a kernel's words, so only that of intake is shown. That some cell failed is told only of
    cells whose result is shown: it would give away hidden tests.
    """
    match graded.status:
        case Status.REJECTED:
            return graded.reason
        case Status.SANDBOX_FAILED | Status.GRADER_FAILED:
            return OUR_ERROR
        case Status.GRADED | Status.PENDING:
            if graded.run_outcome is None:
                return ""
            if graded.run_outcome not in (RunOutcome.COMPLETED, RunOutcome.CELL_FAILED):
                return RUN[graded.run_outcome]
            failed = run is not None and any(cell.error for cell in run.cells)
            return RUN[RunOutcome.CELL_FAILED] if failed else WAS_RUN
        case other:
            assert_never(other)


def _points(
    graded: GradedSubmission, seen: list[CheckSpec], assignment: Assignment, shows_total: bool
) -> PointsView:
    score = graded.score
    if shows_total:
        return PointsView(
            earned=None if score is None else score.total,
            so_far=None if score is None else _known(score.earned.values()),
            out_of=assignment.max_score if score is None else score.max_score,
            deducted=ZERO if score is None else score.deducted,
            whole=True,
        )
    known: Mapping[CheckId, Decimal | None] = {} if score is None else score.earned
    return PointsView(
        earned=_known(known.get(spec.id) for spec in seen) if score is not None and seen else None,
        so_far=None,
        out_of=sum((spec.points for spec in seen if not spec.optional), ZERO),
        deducted=ZERO,
        whole=False,
    )


def _known(points: Iterable[Decimal | None]) -> Decimal:
    return sum((value for value in points if value is not None), ZERO)


def _gate(graded: GradedSubmission, assignment: Assignment) -> GateView | None:
    if assignment.gate is None or graded.score is None:
        return None
    return GateView(title=assignment.gate.title, share=assignment.gate.share, passed=graded.score.gate_passed)


class _Judge:
    """Decides, check by check and finding by finding, which words one reader may see."""

    def __init__(
        self,
        graded: GradedSubmission,
        execution: Execution | None,
        cap: Decimal,
        embargo: Embargo | None,
        staff: bool,
    ) -> None:
        self.results = {result.check_id: result for result in graded.results}
        self.earned: Mapping[CheckId, Decimal | None] = {} if graded.score is None else graded.score.earned
        self.cells = {cell.grade_id: cell for cell in execution.cells if cell.grade_id} if execution else {}
        self.cap = cap
        self.embargo = embargo
        self.staff = staff

    def view(self, spec: CheckSpec) -> CheckView:
        result = self.results.get(spec.id)
        figures = figures_of({} if result is None else result.figures)
        return CheckView(
            id=spec.id,
            title=spec.title or str(spec.id),
            kind=spec.kind,
            assurance=spec.assurance if result is None else result.assurance,
            visibility=spec.visibility,
            outcome=CheckOutcome.NOT_RUN if result is None else result.outcome,
            points=self.earned.get(spec.id),
            max_points=spec.points,
            optional=spec.optional,
            message="" if result is None else self._message(spec, result),
            staff_message=result.staff_message if result is not None and self.staff else "",
            figures=figures if self.staff else public(figures),
            rubric=spec.rubric,
        )

    def _message(self, spec: CheckSpec, result: CheckResult) -> str:
        if self.staff:
            return result.message
        if result.outcome is CheckOutcome.ERRORED:
            return OUR_ERROR
        if spec.kind is not CheckKind.CELLS or result.outcome is CheckOutcome.PASSED:
            return result.message
        cell = self.cells.get(spec.cell)
        if cell is not None and self.embargo and not cell.hidden and not self.embargo.covers_cell(cell):
            return result.message
        return _without_kernel_words(result, cell)

    def finding(self, finding: Finding) -> Finding:
        """The finding with what it can cost at most; without the run's words where these are held back."""
        finding = replace(finding, points=min(finding.points, max(self.cap, ZERO)))
        if self.staff or not finding.from_run or self._is_open(finding.places):
            return finding
        places = tuple(replace(place, text="") for place in finding.places)
        return replace(finding, message=_FROM_THE_RUN, places=places)

    def _is_open(self, places: Sequence[Place]) -> bool:
        """Whether all these places of the run lie before everything that is held back."""
        if self.embargo is None:
            return False
        if not places:
            return self.embargo.start is None
        return not any(self.embargo.covers(place.file, place.cell) for place in places)


def _without_kernel_words(result: CheckResult, cell: CellRecord | None) -> str:
    if result.outcome in (CheckOutcome.FAILED, CheckOutcome.PARTIAL) and cell and cell.error_name:
        name = public_error_name(cell.error_name)
        return f"Your code did not pass this test; the test ended with {name}."
    if result.outcome is CheckOutcome.NOT_RUN:
        return "This test did not run."
    if result.outcome is CheckOutcome.WAITING:
        return "A person has to look at this."
    return "Your code did not pass this test."
