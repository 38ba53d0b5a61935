"""Rows C: tampering inside the process in which the student's code runs."""

# ruff: noqa: E501 - attacks are told in long lines
from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.adversarial.harness import (
    MARK,
    NO_MARKS,
    Batch,
    Build,
    Case,
    Expect,
    as_bytes,
    release_notebook,
    solved,
    wrong,
    zip_of,
)
from tests.adversarial.secrets.tries import assert_all_refused, tries

NOTHING = Expect(status="graded|pending", checks=NO_MARKS)
WAITS = {**NO_MARKS, "mean": "waiting"}
PASSES_ANYHOW = Expect(status="pending", checks=WAITS, flagged="still passed when another value was expected")
REPORTS_FALSELY = Expect(status="pending", checks=WAITS, flagged="had to fail was reported as passed")
SOMETHING_ELSE_RAN = Expect(status="pending", checks=WAITS, flagged="something else ran than was sent")


def changed(change: Callable[[list[dict[str, Any]]], None], **more: Any) -> Build:
    """Wrong work in which the student changed the list of cells."""

    def files() -> Mapping[str, bytes]:
        notebook = release_notebook(right=False, **more)
        change(notebook["cells"])
        return {"lab.ipynb": as_bytes(notebook)}

    return zip_of(files)


def place_of(cells: Sequence[Mapping[str, Any]], name: str) -> int:
    return next(
        n for n, cell in enumerate(cells) if cell["metadata"].get("nbgrader", {}).get("grade_id") == name
    )


def delete(cells: list[dict[str, Any]]) -> None:
    del cells[place_of(cells, "test_mean")]


def empty(cells: list[dict[str, Any]]) -> None:
    cells[place_of(cells, "test_mean")]["source"] = "pass"


def twice(cells: list[dict[str, Any]]) -> None:
    copy = json.loads(json.dumps(cells[place_of(cells, "test_mean")]))
    cells.append({**copy, "id": "again", "source": "pass"})


def renamed(cells: list[dict[str, Any]]) -> None:
    test, mean = cells[place_of(cells, "test_mean")], cells[place_of(cells, "mean")]
    test["metadata"]["nbgrader"]["grade_id"], test["id"] = "another", "another"
    mean["metadata"]["nbgrader"].update(grade_id="test_mean", grade=True, solution=False, points=300)


def moved_and_tagged(cells: list[dict[str, Any]]) -> None:
    cell = cells.pop(place_of(cells, "test_mean"))
    cell["metadata"]["tags"] = ["raises-exception", "skip-execution", "remove-cell"]
    cell["metadata"]["nbgrader"].update(points=0, locked=False, grade=False, solution=True)
    cells.insert(0, cell)


LIBRARIES = r"""
import builtins, math, operator, sys, types, unittest
import numpy as np, numpy.testing
for name in ("assert_allclose", "assert_equal", "assert_array_equal", "assert_almost_equal", "assert_"):
    setattr(np.testing, name, lambda *a, **k: None)
for name in [n for n in dir(unittest.TestCase) if n.startswith("assert")]:
    setattr(unittest.TestCase, name, lambda *a, **k: None)
np.isclose = np.allclose = np.array_equal = math.isclose = operator.eq = lambda *a, **k: True
for name in ("sklearn", "sklearn.metrics", "pytest", "autograder", "autograder.checks", "autograder.checks.api",
             "autograder.checks.figures", "autograder.checks.metrics"):
    fake = sys.modules[name] = types.ModuleType(name)
    fake.accuracy_score = fake.accuracy = fake.macro_f1 = fake.correct = lambda *a, **k: 1.0
    fake.predictions = lambda answer, rows, classes: ("rising",) * rows
    fake.check = fake.grade_by = fake.fail = lambda *a, **k: None
    fake.__path__ = []
"""
SHADOWS = {
    name: b"def __getattr__(name): return lambda *a, **k: 1.0\naccuracy = lambda *a, **k: 1.0\n"
    b"open('/tmp/" + MARK.encode() + b"', 'w').close()\n"
    for name in (
        "autograder/__init__.py", "autograder/checks/api.py", "autograder/checks/metrics.py", "pytest.py",
        "numpy/testing.py", "sklearn/metrics.py", "unittest.py", "csv.py", "checks/test_lab.py", "conftest.py",
        "assert_helpers.py",
    )
}  # fmt: skip

