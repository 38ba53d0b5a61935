"""How long the rest of a batch will take: plain arithmetic on what the finished part took."""

from __future__ import annotations

from collections.abc import Sequence


def seconds_left(
    *,
    finished: Sequence[tuple[float, float]],
    running: Sequence[tuple[float, float]],
    waiting: Sequence[float],
    workers: int,
) -> float | None:
    """Estimate the seconds until a batch is done, or None when nothing is known.

    `finished` and `running` hold (expected seconds, seconds so far) per job, `waiting` expected seconds.
    Where nothing was expected (0), jobs are taken to be alike. What was expected is corrected by what was
    measured; a job that already takes longer than thought is taken to be about to end.
    """
    expected = [job for job, _ in finished] + [job for job, _ in running] + list(waiting)
    known = all(job > 0 for job in expected)
    if not known and not finished:
        return None

    def weight(job: float) -> float:
        return job if known else 1.0

    rate = 1.0
    if finished:
        rate = sum(took for _, took in finished) / sum(weight(job) for job, _ in finished)
    rest = [max(0.0, weight(job) * rate - so_far) for job, so_far in running]
    rest += [weight(job) * rate for job in waiting]
    if not rest:
        return 0.0
    return max(max(rest), sum(rest) / max(1, workers))
