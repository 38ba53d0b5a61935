"""Run a notebook's kernel in a child process of this one. IT PROTECTS FROM NOTHING.

For staff's own notebooks, for our tests, and for machines without Docker. Code in it can read every file
this user can read, use the network, fill the disk and the memory, outlive the run if it wants to, and
reach this program. Nothing a student wrote may be run with it: use `docker`. Limits on output and size of
messages hold all the same, since they are kept on our side. Under a `user` of its own see `account`.
"""

from __future__ import annotations

import contextlib
import os
import resource
import secrets
import signal
import stat
import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from time import monotonic, sleep

from autograder.errors import GpuMissing, SandboxUnavailable
from autograder.model.execution import RunOutcome, Usage
from autograder.sandbox.account import account_of
from autograder.sandbox.folders import ConnectionFolder, RunFolder, sweep_folders
from autograder.sandbox.kernel import RunningKernel
from autograder.sandbox.protocol import (
    SHM_FOLDER,
    TMP_FOLDER,
    WORK_FOLDER,
    FileRefused,
    SandboxRequest,
    StudentProcessesRemain,
    run_mark,
)

START_SECONDS = 60.0
END_SECONDS = 5.0
FULL_BYTES = 1024 * 1024
MARK = "NBVERDICT_RUN"
KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SSL_CERT_FILE")


class UnprotectedWarning(UserWarning):
    """A kernel runs without any protection."""


class ProcessSandbox:
    """Kernels as child processes. Protects from nothing; see the module."""

    name = "process"

    def image_digest(self, image: str) -> str:
        """There are no images here: an empty text."""
        return ""

    @contextlib.contextmanager
    def open(self, request: SandboxRequest) -> Iterator[ProcessSession]:
        """Open a folder for one run and warn that nothing is protected."""
        warnings.warn(
            "the process sandbox does not protect this machine: run nothing in it that a student wrote",
            UnprotectedWarning,
            stacklevel=3,
        )
        if request.gpu is not None and not Path("/dev/nvidiactl").exists():
            raise GpuMissing("this machine has no NVIDIA device")
        with RunFolder() as folder:
            session = ProcessSession(folder, request)
            try:
                yield session
            finally:
                session.close()

    def remove_run(self, run_key: str) -> int:
        """End the processes of one run, whoever started them, and remove abandoned folders."""
        return end_marked(run_mark(run_key)) + len(sweep_folders())

    def sweep(self) -> int:
        """Remove abandoned folders. A kernel whose parent is gone ends by itself."""
        return len(sweep_folders())


