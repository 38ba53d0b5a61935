"""Honest work in every dress keeps its points: batches of the small assignment in the real sandbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from autograder.model.graded import GradedSubmission
from tests.honest.batch import assert_untouched, graded_batch
from tests.honest.cases import MORE, SMALL, USUAL, course_cases
from tests.honest.submissions import HERE, HonestCase

pytestmark = [pytest.mark.timeout(900)]
Graded = Mapping[str, GradedSubmission]


def grade(cases: Sequence[HonestCase], folder: Path) -> Graded:
    return graded_batch(cases, HERE / "assignment", USUAL, folder, home=str(folder / "home"))


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    return grade(SMALL, tmp_path_factory.mktemp("honest"))


@pytest.fixture(scope="module")
def rarer(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    return grade(MORE, tmp_path_factory.mktemp("rarer"))


@pytest.mark.docker
@pytest.mark.parametrize("case", SMALL, ids=lambda case: case.id)
def test_honest_work_keeps_its_points(case: HonestCase, usual: Graded) -> None:
    assert_untouched(usual[case.id])


@pytest.mark.docker
@pytest.mark.long
@pytest.mark.parametrize("case", MORE, ids=lambda case: case.id)
def test_honest_work_of_a_rarer_kind_keeps_its_points(case: HonestCase, rarer: Graded) -> None:
    assert_untouched(rarer[case.id])


def test_there_are_enough_cases_and_each_says_what_it_is() -> None:
    every = (*SMALL, *MORE, *course_cases())
    assert len(SMALL) >= 45
    assert len({case.id for case in every}) == len(every)
    assert all(case.title for case in every)
