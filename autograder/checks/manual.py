"""Checks that a person judges: a program never scores written work. They wait, whatever the run did."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from autograder.checks.stop import Stop
from autograder.model.assignment import Assignment, CheckKind
from autograder.model.execution import Execution
from autograder.model.holdout import Holdout
from autograder.model.results import CheckOutcome, CheckResult


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
        """Return one waiting result per manual check."""
        return manual_results(self._assignment)


def manual_results(assignment: Assignment) -> tuple[CheckResult, ...]:
    """Return one waiting result per manual check of the assignment."""
    return tuple(
        CheckResult(
            check_id=spec.id,
            kind=spec.kind,
            assurance=spec.assurance,
            outcome=CheckOutcome.WAITING,
            message="A person reads and grades this.",
        )
        for spec in assignment.checks
        if spec.kind is CheckKind.MANUAL
    )
