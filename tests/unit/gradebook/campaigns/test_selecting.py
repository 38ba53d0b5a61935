"""What a selection names must be there: a mistyped name would leave somebody out in silence."""

from __future__ import annotations

import pytest

from autograder.errors import GradebookError
from autograder.model.ids import CheckId
from autograder.model.results import CheckOutcome
from gradebook.book import Gradebook
from gradebook.campaigns.drafting import Drafting
from gradebook.campaigns.selecting import Selection
from tests.unit.gradebook.builders import LAB, SPRING
from tests.unit.gradebook.campaigns.campaign_builders import record
from tests.unit.gradebook.course_builders import a_class


@pytest.mark.parametrize(
    ("selection", "said", "hint"),
    [
        (Selection(students=("anna", "brt")), "there is no student 'brt'", "Did you mean bert?"),
        (Selection(sections=("A", "C")), "there is no section 'C'", ""),
        (
            Selection(outcomes=((CheckId("q1"), CheckOutcome.PASSED), (CheckId("q9"), CheckOutcome.FAILED))),
            "there is no check 'q9'",
            "Did you mean q1, q2?",
        ),
    ],
)
def test_a_mistyped_name_is_refused_also_beside_others(
    book: Gradebook, selection: Selection, said: str, hint: str
) -> None:
    a_class(book, ["anna", "bert"])
    record(book, "anna")
    with pytest.raises(GradebookError, match=said) as refused:
        Drafting(book, SPRING).select(LAB, selection)
    assert sorted(refused.value.hint) == sorted(hint)


def test_who_has_handed_in_nothing_may_be_named(book: Gradebook) -> None:
    a_class(book, ["anna", "bert"])
    record(book, "anna")
    found = Drafting(book, SPRING).select(LAB, Selection(students=("anna", "bert")))
    assert [entry.submission for entry in found] == ["anna-1"]
