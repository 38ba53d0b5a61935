from __future__ import annotations

import pytest

from autograder.checks.complete import complete
from autograder.checks.manual import manual_results
from autograder.errors import GraderFailed
from autograder.model.assignment import Assurance, CheckKind
from autograder.model.execution import RunOutcome
from autograder.model.ids import CheckpointId
from autograder.model.results import CheckOutcome
from tests.fakes import a_check, a_reached, a_result, an_assignment, an_execution

PART = CheckpointId("part1")


def test_results_come_in_the_order_of_the_assignment() -> None:
    specs = [a_check("q1"), a_check("q2")]
    found = complete(specs, [a_result("q2"), a_result("q1")], an_execution())
    assert [result.check_id for result in found] == ["q1", "q2"]


@pytest.mark.parametrize("outcome", list(RunOutcome))
def test_a_check_that_was_not_reached_is_not_run_and_never_passed(outcome: RunOutcome) -> None:
    execution = an_execution(outcome=outcome, checkpoints=(a_reached(PART, reached=False),))
    (result,) = complete([a_check(after=PART)], [], execution)
    assert result.outcome is CheckOutcome.NOT_RUN
    assert result.message.startswith("This was not reached: ")


def test_a_structure_of_ones_own_waits_for_a_person() -> None:
    execution = an_execution(checkpoints=(a_reached(PART, recognised=False, reached=False),))
    (result,) = complete([a_check(after=PART)], [], execution)
    assert result.outcome is CheckOutcome.WAITING
    assert "part1" in result.message


def test_a_result_that_should_be_there_and_is_not_is_our_fault() -> None:
    (result,) = complete([a_check(after=PART)], [], an_execution(checkpoints=(a_reached(PART),)))
    assert result.outcome is CheckOutcome.ERRORED


def test_a_test_cell_without_a_record_is_not_run() -> None:
    (result,) = complete([a_check(kind=CheckKind.CELLS, cell="t")], [], an_execution())
    assert result.outcome is CheckOutcome.NOT_RUN


def test_an_added_result_has_the_declared_kind_and_assurance() -> None:
    spec = a_check(kind=CheckKind.PYTEST, assurance=Assurance.SEPARATED, after=PART)
    (result,) = complete([spec], [], an_execution())
    assert (result.kind, result.assurance) == (CheckKind.PYTEST, Assurance.SEPARATED)


@pytest.mark.parametrize("reported", [[a_result("q9")], [a_result("q1"), a_result("q1")]])
def test_results_nobody_asked_for_are_refused(reported: list[object]) -> None:
    with pytest.raises(GraderFailed):
        complete([a_check("q1")], reported, an_execution())  # type: ignore[arg-type]


def test_written_work_waits_for_a_person() -> None:
    assignment = an_assignment(checks=["q1", a_check("essay", kind=CheckKind.MANUAL)])
    (result,) = manual_results(assignment, frozenset())
    assert (result.check_id, result.outcome) == ("essay", CheckOutcome.WAITING)
