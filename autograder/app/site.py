"""What this machine offers, put together once: settings, sandbox, assets, and how a run is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from autograder.model.assignment import Assignment

if TYPE_CHECKING:
    from autograder.assets.holdout import Drawing
    from autograder.assets.store import Store
    from autograder.assets.view import AssetView
    from autograder.config.machine import MachineConfig
    from autograder.sandbox.doctor import Diagnosis
    from autograder.sandbox.protocol import GpuRequest, Sandbox, SandboxRequest

GPU_DEVICES = ("/dev/nvidiactl", "/dev/dxg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One machine's settings, with the command's own choices applied."""

    config: MachineConfig
    sandbox_name: str
    jobs: int

    def sandbox(self) -> Sandbox:
        """The sandbox that runs notebooks. Raises UnknownPlugin."""
        from autograder.sandbox.registry import find

        return find(self.sandbox_name)

    def store(self) -> Store:
        """The asset store."""
        from autograder.assets.store import Store

        return Store(self.config.store)

    def drawing(self, assignment: Assignment) -> Drawing | None:
        """The withheld rows of an assignment, or None. Raises AssetMissing without the data set."""
        if assignment.holdout is None:
            return None
        from autograder.assets.holdout import draw

        return draw(self.store(), assignment.holdout)

    def view(self, assignment: Assignment, drawing: Drawing | None, *, padded: bool = False) -> AssetView:
        """What a run may see of the store; `padded` with copies in the places of withheld rows.

        Raises AssetMissing or AssetCorrupt.
        """
        from autograder.assets.view import view

        return view(self.store(), assignment.assets, drawing, padded=padded)

    def gpu(self, assignment: Assignment) -> GpuRequest | None:
        """Which GPU a run is opened with. Raises GpuMissing when one is required and none is there."""
        from autograder.sandbox.gpu import choose

        return choose(assignment.environment.gpu, offered_gpu(self.config))

    def image(self, assignment: Assignment) -> str:
        """The Docker image of a run. Raises ConfigError for a name nobody defined."""
        return self.config.image(assignment.environment.image, gpu=self.gpu(assignment) is not None)

    def ready(self, assignment: Assignment) -> None:
        """Find out before anything runs what is missing here.

        Raises EngineMissing, ImageMissing, GpuMissing, AssetMissing, AssetCorrupt or ConfigError.
        """
        from autograder.guidelines.registry import refuse_unknown

        refuse_unknown(assignment)
        self.sandbox().image_digest(self.image(assignment))
        self.view(assignment, self.drawing(assignment))

    def request(
        self,
        assignment: Assignment,
        run_key: str,
        view: AssetView,
        *,
        files: tuple[tuple[PurePosixPath, bytes], ...] = (),
        reference_seconds: float | None = None,
    ) -> SandboxRequest:
        """Everything a sandbox is opened with. `files` are the course's, below the work folder."""
        from autograder.config.reference_time import with_reference_time
        from autograder.sandbox.protocol import Mount, SandboxRequest

        environment = {**view.environment, **assignment.environment.variables}
        if assignment.environment.legacy_keras:
            environment["TF_USE_LEGACY_KERAS"] = "1"
        return SandboxRequest(
            image=self.image(assignment),
            run_key=run_key,
            user=self.config.sandbox_user,
            limits=with_reference_time(assignment.limits, reference_seconds),
            gpu=self.gpu(assignment),
            environment=environment,
            mounts=(Mount(host=view.mount.absolute(), inside=view.inside),),
            files=files,
            links=view.links,
        )


def offered_gpu(config: MachineConfig) -> GpuRequest | None:
    """The GPU this machine offers by its settings, or None where the host has no such device."""
    from autograder.sandbox.protocol import GpuRequest

    if not any(Path(device).exists() for device in GPU_DEVICES):
        return None
    devices = tuple(device for device in config.gpu_devices if device != "all")
    return GpuRequest(driver=config.gpu_driver.value, devices=devices)


def open_site(config: Path | None, *, sandbox: str | None = None, jobs: int | None = None) -> Site:
    """Read the machine's settings. Raises ConfigError."""
    from autograder.config.machine import load

    settings = load(config)
    return Site(config=settings, sandbox_name=sandbox or settings.sandbox, jobs=jobs or settings.jobs)


def diagnose(config: Path | None, *, gpu: bool) -> tuple[Diagnosis, ...]:
    """Try what this machine can do. With `gpu`, prove the GPU that the settings name."""
    from autograder.sandbox.doctor import diagnose as try_out
    from autograder.sandbox.protocol import GpuRequest

    site = open_site(config)
    image = site.config.image("course", gpu=gpu)
    devices = tuple(device for device in site.config.gpu_devices if device != "all")
    wanted = GpuRequest(driver=site.config.gpu_driver.value, devices=devices) if gpu else None
    return try_out(site.sandbox_name, image=image, gpu=wanted)
