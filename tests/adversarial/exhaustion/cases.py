"""Rows E: using up processes, memory, room, output and time. Every limit is tiny here."""

# ruff: noqa: E501 - attacks are told in long lines
from __future__ import annotations

from tests.adversarial.harness import MARK, NO_MARKS, Batch, Case, Expect, solved, wrong
from tests.adversarial.secrets.tries import assert_all_refused

ASSIGNMENT = "assignment_tiny"
NOT_RUN = {"mean": "not_run", "predict": "not_run", "count": "not_run"}

BOMBS = r"""
import os, subprocess, sys, threading, time
made, most = [], 48
def wait(): time.sleep(600)
try:
    while len(made) < 3 * most:
        made.append(threading.Thread(target=wait, daemon=True)); made[-1].start()
except RuntimeError:
    pass
if len(made) > most: print("GOT" + "CHA: threads", len(made))
print("TRI" + "ED: threads")
try:
    started = [subprocess.Popen(["/bin/sleep", "600"], start_new_session=True) for _ in range(2 * most)]
    print("GOT" + "CHA: programs")
except OSError:
    print("TRI" + "ED: programs")
"""
FORK_BOMB = r"""
import os, time
count = 0
try:
    while count < 2000:
        if os.fork() == 0:
            os.setsid()
            while True:
                try: os.fork()
                except OSError: time.sleep(0.05)
        count += 1
    print("GOT" + "CHA: forks", count)
except OSError as error:
    print("TRI" + "ED: forks")
"""
MEMORY = "held = []\nwhile True: held.append(bytearray(1 << 22)); held[-1][::4096] = b'x' * 1024"
MAPPED = (
    "import mmap\nheld = mmap.mmap(-1, 1 << 34, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)\n"
    "for place in range(0, 1 << 34, 4096): held[place] = 1"
)
CHILDREN = r"""
import subprocess, sys
eat = "held = []\nwhile True: held.append(b'x' * (1 << 20))"
print("TRI" + "ED: children", subprocess.run([sys.executable, "-c", eat]).returncode)
"""
FILL = r"""
import os
def fill(folder):
    written = 0
    try:
        with open(os.path.join(folder, "MARK"), "wb") as file:
            while written < 1 << 27:
                written += file.write(bytes(1 << 18))
    except OSError as error:
        return error, written
    return None, written
ends = {}
for folder in (".", "/dev/shm", os.path.expanduser("~"), "/tmp", "/var/tmp", "/conn"):
    error, written = fill(folder)
    if error is None or written > 17 << 20: print("GOT" + "CHA:", folder, written)
    ends[folder] = error
with open("/dev/shm/sparse", "wb") as file:
    try: file.truncate(1 << 45)
    except OSError: pass
print("TRI" + "ED: folders", len(ends))
raise ends["."]
""".replace("MARK", MARK)
MANY_FILES = r"""
import os
os.makedirs("deep", exist_ok=True)
made = 0
try:
    while made < 5000:
        open(f"deep/{made}", "w").close(); made += 1
except OSError as error:
    ended = error
if made > 500: print("GOT" + "CHA:", made)
print("TRI" + "ED: files")
for folder in ("/tmp", "/dev/shm"):
    try:
        for number in range(5000): os.symlink("x", f"{folder}/l{number}")
        print("GOT" + "CHA:", folder)
    except OSError:
        pass
raise ended
"""
DISPLAYS = r"""
from IPython.display import clear_output, display
shown = display("x", display_id="a")
while True: shown.update("x" * 2000); display({"text/html": "x" * 2000}, raw=True); clear_output()
"""
PAST_THE_KERNEL = r"""
import os, sys
for number in (1, 2, sys.__stdout__.fileno()):
    for _ in range(2000): os.write(number, b"x" * (1 << 16))
"""
LOOP = "while True: pass"
DEAF = r"""
import signal
for number in range(1, 64):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))
import re
re.match(r"(a+)+$", "a" * 60 + "b")
"""
SLEEPS = "import time\nwhile True:\n    try: time.sleep(1000)\n    except BaseException: pass"
NEVER_ANSWERS = f"def predict(texts):\n{chr(10).join('    ' + line for line in SLEEPS.splitlines())}"
SUSPEND = r"""
import ctypes, os, signal
libc, stopped = ctypes.CDLL(None), []
for name in os.listdir("/proc"):
    if name.isdigit() and int(name) != os.getpid():
        for number in (signal.SIGSTOP, signal.SIGKILL):
            try: os.kill(int(name), number); stopped.append(name)
            except OSError: pass
if "1" in stopped: print("GOT" + "CHA: the keeper")
for attempt in (lambda: os.setpgid(0, 1), lambda: os.nice(-5), lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50)),
                lambda: __import__("resource").setrlimit(7, (1 << 20, 1 << 20))):
    try: attempt(); print("GOT" + "CHA:", attempt)
    except (OSError, ValueError): pass
def lives_on():
    if os.fork() == 0:
        os.setsid(); signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))
        if os.fork() == 0:
            while True:
                for name in os.listdir("/proc"):
                    if name.isdigit() and int(name) not in (1, os.getpid(), KERNEL):
                        try: os.kill(int(name), signal.SIGSTOP)
                        except OSError: pass
        os._exit(0)
KERNEL = os.getpid()
lives_on()
print("TRI" + "ED: suspend")
"""
STOPS_ITSELF = (
    "import os, signal\nos.kill(os.getppid() or os.getpid(), signal.SIGSTOP)\nos.kill(0, signal.SIGSTOP)"
)

