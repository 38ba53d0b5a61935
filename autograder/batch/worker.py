"""What a worker process does between its birth by `fork` and its end: limits, one job, one result.

It grades one submission and nothing else, so whatever that submission does to it ends with it. The limits
here bound this process; the kernel's limits are the sandbox's. Its parent holds the clock.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import socket
import sys
import traceback
from dataclasses import dataclass

from autograder.batch.job import JobFunction, JsonObject
from autograder.errors import GraderError

RESULT_BYTES = 16 * 1024 * 1024
NO_MEMORY = 70
"""Exit status of a worker that had no memory left even to say so."""
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """The open files a worker gets: where to answer, what to do, and where stderr goes."""

    answers: int
    payload: int
    errors: int


def live(function: JobFunction, handed: Handed, *, memory_bytes: int) -> int:
    """Do the job and send its result. Returns the exit status; nothing is raised."""
    _separate(handed.errors, memory_bytes)
    with socket.socket(fileno=handed.answers) as answers:
        try:
            with os.fdopen(handed.payload, "rb") as file:
                file.seek(0)
                payload = json.loads(file.read())
            result = function(payload, lambda progress: _send(answers, {"progress": progress}))
            line: JsonObject = {"result": result}
        except MemoryError:
            line = {"memory": True}
        except GraderError as error:
            line = {"failed": f"{error} {error.hint}".strip(), "error": type(error).__name__}
        except Exception as error:
            line = {"failed": "".join(traceback.format_exception(error))[-8000:], "error": ""}
        try:
            _send(answers, line)
        except MemoryError:
            return NO_MEMORY
        except (OSError, TypeError, ValueError) as error:
            _send(answers, {"failed": f"the result cannot be sent: {error}", "error": ""})
    return 0


def _send(answers: socket.socket, message: JsonObject) -> None:
    line = json.dumps(message, allow_nan=False).encode() + b"\n"
    if len(line) > RESULT_BYTES:
        raise ValueError(f"{len(line)} bytes, limit {RESULT_BYTES}")
    answers.sendall(line)


def _separate(errors: int, memory_bytes: int) -> None:
    """Become a session of its own with limits, without a terminal and without input."""
    os.setsid()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(name, signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.dup2(errors, 2)
    os.close(nowhere)
    os.close(errors)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]  # kept: the check process has a limit of its own
    bound = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (bound, hard))
    if sys.platform == "linux":  # never outlive the server, which is the only one who could end it
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
