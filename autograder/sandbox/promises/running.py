"""Promises about kernels: they start clean, run cells, can be stopped, and say how they ended."""

from __future__ import annotations

import threading
from pathlib import PurePosixPath
from time import monotonic, sleep

from autograder.model.execution import RunOutcome
from autograder.sandbox.promises.bench import Bench, Talk, promised
from autograder.sandbox.protocol import FileRefused, SandboxSession

NOTICED_SECONDS = 6.0
RESISTED_SECONDS = 45.0
SUBMITTED_TRAP = b"import os; open(os.environ['TMPDIR'] + '/trapped', 'a').write(__name__ + ' ')\n"
TRAPS = (
    "ipykernel_launcher.py",
    "zmq.py",
    "sitecustomize.py",
    "usercustomize.py",
    ".ipython/profile_default/startup/00.py",
    ".ipython/profile_default/ipython_config.py",
    "ipython_kernel_config.py",
    "jupyter_client.py",
    "trap.pth",
)


def cells_run_and_keep_their_names(bench: Bench) -> None:
    """What one cell binds the next one sees, and what it prints arrives."""
    with bench.talk() as talk:
        talk.cell("x = 20")
        said = talk.cell("print(x + 1); x + 2")
        promised((said.status, said.text) == ("ok", "21\n22"), f"unexpected: {said}")


def a_failing_cell_is_an_error_and_the_next_one_runs(bench: Bench) -> None:
    """An exception is reported by name; honest noise on stderr is not."""
    with bench.talk() as talk:
        failed = talk.cell("1/0")
        promised((failed.status, failed.error) == ("error", "ZeroDivisionError"), f"unexpected: {failed}")
        noisy = talk.cell("import sys; print('a warning', file=sys.stderr)")
        promised(noisy.status == "ok", f"unexpected: {noisy}")


def nothing_submitted_runs_before_the_first_cell(bench: Bench) -> None:
    """Files that Python, IPython or Jupyter would load by their name are only files."""
    with bench.talk(dict.fromkeys(TRAPS, SUBMITTED_TRAP)) as talk:
        said = talk.cell("import os; print(os.path.exists(os.environ['TMPDIR'] + '/trapped'))")
        promised(said.text == "False\n", f"submitted code ran by itself: {said}")


def input_does_not_wait(bench: Bench) -> None:
    """A cell that asks for input fails at once; nobody answers it from the host's own stdin."""
    with bench.talk() as talk:
        said = talk.cell("input('your name? ')")
        promised((said.status, said.error) == ("error", "StdinNotImplementedError"), f"unexpected: {said}")


def an_interrupt_ends_a_cell_and_the_kernel_lives(bench: Bench) -> None:
    """A loop in Python ends by an interrupt, and the next cell runs."""
    with bench.talk() as talk:
        timer = threading.Timer(1.0, talk.kernel.interrupt)
        timer.start()
        said = talk.cell("import time\nwhile True: time.sleep(0.1)")
        timer.join()
        promised(said.error == "KeyboardInterrupt", f"not interrupted: {said}")
        promised(talk.cell("1 + 1").text == "2", "the kernel does not answer after an interrupt")


def what_ignores_signals_is_killed(bench: Bench) -> None:
    """Neither ignored signals nor a stopped process nor a busy loop outlive a kill."""
    with bench.talk() as talk:
        code = "import signal, os\nfor s in (2, 15, 24): signal.signal(s, signal.SIG_IGN)\nwhile True: pass"
        promised(talk.cell(code, seconds=1.0).status == "timed out", "the loop ended by itself")
        talk.kernel.interrupt()
        promised(talk.kernel.alive(), "an ignored interrupt ended the kernel")
        _dies_by_kill(talk)


def a_stopped_kernel_is_killed(bench: Bench) -> None:
    """A kernel that stopped itself is no different from a slow one, and can be killed."""
    with bench.talk() as talk:
        said = talk.cell("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", seconds=1.0)
        promised(said.status == "timed out", f"unexpected: {said}")
        _dies_by_kill(talk)


