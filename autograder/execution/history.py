"""Compare what a kernel says it ran with what was sent, and let a cell fail that has to fail.

Both find tricks that do not hide (patched execution, altered input, hooks that swallow errors). A kernel
that lies about its history as well is not found out: cells stay `shared`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
from collections.abc import Sequence

from autograder.execution.cells import CellDriver, CellEnd
from autograder.execution.questions import Voice, evaluated
from autograder.execution.voice import NoReply
from autograder.formats.plain import PlainRejected, check
from autograder.model.execution import CellStatus

HISTORY_BYTES = 2 * 1024 * 1024
HISTORY_SECONDS = 20.0
CANARY_SECONDS = 20.0


def run_canary(driver: CellDriver, *, at_most: float) -> CellEnd:
    """Run a cell that names what is not there, and one that asserts what is not so.

    A kernel that reports success for one of them reports falsely; that end is returned, else the last one.
    """
    name = f"value_{secrets.token_hex(6)}"
    end = driver.run(name, seconds=min(CANARY_SECONDS, at_most))
    if end.ended is not None or end.status is CellStatus.OK:
        return end
    return driver.run(f"assert {name!r} == {secrets.token_hex(6)!r}", seconds=min(CANARY_SECONDS, at_most))


def differing(voice: Voice, sent: Sequence[str]) -> list[int]:
    """Return the places in `sent` of cells that ran otherwise, by the kernel's own record.

    A kernel that answers with no usable record has run none of them as far as is known.

    Raises:
        NoReply: the kernel did not answer at all, or too late.

    """
    ran: list[object] = []
    altered: list[object] = []
    request = {"kind": "history", "name": "", "part": "", "at_most": HISTORY_BYTES}
    try:
        _, body = evaluated(voice, request, seconds=HISTORY_SECONDS)
        with contextlib.suppress(PlainRejected, KeyError, TypeError):
            history = json.loads(check(body, at_most=HISTORY_BYTES))
            ran, altered = list(history["ran"]), list(history["altered"])
    except NoReply as problem:
        if problem.lost or problem.late:
            raise
    digests = [hashlib.sha256(source.encode("utf-8", "replace")).hexdigest() for source in sent]
    return [
        place
        for place, digest in enumerate(digests)
        if place >= len(ran) or ran[place] != digest or digest in altered
    ]
