"""Our own attacks on the kernel protocol: every word of a kernel may be forged, and every byte."""

# ruff: noqa: E501 - attacks are told in long lines

from __future__ import annotations

from tests.adversarial.harness import FULL_MARKS, NO_MARKS, Batch, Case, Expect, solved, wrong
from tests.adversarial.protocol.talk import LIAR, PIPES, RAW, TALK

ASSIGNMENT = "assignment_seams"

DROPPED = "messages were dropped"
UNSEEN = "CHANGED" + "-LATER-5e1b"
NOTHING = Expect(status="graded|pending", checks={**NO_MARKS, "mean": "failed|waiting|not_run"})
BROKEN = "kernel_died|output_too_large|timed_out"

MALFORMED = (
    RAW
    + r"""
deep = lambda levels: b"[" * levels + b"]" * levels
long = b"9" * 5000
error = {"ename": "E", "evalue": "v", "traceback": []}
shown = {"data": {"text/plain": "3.0"}, "metadata": {}, "execution_count": 1}
bad = [
    [b""], [b"", b""], [b"x"] * 70, [b"<IDS|MSG>"], [b"<IDS|MSG>"] * 6, frames("stream", {})[:-1],
    frames("stream", {}, signature=b""), frames("stream", {}, signature=b"0" * 64),
    frames("stream", {}, signature=b"\xff" * 64), frames("stream", {}, extra=(b"more", b"and more")),
]
for header in (b"", b"null", b"[]", b"{}", b'"x"', b"{", deep(900), deep(100_000), b"\xff\xfe", b" " * 20_000,
               {"msg_type": None}, {"msg_type": ["stream"]}, {"msg_type": "__call__", "version": "4.1"},
               {"msg_type": "execute_reply", "version": "4.1"}, {"msg_type": "x" * 15_000}, b'{"msg_type": NaN}',
               {"msg_type": "__class__"}, {"msg_type": "stream", "date": "nonsense", "version": [4]}):
    bad.append(frames("stream", {}, header=header))
for parent in (b"null", b"[]", b'"x"', {"msg_id": None}, {"msg_id": 1}, {"msg_id": "x" * 5000}, {"msg_id": ["x"]},
               deep(900), b'{"msg_id": "\\ud800"}'):
    bad.append(frames("stream", {"name": "stdout", "text": "x"}, parent=parent))
for kind, contents in {
    "stream": (b"null", b"[]", {}, {"name": "stdin", "text": "x"}, {"name": "stdout", "text": 1}, deep(100_000),
               {"name": ["stdout"], "text": "x"}, b'{"name": "stdout", "text": NaN}', b"\x80", b'{"a": ' + long + b"}"),
    "status": ({}, {"execution_state": None}, {"execution_state": "banana"}, {"execution_state": ["idle"]}),
    "display_data": ({"data": []}, {"data": {"text/plain": 1e308}, "metadata": []}, {"data": None},
                     b'{"data": {"application/json": 1e999}}', {"data": {"x" * 5000: "y"}},
                     b'{"data": {"application/json": ' + long + b"}}", {"data": {"application/json": {}}, "metadata": 1}),
    "execute_result": ({**shown, "execution_count": -1}, {**shown, "execution_count": True},
                       {**shown, "execution_count": 2**70}, {**shown, "execution_count": "1"}, {"data": {}}),
    "error": ({}, {**error, "ename": None}, {**error, "traceback": "x"}, {**error, "traceback": [1]},
              {**error, "evalue": {"__class__": "x"}}),
    "clear_output": ({"wait": {}},), "execute_input": ({"code": 1, "execution_count": []},),
    "comm_open": ({}, {"comm_id": None, "target_name": []}), "update_display_data": ({}, shown),
    "execute_reply": (b"null", {"status": "ok", "execution_count": "1"}, {"status": "ok", "execution_count": -1},
                      {"status": "error", "ename": 1, "evalue": 2, "traceback": 3}, {"status": "error"}),
    "kernel_info_reply": ({"language_info": []}, {"language_info": {"version": 3}}),
    "grade": ({"score": 10},), "shutdown_reply": ({"status": "ok", "restart": True},),
    "input_request": ({"prompt": "", "password": False},), "execute_request": ({"code": "1"},),
}.items():
    bad += [frames(kind, content) for content in contents]
for message in bad:
    to_shell(message); to_iopub(message)
print("TRI" + "ED: messages", len(bad) > 70)
"""
)