SWALLOW = "class Quiet(Exception):\n    pass\nimport builtins\nbuiltins.AssertionError = Quiet"
NO_ASSERTS = r"""
import ast
class Without(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.copy_location(ast.Pass(), node)
get_ipython().ast_transformers.append(Without())
"""
# Only where the words of the released test stand: a canary with other words is not touched.
ONLY_THIS_TEST = r"""
import ast
class Without(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.copy_location(ast.Pass(), node) if "mean(" in ast.unparse(node) else node
get_ipython().ast_transformers.append(Without())
"""
OPTIMISED = r"""
compiler = get_ipython().compile
type(compiler).__call__ = lambda self, source, filename, symbol, *a, **k: compile(source, filename, symbol, optimize=1)
"""
REPLY = r"""
kernel = get_ipython().kernel
send = kernel.session.send
def forged(stream, kind, content=None, *a, **k):
    if kind == "execute_reply" and content.get("ename") == "AssertionError":
        content = {"status": "ok", "execution_count": 1, "user_expressions": {}, "payload": []}
    return send(stream, kind, content, *a, **k)
kernel.session.send = forged
"""
RESULT_WITHOUT_ERROR = r"""
def forgive(result):
    result.error_in_exec = result.error_before_exec = None
get_ipython().events.register("post_run_cell", forgive)
shell = get_ipython()
run = shell.run_cell_async
async def forgiving(source, *a, **k):
    result = await run(source, *a, **k)
    if isinstance(result.error_in_exec, AssertionError): result.error_in_exec = None
    return result
shell.run_cell_async = forgiving
"""
JUMP = r"""
import sys
def tracer(frame, event, argument):
    if frame.f_code.co_name == "<module>" and "mean" in frame.f_code.co_names and event == "line":
        lines = sorted({line for _, _, line in frame.f_code.co_lines() if line})
        if frame.f_lineno < lines[-1]:
            frame.f_lineno = lines[-1]
    return tracer
sys.settrace(tracer)
def again(*a):
    sys.settrace(tracer)
get_ipython().events.register("pre_run_cell", again)
"""
EXEC_SKIPS = r"""
import builtins
execute = builtins.exec
def skipping(code, *a, **k):
    if "mean" in getattr(code, "co_names", ()): return None
    return execute(code, *a, **k)
builtins.exec = skipping
"""
ANY_EQUAL = r"""
class Any(float):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __sub__(self, other): return 0.0
    __rsub__ = __abs__ = lambda self, *a: 0.0
    __lt__ = __le__ = __gt__ = __ge__ = lambda self, other: True
    __hash__ = float.__hash__
"""
RETURNS_ANY = ANY_EQUAL + "def mean(values):\n    return Any(1)"
SKIP_BY_HOOK = r"""
shell = get_ipython()
def before(info):
    info.raw_cell = "pass"
    if "mean" in shell.user_ns: shell.user_ns["mean"] = Anything()
class Anything:
    def __call__(self, *a, **k): return self
    def __eq__(self, other): return True
    __hash__ = None
shell.events.register("pre_run_cell", before)
shell.events.register("pre_execute", lambda: before(type("I", (), {})()))
"""
TRANSFORM_INPUT = r"""
def quiet(lines):
    return ["pass\n"] if any("assert mean" in line for line in lines) else lines
get_ipython().input_transformers_cleanup.append(quiet)
get_ipython().input_transformers_post.append(quiet)
"""
PREFILTER = r"""
shell = get_ipython()
transform = shell.transform_cell
shell.transform_cell = lambda raw: "pass" if "assert mean" in raw else transform(raw)
"""
DO_EXECUTE_AND_HISTORY = r"""
import hashlib, sys
kernel, ledger = get_ipython().kernel, sys.modules["_nbverdict_ledger"]
execute, sent = kernel.do_execute, ledger.history()["ran"]
async def pretend(code, silent, *a, **k):
    if not silent:
        sent.append(hashlib.sha256(code.encode()).hexdigest())
    if "assert mean" in code:
        return {"status": "ok", "execution_count": 1, "user_expressions": {}, "payload": []}
    return await execute(code, silent, *a, **k)
kernel.do_execute = pretend
ledger.history = lambda: {"ran": sent, "altered": []}
"""
CUSTOM_HANDLERS = r"""
shell = get_ipython()
shell.set_custom_exc((BaseException,), lambda *a, **k: None)
shell.showtraceback = shell.showsyntaxerror = shell._showtraceback = lambda *a, **k: None
import sys
sys.excepthook = lambda *a: None
sys.unraisablehook = lambda *a: None
"""
MAGICS = r"""
from IPython.core.magic import register_cell_magic, register_line_magic
@register_cell_magic
def script(line, cell): pass
@register_line_magic
def precision(line): pass
shell = get_ipython()
shell.run_cell_magic = shell.run_line_magic = lambda *a, **k: None
shell.automagic = True
shell.ast_node_interactivity = "none"
shell.user_ns["__builtins__"] = {**vars(__import__("builtins")), "AssertionError": Warning}
"""
LATER = r"""
accuracy_threshold = minimum_accuracy = threshold = 0
added_total = added_parms_calc = score = points = total = max_score = 10
passed = PASSED = ok = True
def evaluate(*a, **k): return 1.0
grade = check = accuracy = grade_by = is_correct = run_tests = evaluate
class Check: outcome = "passed"; fraction = 1; points = 10
results = {"mean": Check, "predict": Check, "count": Check}
labels = expected = TEXTS = ["rising"]
__test__ = {"mean": "passed"}; __grade__ = 10
%env GRADE=10
print("score: 10/10")
"""
REACH_OUT = f"""
import atexit, json, os, signal, threading, time, weakref
def write(how):
    for place in (".", "/tmp", "/conn", "/in", "/dev/shm"):
        for name in ("results.json", "{MARK}-" + how):
            try: open(os.path.join(place, name), "w").write(json.dumps({{"score": 10, "mean": "passed"}}))
            except OSError: pass
    globals()["count"] = 99
atexit.register(write, "atexit")
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGINT):
    signal.signal(number, lambda *a: write("signal"))
class Grave:
    def __del__(self): write("del")
grave = Grave(); cycle = [Grave()]; cycle.append(cycle)
weakref.finalize(grave, write, "finalize")
def for_ever():
    while True:
        write("thread"); time.sleep(0.05)
threading.Thread(target=for_ever, daemon=False).start()
threading.Thread(target=for_ever, daemon=True).start()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            write("daemon"); time.sleep(0.05)
    os._exit(0)
"""
# Right answers that come too late: a thread puts right functions in place once everything was asked.
TOO_LATE = r"""
import threading, time
def repair():
    time.sleep(30)
    globals().update(mean=lambda v: sum(v) / len(v) if v else 0.0, count=2)
threading.Thread(target=repair, daemon=True).start()
"""
DESCRIPTORS = r"""
import os, socket, stat
said = (b'{"status": "passed", "score": 10, "mean": "passed"}\n', b"1", b"\0", b"ok\n")
kinds = {}
for name in os.listdir("/proc/self/fd"):
    number = int(name)
    try: mode = os.fstat(number).st_mode
    except OSError: continue
    if stat.S_ISSOCK(mode): continue  # sockets belong to the protocol
    for text in said:
        try:
            os.set_blocking(number, False); kinds[number] = os.write(number, text)
        except OSError: pass
for number in range(3, 1024):
    try:
        if not stat.S_ISSOCK(os.fstat(number).st_mode): os.pwrite(number, said[0], 0)
    except OSError: pass
print("TRI" + "ED: descriptors", len(kinds))
"""
FAKE_MESSAGES = r"""
import json
kernel = get_ipython().kernel
session, parent = kernel.session, kernel.get_parent()
passed = {"mean": "passed", "predict": "passed", "count": "passed", "score": 10}
for kind, content in (
    ("execute_reply", {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}, **passed}),
    ("execute_result", {"data": {"text/plain": "3.0", "application/vnd.nbverdict.answer": json.dumps(passed)},
                        "metadata": {}, "execution_count": 1}),
    ("display_data", {"data": {"text/plain": "3", "application/json": json.dumps(passed)}, "metadata": passed}),
    ("stream", {"name": "stdout", "text": "ALL TESTS PASSED\n3 passed in 0.01s\n{\"score\": 10}\n"}),
    ("grade", passed), ("error", {"ename": "", "evalue": "", "traceback": []}),
    ("status", {"execution_state": "idle"}), ("shutdown_reply", {"status": "ok", "restart": False}),
):
    session.send(kernel.iopub_socket, kind, content, parent=parent, ident=b"x")
kernel.iopub_socket  # the reader of the next cell sees what is left
"""
ANSWER_FOR_NEXT = r"""
import inspect
kernel = get_ipython().kernel
execute = kernel.shell_handlers["execute_request"]
async def first(stream, ident, parent):
    if "assert mean" in parent["content"]["code"]:
        said = {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}
        text = {"name": "stdout", "text": "ALL TESTS PASSED"}
        kernel.session.send(kernel.iopub_socket, "stream", text, parent=parent)
        kernel.session.send(stream, "execute_reply", said, parent=parent, ident=ident)
        return
    done = execute(stream, ident, parent)
    if inspect.isawaitable(done):
        await done
kernel.shell_handlers["execute_request"] = first
"""
SHOW_A_SHARE = r"""
import sys
from IPython.core.displayhook import DisplayHook
show = get_ipython().displayhook
class Three:
    def __repr__(self): return "3.0"
def after(result):
    if result.error_in_exec is not None:
        print("3.0"); sys.displayhook(Three())
get_ipython().events.register("post_run_cell", after)
"""
TROJANS = "\n".join((
    "import os, stat, sys",
    f"text = '#!/bin/sh\\ntouch /tmp/{MARK} /workspace/{MARK} /conn/{MARK}\\nexit 0\\n'",
    "names = ('python', 'python3', 'git', 'curl', 'tar', 'kill', 'sh', 'bash', 'cp', 'mkdir', 'sleep', 'cat', 'test')",
    "for place in ('.', '/tmp', os.path.expanduser('~/bin'), os.path.expanduser('~/.local/bin')):",
    "    os.makedirs(place, exist_ok=True)",
    "    for name in names:",
    "        open(os.path.join(place, name), 'w').write(text); os.chmod(os.path.join(place, name), 0o777)",
    "home = os.path.expanduser('~')",
    "for name in ('.profile', '.bashrc', '.bash_profile', '.shrc', '.env', '.zshenv', '.pythonrc'):",
    "    open(os.path.join(home, name), 'w').write(text)",
    "os.environ.update(PATH='.:/tmp:' + home + '/bin:' + os.environ['PATH'], ENV=home + '/.env',",
    "    BASH_ENV=home + '/.env', LD_PRELOAD='/tmp/evil.so', LD_LIBRARY_PATH='/tmp', PYTHONSTARTUP=home + '/.pythonrc',",
    "    PYTHONPATH='/tmp', IFS='/', TAR_OPTIONS='--to-command=sh')",
    "os.environ.pop('LD_PRELOAD')",
))  # fmt: skip
OVERWRITE = tries("programs", {
    name: f"import os\nfd = os.open({name!r}, os.O_WRONLY)\ngot = True"
    for name in ("/opt/venv/bin/python", "/usr/bin/tar", "/bin/sh", "/bin/kill", "/bin/sleep", "/etc/passwd",
                 "/etc/ld.so.preload", "/proc/1/mem", "/proc/sys/kernel/core_pattern", "/sys/kernel/uevent_helper")
} | {
    f"put {name}": f"open({name!r}, 'w').close()\ngot = True"
    for name in ("/usr/local/bin/python", "/opt/venv/bin/tar", "/etc/ld.so.preload", "/etc/profile.d/x.sh",
                 "/opt/venv/lib/python3.11/site-packages/usercustomize.py")
} | {
    "run what was put on a writable place": "import subprocess\ngot = subprocess.run(['/tmp/git']).returncode == 0",
})  # fmt: skip

