"""The container's whole security policy is a value, and says what it must say."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from autograder.errors import UsageError
from autograder.model.assignment import GIB, MIB, Limits
from autograder.sandbox.docker.options import (
    KEEPER,
    UNPRIVILEGED,
    command_exec,
    container_options,
    environment,
    kernel_exec,
    longest_life,
)
from autograder.sandbox.protocol import GpuRequest, Mount
from tests.unit.sandbox.builders import a_request


def options(incoming: Path | None = None, **changes: Any) -> dict[str, Any]:
    return container_options(
        a_request(**changes), name="n", labels={"a": "b"}, connections=Path("/tmp/run/c"), incoming=incoming
    )


def test_nothing_is_granted_that_was_not_asked_for() -> None:
    policy = options()
    assert policy["network_mode"] == "none"
    assert policy["read_only"] is True
    assert policy["cap_drop"] == ["ALL"]
    assert policy["security_opt"] == ["no-new-privileges"]
    assert policy["privileged"] is False
    assert policy["ipc_mode"] == "private"
    assert policy["log_config"] == {"type": "none"}
    assert policy["device_requests"] == []
    assert policy["restart_policy"] == {"Name": "no"}
    forbidden = {"cap_add", "pid_mode", "uts_mode", "userns_mode", "devices", "volumes", "ports", "group_add"}
    assert forbidden.isdisjoint(policy)


def test_nothing_of_the_image_starts_by_itself() -> None:
    policy = options()
    assert policy["entrypoint"] == [] and policy["healthcheck"] == {"test": ["NONE"]}


def test_the_default_system_call_filter_is_kept() -> None:
    assert not any("seccomp" in option or "apparmor" in option for option in options()["security_opt"])


def test_student_code_is_an_ordinary_user_and_the_keeper_is_another() -> None:
    assert options()["user"] == KEEPER == "0:0"
    assert kernel_exec(1, "t", fill=True)["user"] == UNPRIVILEGED == "65534:65534"
    assert command_exec(["/bin/true"])["user"] == UNPRIVILEGED
    assert not kernel_exec(1, "t", fill=True)["privileged"] and not command_exec([])["privileged"]


def test_memory_has_a_limit_and_no_swap_beyond_it() -> None:
    policy = options(limits=Limits(memory_bytes=3 * GIB))
    assert policy["mem_limit"] == policy["memswap_limit"] == 3 * GIB
    assert policy["oom_kill_disable"] is False


def test_processes_and_processors_have_limits() -> None:
    policy = options(limits=Limits(processes=77, cpus=1.5))
    assert policy["pids_limit"] == 77
    assert policy["nano_cpus"] == 1_500_000_000


def test_no_core_file_is_written() -> None:
    assert {"Name": "core", "Soft": 0, "Hard": 0} in options()["ulimits"]


def test_every_writable_folder_is_in_memory_with_a_size_and_a_number_of_files() -> None:
    tmpfs = options(limits=Limits(work_bytes=10 * MIB, work_inodes=11, tmp_bytes=12 * MIB, tmp_inodes=13))[
        "tmpfs"
    ]
    assert set(tmpfs) == {"/workspace", "/tmp", "/dev/shm"}
    assert f"size={10 * MIB},nr_inodes=11," in tmpfs["/workspace"]
    assert f"size={12 * MIB},nr_inodes=13," in tmpfs["/tmp"]
    for mounted in tmpfs.values():
        assert {"nosuid", "nodev", "noexec", "uid=0", "mode=1777"} <= set(mounted.split(","))


def test_only_the_connection_folder_is_mounted_writable() -> None:
    mount = Mount(host=Path("/srv/assets"), inside=PurePosixPath("/assets"))
    mounts = options(Path("/tmp/run/in"), mounts=(mount,))["mounts"]
    assert {entry["Target"]: entry["ReadOnly"] for entry in mounts} == {
        "/conn": False,
        "/in": True,
        "/assets": True,
    }
    assert {entry["Type"] for entry in mounts} == {"bind"}


@pytest.mark.parametrize(
    "inside", ["/", "/workspace", "/workspace/data", "/conn", "/in", "/dev/shm", "/tmp", "/proc/x"]
)
def test_nothing_is_mounted_over_the_sandboxs_own_folders(inside: str) -> None:
    with pytest.raises(UsageError, match="nothing can be mounted"):
        options(mounts=(Mount(host=Path("/srv"), inside=PurePosixPath(inside)),))


def test_no_name_of_a_run_a_student_or_this_machine_goes_in() -> None:
    import socket

    text = repr(options())
    assert "ada" not in text and "run 7" not in text
    assert socket.gethostname() not in text
    assert options()["hostname"] == "sandbox"


def test_the_runs_own_variables_cannot_move_home_or_the_import_path() -> None:
    given = {"HOME": "/workspace", "PYTHONPATH": "/workspace", "OMP_NUM_THREADS": "1", "MINE": "x"}
    made = environment(a_request(environment=given))
    assert made["HOME"] == "/tmp/home" and made["PYTHONPATH"] == ""
    assert made["OMP_NUM_THREADS"] == "1" and made["MINE"] == "x"


def test_a_container_ends_by_itself_long_after_its_run() -> None:
    limits = Limits(total_seconds=1000)
    assert longest_life(limits) > limits.total_seconds
    assert str(longest_life(limits)) in options(limits=limits)["command"][-1]


def test_a_kernel_starts_outside_the_work_folder_and_without_its_modules() -> None:
    command = kernel_exec(2, "token", fill=False)
    script = command["cmd"][-1]
    assert command["workdir"] == "/" and "cd /;" in script and " -P -m ipykernel_launcher" in script
    assert "/conn/2/kernel.json" in script and "umask 0" in script


def test_files_are_copied_in_before_the_first_kernel_only() -> None:
    assert "cp -RP /in/work/. /workspace" in kernel_exec(1, "t", fill=True)["cmd"][-1]
    assert "cp " not in kernel_exec(2, "t", fill=False)["cmd"][-1]


def test_every_kernel_has_a_profile_folder_of_its_own() -> None:
    first, second = (kernel_exec(1, token, fill=False)["environment"]["IPYTHONDIR"] for token in "ab")
    assert first != second


def test_a_gpu_comes_with_memory_growth() -> None:
    request = a_request(gpu=GpuRequest(devices=("0",)))
    assert environment(request)["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
    assert options(gpu=GpuRequest(devices=("0",)))["device_requests"][0]["device_ids"] == ["0"]
    assert "TF_FORCE_GPU_ALLOW_GROWTH" not in environment(a_request())
