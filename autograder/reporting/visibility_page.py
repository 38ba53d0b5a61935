"""The reference page of `visibility`: its whole decision table in words. Nothing is decided here."""

from __future__ import annotations

from typing import Final

from autograder.model.assignment import Visibility
from autograder.reporting.visibility import Facts, Item, Lifted, Role, Stage, cases, sees

INTRO: Final = """\
# Who sees what, and when

This page is generated from the code: `make docs`. One function decides for every page and every file that
students get; what it does not allow is left out. The table is that function's answer to every question, and a
test holds each of them.

**Stages** are those of one student's work. *Open*: the student may still hand in on time; the whole second of
the deadline is on time, and an extension moves it. *Due*: the deadline has passed, the grades are not
published. *Published*: both. Who has an extension sees hidden results only when that has ended as well, even
though the others see theirs.

**Staff** see everything at every stage. A TA who marks blind sees no name, no id, no file name and no
NAME or COLLABORATORS cell.

**Visibility** of a check stands in [assignment.toml](assignment-toml.md): `visible`, `after_published` or
`hidden`. A check that is not shown is not named either; a student learns how many there are and what they are
worth together.

**The embargo.** Once hidden text was sent to a notebook, its code can put that text into anything it makes
later: an output, a file, an error. All of that is held back until everything hidden that was sent is
published. Rows withheld from the data set never are, and a check that is `hidden` never is.
"""

WHAT: Final = {
    Item.CHECK: "A check: title, result, points, message, accuracies, rubric, a person's words about it",
    Item.CHECK_COUNT: "How many checks are not shown, and what they are worth together",
    Item.STAFF_MESSAGE: "Expected values, tracebacks and thresholds of a check",
    Item.TOTAL: "The total, deductions, the grade and its reasons, and whether the basic part succeeded",
    Item.COMMENT: "What a person wrote about a cell, a notebook or the whole; regrade requests, answers",
    Item.FINDING: "A finding, whether proposed, confirmed or waived, and what it costs",
    Item.RUN_OUTCOME: "How the run ended, in our words",
    Item.RUN_DETAIL: "How the run ended, in the run's own words; memory and processor time",
    Item.OUTPUT: "What a cell printed, how long it took, how it failed, and such words in a finding",
    Item.HIDDEN_LINES: "Hidden lines of a test cell, and how a test cell ended whose check is not shown",
    Item.NOTES: "Remarks that cost nothing",
    Item.SUSPICIONS: "Signs that something is not as it seems",
    Item.REASONS: "Who changed what, when and why; staff's notes",
    Item.EVIDENCE: "Questions and answers, the fit ledger, provenance",
    Item.IDENTITY: "Name, id and file name of the one who handed in",
    Item.CLASS: "Other students, the distribution, statistics of the class",
}

_MARK: Final = {True: "yes", False: "–"}


def visibility_page() -> str:
    """Markdown of the decision table."""
    head = ["What", "of which", *(f"student, {stage.value}" for stage in Stage), "TA", "instructor"]
    lines = [INTRO, "## The table", "", _row(head), _row(["---"] * len(head))]
    for item in Item:
        lines += [_row([WHAT[item], which(item, facts), *_answers(item, facts)]) for facts in cases(item)]
    return "\n".join(lines) + "\n"


def _answers(item: Item, facts: Facts) -> list[str]:
    student = [_MARK[sees(item, Role.STUDENT, stage, facts)] for stage in Stage]
    staff = []
    for role in (Role.TA, Role.INSTRUCTOR):
        at_each = {_MARK[sees(item, role, stage, facts)] for stage in Stage}
        staff.append(" / ".join(sorted(at_each)))
    return [*student, *staff]


def which(item: Item, facts: Facts) -> str:
    """In words, what else decides about an item."""
    match item:
        case Item.CHECK:
            return f"`{facts.visibility.value}`"
        case Item.TOTAL:
            every = f"all checks are `{Visibility.VISIBLE.value}`"
            return every if facts.all_visible else f"not {every}"
        case Item.OUTPUT:
            return {
                Lifted.AT_ONCE: "before anything hidden was sent",
                Lifted.PUBLISHED: "after; all of it is published with the grades",
                Lifted.NEVER: "after; part of it is never published",
            }[facts.lifted]
        case Item.IDENTITY:
            return "marked blind" if facts.blind else ""
        case _:
            return ""


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
