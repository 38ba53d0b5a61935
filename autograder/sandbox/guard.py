"""Count what a kernel sends, keep what fits its budgets, and end a run that only floods.

Per cell the guard passes on the beginning of the output and, when the cell is over, its end, with a line
that says how much is missing: a long training log is truncated, never killed for. Only what has been
*received* in the whole run has a limit that ends it. The guard knows no sockets and no clock. It does not
see the parts of a message that never ends: for that the grading process needs a memory limit of its own.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

from autograder.model.assignment import Limits
from autograder.model.execution import RunOutcome
from autograder.sandbox.messages import (
    IOPUB,
    SHELL,
    Builders,
    Envelope,
    Junk,
    Message,
    Unwanted,
    failed_reply,
    message,
    open_envelope,
    rebuild,
    size_of,
)

TAIL_SHARE = 4
"""One part in so many of a cell's output budget is kept for the end of its output."""

PARSED_BYTES = 4 * 1024 * 1024
"""Larger contents are not even parsed: parsing needs many times their size."""

UNCOUNTED = frozenset({"status", "clear_output", "execute_input"})
"""Types that leave nothing in the notebook."""

Frames = Sequence[bytes]


class Guard:
    """The budgets of one kernel. Used by one thread; `broken` may be read by any."""

    def __init__(self, limits: Limits, key: bytes) -> None:
        self._limits = limits
        self._key = key
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []
        self._expected = ""
        self._kept_bytes = 0
        self.broken: RunOutcome | None = None
        self.detail = ""
        self.dropped = 0
        """Messages no honest kernel sends."""
        self.ignored = 0
        """Messages that are well formed and not passed on: widgets, and what belongs to another request."""
        self.received_bytes = 0
        self.contradicted = False
        """Whether a request was answered twice: the first answer was believed, rightly or not."""
        self._answered: set[str] = set()
        self.replied = False
        """Whether the current request was answered on the shell channel."""
        self.begin_cell()

    def begin_cell(self) -> None:
        """Give the next cell a fresh output budget. Call it before the cell is sent."""
        self._cell_bytes = 0
        self._cell_messages = 0
        self._tail: deque[tuple[Message, int]] = deque()
        self._tail_bytes = 0
        self._left_out = 0
        self._left_out_bytes = 0

    @property
    def cell_truncated(self) -> bool:
        """Whether output of the current cell was left out."""
        return self._left_out > 0

    def expect(self, msg_id: str) -> None:
        """Take this request for the current one; what answers another one is ignored from now on."""
        self._expected = msg_id
        self.replied = False

    def on_stop(self, listener: Callable[[], None]) -> None:
        """Call `listener` once, from whichever thread notices it, when the run has to end."""
        with self._lock:
            if self.broken is None:
                self._listeners.append(listener)
                return
        listener()

    def stop(self, outcome: RunOutcome, detail: str) -> None:
        """Close the kernel's channels for good. Only the first reason counts."""
        with self._lock:
            if self.broken is not None:
                return
            self.detail = detail
            self.broken = outcome
            listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener()

    def shell(self, frames: Frames) -> Message | None:
        """Return the reply to the current request in these frames, rebuilt, or None."""
        envelope = self._open(frames, frozenset(SHELL))
        if envelope is None:
            return None
        if envelope.parent_id in self._answered:
            self.contradicted = True
        if envelope.parent_id != self._expected:
            self.ignored += 1
            return None
        self._answered.add(envelope.parent_id)
        if len(envelope.content) > self._limits.cell_output_bytes:
            too_large = failed_reply("ReplyTooLarge", f"the reply had {len(envelope.content)} bytes")
            reply: Message | None = message(envelope.msg_type, envelope.parent_id, too_large)
        else:
            reply = self._rebuild(envelope, SHELL)
        self.replied = self.replied or reply is not None
        return reply

    def iopub(self, frames: Frames) -> list[Message]:
        """Return what a reader may see now because of these frames: nothing, one message, or several."""
        envelope = self._open(frames, frozenset(IOPUB))
        if envelope is None:
            return []
        if envelope.parent_id != self._expected:
            self.ignored += 1
            return []
        size = len(envelope.content)
        free = envelope.msg_type in UNCOUNTED
        if size > PARSED_BYTES or (not free and envelope.msg_type != "stream" and size > self._largest(size)):
            self._leave_out(size)
            return []
        rebuilt = self._rebuild(envelope, IOPUB)
        if rebuilt is None:
            return []
        if envelope.msg_type == "clear_output":
            self._forget_cell()
        elif envelope.msg_type == "status" and rebuilt["content"]["execution_state"] == "idle":
            return [*self._rest(), rebuilt]
        elif not free:
            return self._keep_or_hold(rebuilt, size)
        return [rebuilt]

    def give_up_waiting(self) -> list[Message]:
        """Return the rest of the cell and an idle of our own: the kernel's got lost in a flood."""
        return [*self._rest(), message("status", self._expected, {"execution_state": "idle"})]

    def _count(self, frames: Frames) -> None:
        self.received_bytes += size_of(frames)
        if self.received_bytes > self._limits.received_bytes:
            self.stop(
                RunOutcome.OUTPUT_TOO_LARGE,
                f"the run sent more than {self._limits.received_bytes} bytes",
            )

    def _open(self, frames: Frames, allowed: frozenset[str]) -> Envelope | None:
        self._count(frames)
        try:
            return open_envelope(frames, self._key, allowed)
        except Unwanted:
            self.ignored += 1
        except Junk:
            self.dropped += 1
        return None

    def _rebuild(self, envelope: Envelope, builders: Builders) -> Message | None:
        try:
            return rebuild(envelope, builders)
        except Junk:
            self.dropped += 1
            return None

    @property
    def _tail_budget(self) -> int:
        return self._limits.cell_output_bytes // TAIL_SHARE

    def _room(self) -> int:
        """Bytes that the beginning of the cell's output may still have."""
        limits = self._limits
        if self._left_out or self._tail or self._cell_messages >= limits.cell_messages * 3 // TAIL_SHARE:
            return 0
        in_cell = limits.cell_output_bytes - self._tail_budget - self._cell_bytes
        return max(0, min(in_cell, limits.kept_output_bytes - self._kept_bytes))

    def _largest(self, size: int) -> int:
        """The most bytes that one message of this size could still be kept with."""
        room = self._room()
        return room if size <= room else self._tail_budget

    def _keep_or_hold(self, rebuilt: Message, size: int) -> list[Message]:
        """Return the message if it belongs to the beginning; else put it at the end of the tail."""
        room = self._room()
        if size <= room:
            self._keep(size)
            return [rebuilt]
        if rebuilt["msg_type"] != "stream":
            self._hold(rebuilt, size)
            return []
        # A kernel merges what is printed within 0.2 s: such a piece may be the whole log.
        name, text = rebuilt["content"]["name"], rebuilt["content"]["text"]
        start, rest = text[:room], text[room:]
        self._leave_out(max(0, len(rest) - self._tail_budget))
        rest = rest[-self._tail_budget :]
        self._hold(message("stream", self._expected, {"name": name, "text": rest}), len(rest))
        if not start:
            return []
        self._keep(len(start))
        return [message("stream", self._expected, {"name": name, "text": start})]

    def _keep(self, size: int) -> None:
        self._cell_messages += 1
        self._cell_bytes += size
        self._kept_bytes += size

    def _hold(self, rebuilt: Message, size: int) -> None:
        """Put a message at the end of the tail and let go of the oldest ones there."""
        self._tail.append((rebuilt, size))
        self._tail_bytes += size
        most = self._limits.cell_messages // TAIL_SHARE
        while self._tail_bytes > self._tail_budget or len(self._tail) > most:
            _, oldest = self._tail.popleft()
            self._tail_bytes -= oldest
            self._leave_out(oldest)

    def _leave_out(self, size: int) -> None:
        if size:
            self._left_out += 1
            self._left_out_bytes += size

    def _rest(self) -> list[Message]:
        """Return the note on what is missing and the end of the cell's output."""
        held, self._tail, self._tail_bytes = self._tail, deque(), 0
        rest = []
        for rebuilt, size in held:
            if self._kept_bytes + size > self._limits.kept_output_bytes:
                self._leave_out(size)
            else:
                rest.append(rebuilt)
                self._keep(size)
        return [*self._note(), *rest]

    def _note(self) -> list[Message]:
        if not self._left_out:
            return []
        text = (
            f"\n[... {self._left_out} pieces of output ({self._left_out_bytes} bytes) were left out: "
            f"a cell may have {self._limits.cell_output_bytes} bytes, "
            f"a notebook {self._limits.kept_output_bytes} ...]\n"
        )
        return [message("stream", self._expected, {"name": "stderr", "text": text})]

    def _forget_cell(self) -> None:
        """The cell cleared its own output (a live plot): what it said so far is not kept any more."""
        self._kept_bytes -= self._cell_bytes
        self._cell_bytes = 0
        self._tail.clear()
        self._tail_bytes = 0
        self._left_out = self._left_out_bytes = 0
