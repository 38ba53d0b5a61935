"""Read a container's memory and processor counters, for cgroup v1 and v2. Pure functions on file texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
V1_FILES = ("memory/memory.oom_control", "memory/memory.max_usage_in_bytes", "cpuacct/cpuacct.usage")
V2_FILES = ("memory.events", "memory.peak", "memory.current", "cpu.stat")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What the kernel of the host counted for one container since its start."""

    oom_kills: int = 0
    peak_bytes: int = 0
    cpu_seconds: float = 0.0


def counters(files: Mapping[str, str]) -> Counters:
    """Return the counters in these files, by their names below the container's own cgroup.

    Files that are absent count as zero: `memory.peak` came with Linux 5.19, before it what is used now
    takes its place.
    """
    v1_kills = _field(files.get("memory/memory.oom_control", ""), "oom_kill")
    v2_kills = _field(files.get("memory.events", ""), "oom_kill")
    peaks = (
        files.get(name, "") for name in ("memory/memory.max_usage_in_bytes", "memory.peak", "memory.current")
    )
    nanoseconds = _number(files.get("cpuacct/cpuacct.usage", ""))
    microseconds = _field(files.get("cpu.stat", ""), "usage_usec")
    return Counters(
        oom_kills=max(v1_kills, v2_kills),
        peak_bytes=next((number for text in peaks if (number := _number(text))), 0),
        cpu_seconds=nanoseconds / 1e9 or microseconds / 1e6,
    )


def files_on_host(cgroup: str, container: str, root: Path = ROOT) -> dict[str, Path] | None:
    """Return where the host keeps a container's counters, given the text of its `/proc/PID/cgroup`.

    None if the text does not speak of this container: the engine is on another machine, or in another
    namespace, and the process with that id is somebody else.
    """
    paths: dict[str, str] = {}
    for line in cgroup.splitlines():
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if container in path:
            paths.update(dict.fromkeys(controllers.split(","), path.lstrip("/")))
    if "memory" in paths:
        found = {
            name: root / name.split("/")[0] / paths["memory"] / name.split("/")[1] for name in V1_FILES[:2]
        }
        for controller, name in (("cpuacct", V1_FILES[2]),):
            if controller in paths:
                found[name] = root / controller / paths[controller] / name.split("/")[1]
        return found
    if "" in paths:
        return {name: root / paths[""] / name for name in V2_FILES}
    return None


def read(files: Mapping[str, Path]) -> dict[str, str]:
    """Return the texts of those files that can be read."""
    texts = {}
    for name, path in files.items():
        try:
            texts[name] = path.read_text()
        except OSError:
            continue
    return texts


def script() -> str:
    """Return a shell script that prints the counters from inside, using builtins only."""
    names = " ".join(V1_FILES + V2_FILES)
    return (
        f'for f in {names}; do [ -r {ROOT}/$f ] || continue; echo "== $f"; '
        f'while read -r l; do echo "$l"; done < {ROOT}/$f; done'
    )


def split(printed: str) -> dict[str, str]:
    """Return the texts that `script` printed, by file name."""
    texts: dict[str, str] = {}
    name = ""
    for line in printed.splitlines():
        if line.startswith("== "):
            name = line[3:]
            texts[name] = ""
        elif name:
            texts[name] += line + "\n"
    return texts


def _field(text: str, name: str) -> int:
    for line in text.splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return _number(value)
    return 0


def _number(text: str) -> int:
    text = text.strip()
    return int(text) if text.isdecimal() and len(text) < 20 else 0
