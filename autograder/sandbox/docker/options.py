"""The whole security policy of a sandbox container, as plain values. Nothing here talks to an engine.

What it stops: network, writing outside three small folders in memory, other users' files, privileges,
devices, and using more memory, processors, processes or room than was given. What it does not stop: a hole
in the Linux kernel (it is shared with the host), and everything that may be said over the kernel's own
five sockets (that is `autograder.sandbox.guard`'s business).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from autograder.errors import UsageError
from autograder.model.assignment import Limits
from autograder.sandbox.docker.leash import keeper_command
from autograder.sandbox.gpu import device_requests, gpu_environment
from autograder.sandbox.protocol import (
    KERNEL_PYTHON,
    SHM_FOLDER,
    TMP_FOLDER,
    WORK_FOLDER,
    Mount,
    SandboxRequest,
)

UNPRIVILEGED = "65534:65534"
KEEPER = "0:0"
"""PID 1 belongs to uid 0, without a single capability: so a student's code can neither trace nor end it."""

CONNECTIONS = PurePosixPath("/conn")
INCOMING = PurePosixPath("/in")
RESERVED = (CONNECTIONS, INCOMING, WORK_FOLDER, SHM_FOLDER, PurePosixPath("/proc"), PurePosixPath("/sys"))
HOME = TMP_FOLDER / "home"
LONGEST_LIFE_MARGIN = 3600
BASELINE_PROCESSES = 4
"""The keeper, its `sleep`, its shell at the leash, and the shell that counts."""

FILES_DO_NOT_FIT = 98
FILL = (
    f"umask 022; mkdir -p {HOME} && if [ -d {INCOMING} ]; then"
    f" cp -RP {INCOMING}/work/. {WORK_FOLDER} && cp -RP {INCOMING}/tmp/. {TMP_FOLDER}; fi"  # noqa: S108
    f" || exit {FILES_DO_NOT_FIT}; "
)

# Only builtins: at the process limit nothing can be forked. A killer cannot hit itself or PID 1.
END_ALL = (
    "n=0; while :; do kill -9 -1 2>/dev/null; set -- /proc/[0-9]*; "
    f"[ $# -le {BASELINE_PROCESSES} ] && exit 0; n=$((n+1)); [ $n -ge 3000 ] && exit 9; done"
)
INTERRUPT_ALL = "kill -INT -1"


def container_options(
    request: SandboxRequest, *, name: str, labels: Mapping[str, str], connections: Path, incoming: Path | None
) -> dict[str, Any]:
    """Return the keyword arguments of docker-py's `containers.create` for one sandbox.

    `connections` and `incoming` are folders of the host: the first is where kernels put their sockets, the
    second holds what is copied in. Raises `UsageError` for a mount over one of the sandbox's own folders.
    """
    limits = request.limits
    mounts = [_bind(Mount(host=connections, inside=CONNECTIONS), read_only=False)]
    if incoming is not None:
        mounts.append(_bind(Mount(host=incoming, inside=INCOMING)))
    for mount in request.mounts:
        if any(mount.inside.is_relative_to(taken) for taken in RESERVED) or mount.inside in (
            TMP_FOLDER,
            PurePosixPath("/"),
        ):
            raise UsageError(f"nothing can be mounted at {mount.inside}: the sandbox uses it itself")
        mounts.append(_bind(mount))
    return {
        "image": request.image,
        "name": name,
        "labels": dict(labels),
        "command": ["/bin/sh", "-c", keeper_command(longest_life(limits), CONNECTIONS)],
        "entrypoint": [],
        "healthcheck": {"test": ["NONE"]},
        "user": KEEPER,
        "working_dir": "/",
        "hostname": "sandbox",
        "environment": environment(request),
        "network_mode": "none",
        "dns": ["127.0.0.1"],
        "ipc_mode": "private",
        "cgroupns": "private",
        "read_only": True,
        "privileged": False,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "init": False,
        "tty": False,
        "stdin_open": False,
        "log_config": {"type": "none"},
        "restart_policy": {"Name": "no"},
        "mem_limit": limits.memory_bytes,
        "memswap_limit": limits.memory_bytes,
        "nano_cpus": int(limits.cpus * 1_000_000_000),
        "pids_limit": limits.processes,
        "oom_kill_disable": False,
        "ulimits": [{"Name": "core", "Soft": 0, "Hard": 0}, {"Name": "nofile", "Soft": 16384, "Hard": 16384}],
        "tmpfs": {
            str(WORK_FOLDER): _tmpfs(limits.work_bytes, limits.work_inodes),
            str(TMP_FOLDER): _tmpfs(limits.tmp_bytes, limits.tmp_inodes),
            str(SHM_FOLDER): _tmpfs(limits.shm_bytes, limits.tmp_inodes),
        },
        "mounts": mounts,
        "device_requests": device_requests(request.gpu),
    }


