"""Promises about what a run may use: memory, processes, room. Each way to run out has its own name."""

from __future__ import annotations

from autograder.model.assignment import MIB
from autograder.model.execution import RunOutcome
from autograder.sandbox.promises.bench import Bench, Talk, promised

EAT = "import os\nx = []\nwhile True: x.append(bytearray(os.urandom(1024)) * 4096)"
FILL = """
import errno, os
def fill(path):
    try:
        with open(path, 'wb') as f:
            while True: f.write(bytes(1 << 20))
    except OSError as error:
        return errno.errorcode[error.errno]
"""


def memory_that_runs_out_is_named(bench: Bench) -> None:
    """A kernel that takes all memory ends as `out_of_memory`."""
    with bench.talk(harmful=True) as talk:
        said = talk.cell(EAT, seconds=60)
        promised(said.outcome is RunOutcome.OUT_OF_MEMORY, f"unexpected: {said}")
        promised(talk.kernel.death() is RunOutcome.OUT_OF_MEMORY, "the cause is wrong")


def a_child_that_runs_out_of_memory_is_not_the_kernels_death(bench: Bench) -> None:
    """A killed child leaves the kernel alive; a kernel that exits afterwards has not run out of memory."""
    with bench.talk(harmful=True) as talk:
        code = f"import subprocess, sys\nprint(subprocess.run([sys.executable, '-c', {EAT!r}]).returncode)"
        said = talk.cell(code, seconds=60)
        promised(said.status == "ok" and said.text == "-9\n", f"unexpected: {said}")
        promised(talk.kernel.alive(), "the kernel is called dead")
        gone = talk.cell("import os; os._exit(0)")
        promised(gone.outcome is RunOutcome.KERNEL_DIED, f"unexpected: {gone}")


def there_is_no_swap(bench: Bench) -> None:
    """Memory cannot be had beyond the limit: a fixed amount above it fails, one below it does not."""
    with bench.talk(harmful=True) as talk:
        below = bench.limits.memory_bytes // 2
        said = talk.cell(f"x = bytearray({below}); x[::4096] = b'1' * len(x[::4096]); del x")
        promised(said.status == "ok", f"memory below the limit is refused: {said}")
        above = bench.limits.memory_bytes + 50 * MIB
        said = talk.cell(f"x = bytearray({above}); x[::4096] = b'1' * len(x[::4096])")
        promised(said.outcome is RunOutcome.OUT_OF_MEMORY, f"memory above the limit is there: {said}")


def a_fork_bomb_meets_its_limit(bench: Bench) -> None:
    """Processes beyond the limit are refused; those there are can be ended, and the next run is normal."""
    bomb = (
        "import os, time\n"
        "made = 0\n"
        "try:\n"
        "    while made < 2000:\n"
        "        if os.fork() == 0:\n"
        "            while True:\n"
        "                try: os.fork()\n"
        "                except OSError: time.sleep(0.01)\n"
        "        made += 1\n"
        "except OSError as error: print(type(error).__name__, made < 2000)"
    )
    with bench.session(harmful=True) as session:
        with Talk(session, session.start_kernel()) as talk:
            talk.cell(bomb, seconds=10)
        session.stop_processes()
        with Talk(session, session.start_kernel()) as talk:
            promised(talk.cell("print('next')").text == "next\n", "no kernel can be started afterwards")


def a_full_disk_is_seen_and_is_not_out_of_memory(bench: Bench) -> None:
    """Filling a writable folder fails inside with `ENOSPC`, is reported, and ends nothing."""
    limits = bench.limits
    sizes = {".": limits.work_bytes, "/tmp": limits.tmp_bytes, "/dev/shm": limits.shm_bytes}  # noqa: S108
    for folder, size in sizes.items():
        with bench.talk(harmful=True) as talk:
            promised(not talk.kernel.disk_full(), "an empty disk is called full")
            said = talk.cell(FILL + f"print(fill({folder!r} + '/big'))", seconds=60)
            promised(said.text == "ENOSPC\n", f"{folder}: {said}")
            written = talk.cell(f"print(os.path.getsize({folder!r} + '/big'))").text
            promised(int(written) <= size, f"{folder}: {written} bytes, limit {size}")
            promised(talk.kernel.disk_full(), f"{folder}: a full disk is not reported")
            promised(talk.kernel.alive(), f"{folder}: a full disk killed the kernel")


def all_disks_full_together_leave_memory_for_the_kernel(bench: Bench) -> None:
    """Room on disk is memory; even with every folder full the kernel goes on."""
    with bench.talk(harmful=True) as talk:
        said = talk.cell(FILL + "print([fill(f + '/big') for f in ('.', '/tmp', '/dev/shm')])", seconds=60)
        promised(said.text == "['ENOSPC', 'ENOSPC', 'ENOSPC']\n", f"unexpected: {said}")
        promised(talk.cell("1 + 1").text == "2", "the kernel does not answer")


def too_many_files_are_a_full_disk(bench: Bench) -> None:
    """Empty files count too: there is a limit on inodes."""
    with bench.talk() as talk:
        said = talk.cell(
            "import errno\ntry:\n"
            "    for i in range(5000): open(f'f{i}', 'w').close()\n"
            "except OSError as error: print(errno.errorcode[error.errno])"
        )
        promised(said.text == "ENOSPC\n", f"unexpected: {said}")
        promised(talk.kernel.disk_full(), "running out of inodes is not reported")


def use_is_counted(bench: Bench) -> None:
    """Seconds, memory and output of a run are known afterwards."""
    with bench.session() as session:
        with Talk(session, session.start_kernel()) as talk:
            talk.cell(f"x = bytearray({100 * MIB}); x[::4096] = b'1' * len(x[::4096]); print('x' * 1000)")
            talk.cell("for i in range(2_000_000): pass")
        used = session.usage()
        promised(used.memory_bytes > 100 * MIB, f"memory: {used}")
        promised(used.cpu_seconds > 0.1 and used.wall_seconds > 0.1, f"seconds: {used}")
        promised(used.output_bytes > 1000 and used.gpu_seconds == 0, f"output or GPU: {used}")
