"""Which of several runs of one submission counts: the one in the middle.

Training is noisy, and luck should not decide. Whole runs are compared, not single checks: what a report shows
then belongs together. How often a submission is run is the assignment's choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from autograder.model.graded import OUR_FAILURES, GradedSubmission


def middle(runs: Sequence[GradedSubmission]) -> int:
    """The index of the run that counts: the median of the known points; the first of those that are equal.

    A run that failed on our side is what counts, whatever the others gave: another try or staff must mend it.

    Raises:
        ValueError: there are no runs, or an even number of them, which has no middle.

    """
    if len(runs) % 2 == 0:
        raise ValueError(f"{len(runs)} runs have no middle")
    for index, run in enumerate(runs):
        if run.status in OUR_FAILURES:
            return index
    points = [known_points(run) for run in runs]
    return points.index(sorted(points)[len(points) // 2])


def known_points(run: GradedSubmission) -> Decimal:
    """Points that are known so far, those of checks that wait for a person left out."""
    if run.score is None:
        return Decimal(0)
    if run.score.total is not None:
        return run.score.total
    return sum((earned for earned in run.score.earned.values() if earned is not None), Decimal(0))
