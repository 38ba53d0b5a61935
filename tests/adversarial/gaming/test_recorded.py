"""Rows I10 and I12 on recorded trainings of the fine-tuning project: what moved decides, not what is printed.

`head_frozen_in_b` and `embeddings_and_norms_left_trainable` print the same counts and accuracies as right
work. What labels were trained with (I14, `shuffled_labels`) shows on withheld rows: `autograder verify`
judges that.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.checks.pytest_checks import PytestChecks
from autograder.checks.stop import Stop, no_judge
from autograder.checks.stored import stored_stop
from autograder.config.assignment_file import load
from autograder.execution.evidence import load as load_run
from autograder.execution.recorded import recorded
from autograder.model.execution import Execution, ReachedCheckpoint
from autograder.model.ids import CheckId
from autograder.model.results import CheckOutcome

PROJECT = Path(__file__).resolve().parents[3] / "assignments" / "finetune_financial_phrasebank"
WITHOUT_HOLDOUT = (
    "part1a.only-the-head-moves",
    "part1b.begins-with-the-trained-head",
    "part1b.every-weight-moves",
    "part1c.all-at-once-from-a-fresh-head",
    "part2.rank-8-adapters-on-both-layers",
    "part2.nothing-else-moves",
    "part2.counts",
)


def a_stop(execution: Execution, place: ReachedCheckpoint, never_asked: set[CheckId]) -> Stop:
    return stored_stop(execution, place, recorded(execution, place.id), never_asked, no_judge)


def failed_checks(sample: str) -> set[str]:
    """The checks that need no withheld rows and do not pass on a sample's recorded run."""
    assignment = load(PROJECT)
    execution = load_run(PROJECT / "samples" / sample / "evidence")
    specs = [spec for spec in assignment.checks if spec.id in WITHOUT_HOLDOUT]
    never_asked: set[CheckId] = set()
    with PytestChecks(specs, PROJECT / "checks", None) as checks:
        results = [
            result
            for place in execution.checkpoints
            if place.reached
            for result in checks.at(a_stop(execution, place, never_asked))
        ]
    assert not never_asked and len(results) == len(WITHOUT_HOLDOUT)
    return {str(result.check_id) for result in results if result.outcome is not CheckOutcome.PASSED}


@pytest.mark.parametrize(
    ("sample", "failed"),
    [
        ("perfect", set()),
        ("one_count_copied_into_the_other", {"part2.counts"}),
        ("head_frozen_in_b", {"part1b.every-weight-moves"}),
        ("embeddings_and_norms_left_trainable", {"part2.nothing-else-moves"}),
        ("rank_4", {"part2.rank-8-adapters-on-both-layers", "part2.counts"}),
    ],
)
def test_what_moved_decides(sample: str, failed: set[str]) -> None:
    assert failed_checks(sample) == failed
