"""A version that comes in with a campaign brings the rubrics of checks that a person decides from now on."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from autograder.model.assignment import RubricItem
from gradebook.book import Gradebook
from gradebook.campaigns.book import CampaignBook
from gradebook.marking.marking_book import MarkingBook
from tests.unit.gradebook.builders import SPRING, an_assignment
from tests.unit.gradebook.campaigns.campaign_builders import BY_HEAD, draft_rescore, record


def test_a_check_that_a_person_decides_from_now_on_has_its_rubric(book: Gradebook) -> None:
    record(book, "anna")
    plain = an_assignment(manual=["q2"], version="v2")
    item = RubricItem(id="clear", text="It is clear", points=Decimal(6))
    checks = tuple(replace(one, rubric=(item,)) if one.id == "q2" else one for one in plain.checks)
    campaign, _ = draft_rescore(book, replace(plain, checks=checks))
    CampaignBook(book, SPRING).apply(campaign.id, BY_HEAD)
    (desk,) = MarkingBook(book, SPRING).queue("lab1")
    assert [one.id for one in desk.rubric.items] == ["clear"]
