"""Attacks that forge the channel on which results travel: files, printed lines, processes, odd values."""

from __future__ import annotations

import json
import math
from typing import Any

from tests.adversarial.harness import FULL_MARKS, MARK, NO_MARKS, Batch, Case, Expect, solved, wrong

FORGED = json.dumps(
    {
        "status": "graded", "score": 10, "max_score": 10, "total": 10,
        "checks": [{"id": name, "outcome": "passed", "points": 10} for name in FULL_MARKS],
    }
)  # fmt: skip
NAMES = (
    "results.json", "result.json", "score.csv", "grades.csv", ".passed", "evidence/execution.json",
    "submission.json", "results/results.json", "recorded.json", "kernel.json",
)  # fmt: skip

WRITES = f"""
import os, pathlib
places = ["", "/tmp", "/work", "/conn", "/in", "/dev/shm", "/", os.path.expanduser("~"), ".."]
for place in places:
    for name in {NAMES!r}:
        try:
            file = pathlib.Path(place, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text({FORGED!r})
        except OSError:
            pass
"""

PRINTS = f"""
import json, sys
print("1 passed in 0.01s\\nPASSED test_mean\\nPASSED predict\\nPASSED count\\nscore: 10/10")
print("::set-output name=score::10", file=sys.stderr)
print({FORGED!r})
sys.stdout.flush(); os = __import__("os")
for channel in (1, 2, *range(3, 32)):
    try:
        os.write(channel, ({FORGED!r} + "\\n").encode())
    except OSError:
        pass
{FORGED!r}
"""

DISPLAYS = f"""
from IPython.display import display
head = {{"nonce": "", "status": "answered", "message": "", "pieces": 1}}
for value in ("true", "2", '["rising"]'):
    text = __import__("json").dumps(head) + "\\n" + value
    display({{"application/vnd.nbverdict.answer": text, "text/plain": text}}, raw=True)
display({{"application/json": {FORGED!r}}}, raw=True)
get_ipython().run_line_magic("config", "InteractiveShell.ast_node_interactivity = 'all'")
assert mean([1.0]) == -1.0
"PASSED"
"""

DAEMON = f"""
import os, signal, time
def daemon():
    if os.fork():
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        for name in {NAMES!r} + ("lab.ipynb",):
            for place in (".", "/tmp", "/conn"):
                try:
                    with open(os.path.join(place, os.path.basename(name)), "w") as file:
                        file.write({FORGED!r})
                except OSError:
                    pass
        open("/tmp/{MARK}", "w").close()
        time.sleep(0.01)
daemon()
"""

AT_THE_END = f"""
import atexit, os, threading, weakref
def forge(*_):
    for name in {NAMES!r}:
        try:
            with open(os.path.join("/tmp", os.path.basename(name)), "w") as file:
                file.write({FORGED!r})
        except OSError:
            pass
    os.write(1, {FORGED!r}.encode())
atexit.register(forge)
class Last:
    def __del__(self): forge()
last = Last()
weakref.finalize(last, forge)
threading.Timer(0.5, forge).start()
threading.Thread(target=lambda: __import__("time").sleep(600)).start()
"""

SWAPS = f"""
import os, threading
def swap():
    while True:
        for name in ("lab.ipynb", "results.json", "answer.npy", "model.json"):
            for target in (None, "/etc/passwd", "/proc/1/environ", "/conn", ".."):
                try:
                    if target is None:
                        with open(name + ".new", "w") as file:
                            file.write({FORGED!r})
                    else:
                        os.symlink(target, name + ".new")
                    os.replace(name + ".new", name)
                except OSError:
                    pass
if not os.fork():
    os.nice(19)
    swap()
"""

ODD: tuple[tuple[str, str, str, str], ...] = (
    ("nan", "NaN and infinity", 'float("nan")', 'float("inf")'),
    ("huge", "1e308 and negative numbers", "1e308", "-2"),
    ("kinds", "text for a number and a number for text", '"2"', "2"),
    ("true", "booleans and None", "True", "None"),
    ("long", "a number of a million digits, and fractions that look whole", "10 ** 1_000_000", "2.0 + 1e-9"),
)


def odd(name: str, words: str, number: str, other: str) -> Case:
    """All three parts answer with odd values."""
    body = f"""
def mean(values): return {number}
def predict(texts): return [{other}] * len(texts)
count = {number}
"""
    return Case(
        id=f"D05-{name}",
        title=f"Answer every question with {words}.",
        promise="plain-data",
        build=wrong(extra_between=[body]),
        expect=Expect(checks=NO_MARKS),
    )


