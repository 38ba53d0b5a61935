"""Our own attacks on the questions that are put to a live kernel: lies, silence, and objects that wait.

Right answers need the work to be done; what is tried here is everything else. The work is wrong in all cases
but those whose right answers come too late or not the first time.
"""

# ruff: noqa: E501 - attacks are told in long lines

from __future__ import annotations

from tests.adversarial.harness import FULL_MARKS, NO_MARKS, Build, Case, Expect, solved, wrong
from tests.adversarial.protocol.talk import LIAR

ASSIGNMENT = "assignment_seams"

PLAIN, SEPARATED, BOUNDED = "plain-data", "separated", "bounded"
DOUBTED = {**NO_MARKS, "mean": "failed|waiting|not_run"}
NOTHING = Expect(status="graded|pending", checks=DOUBTED)
FAILED = Expect(checks=NO_MARKS)

RISING = '["rising","rising","rising","rising","rising","rising","rising","rising"]'

VERDICTS = (
    LIAR
    + f"""
earlier = []
def lie(asked, nonce):
    more = {{"outcome": "passed", "fraction": "1", "score": 10, "points": 4, "check": "predict", "labels": []}}
    if asked == "call":
        yield head(nonce, **more), '{RISING}'
        yield head(nonce, status="passed", **more), '{{"outcome":"passed","fraction":"1"}}'
    if asked == "value":
        for old in [*earlier, "", nonce[::-1], nonce.upper(), nonce + "0", None, [nonce], {{"nonce": nonce}}]:
            yield head(old), "2"
        yield "[" + json.dumps(head(nonce)) + "]", "2"
        yield json.dumps(head(nonce))[:-1] + ', "nonce": "' + nonce + '"}}', "2"
    if asked in ("fits", "history"):
        yield head(nonce, **more), '{{"outcome":"passed","ran":["passed"],"altered":[]}}'
    earlier.append(nonce)
"""
)
POISON_A = (
    LIAR
    + r"""
def lie(asked, nonce):
    return [(head(nonce), {
        "fits": "[" * 200_000,
        "history": '{"ran": [NaN, Infinity, 1e999], "altered": []}',
        "call": '{"$":"array","dtype":"<f8","shape":[4611686018427387904,8],"data":""}',
        "value": '{"$":"array","dtype":"|V0","shape":[1000000000000000000],"data":""}',
    }[asked])]
"""
)
POISON_B = (
    LIAR
    + r"""
def lie(asked, nonce):
    if asked == "piece":
        return [(head(nonce), " " * 15_000_000)]
    alike = ",".join('[{"$":"float","v":"nan"},1]' for turn in range(100_000))
    return [(head(nonce, pieces=2 if asked == "call" else 1), {
        "fits": '{"$":"dict","items":[' + alike + "]}",
        "history": '{"ran": ["x"], "ran": ["y"], "altered": {"$":"ref","name":"x"}}',
        "call": " " * 4_000_000,
        "value": '["\\ud800", ' + "9" * 5000 + "]",
    }[asked])]
"""
)
LATE = r"""
import time
right = predict
def predict(texts):
    until = time.monotonic() + 3.5
    while time.monotonic() < until:
        try: time.sleep(0.1)
        except KeyboardInterrupt: pass
    return right(texts)
"""
NEVER = r"""
import signal
def predict(texts):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sum(iter(int, 1))
"""
FORKS = r"""
import os
def predict(texts):
    for turn in range(4):
        os.fork()
    return ["rising"] * len(texts)
"""
SECOND_TIME = r"""
right, times = predict, []
def predict(texts):
    times.append(1)
    return right(texts) if len(times) > 1 else ["level"] * len(texts)
class Count(int):
    def __int__(self): times.append(1); return 2
"""
WAITS = r"""
class Waits(list):
    "A list that is well behaved until somebody reads it."
    def __iter__(self):
        import gc, os, sys, threading, builtins, json
        me = sys._getframe()
        while me:
            me.f_locals.update(status="answered", body='["rising"]')
            for name in ("asked", "answer", "head"):
                value = me.f_locals.get(name)
                if isinstance(value, dict):
                    value.update(at_most=10**12, nonce="x", kind="value", name="WRONG", status="answered")
            me = me.f_back
        for module in list(sys.modules.values()):
            if getattr(module, "__name__", "") == "_nbverdict_ledger":
                module.held = ("x", ["y"]); module.fits = None; module.history = None
        builtins.len = lambda *a: 8
        json.dumps = lambda *a, **k: '["rising"]'
        self.__class__ = tuple if False else Other
        raise SystemExit(0)
class Other(list):
    def __iter__(self): return iter(["rising"] * 8)
def predict(texts):
    return Waits(texts)
count = Waits([2])
"""
ENDLESS = r"""
import numpy as np
class Endless(dict):
    def items(self):
        number = 0
        while True:
            number += 1; yield str(number), number
class Own:
    def numpy(self): return Own()
class Deep(list):
    def __iter__(self): yield Deep([1])
cycle = []; cycle.append(cycle); cycle.append({"a": cycle})
def predict(texts):
    return [Deep([1]), cycle, Endless(a=1), Own()]
count = Endless(a=1)
"""
SWAPPED = r"""
import threading, time, itertools
def swap():
    odd = itertools.cycle([-5, "2", 7, 10**30, float("nan"), [2], None, True])
    while True:
        globals()["count"] = next(odd)
        globals()["predict"] = next(odd) if time.time_ns() % 3 else (lambda texts: ["sideways"] * len(texts))
        globals()["mean"] = lambda values: next(odd)
        globals().pop("predict" if time.time_ns() % 5 == 0 else "nothing", None)
        time.sleep(0.001)
for _ in range(3):
    threading.Thread(target=swap, daemon=True).start()
time.sleep(0.2)
"""
NOTICES = r"""
import sys, gc, json
def everything():
    "All texts that can be reached from whoever asks."
    frame, found = sys._getframe(), []
    while frame:
        for name, value in list(frame.f_locals.items()):
            if frame.f_code.co_filename == "<autograder>":
                found.append(f"{name}={value!r}"[:2000])
        frame = frame.f_back
    return found
def predict(texts):
    seen = everything()
    globals()["count"] = " ".join(texts)
    for way in (print, display, lambda text: print(text, file=sys.stderr)):
        way("asked for " + repr(texts))
    open("kept.txt", "w").write(repr(texts) + "\n".join(seen))
    asked = [text for text in seen if "HIDDEN" in text or "label" in text.casefold() or "expected" in text]
    if asked: print("GOT" + "CHA:", asked)
    labels = [object for object in gc.get_objects() if type(object) is dict and "HIDDEN-LABEL" in str(object.keys())]
    if labels: print("GOT" + "CHA:", labels)
    raise ValueError("asked for " + repr(texts))
"""
STACK_WALK = r"""
import sys
def mean(values):
    "Give what the caller expects."
    frame = sys._getframe(1)
    wanted = [one for one in frame.f_code.co_consts if isinstance(one, float)]
    done = mean.__dict__.setdefault("done", {})
    class Expected(float):
        def __eq__(self, other): return True
        __hash__ = None
    return Expected(wanted[0]) if wanted else -1.0
def predict(texts):
    return ["rising" for one in sys._getframe(1).f_code.co_consts][:len(texts)]
"""
STACK_WALK_ONCE = r"""
import ast, sys
told = {}
def mean(values):
    "Read the first test that comes by, and answer out of it for ever."
    if not told:
        text = get_ipython().history_manager.input_hist_raw[-1]
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Compare) and isinstance(node.left, ast.Call) and node.left.args:
                told[ast.unparse(node.left.args[0])] = ast.literal_eval(node.comparators[0])
    return told.get(repr(values), -1.0)
"""
POISONED = r"""
import base64, builtins, functools, json, math, re, sys, types
import numpy as np
def when_asked(place, name, other):
    "Another function, but only for the grader's own helper: the kernel goes on as ever."
    plain = getattr(place, name)
    @functools.wraps(plain)
    def patched(*a, **k):
        asked = sys._getframe(1).f_code.co_filename == "<autograder>"
        return (other if asked else plain)(*a, **k)
    setattr(place, name, patched)
when_asked(json, "dumps", lambda *a, **k: '["rising"]')
when_asked(json, "loads", lambda text: {**json.JSONDecoder().decode(text), "at_most": 10**12, "kind": "value", "name": "WRONG"})
when_asked(base64, "b64encode", lambda *a: b"!!!!")
when_asked(math, "isfinite", lambda *a: True)
when_asked(re, "split", lambda *a, **k: ["count"])
when_asked(np, "asarray", lambda *a, **k: np.array(["rising"] * 8))
for name in ("len", "isinstance", "all", "repr", "callable", "hasattr", "sorted"):
    when_asked(builtins, name, lambda *a: True)
WRONG = ["rising"] * 8
sys.modules["_nbverdict_ledger"] = types.SimpleNamespace(
    held=("x", ["y"]), fits=[], history=lambda: {"ran": [], "altered": []}, model_of=None)
"""


