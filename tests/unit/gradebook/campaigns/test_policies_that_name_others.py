"""New policies may name assignments that the old ones do not, or leave some out: campaigns know them all."""

from __future__ import annotations

from gradebook.book import Gradebook
from gradebook.campaigns.book import CampaignBook
from gradebook.campaigns.drafting import Drafting
from gradebook.policies.facts import GradeState
from tests.unit.gradebook.builders import SPRING
from tests.unit.gradebook.campaigns.campaign_builders import BY_HEAD, record
from tests.unit.gradebook.course_builders import BY_PROF, POLICIES, a_class

WITHOUT = POLICIES.replace("lab1", "lab0")


def test_a_draft_that_names_another_assignment_knows_what_was_handed_in_for_it(book: Gradebook) -> None:
    course = a_class(book, ["anna"])
    course.store_policies(WITHOUT, BY_PROF)
    record(book, "anna")
    campaign, diff = Drafting(book, SPRING).draft_policies(POLICIES, BY_HEAD)
    (anna,) = diff.changed_students
    assert (anna.after["lab1"].points, anna.after["lab1"].state) == (10, GradeState.GRADED)
    campaigns = CampaignBook(book, SPRING)
    assert campaigns.shown(campaign.id)[1] == diff
    assert campaigns.apply(campaign.id, BY_HEAD).diff == diff


def test_who_handed_in_only_what_new_policies_leave_out_does_not_stop_them(book: Gradebook) -> None:
    a_class(book, ["anna"])
    record(book, "guest")
    campaign, _ = Drafting(book, SPRING).draft_policies(WITHOUT, BY_HEAD)
    campaigns = CampaignBook(book, SPRING)
    done = campaigns.apply(campaign.id, BY_HEAD)
    assert [one.student for one in done.diff.changed_students] == ["anna", "guest"]
    assert campaigns.shown(campaign.id)[1].changed_students == done.diff.changed_students
    undone = campaigns.undo(campaign.id, BY_HEAD)
    assert [one.student for one in undone.diff.changed_students] == ["anna", "guest"]
