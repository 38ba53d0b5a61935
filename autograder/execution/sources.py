"""The expressions that are sent into a kernel: our helper's source, run in a fresh namespace, and one call.

The source goes along each time, so that nothing a student did to an earlier copy matters. An expression uses
no name of the notebook but `__import__`. It is code for the student's side: nothing here runs on ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final

_START: Final = ("weights", "ledger", "start")
_PROBE: Final = ("weights", "plain_values", "probe")
_JUDGE: Final = ("plain_values", "probe", "judging")
_PACKAGE: Final = "autograder.execution.kernel_side"


def start_expression(
    folders: Sequence[str], positions: Sequence[int], authors: Sequence[int], nonce: str
) -> str:
    """Return what prepares a new kernel; its value is the reply to a question with this nonce."""
    arguments = f"{list(folders)!r}, {list(positions)!r}, {list(authors)!r}, {nonce!r}"
    return _expression(_START + _PROBE[1:], "begin", arguments)


def question_expression(request: str) -> str:
    """Return what answers a question; `request` is JSON text."""
    return _expression(_PROBE, "answer", repr(request))


def judge_expression(request: str) -> str:
    """Return what runs our own code in the judge sandbox; `request` is JSON text."""
    return _expression(_JUDGE, "judged", repr(request))


def _expression(parts: tuple[str, ...], function: str, arguments: str) -> str:
    builtin = "__import__('builtins')"
    return (
        "(lambda make, run, space, texts: [run(make(text, '<autograder>', 'exec'), space) for text in texts]"
        f" and space[{function!r}]({arguments}))"
        f"({builtin}.compile, {builtin}.exec, {{'__name__': '_nbverdict'}}, {_texts(parts)})"
    )


@cache
def _texts(parts: tuple[str, ...]) -> str:
    folder = files(_PACKAGE)
    return repr([(folder / f"{part}.py").read_text(encoding="utf-8") for part in parts])
