"""The judge sandbox as a check sees it: our own code on plain data, in a container without student code.

Data that a student's run exported goes in as arguments, so what comes out follows from its content and from
our code alone: a check that rests on it is `separated`. Whether the data is of the right form is for the
check to see to beforehand: a call that fails is an error of ours, and nobody loses points by it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

from autograder.checks.asking import ANSWER_BYTES, MIB
from autograder.formats import plain
from autograder.formats.plain import PlainValue
from autograder.model.evidence import Answer, AnswerStatus, JudgeCall

JUDGE_SECONDS = 120.0


class JudgeFailed(Exception):
    """The judge gave no result. A failure of ours, for staff: the check is `errored`."""


class Judge:
    """The judge sandbox. Get it by naming an argument `judge`."""

    def __init__(
        self,
        call: Callable[[JudgeCall], Answer],
        folder: Path,
        *,
        at_most: int = ANSWER_BYTES,
        seconds: float = JUDGE_SECONDS,
        most_seconds: float = JUDGE_SECONDS,
    ) -> None:
        self._call = call
        self._folder = folder
        self._at_most = at_most
        self._seconds = seconds
        self._most_seconds = most_seconds

    def within(self, *, seconds: float | None = None, megabytes: float | None = None) -> Judge:
        """Return the same judge with other limits per call: `judge.within(seconds=300).run(...)`.

        Without it a call may take 120 seconds and its result 4 MB. The check's own `seconds` in
        `assignment.toml` bounds the time of each call, and that of all its calls together.
        """
        return Judge(
            self._call,
            self._folder,
            at_most=self._at_most if megabytes is None else int(megabytes * MIB),
            seconds=seconds or self._seconds,
            most_seconds=self._most_seconds,
        )

    def run(self, script: str, /, **arguments: object) -> PlainValue:
        """Call the function `judge` of a file in `checks/judge/` with these keywords; return its result.

        Arguments and result are plain data: numbers, texts, lists, dicts, numpy arrays. The result of an
        equal call, same text of the file and same arguments, is used again, also when stored evidence is
        judged: the function must depend on nothing else.

        Raises:
            JudgeFailed: the function raised, took too long or returned something else, or the sandbox failed.
            ValueError: the name leads out of the folder.
            FileNotFoundError: there is no such file.

        """
        path = PurePosixPath(script)
        if path.is_absolute() or ".." in path.parts:
            raise ValueError(f"{script!r} is not a file below checks/judge")
        answer = self._call(
            JudgeCall(
                script=script,
                code=(self._folder / "judge" / path).read_text(encoding="utf-8"),
                arguments=plain.encode(arguments),
                at_most=self._at_most,
                seconds=min(self._seconds, self._most_seconds),
            )
        )
        if answer.status is not AnswerStatus.ANSWERED:
            raise JudgeFailed(f"{script} gave no result ({answer.status}): {answer.message}")
        return plain.decode(answer.value)
