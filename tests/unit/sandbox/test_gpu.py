"""Which GPU a run gets is decided before anything starts."""

from __future__ import annotations

import pytest

from autograder.errors import GpuMissing
from autograder.model.assignment import GpuNeed
from autograder.sandbox.gpu import choose, device_requests, missing_from_engine
from autograder.sandbox.protocol import GpuRequest

OFFERED = GpuRequest(devices=("MIG-6a7b",))


@pytest.mark.parametrize(
    ("need", "offered", "chosen"),
    [
        (GpuNeed.NONE, OFFERED, None),
        (GpuNeed.OPTIONAL, None, None),
        (GpuNeed.OPTIONAL, OFFERED, OFFERED),
        (GpuNeed.REQUIRED, OFFERED, OFFERED),
    ],
)
def test_a_run_gets_what_it_needs_of_what_is_offered(
    need: GpuNeed, offered: GpuRequest | None, chosen: GpuRequest | None
) -> None:
    assert choose(need, offered) == chosen


def test_a_required_gpu_that_nobody_offers_stops_everything() -> None:
    with pytest.raises(GpuMissing, match="requires a GPU") as raised:
        choose(GpuNeed.REQUIRED, None)
    assert "autograder.toml" in raised.value.hint


@pytest.mark.parametrize(
    ("gpu", "requests"),
    [
        (None, []),
        (GpuRequest(), [{"driver": "nvidia", "count": -1, "capabilities": [["gpu"]]}]),
        (
            GpuRequest(devices=("0", "MIG-6a7b")),
            [{"driver": "nvidia", "device_ids": ["0", "MIG-6a7b"], "capabilities": [["gpu"]]}],
        ),
        (GpuRequest(driver="cdi"), [{"driver": "cdi", "device_ids": ["nvidia.com/gpu=all"]}]),
        (
            GpuRequest(driver="cdi", devices=("nvidia.com/gpu=1:0",)),
            [{"driver": "cdi", "device_ids": ["nvidia.com/gpu=1:0"]}],
        ),
    ],
)
def test_whole_devices_and_slices_become_dockers_device_requests(
    gpu: GpuRequest | None, requests: list[dict[str, object]]
) -> None:
    from docker.types import DeviceRequest

    assert device_requests(gpu) == requests
    for request in requests:
        DeviceRequest(**request)


@pytest.mark.parametrize("device", ["", "0,1", "0 1", "0\n"])
def test_a_device_is_one_name(device: str) -> None:
    with pytest.raises(ValueError, match="not the name of a GPU"):
        GpuRequest(devices=(device,))


@pytest.mark.parametrize(
    "message",
    [
        'could not select device driver "nvidia" with capabilities: [[gpu]]',
        "nvidia-container-cli: initialization error: nvml error: driver not loaded",
        "CDI device injection failed: unresolvable CDI devices nvidia.com/gpu=7",
    ],
)
def test_an_engine_without_the_gpu_is_recognised(message: str) -> None:
    assert missing_from_engine(message)


def test_another_refusal_is_not_a_missing_gpu() -> None:
    assert not missing_from_engine("invalid mount config: bind source path does not exist")
