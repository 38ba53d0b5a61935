"""Read `autograder.toml`: everything about this machine and nothing about any assignment.

Looked for in this order: the file that was named, `autograder.toml` in the current folder, the one in the
user's configuration folder; without any, the defaults count. The environment variable `AUTOGRADER_HOME` wins
over the key `home`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, StrictStr, model_validator

from autograder.config.toml_file import nearest, parse, read_toml
from autograder.config.values import Count, Name, Table, Text
from autograder.errors import ConfigError

FILE_NAME = "autograder.toml"
HOME_VARIABLE = "AUTOGRADER_HOME"
APPLICATION = "autograder"


class GpuDriver(StrEnum):
    """How Docker hands a GPU to a container."""

    NVIDIA = "nvidia"
    CDI = "cdi"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One image by its name in `assignment.toml`: Docker references, `gpu` empty where there is none."""

    cpu: str
    gpu: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineConfig:
    """What this machine offers. `file` is the file it was read from, None for the defaults."""

    home: Path
    store: Path
    gradebook_url: str
    images: Mapping[str, Image]
    sandbox: str = "docker"
    sandbox_user: str = ""
    gpu_driver: GpuDriver = GpuDriver.NVIDIA
    gpu_devices: tuple[str, ...] = ("all",)
    jobs: int = 1
    course: str = ""
    term: str = ""
    time_zone: str = ""
    file: Path | None = field(default=None)

    def image(self, name: str, *, gpu: bool = False) -> str:
        """Give the Docker reference of an image. Raises ConfigError for a name nobody defined."""
        found = self.images.get(name)
        where = self.file or FILE_NAME
        if found is None:
            raise ConfigError(f'{where}: images: no image is called "{name}"{nearest(name, self.images)}')
        if gpu and not found.gpu:
            raise ConfigError(
                f'{where}: images.{name}: this image has no GPU variant; add gpu = "<docker image>"'
            )
        return found.gpu if gpu else found.cpu


DEFAULT_IMAGES: Mapping[str, Image] = {
    "course": Image(cpu="nbverdict-sandbox:cpu", gpu="nbverdict-sandbox:gpu"),
    "small": Image(cpu="nbverdict-sandbox:small"),
}


class ImageTable(Table):
    """A Docker image in a variant for the processor and one for the GPU; a string means the first alone."""

    cpu: Text = Field(description="Docker image for runs without a GPU")
    gpu: StrictStr = Field(default="", description="Docker image for runs with a GPU; empty: there is none")

    @model_validator(mode="before")
    @classmethod
    def _from_one_name(cls, written: Any) -> Any:
        return {"cpu": written} if isinstance(written, str) else written


class SandboxTable(Table):
    """Where students' code runs."""

    default: Literal["docker", "process"] = Field(
        default="docker",
        description="`docker`, or `process`, which protects nothing and is for staff's code only",
    )
    user: StrictStr = Field(
        default="",
        description="user that kernels of the `process` sandbox run as, which only root can choose; empty: "
        "who runs the command. It keeps files apart and nothing else",
    )


class GpuTable(Table):
    """Which GPUs may be handed to a sandbox."""

    driver: GpuDriver = Field(
        default=GpuDriver.NVIDIA, description="`nvidia` for NVIDIA's runtime, `cdi` for device names of CDI"
    )
    devices: list[Text] = Field(
        default_factory=lambda: ["all"],
        min_length=1,
        description='whole devices or MIG slices: `["all"]`, indices, UUIDs, or CDI names',
    )


class AssetsTable(Table):
    """Where models and data sets are kept."""

    store: StrictStr = Field(
        default="", description="folder of the asset store; empty: `store` in the state folder"
    )


class GradebookTable(Table):
    """Where scores go unless a command says otherwise."""

    url: StrictStr = Field(
        default="", description="database URL; empty: the SQLite file `gradebook.sqlite` in the state folder"
    )
    course: StrictStr = Field(default="", description="course that grades are recorded for")
    term: StrictStr = Field(default="", description="term that grades are recorded for")


class IntakeTable(Table):
    """How downloads of the learning management system are read."""

    time_zone: StrictStr = Field(
        default="",
        description="zone of the times that the system writes into names, such as `America/Chicago`; empty: "
        "this machine's",
    )


class RunTable(Table):
    """How much is done at one time."""

    jobs: Count = Field(default=1, description="submissions that are graded at one time")


class MachineTable(Table):
    """The keys at the top of the file."""

    format: Literal[1] = Field(alias="schema", description="version of this format: 1")
    home: StrictStr = Field(
        default="", description="state folder; empty: the user's data folder. `AUTOGRADER_HOME` wins over it"
    )
    images: dict[Name, ImageTable] = Field(
        default_factory=dict,
        description="Docker images by the names that `assignment.toml` uses: an image, or a table with `cpu` "
        "and `gpu`. The names `course` and `small` are there by themselves",
    )
    sandbox: SandboxTable = Field(default_factory=SandboxTable, description="where students' code runs")
    gpu: GpuTable = Field(default_factory=GpuTable, description="which GPUs may be used")
    assets: AssetsTable = Field(
        default_factory=AssetsTable, description="where models and data sets are kept"
    )
    gradebook: GradebookTable = Field(default_factory=GradebookTable, description="where scores go")
    intake: IntakeTable = Field(default_factory=IntakeTable, description="how downloads are read")
    run: RunTable = Field(default_factory=RunTable, description="how much is done at one time")


def load(
    named: Path | None = None,
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    user_folder: Path | None = None,
) -> MachineConfig:
    """Find and read the configuration of this machine. Raises ConfigError.

    `named` is the file given on the command line; `folder` is the current folder, `environment`
    the process's own and `user_folder` the user's configuration folder unless they are given.
    """
    variables = os.environ if environment is None else environment
    file = _find(named, folder or Path.cwd(), user_folder)
    table = (
        MachineTable.model_validate({"schema": 1}) if file is None else parse(read_toml(file), MachineTable)
    )
    base = file.parent if file else Path.cwd()
    home = _home(table.home, base, variables)
    images = {name: Image(cpu=image.cpu, gpu=image.gpu) for name, image in table.images.items()}
    return MachineConfig(
        home=home,
        store=_path(table.assets.store, base) if table.assets.store else home / "store",
        gradebook_url=table.gradebook.url or f"sqlite:///{home / 'gradebook.sqlite'}",
        images={**DEFAULT_IMAGES, **images},
        sandbox=table.sandbox.default,
        sandbox_user=table.sandbox.user,
        gpu_driver=table.gpu.driver,
        gpu_devices=tuple(table.gpu.devices),
        jobs=table.run.jobs,
        course=table.gradebook.course,
        term=table.gradebook.term,
        time_zone=table.intake.time_zone,
        file=file,
    )


def _find(named: Path | None, folder: Path, user_folder: Path | None) -> Path | None:
    if named is not None:
        return named
    if user_folder is None:
        import platformdirs

        user_folder = Path(platformdirs.user_config_dir(APPLICATION))
    return next((path for path in (folder / FILE_NAME, user_folder / FILE_NAME) if path.is_file()), None)


def _home(written: str, base: Path, variables: Mapping[str, str]) -> Path:
    if variables.get(HOME_VARIABLE):
        return Path(variables[HOME_VARIABLE]).expanduser().absolute()
    if written:
        return _path(written, base)
    import platformdirs

    return Path(platformdirs.user_data_dir(APPLICATION))


def _path(written: str, base: Path) -> Path:
    """Read a path of the file: relative ones start at the file's own folder."""
    return (base / Path(written).expanduser()).absolute()
