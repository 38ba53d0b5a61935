"""Which GPU a run gets, decided before anything starts. Pure values; nothing here touches a device."""

from __future__ import annotations

from autograder.errors import GpuMissing
from autograder.model.assignment import GpuNeed
from autograder.sandbox.protocol import GpuRequest

ALL_CDI = "nvidia.com/gpu=all"


def choose(need: GpuNeed, offered: GpuRequest | None) -> GpuRequest | None:
    """Return what a run is opened with, given what the assignment needs and this machine offers.

    Raises `GpuMissing` if a GPU is required and the machine's configuration offers none.
    """
    match need:
        case GpuNeed.NONE:
            return None
        case GpuNeed.OPTIONAL:
            return offered
        case GpuNeed.REQUIRED if offered is None:
            raise GpuMissing(
                "the assignment requires a GPU and autograder.toml offers none",
                hint="Name a GPU in autograder.toml, then prove it with `autograder doctor --gpu`.",
            )
        case GpuNeed.REQUIRED:
            return offered


def device_requests(gpu: GpuRequest | None) -> list[dict[str, object]]:
    """Return Docker's device requests: arguments of docker-py's `DeviceRequest`, none without a GPU."""
    if gpu is None:
        return []
    if gpu.driver == "cdi":
        return [{"driver": "cdi", "device_ids": list(gpu.devices) or [ALL_CDI]}]
    if gpu.devices:
        return [{"driver": "nvidia", "device_ids": list(gpu.devices), "capabilities": [["gpu"]]}]
    return [{"driver": "nvidia", "count": -1, "capabilities": [["gpu"]]}]


def gpu_environment(gpu: GpuRequest | None) -> dict[str, str]:
    """Return the variables a kernel needs with this GPU: TensorFlow must not take all memory at once."""
    return {"TF_FORCE_GPU_ALLOW_GROWTH": "true"} if gpu is not None else {}


def missing_from_engine(message: str) -> bool:
    """Whether the text of an engine's error says that it cannot hand out the GPU that was asked for."""
    text = message.lower()
    return any(
        sign in text
        for sign in (
            "could not select device driver",
            "nvidia-container",
            "cdi device",
            "unknown runtime",
            "nvml",
        )
    )
