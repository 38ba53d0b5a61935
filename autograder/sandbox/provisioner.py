"""What makes jupyter_client believe it manages a kernel that a sandbox session started.

The provisioner attaches: it starts nothing and removes nothing, the session does. The manager has no
control socket (nobody would read what the kernel sends there) and never restarts a kernel.
"""

from __future__ import annotations

import asyncio
import signal
from typing import Any, Protocol

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase

from autograder.sandbox.client import GuardedClient
from autograder.sandbox.protocol import ConnectionInfo

POLL_SECONDS = 0.05


class Attached(Protocol):
    """The running kernel a provisioner is attached to."""

    def exit_code(self) -> int | None:
        """The exit status, or None while it runs."""

    def interrupt(self) -> None:
        """Send SIGINT."""

    def kill(self) -> None:
        """Send SIGKILL."""


class AttachedProvisioner(KernelProvisionerBase):
    """Speaks for a kernel that runs already. All methods may be called again and again."""

    def __init__(self, *, attached: Attached, connection: ConnectionInfo, **traits: Any) -> None:
        super().__init__(**traits)
        self._attached = attached
        self._gone = False
        self.connection_info = {
            "transport": connection.transport,
            "ip": connection.ip,
            "shell_port": connection.shell_port,
            "iopub_port": connection.iopub_port,
            "stdin_port": connection.stdin_port,
            "control_port": connection.control_port,
            "hb_port": connection.hb_port,
            "key": connection.key.decode(),
            "signature_scheme": "hmac-sha256",
        }

    @property
    def has_process(self) -> bool:
        """Whether there is a kernel to speak for."""
        return not self._gone

    async def poll(self) -> int | None:
        """Return the exit status, or None while the kernel runs."""
        return await asyncio.to_thread(self._attached.exit_code)

    async def wait(self) -> int | None:
        """Return when the kernel has ended."""
        while (code := await self.poll()) is None:
            await asyncio.sleep(POLL_SECONDS)
        return code

    async def send_signal(self, signum: int) -> None:
        """Interrupt for SIGINT, kill for everything else: a container's kernel knows no third way."""
        await asyncio.to_thread(self._attached.interrupt if signum == signal.SIGINT else self._attached.kill)

    async def kill(self, restart: bool = False) -> None:
        """End the kernel at once."""
        await asyncio.to_thread(self._attached.kill)

    async def terminate(self, restart: bool = False) -> None:
        """End the kernel at once: code of a student gets no time to clean up."""
        await self.kill(restart)

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Nothing is launched."""
        return {**kwargs, "cmd": []}

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Return where the running kernel is."""
        return self.connection_info

    async def cleanup(self, restart: bool = False) -> None:
        """Forget the kernel; the session removes it."""
        self._gone = True


class AttachedKernelManager(AsyncKernelManager):
    """Manages a kernel through its provisioner, so that stock nbclient can drive it."""

    def __init__(self, *, provisioner: AttachedProvisioner, **traits: Any) -> None:
        super().__init__(**traits)
        self.provisioner = provisioner
        self.guarded: GuardedClient | None = None
        self._kernel_spec = KernelSpec(
            argv=["python"], display_name="Python 3", language="python", interrupt_mode="signal"
        )

    def client(self, **_: object) -> GuardedClient:  # type: ignore[override]
        """Return the session's client: there is only the guarded one."""
        if self.guarded is None:
            raise RuntimeError("the manager has no client yet")
        return self.guarded

    def _connect_control_socket(self) -> None:
        """No control socket: what a kernel sends there would pile up unread."""

    async def _async_request_shutdown(self, restart: bool = False) -> None:
        """Asking politely needs a control socket; `terminate` follows."""

    request_shutdown = _async_request_shutdown
