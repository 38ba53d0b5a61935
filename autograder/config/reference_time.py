"""Limits that follow the time which the reference took on this machine."""

from __future__ import annotations

from dataclasses import replace

from autograder.model.assignment import Limits

SHORTEST_SECONDS = 60.0


def with_reference_time(limits: Limits, reference_seconds: float | None) -> Limits:
    """Give the limits with `total_seconds` as the declared multiple of the reference's wall time.

    `reference_seconds` is what `autograder verify` measured on this machine, None where it has not run yet:
    then, and without a multiple, the limits stay as they are. No run gets less than a minute: starting
    a kernel on a busy machine takes seconds whatever the notebook does.
    """
    if limits.times_reference is None or reference_seconds is None:
        return limits
    total = max(SHORTEST_SECONDS, limits.times_reference * reference_seconds)
    return replace(limits, total_seconds=total)
