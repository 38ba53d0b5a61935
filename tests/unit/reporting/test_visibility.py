"""The whole decision table: what a student, a TA and an instructor may see at each stage."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from autograder.model.assignment import Visibility
from autograder.model.graded import GradedSubmission
from autograder.reporting.feedback import feedback_for
from autograder.reporting.html import render_feedback, render_staff
from autograder.reporting.visibility import Facts, Item, Lifted, Role, Stage, cases, sees, stage_at
from autograder.reporting.visibility_page import visibility_page
from tests.unit.reporting.samples import a_graded, an_assignment, an_execution

ALWAYS, PUBLISHED, NEVER = "yyy", "nny", "nnn"
"""What a student sees while open, when due, once published."""

STUDENT = {
    (Item.CHECK, Facts(visibility=Visibility.VISIBLE)): ALWAYS,
    (Item.CHECK, Facts(visibility=Visibility.AFTER_PUBLISHED)): PUBLISHED,
    (Item.CHECK, Facts(visibility=Visibility.HIDDEN)): NEVER,
    (Item.CHECK_COUNT, Facts()): ALWAYS,
    (Item.STAFF_MESSAGE, Facts()): NEVER,
    (Item.TOTAL, Facts(all_visible=True)): ALWAYS,
    (Item.TOTAL, Facts(all_visible=False)): PUBLISHED,
    (Item.COMMENT, Facts()): PUBLISHED,
    (Item.FINDING, Facts()): ALWAYS,
    (Item.RUN_OUTCOME, Facts()): ALWAYS,
    (Item.RUN_DETAIL, Facts()): NEVER,
    (Item.OUTPUT, Facts(lifted=Lifted.AT_ONCE)): ALWAYS,
    (Item.OUTPUT, Facts(lifted=Lifted.PUBLISHED)): PUBLISHED,
    (Item.OUTPUT, Facts(lifted=Lifted.NEVER)): NEVER,
    (Item.HIDDEN_LINES, Facts()): NEVER,
    (Item.NOTES, Facts()): ALWAYS,
    (Item.SUSPICIONS, Facts()): NEVER,
    (Item.REASONS, Facts()): NEVER,
    (Item.EVIDENCE, Facts()): NEVER,
    (Item.IDENTITY, Facts(blind=False)): ALWAYS,
    (Item.IDENTITY, Facts(blind=True)): ALWAYS,
    (Item.CLASS, Facts()): NEVER,
}
DUE = datetime(2026, 3, 1, 23, 59, 0, tzinfo=UTC)
ROWS = [(item, facts) for item in Item for facts in cases(item)]


def over_time(item: Item, role: Role, facts: Facts) -> str:
    return "".join("y" if sees(item, role, stage, facts) else "n" for stage in Stage)


def test_the_table_has_every_case_and_no_other() -> None:
    assert list(STUDENT) == ROWS


@pytest.mark.parametrize(("row", "expected"), STUDENT.items(), ids=str)
def test_what_a_student_sees(row: tuple[Item, Facts], expected: str) -> None:
    assert over_time(row[0], Role.STUDENT, row[1]) == expected


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_staff_see_everything_but_a_blind_ta_who_it_is_of(row: tuple[Item, Facts]) -> None:
    item, facts = row
    blind = item is Item.IDENTITY and facts.blind
    assert over_time(item, Role.TA, facts) == (NEVER if blind else ALWAYS)
    assert over_time(item, Role.INSTRUCTOR, facts) == ALWAYS


ALL_FACTS = [
    Facts(visibility=visibility, all_visible=every, lifted=lifted, blind=blind)
    for visibility, every, lifted, blind in itertools.product(
        Visibility, (True, False), Lifted, (True, False)
    )
]


@pytest.mark.parametrize("item", Item)
@pytest.mark.parametrize("role", Role)
def test_nothing_that_was_shown_disappears_later(item: Item, role: Role) -> None:
    shown = {over_time(item, role, facts) for facts in ALL_FACTS}
    assert not shown - {"yyy", "nyy", "nny", "nnn"}


@pytest.mark.parametrize("item", Item)
def test_facts_on_which_an_item_does_not_depend_change_nothing(item: Item) -> None:
    """So the cases of the table are all there are."""
    listed = {over_time(item, role, facts) for role in Role for facts in cases(item)}
    assert {over_time(item, role, facts) for role in Role for facts in ALL_FACTS} == listed


@pytest.mark.parametrize(
    ("now", "due", "publication", "stage"),
    [
        (DUE - timedelta(days=1), DUE, None, Stage.OPEN),
        (DUE, DUE, None, Stage.OPEN),
        (DUE + timedelta(microseconds=999_999), DUE, None, Stage.OPEN),
        (DUE + timedelta(seconds=1), DUE, None, Stage.DUE),
        (DUE + timedelta(days=9), DUE, None, Stage.DUE),
        (DUE + timedelta(days=9), DUE, DUE + timedelta(days=10), Stage.DUE),
        (DUE + timedelta(days=10), DUE, DUE + timedelta(days=10), Stage.PUBLISHED),
        (DUE + timedelta(days=10), None, DUE + timedelta(days=10), Stage.PUBLISHED),
        (DUE, None, None, Stage.DUE),
        (DUE + timedelta(days=1), DUE + timedelta(days=7), DUE, Stage.OPEN),
    ],
    ids=[
        "before", "at", "within the deadline's second", "a second later", "long after", "before publication",
        "at publication", "no deadline", "no dates", "published, but this student has an extension",
    ],
)  # fmt: skip
def test_the_stage_of_a_student_s_work(
    now: datetime, due: datetime | None, publication: datetime | None, stage: Stage
) -> None:
    assert stage_at(now, due=due, publication=publication) is stage


def test_the_page_of_the_documentation_answers_every_case() -> None:
    page = visibility_page()
    assert page.count("\n|") == len(ROWS) + 2
    assert (
        "the grade and its reasons, and whether the basic part succeeded | not all checks are `visible` "
        "| – | – | yes | yes | yes |" in page
    )


def with_everything() -> GradedSubmission:
    findings = tuple(replace(finding, message="a finding") for finding in a_graded().findings)
    return a_graded(findings=findings, notes=("a note",), suspicions=("a suspicion",))


@pytest.mark.parametrize(
    ("published", "due_passed", "words", "shown"),
    [
        (False, True, "Only the adapters train", False),
        (True, True, "Only the adapters train", True),
        (True, False, "Only the adapters train", False),
        (True, False, "a finding", True),
        (True, False, "a note", True),
        (True, True, "a suspicion", False),
        (False, False, "more checks worth", True),
    ],
)
def test_the_student_s_page_follows_the_table(
    published: bool, due_passed: bool, words: str, shown: bool
) -> None:
    feedback = feedback_for(
        with_everything(), an_execution(), an_assignment(),
        role=Role.STUDENT, published=published, due_passed=due_passed,
    )  # fmt: skip
    assert (words in render_feedback(feedback)) is shown
    assert feedback.published is (published and due_passed)


@pytest.mark.parametrize("published", [False, True])
@pytest.mark.parametrize(
    ("item", "words"),
    [
        (Item.EVIDENCE, "batch-7:ab123-1"),
        (Item.EVIDENCE, "predict_sentiment("),
        (Item.EVIDENCE, "22,701,152"),
        (Item.STAFF_MESSAGE, "moved: embeddings"),
        (Item.SUSPICIONS, "Two locked cells were changed"),
        (Item.RUN_DETAIL, "3 cells raised an error"),
        (Item.RUN_DETAIL, "2.1 GB memory"),
        (Item.REASONS, "ta7 read it twice"),
    ],
)
def test_what_only_staff_see_is_on_their_page_and_never_on_the_student_s(
    item: Item, words: str, published: bool
) -> None:
    assert over_time(item, Role.STUDENT, Facts()) == NEVER
    staff = render_staff(a_graded(), an_execution(), an_assignment(), changes=["ta7 read it twice"])
    shown = feedback_for(a_graded(), an_execution(), an_assignment(), role=Role.STUDENT, published=published)
    assert words in staff
    assert words not in render_feedback(shown)