def what_shoots_at_everything_is_ended_all_the_same(bench: Bench) -> None:
    """Code that kills or stops whatever starts can neither keep itself alive nor hold us up for long."""
    for shot in ("SIGKILL", "SIGSTOP"):
        with bench.session(harmful=True) as session, Talk(session, session.start_kernel()) as talk:
            code = (
                "import os, signal\nif os.fork():\n    signal.pause()\n"
                f"while True:\n    try: os.kill(-1, signal.{shot})\n    except OSError: pass"
            )
            talk.cell(code, seconds=1.0)
            started = monotonic()
            talk.kernel.interrupt()
            talk.kernel.kill()
            while talk.kernel.alive():
                promised(monotonic() - started < RESISTED_SECONDS, f"{shot}: the kernel lives on")
            promised(monotonic() - started < RESISTED_SECONDS, f"{shot}: it held us up")


def an_exit_is_a_dead_kernel_never_a_success(bench: Bench) -> None:
    """`os._exit(0)` ends the run as `kernel_died`, whatever the exit status says."""
    with bench.talk() as talk:
        said = talk.cell("import os; os._exit(0)")
        promised(said.outcome is RunOutcome.KERNEL_DIED, f"unexpected: {said}")
        promised(said.seconds < NOTICED_SECONDS, f"noticed after {said.seconds:.1f} s")
        promised(not talk.kernel.alive(), "a dead kernel is called alive")
        promised(talk.kernel.death() is RunOutcome.KERNEL_DIED, "the cause is wrong")


def closing_the_connections_ends_the_run(bench: Bench) -> None:
    """A kernel that lives on and closes its sockets is noticed; it cannot make cells look empty."""
    with bench.talk() as talk:
        said = talk.cell(
            "import gc, zmq, time\n"
            "for s in gc.get_objects():\n"
            "    if isinstance(s, zmq.Socket) and s.type in (zmq.XPUB, zmq.PUB): s.close(linger=0)\n"
            "time.sleep(60)"
        )
        promised(said.outcome is RunOutcome.KERNEL_DIED, f"unexpected: {said}")


def a_second_kernel_starts_clean_in_the_same_work_folder(bench: Bench) -> None:
    """The next notebook sees the files of the one before, and none of its names or processes."""
    daemon = (
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)\n"
        "open('left.txt', 'w').write('by the first'); x = 1"
    )
    with bench.session() as session:
        with Talk(session, session.start_kernel()) as first:
            promised(first.cell(daemon).status == "ok", "the first kernel does not run")
        with Talk(session, session.start_kernel()) as second:
            promised(not first.kernel.alive(), "the first kernel lives on")
            said = second.cell("print(open('left.txt').read(), 'x' in globals())")
            promised(said.text == "by the first False\n", f"unexpected: {said}")


def stopping_leaves_no_process(bench: Bench) -> None:
    """Daemons in sessions of their own are gone too: what they would write later is never written."""
    daemon = "import time\nwhile True:\n    open('beat.txt', 'w').write(str(time.time())); time.sleep(0.05)"
    with bench.session({"daemon.py": daemon.encode()}) as session:
        with Talk(session, session.start_kernel()) as talk:
            talk.cell(
                "import subprocess, sys, os, time\n"
                "for _ in range(3): subprocess.Popen([sys.executable, 'daemon.py'], start_new_session=True)\n"
                "while not os.path.exists('beat.txt'): time.sleep(0.05)"
            )
        session.stop_processes()
        one = _beat(session)
        sleep(0.5)  # ten beats of a daemon that had survived
        promised(_beat(session) == one, "a daemon lives on")


def _beat(session: SandboxSession) -> bytes:
    try:
        return session.read_file(PurePosixPath("beat.txt"), at_most=1000)
    except FileRefused:
        return b""


def _dies_by_kill(talk: Talk) -> None:
    started = monotonic()
    talk.kernel.kill()
    while talk.kernel.alive():
        promised(monotonic() - started < NOTICED_SECONDS, "the kernel survives a kill")
        sleep(0.02)