class Places:
    """Where the paths of a sandbox are on this host: there is no file system of its own here."""

    def __init__(self, root: Path, request: SandboxRequest) -> None:
        self._moved = [(mount.inside, PurePosixPath(mount.host)) for mount in request.mounts]
        self._moved += [(WORK_FOLDER, PurePosixPath(root / "w")), (TMP_FOLDER, PurePosixPath(root / "t"))]
        self._moved += [(SHM_FOLDER, PurePosixPath(root / "t"))]
        self._moved.sort(key=lambda pair: len(pair[0].parts), reverse=True)

    def path(self, inside: PurePosixPath) -> PurePosixPath:
        """Return the host's path for a path of the sandbox; others stay as they are."""
        for prefix, host in self._moved:
            if inside.is_relative_to(prefix):
                return host / inside.relative_to(prefix)
        return inside

    def variable(self, value: str) -> str:
        """Return an environment variable's value with the sandbox's paths in it replaced."""
        parts = value.split(":")
        return ":".join(
            str(self.path(PurePosixPath(part))) if part.startswith("/") else part for part in parts
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildKernel:
    """A kernel's process and everything that carries its run's mark."""

    child: subprocess.Popen[bytes]
    mark: str
    work: Path

    def exit_code(self) -> int | None:
        """The exit status, or None while the process runs."""
        return self.child.poll()

    def death(self) -> RunOutcome:
        """Nothing but `kernel_died` can be known: there is no memory limit."""
        return RunOutcome.KERNEL_DIED

    def disk_full(self) -> bool:
        """Whether the host's own disk is full."""
        room = os.statvfs(self.work)
        return room.f_bavail * room.f_frsize < FULL_BYTES

    def interrupt(self) -> None:
        """Send SIGINT to the kernel's process group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGINT)

    def kill(self) -> None:
        """End the kernel's process group and every marked process."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGKILL)
        end_marked(self.mark)


class ProcessSession:
    """A folder on the host and one kernel at a time. Protects from nothing; see the module."""

    protects = False

    def __init__(self, folder: RunFolder, request: SandboxRequest) -> None:
        self._folder = folder
        self._request = request
        self._account = account_of(request.user)
        self._places = Places(folder.path, request)
        self._mark = f"{run_mark(request.run_key)}-{secrets.token_hex(4)}"
        self._started = monotonic()
        self._before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self._kernels: list[tuple[ChildKernel, RunningKernel]] = []
        self._work = Path(self._places.path(WORK_FOLDER))
        self.work_folder = PurePosixPath(self._work)
        self._fill()
        self._account.given(folder.path, self._work, folder.path / "t")

    def start_kernel(self) -> RunningKernel:
        """End the run's other processes and start a kernel in the same work folder."""
        self.stop_processes()
        number = len(self._kernels) + 1
        seen = PurePosixPath(self._folder.connections / str(number))
        connection = self._folder.new_connection(number, seen)
        process = ChildKernel(child=self._launch(connection, number), mark=self._mark, work=self._work)
        try:
            connection.wait_and_lock(lambda: process.exit_code() is None, START_SECONDS)
        except SandboxUnavailable as error:
            process.kill()
            process.child.wait()
            raise SandboxUnavailable(
                f"{error} (exit status {process.exit_code()})",
                hint="Is ipykernel installed beside this program? Try `autograder doctor --sandbox process`.",
            ) from error
        kernel = RunningKernel(process, connection.info, self._request.limits)
        self._kernels.append((process, kernel))
        return kernel

    def stop_processes(self) -> None:
        """End the kernels and every process that inherited their environment."""
        for process, _ in self._kernels:
            if process.exit_code() is None:
                process.kill()
                process.child.wait()
        deadline = monotonic() + END_SECONDS
        while remaining := end_marked(self._mark):
            if monotonic() > deadline:
                raise StudentProcessesRemain(f"{remaining} processes cannot be ended")
            sleep(0.01)

    def read_file(self, path: PurePosixPath, *, at_most: int) -> bytes:
        """Return a regular file's bytes; no link on its path is followed."""
        if path.is_absolute() or ".." in path.parts or not path.parts:
            raise FileRefused(f"{path} is not below the work folder")
        with contextlib.ExitStack() as stack:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
            try:
                at = os.open(self._work, flags | os.O_DIRECTORY)
                stack.callback(os.close, at)
                for part in path.parts[:-1]:
                    at = os.open(part, flags | os.O_DIRECTORY, dir_fd=at)
                    stack.callback(os.close, at)
                descriptor = os.open(path.name, flags, dir_fd=at)
                stack.callback(os.close, descriptor)
            except OSError as error:
                raise FileRefused(f"{path} cannot be read: {error.strerror}") from error
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise FileRefused(f"{path} is not a regular file")
            with os.fdopen(os.dup(descriptor), "rb") as stream:
                data = stream.read(at_most + 1)
        if len(data) > at_most:
            raise FileRefused(f"{path} has more than {at_most} bytes")
        return data

    def usage(self) -> Usage:
        """End the student's processes and return seconds, and their processor time and memory."""
        with contextlib.suppress(StudentProcessesRemain):  # what resists is not counted
            self.stop_processes()
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        wall = monotonic() - self._started
        return Usage(
            wall_seconds=wall,
            cpu_seconds=now.ru_utime + now.ru_stime - self._before.ru_utime - self._before.ru_stime,
            memory_bytes=now.ru_maxrss * 1024 if self._kernels else 0,
            output_bytes=sum(kernel.guard.received_bytes for _, kernel in self._kernels),
            gpu_seconds=wall if self._request.gpu is not None else 0.0,
        )

    def close(self) -> None:
        """End everything and close the connections."""
        try:
            self.stop_processes()
        except StudentProcessesRemain as error:
            warnings.warn(f"processes are left behind: {error}", UnprotectedWarning, stacklevel=2)
        finally:
            for _, kernel in self._kernels:
                kernel.close()

    def _fill(self) -> None:
        for inside in (WORK_FOLDER, TMP_FOLDER / "home"):
            Path(self._places.path(inside)).mkdir(parents=True)
        for path, data in self._request.files:
            place = self._work / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        for inside, target in self._request.links:
            place = Path(self._places.path(inside))
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(self._places.path(target))

    def _launch(self, connection: ConnectionFolder, number: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-P", "-m", "ipykernel_launcher", "-f", str(connection.file)]
        return self._account.start(
            [*command, "--HistoryManager.hist_file=:memory:"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env=self._environment(number),
            start_new_session=True,
        )

    def _environment(self, number: int) -> Mapping[str, str]:
        tmp = self._places.path(TMP_FOLDER)
        gpu = self._request.gpu
        own = {
            "HOME": str(tmp / "home"),
            "TMPDIR": str(tmp),
            "IPYTHONDIR": str(tmp / f"ipython-{number}-{secrets.token_hex(4)}"),
            "PYTHONNOUSERSITE": "1",
            # The kernel ends when this process does, also when this one is killed.
            "JPY_PARENT_PID": str(os.getpid()),
            MARK: self._mark,
        }
        devices = {"CUDA_VISIBLE_DEVICES": "-1"}
        if gpu is not None:
            devices = {"TF_FORCE_GPU_ALLOW_GROWTH": "true"}
            if gpu.devices:
                devices["CUDA_VISIBLE_DEVICES"] = ",".join(gpu.devices)
        given = {name: self._places.variable(value) for name, value in self._request.environment.items()}
        kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        return {**kept, **devices, **given, **own}


def end_marked(mark: str) -> int:
    """Kill the processes that carry this run's mark in their environment; return how many there were."""
    needle = f"\0{MARK}={mark}".encode()
    found = 0
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if needle in b"\0" + (entry / "environ").read_bytes():
                found += 1
                os.kill(int(entry.name), signal.SIGKILL)
    return found
