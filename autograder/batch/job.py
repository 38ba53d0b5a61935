"""What a batch is given and what it gives back: values that can be written as JSON.

A job names what to do by paths and ids, so that it can be done in another process, twice, or on another
machine. How one job is done is decided by the function that the batch was started with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

JsonObject = dict[str, Any]
Report = Callable[[JsonObject], None]
JobFunction = Callable[[JsonObject, Report], JsonObject]
"""Does one job: takes its payload and a way to report progress, returns a result with the key `status`.

When the payload has the key `ended` (`{"outcome": ..., "detail": ...}`), the job's process was lost before:
the function then only makes the result that says so, and runs nothing.
"""

SANDBOX_FAILED = "sandbox_failed"
WELL = ("graded", "pending")
"""Statuses of a known-good submission that show that the machine is well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One submission to grade. `id` is unique in its batch.

    `payload` is handed to the function; it must be a JSON value. `seconds` is the wall time after which its
    process is killed, so it must leave room beyond the run's own limit. `expected_seconds` serves estimates.
    """

    id: str
    payload: Mapping[str, Any]
    seconds: float
    expected_seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.seconds <= 0:
            raise ValueError(f"{self.id}: seconds must be > 0, not {self.seconds}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """What became of a job.

    `result` is what the function returned; None only when our own code failed, and then `failure` says how.
    `attempts` counts processes that tried; `resumed` means that an earlier batch had done it. `machine_well`
    says whether a known-good submission ran well after this one had broken something, None if nobody looked.
    """

    job: Job
    result: JsonObject | None
    failure: str = ""
    attempts: int = 1
    seconds: float = 0.0
    resumed: bool = False
    machine_well: bool | None = None


class EventKind(StrEnum):
    """What happened in a batch."""

    STARTED = "started"
    PROGRESSED = "progressed"
    RETRIED = "retried"
    LOST = "lost"
    TROUBLE = "trouble"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchState:
    """How far a batch is. `seconds_left` is an estimate, None while nothing is known."""

    total: int
    done: int
    running: int
    seconds_left: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something to show to whoever waits. `progress` is what the function reported, `detail` is in words."""

    kind: EventKind
    job: Job
    state: BatchState
    progress: JsonObject = field(default_factory=dict)
    detail: str = ""