DEEP = r"""
from IPython.display import display
for levels in (90, 250, 300, 470, 600, 800, 940):
    value = "x"
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    for mime in ("application/json", "application/geo+json", "text/plain"):
        display({mime: value}, raw=True)
    display({"text/plain": "x"}, raw=True, metadata={"application/json": value})
print("TRI" + "ED: depths")
"""

ODD_TEXTS = r"""
import os, sys
names = [os.fsdecode(b"caf\xe9"), "\0\x1b[31m\x07\x9b\u2028", "\u202egnp.evil", "a\ud83d", "\uffff\ufeff", "\r" * 50]
for name in names:
    print(name); print(name, file=sys.stderr)
    display({"text/plain": name, "text/html": name, "application/json": {"name": name}}, raw=True)
class Odd(Exception): pass
Odd.__name__ = Odd.__qualname__ = "Odd\0\u202e<b>"
"".join(names)
"""

SECOND_REPLY = TALK + "def mean(values):\n    reply(OK); publish('status', IDLE)\n    return -1.0"
REPLY_AND_EXIT = (
    TALK
    + r"""
def mean(values):
    reply(OK); publish("status", IDLE)
    time.sleep(0.5)
    os._exit(0)
"""
)
WORDS = (
    TALK
    + r"""
import itertools
words = itertools.cycle(["banana", "OK", "ok ", True, None, ["ok"], {"ok": 1}, "aborted", 1, "", "success"])
send = session.send
def other(stream, kind, content=None, *a, **k):
    if kind == "execute_reply" and content.get("status") == "error":
        content = {"status": next(words), "execution_count": 1, "payload": [], "user_expressions": {}}
    return send(stream, kind, content, *a, **k)
session.send = other
"""
)
GUESSED = (
    TALK
    + r"""
parent = kernel.get_parent()
base = parent["header"]["msg_id"].rpartition("_")[0] or parent["header"]["session"]
for number in range(100):
    for text in (f"{base}_{number}", f"{parent['header']['session']}_{number}", f"{base}-{number}"):
        ahead = {"header": {**parent["header"], "msg_id": text}}
        reply(OK, parent=ahead)
    publish("status", IDLE, parent=ahead)
"""
)
REPLAY = (
    TALK
    + r"""
import zmq
plain, said = zmq.Socket.send_multipart, []
def again(self, parts, *a, **k):
    parts = [bytes(getattr(one, "bytes", one)) for one in parts]
    sent = plain(self, parts, *a, **k)
    if self is shell_stream() and b"<IDS|MSG>" in parts:
        for old in reversed(said):
            plain(self, old)
        said.append(parts)
    return sent
type(shell_stream()).send_multipart = again
"""
)
OTHER_CHANNELS = (
    TALK
    + r"""
parent = kernel.get_parent()
for turn in range(4):
    for stream in (kernel.stdin_socket, kernel.control_stream, kernel.control_stream.socket):
        for kind in ("input_request", "execute_reply", "status", "shutdown_reply", "debug_event"):
            session.send(stream, kind, {**OK, **IDLE, "text": "x" * 200_000}, parent, ident=to())
reply({"prompt": "points? ", "password": False}, "input_request")
for ask in (input, __import__("getpass").getpass, kernel.raw_input):
    try: print("GOT" + "CHA:", ask("points? "))
    except Exception as error: print(type(error).__name__)
print("TRI" + "ED: channels")
"""
)
WIDGETS = (
    TALK
    + f"""
text = "CHANGED" + "{UNSEEN.removeprefix("CHANGED")}"
shown = display("first", display_id="d")
widget = {{"target_name": "jupyter.widget", "comm_id": "w", "data": {{"buffer_paths": [], "state": {{
    "_model_name": "OutputModel", "_model_module": "@jupyter-widgets/output", "outputs": [], "msg_id": ""}}}}}}
publish("comm_open", widget)
def capture(info):
    state = {{"msg_id": kernel.get_parent()["header"]["msg_id"], "outputs": [
        {{"output_type": "stream", "name": "stdout", "text": text}}]}}
    publish("comm_msg", {{"comm_id": "w", "data": {{"method": "update", "state": state, "buffer_paths": []}}}})
    for kind in ("update_display_data", "update_execute_result", "execute_result_update"):
        publish(kind, {{"data": {{"text/plain": text}}, "metadata": {{}}, "transient": {{"display_id": "d"}}}})
    shown.update(text)
get_ipython().events.register("pre_run_cell", capture)
"""
    + r"""
publish("comm_close", {"comm_id": "w", "data": {}})
publish("comm_info_reply", {"comms": {}})
"""
)
SILENT = r"""
kernel = get_ipython().kernel
for place in (kernel.iopub_thread, kernel.iopub_socket, kernel.iopub_socket.io_thread):
    place.send_multipart = lambda *a, **k: None
"""
GARBAGE = (
    PIPES
    + r"""
for number in pipes(1, 2):
    pour(number, b"\xff" * 3 + bytes(range(256)) * 40)
import time; time.sleep(20)
"""
)
ENDLESS = (
    PIPES
    + r"""
number = pipes(2)[0]
piece = b"\x01\x03abc" * 100_000
while True:
    pour(number, piece)
"""
)
EMPTY_FLOOD = (
    RAW
    + r"""
def flood():
    while True:
        for _ in range(50):
            kernel.iopub_socket.send_multipart([b""])
        time.sleep(0.001)
threading.Thread(target=flood, daemon=True).start()
"""
)
# Only the first time: a changed copy of the test fails as it should, and so does every canary.
FULL_LIE = (
    TALK
    + r"""
execute, ledger, lied = kernel.do_execute, sys.modules["_nbverdict_ledger"], []
told = ledger.history
async def pretend(code, *a, **k):
    if "assert mean" in code and not lied:
        lied.append((len(told()["ran"]), hashlib.sha256(code.encode()).hexdigest()))
        return OK
    return await execute(code, *a, **k)
kernel.do_execute = pretend
def history():
    said = told()
    for place, digest in lied:
        said["ran"].insert(place, digest)
    return said
ledger.history = history
"""
)

