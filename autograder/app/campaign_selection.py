"""Read which submissions a campaign is about from what a person wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.errors import UsageError
from autograder.model.graded import Status
from autograder.model.ids import CheckId
from autograder.model.results import CheckOutcome

if TYPE_CHECKING:
    from gradebook.campaigns.selecting import Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person wrote. `outcomes` are like q2=failed."""

    students: Sequence[str] = ()
    sections: Sequence[str] = ()
    statuses: Sequence[str] = ()
    outcomes: Sequence[str] = ()
    older: bool = False
    counting: bool = False

    def selection(self) -> Selection:
        """The selection that is meant. UsageError for a status or an outcome that there is not."""
        from gradebook.campaigns.selecting import Selection

        return Selection(
            students=tuple(self.students),
            sections=tuple(self.sections),
            statuses=tuple(Status(_one_of(status, list(Status), "status")) for status in self.statuses),
            outcomes=tuple(_outcome(text) for text in self.outcomes),
            older=self.older,
            counting=self.counting,
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
