"""What every sandbox promises: the values it is opened with, and the methods of its sessions.

A sandbox holds one submission's kernels and nothing else. The protocols here say what a caller may rely
on; `autograder.sandbox.conformance` tests it for every backend. Nothing in this module starts anything,
and none of it protects by itself: whether a backend protects is its `protects`.

All methods block, for at most tens of seconds each, and none of them may be called on an event loop's
thread while cells run; `asyncio.to_thread` is the way. Only `KernelSession.client` is asynchronous.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal, Protocol

from autograder.model.assignment import Limits
from autograder.model.execution import RunOutcome, Usage

if TYPE_CHECKING:
    from autograder.sandbox.client import GuardedClient
    from autograder.sandbox.guard import Guard
    from autograder.sandbox.provisioner import AttachedKernelManager

WORK_FOLDER = PurePosixPath("/workspace")
TMP_FOLDER = PurePosixPath("/tmp")  # noqa: S108 - a path inside the sandbox
SHM_FOLDER = PurePosixPath("/dev/shm")  # noqa: S108
WRITABLE_FOLDERS = (WORK_FOLDER, TMP_FOLDER, SHM_FOLDER)
KERNEL_PYTHON = "/opt/venv/bin/python"

IPC_PATH_LIMIT = 107
"""Bytes of the longest path a Unix socket may have."""


class FileRefused(Exception):
    """A file cannot be read out: absent, too large, not a regular file, or unreadable. A student's doing."""


class StudentProcessesRemain(Exception):
    """Processes of the student resisted being ended within the deadline. A student's doing.

    Nothing may be read from this session any more; its only future is to be closed.
    """


