"""Honest work in every dress keeps its points: one batch of the small assignment in the real sandbox."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from autograder.model.graded import GradedSubmission
from tests.honest.batch import assert_untouched, graded_batch
from tests.honest.cases import SMALL, USUAL
from tests.honest.submissions import HERE, HonestCase

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, GradedSubmission]:
    folder = tmp_path_factory.mktemp("honest")
    return graded_batch(SMALL, HERE / "assignment", USUAL, folder, home=str(folder / "home"))


@pytest.mark.parametrize("case", SMALL, ids=lambda case: case.id)
def test_honest_work_keeps_its_points(case: HonestCase, batch: Mapping[str, GradedSubmission]) -> None:
    assert_untouched(batch[case.id])


def test_there_are_enough_cases_and_each_says_what_it_is() -> None:
    assert len(SMALL) >= 35
    assert len({case.id for case in SMALL}) == len(SMALL)
    assert all(case.title and case.needs == "small" for case in SMALL)
