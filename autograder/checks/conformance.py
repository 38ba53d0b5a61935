"""What every kind of check promises, as tests that any kind can be put through.

    @pytest.mark.parametrize("promise", conformance.PROMISES, ids=lambda promise: promise.__name__)
    def test_the_kind_keeps_its_promises(promise):
        promise(find("pytest"), an_assignment_whose_checks_are_all_of_that_kind, None)

They say nothing about whether a kind judges well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from autograder.checks.kinds import Kind
from autograder.checks.stop import Stop
from autograder.model.assignment import Assignment
from autograder.model.evidence import Answer, AnswerStatus, Asker, Question
from autograder.model.execution import CellRecord, Execution, ReachedCheckpoint, RunOutcome
from autograder.model.holdout import Holdout
from autograder.model.ids import END_OF_RUN, CheckId
from autograder.model.results import CheckOutcome, CheckResult

Promise = Callable[[Kind, Assignment, Holdout | None], None]
CREDIT = (CheckOutcome.PASSED, CheckOutcome.PARTIAL)


def every_result_belongs_to_one_check_of_the_kind(
    kind: Kind, assignment: Assignment, holdout: Holdout | None
) -> None:
    """No check gets two results, and no result is of a check that was not declared."""
    for _, results in _judged(kind, assignment, holdout, list(AnswerStatus)):
        ids = [result.check_id for result in results]
        assert len(ids) == len(set(ids)), f"a check got two results: {ids}"
        assert set(ids) <= {spec.id for spec in assignment.checks}, f"results nobody asked for: {ids}"


def a_result_says_of_which_kind_and_assurance_it_is(
    kind: Kind, assignment: Assignment, holdout: Holdout | None
) -> None:
    """Kind and assurance are those that the assignment declares, whatever was judged."""
    declared = {spec.id: (spec.kind, spec.assurance) for spec in assignment.checks}
    for _, results in _judged(kind, assignment, holdout, [AnswerStatus.ABSENT]):
        for result in results:
            assert (result.kind, result.assurance) == declared[result.check_id]


def a_run_that_ended_at_once_earns_nothing(
    kind: Kind, assignment: Assignment, holdout: Holdout | None
) -> None:
    """Without a stop and without a cell that ran, no check passes."""
    with kind(assignment, holdout) as checks:
        checks.ready()
        for outcome in RunOutcome:
            for result in checks.after(Execution(outcome=outcome)):
                assert result.outcome not in CREDIT, f"{result.check_id} earned points without a run"


def a_kernel_that_does_not_answer_earns_nothing_and_breaks_nothing(
    kind: Kind, assignment: Assignment, holdout: Holdout | None
) -> None:
    """No status but `answered` may lead to credit, and none of them is our fault."""
    statuses = [status for status in AnswerStatus if status is not AnswerStatus.ANSWERED]
    for status, results in _judged(kind, assignment, holdout, statuses):
        for result in results:
            assert result.outcome not in CREDIT, f"{result.check_id} earned points for {status}"
            assert result.outcome is not CheckOutcome.ERRORED, result.staff_message


PROMISES: tuple[Promise, ...] = (
    every_result_belongs_to_one_check_of_the_kind,
    a_result_says_of_which_kind_and_assurance_it_is,
    a_run_that_ended_at_once_earns_nothing,
    a_kernel_that_does_not_answer_earns_nothing_and_breaks_nothing,
)


def _always(status: AnswerStatus) -> Callable[[CheckId], Asker]:
    value = "null" if status is AnswerStatus.ANSWERED else ""

    def ask(question: Question) -> Answer:
        return Answer(status=status, value=value)

    return lambda check: ask


def _judged(
    kind: Kind, assignment: Assignment, holdout: Holdout | None, statuses: Sequence[AnswerStatus]
) -> Iterator[tuple[AnswerStatus, tuple[CheckResult, ...]]]:
    """Judge runs that stopped everywhere and lost every test cell, whose kernel always answers the same."""
    places = [checkpoint.id for checkpoint in assignment.checkpoints] + [END_OF_RUN]
    execution = Execution(
        outcome=RunOutcome.COMPLETED,
        cells=(CellRecord(notebook=assignment.notebooks[0], position=0, cell_id="a"),),
        checkpoints=tuple(ReachedCheckpoint(id=place, recognised=True, reached=True) for place in places),
    )
    with kind(assignment, holdout) as checks:
        checks.ready()
        for status in statuses:
            stops = [Stop(checkpoint=place, asker_for=_always(status)) for place in places]
            judged = tuple(result for stop in stops for result in checks.at(stop))
            yield status, judged + checks.after(execution)
