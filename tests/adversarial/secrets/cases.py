"""Rows B: reading what must stay hidden. Whatever an attack finds it would use to answer right."""

# ruff: noqa: E501 - attacks are told in long lines
from __future__ import annotations

from tests.adversarial.harness import MARK, NO_MARKS, Batch, Case, Expect, solved, wrong
from tests.adversarial.secrets.tries import assert_all_refused, tries

OWN = b"nbv-own-file-5d1e"
MARKS = Expect(status="graded|pending", checks=NO_MARKS)

# Finds its own file, so a search that finds nothing else has looked.
WALK = r"""
import os
def walk(title, words, tops=("/",), largest=1 << 20):
    found, own = [], False
    for top in tops:
        for folder, folders, names in os.walk(top):
            if folder == "/":
                folders[:] = [name for name in folders if name not in ("proc", "sys", "dev")]
            if folder in ("/opt/venv/lib", "/usr/lib", "/usr/share"):
                folders[:] = []
            for name in names:
                path = os.path.join(folder, name)
                try:
                    if os.path.isfile(path) and os.path.getsize(path) <= largest:
                        with open(path, "rb") as file:
                            data = file.read()
                        own = own or b"nbv-own-" + b"file-5d1e" in data
                        if any(word in data for word in words) and not path.endswith(".ipynb"):
                            found.append(path)
                except OSError:
                    pass
    if found:
        print("GOT" + "CHA:", found)
    if own:
        print("TRI" + "ED:", title)
"""
SECRET_WORDS = '[b"HIDDEN-" + b"LABEL", b"HIDDEN-" + b"TEST", b"zqx-" + b"hidden", b"labels = [" + b"row"]'

LOOK_AROUND = tries("places", {
    "usual folders": (
        "import os\n"
        "got = [p for p in ('/autograder', '/grader', '/grade', '/tests', '/checks', '/solution', '/srv/nbgrader',"
        " '/work', '/workspace/../checks', '/workspace/checks', '/workspace/source', '/host',"
        " '/home/jovyan', '/mnt/data', '/etc/nbverdict', '/autograder.toml') if os.path.exists(p)]"
    ),
    "the grader's packages": (
        "import importlib.util\n"
        "got = [n for n in ('autograder', 'gradebook', 'nbgrader', 'otter', 'nbclient', 'pytest', 'docker')"
        " if importlib.util.find_spec(n)]"
    ),
    "every mount": (
        "import os\n"
        "got = []\n"
        "for line in open('/proc/self/mountinfo'):\n"
        "    place = line.split()[4]\n"
        "    if os.path.isdir(place) and place != '/':\n"
        "        got += [place + '/' + n for n in os.listdir(place) if n in ('checks', 'texts.csv', 'source')]"
    ),
    "open files": (
        "import os\n"
        "got = []\n"
        "for fd in os.listdir('/proc/self/fd'):\n"
        "    try: there = os.readlink('/proc/self/fd/' + fd)\n"
        "    except OSError: continue\n"
        "    got += [there] if there.startswith('/') and not there.startswith(('/dev/', '/proc/')) else []"
    ),
    "the keeper's root": "import os; got = os.listdir('/proc/1/root')",
    "the incoming folder": (
        "import os\ngot = [n for f, _, names in os.walk('/in') for n in names if n not in ('lab.ipynb', 'own.txt')]"
    ),
})  # fmt: skip

# Answers from any table that holds the text asked about, wherever it lies.
ANSWER_FROM_FILES = r"""
import csv, os
def predict(texts):
    known = {}
    for folder, folders, names in os.walk("/"):
        if folder == "/":
            folders[:] = [name for name in folders if name not in ("proc", "sys", "dev", "opt", "usr")]
        for name in names:
            if name.endswith((".csv", ".json", ".py", ".txt", ".tsv", ".jsonl")):
                try:
                    for row in csv.reader(open(os.path.join(folder, name))):
                        known[row[0]] = row[-1]
                except Exception:
                    pass
    walk("at the call", SECRET_WORDS)
    return [known.get(text, "sideways") for text in texts]
""".replace("SECRET_WORDS", SECRET_WORDS)

