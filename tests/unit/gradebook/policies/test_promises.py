"""What students are promised, on generated courses: more points and time never hurt, order never matters."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autograder.model.graded import Status
from gradebook.policies.effective import accepted, effective
from gradebook.policies.facts import Attempt, Extension, Extra, Facts, GradeState, Standing, Target
from gradebook.policies.lateness import windows
from gradebook.policies.ledger import ledger
from gradebook.policies.lines import Why
from gradebook.policies.previewing import preview
from gradebook.policies.standing import standing
from gradebook.policies.values import (
    AssignmentPolicy,
    BasicPart,
    Category,
    Counts,
    DeductedFrom,
    Each,
    LateDays,
    LatePolicy,
    Policies,
)
from tests.unit.gradebook.policies.builders import DUE, NEW_YORK, NOW

NAMES = ("a", "b", "c", "d")
OFTEN = settings(max_examples=100, deadline=None)

tens = st.sampled_from([Decimal(n) for n in (0, 1, 3, 5, 8, 10, 12)])
# Around the deadline and the ends of late days: that is where rules change.
moments = st.builds(
    lambda days, seconds: timedelta(days=days, seconds=seconds),
    st.sampled_from([-1, -1, 0, 0, 1, 1, 2, 2, 3, 5]),
    st.sampled_from([-7200, -1, 0, 0.5, 0.999999, 1, 600, 601, 3600, 40000]),
)


@st.composite
def late_policies(draw: st.DrawFn) -> LatePolicy:
    accept = draw(st.sampled_from([None, None, 3, 3, 1, 0]))
    grace = timedelta(minutes=draw(st.sampled_from([0, 10])))
    kind = draw(st.sampled_from(["none", "maximum", "earned", "decay"])) if accept != 0 else "none"
    if kind == "none":
        return LatePolicy(grace=grace, accept_days=accept)
    most = Decimal(draw(st.sampled_from([100, 50, 15])))
    if kind == "decay":
        kept = Decimal(draw(st.sampled_from([90, 50, 0])))
        return LatePolicy(grace=grace, accept_days=accept, keeps_percent_per_day=kept, at_most_percent=most)
    return LatePolicy(
        grace=grace,
        accept_days=accept,
        percent_per_day=Decimal(draw(st.sampled_from([10, 40, 100]))),
        deducted_from=DeductedFrom(kind),
        at_most_percent=most,
    )


@st.composite
def assignments(draw: st.DrawFn, name: str) -> AssignmentPolicy:
    due = DUE + timedelta(days=NAMES.index(name))
    closes = draw(st.sampled_from([None, None, None, due + timedelta(days=2), due]))
    return AssignmentPolicy(
        id=name,
        category=draw(st.sampled_from(["one", "two"])) if name != "a" else "one",
        zone=NEW_YORK,
        maximum=draw(st.sampled_from([Decimal(10), Decimal(10), Decimal(20)])),
        due=due,
        closes=closes,
        counts=draw(st.sampled_from(Counts)),
        late=draw(late_policies()),
        late_days=draw(st.sampled_from([True, True, True, False])),
        weight=draw(st.sampled_from([None, None, Decimal(3)])),
        extra_credit=name == "d" and draw(st.booleans()),
        cap_percent=draw(st.sampled_from([None, Decimal(90)])),
        extras_points=draw(st.sampled_from([Decimal(0), Decimal(2)])),
        basic_part=draw(st.sampled_from([BasicPart.EXTRAS, BasicPart.FAIL, BasicPart.ZERO])),
    )


@st.composite
def courses(draw: st.DrawFn) -> Policies:
    drops = st.integers(0, 2)
    categories = {
        name: Category(
            id=name,
            weight=Decimal(weight),
            drop_lowest=draw(drops),
            each=draw(st.sampled_from(Each)),
            cap_percent=draw(st.sampled_from([None, Decimal(95)])),
        )
        for name, weight in (("one", 60), ("two", 40))
    }
    budget = draw(st.sampled_from([None, 1, 2, 4]))
    made = {name: draw(assignments(name)) for name in NAMES}
    only_extra = made["d"].extra_credit and not any(
        made[name].category == made["d"].category for name in NAMES if name != "d"
    )
    if only_extra:
        made["d"] = replace(made["d"], extra_credit=False)
    return Policies(
        zone=NEW_YORK,
        categories=categories,
        assignments=made,
        late_days=None if budget is None else LateDays(budget=budget),
        cap_percent=draw(st.sampled_from([None, Decimal(100)])),
        decimals=4,
    )


@st.composite
def done(draw: st.DrawFn, name: str) -> Facts:
    due = DUE + timedelta(days=NAMES.index(name))
    attempts = []
    for number in range(1, draw(st.sampled_from([0, 1, 2, 2, 3])) + 1):
        points = draw(st.one_of(tens, tens, tens, tens, st.none()))
        unknown = st.sampled_from([Status.PENDING, Status.SANDBOX_FAILED, Status.REJECTED])
        attempts.append(
            Attempt(
                id=f"{name}{number}",
                received=due + draw(moments),
                points=points,
                status=Status.GRADED if points is not None else draw(unknown),
                number=draw(st.integers(1, 2)),
                maximum=draw(st.sampled_from([None, None, Decimal(12)])),
                gate_passed=draw(st.sampled_from([None, None, True, False])),
                lateness=draw(st.sampled_from([None, None, None, Decimal(0), Decimal(1)])),
            )
        )
    extensions = tuple(
        Extension(target=Target.STUDENT, name="student07", assignment=name, days=days, reason=f"note {days}")
        for days in draw(st.sampled_from([(), (), (1,), (2,), (1, 3)]))
    )
    extras = (Extra(title="own idea", points=Decimal(1)),) if draw(st.booleans()) else ()
    return Facts(attempts=tuple(attempts), extensions=extensions, extras=extras)


students = st.fixed_dictionaries({name: done(name) for name in NAMES})


def with_points(facts: Facts, number: int, points: Decimal) -> Facts:
    attempts = list(facts.attempts)
    attempts[number] = attempts[number]._replace(points=points)
    return replace(facts, attempts=tuple(attempts))


def assert_not_lower(before: Standing, after: Standing, names: tuple[str, ...] = NAMES) -> None:
    for name in names:
        was, now = before.assignments[name], after.assignments[name]
        if was.points:
            assert now.points is not None and now.points >= was.points, name
        elif was.points is not None and now.points is not None:
            assert now.points >= was.points, name
    if names == NAMES and before.course.percent is not None and after.course.percent is not None:
        assert after.course.percent >= before.course.percent


@OFTEN
@given(courses(), students, st.integers(0, 11), tens)
def test_more_points_never_lower_any_grade(
    course: Policies, facts: dict[str, Facts], pick: int, more: Decimal
) -> None:
    known = [
        (name, number, attempt.points)
        for name in NAMES
        for number, attempt in enumerate(facts[name].attempts)
        if attempt.points is not None
    ]
    assume(known)
    name, number, points = known[pick % len(known)]
    raised = facts | {name: with_points(facts[name], number, points + more)}
    assert_not_lower(standing(course, facts, NOW), standing(course, raised, NOW))


@OFTEN
@given(courses(), students, st.sampled_from(NAMES), st.integers(1, 4), st.booleans(), st.integers(-3, 30))
def test_an_extension_never_lowers_a_grade(
    course: Policies, facts: dict[str, Facts], name: str, days: int, until: bool, today: int
) -> None:
    policy, known = course.assignments[name], facts[name]
    assert policy.due is not None
    exact = policy.due + timedelta(days=days, hours=-5)
    extension = Extension(
        target=Target.STUDENT,
        name="student07",
        assignment=name,
        until=exact if until else None,
        days=None if until else days,
        reason="one more",
    )
    received = [attempt.received for known in facts.values() for attempt in known.attempts]
    now = max([DUE + timedelta(days=today), *received])
    longer = facts | {name: replace(known, extensions=(*known.extensions, extension))}
    before, after = standing(course, facts, now), standing(course, longer, now)
    # Work that is accepted only because of the extension may use late days that other work then lacks.
    was_taken = any(accepted(policy, known.attempts, window) for window in windows(policy, known.extensions))
    assert_not_lower(before, after, NAMES if was_taken or course.late_days is None else (name,))


@settings(max_examples=400, deadline=None)
@given(assignments("a"), done("a"), st.integers(1, 4), st.integers(0, 2))
def test_an_extension_never_lowers_the_grade_of_its_assignment(
    policy: AssignmentPolicy, known: Facts, days: int, late_days: int
) -> None:
    more = Extension(target=Target.SECTION, name="evening", assignment="a", days=days, reason="one more")
    longer = replace(known, extensions=(*known.extensions, more))
    was = effective(policy, known, NOW, late_days=late_days)
    now = effective(policy, longer, NOW, late_days=late_days)
    assert was.points is None or now.points is None or now.points >= was.points
    assert not was.points or now.points is not None
    assert was.deadline is not None and now.deadline is not None and now.deadline >= was.deadline


@settings(max_examples=400, deadline=None)
@given(assignments("a"), done("a"), st.integers(0, 2), tens, st.integers(0, 2))
def test_more_points_for_an_attempt_never_lower_the_grade(
    policy: AssignmentPolicy, known: Facts, number: int, more: Decimal, late_days: int
) -> None:
    assume(number < len(known.attempts))
    points = known.attempts[number].points
    raised = with_points(known, number, (points or Decimal(0)) + more)
    was = effective(policy, known, NOW, late_days=late_days).points
    now = effective(policy, raised, NOW, late_days=late_days).points
    assert was is None or points is None or (now is not None and now >= was)


@OFTEN
@given(courses(), students, st.randoms(use_true_random=False))
def test_the_order_of_facts_does_not_matter(
    course: Policies, facts: dict[str, Facts], random: Random
) -> None:
    def shuffled(known: Facts) -> Facts:
        attempts, extensions = list(known.attempts), list(known.extensions)
        random.shuffle(attempts)
        random.shuffle(extensions)
        return replace(known, attempts=tuple(attempts), extensions=tuple(extensions))

    names = list(NAMES)
    random.shuffle(names)
    one, two = standing(course, facts, NOW), standing(course, {n: shuffled(facts[n]) for n in names}, NOW)
    assert one == two
    for name in NAMES:
        texts = [line.text for line in one.assignments[name].lines]
        assert texts == [line.text for line in two.assignments[name].lines]
        assert all(texts)
    assert all(line.text for line in one.course.lines)


@OFTEN
@given(courses(), students, st.sampled_from(NAMES), moments, tens)
def test_a_preview_is_what_it_costs_whatever_the_points_are(
    course: Policies, facts: dict[str, Facts], name: str, when: timedelta, points: Decimal
) -> None:
    latest = max((a.received for known in facts.values() for a in known.attempts), default=DUE)
    at = max(DUE + timedelta(days=NAMES.index(name)) + when, latest + timedelta(seconds=1))
    shown = preview(course, facts, name, at)
    handed_in = Attempt(id="new", received=at, points=points, number=9)
    later = facts | {name: replace(facts[name], attempts=(*facts[name].attempts, handed_in))}
    before, after = ledger(course, facts), ledger(course, later)
    if shown.left is not None:
        assert after.left == shown.left
        assert before.left - after.left == shown.pays
        if shown.accepted and shown.days_late:
            paid = [{charge.assignment: charge.paid for charge in found.charges} for found in (before, after)]
            changed = [n for n in NAMES if n != name and paid[0].get(n, 0) != paid[1].get(n, 0)]
            named = [line.values[0] for line in shown.lines if line.kind is Why.WOULD_MOVE]
            assert named == changed
    if not shown.accepted:
        assert "new" not in [
            one.id
            for window in windows(course.assignments[name], facts[name].extensions)
            for one in accepted(course.assignments[name], later[name].attempts, window)
        ]
    elif course.assignments[name].counts is Counts.LAST and len(facts[name].extensions) == 0:
        grade = standing(course, later, NOW).assignments[name]
        assert grade.attempt == handed_in
        assert grade.days_late - grade.late_days == shown.uncovered
        if points + 2 <= grade.maximum:  # with more than full marks, as extras give, there is more to lose
            assert grade.lost <= shown.loses


@OFTEN
@given(courses(), students)
def test_the_ledger_never_pays_more_than_the_budget(course: Policies, facts: dict[str, Facts]) -> None:
    paid = ledger(course, facts)
    budget = 0 if course.late_days is None else course.late_days.budget
    assert sum(charge.paid for charge in paid.charges) == budget - paid.left <= budget
    assert [charge.at for charge in paid.charges] == sorted(charge.at for charge in paid.charges)


@OFTEN
@given(courses(), students, st.integers(-3, 30))
def test_a_grade_says_one_clear_thing(course: Policies, facts: dict[str, Facts], today: int) -> None:
    now: datetime = DUE + timedelta(days=today)
    for name, grade in standing(course, facts, now).assignments.items():
        assert grade.lost >= 0
        assert grade.late_days <= grade.days_late
        match grade.state:
            case GradeState.GRADED:
                assert grade.points is not None and grade.points >= 0 and grade.attempt is not None
            case GradeState.MISSING:
                assert grade.points == 0 and grade.attempt is None
                assert grade.deadline is not None and grade.deadline < now
            case GradeState.NOT_DUE | GradeState.EXCUSED:
                assert grade.points is None and grade.attempt is None
            case GradeState.PENDING:
                assert grade.attempt in facts[name].attempts
