"""Kernels of the process sandbox under another account: what is closed to others stays closed to them."""

from __future__ import annotations

import os
import sys
from pathlib import Path, PurePosixPath
from subprocess import PIPE

import pytest

from autograder.errors import SandboxUnavailable
from autograder.sandbox.account import Account, account_of
from autograder.sandbox.process import ProcessSandbox
from autograder.sandbox.promises.bench import Talk
from autograder.sandbox.protocol import SandboxRequest


def open_to_everybody() -> bool:
    """Whether another account may run this Python: every folder on the way to it lets others pass."""
    real = Path(sys.executable).resolve()
    ways = {*Path(sys.executable).absolute().parents, *real.parents}
    return all(way.stat().st_mode & 0o001 for way in ways)


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can take on another account")
LOOK = """
import os, pathlib
def tried(what):
    try:
        return str(what())
    except OSError as error:
        return type(error).__name__
print(os.getuid(), os.getgroups(), tried(lambda: pathlib.Path({secret!r}).read_text()),
      tried(lambda: os.kill({pid}, 0)), pathlib.Path("given.txt").read_text(),
      tried(lambda: pathlib.Path("made.txt").write_text("made")))
"""


def test_without_a_name_nothing_changes() -> None:
    assert account_of("") == Account()
    with Account().start([sys.executable, "-c", "import os; print(os.getuid())"], stdout=PIPE) as child:
        assert child.communicate()[0] == f"{os.getuid()}\n".encode()


def test_a_user_that_is_not_there_is_refused() -> None:
    with pytest.raises(SandboxUnavailable, match="no user 'nobody-at-all'"):
        account_of("nobody-at-all")


def test_root_is_no_account_for_kernels() -> None:
    with pytest.raises(SandboxUnavailable, match="'root'"):
        account_of("root")


@as_root
def test_a_python_in_a_closed_folder_is_said_to_be_one(tmp_path: Path) -> None:
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    python = closed / "python"
    python.symlink_to(sys.executable)
    with pytest.raises(SandboxUnavailable, match=f"may not run {python}"):
        account_of("nobody").start([str(python), "-c", ""])


@as_root
@pytest.mark.skipif(not open_to_everybody(), reason="this Python lies in a closed folder")
@pytest.mark.filterwarnings("ignore::autograder.sandbox.process.UnprotectedWarning")
def test_a_kernel_under_another_account_reads_nothing_closed_and_reaches_nobody(tmp_path: Path) -> None:
    secret = tmp_path / "hidden.txt"
    secret.write_text("hidden")
    secret.chmod(0o600)
    request = SandboxRequest(
        image="", run_key="account", user="nobody", files=((PurePosixPath("given.txt"), b"given"),)
    )
    with ProcessSandbox().open(request) as session, Talk(session, session.start_kernel()) as talk:
        said = talk.cell(LOOK.format(secret=str(secret), pid=os.getpid()))
    uid = account_of("nobody").uid
    assert said.text.split() == [str(uid), "[]", "PermissionError", "PermissionError", "given", "4"]