IN_MEMORY = r"""
import gc, sys
def strings_in_memory():
    seen = set()
    for held in gc.get_objects():
        try:
            if isinstance(held, dict):
                parts = [*held.keys(), *held.values()]
            elif isinstance(held, (list, tuple, set)):
                parts = list(held)
            else:
                parts = [getattr(held, "__doc__", None)]
            seen.update(part for part in parts if type(part) is str)
        except Exception:
            pass
    frame = sys._getframe()
    while frame is not None:
        seen.update(value for value in list(frame.f_locals.values()) if type(value) is str)
        frame = frame.f_back
    return seen
"""
MEMORY_BEFORE = (
    IN_MEMORY
    + r"""
held = [text for text in strings_in_memory() if len(text) > 16 and ("HIDDEN-" + "TEST" in text or "zqx-" + "hidden" in text)]
if held: print("GOT" + "CHA:", held)
kept = ["".join(["nbv-own-", "string"])]
print("TRI" + "ED: memory", kept[0] in strings_in_memory())
"""
)
LABELS_FROM_MEMORY = (
    IN_MEMORY
    + r"""
def predict(texts):
    held = strings_in_memory()
    labels = [text for text in held if "HIDDEN-" + "LABEL" in text]
    found = [text for text in held if any(asked in text and asked != text for asked in texts)]
    return labels[:len(texts)] or found[:len(texts)] or ["sideways" for _ in texts]
"""
)

# Everything that was sent so far, said in every way in which a kernel can say something.
SAY_WHAT_WAS_SENT = r"""
import base64, sys, warnings
from IPython.display import HTML, JSON, Image, Latex, Markdown, Pretty, SVG, clear_output, display
text = "\n".join(In)
print(text); print(text, file=sys.stderr); print(text[::-1]); print(text.encode().hex()); sys.__stdout__.write(text)
print(base64.b64encode(text.encode()).decode()); print(" ".join(text)); print("\n".join(text))
print(text.encode("utf-16")); print(text.swapcase()); print([ord(letter) for letter in text])
display(HTML(f"<b>{text}</b><!-- {text} -->"), Markdown(text), Latex(text), JSON({"a": text}), Pretty(text))
display(SVG(f"<svg xmlns='http://www.w3.org/2000/svg'><text>{text.replace('<', '')}</text></svg>"))
display({"text/plain": text, "text/html": text, "application/x-own": text}, metadata={"a": text}, raw=True)
display(text, display_id="first"); warnings.warn(text)
import matplotlib.pyplot as plt
plt.figure(figsize=(3, 2)); plt.title(text[-40:]); plt.show()
"""
RAISE_WHAT_WAS_SENT = r"""
text = "".join(In)
class Told(Exception): pass
Told.__name__ = Told.__qualname__ = text[-900:]
raise Told(text)
"""
RECORD_EXPECTED = r"""
class Asked:
    def __init__(self, values): self.values = values
    def __eq__(self, other):
        print("expected", other, "for", self.values)
        raise AssertionError(f"expected {other!r} for {self.values!r}")
    __hash__ = None
def mean(values):
    return Asked(values)
"""
RAISE_INPUTS = r"""
def predict(texts):
    class Told(Exception): pass
    Told.__name__ = texts[0]
    raise Told("; ".join(texts))
"""
COUNT_TELLS = r"""
def predict(texts):
    global count
    count = {"asked": texts, texts[0]: 1}
    print(texts)
    return [texts[0] + label for label in ("rising", "falling")]
class Telling(int):
    def __repr__(self): return "".join(In)
count = Telling(7)
"""

