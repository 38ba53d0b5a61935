"""Campaigns in the database: applied whole or not at all, undone without a trace in what counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from autograder.errors import GradebookError
from autograder.model.assignment import RuleSpec
from autograder.model.graded import Status
from autograder.model.ids import CheckId, RuleId, SubmissionId
from autograder.model.results import CheckOutcome
from gradebook.book import Gradebook
from gradebook.campaigns import tables as campaign_tables
from gradebook.campaigns.book import CampaignBook
from gradebook.campaigns.drafting import Drafting
from gradebook.campaigns.rescoring import rescored
from gradebook.campaigns.selecting import Selection
from gradebook.campaigns.values import CampaignKind, CampaignState, Proposal
from gradebook.course_book import CourseBook
from gradebook.erasing import Erasing
from gradebook.exports.reading import changed_at, class_facts
from gradebook.sheet import sheet_of
from gradebook.values import ChangeKind, EventKind
from gradebook.versions import newest_versions
from tests.unit.gradebook.builders import BY_TA, LAB, SPRING, a_finding, a_graded, an_assignment
from tests.unit.gradebook.campaigns.campaign_builders import (
    BY_HEAD,
    Q1_FAILED,
    Q2_FAILED,
    a_plan,
    draft_rescore,
    grades,
    judged,
    record,
    rescore,
    with_fresh_key,
)
from tests.unit.gradebook.course_builders import BY_PROF, DUE, POLICIES, a_class

HARDER = an_assignment({"q1": "2", "q2": "8"}, version="v2")
LONGER = an_assignment({"q1": "4", "q2": "8"}, version="v2")


def points(book: Gradebook) -> dict[str, Decimal | None]:
    return {entry.submission: entry.total for entry in book.scores(SPRING, LAB)}


def test_a_draft_changes_nothing_that_counts(book: Gradebook) -> None:
    a_class(book, ["anna", "bert"])
    record(book, "anna", Q1_FAILED)
    record(book, "bert", Q2_FAILED)
    before = grades(book)
    campaign, diff = draft_rescore(book, HARDER)
    assert campaign.state is CampaignState.DRAFT
    assert grades(book) == before
    assert [(one.student, one.before["lab1"].points, one.after["lab1"].points) for one in diff.students] == [
        ("anna", 6, 8),
        ("bert", 4, 2),
    ]
    with book.reading() as db:
        newest = newest_versions(db, SPRING)["lab1"].version
    assert newest == "v1", "the new version is not recorded before it counts"


def test_what_a_draft_shows_is_what_applying_does(book: Gradebook) -> None:
    a_class(book, ["anna", "bert"])
    record(book, "anna", Q1_FAILED)
    record(book, "bert", Q2_FAILED)
    campaign, shown = draft_rescore(book, LONGER)
    done = CampaignBook(book, SPRING).apply(campaign.id, BY_HEAD)
    assert done.diff == shown
    assert points(book) == {"anna-1": 8, "bert-1": 4}
    assert done.campaign.state is CampaignState.APPLIED
    _, kept = CampaignBook(book, SPRING).shown(campaign.id)
    assert kept.changed_students == shown.changed_students
    assert (kept.before, kept.after) == (shown.before, shown.after)


def test_undoing_brings_back_what_counted_and_what_the_assignment_was_worth(book: Gradebook) -> None:
    course = a_class(book, ["anna", "bert"])
    record(book, "anna", Q1_FAILED)
    record(book, "bert")
    before, standing = grades(book), course.standing("anna").assignments["lab1"]
    campaign, _ = draft_rescore(book, LONGER, selection=Selection(students=("anna",)))
    campaigns = CampaignBook(book, SPRING)
    campaigns.apply(campaign.id, BY_HEAD)
    assert course.standing("bert").assignments["lab1"].maximum == 12
    undone = campaigns.undo(campaign.id, BY_HEAD)
    assert undone.campaign.state is CampaignState.UNDONE and undone.touched == ()
    assert grades(book) == before
    assert course.standing("anna").assignments["lab1"] == standing
    assert list(book.versions(SPRING, LAB)) == ["v1"]


def test_the_history_tells_of_a_campaign_and_its_end(book: Gradebook) -> None:
    record(book, "anna")
    campaign, _ = draft_rescore(book, HARDER)
    campaigns = CampaignBook(book, SPRING)
    campaigns.apply(campaign.id, BY_HEAD)
    campaigns.undo(campaign.id, BY_TA)
    told = [(event.kind, event.who, event.why) for event in book.history(SPRING, LAB, SubmissionId("anna-1"))]
    assert told == [
        (EventKind.RECORDED, "autograder", ""),
        (EventKind.RECORDED, "head", f"campaign {campaign.id}: q2 was worth too much"),
        (EventKind.SET_ASIDE, "ta7", f"campaign {campaign.id} undone: read it twice"),
    ]


def test_the_same_can_be_drafted_and_applied_again_after_an_undo(book: Gradebook) -> None:
    record(book, "anna", Q1_FAILED)
    campaigns = CampaignBook(book, SPRING)
    for _ in range(2):
        campaign, _ = draft_rescore(book, HARDER)
        campaigns.apply(campaign.id, BY_HEAD)
        assert points(book) == {"anna-1": 8}
        campaigns.undo(campaign.id, BY_HEAD)
        assert points(book) == {"anna-1": 6}


def test_a_draft_is_not_applied_over_a_score_that_came_later(book: Gradebook) -> None:
    record(book, "anna")
    record(book, "bert")
    campaign, _ = draft_rescore(book, HARDER)
    record(book, "bert", Q1_FAILED, run_key="run-2")
    before = grades(book)
    with pytest.raises(GradebookError, match=r"another score counts by now for: bert-1; nothing") as caught:
        CampaignBook(book, SPRING).apply(campaign.id, BY_HEAD)
    assert "new one" in caught.value.hint
    assert grades(book) == before


@pytest.mark.parametrize("ended", ["apply", "cancel"])
def test_a_campaign_is_applied_or_cancelled_once(book: Gradebook, ended: str) -> None:
    record(book, "anna", Q1_FAILED)
    campaign, _ = draft_rescore(book, HARDER)
    campaigns = CampaignBook(book, SPRING)
    getattr(campaigns, ended)(campaign.id, BY_HEAD)
    with pytest.raises(GradebookError, match="not a draft; nothing was done"):
        campaigns.apply(campaign.id, BY_HEAD)
    with pytest.raises(GradebookError, match="not a draft; nothing was done"):
        campaigns.cancel(campaign.id, BY_HEAD)
    assert points(book) == {"anna-1": 8 if ended == "apply" else 6}


def test_human_changes_carry_over_both_ways_and_hide_what_they_hide(book: Gradebook) -> None:
    record(book, "anna", Q1_FAILED)
    (entry,) = book.scores(SPRING, LAB)
    book.record_manual_points(entry.score_id, CheckId("q1"), Decimal(3), BY_TA)
    proposal = judged(book.scores(SPRING, LAB)[0], {}, an_assignment(version="v2"))
    campaign, diff = Drafting(book, SPRING).draft(
        a_plan(CampaignKind.JUDGE), an_assignment(version="v2"), [proposal], BY_HEAD
    )
    (shown,) = diff.submissions
    assert (shown.before.points, shown.after.points) == (9, 9)
    (check,) = shown.checks
    assert (check.before, check.after) == (CheckOutcome.FAILED, CheckOutcome.PASSED)
    assert check.hidden_by is not None and check.hidden_by.who == "ta7"
    campaigns = CampaignBook(book, SPRING)
    campaigns.apply(campaign.id, BY_HEAD)
    (applied,) = book.scores(SPRING, LAB)
    assert applied.total == 9
    book.withdraw(applied.score_id, ChangeKind.CHECK_POINTS, "q1", BY_TA)
    assert points(book) == {"anna-1": 10}
    undone = campaigns.undo(campaign.id, BY_HEAD)
    assert undone.touched == ("anna-1",), "the change made after the campaign was applied stays"
    assert points(book) == {"anna-1": 6}


def test_changes_made_after_the_draft_carry_over_and_are_named(book: Gradebook) -> None:
    record(book, "anna", Q1_FAILED)
    campaign, _ = draft_rescore(book, HARDER)
    book.record_manual_points(book.scores(SPRING, LAB)[0].score_id, CheckId("q1"), Decimal(1), BY_TA)
    done = CampaignBook(book, SPRING).apply(campaign.id, BY_HEAD)
    assert done.touched == ("anna-1",)
    assert points(book) == {"anna-1": 9}


def test_an_override_of_the_total_is_shown(book: Gradebook) -> None:
    record(book, "anna", Q1_FAILED)
    book.override_total(book.scores(SPRING, LAB)[0].score_id, Decimal(5), BY_TA)
    _, diff = draft_rescore(book, HARDER)
    (shown,) = diff.submissions
    assert shown.before.points == shown.after.points == 5
    assert shown.total_by is not None and shown.total_by.why == "read it twice"


def test_a_new_price_of_a_finding_is_shown_with_the_decision_that_hides_it(book: Gradebook) -> None:
    graded = a_graded(submission="anna-1", findings=(a_finding(points="2"),), status=Status.PENDING)
    book.record(graded, an_assignment(), SPRING)
    (entry,) = book.scores(SPRING, LAB)
    book.waive_finding(entry.score_id, RuleId("paths"), BY_TA)
    dearer = RuleSpec(id=RuleId("paths"), points=Decimal(5))
    made = rescored(
        entry.recorded, sheet_of(an_assignment()), an_assignment(version="v2"), {dearer.id: dearer}
    )
    proposal = Proposal(base=entry.score_id, graded=with_fresh_key(made))
    _, diff = Drafting(book, SPRING).draft(a_plan(), an_assignment(version="v2"), [proposal], BY_HEAD)
    (shown,) = diff.submissions
    assert shown.before == shown.after
    (finding,) = shown.findings
    assert (finding.price, finding.price_after) == (2, 5)
    assert finding.decided_by is not None and finding.decided_by.who == "ta7"


def test_undoing_leaves_a_later_grading_alone_and_names_it(book: Gradebook) -> None:
    record(book, "anna", Q1_FAILED)
    record(book, "bert", Q1_FAILED)
    campaign, _ = draft_rescore(book, HARDER)
    campaigns = CampaignBook(book, SPRING)
    campaigns.apply(campaign.id, BY_HEAD)
    record(book, "bert", {}, assignment=HARDER, run_key="run-9")
    assert campaigns.undo(campaign.id, BY_HEAD).touched == ("bert-1",)
    assert points(book) == {"anna-1": 6, "bert-1": 10}


def test_a_campaign_on_which_another_stands_is_not_undone_before_it(book: Gradebook) -> None:
    record(book, "anna", Q1_FAILED)
    campaigns = CampaignBook(book, SPRING)
    first, _ = draft_rescore(book, HARDER)
    campaigns.apply(first.id, BY_HEAD)
    second, _ = draft_rescore(book, an_assignment({"q1": "1", "q2": "9"}, version="v3"))
    campaigns.apply(second.id, BY_HEAD)
    with pytest.raises(GradebookError, match=f"campaign {second.id} was made from the scores") as caught:
        campaigns.undo(first.id, BY_HEAD)
    assert f"regrade undo {second.id}" in caught.value.hint
    campaigns.undo(second.id, BY_HEAD)
    campaigns.undo(first.id, BY_HEAD)
    assert points(book) == {"anna-1": 6}


def test_an_undone_campaign_is_a_new_change_for_exports(url: str) -> None:
    times = iter(DUE + timedelta(minutes=minute) for minute in range(60))
    with Gradebook.open(url, clock=lambda: next(times)) as book:
        record(book, "anna", Q1_FAILED)
        campaign, _ = draft_rescore(book, replace(HARDER, title="Lab 1, harder"))
        campaigns = CampaignBook(book, SPRING)
        campaigns.apply(campaign.id, BY_HEAD)
        assert class_facts(book, SPRING).titles == {"lab1": "Lab 1, harder"}
        applied = changed_at(book, SPRING)["lab1", "anna-1"]
        campaigns.undo(campaign.id, BY_HEAD)
        assert changed_at(book, SPRING)["lab1", "anna-1"] > applied
        assert class_facts(book, SPRING).titles == {"lab1": "Lab 1"}


def test_undoing_can_be_tried(book: Gradebook) -> None:
    record(book, "anna", Q1_FAILED)
    campaign, _ = draft_rescore(book, HARDER)
    campaigns = CampaignBook(book, SPRING)
    campaigns.apply(campaign.id, BY_HEAD)
    tried = campaigns.undo(campaign.id, BY_HEAD, dry_run=True)
    assert [(one.before["lab1"].points, one.after["lab1"].points) for one in tried.diff.students] == [(8, 6)]
    assert points(book) == {"anna-1": 8}
    assert campaigns.campaign(campaign.id).state is CampaignState.APPLIED


def test_a_dry_run_keeps_no_draft(book: Gradebook) -> None:
    record(book, "anna", Q1_FAILED)
    drafting = Drafting(book, SPRING)
    proposals = rescore(book, drafting.select(LAB, Selection()), HARDER)
    drafting.draft(a_plan(dry_run=True), HARDER, proposals, BY_HEAD)
    assert CampaignBook(book, SPRING).campaigns() == ()


def test_where_lowering_is_forbidden_those_students_keep_their_grade(book: Gradebook) -> None:
    a_class(book, ["anna", "bert"])
    record(book, "anna", Q1_FAILED)
    record(book, "bert", Q2_FAILED)
    campaign, diff = draft_rescore(book, HARDER, forbid_lowering=True)
    assert {one.submission: one.left_out for one in diff.submissions} == {
        "anna-1": "",
        "bert-1": "the grade of bert would fall",
    }
    CampaignBook(book, SPRING).apply(campaign.id, BY_HEAD)
    assert points(book) == {"anna-1": 8, "bert-1": 4}


def test_a_group_whose_member_would_lose_is_left_out_as_a_whole(book: Gradebook) -> None:
    course = a_class(book, ["anna", "bert"])
    course.group("lab1", "team", ["anna", "bert"], BY_PROF)
    record(book, "anna", Q1_FAILED)
    record(book, "bert", Q2_FAILED, attempt=2)
    campaign, diff = draft_rescore(book, HARDER, forbid_lowering=True)
    assert all(one.left_out for one in diff.submissions), "bert's work counts for both"
    with pytest.raises(GradebookError, match="nothing to apply"):
        CampaignBook(book, SPRING).apply(campaign.id, BY_HEAD)


def test_a_grade_that_falls_by_what_came_later_stops_the_whole(book: Gradebook) -> None:
    course = a_class(book, ["anna", "bert"])
    record(book, "anna", Q1_FAILED)
    course.award_extra("lab1", "bert", "a plot", Decimal(2), BY_PROF)
    record(book, "bert", Q1_FAILED)
    with pytest.raises(GradebookError, match="the grade would fall for: bert; nothing was changed"):
        draft_rescore(book, LONGER, selection=Selection(students=("anna",)), forbid_lowering=True)
    assert CampaignBook(book, SPRING).campaigns() == ()


def test_what_failed_on_our_side_takes_no_place(book: Gradebook) -> None:
    record(book, "anna")
    (entry,) = book.scores(SPRING, LAB)
    failed = replace(
        judged(entry, {}, HARDER).graded, status=Status.SANDBOX_FAILED, reason="Long.\nThe disk is full.",
        score=None,
    )  # fmt: skip
    proposal = replace(judged(entry, {}, HARDER), graded=failed)
    _, diff = Drafting(book, SPRING).draft(a_plan(CampaignKind.RUN), HARDER, [proposal], BY_HEAD)
    assert diff.submissions[0].left_out == "it failed on our side: The disk is full."


def test_policies_are_compared_applied_and_put_back(book: Gradebook) -> None:
    course = a_class(book, ["anna"])
    record(book, "anna", Q1_FAILED)
    generous = POLICIES.replace("extras_points = 2", "points = 6\nextras_points = 2")
    campaign, diff = Drafting(book, SPRING).draft_policies(generous, BY_HEAD)
    (anna,) = diff.changed_students
    assert (anna.before["lab1"].maximum, anna.after["lab1"].maximum) == (10, 6)
    campaigns = CampaignBook(book, SPRING)
    campaigns.apply(campaign.id, BY_HEAD)
    assert course.standing("anna").assignments["lab1"].maximum == 6
    campaigns.undo(campaign.id, BY_HEAD)
    assert course.standing("anna").assignments["lab1"].maximum == 10
    assert [one.text for one in course.policies_history()] == [POLICIES, generous, POLICIES]


def test_policies_that_lower_any_grade_are_refused_where_that_is_forbidden(book: Gradebook) -> None:
    a_class(book, ["anna"])
    record(book, "anna")
    strict = POLICIES.replace("extras_points = 2", "cap_percent = 50")
    with pytest.raises(GradebookError, match="the grade would fall for: anna"):
        Drafting(book, SPRING).draft_policies(strict, BY_HEAD, forbid_lowering=True)
    assert CampaignBook(book, SPRING).campaigns() == ()


def test_policies_stored_since_the_draft_are_not_overwritten(book: Gradebook) -> None:
    course = a_class(book, ["anna"])
    other = POLICIES.replace("extras_points = 2", "extras_points = 3")
    campaign, _ = Drafting(book, SPRING).draft_policies(POLICIES + "# softer\n", BY_HEAD)
    course.store_policies(other, BY_PROF)
    with pytest.raises(GradebookError, match="other policies were stored since the draft"):
        CampaignBook(book, SPRING).apply(campaign.id, BY_HEAD)
    assert course.policies_history()[-1].text == other


def test_a_selection_is_kept_without_names(book: Gradebook) -> None:
    CourseBook(book, SPRING)
    record(book, "anna", Q1_FAILED)
    record(book, "bert")
    campaign, _ = draft_rescore(book, HARDER, selection=Selection(students=("anna",)))
    assert campaign.selection == Selection(students=("anna",))
    pseudonym = Erasing(book).erase(["anna"], BY_PROF)["anna"]
    (kept,) = CampaignBook(book, SPRING).campaigns()
    assert kept.selection == Selection(students=(pseudonym,))
    assert str(kept.selection) == f"students {pseudonym}"


@pytest.mark.parametrize(
    ("selection", "fits"),
    [
        (Selection(), ["anna-1", "anna-2", "bert-1"]),
        (Selection(students=("bert",)), ["bert-1"]),
        (Selection(sections=("B",)), ["anna-1", "anna-2"]),
        (Selection(statuses=(Status.PENDING,)), ["bert-1"]),
        (Selection(outcomes=((CheckId("q1"), CheckOutcome.FAILED),)), ["anna-1"]),
        (Selection(older=True), ["anna-1", "bert-1"]),
        (Selection(counting=True), ["anna-2", "bert-1"]),
        (Selection(older=True, counting=True), ["bert-1"]),
    ],
)
def test_submissions_are_selected_by_what_is_known_of_them(
    book: Gradebook, selection: Selection, fits: list[str]
) -> None:
    a_class(book, ["anna", "bert"])
    record(book, "anna", Q1_FAILED)
    waiting = a_graded(
        submission="bert-1", student="bert", digest="d-b", outcomes={"q2": CheckOutcome.WAITING},
        status=Status.PENDING,
    )  # fmt: skip
    book.record(waiting, an_assignment(), SPRING)
    record(book, "anna", {}, attempt=2, assignment=HARDER)
    assert [one.submission for one in Drafting(book, SPRING).select(LAB, selection)] == fits


def test_a_selection_that_fits_nothing_says_so(book: Gradebook) -> None:
    a_class(book, ["anna", "zoe"])
    record(book, "anna")
    with pytest.raises(GradebookError, match="no submission of lab1 fits: students zoe; made with an older"):
        Drafting(book, SPRING).select(LAB, Selection(students=("zoe",), older=True))


def test_who_was_erased_is_left_out_and_stops_nobody(book: Gradebook) -> None:
    record(book, "anna", Q1_FAILED)
    record(book, "bert", Q1_FAILED)
    early, _ = draft_rescore(book, HARDER)
    pseudonym = Erasing(book).erase(["anna"], BY_PROF)["anna"]
    campaigns = CampaignBook(book, SPRING)
    with pytest.raises(GradebookError, match=f"erased since the draft: {pseudonym}"):
        campaigns.apply(early.id, BY_HEAD)
    campaigns.cancel(early.id, BY_HEAD)
    late, diff = draft_rescore(book, HARDER)
    assert [one.left_out for one in diff.submissions] == ["", "the student was erased"]
    campaigns.apply(late.id, BY_HEAD)
    assert {entry.total for entry in book.scores(SPRING, LAB)} == {8, 6}


def test_rows_of_campaigns_cannot_be_changed_and_hold_no_name(book: Gradebook) -> None:
    a_class(book, ["anna", "bert"])
    record(book, "anna", Q1_FAILED)
    campaign, _ = draft_rescore(book, HARDER, selection=Selection(students=("anna",)))
    campaigns = CampaignBook(book, SPRING)
    campaigns.apply(campaign.id, BY_HEAD)
    campaigns.undo(campaign.id, BY_HEAD)
    for table in campaign_tables.APPEND_ONLY:
        with book.reading() as db:
            rows = db.execute(text(f"SELECT * FROM {table}")).all()
        assert rows and "anna" not in str(rows)
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET campaign_id = 1"):
            named = statement.replace("campaign_id", "id") if table == "campaigns" else statement
            with pytest.raises(GradebookError, match="append-only"), book.writing() as db:
                db.execute(text(named))
