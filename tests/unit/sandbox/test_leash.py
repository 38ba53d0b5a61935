"""The keeper of a container ends when its leash is let go, and not before."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from autograder.sandbox.docker.leash import held_up, keeper_command, let_go, make_leash


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    make_leash(tmp_path)
    command = f"echo up; {keeper_command(30, PurePosixPath(tmp_path))}"
    with subprocess.Popen(["/bin/sh", "-c", command], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"up\n"
        yield process
        process.kill()


def test_a_keeper_ends_when_it_is_let_go(keeper: subprocess.Popen[bytes], tmp_path: Path) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        keeper.wait(0.3)
    let_go(tmp_path)
    keeper.wait(10)


def test_letting_go_where_nobody_waits_does_nothing(tmp_path: Path) -> None:
    let_go(tmp_path)
    make_leash(tmp_path)
    let_go(tmp_path)
    let_go(tmp_path / "gone")


def test_a_keeper_without_a_leash_keeps_its_time(tmp_path: Path) -> None:
    command = keeper_command(1, PurePosixPath(tmp_path))
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run(["/bin/sh", "-c", command], timeout=0.5, check=False, stderr=subprocess.DEVNULL)


@pytest.mark.parametrize(("state", "held"), [("T", True), ("t", True), ("S", False), ("Z", False)])
def test_a_stopped_process_of_the_container_holds_the_engine_up(
    tmp_path: Path, state: str, held: bool
) -> None:
    for pid, container, now in (("7", "abc", state), ("8", "def", "T"), ("self", "abc", "T")):
        folder = tmp_path / pid
        folder.mkdir()
        (folder / "cgroup").write_text(f"4:memory:/docker/{container}\n")
        (folder / "stat").write_text(f"{pid} (a ) name) {now} 1 1")
    (tmp_path / "9").mkdir()
    assert held_up("abc", tmp_path) is held
