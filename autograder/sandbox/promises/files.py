"""Promises about files: what goes in, what may come out, and that nothing stays behind."""

from __future__ import annotations

import gc
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from time import monotonic

from autograder.sandbox.folders import PREFIX, short_base
from autograder.sandbox.promises.bench import Bench, Talk, promised
from autograder.sandbox.protocol import FileRefused, SandboxRequest, SandboxSession

AT_MOST = 1_000_000
REFUSED_SECONDS = 10.0
ODD_FILES = """
import os
os.symlink('/etc/passwd', 'link'); os.mkfifo('fifo'); os.mkdir('folder')
open('folder/in.txt', 'w').write('inside'); open('good.txt', 'w').write('good')
os.link('good.txt', 'hard'); open('-dash', 'w').write('dash'); open('exact', 'wb').write(bytes(1_000_000))
with open('sparse', 'wb') as f: f.truncate(1 << 40)
with open('large', 'wb') as f: f.write(bytes(1_000_001))
open('name with\\nnewline', 'w').write('odd')
"""


def files_arrive_where_they_belong(bench: Bench) -> None:
    """Submitted files lie in the work folder, as they were, and can be changed there."""
    files = {"data/deep/x.bin": bytes(range(256)), "umläut.txt": b"a"}
    with bench.talk(files) as talk:
        said = talk.cell(
            "import os\n"
            "print(open('data/deep/x.bin', 'rb').read() == bytes(range(256)), sorted(os.listdir('.')))\n"
            "open('data/deep/x.bin', 'ab').write(b'more'); os.remove('umläut.txt'); os.mkdir('data/new')"
        )
        promised(said.text == "True ['data', 'umläut.txt']\n" and said.status == "ok", f"unexpected: {said}")


def regular_files_come_out_and_nothing_else(bench: Bench) -> None:
    """Links, pipes, folders, absent and huge files are refused, whatever size a file claims to have."""
    with bench.session() as session:
        with Talk(session, session.start_kernel()) as talk:
            promised(talk.cell(ODD_FILES).status == "ok", "the files cannot be made")
        session.stop_processes()
        for name, data in {
            "good.txt": b"good",
            "hard": b"good",
            "-dash": b"dash",
            "folder/in.txt": b"inside",
        }.items():
            promised(_read(session, name) == data, f"{name} is not as it was written")
        promised(_read(session, "name with\nnewline") == b"odd", "an odd name cannot be read")
        promised(len(_read(session, "exact")) == AT_MOST, "a file of exactly the limit is cut")
        for name in ("link", "fifo", "folder", "absent", "sparse", "large", "../etc/passwd", "/etc/passwd"):
            _refused(session, name)


def nothing_stays_behind(bench: Bench) -> None:
    """After the block there is no process, no container and no folder of the run, also after an error."""
    for how in (_ends_normally, _ends_by_an_error, _ends_with_a_daemon):
        with _folder_of_our_own():
            before = _traces()
            run_key = secrets.token_hex(8)
            request = SandboxRequest(image=bench.image, run_key=run_key, limits=bench.limits)
            how(bench, request)
            promised(bench.sandbox.remove_run(run_key) == 0, f"{how.__name__}: something of the run was left")
            gc.collect()
            left = _traces() - before
            promised(not left, f"{how.__name__}: left behind: {sorted(left)}")


def another_process_can_end_a_run(bench: Bench) -> None:
    """Whoever knows the run's key can end it from outside, and only it."""
    run_key = secrets.token_hex(8)
    request = SandboxRequest(image=bench.image, run_key=run_key, limits=bench.limits)
    with bench.talk() as other:
        with bench.sandbox.open(request) as session:
            kernel = session.start_kernel()
            promised(bench.sandbox.remove_run(run_key) > 0, "nothing was found to end")
            started = monotonic()
            while kernel.alive():
                promised(monotonic() - started < REFUSED_SECONDS, "the run's kernel lives on")
        promised(other.cell("1 + 1").text == "2", "another run was ended with it")


def a_sweep_leaves_living_runs_alone(bench: Bench) -> None:
    """What belongs to a process that lives, such as this one, is not swept."""
    with bench.talk() as talk:
        bench.sandbox.sweep()
        promised(talk.cell("1 + 1").text == "2", "a living run was swept")


def _ends_normally(bench: Bench, request: SandboxRequest) -> None:
    with bench.sandbox.open(request) as session, Talk(session, session.start_kernel()) as talk:
        talk.cell("x = 1")


def _ends_by_an_error(bench: Bench, request: SandboxRequest) -> None:
    try:
        with bench.sandbox.open(request) as session:
            session.start_kernel()
            raise LookupError
    except LookupError:
        return


def _ends_with_a_daemon(bench: Bench, request: SandboxRequest) -> None:
    with bench.sandbox.open(request) as session, Talk(session, session.start_kernel()) as talk:
        talk.cell(
            "import subprocess, sys\n"
            "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'], start_new_session=True)"
        )


@contextmanager
def _folder_of_our_own() -> Iterator[None]:
    """Let runs of this process lie where no other process of this machine has its own."""
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="nb") as folder:
        Path(folder).chmod(0o755)
        tempfile.tempdir = folder
        try:
            yield
        finally:
            tempfile.tempdir = before


def _traces() -> set[str]:
    """Folders of runs, children of this process, and its open files, by name."""
    folders = {str(path) for path in short_base().glob(f"{PREFIX}*")}
    children = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            status = (entry / "status").read_text()
        except OSError:
            continue
        if f"PPid:\t{os.getpid()}\n" in status:
            children.add(f"process {entry.name}")
    return folders | children


def _read(session: SandboxSession, name: str) -> bytes:
    return session.read_file(PurePosixPath(name), at_most=AT_MOST)


def _refused(session: SandboxSession, name: str) -> None:
    started = monotonic()
    read: Callable[[], bytes] = lambda: _read(session, name)  # noqa: E731
    try:
        data = read()
    except FileRefused:
        promised(monotonic() - started < REFUSED_SECONDS, f"{name!r} was refused too late")
        return
    raise AssertionError(f"{name!r} was read: {len(data)} bytes")
