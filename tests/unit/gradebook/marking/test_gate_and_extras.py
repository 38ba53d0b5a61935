"""The basic part must succeed, extras cannot repair it, and a person's extras follow the policy."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from autograder.model.assignment import Assignment, Gate
from autograder.model.ids import CheckId
from gradebook.book import Gradebook
from gradebook.course_book import CourseBook
from gradebook.marking.marking_book import MarkingBook
from gradebook.marking.rubric import Worth
from gradebook.policies.facts import Effective
from tests.unit.gradebook.builders import SPRING
from tests.unit.gradebook.course_builders import a_class
from tests.unit.gradebook.marking.builders import BY_HEAD, Clock, hand_in, written

POLICIES = """
zone = "America/New_York"
[categories.labs]
weight = 1
[assignments.lab1]
category = "labs"
due = 2026-03-05T12:00:00
extras_points = 2
basic_part = "fail"
"""


@pytest.fixture
def marking(tmp_path: Path) -> Iterator[MarkingBook]:
    """A basic part of 10 points of which 6 are needed, and an extra of 3: both marked by a person."""
    basic: Assignment = written(
        {"basic": "10", "extra": "3"},
        optional=["extra"],
        gate=Gate(title="Basic part", checks=(CheckId("basic"),), share=Decimal("0.6")),
    )
    with Gradebook.open(tmp_path / "g.sqlite3", clock=Clock()) as book:
        hand_in(book, "anna", assignment=basic, waits=("basic", "extra"))
        a_class(book, ["anna"]).store_policies(POLICIES, BY_HEAD)
        yield MarkingBook(book, SPRING)


def give(marking: MarkingBook, **points: str) -> Effective:
    for check, value in points.items():
        marking.mark(marking.find(f"anna-1:{check}"), Worth(points=Decimal(value)), "ann", again="marked")
    course = CourseBook(marking.book, SPRING)
    return course.standing("anna").assignments["lab1"]


def test_extras_count_above_a_basic_part_that_succeeded(marking: MarkingBook) -> None:
    assert give(marking, basic="6", extra="3").points == 9


def test_extras_cannot_repair_a_basic_part_that_failed(marking: MarkingBook) -> None:
    failed = give(marking, basic="5.999999", extra="3")
    assert (failed.points, failed.failed) == (Decimal("5.999999"), True)
    CourseBook(marking.book, SPRING).award_extra("lab1", "anna", "own head", Decimal(2), BY_HEAD)
    still = give(marking)
    assert (still.points, still.failed) == (failed.points, True)
    standing = CourseBook(marking.book, SPRING).standing("anna")
    assert standing.course.failed


def test_a_regrade_of_the_basic_part_lets_the_extras_count_again(marking: MarkingBook) -> None:
    give(marking, basic="5", extra="3")
    repaired = give(marking, basic="6")
    assert (repaired.points, repaired.failed) == (9, False)


def test_points_for_open_ended_extras_count_up_to_what_the_policy_says(marking: MarkingBook) -> None:
    give(marking, basic="8", extra="0")
    course = CourseBook(marking.book, SPRING)
    course.award_extra("lab1", "anna", "own head", Decimal("1.5"), BY_HEAD)
    assert give(marking).points == Decimal("9.5")
    course.award_extra("lab1", "anna", "prompts", Decimal("1.5"), BY_HEAD)
    assert give(marking).points == 10
    course.award_extra("lab1", "anna", "own head", None, BY_HEAD)
    assert give(marking).points == Decimal("9.5")
