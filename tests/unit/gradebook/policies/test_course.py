"""The budget of late days, who an extension is for, and the grade of the course."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.errors import GradebookError
from gradebook.policies.dropping import Result, average, kept
from gradebook.policies.facts import Choice, CourseGrade, Extension, Facts, Group, Target
from gradebook.policies.granting import Grants, refuse
from gradebook.policies.ledger import ledger
from gradebook.policies.lines import Why
from gradebook.policies.previewing import preview
from gradebook.policies.standing import standing
from gradebook.policies.values import (
    BasicPart,
    Category,
    Counts,
    Each,
    LateDays,
    Letter,
    Policies,
    PolicyProblem,
)
from tests.unit.gradebook.policies.builders import (
    DAY,
    DUE,
    NOW,
    a_policy,
    an_attempt,
    costing,
    excused,
    handed_in,
    more_days,
    some_policies,
)

LETTERS = tuple(Letter(name=n, from_percent=Decimal(p)) for n, p in (("A", 90), ("B", 80), ("F", 0)))


def two_labs(budget: int, **more: int) -> Policies:
    return some_policies(
        a_policy("lab1", late=costing()),
        a_policy("lab2", due=DUE + 7 * DAY, late=costing()),
        late_days=LateDays(budget=budget, **more),
    )


def late_by(first: int, second: int) -> dict[str, Facts]:
    return {
        "lab1": handed_in(an_attempt(first * DAY)),
        "lab2": handed_in(an_attempt(second * DAY, due=DUE + 7 * DAY)),
    }


def scored(policies: Policies, points: Mapping[str, str]) -> CourseGrade:
    facts = {name: handed_in(an_attempt(points=worth)) for name, worth in points.items()}
    return standing(policies, facts, NOW).course


def test_the_ledger_pays_in_the_order_of_handing_in_until_nothing_is_left() -> None:
    found = standing(two_labs(3), late_by(2, 2), NOW)
    assert [(c.assignment, c.needed, c.paid, c.left) for c in found.ledger] == [
        ("lab1", 2, 2, 1),
        ("lab2", 2, 1, 0),
    ]
    assert [found.assignments[name].points for name in ("lab1", "lab2")] == [8, 7]
    assert found.late_days_left == 0


def test_one_assignment_may_use_only_its_part_of_the_budget() -> None:
    found = standing(two_labs(3, per_assignment=1), late_by(2, 2), NOW)
    assert [charge.paid for charge in found.ledger] == [1, 1]
    assert found.late_days_left == 1


def test_excused_and_extended_work_uses_no_late_days() -> None:
    facts = late_by(2, 2)
    facts["lab1"] = handed_in(*facts["lab1"].attempts, extensions=(more_days(2),))
    facts["lab2"] = handed_in(*facts["lab2"].attempts, extensions=(excused("lab2"),))
    assert ledger(two_labs(3), facts).charges == ()


def test_an_attempt_that_staff_did_not_choose_uses_no_late_days() -> None:
    attempts = (an_attempt(number=1), an_attempt(2 * DAY, number=2))
    chosen = handed_in(*attempts, choice=Choice(attempt="s1", who="ta7", why="asked for"))
    assert ledger(two_labs(3), {"lab1": chosen}).left == 3
    assert ledger(two_labs(3), {"lab1": handed_in(*attempts)}).left == 1


def test_work_handed_in_again_moves_to_the_end_of_the_ledger() -> None:
    facts = late_by(1, 1)
    again = handed_in(*facts["lab1"].attempts, an_attempt(15 * DAY, number=2))
    found = ledger(two_labs(2), facts | {"lab1": again})
    assert [(c.assignment, c.paid) for c in found.charges] == [("lab2", 1), ("lab1", 1)]


def test_a_preview_names_the_price_before_it_is_paid() -> None:
    facts = {"lab1": late_by(2, 0)["lab1"]}
    shown = preview(two_labs(3), facts, "lab2", DUE + 9 * DAY)
    assert (shown.days_late, shown.pays, shown.left, shown.uncovered, shown.loses) == (2, 1, 0, 1, 1)
    assert [line.text for line in shown.lines][1:] == [
        "It would be 2 late days after the deadline.",
        "It would use 1 late day of the budget; 0 would remain.",
        "Not covered by the budget: 1 late day, for up to 1 point: 10 % of the maximum for each late day.",
    ]


def test_a_preview_of_a_second_late_attempt_counts_only_the_days_it_adds() -> None:
    shown = preview(two_labs(3), {"lab1": late_by(1, 0)["lab1"]}, "lab1", DUE + 2 * DAY)
    assert (shown.days_late, shown.pays, shown.left) == (2, 1, 1)


def test_a_preview_says_when_it_is_on_time_too_late_or_unknown() -> None:
    policies = some_policies(a_policy(late=costing(accept_days=1)), a_policy("talk", due=None))
    for name, at in (("lab1", DUE), ("talk", NOW)):
        assert preview(policies, {}, name, at).lines[-1].kind is Why.WOULD_BE_ON_TIME
    assert not preview(policies, {}, "lab1", DUE + 2 * DAY).accepted
    with pytest.raises(GradebookError, match="'lab9'"):
        preview(policies, {}, "lab9", DUE)
    with pytest.raises(GradebookError, match="without a zone"):
        preview(policies, {}, "lab1", DUE.replace(tzinfo=None))


def test_extensions_are_found_for_student_section_and_everyone() -> None:
    mine, section = more_days(1), more_days(2, target=Target.SECTION, name="evening")
    always, snow = more_days(3, ""), more_days(4, target=Target.EVERYONE, name="")
    grants = Grants([mine, section, always, snow])
    assert set(grants.of("student07", ["evening"], "lab1")) == {mine, section, always, snow}
    assert set(grants.of("student07", [], "lab2")) == {always}
    assert set(grants.of("student08", ["morning"], "lab1")) == {snow}


def test_a_group_shares_time_but_nobody_is_excused_by_a_partner() -> None:
    group = Group(assignment="lab1", members=frozenset({"student07", "student08"}))
    grants = Grants([more_days(1), excused()], [group])
    assert grants.of("student08", [], "lab1") == (more_days(1),)
    assert grants.of("student08", [], "lab2") == ()
    assert len(grants.of("student07", [], "lab1")) == 2


def test_an_extension_that_would_change_nothing_is_refused() -> None:
    early = Extension(target=Target.EVERYONE, assignment="lab1", until=DUE, reason="a slip")
    with pytest.raises(
        GradebookError, match="is not after the deadline of lab1, Sun 2026-09-20 23:59:00 EDT"
    ):
        refuse(a_policy(), early)
    with pytest.raises(GradebookError, match="no deadline"):
        refuse(a_policy(due=None), more_days(1))
    refuse(a_policy(), more_days(1))
    refuse(a_policy(due=None), excused())


def test_categories_weigh_and_an_empty_one_leaves_its_weight_to_the_others() -> None:
    policies = some_policies(
        a_policy("lab1"),
        a_policy("final", category="project", due=None),
        categories=[Category(id="homework", weight=Decimal(60)), Category(id="project", weight=Decimal(40))],
        letters=LETTERS,
    )
    both = scored(policies, {"lab1": "8", "final": "10"})
    assert (both.percent, both.letter, both.final) == (Decimal("88.00"), "B", True)
    one = scored(policies, {"lab1": "8"})
    assert (one.percent, one.final) == (Decimal("80.00"), False)
    nothing = standing(policies, {}, DUE).course
    assert (nothing.percent, nothing.letter, nothing.final) == (None, "", False)


@pytest.mark.parametrize(("each", "percent"), [(Each.POINTS, "85.00"), (Each.EQUAL, "70.00")])
def test_assignments_of_a_category_weigh_by_points_or_alike(each: Each, percent: str) -> None:
    policies = some_policies(
        a_policy("quiz"),
        a_policy("lab1", points="30"),
        categories=[Category(id="homework", weight=Decimal(1), each=each)],
    )
    assert scored(policies, {"quiz": "4", "lab1": "30"}).percent == Decimal(percent)


def test_the_lowest_are_dropped_but_one_always_stays() -> None:
    homework = Category(id="homework", weight=Decimal(1), drop_lowest=2)
    policies = some_policies(*[a_policy(f"lab{n}") for n in (1, 2, 3)], categories=[homework])
    found = scored(policies, {"lab1": "5", "lab2": "9"})
    assert (found.percent, found.categories[0].dropped) == (Decimal("90.00"), ("lab1", "lab3"))
    only = some_policies(a_policy("lab1"), categories=[homework])
    assert scored(only, {"lab1": "5"}).percent == Decimal("50.00")


def test_extra_credit_adds_and_is_never_held_against_anybody() -> None:
    policies = some_policies(
        a_policy("lab1"),
        a_policy("bonus", extra_credit=True, points="5"),
        a_policy("talk", category="forum"),
        categories=[
            Category(id="homework", weight=Decimal(100)),
            Category(id="forum", weight=Decimal(5), extra_credit=True),
        ],
    )
    assert scored(policies, {"lab1": "8"}).percent == Decimal("80.00")
    assert scored(policies, {"lab1": "8", "bonus": "1"}).percent == Decimal("90.00")
    assert scored(policies, {"lab1": "8", "talk": "10"}).percent == Decimal("85.00")


def test_caps_hold_for_a_category_and_for_the_course() -> None:
    homework = Category(id="homework", weight=Decimal(1), cap_percent=Decimal(105))
    policies = some_policies(a_policy("lab1"), categories=[homework])
    assert scored(policies, {"lab1": "12"}).percent == Decimal("105.00")
    capped = some_policies(a_policy("lab1"), categories=[homework], cap_percent=Decimal(100))
    assert scored(capped, {"lab1": "12"}).percent == Decimal("100.00")


@pytest.mark.parametrize(("points", "letter"), [("89.994", "B"), ("89.995", "A"), ("90", "A"), ("0", "F")])
def test_letters_follow_the_rounded_percentage(points: str, letter: str) -> None:
    policies = some_policies(a_policy(points="100"), letters=LETTERS)
    assert scored(policies, {"lab1": points}).letter == letter


def test_without_the_basic_part_the_last_letter_is_given() -> None:
    policies = some_policies(
        a_policy(points="10", basic_part=BasicPart.FAIL), a_policy("lab2", points="90"), letters=LETTERS
    )
    found = scored(policies, {"lab2": "90"})
    assert (found.failed, found.letter, found.percent) == (True, "F", Decimal("90.00"))
    assert "Not passed: the basic part of lab1 is needed." in [line.text for line in found.lines]


def test_facts_about_an_unknown_assignment_are_an_error() -> None:
    with pytest.raises(GradebookError, match="'lab9'"):
        standing(some_policies(a_policy()), {"lab9": handed_in()}, NOW)
    with pytest.raises(GradebookError, match="without a zone"):
        standing(some_policies(a_policy()), {}, NOW.replace(tzinfo=None))


def test_points_may_come_from_the_gradebook() -> None:
    unknown = some_policies(a_policy("lab1"))
    bare = some_policies(
        type(a_policy())(id="lab1", category="homework", zone=unknown.zone, counts=Counts.BEST)
    )
    assert standing(bare, {}, NOW).assignments == {}
    with pytest.raises(GradebookError, match="how many points lab1 has"):
        standing(bare, {"lab1": handed_in(an_attempt())}, NOW)
    known = bare.with_maxima({"lab1": Decimal(16)})
    assert standing(known, {"lab1": handed_in(an_attempt())}, NOW).course.percent == Decimal("50.00")


def test_a_value_that_contradicts_itself_cannot_be_made() -> None:
    with pytest.raises(PolicyProblem, match="a time without a zone"):
        a_policy(due=DUE.replace(tzinfo=None))
    with pytest.raises(PolicyProblem, match="weight: must be a finite number, not NaN"):
        Category(id="homework", weight=Decimal("NaN"))
    with pytest.raises(PolicyProblem, match="percent_per_day: must not be negative"):
        costing("-1")


results = st.lists(
    st.builds(
        lambda percent, weight: (Decimal(percent), Decimal(weight)),
        st.integers(0, 12),
        st.sampled_from([1, 1, 2, 10]),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=200, deadline=None)
@given(results, st.integers(0, 4))
def test_no_other_choice_of_dropped_results_is_better(made: list[tuple[Decimal, Decimal]], drop: int) -> None:
    given_ = [Result(f"a{n}", percent, weight) for n, (percent, weight) in enumerate(made)]
    keep = max(1, len(given_) - drop)
    best = max(average(choice) for choice in combinations(given_, keep))
    found = kept(given_, drop)
    assert len(found) == keep
    assert abs(average(found) - best) < Decimal("1e-20")
