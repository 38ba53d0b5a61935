"""The account that kernels of the process sandbox run under, where they are not to have this program's own.

It keeps files apart: a kernel under another account reads nothing that is closed to others, and cannot touch
this program. It limits neither network, memory nor processes, and what is open to everybody stays open.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.errors import SandboxUnavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Numbers of a user and its group; None for the account of this program."""

    uid: int | None = None
    gid: int | None = None

    def start(self, command: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
        """Start a program under this account, with other options of `subprocess.Popen`.

        Raises SandboxUnavailable where the account may not run it.
        """
        if self.uid is None:
            return subprocess.Popen(command, **options)
        try:
            return subprocess.Popen(command, user=self.uid, group=self.gid, extra_groups=(), **options)
        except PermissionError:
            raise SandboxUnavailable(
                f"the user of the kernels, number {self.uid}, may not run {command[0]}",
                hint="A Python in a closed home folder serves its owner only; use one of the system.",
            ) from None

    def given(self, run: Path, *owned: Path) -> None:
        """Give folders below the run's folder to this account, before any of its code runs."""
        if self.uid is None or self.gid is None:
            return
        run.chmod(0o711)
        for folder in owned:
            for root, folders, files in os.walk(folder):
                for name in (".", *folders, *files):
                    os.chown(Path(root, name), self.uid, self.gid, follow_symlinks=False)


def account_of(user: str) -> Account:
    """The account with this name; the own one for an empty name. Raises SandboxUnavailable."""
    if not user:
        return Account()
    try:
        found = pwd.getpwnam(user)
    except KeyError:
        raise SandboxUnavailable(
            f"there is no user {user!r} for kernels to run under", hint="Make it, or correct `sandbox.user`."
        ) from None
    if found.pw_uid == 0 or os.geteuid() != 0:
        why = "is the administrator" if found.pw_uid == 0 else "cannot be taken on without being root"
        raise SandboxUnavailable(
            f"the user {user!r}, for kernels to run under, {why}", hint="Correct `sandbox.user`."
        )
    return Account(uid=found.pw_uid, gid=found.pw_gid)
