"""One container with a student's kernels in it, from the first kernel to the last file read out."""

from __future__ import annotations

import io
import secrets
import tarfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from time import monotonic

from autograder.errors import SandboxUnavailable
from autograder.model.execution import RunOutcome, Usage
from autograder.sandbox.docker import cgroups
from autograder.sandbox.docker.engine import CommandFailed, ContainerGone, Engine, EngineSlow
from autograder.sandbox.docker.leash import held_up, let_go
from autograder.sandbox.docker.options import (
    CONNECTIONS,
    END_ALL,
    FILES_DO_NOT_FIT,
    INTERRUPT_ALL,
    kernel_exec,
)
from autograder.sandbox.folders import RunFolder
from autograder.sandbox.kernel import RunningKernel
from autograder.sandbox.protocol import (
    WORK_FOLDER,
    WRITABLE_FOLDERS,
    FileRefused,
    SandboxRequest,
    StudentProcessesRemain,
)

START_SECONDS = 120.0
END_SECONDS = 10.0
COMMAND_SECONDS = 10.0
READ_SECONDS = 60.0
TAR_BYTES = 32 * 1024
FULL_BYTES = 64 * 1024
KILLED = 137


class ContainerKernel:
    """A kernel's process in a container."""

    def __init__(self, session: DockerSession, exec_id: str, oom_kills: int) -> None:
        self._session = session
        self._exec = exec_id
        self._oom_kills = oom_kills
        self._code: int | None = None

    def exit_code(self) -> int | None:
        """The exit status, or None while the process runs. A container that is gone counts as killed."""
        if self._code is None:
            try:
                self._code = self._session.engine.exec_code(self._exec)
            except CommandFailed:
                self._code = KILLED
            except EngineSlow:
                if not self._session.ended_if_held_up():
                    raise
                self._code = KILLED
        return self._code

    def death(self) -> RunOutcome:
        """Say what ended the process. Out of memory needs a kill and a grown count of the limit's kills."""
        if self.exit_code() != KILLED:
            return RunOutcome.KERNEL_DIED
        if (whole := self._session.container_death()) is not None:
            return whole
        if self._session.counters().oom_kills > self._oom_kills:
            return RunOutcome.OUT_OF_MEMORY
        return RunOutcome.KERNEL_DIED

    def disk_full(self) -> bool:
        """Whether a writable folder has no room left."""
        return self._session.disk_full()

    def interrupt(self) -> None:
        """Send SIGINT to every process of the student."""
        self._session.try_command(["/bin/sh", "-c", INTERRUPT_ALL])

    def kill(self) -> None:
        """End every process of the student; if some resist, end the container's life."""
        if self.exit_code() is not None:
            return
        try:
            self._session.stop_processes()
        except (StudentProcessesRemain, SandboxUnavailable):
            self._session.end_container()


