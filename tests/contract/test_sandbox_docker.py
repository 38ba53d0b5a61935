"""What the Docker sandbox promises beyond the battery: sweeping, refusing, and stock nbclient's tricks."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from autograder.errors import EngineMissing, GpuMissing, ImageMissing, SandboxUnavailable
from autograder.model.execution import RunOutcome
from autograder.sandbox.docker.backend import DockerSandbox
from autograder.sandbox.docker.labels import RUN
from autograder.sandbox.promises.bench import SMALL, Bench, Talk
from autograder.sandbox.protocol import GpuRequest, Mount, SandboxRequest, run_mark

pytestmark = pytest.mark.docker

IMAGE = "nbverdict-sandbox:small"
OPEN_AND_WAIT = """
import sys
from autograder.sandbox.docker.backend import DockerSandbox
from autograder.sandbox.protocol import SandboxRequest
with DockerSandbox().open(SandboxRequest(image=sys.argv[1], run_key=sys.argv[2])) as session:
    session.start_kernel()
    print("open", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def sandbox() -> DockerSandbox:
    return DockerSandbox()


@pytest.fixture
def run_key(sandbox: DockerSandbox) -> Iterator[str]:
    key = f"run of lovelace {secrets.token_hex(8)}"
    yield key
    sandbox.remove_run(key)


def a_request(run_key: str, **changes: Any) -> SandboxRequest:
    return SandboxRequest(**{"image": IMAGE, "run_key": run_key, "limits": SMALL, **changes})


def containers_of(sandbox: DockerSandbox, run_key: str) -> list[Any]:
    return sandbox.engine.client.containers.list(all=True, filters={"label": f"{RUN}={run_mark(run_key)}"})


def another_grader(run_key: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", OPEN_AND_WAIT, IMAGE, run_key], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"open\n"
    return process


def killed(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_the_container_of_a_killed_grader_is_swept_with_its_folder(
    sandbox: DockerSandbox, run_key: str
) -> None:
    grader = another_grader(run_key)
    (container,) = containers_of(sandbox, run_key)
    folder = Path(next(m["Source"] for m in container.attrs["Mounts"] if m["Destination"] == "/conn")).parent
    killed(grader)
    assert folder.exists()
    assert sandbox.sweep() >= 1
    assert containers_of(sandbox, run_key) == [] and not folder.exists()


def test_the_container_of_a_living_grader_is_not_swept(sandbox: DockerSandbox, run_key: str) -> None:
    grader = another_grader(run_key)
    try:
        sandbox.sweep()
        assert len(containers_of(sandbox, run_key)) == 1
    finally:
        killed(grader)


def test_whoever_holds_the_clock_removes_a_killed_gradings_container(
    sandbox: DockerSandbox, run_key: str
) -> None:
    killed(another_grader(run_key))
    assert sandbox.remove_run(run_key) == 1
    assert containers_of(sandbox, run_key) == []


def test_nothing_about_a_student_is_written_on_a_container(sandbox: DockerSandbox, run_key: str) -> None:
    files = ((PurePosixPath("ada_lovelace.ipynb"), b"{}"),)
    with sandbox.open(a_request(run_key, files=files)) as session:
        session.start_kernel()
        (container,) = containers_of(sandbox, run_key)
        assert "lovelace" not in json.dumps(container.attrs).lower()


def test_the_engine_was_told_the_whole_policy(sandbox: DockerSandbox, run_key: str) -> None:
    with sandbox.open(a_request(run_key)):
        (container,) = containers_of(sandbox, run_key)
        host = container.attrs["HostConfig"]
    assert host["NetworkMode"] == "none" and host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"]
    assert host["Memory"] == host["MemorySwap"] == SMALL.memory_bytes
    assert host["PidsLimit"] == SMALL.processes and host["NanoCpus"] == 2_000_000_000
    assert host["IpcMode"] == "private" and host["PidMode"] == "" and host["UsernsMode"] == ""
    assert host["LogConfig"]["Type"] == "none" and not host["Privileged"] and not host["CapAdd"]
    assert host["SecurityOpt"] == ["no-new-privileges"]


@pytest.mark.parametrize("gpu", [GpuRequest(), GpuRequest(driver="cdi")], ids=["nvidia", "cdi"])
def test_a_gpu_that_the_engine_cannot_give_is_named_and_leaves_nothing(
    sandbox: DockerSandbox, run_key: str, gpu: GpuRequest
) -> None:
    if Path("/dev/nvidiactl").exists():
        pytest.skip("this machine has a GPU")
    with pytest.raises(GpuMissing), sandbox.open(a_request(run_key, gpu=gpu)):
        pytest.fail("it opened")
    assert containers_of(sandbox, run_key) == []


def test_an_image_that_is_not_there_is_named(sandbox: DockerSandbox, run_key: str) -> None:
    missing = "nbverdict-sandbox:there-is-no-such-tag"
    with pytest.raises(ImageMissing, match="there-is-no-such-tag"):
        sandbox.image_digest(missing)
    with pytest.raises(ImageMissing), sandbox.open(a_request(run_key, image=missing)):
        pytest.fail("it opened")


def test_an_image_with_volumes_of_its_own_is_refused(sandbox: DockerSandbox, run_key: str) -> None:
    name = f"nbverdict-test:{secrets.token_hex(4)}"
    container = sandbox.engine.client.containers.create(IMAGE)
    try:
        container.commit(name, changes="VOLUME /data")
        with (
            pytest.raises(SandboxUnavailable, match="declares volumes"),
            sandbox.open(a_request(run_key, image=name)),
        ):
            pytest.fail("it opened")
    finally:
        container.remove()
        sandbox.engine.client.images.remove(name)


def test_an_image_has_a_content_digest(sandbox: DockerSandbox) -> None:
    assert sandbox.image_digest(IMAGE).startswith("sha256:")


def test_without_an_engine_it_is_the_engine_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with pytest.raises(EngineMissing), DockerSandbox().open(a_request("x")):
        pytest.fail("it opened")


def test_a_mount_that_does_not_exist_is_our_failure(sandbox: DockerSandbox, run_key: str) -> None:
    mount = Mount(host=Path("/there/is/no/such/folder"), inside=PurePosixPath("/assets"))
    with (
        pytest.raises(SandboxUnavailable, match="does not exist"),
        sandbox.open(a_request(run_key, mounts=(mount,))),
    ):
        pytest.fail("it opened")
    assert containers_of(sandbox, run_key) == []


def test_files_that_do_not_fit_are_said_not_to(sandbox: DockerSandbox, run_key: str) -> None:
    files = ((PurePosixPath("large.bin"), bytes(SMALL.work_bytes + 1)),)
    with (
        sandbox.open(a_request(run_key, files=files)) as session,
        pytest.raises(SandboxUnavailable, match="do not fit"),
    ):
        session.start_kernel()


def test_a_container_that_vanishes_is_our_failure_not_the_students(
    sandbox: DockerSandbox, run_key: str
) -> None:
    with sandbox.open(a_request(run_key)) as session, Talk(session, session.start_kernel()) as talk:
        containers_of(sandbox, run_key)[0].remove(force=True)
        said = talk.cell("1")
        assert said.outcome is RunOutcome.SANDBOX_FAILED


def test_one_sandbox_may_be_used_again_after_a_fork(sandbox: DockerSandbox) -> None:
    assert sandbox.image_digest(IMAGE)
    child = os.fork()
    if child == 0:
        try:
            sandbox.engine.client.ping()
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert sandbox.engine.client.ping()


def test_processes_that_nobody_waits_for_do_not_use_up_the_limit(sandbox: DockerSandbox) -> None:
    orphans = (
        "import os\n"
        "for _ in range(300):\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        os.fork(); os._exit(0)\n"
        "    os.waitpid(child, 0)\n"
        "print(len([p for p in os.listdir('/proc') if p.isdecimal()]) < 30)"
    )
    with Bench(sandbox=sandbox, image=IMAGE).talk() as talk:
        assert talk.cell(orphans).text == "True\n"


def test_what_a_kernel_writes_to_its_first_stdout_reaches_no_disk_of_ours(
    sandbox: DockerSandbox, run_key: str
) -> None:
    flood = (
        "import os\n"
        "written = 0\n"
        "for fd in range(3, 80):\n"
        "    try:\n"
        "        if not os.readlink(f'/proc/self/fd/{fd}').startswith('pipe'): continue\n"
        "        os.set_blocking(fd, False)\n"
        "        for _ in range(400): written += os.write(fd, bytes(1 << 16))\n"
        "    except OSError: pass\n"
        "open('written', 'w').write(str(written))"
    )
    with sandbox.open(a_request(run_key)) as session:
        with Talk(session, session.start_kernel()) as talk:
            talk.cell(flood, seconds=20)
        (container,) = containers_of(sandbox, run_key)
        session.stop_processes()
        assert int(session.read_file(PurePosixPath("written"), at_most=100)) > 0
        assert container.attrs.get("LogPath", "") == ""


def test_stock_nbclient_drives_the_kernel_without_knowing_the_sandbox(
    sandbox: DockerSandbox, run_key: str
) -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in ("x = 6", "print(x * 7)", "x + 1")]
    )
    with sandbox.open(a_request(run_key)) as session:
        kernel = session.start_kernel()
        NotebookClient(notebook, km=kernel.manager, timeout=30).execute()
        assert [cell.outputs for cell in notebook.cells][1][0]["text"] == "42\n"
        assert notebook.cells[2].outputs[0]["data"]["text/plain"] == "7"


def test_nbclient_can_shut_the_kernel_down_more_than_once(sandbox: DockerSandbox, run_key: str) -> None:
    async def shut_down(manager: Any) -> None:
        await manager.shutdown_kernel(now=True)
        await manager.cleanup_resources()
        await manager.cleanup_resources()

    with sandbox.open(a_request(run_key)) as session:
        kernel = session.start_kernel()
        asyncio.run(shut_down(kernel.manager))
        assert not kernel.alive()