IDENTITY = r"""
import os, re, socket
places = {"environ": repr(dict(os.environ)), "host": repr(os.uname()) + socket.gethostname()}
for name in ("self/environ", "self/cmdline", "self/mountinfo", "self/cgroup", "1/cmdline", "1/cgroup"):
    try: places[name] = open("/proc/" + name, errors="replace").read()
    except OSError: pass
for name, text in places.items():
    if re.search("attack" + "-b04", text, re.I): print("GOT" + "CHA: my own name in", name)
    if re.search("(token|secret|passw|api_?key|credential|aws_|ssh_auth|docker_host|database_url)", text, re.I):
        print("GOT" + "CHA: something secret in", name)
print("TRI" + "ED: identity")
"""
PROCESSES = tries("processes", {
    "environments": (
        "import os\n"
        "got = [p for p in os.listdir('/proc') if p.isdigit() and os.stat('/proc/' + p).st_uid != os.getuid()"
        " and open('/proc/' + p + '/environ').read()]"
    ),
    "the keeper's environment": "got = open('/proc/1/environ').read()",
    "the keeper's memory": "got = open('/proc/1/maps').read()",
    "the keeper's memory itself": "got = open('/proc/1/mem', 'rb').read(1)",
    "the keeper's open files": "import os; got = os.listdir('/proc/1/fd')",
    "the keeper's folder": "import os; got = os.readlink('/proc/1/cwd')",
    "the keeper's program": "import os; got = os.readlink('/proc/1/exe')",
    "the keeper's system call": "got = open('/proc/1/syscall').read()",
    "the keeper's stack": "got = open('/proc/1/stack').read()",
    "trace it": "import ctypes\ngot = ctypes.CDLL(None).ptrace(16, 1, 0, 0) == 0",
    "read across": (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nhere = ctypes.create_string_buffer(8)\n"
        "class V(ctypes.Structure):\n    _fields_ = [('b', ctypes.c_void_p), ('n', ctypes.c_size_t)]\n"
        "mine, theirs = V(ctypes.addressof(here), 8), V(0x400000, 8)\n"
        "got = libc.process_vm_readv(1, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0) > 0"
    ),
    "take a descriptor": (
        "import ctypes\nlibc = ctypes.CDLL(None)\npid = libc.syscall(434, 1, 0)\n"
        "got = pid >= 0 and libc.syscall(438, pid, 0, 0) >= 0"
    ),
    "host processes": (
        "import os\n"
        "seen = [open('/proc/' + p + '/cmdline').read() for p in os.listdir('/proc') if p.isdigit()]\n"
        "got = [line for line in seen if 'dockerd' in line or 'autograder' in line or 'pytest' in line]"
    ),
    "keys": "got = open('/proc/keys').read()",
    "the kernel's log": "got = open('/dev/kmsg').read(10)",
    "the kernel's memory": "got = open('/proc/kcore', 'rb').read(10)",
    "the machine's timers": "got = open('/proc/timer_list').read()",
    "a raw disk": "import os\ngot = [n for n in os.listdir('/dev') if n.startswith(('sd', 'vd', 'nvme', 'mem', 'kmem'))]",
    "another namespace": (
        "import ctypes, os\nlibc = ctypes.CDLL(None)\n"
        "got = libc.setns(os.open('/proc/1/ns/mnt', os.O_RDONLY), 0) == 0"
    ),
    "a namespace of one's own": "import ctypes\ngot = ctypes.CDLL(None).unshare(0x10000000) == 0",
    "a mount": "import ctypes\ngot = ctypes.CDLL(None).mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0",
})  # fmt: skip

PLACES = '(".", "/tmp", "/dev/shm", os.path.expanduser("~"), os.path.expanduser("~/.cache"), "/var/tmp", "/conn", "/in")'
LEAVE = f"""
import ctypes, os, socket
left = []
for place in {PLACES}:
    try:
        os.makedirs(place, exist_ok=True)
        open(os.path.join(place, "{MARK}"), "w").write("left-by-the-" + "first")
        left.append(place)
    except OSError:
        pass
libc = ctypes.CDLL(None)
libc.shmget(0x6e6276, 4096, 0o1666); libc.semget(0x6e6276, 1, 0o1666); libc.msgget(0x6e6276, 0o1666)
libc.syscall(248, b"user", b"nbv-attack", b"left-by-the-first", 17, -3)
kept = socket.socket(socket.AF_UNIX); kept.bind("\\0nbv-attack-socket"); kept.listen()
from multiprocessing import resource_tracker, shared_memory
memory = shared_memory.SharedMemory(name="nbv-attack-memory", create=True, size=64)
print("TRI" + "ED: leave", len(left) >= 3)
"""
LOOK = WALK + """
walk("files", [b"left-by-the-" + b"first", b"attack" + b"-b09-leave", b"hon" + b"est-0"], tops=("/", "/dev/shm"))
""" + tries("other runs", {
    "names": (
        "import os\ngot = [p for top in ('/tmp', '/workspace', '/dev/shm', '/conn') for p, _, names in os.walk(top)"
        f" for n in names if n.startswith('{MARK}')]"
    ),
    "shared memory": "import ctypes\ngot = ctypes.CDLL(None).shmget(0x6e6276, 1, 0) >= 0",
    "semaphores": "import ctypes\ngot = ctypes.CDLL(None).semget(0x6e6276, 1, 0) >= 0",
    "messages": "import ctypes\ngot = ctypes.CDLL(None).msgget(0x6e6276, 0) >= 0",
    "key ring": "import ctypes\ngot = ctypes.CDLL(None).syscall(249, b'user', b'nbv-attack', 0, 0) >= 0",
    "abstract sockets": "got = 'nbv-attack' in open('/proc/net/unix').read()",
    "named memory": "from multiprocessing import shared_memory\ngot = shared_memory.SharedMemory(name='nbv-attack-memory')",
    "other kernels' sockets": (
        "import os\ngot = [n for n in os.listdir('/conn') if n not in ('1', 'leash')]"
    ),
})  # fmt: skip