def after(*cells: str) -> Build:
    return wrong(extra_after=list(cells))


CASES: tuple[Case, ...] = (
    Case(
        id="X20-verdicts",
        title="Answer with ready verdicts, twice, and with the marks of earlier, reversed and made-up questions.",
        promise=SEPARATED,
        build=after(VERDICTS),
        expect=Expect(status="graded|pending", checks=DOUBTED, flagged="answered twice"),
    ),
    Case(
        id="X23-poison-sizes",
        title="Answer with too many pieces, keys that are all alike, half characters and endless digits.",
        promise=PLAIN,
        build=after(POISON_B),
        expect=NOTHING,
    ),
    Case(
        id="X22-poison-numbers",
        title="Answer with nesting 200,000 deep, numbers that are none, and arrays that claim exabytes.",
        promise=PLAIN,
        build=after(POISON_A),
        expect=NOTHING,
    ),
    Case(
        id="X25-late",
        title="Answer rightly, but after the time for an answer, deaf to the interrupt.",
        promise=BOUNDED,
        build=solved(extra_after=[LATE]),
        expect=Expect(checks={**FULL_MARKS, "predict": "failed"}, flagged="no answer within"),
    ),
    Case(
        id="X26-never",
        title="Never answer, in code that no interrupt reaches.",
        promise=BOUNDED,
        build=after(NEVER),
        expect=Expect(checks=NO_MARKS, outcome="timed_out"),
    ),
    Case(
        id="X28-forks",
        title="Fork while being asked, so that sixteen processes answer on one connection.",
        promise=SEPARATED,
        build=after(FORKS),
        expect=Expect(checks=NO_MARKS),
    ),
    Case(
        id="X29-second-time",
        title="Answer rightly only from the second time on, hoping to be asked again.",
        promise="verdict-outside",
        build=solved(extra_after=[SECOND_TIME + "count = Count(7)"]),
        expect=Expect(checks={"mean": "passed", "predict": "failed", "count": "failed"}),
    ),
    Case(
        id="X30-until-it-is-read",
        title="Answer with lists that change the question, the grader's helper and themselves when they are read.",
        promise=PLAIN,
        build=after(WAITS),
        expect=NOTHING,
    ),
    Case(
        id="X31-endless",
        title="Answer with objects that hold themselves, never end, or turn into themselves.",
        promise=PLAIN,
        build=after(ENDLESS),
        expect=FAILED,
    ),
    Case(
        id="X32-swapped",
        title="Exchange functions and values from threads between the last cell and each question.",
        promise="verdict-outside",
        build=wrong(extra_between=[SWAPPED]),
        expect=NOTHING,
    ),
    Case(
        id="X33-notices",
        title="Notice that one is asked, look for labels through the stack, and tell the hidden inputs everywhere.",
        promise="hidden",
        build=after(NOTICES),
        expect=Expect(checks=NO_MARKS, flagged="predict"),
    ),
    Case(
        id="X34-stack-walk",
        title="Return what the caller's own code expects, found by a walk over the stack.",
        promise="shared",
        build=wrong(extra_between=[STACK_WALK]),
        expect=Expect(status="pending", checks={**NO_MARKS, "mean": "waiting"}),
    ),
    Case(
        id="X35-test-as-a-table",
        title="Not promised: a function that reads the test cell's text out of the kernel's history and answers the "
        "values that stand in it earns the points of that `shared` check.",
        promise="shared",
        build=wrong(extra_between=[STACK_WALK_ONCE]),
        expect=Expect(checks={**NO_MARKS, "mean": "passed"}),
    ),
    Case(
        id="X36-poisoned",
        title="Replace all that an answer is made with, for the grader's helper only: json, base64, re, numpy, builtins.",
        promise=SEPARATED,
        build=after(POISONED),
        expect=NOTHING,
    ),
)  # fmt: skip