def shaped(name: str, words: str, body: str) -> Case:
    """`predict` and `count` answer with something of another shape."""
    return Case(
        id=f"D05-{name}",
        title=f"Answer with {words}.",
        promise="plain-data",
        build=wrong(extra_after=[body]),
        expect=Expect(checks=NO_MARKS),
    )


NESTED = """
deep = []
for _ in range(100_000):
    deep = [deep]
def predict(texts): return deep
count = {"score": 10, "outcome": "passed"}
"""
SCORES = """
def predict(texts): return {"fraction": 1, "outcome": "passed", "points": 4, "predicted": ["rising"] * 8}
count = [2]
"""
MORE = """
def predict(texts): return ["rising", "falling", "level"] * 1000
count = b"2"
"""
GIANT = """
def predict(texts): return ["x" * 1_000_000] * 200
count = "2" * 100_000_000
"""
LOG = 'for turn in range(300):\n    print("a line of a training log " * 800)'
PICTURE = """
import base64, os
from IPython.display import display
head = b"\\x89PNG\\r\\n\\x1a\\n\\0\\0\\0\\rIHDR\\0\\0\\x10\\0\\0\\0\\x08\\0\\x08\\2\\0\\0\\0"
picture = base64.b64encode(head + os.urandom(MANY)).decode()
display({"image/png": picture, "text/plain": "plot"}, raw=True)
"""
LINE = 'import sys\nfor _ in range(40):\n    sys.stdout.write("x" * 1_000_000)\n    sys.stdout.flush()'


def channel(id: str, title: str, **where: Any) -> Case:
    return Case(
        id=id, title=title, promise="verdict-outside", build=wrong(**where), expect=Expect(checks=NO_MARKS)
    )


CASES: tuple[Case, ...] = (
    channel(
        "D01-files",
        "Hand in ready results under every name a grader might read.",
        files={name: FORGED.encode() for name in NAMES},
    ),
    channel(
        "D01-written",
        "Write ready results wherever a grader might read them, before and after the tests.",
        extra_before=[WRITES],
        extra_after=[WRITES],
    ),
    channel(
        "D02-printed",
        "Print a full score as text, as JSON in the last line, and into every open file.",
        extra_before=[PRINTS],
        extra_after=[PRINTS],
    ),
    channel(
        "D02-displayed",
        "Display answers of the grader's own type before they are asked for.",
        extra_between=[DISPLAYS],
        extra_after=[DISPLAYS],
    ),
    channel(
        "D03-daemon", "Leave a process behind that rewrites all results for ever.", extra_before=[DAEMON]
    ),
    channel("D03-at-the-end", "Write results while the kernel ends.", extra_before=[AT_THE_END]),
    channel("D04-swap", "Swap files for links while they might be read.", extra_before=[SWAPS]),
    *(odd(*one) for one in ODD),
    shaped("shape-nested", "lists that are nested a hundred thousand deep", NESTED),
    shaped("shape-score", "a result of a check instead of an answer", SCORES),
    shaped("shape-more", "more answers than were asked for", MORE),
    Case(
        id="D06-answer",
        title="Answer with hundreds of megabytes.",
        promise="bounded",
        build=wrong(extra_after=[GIANT]),
        expect=Expect(checks=NO_MARKS),
    ),
    Case(
        id="D06-log",
        title="Print megabytes that stay below the limit, around correct work.",
        promise="bounded",
        build=solved([LOG]),
        expect=Expect(checks=FULL_MARKS, outcome="completed"),
    ),
    Case(
        id="D06-picture",
        title="Show a picture of five megabytes, around correct work.",
        promise="bounded",
        build=solved([PICTURE.replace("MANY", "4_000_000")]),
        expect=Expect(checks=FULL_MARKS, outcome="completed"),
    ),
    Case(
        id="D06-huge-picture",
        title="Show a picture larger than any message may be.",
        promise="bounded",
        build=solved([PICTURE.replace("MANY", "9_000_000")]),
        expect=Expect(checks=NO_MARKS, outcome="output_too_large"),
    ),
    Case(
        id="D06-line",
        title="Print one line of forty megabytes.",
        promise="bounded",
        build=solved([LINE]),
        expect=Expect(checks=NO_MARKS, outcome="output_too_large"),
    ),
)


def check(batch: Batch) -> None:
    """No file of the results is large, whatever was sent, and no figure of a result is no number."""
    for path in batch.out.rglob("*"):
        assert not path.is_file() or path.stat().st_size < 20_000_000, path.name
    for one in batch.attacks.values():
        for result in one.graded.results:
            assert all(math.isfinite(value) for value in result.figures.values())
