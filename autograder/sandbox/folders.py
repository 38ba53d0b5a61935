"""The folder a sandbox has on this host: what goes in, and a sub-folder of sockets for each kernel.

A run's folder is short (a Unix socket's path has at most 107 bytes), readable by its owner alone, and
holds a lock for as long as the process lives that made it, so that `sweep` can tell an abandoned one.
A connection folder is writable for the kernel only until its sockets exist; no student code runs then.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from time import monotonic, sleep
from types import TracebackType

from autograder.errors import SandboxUnavailable
from autograder.sandbox.protocol import IPC_PATH_LIMIT, TMP_FOLDER, ConnectionInfo

PREFIX = "nbv-"
LOCK = "lock"
SOCKETS = 5
POLL_SECONDS = 0.005


class RunFolder:
    """A run's folder on the host, removed when its `with` block ends."""

    def __init__(self, base: Path | None = None) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base or short_base()))
        # Locked before it has its name: a sweep elsewhere never sees it unlocked while we live.
        unnamed = self.path / f".{LOCK}"
        self._lock = os.open(unnamed, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        unnamed.rename(self.path / LOCK)
        self.connections = self.path / "c"
        self.connections.mkdir(mode=0o755)
        self.connections.chmod(0o755)
        self.incoming = self.path / "in"

    def __enter__(self) -> RunFolder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def remove(self) -> None:
        """Remove the folder. Safe to call twice."""
        remove_tree(self.path)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def stage(
        self,
        files: Sequence[tuple[PurePosixPath, bytes]],
        links: Sequence[tuple[PurePosixPath, PurePosixPath]],
    ) -> None:
        """Write what the sandbox's owner copies in: `in/work` for the work folder, `in/tmp` for `/tmp`."""
        work, tmp = self.incoming / "work", self.incoming / "tmp"
        for folder in (work, tmp):
            folder.mkdir(parents=True)
        for path, data in files:
            place = work / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        for inside, target in links:
            place = tmp / inside.relative_to(TMP_FOLDER)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(target)
        open_for_reading(self.incoming)

    def new_connection(self, number: int, seen_from_kernel: PurePosixPath) -> ConnectionFolder:
        """Make the folder of the kernel with this number; the kernel sees it at `seen_from_kernel`."""
        folder = self.connections / str(number)
        folder.mkdir()
        info = ConnectionInfo(ip=str(folder / "k"), key=secrets.token_hex(32).encode())
        longest = len(os.fsencode(info.url("shell").removeprefix("ipc://")))
        if longest > IPC_PATH_LIMIT:
            raise SandboxUnavailable(
                f"{folder} is too long for a socket: {longest} bytes, {IPC_PATH_LIMIT} are possible",
                hint="Set TMPDIR to a folder with a short path.",
            )
        connection = ConnectionFolder(path=folder, info=info)
        connection.write(seen_from_kernel / "k")
        return connection


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionFolder:
    """Where one kernel puts its sockets."""

    path: Path
    info: ConnectionInfo

    @property
    def file(self) -> Path:
        """The connection file that the kernel is started with."""
        return self.path / "kernel.json"

    def write(self, ip: PurePosixPath) -> None:
        """Write the connection file for a kernel that sees its folder elsewhere, and let it make sockets."""
        info = self.info
        self.file.write_text(
            json.dumps(
                {
                    "transport": info.transport,
                    "ip": str(ip),
                    "shell_port": info.shell_port,
                    "iopub_port": info.iopub_port,
                    "stdin_port": info.stdin_port,
                    "control_port": info.control_port,
                    "hb_port": info.hb_port,
                    "key": info.key.decode(),
                    "signature_scheme": "hmac-sha256",
                }
            )
        )
        self.file.chmod(0o644)
        self.path.chmod(0o777)

    def wait_and_lock(self, alive: Callable[[], bool], seconds: float) -> None:
        """Wait until the kernel's sockets exist, then let nobody add or remove anything here.

        Raises `SandboxUnavailable` if the kernel ends or `seconds` pass before that.
        """
        deadline = monotonic() + seconds
        polls = 0
        while self._sockets() < SOCKETS:
            polls += 1
            if polls % 40 == 0 and not alive():
                raise SandboxUnavailable("the kernel ended before it could be reached")
            if monotonic() > deadline:
                raise SandboxUnavailable(f"the kernel made no sockets within {seconds:g} seconds")
            sleep(POLL_SECONDS)
        self.path.chmod(0o555)

    def _sockets(self) -> int:
        return sum(
            1 for entry in os.scandir(self.path) if stat.S_ISSOCK(entry.stat(follow_symlinks=False).st_mode)
        )


def short_base() -> Path:
    """Return the folder for temporary files, or `/tmp` if its path would be too long for sockets."""
    base = Path(tempfile.gettempdir())
    return base if len(os.fsencode(base)) <= 60 else Path(TMP_FOLDER)


def open_for_reading(folder: Path) -> None:
    """Let every user read what is below this folder, whatever the umask was. Links are left alone."""
    folder.chmod(0o755)
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            open_for_reading(Path(entry.path))
        elif not entry.is_symlink():
            Path(entry.path).chmod(0o644)


def remove_tree(folder: Path) -> None:
    """Remove a folder with what a kernel may have left in it. Nothing is followed out of it."""
    for root, folders, _ in os.walk(folder):
        for name in folders:
            inner = Path(root, name)
            if not inner.is_symlink():
                with contextlib.suppress(OSError):
                    inner.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def sweep_folders(base: Path | None = None) -> tuple[Path, ...]:
    """Remove run folders whose process is gone; return them. Others' folders are not touched."""
    removed = []
    for folder in (base or short_base()).glob(f"{PREFIX}*"):
        try:
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            lock = os.open(folder / LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            continue
        else:
            remove_tree(folder)
            removed.append(folder)
        finally:
            os.close(lock)
    return tuple(removed)