class KernelStopped(Exception):
    """The kernel's channels are closed for good; `outcome` says why. Never our own fault.

    Raised by `GuardedClient`'s channels, so it comes out of nbclient's `async_execute_cell`.
    """

    def __init__(self, outcome: RunOutcome, detail: str) -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuRequest:
    """Which GPUs a sandbox is given, and by which of Docker's two ways.

    `devices` are what the way calls a device: an index, a UUID or a MIG slice's UUID for `nvidia`, a
    qualified name such as `nvidia.com/gpu=0` for `cdi`. Empty means all (`nvidia`) or
    `nvidia.com/gpu=all` (`cdi`). Docker cannot limit the memory of a GPU: a slice or a whole device is
    one sandbox's alone.
    """

    driver: Literal["nvidia", "cdi"] = "nvidia"
    devices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for device in self.devices:
            if not device or any(character.isspace() or character == "," for character in device):
                raise ValueError(f"not the name of a GPU: {device!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A folder of the host that is seen read-only at `inside`."""

    host: Path
    inside: PurePosixPath

    def __post_init__(self) -> None:
        if not self.host.is_absolute() or not self.inside.is_absolute() or ".." in self.inside.parts:
            raise ValueError(f"a mount needs two absolute paths: {self.host} at {self.inside}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxRequest:
    """Everything a sandbox is opened with.

    `image` is a Docker image (the process backend ignores it). `files` are written below the work folder
    before any student code runs; `links` are symbolic links (where, to what) below `/tmp`, in folders the
    student may write to. `run_key` marks what belongs to this run, so that it can be removed from another
    process; it is hashed before anything else sees it. `user` is who kernels of the process backend run as,
    empty for who runs this program; Docker has its own.
    """

    image: str
    run_key: str
    user: str = ""
    limits: Limits = field(default_factory=Limits)
    gpu: GpuRequest | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    files: tuple[tuple[PurePosixPath, bytes], ...] = field(default=(), repr=False)
    links: tuple[tuple[PurePosixPath, PurePosixPath], ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        for path, _ in self.files:
            if path.is_absolute() or ".." in path.parts or not path.parts:
                raise ValueError(f"a file's path must be below the work folder: {path}")
        for inside, target in self.links:
            if not inside.is_relative_to(TMP_FOLDER) or ".." in inside.parts or not target.is_absolute():
                raise ValueError(f"a link must be below {TMP_FOLDER} and absolute: {inside} -> {target}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionInfo:
    """Where a kernel's five ZMQ sockets are for a client on this host, and the key that signs messages.

    The student's code owns the key too: a right signature proves nothing.
    """

    ip: str
    key: bytes = field(repr=False)
    transport: str = "ipc"
    shell_port: int = 1
    iopub_port: int = 2
    stdin_port: int = 3
    control_port: int = 4
    hb_port: int = 5

    def url(self, channel: Literal["shell", "iopub", "stdin", "control", "hb"]) -> str:
        """Return the ZMQ address of one channel."""
        return f"{self.transport}://{self.ip}-{getattr(self, channel + '_port')}"


class KernelSession(Protocol):
    """One running kernel. Its client is connected; await `client.wait_for_ready()` first.

    Right after that, before any student code: run `entering(work_folder)` silently, and connect a second
    client if one is needed (student code can make the sockets unreachable for new connections).
    """

    @property
    def client(self) -> GuardedClient:
        """The guarded client; give it to nbclient as `kc`. Only shell and iopub exist."""

    @property
    def manager(self) -> AttachedKernelManager:
        """A started manager; give it to nbclient as `km`. It never restarts the kernel."""

    @property
    def connection(self) -> ConnectionInfo:
        """For a second client of the caller's own."""

    @property
    def guard(self) -> Guard:
        """What the client's channels counted and dropped."""

    def alive(self) -> bool:
        """Whether the kernel's process still runs."""

    def death(self) -> RunOutcome:
        """Say what ended a kernel that is no longer alive: `out_of_memory` or `kernel_died`.

        `out_of_memory` needs both a killed kernel and a grown count of the memory limit's kills.
        """

    def disk_full(self) -> bool:
        """Whether one of the writable folders has no room left now, in bytes or in files."""

    def interrupt(self) -> None:
        """Send SIGINT to the student's processes. Student code may ignore it."""

    def kill(self) -> None:
        """End the student's processes with SIGKILL; returns at once if the kernel is dead already."""


class SandboxSession(Protocol):
    """One open sandbox: one submission, one kernel at a time, one work folder."""

    work_folder: PurePosixPath
    protects: bool

    def start_kernel(self) -> KernelSession:
        """End every other student process, then start a kernel in the same work folder.

        Raises `SandboxUnavailable` if the kernel does not come up, and `StudentProcessesRemain` if an
        earlier kernel's processes cannot be ended.
        """

    def stop_processes(self) -> None:
        """End every student process. Raises `StudentProcessesRemain` if some resist."""

    def read_file(self, path: PurePosixPath, *, at_most: int) -> bytes:
        """Return a regular file's bytes, given its path below the work folder.

        Only after `stop_processes`. Raises `FileRefused` if it is absent, no regular file, or has more
        than `at_most` bytes; memory stays bounded whatever the file claims.
        """

    def usage(self) -> Usage:
        """Return what was used, at the end of a run: a backend may end the student's processes to count them.

        Zeros where a backend cannot know.
        """


class Sandbox(Protocol):
    """Opens sessions. One value serves many submissions, one after another or from several processes."""

    name: str

    def image_digest(self, image: str) -> str:
        """Return the content digest of an image, or an empty text where there are no images.

        Raises `EngineMissing` if no engine answers and `ImageMissing` if the image is not there.
        """

    def open(self, request: SandboxRequest) -> AbstractContextManager[SandboxSession]:
        """Open a throw-away place; everything in it is gone when the block ends, whatever happened.

        Raises `EngineMissing`, `ImageMissing`, `GpuMissing` or `SandboxUnavailable`.
        """

    def remove_run(self, run_key: str) -> int:
        """End what belongs to this run, whichever process started it; return how many things there were.

        For the process that holds the clock, after it has ended the one that graded.
        """

    def sweep(self) -> int:
        """Remove what processes left behind that live no more; return how many things there were."""


def run_mark(run_key: str) -> str:
    """Return what marks a run's container or processes: a digest, since a run key may name a submission."""
    return hashlib.sha256(run_key.encode()).hexdigest()[:32]


def entering(work_folder: PurePosixPath) -> str:
    """Return the code a new kernel runs first: go to the work folder and make its modules importable.

    The kernel starts elsewhere, so that a submitted `ipykernel_launcher.py` cannot run before the
    connection folder is locked; it starts with no umask, so that its sockets can be reached. The work folder
    comes last among the places of modules: a submitted `statistics.py` takes no library's place.
    """
    return (
        "import os as _os, sys as _sys\n"
        "_os.umask(0o022)\n"
        f"_os.chdir({str(work_folder)!r})\n"
        f"_sys.path[:] = [_place for _place in _sys.path if _place] + [{str(work_folder)!r}]\n"
        "del _os, _sys\n"
    )
