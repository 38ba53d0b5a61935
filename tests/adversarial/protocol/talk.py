"""What attack cells need to speak in the kernel's name: pieces of code for the student's side.

`TALK` gives `reply` and `publish` (signed, for the request that is being handled), `RAW` gives `frames`,
`to_shell` and `to_iopub` for messages that no library would send, `PIPES` the descriptors of the kernel's
sockets. With `LIAR`, `lie(kind, nonce)` yields (head, body) of answers that go out before the true one, or,
with `alone`, in its place.
"""

from __future__ import annotations

TALK = r"""
import hashlib, hmac, json, os, re, signal, sys, threading, time
kernel = get_ipython().kernel
session = kernel.session
OK = {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}
IDLE = {"execution_state": "idle"}
def shell_stream():
    return kernel.shell_channel_thread.manager.get_subshell_to_shell_channel_socket(None)
def to():
    return kernel._parent_ident["shell"]
def reply(content, kind="execute_reply", parent=None):
    session.send(shell_stream(), kind, content, parent or kernel.get_parent(), ident=to())
def publish(kind, content, parent=None):
    session.send(kernel.iopub_socket, kind, content, parent or kernel.get_parent(), ident=b"x")
"""

RAW = (
    TALK
    + r"""
def part(value):
    return value if isinstance(value, bytes) else json.dumps(value).encode()
def current():
    return {"msg_id": kernel.get_parent()["header"]["msg_id"]}
def frames(kind, content, header=None, parent=None, signature=None, extra=(), metadata=b"{}"):
    header = {"msg_id": "m", "msg_type": kind, "version": "5.3"} if header is None else header
    parts = [part(header), part(current() if parent is None else parent), part(metadata), part(content)]
    mac = hmac.new(session.key, digestmod=hashlib.sha256)
    for one in parts:
        mac.update(one)
    return [b"<IDS|MSG>", mac.hexdigest().encode() if signature is None else signature, *parts, *extra]
def to_shell(parts):
    shell_stream().send_multipart([*to(), *parts])
def to_iopub(parts):
    kernel.iopub_socket.send_multipart([b"x", *parts])
"""
)

LIAR = (
    TALK
    + r"""
MIME, alone = "application/vnd.nbverdict.answer", False
send = session.send
def said(head, body):
    text = head if isinstance(head, str) else json.dumps(head)
    data = {MIME: text + "\n" + body, "text/plain": ""}
    return {**OK, "user_expressions": {"answer": {"status": "ok", "data": data, "metadata": {}}}}
def lying(stream, kind, content=None, parent=None, *a, **k):
    if kind == "execute_reply" and parent and parent["content"].get("user_expressions"):
        code = parent["content"]["user_expressions"]["answer"]
        nonce = re.findall(r'"nonce": "(\w+)"', code)[-1]
        asked = (re.findall(r'"kind": "(\w+)"', code) or ["piece"])[-1]
        lies = list(lie(asked, nonce))
        for head, body in lies:
            send(stream, kind, said(head, body), parent, *a, **k)
        if lies and alone:
            return None
        return send(stream, kind, content, parent, *a, **k)
    return send(stream, kind, content, parent, *a, **k)
def head(nonce, **more):
    return {"nonce": nonce, "status": "answered", "message": "", "pieces": 1, **more}
session.send = lying
"""
)

PIPES = r"""
import os, socket, threading
def sockets(listening):
    "Descriptors of the kernel's own sockets by the last letter of their address: 1 is shell, 2 is iopub."
    found = {}
    for number in os.listdir("/proc/self/fd"):
        try:
            one = socket.socket(fileno=os.dup(int(number)))
            if bool(one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)) == listening:
                found.setdefault(one.getsockname()[-1:], []).append(int(number))
            one.close()
        except OSError:
            continue
    return found
def pipes(*ports):
    return [number for port in ports for number in sockets(False)[str(port)]]
def pour(number, data):
    os.set_blocking(number, True)
    data = memoryview(data)
    while data:
        data = data[os.write(number, data):]
"""