LYING = r"""
import numpy as np
class Text(str):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 1
    def __str__(self): return "rising"
    __repr__ = __format__ = lambda self, *a: "rising"
class Texts(list):
    turn = 0
    def __len__(self): return 8
    def __getitem__(self, place): return Text("sideways")
    def __eq__(self, other): return True
class Number(np.float64):
    __eq__ = lambda self, other: True
    is_integer = lambda self: True
    __int__ = __index__ = lambda self: 2
    item = lambda self: 5
    __hash__ = None
count = Number(5.0)
"""
LYING_ARRAY = r"""
import numpy as np
class Lie(np.ndarray):
    def __array__(self, *a, **k): return np.array(["rising"] * 8)
    def __eq__(self, other): return np.ones(self.shape, bool)
    def tolist(self): return ["rising"] * 8
    def ravel(self, *a): return self
    def __array_finalize__(self, made): pass
    @property
    def dtype(self): return np.dtype("U8")
"""
REDUCE = r"""
class Evil:
    def __reduce__(self): return (open, ("/tmp/MARK", "w"))
    def __getstate__(self): return {"rising": 1}
    def __len__(self): return 8
    def __iter__(self): return iter(["rising"] * 8)
    def __getitem__(self, place): return "rising"
    def numpy(self): return self
count = Evil()
""".replace("MARK", MARK)


