"""What the workers of these tests do. `do` is told by its payload."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from pathlib import Path

from autograder.batch.job import JobFunction, JsonObject, Report
from autograder.errors import AssetMissing, StorageFull


def do(payload: JsonObject, report: Report) -> JsonObject:
    if "ended" in payload:
        return {"status": "graded", "ended": payload["ended"]}
    return ACTIONS[payload["do"]](payload, report)


def well(payload: JsonObject, report: Report) -> JsonObject:
    return {"status": "graded", "said": payload.get("say"), "process": os.getpid()}


def reports(payload: JsonObject, report: Report) -> JsonObject:
    report({"cell": 1})
    report({"cell": 2})
    return {"status": "graded"}


def sandbox_fails(payload: JsonObject, report: Report) -> JsonObject:
    """Fail as often as `times` says, counted by the bytes of a file."""
    tries = Path(payload["file"])
    with tries.open("ab") as file:
        file.write(b".")
    return {"status": "sandbox_failed" if tries.stat().st_size <= payload["times"] else "graded"}


def out_of_memory(payload: JsonObject, report: Report) -> JsonObject:
    bytearray(4 << 30)
    return {"status": "graded"}


def aborts(payload: JsonObject, report: Report) -> JsonObject:
    os.write(2, b"FATAL ERROR: OUT OF MEMORY")
    os.abort()


def hangs(payload: JsonObject, report: Report) -> JsonObject:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    Path(payload["file"]).write_text(str(os.getpid()))
    while True:
        time.sleep(1)


def has_child_that_hangs(payload: JsonObject, report: Report) -> JsonObject:
    if os.fork() == 0:
        hangs(payload, report)
    while True:
        time.sleep(1)


def killed(payload: JsonObject, report: Report) -> JsonObject:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def exits(payload: JsonObject, report: Report) -> JsonObject:
    sys.exit(0)


def leaves(payload: JsonObject, report: Report) -> JsonObject:
    os._exit(0)


def raises(payload: JsonObject, report: Report) -> JsonObject:
    raise ZeroDivisionError("ours")


def lacks_an_asset(payload: JsonObject, report: Report) -> JsonObject:
    raise AssetMissing("no such model")


def disk_full(payload: JsonObject, report: Report) -> JsonObject:
    raise StorageFull("no room left")


def shouts(payload: JsonObject, report: Report) -> JsonObject:
    while True:
        report({"noise": "x" * 1_000_000})


def too_large(payload: JsonObject, report: Report) -> JsonObject:
    return {"status": "graded", "text": "x" * 20_000_000}


def not_json(payload: JsonObject, report: Report) -> JsonObject:
    return {"status": {1, 2}}


def surroundings(payload: JsonObject, report: Report) -> JsonObject:
    return {
        "status": "graded",
        "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
        "memory": resource.getrlimit(resource.RLIMIT_AS)[0],
        "leader": os.getsid(0) == os.getpid(),
        "input": sys.stdin.read(),
        "imported": "colorsys" in sys.modules,
    }


ACTIONS: dict[str, JobFunction] = {
    action.__name__: action
    for action in (
        well, reports, sandbox_fails, out_of_memory, aborts, hangs, has_child_that_hangs, killed, exits,
        leaves, raises, lacks_an_asset, disk_full, shouts, too_large, not_json, surroundings,
    )
}  # fmt: skip
