"""Turn one graded submission into what Gradescope reads: `results.json`, by its public specification.

Students read there what our own feedback would show them, at the time our visibility says; never a message
for staff. What failed on our side is no result: it raises, and Gradescope shows an error instead of a zero.
Students may hand in often and read at once, so what a notebook can steer after it saw a hidden test (how long
it runs, how it ends) waits for publication. Nothing is read or written here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from autograder.errors import GraderFailed
from autograder.model.assignment import Assignment, CheckKind, CheckSpec, Visibility
from autograder.model.execution import CellStatus, Execution, RunOutcome
from autograder.model.graded import OUR_FAILURES, GradedSubmission, Status
from autograder.model.ids import CheckId
from autograder.model.results import CheckOutcome, Finding
from autograder.reporting.feedback import feedback_for
from autograder.reporting.feedback_values import CheckView, Feedback
from autograder.reporting.filters import cost
from autograder.reporting.json_line import number
from autograder.reporting.text import plain, trimmed
from autograder.reporting.visibility import Role
from autograder.reporting.wording import RUN, WAS_RUN, counted, points

ZERO: Final = Decimal(0)
AT_MOST: Final = 4_000
NAME_AT_MOST: Final = 200
WAITING: Final = (
    "A person has to look at this; its points are not known yet. What the score shows now leaves them out."
)


def results_json(
    graded: GradedSubmission, execution: Execution | None, assignment: Assignment
) -> dict[str, Any]:
    """The content of `results.json`. Points are numbers with at most 4 decimals.

    `execution` is the evidence of the run, if there was one. Parts that a person grades are left out: they
    are questions of their own in Gradescope. A check that waits for a person has no score in its entry and
    adds nothing to the total.

    Raises GraderFailed when something failed on our side, so that no score may be given.
    """
    _refuse_our_failures(graded, assignment)
    if graded.status is Status.REJECTED:
        return _rejected(graded, assignment)
    automatic = [spec for spec in assignment.checks if spec.kind is not CheckKind.MANUAL]
    views = _views(graded, execution, assignment)
    now = feedback_for(graded, execution, assignment, role=Role.STUDENT, published=False)
    steered = _saw_hidden(execution)
    if steered:
        now = _before_hidden(now)
    return {
        "score": number(_score(graded, automatic, assignment)),
        **({} if steered else {"execution_time": round(graded.usage.wall_seconds, 1)}),
        **_texts("\n\n".join(_words(graded, now, automatic, assignment))),
        "tests": [
            *(_test(spec, views[spec.id]) for spec in automatic if spec.id in views),
            *_counted_only(automatic),
            *(_how_it_ended(graded, execution, assignment) if steered else ()),
        ],
        "extra_data": {
            "status": graded.status.value,
            "assignment": str(assignment.id),
            "assignment_version": graded.provenance.assignment_version,
            "run_key": graded.provenance.run_key,
        },
    }


def _refuse_our_failures(graded: GradedSubmission, assignment: Assignment) -> None:
    hint = "Regrade the submission once the cause is removed; no points were given."
    if graded.status in OUR_FAILURES:
        raise GraderFailed(f"grading failed on our side ({graded.status}): {graded.reason}", hint=hint)
    errored = [str(one.check_id) for one in graded.results if one.outcome is CheckOutcome.ERRORED]
    if errored:
        raise GraderFailed(
            f"{assignment.id}: these checks failed on our side: {', '.join(errored)}", hint=hint
        )


def _texts(output: str) -> dict[str, Any]:
    """The text above the tests, and that nothing in this file is to be read as HTML or Markdown."""
    return {
        "output": output,
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "stdout_visibility": "hidden",
    }


def _rejected(graded: GradedSubmission, assignment: Assignment) -> dict[str, Any]:
    """A submission that could not be read: no points, and what to change, told at once."""
    required = [one for one in assignment.checks if one.kind is not CheckKind.MANUAL and not one.optional]
    why = _text(graded.reason)
    words = f"This submission was rejected and not run. {why} Change that and hand in again."
    return {
        "score": 0,
        **_texts(words),
        "tests": [
            {
                "name": "The submission can be read",
                "score": 0,
                "max_score": number(sum((one.points for one in required), ZERO)),
                "status": "failed",
                "output": why,
                "visibility": Visibility.VISIBLE.value,
            }
        ],
        "extra_data": {"status": graded.status.value, "assignment": str(assignment.id)},
    }


def _views(
    graded: GradedSubmission, execution: Execution | None, assignment: Assignment
) -> Mapping[CheckId, CheckView]:
    """Each check as it is seen by whom Gradescope shows it to, at the time it does."""
    seen: dict[CheckId, CheckView] = {}
    for role, published, visibility in (
        (Role.INSTRUCTOR, True, Visibility.HIDDEN),
        (Role.STUDENT, True, Visibility.AFTER_PUBLISHED),
        (Role.STUDENT, False, Visibility.VISIBLE),
    ):
        found = feedback_for(graded, execution, assignment, role=role, published=published)
        seen |= {view.id: view for view in found.checks if view.visibility is visibility}
    return seen


def _score(graded: GradedSubmission, automatic: list[CheckSpec], assignment: Assignment) -> Decimal:
    """What is known of the automatic points, less deductions, never below 0.

    Extra credit counts once the gate is known to be passed, or where there is none.
    """
    if graded.score is None:
        raise GraderFailed(f"{graded.submission}: a submission with the status {graded.status} has no score")
    with_extras = assignment.gate is None or graded.score.gate_passed is True
    earned = graded.score.earned
    known = (earned.get(spec.id) or ZERO for spec in automatic if with_extras or not spec.optional)
    return max(ZERO, sum(known, ZERO) - graded.score.deducted)


def _test(spec: CheckSpec, view: CheckView) -> dict[str, Any]:
    extra = " (extra credit)" if spec.optional else ""
    name = trimmed(" ".join(plain(view.title).split()), NAME_AT_MOST) + extra
    if view.outcome is CheckOutcome.WAITING or view.points is None:
        return {
            "name": f"{name}: waits for a person ({points(spec.points)} points)",
            "output": "\n\n".join(filter(None, (WAITING, _text(view.message)))),
            "visibility": spec.visibility.value,
        }
    entry = {
        "name": name,
        "score": number(view.points),
        "max_score": number(spec.points),
        "output": _text(view.message),
        "visibility": spec.visibility.value,
    }
    if view.outcome is not CheckOutcome.PARTIAL:  # Gradescope then goes by the points
        entry["status"] = "passed" if view.outcome is CheckOutcome.PASSED else "failed"
    return entry


def _counted_only(automatic: list[CheckSpec]) -> Iterator[dict[str, Any]]:
    """One line about the checks that are never shown.

    It waits for publication, and so Gradescope holds the total back until then: before, the total would tell
    by subtraction what those checks earned.
    """
    hidden = [spec for spec in automatic if spec.visibility is Visibility.HIDDEN]
    if hidden:
        worth = points(sum((spec.points for spec in hidden), ZERO))
        yield {
            "name": f"{counted(len(hidden), 'check')} not shown, worth {worth} points together",
            "output": "Their points are part of the score.",
            "visibility": Visibility.AFTER_PUBLISHED.value,
        }


def _saw_hidden(execution: Execution | None) -> bool:
    """Whether a hidden test or input was sent to the kernel. Where the record is lost, it was."""
    if execution is None or execution.embargo_from is not None:
        return True
    if not execution.cells and execution.outcome is not RunOutcome.COMPLETED:
        return True
    ran = any(cell.hidden and cell.status is not CellStatus.NOT_RUN for cell in execution.cells)
    return ran or any(exchange.question.hidden for exchange in execution.exchanges)


def _before_hidden(now: Feedback) -> Feedback:
    """What concerns the submission as a whole, without what became of it after it saw something hidden."""
    cells = now.run.cells if now.run is not None else ()
    failed = any(cell.error for cell in cells if not cell.withheld)
    return replace(
        now,
        explanation=RUN[RunOutcome.CELL_FAILED] if failed else WAS_RUN,
        findings=tuple(finding for finding in now.findings if not finding.from_run),
    )


def _how_it_ended(
    graded: GradedSubmission, execution: Execution | None, assignment: Assignment
) -> Iterator[dict[str, Any]]:
    """One line for after the publication: how the run ended, and what guidelines found in it."""
    later = feedback_for(graded, execution, assignment, role=Role.STUDENT, published=True)
    found = [_finding(finding) for finding in later.findings if finding.from_run]
    yield {
        "name": "How the run ended",
        "output": "\n\n".join([_text(later.explanation), *found]),
        "visibility": Visibility.AFTER_PUBLISHED.value,
    }


def _words(
    graded: GradedSubmission, now: Feedback, automatic: list[CheckSpec], assignment: Assignment
) -> Iterator[str]:
    """What concerns the submission as a whole, in the words of the student's report before publication."""
    if now.explanation:
        yield _text(now.explanation)
    waiting = [view for view in now.checks if view.outcome is CheckOutcome.WAITING]
    waiting = [view for view in waiting if view.kind is not CheckKind.MANUAL]
    if waiting:
        worth = points(sum((view.max_points for view in waiting), ZERO))
        names = ", ".join(_text(view.title) for view in waiting)
        yield f"A person has to look at {names}. The score leaves these {worth} points out until then."
    manual = [spec for spec in assignment.checks if spec.kind is CheckKind.MANUAL]
    if manual:
        worth = points(sum((spec.points for spec in manual), ZERO))
        yield f"{counted(len(manual), 'part')} of {worth} points together: read and graded by a person."
    if assignment.gate is not None and graded.score is not None and any(spec.optional for spec in automatic):
        yield f'Extra credit counts only where the basic part "{_text(assignment.gate.title)}" succeeded.'
    yield from (_finding(finding) for finding in now.findings)
    yield from (f"Note: {_text(note)}" for note in now.notes)


def _finding(finding: Finding) -> str:
    words = f"{_text(finding.message)} (guideline {finding.rule}: {cost(finding)})"
    return f"{words}\nInstead: {_text(finding.instead)}" if finding.instead else words


def _text(value: str) -> str:
    return trimmed(plain(value), AT_MOST).strip()