CASES = (
    Case(
        id="B01-before",
        title="Walk all files for tests, labels and solutions before anything hidden was sent.",
        promise="hidden",
        build=wrong([WALK + f'walk("files", {SECRET_WORDS})', LOOK_AROUND], files={"own.txt": OWN}),
        expect=MARKS,
    ),
    Case(
        id="B01-at-the-call",
        title="Walk all files while the withheld inputs are asked about, and answer from what is found.",
        promise="separated",
        build=wrong([WALK], [ANSWER_FROM_FILES, f'walk("behind the tests", {SECRET_WORDS})'], files={"own.txt": OWN}),
        expect=MARKS,
    ),
    Case(
        id="B03-before",
        title="Search memory, frames and sources for hidden tests before their turn.",
        promise="hidden",
        build=wrong(extra_between=[MEMORY_BEFORE]),
        expect=MARKS,
    ),
    Case(
        id="B03-labels",
        title="Search memory and frames for labels while the withheld inputs are asked about.",
        promise="separated",
        build=wrong(extra_after=[LABELS_FROM_MEMORY]),
        expect=MARKS,
    ),
    Case(
        id="B03-say-it",
        title="Read the hidden tests from the kernel's own history and show them in every kind of output.",
        promise="hidden",
        build=solved(extra_after=[SAY_WHAT_WAS_SENT, RAISE_WHAT_WAS_SENT, "text"]),
        expect=Expect(status="graded", checks={"mean": "passed"}),
    ),
    Case(
        id="B03-into-an-earlier-output",
        title="Read the hidden tests and write them into what an earlier cell displayed.",
        promise="hidden",
        build=solved(
            ["shown = display('nothing yet', display_id='shown')"],
            [
                "text = '\\n'.join(In)\nshown.update(text)",
                "from IPython.display import update_display\nupdate_display(text, display_id='shown')",
                "kernel = get_ipython().kernel\nkernel.session.send(kernel.iopub_socket, 'stream', {'name': 'stdout', 'text': text}, parent={'header': {'msg_id': 'x', 'session': 'y'}})",
            ],
        ),
        expect=Expect(status="graded", checks={"mean": "passed"}),
    ),
    Case(
        id="B04-other-processes",
        title="Read environment, arguments, memory and open files of every process there is.",
        promise="contained",
        build=wrong([PROCESSES, IDENTITY]),
        expect=MARKS,
    ),
    Case(
        id="B05-raised",
        title="Raise what the hidden test expects from a comparison, and the withheld inputs from the function asked.",
        promise="hidden",
        build=wrong(extra_between=[RECORD_EXPECTED], extra_after=[RAISE_INPUTS]),
        expect=Expect(checks=NO_MARKS, absent=("20262.0", "20261.5", "expected 2", "zqx-")),
    ),
    Case(
        id="B05-answered",
        title="Answer with the withheld inputs, and carry them into the answer to a check whose result is visible.",
        promise="hidden",
        build=wrong(extra_after=[COUNT_TELLS]),
        expect=Expect(checks=NO_MARKS, absent=("zqx-",)),
    ),
    Case(
        id="B09-leave",
        title="Leave files, shared memory, semaphores, keys and sockets for a later run.",
        promise="clean",
        build=wrong([LEAVE]),
        expect=MARKS,
    ),
    Case(
        id="B09-look",
        title="Look for what another run left behind, and for other students' files.",
        promise="clean",
        build=wrong([LOOK], files={"own.txt": OWN}),
        expect=MARKS,
    ),
)  # fmt: skip


def check(batch: Batch) -> None:
    """Every search was made to its end, and found nothing but its own file."""
    assert_all_refused(batch, "B01-before", "files", "places")
    assert_all_refused(batch, "B01-at-the-call", "behind the tests")
    assert_all_refused(batch, "B03-before", "memory True")
    assert_all_refused(batch, "B04-other-processes", "processes", "identity")
    assert_all_refused(batch, "B09-leave", "leave True")
    assert_all_refused(batch, "B09-look", "files", "other runs")
