"""The tables of `assignment.toml` that say what a run gets: environment, limits, assets and withheld rows."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field, StrictBool, StrictStr, model_validator

from autograder.config.values import Count, Identifier, Name, Positive, Share, Table, Text
from autograder.model.assignment import GIB, MIB, AssetNeeds, Environment, GpuNeed, HoldoutSpec, Limits

KIB = 1024


class EnvironmentTable(Table):
    """What the student's kernel runs in."""

    image: Name = Field(
        default="course", description="name of the image; `autograder.toml` says which image that is"
    )
    legacy_keras: StrictBool = Field(
        default=False,
        description="set `TF_USE_LEGACY_KERAS=1` before anything is imported; otherwise Keras 3 is used",
    )
    gpu: GpuNeed = Field(default=GpuNeed.NONE, description="whether a run needs a GPU")
    variables: dict[Identifier, StrictStr] = Field(
        default_factory=dict, description="more environment variables of the kernel; students can read them"
    )

    def to_model(self) -> Environment:
        """Give the frozen value."""
        return Environment(
            image=self.image, legacy_keras=self.legacy_keras, gpu=self.gpu, variables=dict(self.variables)
        )


class LimitsTable(Table):
    """What one run may use. A run that reaches a limit ends with an outcome of that name."""

    total_seconds: Positive = Field(default=3600.0, description="wall time of the whole run, in seconds")
    times_reference: Positive | None = Field(
        default=None,
        description="wall time of the whole run as a multiple of the reference's run on this machine; "
        "used instead of `total_seconds` once the reference was run here by `autograder verify`",
    )
    cell_seconds: Positive = Field(default=600.0, description="wall time of one cell, in seconds")
    grace_seconds: Positive = Field(
        default=5.0, description="time between the interrupt and the kill, in seconds"
    )
    memory_gib: Positive = Field(
        default=6.0, description="memory, everything written to disk included, in GiB"
    )
    cpus: Positive = Field(default=2.0, description="processor cores")
    processes: Count = Field(default=512, description="processes and threads at one time")
    work_gib: Positive = Field(default=1.5, description="size of the work folder, in GiB")
    work_files: Count = Field(default=50_000, description="files and folders in the work folder")
    tmp_gib: Positive = Field(default=0.5, description="size of `/tmp`, in GiB")
    tmp_files: Count = Field(default=20_000, description="files and folders in `/tmp`")
    shm_mib: Positive = Field(default=64.0, description="size of `/dev/shm`, in MiB")
    cell_output_kib: Positive = Field(
        default=1024.0, description="output kept of one cell, in KiB; the rest is cut off"
    )
    kept_output_mib: Positive = Field(default=8.0, description="output kept of the whole run, in MiB")
    received_mib: Positive = Field(
        default=256.0, description="output received in the whole run before it is ended, in MiB"
    )
    message_mib: Positive = Field(
        default=64.0, description="size of any single message of the kernel, in MiB"
    )
    cell_messages: Count = Field(
        default=20_000, description="messages of one cell before it counts as too much output"
    )
    answer_mib: Positive = Field(default=64.0, description="size of one answer to a check, in MiB")

    @model_validator(mode="after")
    def _fits(self) -> LimitsTable:
        disk = self.work_gib + self.tmp_gib + self.shm_mib / 1024
        if self.memory_gib <= disk:
            raise ValueError(
                f"memory_gib ({self.memory_gib:g}) must exceed work_gib, tmp_gib and shm_mib together "
                f"({disk:g} GiB): files in the sandbox are kept in memory"
            )
        return self

    def to_model(self) -> Limits:
        """Give the frozen value, in bytes and seconds."""
        return Limits(
            memory_bytes=int(self.memory_gib * GIB),
            cpus=self.cpus,
            processes=self.processes,
            work_bytes=int(self.work_gib * GIB),
            work_inodes=self.work_files,
            tmp_bytes=int(self.tmp_gib * GIB),
            tmp_inodes=self.tmp_files,
            shm_bytes=int(self.shm_mib * MIB),
            cell_seconds=self.cell_seconds,
            total_seconds=self.total_seconds,
            times_reference=self.times_reference,
            grace_seconds=self.grace_seconds,
            cell_output_bytes=int(self.cell_output_kib * KIB),
            kept_output_bytes=int(self.kept_output_mib * MIB),
            received_bytes=int(self.received_mib * MIB),
            message_bytes=int(self.message_mib * MIB),
            cell_messages=self.cell_messages,
            answer_bytes=int(self.answer_mib * MIB),
        )


class AssetsTable(Table):
    """What a run may load although it has no network."""

    models: list[Text] = Field(default_factory=list, description="hub names of models")
    datasets: list[Text] = Field(default_factory=list, description="hub names of data sets")

    def to_model(self) -> AssetNeeds:
        """Give the frozen value."""
        return AssetNeeds(models=tuple(self.models), datasets=tuple(self.datasets))


class HoldoutTable(Table):
    """Rows that are withheld from every run and used to judge. Students are told that rows are withheld."""

    dataset: Text = Field(description="hub name of the data set")
    subset: Text = Field(description="name of its subset")
    share: Share = Field(default=Decimal("0.2"), description="share of the rows that is withheld, below 1")

    @model_validator(mode="after")
    def _leaves_rows(self) -> HoldoutTable:
        if self.share >= 1:
            raise ValueError("share must be below 1, or no row is left to train on")
        return self

    def to_model(self) -> HoldoutSpec:
        """Give the frozen value."""
        return HoldoutSpec(dataset=self.dataset, subset=self.subset, share=self.share)
