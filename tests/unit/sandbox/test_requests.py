"""A request checks itself; a sandbox is found by name; the process sandbox is loud."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

import pytest

from autograder.errors import UnknownPlugin
from autograder.sandbox.doctor import judge_gpu
from autograder.sandbox.process import Places, ProcessSandbox, UnprotectedWarning
from autograder.sandbox.protocol import ConnectionInfo, Mount, run_mark
from autograder.sandbox.registry import find
from tests.unit.sandbox.builders import a_request


@pytest.mark.parametrize("path", ["/etc/passwd", "../up.txt", "a/../../up.txt", "."])
def test_a_file_lies_below_the_work_folder(path: str) -> None:
    with pytest.raises(ValueError, match="below the work folder"):
        a_request(files=((PurePosixPath(path), b""),))


@pytest.mark.parametrize(
    ("inside", "target"), [("/etc/x", "/a"), ("/tmp/../etc/x", "/a"), ("/tmp/x", "relative")]
)
def test_a_link_lies_below_tmp_and_leads_to_an_absolute_path(inside: str, target: str) -> None:
    with pytest.raises(ValueError, match="a link must be"):
        a_request(links=((PurePosixPath(inside), PurePosixPath(target)),))


def test_a_mount_needs_absolute_paths() -> None:
    with pytest.raises(ValueError, match="two absolute paths"):
        Mount(host=Path("relative"), inside=PurePosixPath("/a"))


def test_a_runs_mark_does_not_show_its_key() -> None:
    assert re.fullmatch("[0-9a-f]{32}", run_mark("lab 3 of ada"))
    assert run_mark("a") != run_mark("b")


def test_a_connections_key_is_not_printed() -> None:
    info = ConnectionInfo(ip="/tmp/k", key=b"secret")
    assert "secret" not in repr(info)
    assert info.url("iopub") == "ipc:///tmp/k-2"


def test_a_sandbox_is_found_by_name() -> None:
    assert [find(name).name for name in ("docker", "process")] == ["docker", "process"]


def test_an_unknown_sandbox_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(UnknownPlugin, match="'podman'") as raised:
        find("podman")
    assert "docker, process" in raised.value.hint


def test_the_process_sandbox_says_that_it_does_not_protect() -> None:
    with (
        pytest.warns(UnprotectedWarning, match="does not protect"),
        ProcessSandbox().open(a_request()) as session,
    ):
        assert session.protects is False


def test_paths_of_the_sandbox_are_moved_to_the_host_for_a_child_process() -> None:
    mount = Mount(host=Path("/srv/assets"), inside=PurePosixPath("/assets"))
    places = Places(Path("/run"), a_request(mounts=(mount,)))
    assert places.variable("/assets/hub:/usr/bin:/tmp/cache") == "/srv/assets/hub:/usr/bin:/run/t/cache"
    assert places.variable("offline=1") == "offline=1"
    assert places.path(PurePosixPath("/workspace/a")) == PurePosixPath("/run/w/a")


GOOD = (
    'found:{"tensorflow": "2.19.1", "gpus": 1, "growth": "true", "name": "a card", "seconds": 0.001,'
    ' "difference": 0.0004, "bytes": 67108864}\n'
)


def test_a_gpu_that_multiplies_right_is_well() -> None:
    verdict = judge_gpu("noise\n" + GOOD, "ok")
    assert verdict.ok and "a card" in verdict.detail and "64 MiB" in verdict.detail


@pytest.mark.parametrize(
    ("printed", "says"),
    [
        ("", "did not run: ModuleNotFoundError"),
        (GOOD.replace('"gpus": 1', '"gpus": 0'), "sees no GPU"),
        (GOOD.replace("0.0004", "0.5"), "off by 0.5"),
        (GOOD.replace("0.0004", "NaN"), "off by nan"),
        (GOOD.replace('"true"', '""'), "memory growth is off"),
    ],
)
def test_a_gpu_that_cannot_be_used_is_explained(printed: str, says: str) -> None:
    verdict = judge_gpu(printed, "ModuleNotFoundError")
    assert not verdict.ok and says in verdict.detail and verdict.hint