def kernel_exec(number: int, token: str, *, fill: bool) -> dict[str, Any]:
    """Return the arguments of docker-py's `exec_create` that start the kernel with this number.

    It starts in `/` with `-P`, so that no submitted module is imported before student code may run, and
    without a umask, so that a host user who is not root can reach its sockets. `token` makes the folder
    of its IPython profile a new one: nothing an earlier kernel left behind configures this one. `fill`
    copies the submission's files first.
    """
    launch = (
        f"umask 0; cd /; {usable_home(token)}exec {KERNEL_PYTHON} -P -m ipykernel_launcher"
        f" -f {CONNECTIONS / str(number)}/kernel.json --HistoryManager.hist_file=:memory:"
    )
    return {
        "cmd": ["/bin/sh", "-c", (FILL if fill else "") + launch],
        "user": UNPRIVILEGED,
        "workdir": "/",
        "environment": {"IPYTHONDIR": str(TMP_FOLDER / f"ipython-{token}")},
        "privileged": False,
        "stdin": False,
        "stdout": False,
        "stderr": False,
        "tty": False,
    }


def usable_home(token: str) -> str:
    """Return shell code for another home folder if an earlier kernel made this one a link, a file, or away.

    A link to itself keeps Python's libraries from being imported, and the kernel from starting.
    """
    return f'[ -d "$HOME" ] && [ -w "$HOME" ] || {{ export HOME="$HOME-{token}"; mkdir -p "$HOME"; }}; '


def command_exec(command: list[str]) -> dict[str, Any]:
    """Return the arguments of `exec_create` for a command of ours, run as the student's user."""
    return {
        "cmd": command,
        "user": UNPRIVILEGED,
        "workdir": "/",
        "privileged": False,
        "stdin": False,
        "stdout": True,
        "stderr": False,
        "tty": False,
    }


def environment(request: SandboxRequest) -> dict[str, str]:
    """Return the kernel's variables. The request's own come before ours where it is the run's choice."""
    threads = str(max(1, math.ceil(request.limits.cpus)))
    return {
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        "MKL_NUM_THREADS": threads,
        "PIP_NO_INDEX": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "TZ": "UTC",
        **gpu_environment(request.gpu),
        **request.environment,
        "HOME": str(HOME),
        "TMPDIR": str(TMP_FOLDER),
        "LANG": "C.UTF-8",
        "PYTHONNOUSERSITE": "1",
        "PYTHONPATH": "",
    }


def longest_life(limits: Limits) -> int:
    """Return the seconds after which a container ends by itself, should nobody be left to remove it."""
    return int(limits.total_seconds * 2) + LONGEST_LIFE_MARGIN


def _tmpfs(size: int, inodes: int) -> str:
    # The folder itself is uid 0's: a student can fill it, not take it away from whoever reads it.
    return f"rw,nosuid,nodev,noexec,size={size},nr_inodes={inodes},uid=0,gid=0,mode=1777"


def _bind(mount: Mount, *, read_only: bool = True) -> dict[str, Any]:
    return {
        "Type": "bind",
        "Source": str(mount.host),
        "Target": str(mount.inside),
        "ReadOnly": read_only,
        "BindOptions": {"Propagation": "rprivate", "NonRecursive": True},
    }
