"""Promises about what a kernel says: floods are truncated or end the run, junk changes nothing."""

from __future__ import annotations

import resource
import subprocess
import sys

from autograder.model.execution import RunOutcome
from autograder.sandbox.promises.bench import Bench, promised

GROWTH_BYTES = 150 * 1024 * 1024
ATTACKED_BYTES = 1024 * 1024 * 1024
ATTACKED_SECONDS = 90

# Takes the descriptor that libzmq has accepted and speaks the wire protocol itself: three-byte frames that
# all say "more follows". No Python on the other side ever sees a message.
RAW_FRAMES = """
import os, socket, stat, time
mine = []
for fd in range(3, 200):
    try:
        if not stat.S_ISSOCK(os.fstat(fd).st_mode): continue
        peer = socket.socket(fileno=os.dup(fd))
        if peer.family == socket.AF_UNIX and peer.getsockname() and '/k-2' in str(peer.getsockname()):
            if not peer.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN): mine.append(peer)
    except OSError:
        pass
frames = b'\\x01\\x01x' * 400_000
while mine:
    for peer in list(mine):
        try:
            peer.setblocking(True); peer.sendall(frames)
        except OSError:
            mine.remove(peer)
time.sleep(60)
"""

FORGED = """
from ipykernel.kernelapp import IPKernelApp
import hmac, hashlib, json
app = IPKernelApp.instance()
kernel, session, socket = app.kernel, app.session, app.iopub_socket
parent = json.dumps(kernel.get_parent()['header'], default=str).encode()
def send(header, content, signature=None, metadata=b'{}', extra=()):
    parts = [header, parent, metadata, content]
    mac = hmac.new(session.key, digestmod=hashlib.sha256)
    for part in parts: mac.update(part)
    sign = mac.hexdigest().encode() if signature is None else signature
    socket.send_multipart([b'topic', b'<IDS|MSG>', sign, *parts, *extra])
def head(kind, **more): return json.dumps({'msg_id': 'x', 'msg_type': kind, **more}).encode()
send(head('stream'), b'{"name": "stdout", "text": "unsigned"}', signature=b'0' * 64)
send(b'[]', b'{}'); send(b'null', b'null'); send(b'{' * 100_000, b'{}')
send(head('stream'), b'[' * 100_000); send(head('stream'), b'{"name": 1, "text": 2}')
send(head('stream'), b'{"name": "stdout", "text": "\\\\ud800"}')
send(head('display_data'), b'{"data": {"a": NaN}, "metadata": {}}')
send(head('display_data'), b'{"data": {"a": 1e999}, "metadata": {}}')
send(head('status'), b'{"execution_state": "banana"}')
send(head('execute_result'), b'{"data": {}, "metadata": {}, "execution_count": ' + b'9' * 5000 + b'}')
send(head('__call__', version='4.1'), b'{}'); send(head('comm_open'), b'{}')
send(head('stream'), b'{"name": "stdout", "text": "buffers"}', extra=[b'x'] * 5)
socket.send_multipart([b'']); socket.send_multipart([b'<IDS|MSG>']); socket.send_multipart([b'x'] * 500)
print('honest')
"""


def a_long_log_is_truncated_and_the_run_goes_on(bench: Bench) -> None:
    """Much output keeps its beginning and its end, says what is missing, and costs nobody a run."""
    with bench.talk() as talk:
        said = talk.cell("for i in range(40_000): print('step', i)", seconds=60)
        promised(said.status == "ok", f"a long log ended the run: {said.status} {said.outcome}")
        promised(said.text.startswith("step 0\n"), "the beginning is missing")
        promised("step 39999" in said.text[-2000:], "the end is missing")
        promised(
            "left out" in said.text and talk.kernel.guard.cell_truncated, "it does not say that it is cut"
        )
        promised(
            len(said.text) <= bench.limits.cell_output_bytes + 1000, f"{len(said.text)} characters were kept"
        )
        promised(talk.cell("print('next')").text == "next\n", "the next cell does not run")


