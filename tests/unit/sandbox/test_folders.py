"""A run's folder is private, short, locked while its process lives, and gone afterwards."""

from __future__ import annotations

import fcntl
import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from autograder.errors import SandboxUnavailable
from autograder.sandbox.folders import ConnectionFolder, RunFolder, sweep_folders


@pytest.fixture
def base() -> Iterator[Path]:
    # pytest's own folders are too long for the paths of sockets.
    with tempfile.TemporaryDirectory(prefix="b-") as name:
        yield Path(name)


def make_sockets(connection: ConnectionFolder, number: int = 5) -> list[socket.socket]:
    made = []
    for port in range(1, number + 1):
        server = socket.socket(socket.AF_UNIX)
        server.bind(f"{connection.info.ip}-{port}")
        made.append(server)
    return made


def test_a_runs_folder_is_its_owners_alone_and_gone_at_the_end(base: Path) -> None:
    with RunFolder(base) as folder:
        assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert list(base.iterdir()) == []


def test_files_and_links_are_staged_for_any_reader(base: Path) -> None:
    old = os.umask(0o077)
    try:
        with RunFolder(base) as folder:
            folder.stage(
                [(PurePosixPath("a/b.txt"), b"bytes")],
                [(PurePosixPath("/tmp/cache/x"), PurePosixPath("/assets/x"))],
            )
            staged = folder.incoming / "work" / "a" / "b.txt"
            assert staged.read_bytes() == b"bytes"
            assert stat.S_IMODE(staged.stat().st_mode) == 0o644
            assert stat.S_IMODE(staged.parent.stat().st_mode) == 0o755
            assert (folder.incoming / "tmp" / "cache" / "x").readlink() == Path("/assets/x")
    finally:
        os.umask(old)


def test_a_connection_folder_is_locked_once_all_sockets_exist(base: Path) -> None:
    with RunFolder(base) as folder:
        connection = folder.new_connection(1, PurePosixPath("/conn/1"))
        assert stat.S_IMODE(connection.path.stat().st_mode) == 0o777
        maker = threading.Timer(0.05, make_sockets, [connection])
        maker.start()
        connection.wait_and_lock(lambda: True, 5)
        maker.join()
        assert stat.S_IMODE(connection.path.stat().st_mode) == 0o555


def test_a_kernel_that_makes_too_few_sockets_is_given_up(base: Path) -> None:
    with RunFolder(base) as folder:
        connection = folder.new_connection(1, PurePosixPath("/conn/1"))
        made = make_sockets(connection, 4)
        with pytest.raises(SandboxUnavailable, match="no sockets within"):
            connection.wait_and_lock(lambda: True, 0.05)
        for server in made:
            server.close()


def test_a_kernel_that_ends_is_not_waited_for(base: Path) -> None:
    with RunFolder(base) as folder, pytest.raises(SandboxUnavailable, match="ended before"):
        folder.new_connection(1, PurePosixPath("/conn/1")).wait_and_lock(lambda: False, 60)


def test_two_kernels_have_two_folders_and_two_keys(base: Path) -> None:
    with RunFolder(base) as folder:
        first, second = (folder.new_connection(n, PurePosixPath(f"/conn/{n}")).info for n in (1, 2))
        assert first.ip != second.ip and first.key != second.key


def test_a_path_too_long_for_a_socket_is_refused_with_a_hint(base: Path) -> None:
    long = base / ("x" * 90)
    long.mkdir()
    with RunFolder(long) as folder, pytest.raises(SandboxUnavailable, match="too long") as raised:
        folder.new_connection(1, PurePosixPath("/conn/1"))
    assert "TMPDIR" in raised.value.hint


def test_a_living_runs_folder_is_not_swept(base: Path) -> None:
    with RunFolder(base) as folder:
        assert sweep_folders(base) == ()
        assert folder.path.exists()


def test_the_folder_of_a_killed_process_is_swept(base: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from autograder.sandbox.folders import RunFolder\n"
        "folder = RunFolder(Path(sys.argv[1])); folder.stage([], []); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(base)], check=False)
    (left,) = base.iterdir()
    assert sweep_folders(base) == (left,)
    assert not left.exists()


def test_what_is_not_a_runs_folder_is_not_swept(base: Path) -> None:
    (base / "nbv-without-lock").mkdir()
    (base / "other").mkdir()
    (base / "other" / "lock").touch()
    (base / "nbv-link").symlink_to(base / "other")
    assert sweep_folders(base) == ()


def test_a_folder_whose_lock_is_held_elsewhere_is_not_swept(base: Path) -> None:
    folder = base / "nbv-held"
    folder.mkdir()
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert sweep_folders(base) == ()


def test_a_locked_connection_folder_is_removed_all_the_same(base: Path) -> None:
    with RunFolder(base) as folder:
        connection = folder.new_connection(1, PurePosixPath("/conn/1"))
        made = make_sockets(connection)
        connection.wait_and_lock(lambda: True, 5)
        for server in made:
            server.close()
    assert list(base.iterdir()) == []
