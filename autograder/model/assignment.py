"""What grading an assignment means: checks, points, checkpoints, limits, environment and rules.

`autograder.config.assignment_file` makes these values from `assignment.toml`. Dates, extensions and
late policies are not here: they belong to the offering, in the gradebook.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from autograder.model.ids import END_OF_RUN, AssignmentId, CheckId, CheckpointId, RuleId

MIB = 1024 * 1024
GIB = 1024 * MIB


class Assurance(StrEnum):
    """How far a result can be trusted against a kernel that lies. The order is from strong to weak."""

    HUMAN = "human"
    STATIC = "static"
    SEPARATED = "separated"
    REPORTED = "reported"
    SHARED = "shared"


class Visibility(StrEnum):
    """When a student may see a check's result. The words are Gradescope's."""

    VISIBLE = "visible"
    AFTER_PUBLISHED = "after_published"
    HIDDEN = "hidden"


class CheckKind(StrEnum):
    """Who judges: the notebook's own test cells, a pytest file outside, or a person."""

    CELLS = "cells"
    PYTEST = "pytest"
    MANUAL = "manual"


class GpuNeed(StrEnum):
    """Whether a run needs a GPU."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Training(StrEnum):
    """Whether the grader trains the student's model again or uses the one that was handed in."""

    RETRAIN = "retrain"
    SUBMITTED_MODEL = "submitted_model"


class OnError(StrEnum):
    """What happens after a cell that raised."""

    CONTINUE = "continue"
    STOP = "stop"


class Firmness(StrEnum):
    """How much a rule's finding may do by itself."""

    FIRM = "firm"
    PROPOSED = "proposed"
    HINT = "hint"


@dataclass(frozen=True, slots=True, kw_only=True)
class RubricItem:
    """One line of a rubric: what a person looks for and what it is worth. `comment` is for the student."""

    id: str
    text: str
    points: Decimal
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSpec:
    """One thing that is looked for in a submission, and what it is worth.

    `cell` is the nbgrader `grade_id` of the test cell (kind `cells`) or of the answer cell a person
    reads (kind `manual`). `optional` marks extra credit: its points count above the others and never
    repair a failed gate. `deducts` says that a mark by the rubric starts at full points.
    """

    id: CheckId
    kind: CheckKind
    points: Decimal
    title: str = ""
    assurance: Assurance = Assurance.SHARED
    visibility: Visibility = Visibility.AFTER_PUBLISHED
    after: CheckpointId = END_OF_RUN
    cell: str = ""
    seconds: float = 120.0
    optional: bool = False
    rubric: tuple[RubricItem, ...] = ()
    deducts: bool = False

    def __post_init__(self) -> None:
        if not self.points.is_finite() or self.points < 0:
            raise ValueError(f"{self.id}: points must be a finite number >= 0, not {self.points}")
        if self.seconds <= 0:
            raise ValueError(f"{self.id}: seconds must be > 0, not {self.seconds}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A place where the run pauses and checks ask their questions.

    `cell` is the `grade_id` of the cell after which the run pauses; it is empty where no cell was marked when
    the assignment was handed out. When a student's notebook has no such cell, the last cell that binds every
    name in `binds` takes its place; when there is none either, the checkpoint is not recognised and its
    checks wait for a person.
    """

    id: CheckpointId
    cell: str
    binds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one run may use. Seconds are wall time; bytes are bytes.

    `memory_bytes` must exceed the sum of the three tmpfs sizes, or a full disk would look like memory
    that ran out (a tmpfs counts as memory). `times_reference` gives the total as a multiple of the
    reference's run on this machine, once that is known (`autograder.config.reference_time`).
    """

    memory_bytes: int = 6 * GIB
    cpus: float = 2.0
    processes: int = 512
    work_bytes: int = 1536 * MIB
    work_inodes: int = 50_000
    tmp_bytes: int = 512 * MIB
    tmp_inodes: int = 20_000
    shm_bytes: int = 64 * MIB
    cell_seconds: float = 600.0
    total_seconds: float = 3600.0
    times_reference: float | None = None
    grace_seconds: float = 5.0
    cell_output_bytes: int = 1 * MIB
    kept_output_bytes: int = 8 * MIB
    received_bytes: int = 256 * MIB
    message_bytes: int = 64 * MIB
    cell_messages: int = 20_000
    answer_bytes: int = 64 * MIB

    def __post_init__(self) -> None:
        disk = self.work_bytes + self.tmp_bytes + self.shm_bytes
        if self.memory_bytes <= disk:
            raise ValueError(f"memory ({self.memory_bytes}) must exceed all disk in memory together ({disk})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What the kernel runs in. `image` is a name that `autograder.toml` maps to a Docker image."""

    image: str = "course"
    legacy_keras: bool = False
    gpu: GpuNeed = GpuNeed.NONE
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldoutSpec:
    """Which rows of which data set are withheld from the sandbox and used to judge."""

    dataset: str
    subset: str
    share: Decimal = Decimal("0.2")


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetNeeds:
    """Hub names of the models and data sets that a run may load."""

    models: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSpec:
    """A guideline this assignment uses: how many points its finding may cost, and how firm it is.

    `settings` holds what the rule itself can be told (the accepted archive ids, the allowed base models).
    """

    id: RuleId
    points: Decimal = Decimal(0)
    firmness: Firmness = Firmness.PROPOSED
    settings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class OriginFormat(StrEnum):
    """In which foreign format an assignment was written before it was converted."""

    NBGRADER = "nbgrader"
    OTTER = "otter"
    OTTER_MASTER = "otter-master"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a converted assignment comes from.

    `found` is one sentence: what was found and by what it was known. `name` is what the assignment is called
    there; `submissions` is where its submissions lie there, with `{student_id}` for the student. The stubs
    are what a release puts in the place of a solution; None stands for the usual ones.
    """

    format: OriginFormat
    found: str
    name: str = ""
    submissions: str = ""
    code_stub: str | None = None
    text_stub: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The basic part: these checks must earn at least `share` of their points, or extras do not count."""

    title: str
    checks: tuple[CheckId, ...]
    share: Decimal = Decimal("0.5")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One assignment as its author declared it. `version` is the SHA-256 of everything that decides a score.

    `folder` is where the author's files are; `source_notebooks` are paths below it, in the order in which
    they run. `recognise_structure` is false for an assignment that was handed out before it had contract
    cells: what is not recognised there waits for a person. `repeat` is how often a submission is run; the run
    with the median of the points counts. `origin` is None unless it was converted from another format.
    """

    id: AssignmentId
    title: str
    version: str
    folder: Path
    notebooks: tuple[str, ...]
    checks: tuple[CheckSpec, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()
    limits: Limits = field(default_factory=Limits)
    environment: Environment = field(default_factory=Environment)
    assets: AssetNeeds = field(default_factory=AssetNeeds)
    holdout: HoldoutSpec | None = None
    rules: tuple[RuleSpec, ...] = ()
    deduction_cap: Decimal = Decimal(0)
    gate: Gate | None = None
    training: Training = Training.RETRAIN
    repeat: int = 1
    on_error: OnError = OnError.CONTINUE
    course_files: tuple[str, ...] = ()
    contract: tuple[str, ...] = ()
    origin: Origin | None = None

    @property
    def max_score(self) -> Decimal:
        """Points of all checks that are not extra credit."""
        return sum((check.points for check in self.checks if not check.optional), Decimal(0))