def a_live_plot_is_not_truncated(bench: Bench) -> None:
    """A cell that clears its output again and again keeps its last picture."""
    with bench.talk() as talk:
        said = talk.cell(
            "from IPython.display import clear_output, display\nimport time\n"
            "for i in range(40):\n"
            "    clear_output(wait=True); print('frame', i, 'x' * 5000); time.sleep(0.01)"
        )
        promised(said.status == "ok" and "frame 39" in said.text, f"the last frame is missing: {said.status}")
        promised(not talk.kernel.guard.cell_truncated, "cleared output counts as kept")


def endless_output_ends_the_run_at_the_limit(bench: Bench) -> None:
    """Output without end stops the run as `output_too_large`, and does not fill this process."""
    before = _peak()
    with bench.talk() as talk:
        said = talk.cell("while True: print('x' * 100_000, flush=True)", seconds=60)
        promised(said.outcome is RunOutcome.OUTPUT_TOO_LARGE, f"unexpected: {said.status} {said.outcome}")
    promised(_peak() - before < GROWTH_BYTES, f"this process grew by {_peak() - before} bytes")


def one_huge_message_ends_the_run(bench: Bench) -> None:
    """A message above the limit is never received, and its cell is not taken for a silent success."""
    before = _peak()
    with bench.talk() as talk:
        said = talk.cell(
            "from IPython.display import display\ndisplay({'text/plain': 'x' * 60_000_000}, raw=True)"
        )
        promised(said.outcome is RunOutcome.OUTPUT_TOO_LARGE, f"unexpected: {said.status} {said.outcome}")
    promised(_peak() - before < GROWTH_BYTES, f"this process grew by {_peak() - before} bytes")


def junk_is_dropped_and_changes_nothing(bench: Bench) -> None:
    """Malformed, unsigned and nested messages are counted and dropped; honest ones still arrive.

    Half a character is replaced: file names hold such, and no notebook can be saved with them.
    """
    with bench.talk() as talk:
        said = talk.cell(FORGED)
        promised(said.status == "ok" and said.text == "?honest\n", f"unexpected: {said}")
        promised(talk.kernel.guard.dropped >= 10, f"only {talk.kernel.guard.dropped} were counted")
        promised(talk.cell("print('next')").text == "next\n", "the next cell does not run")


def a_forged_reply_status_is_an_error(bench: Bench) -> None:
    """A status other than `ok` is never a success, whatever word it is."""
    with bench.talk() as talk:
        said = talk.cell(
            "k = get_ipython().kernel\n"
            "send = k.session.send\n"
            "def forged(socket, kind, content=None, *a, **n):\n"
            "    if kind == 'execute_reply': content = {**content, 'status': 'banana'}\n"
            "    return send(socket, kind, content, *a, **n)\n"
            "k.session.send = forged"
        )
        promised(said.status != "ok", f"a forged status counts as a success: {said}")


def a_message_without_end_is_contained_by_the_graders_own_limit(bench: Bench) -> None:
    """Frames that never end a message pass every guard; the process that reads them must die alone.

    It runs under a memory limit as every grading does; this process survives and sweeps what it left behind.
    """
    child = subprocess.run(
        [sys.executable, "-m", "autograder.sandbox.promises.attacked", bench.sandbox.name, bench.image],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=ATTACKED_SECONDS,
        check=False,
    )
    ended = child.stdout.decode().strip() or f"status {child.returncode}"
    promised(b"grew" not in child.stdout, f"the memory limit did not hold: {ended}")
    promised(child.returncode != 0 or b"stopped" in child.stdout, f"the attack counts as a success: {ended}")
    bench.sandbox.sweep()
    with bench.talk() as talk:
        promised(talk.cell("print('next')").text == "next\n", "the next run is not normal")


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
