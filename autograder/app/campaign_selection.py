"""Read which submissions a campaign is about from what a person wrote."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from autograder.errors import UsageError
from autograder.model.graded import Status
from autograder.model.ids import CheckId
from autograder.model.results import CheckOutcome

if TYPE_CHECKING:
    from gradebook.campaigns.selecting import Selection


def selection_of(
    students: Sequence[str] | None = None,
    sections: Sequence[str] | None = None,
    statuses: Sequence[str] | None = None,
    outcomes: Sequence[str] | None = None,
    *,
    older: bool = False,
    counting: bool = False,
) -> Selection:
    """The selection that a person wrote. `outcomes` are like q2=failed; None stands for all.

    UsageError for a status or an outcome that there is not.
    """
    from gradebook.campaigns.selecting import Selection

    return Selection(
        students=tuple(students or ()),
        sections=tuple(sections or ()),
        statuses=tuple(Status(_one_of(status, list(Status), "status")) for status in statuses or ()),
        outcomes=tuple(_outcome(text) for text in outcomes or ()),
        older=older,
        counting=counting,
    )


def _outcome(text: str) -> tuple[CheckId, CheckOutcome]:
    check, equals, outcome = text.rpartition("=")
    if not equals or not check:
        raise UsageError(f"{text!r} is no outcome of a check", hint="Write it like q2=failed.")
    return CheckId(check), CheckOutcome(_one_of(outcome, list(CheckOutcome), "outcome"))


def _one_of(text: str, known: Sequence[str], what: str) -> str:
    if text not in known:
        raise UsageError(f"there is no {what} {text!r}", hint=f"There are: {', '.join(known)}.")
    return text
