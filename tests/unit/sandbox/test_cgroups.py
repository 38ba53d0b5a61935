"""Counters are read from both kinds of control groups; the texts were recorded or are from Linux's pages."""

from __future__ import annotations

from pathlib import Path

from autograder.sandbox.docker import cgroups
from autograder.sandbox.docker.cgroups import Counters, counters, files_on_host, read, split
from tests.unit.sandbox.builders import write

CONTAINER = "3f" * 32

V1_OOM = "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"
V1_PROC = (
    f"9:name=systemd:/docker/{CONTAINER}\n4:memory:/docker/{CONTAINER}\n2:cpuacct:/docker/{CONTAINER}\n0::/\n"
)
_SCOPE = f"/system.slice/docker-{CONTAINER}.scope"
V1_SYSTEMD = f"11:cpu,cpuacct:{_SCOPE}\n4:memory:{_SCOPE}\n"

V2_EVENTS = "low 0\nhigh 0\nmax 812\noom 2\noom_kill 2\noom_group_kill 0\n"
V2_CPU = "usage_usec 1793412\nuser_usec 1480011\nsystem_usec 313401\nnr_periods 0\n"
V2_CPU_RECORDED = "usage_usec 349212\nuser_usec 300484\nsystem_usec 48727\nnice_usec 0\n"
"""Of a version 2 group without controllers, Linux 6.18."""
V2_PROC = f"0::/system.slice/docker-{CONTAINER}.scope\n"


def test_v1_counters() -> None:
    files = {
        "memory/memory.oom_control": V1_OOM,
        "memory/memory.max_usage_in_bytes": "126144512\n",
        "cpuacct/cpuacct.usage": "793758886\n",
    }
    assert counters(files) == Counters(oom_kills=3, peak_bytes=126_144_512, cpu_seconds=0.793758886)


def test_v2_counters() -> None:
    files = {
        "memory.events": V2_EVENTS,
        "memory.peak": "419430400\n",
        "memory.current": "8192\n",
        "cpu.stat": V2_CPU,
    }
    assert counters(files) == Counters(oom_kills=2, peak_bytes=419_430_400, cpu_seconds=1.793412)


def test_a_v2_group_without_controllers_still_counts_seconds() -> None:
    assert counters({"cpu.stat": V2_CPU_RECORDED}) == Counters(cpu_seconds=0.349212)


def test_v2_without_a_peak_takes_what_is_used_now() -> None:
    assert counters({"memory.current": "8192\n"}).peak_bytes == 8192


def test_absent_or_strange_files_count_as_nothing() -> None:
    assert (
        counters({})
        == counters({"memory.events": "oom_kill -5\noom_kill x\n", "memory.peak": "max\n"})
        == Counters()
    )


def test_v1_files_are_found_where_docker_or_systemd_put_them(tmp_path: Path) -> None:
    write(tmp_path, {f"memory/docker/{CONTAINER}/memory.oom_control": V1_OOM})
    files = files_on_host(V1_PROC, CONTAINER, tmp_path)
    assert files is not None and counters(read(files)).oom_kills == 3
    assert files["cpuacct/cpuacct.usage"] == tmp_path / "cpuacct/docker" / CONTAINER / "cpuacct.usage"
    by_systemd = files_on_host(V1_SYSTEMD, CONTAINER, tmp_path)
    assert by_systemd is not None
    assert f"docker-{CONTAINER}.scope" in str(by_systemd["cpuacct/cpuacct.usage"])


def test_v2_files_are_found(tmp_path: Path) -> None:
    write(tmp_path, {f"system.slice/docker-{CONTAINER}.scope/memory.events": V2_EVENTS})
    files = files_on_host(V2_PROC, CONTAINER, tmp_path)
    assert files is not None and counters(read(files)).oom_kills == 2


def test_somebody_elses_process_is_not_taken_for_the_container() -> None:
    assert files_on_host("0::/user.slice/user-1000.slice\n", CONTAINER) is None
    assert files_on_host("", CONTAINER) is None


def test_what_was_read_from_inside_is_split_by_file() -> None:
    printed = f"== memory.events\n{V2_EVENTS}== cpu.stat\n{V2_CPU}"
    assert counters(split(printed)) == Counters(oom_kills=2, cpu_seconds=1.793412)
    assert split("noise\n") == {}


def test_reading_from_inside_needs_no_new_process() -> None:
    assert all(word not in cgroups.script() for word in ("cat", "head", "$(", "`"))