CASES = (
    Case(
        id="E01-bombs",
        title="Start threads, programs and processes without end.",
        promise="bounded",
        build=wrong([BOMBS], [FORK_BOMB]),
        expect=Expect(status="graded|pending", outcome="cell_failed|timed_out", checks=NO_MARKS),
    ),
    Case(
        id="E02-memory",
        title="Take memory without end in the kernel.",
        promise="bounded",
        build=wrong([MEMORY]),
        expect=Expect(outcome="out_of_memory", checks=NOT_RUN),
    ),
    Case(
        id="E02-mapped",
        title="Map far more memory than there is, and touch it.",
        promise="bounded",
        build=wrong([MAPPED]),
        expect=Expect(outcome="out_of_memory", checks=NOT_RUN),
    ),
    Case(
        id="E02-children",
        title="Take memory without end in other programs, so that the kernel lives on.",
        promise="bounded",
        build=solved([CHILDREN]),
        expect=Expect(outcome="completed", checks={"mean": "passed", "predict": "passed", "count": "passed"}),
    ),
    Case(
        id="E02-when-asked",
        title="Take memory without end when the withheld inputs are asked about.",
        promise="bounded",
        build=wrong(extra_after=["def predict(texts):\n    " + MEMORY.replace("\n", "\n    ")]),
        expect=Expect(outcome="out_of_memory", checks=NO_MARKS),
    ),
    Case(
        id="E03-room",
        title="Fill every writable folder, and make a sparse file of many terabytes.",
        promise="bounded",
        build=wrong([FILL]),
        expect=Expect(outcome="disk_full", checks=NO_MARKS),
    ),
    Case(
        id="E03-files",
        title="Make empty files and links until there is room for no more.",
        promise="bounded",
        build=wrong([MANY_FILES]),
        expect=Expect(outcome="disk_full", checks=NO_MARKS),
    ),
    Case(
        id="E04-prints",
        title="Print without end.",
        promise="bounded",
        build=wrong(["while True: print('x' * 50_000, flush=True)"]),
        expect=Expect(outcome="output_too_large|timed_out", checks=NOT_RUN),
    ),
    Case(
        id="E04-one-line",
        title="Write one line of hundreds of megabytes to standard error.",
        promise="bounded",
        build=wrong(["import sys\nfor _ in range(20): sys.stderr.write('x' * (1 << 24)); sys.stderr.flush()"]),
        expect=Expect(outcome="output_too_large|out_of_memory|timed_out", checks=NOT_RUN),
    ),
    Case(
        id="E04-displays",
        title="Display, update and clear without end.",
        promise="bounded",
        build=wrong([DISPLAYS]),
        expect=Expect(outcome="output_too_large|timed_out", checks=NO_MARKS),
    ),
    Case(
        id="E04-past-the-kernel",
        title="Write without end to the descriptors the kernel was started with.",
        promise="bounded",
        build=wrong([PAST_THE_KERNEL]),
        expect=Expect(outcome="output_too_large|cell_failed|timed_out", checks=NO_MARKS),
    ),
    Case(
        id="E04-answers",
        title="Answer with hundreds of megabytes, and with a number of a million digits.",
        promise="bounded",
        build=wrong(extra_after=["def predict(texts):\n    return ['rising' * (1 << 22)] * len(texts)\ncount = 10 ** 1000000"]),
        expect=Expect(outcome="cell_failed|out_of_memory|timed_out", checks=NO_MARKS),
    ),
    Case(
        id="E06-loops",
        title="Loop for ever, the second time deaf to every signal and inside a library.",
        promise="bounded",
        build=wrong([LOOP, DEAF]),
        expect=Expect(outcome="timed_out", checks=NOT_RUN),
    ),
    Case(
        id="E06-when-asked",
        title="Sleep for ever when asked, whatever interrupts it.",
        promise="bounded",
        build=wrong(extra_after=[NEVER_ANSWERS]),
        expect=Expect(outcome="timed_out", checks=NO_MARKS),
    ),
    Case(
        id="E07-suspend-others",
        title="Stop and kill every other process, gain priority, and leave a daemon that stops whatever starts.",
        promise="bounded",
        build=wrong([SUSPEND]),
        expect=Expect(status="graded|pending", checks=NO_MARKS),
    ),
    Case(
        id="E07-suspend-itself",
        title="Stop the parent and the own process group.",
        promise="bounded",
        build=wrong([STOPS_ITSELF]),
        expect=Expect(outcome="timed_out", checks=NOT_RUN),
    ),
)  # fmt: skip


def check(batch: Batch) -> None:
    """What could be bounded only from inside a cell was bounded there."""
    assert_all_refused(batch, "E01-bombs", "threads", "programs", "forks")
    assert_all_refused(batch, "E02-children", "children -9")
    assert_all_refused(batch, "E03-room", "folders")
    assert_all_refused(batch, "E03-files", "files")
    assert_all_refused(batch, "E07-suspend-others", "suspend")
