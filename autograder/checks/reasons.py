"""From what a check returned or raised to its verdict, and which of its words a student may read.

The student's message is made of words that an author wrote as fixed text, or meant for the student. Computed
texts, tracebacks and values go into the staff's message only.
"""

from __future__ import annotations

import ast
import inspect
import linecache
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from types import TracebackType

import pytest

from autograder.checks.verdicts import CheckFailed, CheckWaiting, Grade, NeverAsked
from autograder.checks.wire import Message
from autograder.model.results import CheckOutcome

MESSAGE_LENGTH = 2_000
STAFF_LENGTH = 20_000
NEW_RUN_NEEDED = "This check asks something that the run was never asked: a new run is needed."


def verdict_of(
    function: Callable[..., object],
    *,
    returned: object,
    raised: BaseException | None,
    report: str,
    figures: Mapping[str, float],
    unanswered: bool,
) -> Message:
    """Return the fields of a check's result as plain JSON values."""
    outcome, fraction, message, staff = _judged(function, returned, raised, report)
    if unanswered and outcome is not CheckOutcome.WAITING:
        outcome, fraction, message, staff = CheckOutcome.NOT_RUN, Decimal(0), NEW_RUN_NEEDED, ""
    extra = returned.figures if isinstance(returned, Grade) and raised is None else {}
    return {
        "outcome": outcome.value,
        "fraction": str(fraction),
        "message": message[:MESSAGE_LENGTH],
        "staff_message": staff[-STAFF_LENGTH:],
        "figures": {**figures, **extra},
    }


def _judged(
    function: Callable[..., object], returned: object, raised: BaseException | None, report: str
) -> tuple[CheckOutcome, Decimal, str, str]:
    match raised:
        case None:
            return _returned(function, returned)
        case CheckFailed():
            return CheckOutcome.FAILED, Decimal(0), raised.reason, f"{raised.staff}\n{report}".strip()
        case CheckWaiting():
            return CheckOutcome.WAITING, Decimal(0), raised.reason, ""
        case NeverAsked():
            return CheckOutcome.NOT_RUN, Decimal(0), NEW_RUN_NEEDED, str(raised)
        case AssertionError():
            return CheckOutcome.FAILED, Decimal(0), fixed_text(raised, function) or purpose(function), report
        case pytest.fail.Exception():
            return CheckOutcome.FAILED, Decimal(0), purpose(function), report
        case pytest.skip.Exception():
            return CheckOutcome.WAITING, Decimal(0), "A person has to look at this.", report
        case _:
            return CheckOutcome.ERRORED, Decimal(0), "", report


def _returned(function: Callable[..., object], returned: object) -> tuple[CheckOutcome, Decimal, str, str]:
    if returned is None:
        return CheckOutcome.PASSED, Decimal(1), "", ""
    if not isinstance(returned, Grade):
        what = f"the check returned {type(returned).__name__}; it may return nothing or a grade"
        return CheckOutcome.ERRORED, Decimal(0), "", what
    if returned.fraction == 1:
        return CheckOutcome.PASSED, Decimal(1), returned.message, ""
    words = " ".join(part for part in (purpose(function), returned.message) if part)
    outcome = CheckOutcome.PARTIAL if returned.fraction else CheckOutcome.FAILED
    return outcome, returned.fraction, words, ""


def purpose(function: Callable[..., object]) -> str:
    """Return the first paragraph of a check's docstring on one line, or an empty text."""
    return " ".join((inspect.getdoc(function) or "").split("\n\n")[0].split())


def fixed_text(error: AssertionError, function: Callable[..., object]) -> str:
    """Return the text after the comma of the `assert` that failed, if it was written as a plain text.

    Only an `assert` in the check files counts, not one in a library that a check called.
    """
    place = _innermost(error.__traceback__)
    if place is None:
        return ""
    file, line = place.tb_frame.f_code.co_filename, place.tb_lineno
    if not Path(file).is_relative_to(Path(inspect.getfile(function)).parent):
        return ""
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError):
        return ""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert) and node.lineno <= line <= (node.end_lineno or node.lineno):
            text = node.msg.value if isinstance(node.msg, ast.Constant) else None
            return text if isinstance(text, str) else ""
    return ""


def _innermost(traceback: TracebackType | None) -> TracebackType | None:
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback
