"""Kernels of the process sandbox under another account: what is closed to others stays closed to them."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import pytest

from autograder.errors import SandboxUnavailable
from autograder.sandbox.account import Account, account_of
from autograder.sandbox.process import ProcessSandbox
from autograder.sandbox.promises.bench import Talk
from autograder.sandbox.protocol import SandboxRequest

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
    assert account_of("") == Account() and Account().child_options() == {}


def test_a_user_that_is_not_there_is_refused() -> None:
    with pytest.raises(SandboxUnavailable, match="no user 'nobody-at-all'"):
        account_of("nobody-at-all")


def test_root_is_no_account_for_kernels() -> None:
    with pytest.raises(SandboxUnavailable, match="'root'"):
        account_of("root")


@as_root
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
