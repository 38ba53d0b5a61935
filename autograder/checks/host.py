"""Start, feed and end one check process. This is the grading process's side.

One process serves all stops of one grading; after a check that hung or killed it, it is of no more use. Its
environment holds nothing but what Python needs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

import autograder
from autograder.checks.stop import Stop
from autograder.checks.wire import Channel, ChannelClosed, Message, TookTooLong
from autograder.model.assignment import CheckSpec, Visibility
from autograder.model.evidence import Answer, AnswerStatus, JudgeCall, Question
from autograder.model.holdout import Holdout
from autograder.model.ids import CheckpointId

GIB = 1024 * 1024 * 1024
MEMORY_BYTES = 2 * GIB
START_SECONDS = 120.0
KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")
_QUESTION = TypeAdapter(Question)
_JUDGE_CALL = TypeAdapter(JudgeCall)

Earlier = Mapping[tuple[CheckpointId, str], Answer]


class CheckProcessDied(Exception):
    """The check process ended or hung. The message holds what it left on stderr. Never a student's fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the check files hold: ids with the weights they watch, and what is wrong with the files."""

    watch: Mapping[str, tuple[tuple[str, str], ...]]
    twice: tuple[str, ...]
    unmarked: tuple[str, ...]
    broken: Mapping[str, str]


class CheckProcess:
    """A running check process. It imports the check files at once, while other things may happen."""

    def __init__(
        self,
        specs: Sequence[CheckSpec],
        folder: Path,
        holdout: Holdout | None,
        *,
        memory_bytes: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        inside_read, self._write = os.pipe()
        self._read, inside_write = os.pipe()
        inside_life, self._life = os.pipe()
        handed = (inside_read, inside_write, inside_life)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "autograder.checks.process", *map(str, handed)],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self._stderr,
                pass_fds=handed, env=_environment(), cwd="/", start_new_session=True,
            )  # fmt: skip
        finally:
            for descriptor in handed:
                os.close(descriptor)
        self._channel = Channel(self._read, self._write)
        self._found: Found | None = None
        self._send(_settings(specs, folder, holdout, memory_bytes))

    def found(self) -> Found:
        """Wait until the check files are imported and say what they hold. Raises CheckProcessDied."""
        if self._found is None:
            message = self._receive(START_SECONDS)["ready"]
            self._found = Found(
                watch={
                    id: tuple((at, name) for at, name in pairs) for id, pairs in message["checks"].items()
                },
                twice=tuple(message["twice"]),
                unmarked=tuple(message["unmarked"]),
                broken=message["broken"],
            )
        return self._found

    def judge(self, spec: CheckSpec, stop: Stop, earlier: Earlier) -> Message:
        """Run one check and return its verdict.

        Its own time is limited, and so are the time of all answers together and that of all its calls of the
        judge; while it waits for either its own clock stands still.

        Raises:
            CheckProcessDied: the check ended the process or took too long. The process is of no more use.

        """
        self.found()
        self._send({"run": spec.id})
        ask, call_judge = stop.asker_for(spec.id), stop.judge_for(spec.id)
        own_seconds = answer_seconds = judge_seconds = spec.seconds
        while True:
            began = self._clock()
            message = self._receive(own_seconds)
            own_seconds -= self._clock() - began
            if "result" in message:
                verdict = message["result"]
                assert isinstance(verdict, dict)
                return verdict
            if "want" in message:
                self._send({"notebook": stop.notebook})
                continue
            began = self._clock()
            if "judge" in message:
                call = _JUDGE_CALL.validate_python(message["judge"])
                late = Answer(status=AnswerStatus.NO_ANSWER, message="the calls of this check took too long")
                self._send({"answer": _plain(call_judge(call) if judge_seconds > 0 else late)})
                judge_seconds -= self._clock() - began
                continue
            question = _QUESTION.validate_python(message["ask"])
            if message["at"] is not None:
                answer = earlier.get((CheckpointId(message["at"]), question.name))
            elif answer_seconds > 0:
                answer = ask(question)
            else:
                answer = Answer(
                    status=AnswerStatus.NO_ANSWER, message="the answers of this check took too long"
                )
            answer_seconds -= self._clock() - began
            self._send({"answer": _plain(answer)})

    def close(self) -> None:
        """End the process and wait for it. May be called twice."""
        if self._process.returncode is None:
            self._process.kill()
            self._process.wait()
            for descriptor in (self._read, self._write, self._life):
                os.close(descriptor)
            self._stderr.close()

    def _send(self, message: Message) -> None:
        try:
            self._channel.send(message)
        except ChannelClosed as error:
            raise self._died(str(error)) from None

    def _receive(self, seconds: float) -> Message:
        try:
            return self._channel.receive(seconds=max(0.0, seconds))
        except ChannelClosed as error:
            raise self._died(str(error)) from None
        except TookTooLong:
            raise self._died("it took too long") from None

    def _died(self, why: str) -> CheckProcessDied:
        size = self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, size - 4000))
        left = self._stderr.read(4000).decode(errors="replace")
        self.close()
        return CheckProcessDied(f"the check process ended: {why}\n{left}".strip())


def _settings(
    specs: Sequence[CheckSpec], folder: Path, holdout: Holdout | None, memory_bytes: int
) -> Message:
    rows = None
    if holdout is not None:
        rows = {"inputs": holdout.inputs, "labels": holdout.labels, "classes": holdout.classes}
    return {
        "folder": str(folder.resolve()),
        "seconds": {spec.id: spec.seconds for spec in specs},
        "hidden": [spec.id for spec in specs if spec.visibility is not Visibility.VISIBLE],
        "holdout": rows,
        "memory_bytes": memory_bytes,
        "processor_seconds": int(START_SECONDS + sum(spec.seconds for spec in specs)) + 1,
    }


def _environment() -> dict[str, str]:
    """Return an environment without secrets, in which this very package is imported."""
    kept = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
    package = Path(autograder.__file__).resolve().parents[1]
    return {
        **kept, "PYTHONPATH": str(package), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1",
    }  # fmt: skip


def _plain(answer: Answer | None) -> dict[str, Any] | None:
    if answer is None:
        return None
    return {"status": answer.status.value, "value": answer.value, "message": answer.message}
