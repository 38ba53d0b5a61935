"""Honest work with TensorFlow keeps its points: a very small model, the offline hub, withheld rows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.honest.batch import assert_untouched, graded_batch
from tests.honest.cases import COURSE_USUAL, course_cases
from tests.honest.submissions import HERE

pytestmark = [pytest.mark.docker, pytest.mark.course, pytest.mark.timeout(900)]
USUAL_ONES = ("tensorflow-first", "transformers-first")


def grade(names: Sequence[str], folder: Path) -> None:
    home = os.environ.get("NBVERDICT_SHARED_HOME", "")
    if not home:
        pytest.skip("AUTOGRADER_HOME names no folder with the test assets (make test sets it)")
    cases = [case for case in course_cases() if case.id in names]
    assert len(cases) == len(names)
    graded = graded_batch(cases, HERE / "course_assignment", COURSE_USUAL, folder, home=home)
    for case in cases:
        assert_untouched(graded[case.id])


def test_start_up_logs_and_the_order_of_imports_cost_nothing(tmp_path: Path) -> None:
    """Also without a seed, with own names, and where `select(range(...))` counts on withheld rows."""
    grade(USUAL_ONES, tmp_path)


@pytest.mark.long
def test_everything_that_keras_writes_and_starts_costs_nothing(tmp_path: Path) -> None:
    grade([case.id for case in course_cases() if case.id not in USUAL_ONES], tmp_path)
