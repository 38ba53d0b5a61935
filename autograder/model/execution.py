"""What happened when a submission's notebooks ran. Everything a kernel said is a claim, never a fact."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from autograder.model.evidence import Exchange
from autograder.model.ids import CheckpointId


class RunOutcome(StrEnum):
    """The one way in which a run ended. Only `sandbox_failed` is our fault."""

    COMPLETED = "completed"
    CELL_FAILED = "cell_failed"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    OUTPUT_TOO_LARGE = "output_too_large"
    DISK_FULL = "disk_full"
    KERNEL_DIED = "kernel_died"
    SANDBOX_FAILED = "sandbox_failed"


class CellStatus(StrEnum):
    """What became of one code cell."""

    OK = "ok"
    ERROR = "error"
    TIMED_OUT = "timed_out"
    INTERRUPTED = "interrupted"
    NOT_RUN = "not_run"


class NumberOf(StrEnum):
    """Who decided about the number that a test cell displayed.

    NOBODY: the author's text ends in no expression, so it has no number. SEVERAL: more than one value was
    displayed, so the student's code displayed one of them, or two people gave the name that was displayed.
    """

    AUTHOR = "author"
    STUDENT = "student"
    SEVERAL = "several"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRecord:
    """One cell of the notebook that ran.

    `position` counts all cells of its notebook from 0. `hidden` says that it had hidden lines. `faithful` is
    false when the kernel's own history shows that something else ran, `refutable` when a test passed with
    another expected value as well, `confirmed` when the kernel was gone before that could be tried.
    `displayed` is the text of the cell's execute result, if any, and `number_of` says who chose what a test
    cell displayed.
    """

    notebook: str
    position: int
    cell_id: str
    grade_id: str = ""
    status: CellStatus = CellStatus.NOT_RUN
    error_name: str = ""
    error_value: str = ""
    displayed: str = ""
    number_of: NumberOf = NumberOf.AUTHOR
    seconds: float = 0.0
    hidden: bool = False
    restored: bool = False
    faithful: bool = True
    refutable: bool = True
    confirmed: bool = True
    truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a run used. Bytes are peaks; `gpu_seconds` is 0 where there was no GPU."""

    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory_bytes: int = 0
    output_bytes: int = 0
    gpu_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachedCheckpoint:
    """A checkpoint of the assignment in this run.

    `recognised` is false when neither its cell nor its names were found in the notebook; `reached` is false
    when the run ended before it.
    """

    id: CheckpointId
    recognised: bool
    reached: bool
    notebook: str = ""
    position: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One run of a submission, and its evidence.

    `executed` maps notebook names to the text of the executed notebook (nbformat 4 JSON, outputs rebuilt by
    us and sanitised later). `embargo_from` is the place (notebook, position) of the first cell whose output
    may hold hidden text, or None. `suspicions` are remarks for staff (a canary that did not bite, dropped
    messages, locked cells that were changed).
    """

    outcome: RunOutcome
    detail: str = ""
    cells: tuple[CellRecord, ...] = ()
    checkpoints: tuple[ReachedCheckpoint, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    executed: dict[str, str] = field(default_factory=dict, repr=False)
    embargo_from: tuple[str, int] | None = None
    canary_held: bool = True
    suspicions: tuple[str, ...] = ()
    usage: Usage = field(default_factory=Usage)
    image_digest: str = ""
    sandbox: str = ""
