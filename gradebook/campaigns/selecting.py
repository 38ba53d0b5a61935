"""Which submissions a campaign is about. Pure: what fits is decided from values that were read before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from autograder.errors import GradebookError
from autograder.model.graded import Status, is_older
from autograder.model.ids import CheckId, SubmissionId
from autograder.model.results import CheckOutcome
from gradebook.roster import Member
from gradebook.values import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Conditions that must all hold; of several values of one kind any may. An empty one selects everything.

    `outcomes` are checks with the outcome they must have. `older`: made with an older version of the
    assignment than the newest that was recorded. `counting`: the attempt that counts for its student.
    """

    students: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    statuses: tuple[Status, ...] = ()
    outcomes: tuple[tuple[CheckId, CheckOutcome], ...] = ()
    older: bool = False
    counting: bool = False

    def __str__(self) -> str:
        said = [
            f"students {', '.join(self.students)}" if self.students else "",
            f"section {', '.join(self.sections)}" if self.sections else "",
            f"status {', '.join(self.statuses)}" if self.statuses else "",
            ", ".join(f"{check} {outcome}" for check, outcome in self.outcomes),
            "made with an older version" if self.older else "",
            "attempts that count" if self.counting else "",
        ]
        return "; ".join(part for part in said if part) or "all"


def chosen(
    entries: Iterable[Entry],
    selection: Selection,
    *,
    sections: Mapping[str, str],
    counting: Collection[SubmissionId],
    newest: str | None,
) -> list[Entry]:
    """The scores that a selection means, in their order.

    `sections` are by student, `counting` are the submissions that count, `newest` is the newest version.
    """
    return [one for one in entries if _fits(one, selection, sections, counting, newest)]


def refuse_unknown(entries: Collection[Entry], selection: Selection, members: Iterable[Member]) -> None:
    """GradebookError for a student, a section or a check that nobody knows: it was mistyped."""
    everybody = list(members)
    students = {name for one in everybody for name in (one.student, one.pseudonym)}
    sections = {one.section for one in everybody}
    checks = {str(result.check_id) for one in entries for result in one.graded.results}
    for what, asked, known in (
        ("student", selection.students, students),
        ("section", selection.sections, sections),
        ("check", [str(check) for check, _ in selection.outcomes], checks),
    ):
        for name in asked:
            if name not in known:
                near = get_close_matches(name, sorted(known), n=3, cutoff=0.5)
                raise GradebookError(
                    f"there is no {what} {name!r}", hint=f"Did you mean {', '.join(near)}?" if near else ""
                )


def _fits(
    entry: Entry,
    selection: Selection,
    sections: Mapping[str, str],
    counting: Collection[SubmissionId],
    newest: str | None,
) -> bool:
    graded, student = entry.graded, str(entry.graded.student)
    outcomes = {(result.check_id, result.outcome) for result in graded.results}
    return (
        (not selection.students or student in selection.students or entry.pseudonym in selection.students)
        and (not selection.sections or sections.get(student, "") in selection.sections)
        and (not selection.statuses or graded.status in selection.statuses)
        and (not selection.outcomes or not outcomes.isdisjoint(selection.outcomes))
        and (not selection.older or is_older(graded.provenance.assignment_version, newest))
        and (not selection.counting or entry.submission in counting)
    )
