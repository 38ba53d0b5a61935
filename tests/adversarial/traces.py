"""What a batch left on this machine: processes, containers, mounts, and files outside its own folder.

Other programs may run at the same time, also other gradings. So a process or container counts as ours when it
descends from this process, has the sandbox's user in no container that lives, carries the mark of one of our
runs, or bears the attacks' own mark. A change of system files counts whoever made it.
"""

from __future__ import annotations

import hashlib
import os
import site
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker

from autograder.sandbox.docker.labels import HOST, RUN
from autograder.sandbox.docker.options import UNPRIVILEGED
from autograder.sandbox.protocol import run_mark

OWN = ("out", "home")
SHARED_PLACES = ("/tmp", "/var/tmp", "/dev/shm", "/run", "/mnt", "/srv", "/opt", "/usr/local/bin")
ENGINES = ("/var/lib/docker", "/run/docker", "/var/lib/containerd", "/run/containerd")


@dataclass(slots=True)
class Found:
    """What was found. `run_keys` are filled in by the batch; `report` is ready when the block has ended."""

    run_keys: set[str] = field(default_factory=set)
    report: list[str] = field(default_factory=list)


@contextmanager
def looked_for(root: Path, mark: str) -> Iterator[Found]:
    """Compare this machine before and after the block. Everything below `root` is the batch's own."""
    found = Found()
    processes, mounts, files = our_children(), mount_points(), state_of(watched(root))
    yield found
    found.report += [f"process: {name}" for name in sorted(our_children() - processes)]
    found.report += [f"process of a sandbox: {name}" for name in stray_processes()]
    found.report += [f"container: {name}" for name in our_containers(found.run_keys, mark)]
    found.report += [f"mount: {name}" for name in sorted(mount_points() - mounts)]
    after = state_of(watched(root))
    changed = {path for path in files.keys() | after.keys() if files.get(path) != after.get(path)}
    found.report += [f"file: {path}" for path in sorted(changed)]
    found.report += [f"temporary file: {path}" for path in sorted((root / "t").rglob("*"))]
    found.report += [f"link or special file in the results: {path}" for path in odd_files(root / "out")]
    found.report += [f"marked file: {path}" for path in marked(mark)]


def our_children() -> set[str]:
    """The living processes below this one: "pid start command"."""
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    for pid, fields in all_processes():
        parents[pid] = int(fields[1])
        names[pid] = f"{pid} {fields[19]} {command(pid)}"
    found = set()
    for pid in parents:
        above: int | None = parents.get(pid)
        while above and above != os.getpid():
            above = parents.get(above)
        if above == os.getpid():
            found.add(names[pid])
    return found


def all_processes() -> Iterator[tuple[int, list[str]]]:
    """Every process that is no zombie, with the fields of its `stat` after the name."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields and fields[0] not in ("Z", "X"):
            yield int(entry.name), fields


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:100]
    except OSError:
        return "?"


def stray_processes() -> list[str]:
    """Processes with the sandbox's user that are in no container which the engine knows."""
    user = int(UNPRIVILEGED.partition(":")[0])
    found: dict[int, str] = {}
    for pid, _ in all_processes():
        try:
            if Path(f"/proc/{pid}").stat().st_uid == user:
                found[pid] = Path(f"/proc/{pid}/cgroup").read_text()
        except OSError:
            continue
    alive = [container.id for container in docker.from_env().containers.list(all=True, ignore_removed=True)]
    return [
        f"{pid} {command(pid)}"
        for pid, group in found.items()
        if "docker" in group and not any(one in group for one in alive) and Path(f"/proc/{pid}").exists()
    ]


def our_containers(run_keys: set[str], mark: str) -> list[str]:
    """Containers of our runs, and any that bear the attacks' mark or lack the grader's labels."""
    marks = {run_mark(key) for key in run_keys if key}
    found = []
    for container in docker.from_env().containers.list(all=True, ignore_removed=True):
        labels = container.labels
        attrs: dict[str, Any] = container.attrs
        image = str(attrs.get("Config", {}).get("Image", ""))
        strange = HOST not in labels and image.startswith("nbverdict")
        if labels.get(RUN) in marks or mark in str(attrs) or strange:
            found.append(f"{container.name} of {image}")
    return found


def mount_points() -> set[str]:
    """Mounts of this namespace but the engine's own."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return {line.split()[4] for line in lines if not line.split()[4].startswith(ENGINES)}


def watched(root: Path) -> Iterator[Path]:
    """Files that must not change: the batch's inputs, system settings, and what Python and Jupyter read."""
    for entry in root.iterdir():
        if entry.name not in (*OWN, "t") and not entry.name.startswith(("book.sqlite3", "autograder.toml")):
            yield from [entry, *entry.rglob("*")] if entry.is_dir() else [entry]
    yield from (path for path in Path("/etc").rglob("*") if path.name != "mtab")
    for folder in site.getsitepackages():
        yield from (path for path in Path(folder).glob("*") if path.suffix in (".pth", ".py"))
    home = Path.home()
    for name in (
        ".bashrc",
        ".profile",
        ".ssh",
        ".ipython",
        ".jupyter",
        ".config",
        ".docker",
        ".local/share/jupyter",
    ):
        place = home / name
        yield from [place, *place.rglob("*")] if place.is_dir() else [place]
    yield from home.glob(".local/lib/python*/site-packages/*.pth")


def state_of(paths: Iterator[Path]) -> dict[str, str]:
    """What tells that a file changed: kind, size and content, or time of change where it is large."""
    found = {}
    for path in paths:
        try:
            status = path.lstat()
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode) and status.st_size < 65536 and os.access(path, os.R_OK):
            found[str(path)] = f"{status.st_mode} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        elif stat.S_ISDIR(status.st_mode):
            found[str(path)] = f"{status.st_mode}"
        else:
            found[str(path)] = f"{status.st_mode} {status.st_size} {status.st_mtime_ns}"
    return found


def odd_files(folder: Path) -> list[str]:
    """What is neither a folder nor a regular file without execute permission."""
    return [
        str(path) for path in folder.rglob("*")
        if not path.is_dir() and (not stat.S_ISREG(path.lstat().st_mode) or path.lstat().st_mode & 0o111)
    ]  # fmt: skip


def marked(mark: str) -> list[str]:
    """Files with the attacks' mark in their names, wherever a run might have left them."""
    places = [*(Path(name) for name in SHARED_PLACES), Path.home(), Path.cwd(), Path("/")]
    return sorted({str(path) for place in places if place.is_dir() for path in place.glob(f"*{mark}*")})
