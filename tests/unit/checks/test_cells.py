from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.checks.cells import judge_cells
from autograder.model.assignment import CheckKind, CheckSpec
from autograder.model.execution import CellRecord, CellStatus, NumberOf
from autograder.model.results import CheckOutcome, CheckResult
from tests.fakes import a_cell, a_check, an_assignment, an_execution

CELL = a_check("q1", kind=CheckKind.CELLS, cell="q1_test")


def judged(*cells: CellRecord, spec: CheckSpec = CELL, canary_held: bool = True) -> list[CheckResult]:
    execution = an_execution(cells=cells, canary_held=canary_held)
    return list(judge_cells(an_assignment(checks=[spec]), execution))


def outcome(record: CellRecord, *, canary_held: bool = True) -> CheckOutcome:
    (result,) = judged(record, canary_held=canary_held)
    return result.outcome


def test_a_test_cell_that_ran_passed() -> None:
    assert outcome(a_cell("q1_test")) is CheckOutcome.PASSED


def test_a_test_cell_that_raised_failed_and_what_it_raised_is_for_staff() -> None:
    record = a_cell("q1_test", CellStatus.ERROR, error_name="AssertionError", error_value="expected 43")
    (result,) = judged(record)
    assert result.outcome is CheckOutcome.FAILED
    assert "43" not in result.message
    assert "AssertionError: expected 43" in result.staff_message


@pytest.mark.parametrize("status", [CellStatus.TIMED_OUT, CellStatus.INTERRUPTED])
def test_a_test_cell_that_did_not_end_failed(status: CellStatus) -> None:
    assert outcome(a_cell("q1_test", status)) is CheckOutcome.FAILED


@pytest.mark.parametrize("cells", [[], [a_cell("q1_test", CellStatus.NOT_RUN)], [a_cell("other")]])
def test_a_test_cell_that_did_not_run_has_no_result(cells: list[CellRecord]) -> None:
    assert judged(*cells) == []


def test_honest_noise_costs_nothing() -> None:
    assert (
        outcome(a_cell("q1_test", truncated=True, displayed="<Figure size 640x480>")) is CheckOutcome.PASSED
    )


@pytest.mark.parametrize("status", [CellStatus.OK, CellStatus.ERROR])
def test_a_cell_in_whose_place_something_else_ran_waits_for_a_person(status: CellStatus) -> None:
    assert outcome(a_cell("q1_test", status, faithful=False)) is CheckOutcome.WAITING


def test_where_the_canary_did_not_bite_no_cell_passes() -> None:
    assert outcome(a_cell("q1_test"), canary_held=False) is CheckOutcome.WAITING
    assert outcome(a_cell("q1_test", displayed="5"), canary_held=False) is CheckOutcome.WAITING
    assert outcome(a_cell("q1_test", CellStatus.ERROR), canary_held=False) is CheckOutcome.FAILED


def test_a_test_cell_that_is_there_twice_waits_for_a_person() -> None:
    assert [result.outcome for result in judged(a_cell("q1_test"), a_cell("q1_test"))] == [
        CheckOutcome.WAITING
    ]


@pytest.mark.parametrize(
    ("displayed", "found", "fraction"),
    [
        ("2.5", CheckOutcome.PARTIAL, "0.25"),
        ("10", CheckOutcome.PASSED, "1"),
        ("10.0", CheckOutcome.PASSED, "1"),
        ("1e9", CheckOutcome.PASSED, "1"),
        ("0", CheckOutcome.FAILED, "0"),
        ("-3", CheckOutcome.FAILED, "0"),
        ("-0.0", CheckOutcome.FAILED, "0"),
        ("nan", CheckOutcome.WAITING, "0"),
        ("-inf", CheckOutcome.WAITING, "0"),
        ("True", CheckOutcome.PASSED, "1"),
        ("'5'", CheckOutcome.PASSED, "1"),
        ("1_0", CheckOutcome.PASSED, "1"),
        ("", CheckOutcome.PASSED, "1"),
        ("9" * 400, CheckOutcome.PASSED, "1"),
    ],
)
def test_a_displayed_number_is_partial_credit_between_nothing_and_all(
    displayed: str, found: CheckOutcome, fraction: str
) -> None:
    (result,) = judged(a_cell("q1_test", displayed=displayed))
    assert (result.outcome, result.fraction) == (found, Decimal(fraction))


@given(st.text(max_size=60) | st.floats().map(repr))
def test_no_displayed_text_earns_more_than_all_or_less_than_nothing(displayed: str) -> None:
    (result,) = judged(a_cell("q1_test", displayed=displayed))
    assert 0 <= result.fraction <= 1


def test_a_cell_worth_nothing_passes_whatever_it_displays() -> None:
    spec = a_check("q1", kind=CheckKind.CELLS, cell="q1_test", points=Decimal(0))
    (result,) = judged(a_cell("q1_test", displayed="0"), spec=spec)
    assert result.outcome is CheckOutcome.PASSED


@pytest.mark.parametrize("doubt", [{"refutable": False}, {"confirmed": False}])
def test_a_test_that_may_only_seem_to_pass_waits_for_a_person(doubt: dict[str, bool]) -> None:
    assert outcome(a_cell("q1_test", **doubt)) is CheckOutcome.WAITING
    assert outcome(a_cell("q1_test", CellStatus.ERROR, **doubt)) is CheckOutcome.FAILED


@pytest.mark.parametrize(
    ("displayed", "number_of", "found"),
    [
        ("0", NumberOf.STUDENT, CheckOutcome.WAITING),
        ("2.5", NumberOf.STUDENT, CheckOutcome.WAITING),
        ("10", NumberOf.STUDENT, CheckOutcome.PASSED),
        ("'a text'", NumberOf.STUDENT, CheckOutcome.PASSED),
        ("10", NumberOf.SEVERAL, CheckOutcome.WAITING),
        ("0", NumberOf.NOBODY, CheckOutcome.PASSED),
    ],
)
def test_a_number_that_may_be_the_students_own_neither_gives_nor_takes_points(
    displayed: str, number_of: NumberOf, found: CheckOutcome
) -> None:
    assert outcome(a_cell("q1_test", displayed=displayed, number_of=number_of)) is found
