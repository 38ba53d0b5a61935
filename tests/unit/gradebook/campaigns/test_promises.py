"""What campaigns promise, on generated classes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.errors import GradebookError
from autograder.model.assignment import Assignment
from autograder.model.ids import CheckId
from autograder.model.results import CheckOutcome
from gradebook.book import Gradebook
from gradebook.campaigns.book import CampaignBook
from gradebook.campaigns.drafting import Drafting
from gradebook.campaigns.selecting import Selection
from gradebook.campaigns.values import CampaignDiff, Proposal
from gradebook.course_book import CourseBook
from gradebook.policies.facts import Standing
from tests.unit.gradebook.builders import BY_TA, LAB, SPRING, an_assignment
from tests.unit.gradebook.campaigns.campaign_builders import (
    BY_HEAD,
    a_plan,
    grades,
    judged,
    record,
    rescore,
)
from tests.unit.gradebook.course_builders import BY_PROF, a_class

STUDENTS = ("anna", "bert", "zoe")
FEW = settings(max_examples=12, deadline=None)

outcomes = st.fixed_dictionaries(
    {
        name: st.sampled_from([CheckOutcome.PASSED, CheckOutcome.FAILED, CheckOutcome.WAITING])
        for name in ("q1", "q2")
    }
)
assignments = st.builds(
    lambda q1, q2: an_assignment({"q1": str(q1), "q2": str(q2)}, version="v2"),
    st.integers(1, 9),
    st.integers(1, 9),
)
classes = st.fixed_dictionaries({name: st.lists(outcomes, min_size=1, max_size=2) for name in STUDENTS})


@contextmanager
def a_book(found: dict[str, list[dict[str, CheckOutcome]]], seed: int) -> Iterator[Gradebook]:
    """A class with gradings, some of them changed by hand, a group, an extra."""
    with TemporaryDirectory() as folder, Gradebook.open(Path(folder) / "g", survive_power_loss=False) as book:
        course = a_class(book, STUDENTS)
        for student, attempts in found.items():
            for number, outcome in enumerate(attempts, start=1):
                record(book, student, outcome, attempt=number)
        chance = Random(seed)
        if chance.random() < 0.5:
            entry = chance.choice(book.scores(SPRING, LAB))
            book.record_manual_points(entry.score_id, CheckId("q1"), Decimal(chance.randint(0, 4)), BY_TA)
        if chance.random() < 0.5:
            course.group("lab1", "team", chance.sample(STUDENTS, 2), BY_PROF)
        if chance.random() < 0.3:
            course.award_extra("lab1", chance.choice(STUDENTS), "a plot", Decimal(1), BY_PROF)
        yield book


def standings(book: Gradebook) -> dict[str, Standing]:
    facts = CourseBook(book, SPRING).facts()
    return {name: facts.standing(name, book.now()) for name in STUDENTS}


def proposals(
    book: Gradebook, assignment: Assignment, results: dict[str, list[dict[str, CheckOutcome]]]
) -> list[Proposal]:
    """New results for every attempt."""
    entries = Drafting(book, SPRING).select(LAB, Selection())
    return [judged(one, results[str(one.graded.student)][0], assignment) for one in entries]


@FEW
@given(classes, assignments, st.integers())
def test_apply_and_undo_leave_everything_as_it_was(
    found: dict[str, list[dict[str, CheckOutcome]]], assignment: Assignment, seed: int
) -> None:
    with a_book(found, seed) as book:
        before, stood = grades(book), standings(book)
        entries = Drafting(book, SPRING).select(LAB, Selection())
        campaign, shown = Drafting(book, SPRING).draft(
            a_plan(), assignment, rescore(book, entries, assignment), BY_HEAD
        )
        done = CampaignBook(book, SPRING).apply(campaign.id, BY_HEAD)
        assert done.diff == shown, "the draft told the truth"
        CampaignBook(book, SPRING).undo(campaign.id, BY_HEAD)
        assert grades(book) == before
        assert standings(book) == stood


@FEW
@given(classes, classes, assignments, st.integers())
def test_where_lowering_is_forbidden_no_grade_falls(
    found: dict[str, list[dict[str, CheckOutcome]]],
    results: dict[str, list[dict[str, CheckOutcome]]],
    assignment: Assignment,
    seed: int,
) -> None:
    with a_book(found, seed) as book:
        before = standings(book)
        plan = a_plan(forbid_lowering=True)
        try:
            campaign, _ = Drafting(book, SPRING).draft(
                plan, assignment, proposals(book, assignment, results), BY_HEAD
            )
            CampaignBook(book, SPRING).apply(campaign.id, BY_HEAD)
        except GradebookError as error:
            assert "would fall" in str(error) or "left out" in str(error)
        for student, after in standings(book).items():
            then, now = before[student].assignments["lab1"], after.assignments["lab1"]
            if then.points is not None:
                assert now.points is not None
                assert now.points / now.maximum >= then.points / then.maximum


@FEW
@given(classes, classes, assignments, st.integers(), st.booleans())
def test_the_order_of_candidates_does_not_matter(
    found: dict[str, list[dict[str, CheckOutcome]]],
    results: dict[str, list[dict[str, CheckOutcome]]],
    assignment: Assignment,
    seed: int,
    forbid: bool,
) -> None:
    with a_book(found, seed) as book:
        made = proposals(book, assignment, results)
        told: list[CampaignDiff | str] = []
        for _ in range(2):
            Random(seed).shuffle(made)
            plan = a_plan(forbid_lowering=forbid, dry_run=True)
            try:
                told.append(Drafting(book, SPRING).draft(plan, assignment, made, BY_HEAD)[1])
            except GradebookError as error:
                told.append(str(error))
        assert told[0] == told[1]
