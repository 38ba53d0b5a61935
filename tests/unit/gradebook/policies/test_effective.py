"""Which attempt counts, what lateness costs, and what extensions do, for one assignment."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from autograder.errors import GradebookError
from autograder.model.graded import Status
from gradebook.policies.effective import effective
from gradebook.policies.facts import NOTHING, Choice, Effective, Extension, Extra, Facts, GradeState, Target
from gradebook.policies.lines import Why
from gradebook.policies.values import AssignmentPolicy, BasicPart, Counts, DeductedFrom, LatePolicy
from tests.unit.gradebook.policies.builders import (
    DAY,
    DUE,
    HOUR,
    NOW,
    a_policy,
    an_attempt,
    costing,
    excused,
    handed_in,
    more_days,
)

TWO = (an_attempt(-5 * HOUR, "9", number=1), an_attempt(-HOUR, "6", number=2))
SECOND = timedelta(seconds=1)


def grade(facts: Facts, policy: AssignmentPolicy | None = None, **more: Any) -> Effective:
    return effective(policy or a_policy(), facts, NOW, **more)


def kinds(found: Effective) -> list[Why]:
    return [line.kind for line in found.lines]


@pytest.mark.parametrize(
    ("counts", "number"), [(Counts.LAST, 2), (Counts.BEST, 1), (Counts.LAST_BEFORE_DEADLINE, 2)]
)
def test_the_policy_says_which_attempt_counts(counts: Counts, number: int) -> None:
    found = grade(handed_in(*TWO), a_policy(counts=counts))
    assert found.attempt == TWO[number - 1]


def test_a_late_attempt_does_not_count_where_the_last_before_the_deadline_does() -> None:
    found = grade(
        handed_in(*TWO, an_attempt(HOUR, "10", number=3)), a_policy(counts=Counts.LAST_BEFORE_DEADLINE)
    )
    assert found.points == 6
    assert Why.NOT_BEFORE_DEADLINE in kinds(found)


def test_the_best_attempt_is_the_best_after_lateness() -> None:
    late = an_attempt(HOUR, "10", number=2)
    policy = a_policy(counts=Counts.BEST, late=costing("20"))
    found = grade(handed_in(an_attempt(points="9"), late), policy)
    assert (found.points, found.days_late) == (9, 0)
    assert grade(handed_in(an_attempt(points="7"), late), policy).points == 8


def test_of_attempts_in_the_same_second_the_higher_number_is_the_last() -> None:
    same = [an_attempt(timedelta(0), str(number), number=number) for number in (3, 1, 2)]
    assert grade(handed_in(*same)).points == 3


def test_attempts_within_the_second_of_the_deadline_are_on_time() -> None:
    policy = a_policy(late=costing())
    found = grade(handed_in(an_attempt(timedelta(seconds=0.9), "8")), policy)
    assert (found.points, found.days_late) == (8, 0)
    assert Why.SAME_SECOND in kinds(found)
    assert grade(handed_in(an_attempt(SECOND, "8")), policy).points == 7


def test_staff_choose_among_several_attempts_and_until_then_nothing_is_known() -> None:
    policy = a_policy(counts=Counts.STAFF)
    waiting = grade(handed_in(*TWO), policy)
    assert (waiting.state, waiting.points) == (GradeState.PENDING, None)
    assert grade(handed_in(TWO[0]), policy).points == 9
    chosen = handed_in(*TWO, choice=Choice(attempt="s1", who="ta7", why="the second zip was broken"))
    assert grade(chosen, policy).points == 9


def test_a_choice_of_staff_holds_under_every_policy_also_after_the_hard_stop() -> None:
    late = an_attempt(9 * DAY, "7", number=3)
    facts = handed_in(*TWO, late, choice=Choice(attempt="s3", who="ta7", why="the upload failed"))
    found = grade(facts, a_policy(late=costing(accept_days=2), counts=Counts.BEST))
    assert found.attempt == late


def test_a_chosen_attempt_that_is_gone_leaves_the_grade_open_and_is_told() -> None:
    """Of a group the student left, say: one such choice must not keep a class from its grades."""
    without = grade(handed_in(*TWO))
    found = grade(handed_in(*TWO, choice=Choice(attempt="s9", who="ta7", why="?")))
    assert (without.state, found.state) == (GradeState.GRADED, GradeState.PENDING)
    assert (found.attempt, found.points) == (without.attempt, without.points)
    assert "ta7 chose attempt s9, which is none of this student's any more" in found.lines[-1].text


@pytest.mark.parametrize(
    ("late", "left"),
    [
        (costing("10"), "7"),
        (costing("10", deducted_from=DeductedFrom.EARNED), "7.2"),
        (costing("30", at_most_percent=Decimal(50)), "4"),
        (costing("100"), "0"),
        (LatePolicy(keeps_percent_per_day=Decimal(50)), "4"),
        (LatePolicy(), "8"),
    ],
    ids=["maximum", "earned", "at-most", "all", "decay", "nothing"],
)
def test_a_late_day_costs_what_the_policy_says(late: LatePolicy, left: str) -> None:
    days = 2 if late.at_most_percent < 100 else 1
    found = grade(handed_in(an_attempt(days * DAY, "9" if days == 2 else "8")), a_policy(late=late))
    assert (found.points, found.days_late) == (Decimal(left), days)


def test_decay_takes_its_share_of_what_is_left_each_day() -> None:
    late = LatePolicy(keeps_percent_per_day=Decimal(90))
    assert grade(handed_in(an_attempt(3 * DAY, "10")), a_policy(late=late)).points == Decimal("7.29")


def test_lateness_never_makes_a_grade_negative() -> None:
    found = grade(handed_in(an_attempt(9 * DAY, "3")), a_policy(late=costing("50")))
    assert (found.points, found.lost) == (0, 3)


def test_late_days_of_the_budget_cost_nothing() -> None:
    found = grade(handed_in(an_attempt(3 * DAY, "8")), a_policy(late=costing()), late_days=2)
    assert (found.points, found.days_late, found.late_days, found.lost) == (7, 3, 2, 1)
    without = grade(
        handed_in(an_attempt(3 * DAY, "8")), a_policy(late=costing(), late_days=False), late_days=2
    )
    assert without.points == 5


def test_work_after_the_hard_stop_does_not_count() -> None:
    policy = a_policy(late=costing(accept_days=2))
    found = grade(handed_in(an_attempt(points="5"), an_attempt(2 * DAY + SECOND, "10", number=2)), policy)
    assert (found.points, found.closes) == (5, DUE + 2 * DAY)
    assert grade(handed_in(an_attempt(2 * DAY, "10")), policy).points == 8
    assert grade(handed_in(an_attempt(2 * DAY + SECOND, "10")), policy).state is GradeState.MISSING


def test_grace_does_not_move_a_hard_stop_at_a_time_but_an_extension_does() -> None:
    policy = a_policy(closes=DUE, late=LatePolicy(grace=timedelta(minutes=10)))
    late = handed_in(an_attempt(timedelta(minutes=5)))
    assert grade(late, policy).state is GradeState.MISSING
    assert grade(handed_in(an_attempt(DAY), extensions=(more_days(1),)), policy).points == 8


def test_an_extension_moves_the_deadline_and_says_why() -> None:
    policy = a_policy(late=costing(accept_days=1))
    found = grade(handed_in(an_attempt(2 * DAY), extensions=(more_days(2),)), policy)
    assert (found.points, found.days_late, found.deadline, found.closes) == (
        8,
        0,
        DUE + 2 * DAY,
        DUE + 3 * DAY,
    )
    text = next(line.text for line in found.lines if line.kind is Why.EXTENSION)
    assert "a doctor's note" in text and "student07" in text and "Tue 2026-09-22 23:59:00 EDT" in text


def test_of_several_extensions_the_latest_deadline_holds() -> None:
    late = handed_in(an_attempt(3 * DAY), extensions=(more_days(3), more_days(1)))
    assert grade(late, a_policy(late=costing())).days_late == 0


def test_an_extension_that_would_lower_the_grade_is_not_used() -> None:
    worse = handed_in(an_attempt(points="9"), an_attempt(2 * DAY, "2", number=2), extensions=(more_days(2),))
    found = grade(worse, a_policy(counts=Counts.LAST_BEFORE_DEADLINE))
    assert found.points == 9
    assert Why.EXTENSION_NOT_USED in kinds(found)


def test_an_extension_until_a_time_before_the_deadline_changes_nothing() -> None:
    early = Extension(target=Target.EVERYONE, assignment="lab1", until=DUE - DAY, reason="a slip")
    assert grade(handed_in(an_attempt(), extensions=(early,))).deadline == DUE


def test_excused_work_does_not_count_whatever_was_handed_in() -> None:
    found = grade(handed_in(*TWO, extensions=(excused(),)))
    assert (found.state, found.points) == (GradeState.EXCUSED, None)
    assert found.lines[0].text == "Excused (student07): it does not count. jury duty"


def test_nothing_handed_in_is_missing_only_after_the_deadline() -> None:
    policy = a_policy(late=LatePolicy(grace=timedelta(minutes=10)))
    assert effective(policy, NOTHING, DUE + timedelta(minutes=10)).state is GradeState.NOT_DUE
    missing = effective(policy, NOTHING, DUE + timedelta(minutes=11))
    assert (missing.state, missing.points) == (GradeState.MISSING, 0)
    assert effective(a_policy(due=None), NOTHING, NOW).state is GradeState.NOT_DUE


def test_an_assignment_without_a_deadline_is_never_late() -> None:
    assert grade(handed_in(an_attempt(99 * DAY)), a_policy(due=None, late=costing())).points == 8


def test_our_failure_is_never_a_zero_and_rejected_work_does_not_count() -> None:
    failed = an_attempt(points=None, number=2, status=Status.SANDBOX_FAILED)
    found = grade(handed_in(an_attempt(-2 * HOUR), failed))
    assert (found.state, found.points) == (GradeState.PENDING, None)
    rejected = an_attempt(points=None, number=2, status=Status.REJECTED)
    assert grade(handed_in(an_attempt(-2 * HOUR), rejected)).points == 8


def test_the_best_known_attempt_counts_while_another_is_not_graded() -> None:
    found = grade(handed_in(an_attempt(), an_attempt(points=None, number=2)), a_policy(counts=Counts.BEST))
    assert (found.state, found.points) == (GradeState.PENDING, 8)
    assert Why.MAY_RISE in kinds(found)


def test_points_of_another_version_are_scaled() -> None:
    found = grade(handed_in(an_attempt(points="6", maximum=Decimal(12))))
    assert found.points == 5
    assert "6 of 12 points become 5 of 10." in [line.text for line in found.lines]


@pytest.mark.parametrize(
    ("rule", "points", "failed"),
    [(BasicPart.EXTRAS, "8", False), (BasicPart.ZERO, "0", False), (BasicPart.FAIL, "8", True)],
)
def test_a_failed_basic_part_withholds_extras_and_more(rule: BasicPart, points: str, failed: bool) -> None:
    extras = (Extra(title="other ranks", points=Decimal(2)),)
    policy = a_policy(basic_part=rule, extras_points=Decimal(5))
    facts = handed_in(an_attempt(gate_passed=False), extras=extras)
    found = grade(facts, policy)
    assert (found.points, found.failed) == (Decimal(points), failed)
    assert grade(handed_in(an_attempt(gate_passed=True), extras=extras), policy).points == 10


def test_a_basic_part_that_is_needed_and_missing_fails_the_course() -> None:
    policy = a_policy(basic_part=BasicPart.FAIL)
    assert grade(NOTHING, policy).failed
    assert not effective(policy, NOTHING, DUE).failed
    assert not grade(handed_in(extensions=(excused(),)), policy).failed


def test_open_ended_extras_and_caps_are_limits_on_top() -> None:
    extras = (Extra(title="imbalance", points=Decimal(3)), Extra(title="own head", points=Decimal(4)))
    facts = handed_in(an_attempt(points="9"), extras=extras)
    assert grade(facts, a_policy(extras_points=Decimal(5))).points == 14
    assert grade(facts, a_policy(extras_points=Decimal(5), cap_percent=Decimal(110))).points == 11
    assert grade(facts).points == 9


def test_facts_that_cannot_be_are_refused() -> None:
    with pytest.raises(GradebookError, match="'s1' has a time without a zone"):
        handed_in(an_attempt()._replace(received=DUE.replace(tzinfo=None)))
    with pytest.raises(GradebookError, match="'s1' has NaN points"):
        handed_in(an_attempt(points="NaN"))
    with pytest.raises(GradebookError, match="needs a reason"):
        more_days(1, reason=" ")
    with pytest.raises(GradebookError, match="1 to 366 days"):
        more_days(0)
    with pytest.raises(GradebookError, match="a time without a zone"):
        effective(a_policy(), NOTHING, NOW.replace(tzinfo=None))
    with pytest.raises(GradebookError, match="no time of a course"):
        Extension(target=Target.EVERYONE, assignment="lab1", until=DUE.replace(year=9999), reason="snow")
    with pytest.raises(GradebookError, match="no time zone"):
        Extension(target=Target.EVERYONE, assignment="lab1", until=DUE.replace(tzinfo=None), reason="snow")
    with pytest.raises(GradebookError, match="at least 0"):
        Extra(title="x", points=Decimal(-1))


@pytest.mark.parametrize("cost", ["0", "0.5"])
@pytest.mark.parametrize(
    "late", [costing("10"), LatePolicy(keeps_percent_per_day=Decimal(80))], ids=["percent", "decay"]
)
def test_lateness_that_was_decided_is_never_charged_again(cost: str, late: LatePolicy) -> None:
    facts = handed_in(an_attempt(2 * DAY, "8", lateness=Decimal(cost)))
    found = grade(facts, a_policy(late=late), late_days=2)
    assert (found.points, found.lost, found.late_days, found.days_late) == (8, 0, 0, 2)
    (said,) = [line.text for line in found.lines if line.kind is Why.LATENESS_DECIDED]
    assert ("costs nothing" if cost == "0" else "costs 0.5 points, taken already") in said
    assert "the course's rule is not used on top: " in said
    assert Why.DEDUCTION not in kinds(found) and Why.LATE_DAYS not in kinds(found)


def test_a_decision_about_lateness_says_nothing_about_rules_that_take_nothing() -> None:
    (said,) = [
        line.text
        for line in grade(handed_in(an_attempt(DAY, "8", lateness=Decimal(1)))).lines
        if line.kind is Why.LATENESS_DECIDED
    ]
    assert said == "By a decision on this submission lateness costs 1 point, taken already."
    on_time = grade(handed_in(an_attempt(-HOUR, "8", lateness=Decimal(0))), a_policy(late=costing("10")))
    assert Why.LATENESS_DECIDED not in kinds(on_time)


def test_a_decision_about_lateness_opens_no_closed_door() -> None:
    closed = a_policy(late=costing("10", accept_days=1))
    assert grade(handed_in(an_attempt(3 * DAY, "8", lateness=Decimal(1))), closed).points == 0


def test_a_decision_about_one_attempt_says_nothing_about_the_next() -> None:
    both = handed_in(an_attempt(DAY, "8", number=1, lateness=Decimal(0)), an_attempt(2 * DAY, "9", number=2))
    assert grade(both, a_policy(late=costing("10"))).points == 7