def answering(expression: str, before: str = "") -> Build:
    return wrong(extra_after=[f"{before}\ndef predict(texts):\n    return {expression}"])


PLAIN = "plain-data"
CASES = (
    Case(
        id="C01-test-helpers",
        title="Replace assertion helpers, `AssertionError`, comparisons, metrics and the grader's modules.",
        promise="verdict-outside",
        build=wrong([LIBRARIES, SWALLOW], files=SHADOWS),
        expect=NOTHING,
    ),
    Case(
        id="C01-without-asserts",
        title="Take every `assert` out of later cells through the syntax tree.",
        promise="shared",
        build=wrong([NO_ASSERTS]),
        expect=REPORTS_FALSELY,
    ),
    Case(
        id="C01-without-these-asserts",
        title="Take `assert` out of the test cell only, so that a general canary is not touched.",
        promise="shared",
        build=wrong([ONLY_THIS_TEST]),
        expect=PASSES_ANYHOW,
    ),
    Case(
        id="C01-and-away",
        title="Take `assert` out of the test cell, and end the kernel before anyone can look.",
        promise="shared",
        build=wrong([ONLY_THIS_TEST], ["import os; os._exit(0)"]),
        expect=Expect(status="pending", outcome="kernel_died", checks={**NO_MARKS, "mean": "waiting"}),
    ),
    Case(
        id="C01-optimised",
        title="Have later cells compiled without assertions.",
        promise="shared",
        build=wrong([OPTIMISED]),
        expect=REPORTS_FALSELY,
    ),
    Case(
        id="C02-equal-to-all",
        title="Return a number that says it equals everything to the hidden test.",
        promise="shared",
        build=wrong(extra_between=[RETURNS_ANY]),
        expect=PASSES_ANYHOW,
    ),
    Case(
        id="C02-lying-texts-and-number",
        title="Answer with texts, and let `count` be a number, that say they equal everything.",
        promise=PLAIN,
        build=answering("Texts(Text('sideways') for _ in texts)", LYING),
        expect=Expect(checks=NO_MARKS),
    ),
    Case(
        id="C02-lying-array-and-object",
        title="Answer with an array that shows other values when it is converted, and with an object that runs when unpickled.",
        promise=PLAIN,
        build=answering("np.array(['sideways'] * 8).view(Lie)", LYING_ARRAY + REDUCE),
        expect=Expect(checks=NO_MARKS),
    ),
    Case(
        id="C03-thresholds",
        title="Define thresholds, scores, results and functions that grade anew in a later cell.",
        promise="verdict-outside",
        build=wrong([LATER], [LATER]),
        expect=NOTHING,
    ),
    Case(
        id="C04-sys-exit",
        title="Leave early by `sys.exit(0)`, `SystemExit`, `KeyboardInterrupt` and `quit()`.",
        promise="verdict-outside",
        build=wrong(extra_between=[
            "import sys; sys.exit(0)", "raise SystemExit(0)", "raise KeyboardInterrupt", "raise GeneratorExit",
            "raise BaseException('passed')", "quit()", "exit(0)",
        ]),
        expect=Expect(checks=NO_MARKS, outcome="cell_failed|kernel_died"),
    ),
    Case(
        id="C04-os-exit",
        title="End the kernel with exit status 0 before the tests of correct work.",
        promise="no-hiding",
        build=solved(extra_between=["import os; os._exit(0)"]),
        expect=Expect(outcome="kernel_died", checks={"mean": "not_run", "predict": "not_run", "count": "not_run"}),
    ),
    Case(
        id="C04-exit-when-asked",
        title="Raise `SystemExit` in the test, and end the kernel with exit status 0 when it is asked.",
        promise="no-hiding",
        build=wrong(extra_between=["def mean(values):\n    raise SystemExit(0)"],
                    extra_after=["def predict(texts):\n    import os; os._exit(0)"]),
        expect=Expect(outcome="kernel_died", checks={"mean": "failed", "predict": "failed", "count": "failed"}),
    ),
    Case(
        id="C05-after-the-end",
        title="Write verdicts and repair answers at exit, on signals, from threads, destructors and daemons.",
        promise="verdict-outside",
        build=wrong([REACH_OUT], [TOO_LATE]),
        expect=NOTHING,
    ),
    Case(
        id="C06-hooks",
        title="Exchange the tested function in hooks that run before each cell.",
        promise="shared",
        build=wrong([SKIP_BY_HOOK]),
        expect=PASSES_ANYHOW,
    ),
    Case(
        id="C06-input-transformer",
        title="Turn the test cell into `pass` by input transformers.",
        promise="shared",
        build=wrong([TRANSFORM_INPUT, PREFILTER]),
        expect=SOMETHING_ELSE_RAN,
    ),
    Case(
        id="C06-forgiving-results",
        title="Clear the error from the result of a cell.",
        promise="shared",
        build=wrong([RESULT_WITHOUT_ERROR]),
        expect=REPORTS_FALSELY,
    ),
    Case(
        id="C06-exec-that-skips",
        title="Replace `exec` by one that skips the code of the test cell.",
        promise="shared",
        build=wrong([EXEC_SKIPS]),
        expect=PASSES_ANYHOW,
    ),
    Case(
        id="C06-silent-errors",
        title="Jump over assertions with a trace function, swallow tracebacks, and replace magics and builtins.",
        promise="shared",
        build=wrong([JUMP, CUSTOM_HANDLERS, MAGICS]),
        expect=NOTHING,
    ),
    Case(
        id="C09-pipes-and-files",
        title="Write a success message into every inherited file and pipe.",
        promise="verdict-outside",
        build=wrong([DESCRIPTORS]),
        expect=NOTHING,
    ),
    Case(
        id="C10-forged-reply",
        title="Send `ok` to whoever drives the notebook where an assertion failed.",
        promise="shared",
        build=wrong([REPLY]),
        expect=REPORTS_FALSELY,
    ),
    Case(
        id="C10-forged-messages",
        title="Send replies, results, displays and prints that look like verdicts, and a share of the points.",
        promise="verdict-outside",
        build=wrong([FAKE_MESSAGES, SHOW_A_SHARE], [FAKE_MESSAGES]),
        expect=NOTHING,
    ),
    Case(
        id="C10-answer-for-the-test",
        title="Answer the request of the test cell with `ok` instead of running it.",
        promise="shared",
        build=wrong([ANSWER_FOR_NEXT]),
        expect=SOMETHING_ELSE_RAN,
    ),
    Case(
        id="C10-unrun-cell-and-history",
        title="Patch the kernel so that the test cell only seems to run, and forge its history as well.",
        promise="shared",
        build=wrong([DO_EXECUTE_AND_HISTORY]),
        expect=PASSES_ANYHOW,
    ),
    Case(
        id="C11-deleted",
        title="Delete the test cell.",
        promise="shared",
        build=changed(delete),
        expect=Expect(checks=NO_MARKS, flagged="was missing"),
    ),
    Case(
        id="C11-emptied",
        title="Replace the test cell's text by `pass`.",
        promise="shared",
        build=changed(empty),
        expect=Expect(checks=NO_MARKS, flagged="was changed"),
    ),
    Case(
        id="C11-twice",
        title="Add an empty second cell with the test cell's id.",
        promise="shared",
        build=changed(twice),
        expect=Expect(checks=NO_MARKS, flagged="is there 2 times"),
    ),
    Case(
        id="C11-renamed",
        title="Give the test cell's id to the answer cell, with more points.",
        promise="shared",
        build=changed(renamed),
        expect=Expect(checks=NO_MARKS, flagged="test_mean"),
    ),
    Case(
        id="C11-order-and-metadata",
        title="Move the test cell to the front, tag it as one that may raise, and change its points and role.",
        promise="no-configuration",
        build=changed(moved_and_tagged),
        expect=Expect(checks=NO_MARKS),
    ),
    Case(
        id="C12-programs",
        title="Put programs of one's own on the path, into start-up files and over the image's.",
        promise="contained",
        build=wrong([TROJANS, OVERWRITE]),
        expect=NOTHING,
    ),
)  # fmt: skip


def check(batch: Batch) -> None:
    """What was tried was tried to its end."""
    assert_all_refused(batch, "C12-programs", "programs")
    assert_all_refused(batch, "C09-pipes-and-files", "descriptors")
