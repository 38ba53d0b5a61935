"""Honest work in every dress keeps its points: one batch of the small assignment in the real sandbox."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from autograder.model.execution import RunOutcome
from autograder.model.graded import GradedSubmission, Status
from autograder.model.results import CheckOutcome
from tests.honest.batch import costly, graded_batch
from tests.honest.cases import SMALL, USUAL
from tests.honest.submissions import HERE, HonestCase

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]
Batch = Mapping[str, GradedSubmission]


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    return graded_batch(SMALL, HERE / "assignment", USUAL, tmp_path_factory.mktemp("honest"))


@pytest.mark.parametrize("case", SMALL, ids=lambda case: case.id)
def test_honest_work_keeps_its_points(case: HonestCase, batch: Batch) -> None:
    graded = batch[case.id]
    assert graded.status is Status.GRADED, graded.reason
    assert graded.run_outcome is RunOutcome.COMPLETED, graded.reason
    assert {result.check_id: result.outcome for result in graded.results} == {
        result.check_id: CheckOutcome.PASSED for result in graded.results
    }, [result for result in graded.results if result.outcome is not CheckOutcome.PASSED]
    assert graded.score is not None
    assert graded.score.total == graded.score.max_score == 10
    assert not costly(graded)
    assert not graded.suspicions


def test_there_are_enough_cases_and_each_says_what_it_is() -> None:
    assert len(SMALL) >= 35
    assert len({case.id for case in SMALL}) == len(SMALL)
    assert all(case.title and case.needs == "small" for case in SMALL)