class DockerSession:
    """A running container. `close` ends the connections; removing the container is the sandbox's part."""

    protects = True
    work_folder = WORK_FOLDER

    def __init__(self, engine: Engine, container: str, folder: RunFolder, request: SandboxRequest) -> None:
        self.engine = engine
        self._container = container
        self._folder = folder
        self._request = request
        self._kernels: list[RunningKernel] = []
        self._counter_files: dict[str, Path] | None = None
        self._ended_by_us = False
        self._started = monotonic()

    def start_kernel(self) -> RunningKernel:
        """End every other process of the student and start a kernel in the same work folder."""
        first = not self._kernels
        if not first:
            # Before the new connection folder is writable: nothing of the earlier kernel may reach it.
            self.stop_processes()
            self._kernels[-1].client.stop_channels()
        number = len(self._kernels) + 1
        connection = self._folder.new_connection(number, CONNECTIONS / str(number))
        oom_kills = 0 if first else self.counters().oom_kills
        arguments = kernel_exec(number, secrets.token_hex(8), fill=first)
        process = ContainerKernel(self, self.engine.exec_started(self._container, arguments), oom_kills)
        try:
            connection.wait_and_lock(lambda: process.exit_code() is None, START_SECONDS)
        except SandboxUnavailable as error:
            if process.exit_code() == FILES_DO_NOT_FIT:
                raise SandboxUnavailable("the submission's files do not fit into the work folder") from error
            raise SandboxUnavailable(f"{error} (exit status {process.exit_code()})") from error
        if first:  # while the engine surely answers
            self._counter_files = self._find_counters()
        kernel = RunningKernel(process, connection.info, self._request.limits)
        self._kernels.append(kernel)
        return kernel

    def stop_processes(self) -> None:
        """End every process but the keeper. Raises `StudentProcessesRemain` if some resist or resisted."""
        if self._ended_by_us:
            raise StudentProcessesRemain("the student's processes resisted, and the sandbox was ended")
        self._insist(
            lambda: self.engine.run(self._container, ["/bin/sh", "-c", END_ALL], seconds=END_SECONDS).code
        )

    def read_file(self, path: PurePosixPath, *, at_most: int) -> bytes:
        """Return a regular file's bytes, read through the image's own tar as the student's user."""
        if path.is_absolute() or ".." in path.parts or not path.parts:
            raise FileRefused(f"{path} is not below the work folder")
        name = f"./{path}"
        command = ["/bin/tar", "-C", str(WORK_FOLDER), "-cf", "-", "--format=pax", "--hard-dereference"]
        try:
            finished = self.engine.run(
                self._container,
                [*command, "--no-recursion", "--", name],
                seconds=READ_SECONDS,
                at_most=at_most + TAR_BYTES,
            )
        except CommandFailed as error:
            raise FileRefused(f"{path} cannot be read: {error}") from error
        if finished.code != 0:
            raise FileRefused(f"{path} is absent or cannot be read")
        return only_file(finished.output, name, at_most=at_most)

    def usage(self) -> Usage:
        """Return what the container used so far."""
        counted = self.counters()
        wall = monotonic() - self._started
        return Usage(
            wall_seconds=wall,
            cpu_seconds=counted.cpu_seconds,
            memory_bytes=counted.peak_bytes,
            output_bytes=sum(kernel.guard.received_bytes for kernel in self._kernels),
            gpu_seconds=wall if self._request.gpu is not None else 0.0,
        )

    def disk_full(self) -> bool:
        """Whether one of the writable folders has no room left, in bytes or in files."""
        command = ["/bin/df", "--output=avail,iavail", "-B1", *map(str, WRITABLE_FOLDERS)]
        printed = self.try_command(command)
        rooms = [line.split() for line in printed.splitlines()[1:]]
        return any(
            len(room) == 2
            and all(map(str.isdecimal, room))
            and (int(room[0]) < FULL_BYTES or int(room[1]) < 1)
            for room in rooms
        )

    def counters(self) -> cgroups.Counters:
        """Return the host's counters, read on the host or, where that cannot be, from inside."""
        if self._counter_files is not None and (texts := cgroups.read(self._counter_files)):
            return cgroups.counters(texts)
        return cgroups.counters(cgroups.split(self.try_command(["/bin/sh", "-c", cgroups.script()])))

    def try_command(self, command: list[str]) -> str:
        """Run a command inside and return what it printed; nothing if it could not run."""
        try:
            finished = self.engine.run(self._container, command, seconds=COMMAND_SECONDS)
        except CommandFailed:
            self.ended_if_held_up()
            return ""
        return finished.output.decode("utf-8", "replace")

    def end_container(self) -> None:
        """End every process of the container by removing it: nothing in it can be read any more."""
        self._ended_by_us = True
        let_go(self._folder.connections)
        self.engine.remove(self._container)

    def ended_if_held_up(self) -> bool:
        """End the container if the student's code keeps the engine from answering about it."""
        if not self._ended_by_us and held_up(self._container):
            self.end_container()
        return self._ended_by_us

    def container_death(self) -> RunOutcome | None:
        """Say what ended the whole container, or None if it runs. Its keeper is no student's to end."""
        state = self.engine.state(self._container)
        if state.get("Running"):
            return None
        if self._ended_by_us:
            return RunOutcome.KERNEL_DIED
        return RunOutcome.OUT_OF_MEMORY if state.get("OOMKilled") else RunOutcome.SANDBOX_FAILED

    def close(self) -> None:
        """Close the connections to all kernels."""
        for kernel in self._kernels:
            kernel.close()

    def _insist(self, attempt: Callable[[], int]) -> None:
        """Repeat until the attempt succeeds or the deadline passes: the first one may be shot at itself."""
        deadline = monotonic() + END_SECONDS
        why = ""
        while monotonic() < deadline:
            try:
                if (code := attempt()) == 0:
                    return
                why = f"exit status {code}"
            except ContainerGone as error:
                raise SandboxUnavailable("the container is gone") from error
            except CommandFailed as error:
                why = str(error)
                if self.ended_if_held_up():
                    break
        raise StudentProcessesRemain(f"the student's processes cannot be ended: {why}")

    def _find_counters(self) -> dict[str, Path] | None:
        try:
            cgroup = Path(f"/proc/{self.engine.state(self._container).get('Pid', 0)}/cgroup").read_text()
        except OSError:
            return None
        return cgroups.files_on_host(cgroup, self._container)


def only_file(archive: bytes, name: str, *, at_most: int) -> bytes:
    """Return the bytes of the one regular file in an archive; raises `FileRefused` for anything else."""
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
            members = tar.getmembers()
            if len(members) != 1 or (members[0].name != name.removeprefix("./") and members[0].name != name):
                raise FileRefused(f"{name} came with something else")
            member = members[0]
            if not member.isreg() or member.issparse():
                raise FileRefused(f"{name} is not a regular file")
            if member.size > at_most:
                raise FileRefused(f"{name} has more than {at_most} bytes")
            stream = tar.extractfile(member)
            assert stream is not None
            return stream.read()
    except (tarfile.TarError, ValueError, OverflowError, EOFError) as error:
        raise FileRefused(f"{name} cannot be read") from error
