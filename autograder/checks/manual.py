"""Checks that a person judges: a program never scores written work. They wait, whatever the run did.

One exception: in an assignment from nbgrader, an answer left as it was handed out earns nothing, as there.
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

from autograder.checks.stop import Stop
from autograder.checks.unanswered import unanswered
from autograder.model.assignment import Assignment, CheckKind
from autograder.model.execution import Execution
from autograder.model.holdout import Holdout
from autograder.model.results import CheckOutcome, CheckResult

TO_BE_READ = "A person reads and grades this."
NOT_ANSWERED = "The answer is still as it was handed out."


class ManualChecks:
    """The checks of one run that a person judges."""

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment

    @classmethod
    def of(cls, assignment: Assignment, holdout: Holdout | None) -> ManualChecks:
        """Return the manual checks of an assignment."""
        return cls(assignment)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do nothing: there is nothing to end."""

    def ready(self) -> None:
        """Do nothing: a person needs no preparation."""

    def at(self, stop: Stop) -> tuple[CheckResult, ...]:
        """Return nothing: a person judges later."""
        return ()

    def after(self, execution: Execution) -> tuple[CheckResult, ...]:
        """Return one result per manual check: it waits, or nothing was answered."""
        return manual_results(self._assignment, unanswered(self._assignment, execution))


def manual_results(assignment: Assignment, untouched: frozenset[str]) -> tuple[CheckResult, ...]:
    """Return one result per manual check; `untouched` are the answers that were left as handed out."""
    return tuple(
        CheckResult(
            check_id=spec.id,
            kind=spec.kind,
            assurance=spec.assurance,
            outcome=CheckOutcome.FAILED if spec.cell in untouched else CheckOutcome.WAITING,
            message=NOT_ANSWERED if spec.cell in untouched else TO_BE_READ,
        )
        for spec in assignment.checks
        if spec.kind is CheckKind.MANUAL
    )
