"""A judging of stored evidence is recorded once, and once more whenever anything about it differs."""

from __future__ import annotations

from dataclasses import replace

from autograder.app.rejudging import with_new_key
from autograder.model.graded import GradedSubmission
from autograder.model.results import CheckOutcome
from tests.unit.gradebook.builders import a_graded


def judged(digest: str, outcome: CheckOutcome = CheckOutcome.PASSED) -> GradedSubmission:
    graded = a_graded(run_key="run-1", outcomes={"q1": outcome})
    return replace(graded, provenance=replace(graded.provenance, check_digests={"q1": digest}))


def key(graded: GradedSubmission) -> str:
    return graded.provenance.run_key


def test_the_same_checks_with_the_same_results_are_the_same_judging() -> None:
    first = with_new_key(judged("old"), judged("new"))
    assert key(first).startswith("run-1+")
    assert key(with_new_key(first, judged("new"))) == key(first)
    assert key(with_new_key(judged("old"), judged("old"))) == "run-1"


def test_checks_that_are_put_back_are_another_judging() -> None:
    first = judged("old")
    second = with_new_key(first, judged("new"))
    third = with_new_key(second, judged("old"))
    fourth = with_new_key(third, judged("new"))
    assert len({key(first), key(second), key(third), key(fourth)}) == 4


def test_another_result_of_the_same_checks_is_another_judging() -> None:
    assert key(with_new_key(judged("old"), judged("old", CheckOutcome.FAILED))) != "run-1"
