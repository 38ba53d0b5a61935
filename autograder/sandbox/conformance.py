"""The battery every sandbox must pass, and the gaps that are known.

    @pytest.mark.parametrize("promise", conformance.PROMISES, ids=lambda promise: promise.__name__)
    def test_my_sandbox_keeps_its_promises(promise):
        promise(Bench(sandbox=MySandbox(), image="..."))

A promise returns nothing when it is kept and raises `AssertionError` when it is broken. Promises attack.
Those that would harm a machine without walls count as broken, untried, where a session says that it does not
protect: so a backend must not say that it protects before it does.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import ModuleType

from autograder.sandbox.promises import files, floods, limits, running, walls
from autograder.sandbox.promises.bench import Bench

Promise = Callable[[Bench], None]


def _promises_of(module: ModuleType) -> list[Promise]:
    return [
        function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    ]


PROMISES: tuple[Promise, ...] = tuple(
    promise for module in (running, floods, limits, walls, files) for promise in _promises_of(module)
)

_NO_LIMIT = "a child process has no limit on memory, processes or room"
_NO_WALL = "a child process has the rights of the user who started it"

KNOWN_GAPS: Mapping[tuple[str, str], str] = {
    ("process", "what_shoots_at_everything_is_ended_all_the_same"): _NO_WALL,
    ("process", "memory_that_runs_out_is_named"): _NO_LIMIT,
    ("process", "a_child_that_runs_out_of_memory_is_not_the_kernels_death"): _NO_LIMIT,
    ("process", "there_is_no_swap"): _NO_LIMIT,
    ("process", "a_fork_bomb_meets_its_limit"): _NO_LIMIT,
    ("process", "a_full_disk_is_seen_and_is_not_out_of_memory"): _NO_LIMIT,
    ("process", "all_disks_full_together_leave_memory_for_the_kernel"): _NO_LIMIT,
    ("process", "too_many_files_are_a_full_disk"): _NO_LIMIT,
    ("process", "there_is_no_network"): "a child process shares this machine's network",
    ("process", "the_hosts_files_are_not_there"): _NO_WALL,
    ("process", "code_has_no_privileges"): _NO_WALL,
    ("process", "only_the_work_folders_can_be_written"): _NO_WALL,
    ("process", "other_processes_are_not_seen"): _NO_WALL,
    ("process", "a_mount_is_read_only"): _NO_WALL,
    ("process", "the_connection_folder_is_locked"): _NO_WALL,
}
"""By backend and promise, with the reason. What is not here is kept."""
