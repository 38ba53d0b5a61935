"""The examples in the documentation say what a person works out by hand, and the how-to's file is good."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from gradebook.policies.examples import EXAMPLES, Example
from gradebook.policies.file import parse_policies
from gradebook.policies.values import BasicPart

HOW_TO = Path(__file__).resolve().parents[4] / "docs" / "how-to" / "policies.md"
NAMED = {example.title: example for example in EXAMPLES}

ALONE = {
    "A percentage for each late day": "9 9 8 8 6 0",
    "Decay": "10 8 6.4 5.12 5 5",
    "The night in which the clock is put back": "10 9 9 8",
}
TOGETHER = {
    "The best attempt": "8",
    "A budget of late days": "9 10",
    "An extension": "8",
    "An extension that is not used": "9",
    "Lateness that a person decided": "8.5",
    "A basic part and open-ended extras": "7.5",
    "A course": "7 9 17 5 81",
}


def test_every_example_was_worked_out_by_hand() -> None:
    assert set(NAMED) == {*ALONE, *TOGETHER}
    assert {example.title for example in EXAMPLES if example.alone} == set(ALONE)


@pytest.mark.parametrize("title", ALONE)
def test_each_submission_alone_earns_what_hand_arithmetic_says(title: str) -> None:
    points = [found.assignments[one.assignment].points for one, found in NAMED[title].each()]
    assert points == [Decimal(part) for part in ALONE[title].split()]


@pytest.mark.parametrize("title", TOGETHER)
def test_all_submissions_together_earn_what_hand_arithmetic_says(title: str) -> None:
    grades = NAMED[title].together().assignments.values()
    assert [grade.points for grade in grades if grade.attempt] == [
        Decimal(p) for p in TOGETHER[title].split()
    ]


def test_the_course_of_the_examples_is_added_up_as_by_hand() -> None:
    # Labs: 70 % is dropped, 90 % and 85 % stay: 87.5 %. Extra: 50 % of one of three labs: 16.67 % on top.
    labs = Decimal("87.5") + Decimal(50) / 3
    course = NAMED["A course"].together().course
    assert course.percent == round((60 * labs + 40 * 81) / 100, 2)
    assert course.letter == "A"


def test_a_failed_basic_part_fails_the_course_in_the_example() -> None:
    example: Example = NAMED["A basic part and open-ended extras"]
    assert (example.together().course.letter, example.together().course.failed) == ("F", True)


def test_the_file_of_the_how_to_is_a_good_one() -> None:
    block = re.search(r"```toml\n(.*?)```", HOW_TO.read_text(), flags=re.DOTALL)
    assert block is not None
    policies = parse_policies(block.group(1))
    assert policies.assignments["finetune-sentiment"].basic_part is BasicPart.FAIL
    assert len(policies.letters) == 7
