"""One running kernel, the same for every backend: guard, client, manager, and how it ended."""

from __future__ import annotations

import threading
from typing import Protocol

from autograder.model.assignment import Limits
from autograder.model.execution import RunOutcome
from autograder.sandbox.client import GuardedClient
from autograder.sandbox.guard import Guard
from autograder.sandbox.protocol import ConnectionInfo
from autograder.sandbox.provisioner import AttachedKernelManager, AttachedProvisioner


class KernelProcess(Protocol):
    """What a backend knows about the process of a kernel it started."""

    def exit_code(self) -> int | None:
        """The exit status, or None while the process runs."""

    def death(self) -> RunOutcome:
        """What ended the process; only asked when it has ended."""

    def disk_full(self) -> bool:
        """Whether a writable folder has no room left."""

    def interrupt(self) -> None:
        """Send SIGINT to the student's processes."""

    def kill(self) -> None:
        """End the student's processes."""


class RunningKernel:
    """A `KernelSession`. Made by a session once the kernel's sockets exist."""

    def __init__(self, process: KernelProcess, connection: ConnectionInfo, limits: Limits) -> None:
        self._process = process
        self._killers: list[threading.Thread] = []
        self.connection = connection
        self.guard = Guard(limits, connection.key)
        self.manager = AttachedKernelManager(
            provisioner=AttachedProvisioner(attached=process, connection=connection)
        )
        self.client = GuardedClient(
            guard=self.guard,
            life=self,
            connection=connection,
            largest=limits.message_bytes,
            parent=self.manager,
        )
        self.manager.guarded = self.client
        self.client.start_channels()
        self.guard.on_stop(self._kill_soon)

    def alive(self) -> bool:
        """Whether the kernel's process still runs."""
        return self._process.exit_code() is None

    def death(self) -> RunOutcome:
        """Say what ended the kernel: a kill together with a memory limit that was hit, or itself."""
        return self._process.death()

    def disk_full(self) -> bool:
        """Whether a writable folder has no room left."""
        return self._process.disk_full()

    def interrupt(self) -> None:
        """Send SIGINT to the student's processes."""
        self._process.interrupt()

    def kill(self) -> None:
        """End the student's processes."""
        self._process.kill()

    def close(self) -> None:
        """Close the connections; the process is the session's business."""
        self.client.stop_channels()
        for killer in self._killers:
            killer.join(timeout=30)

    def _kill_soon(self) -> None:
        """End a kernel whose output broke a limit, without holding up the thread that noticed it."""
        killer = threading.Thread(target=self._process.kill, name="kill a kernel", daemon=True)
        self._killers.append(killer)
        killer.start()