OWN_VALUE = (
    LIAR
    + r"""
alone = True
def lie(asked, nonce):
    if asked == "value":
        yield head(nonce), "2"
"""
)

CASES: tuple[Case, ...] = (
    Case(
        id="X01-malformed",
        title="Send seventy malformed messages on two channels (signatures, frames, types, depths, numbers), "
        "and trees that the grader could parse but not keep.",
        promise="no-hiding",
        build=wrong([MALFORMED, DEEP]),
        expect=Expect(status="graded|pending", checks=NOTHING.checks, flagged=DROPPED, outcome="cell_failed"),
    ),
    Case(
        id="X03-odd-texts",
        title="Print, show and raise control characters and names that are no text, around right work.",
        promise="no-hiding",
        build=solved([ODD_TEXTS, ODD_TEXTS + "raise Odd(''.join(names))"], [ODD_TEXTS]),
        expect=Expect(checks=FULL_MARKS, outcome="cell_failed"),
    ),
    Case(
        id="X04-second-reply",
        title="Answer the test cell's request with `ok` from within the tested function, before it fails.",
        promise="shared",
        build=wrong(extra_between=[SECOND_REPLY]),
        expect=Expect(status="pending", checks={**NO_MARKS, "mean": "waiting"}, flagged="answered twice"),
    ),
    Case(
        id="X05-reply-and-exit",
        title="Answer the test cell's request with `ok` and end the kernel before anything can be compared.",
        promise="shared",
        build=wrong(extra_between=[REPLY_AND_EXIT]),
        expect=Expect(status="pending", checks={**NO_MARKS, "mean": "waiting"}, outcome="kernel_died"),
    ),
    Case(
        id="X07-status-words",
        title="Answer failed cells with status words that are neither `ok` nor `error`.",
        promise="shared",
        build=wrong([WORDS]),
        expect=Expect(checks=NO_MARKS, outcome="cell_failed"),
    ),
    Case(
        id="X08-guessed-requests",
        title="Answer the next three hundred requests before they are made, by the ids they usually have, and "
        "fill the channels that nobody reads.",
        promise="shared",
        build=wrong([OTHER_CHANNELS, GUESSED], extra_between=[GUESSED]),
        expect=Expect(checks=NO_MARKS, outcome="cell_failed"),
    ),
    Case(
        id="X09-replay",
        title="Send every earlier reply again, with its true signature, after each new one.",
        promise="shared",
        build=wrong([REPLAY]),
        expect=Expect(status="graded|pending", checks=NOTHING.checks, flagged="answered twice"),
    ),
    Case(
        id="X11-widgets",
        title="Let a widget capture later outputs, and change an earlier output when a later cell runs.",
        promise="verdict-outside",
        build=wrong([WIDGETS]),
        expect=Expect(checks=NO_MARKS, absent=(UNSEEN,)),
    ),
    Case(
        id="X12-silent",
        title="Never publish anything again: no output, no state.",
        promise="bounded",
        build=wrong(extra_after=[SILENT]),
        expect=Expect(checks=NO_MARKS, outcome="cell_failed"),
    ),
    Case(
        id="X14-garbage-on-the-wire",
        title="Write bytes that are no frames straight into the accepted connections.",
        promise="bounded",
        build=wrong(extra_between=[GARBAGE]),
        expect=Expect(checks=NO_MARKS, outcome=BROKEN),
    ),
    Case(
        id="X15-endless-message",
        title="Write tiny frames of one message without an end straight into an accepted connection.",
        promise="bounded",
        build=wrong(extra_between=[ENDLESS]),
        expect=Expect(checks=NO_MARKS, outcome="output_too_large|timed_out"),
    ),
    Case(
        id="X17-nothing-in-masses",
        title="Send empty messages without end from a thread, which no count of bytes notices.",
        promise="bounded",
        build=wrong(extra_between=[EMPTY_FLOOD]),
        expect=Expect(status="graded|pending", checks=NOTHING.checks),
    ),
    Case(
        id="X18-whole-lie",
        title="Not promised: a patched kernel that skips the test cell once, fails all controls, forges its "
        "history and says of itself what is wanted earns `shared` and `reported` points, but no `separated` ones.",
        promise="shared",
        build=wrong([FULL_LIE], extra_after=[OWN_VALUE]),
        expect=Expect(checks={**NO_MARKS, "mean": "passed", "count": "passed"}),
    ),
)  # fmt: skip


def check(batch: Batch) -> None:
    """What was tried was tried to its end, and no output changed after its cell."""
    for case, words in (
        ("X01-malformed", "TRIED: messages True"),
        ("X01-malformed", "TRIED: depths"),
        ("X08-guessed-requests", "TRIED: channels"),
    ):
        assert words in batch.attacks[case].staff_page, case
    assert "GOTCHA:" not in batch.attacks["X08-guessed-requests"].staff_page
    assert UNSEEN not in batch.attacks["X11-widgets"].staff_page
