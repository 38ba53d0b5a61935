"""A policies.toml is understood as a whole, or refused with the line and key of everything that is wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from autograder.errors import ConfigError
from gradebook.policies.file import LONGEST, parse_policies
from gradebook.policies.values import Counts, LateDays

COURSE = """\
zone = "America/New_York"

[late]
grace_minutes = 15
percent_per_day = 10
accept_days = 3

[late_days]
budget = 4

[categories.homework]
weight = 60
drop_lowest = 1

[assignments.lab1]
category = "homework"
released = 2026-09-07T09:00:00
due = 2026-09-20T23:59:00
points = 10

[letters]
A = 90
B = 80.5
F = 0
"""


def test_what_a_file_says_is_what_counts() -> None:
    policies = parse_policies(COURSE)
    lab = policies.assignments["lab1"]
    assert lab.due == datetime(2026, 9, 21, 3, 59, tzinfo=UTC)  # what the clock in New York showed
    assert lab.counts is Counts.LAST
    assert (lab.late.percent_per_day, lab.late.accept_days, lab.maximum) == (Decimal(10), 3, Decimal(10))
    assert policies.late_days == LateDays(budget=4)
    assert [(letter.name, letter.from_percent) for letter in policies.letters] == [
        ("A", Decimal(90)), ("B", Decimal("80.5")), ("F", Decimal(0)),
    ]  # fmt: skip


def test_an_assignment_may_have_its_own_rules() -> None:
    own = 'counts = "best"\nlate = { percent_per_day = 50 }\nlate_days = false\n'
    policies = parse_policies(COURSE.replace("points = 10\n", "points = 10\n" + own))
    lab = policies.assignments["lab1"]
    assert (lab.counts, lab.late.percent_per_day, lab.late.accept_days) == (Counts.BEST, Decimal(50), None)
    assert not lab.late_days


def test_a_time_may_carry_the_offset_that_is_right_or_be_in_utc() -> None:
    for written in ("2026-09-20T23:59:00-04:00", "2026-09-21T03:59:00Z"):
        policies = parse_policies(COURSE.replace("2026-09-20T23:59:00", written))
        assert policies.assignments["lab1"].due == datetime(2026, 9, 21, 3, 59, tzinfo=UTC)


DUE = "due = 2026-09-20T23:59:00"
PER_DAY = "percent_per_day = 10"
POINTS = "points = 10"
WRONG = [
    (PER_DAY, "percent_per_dya = 10",
     ':5: late.percent_per_dya: unknown key "percent_per_dya"; did you mean "percent_per_day"'),
    (PER_DAY, "percent_per_day = -10",
     ":5: late.percent_per_day: Input should be greater than or equal to 0"),
    (PER_DAY, "percent_per_day = nan", ":5: late.percent_per_day:"),
    (PER_DAY, 'percent_per_day = "10"', ":5: late.percent_per_day: must be a number without quotes"),
    (PER_DAY, "percent_per_day = 110", ":5: late.percent_per_day:"),
    (PER_DAY, "percent_per_day = 10\nkeeps_percent_per_day = 90",
     ":6: late.keeps_percent_per_day: contradicts percent_per_day"),
    ("accept_days = 3", "accept_days = -1", ":6: late.accept_days:"),
    ("accept_days = 3", "accept_days = 0", ":6: late.accept_days: 0 accepts no late work"),
    ("accept_days = 3", "accept_days = true", ":6: late.accept_days:"),
    ("grace_minutes = 15", "grace_minutes = 1440", ":4: late.grace_minutes:"),
    ("budget = 4", "budget = 4\nper_assignment = 5", ":10: late_days.per_assignment: must be between 1 and"),
    ("weight = 60", "weight = inf", ":12: categories.homework.weight:"),
    ("weight = 60", "weight = 0", ":12: categories.homework.weight:"),
    ("weight = 60\n", "", ':11: categories.homework: the key "weight" is missing'),
    ("drop_lowest = 1", "drop_lowest = 1.5", ":13: categories.homework.drop_lowest:"),
    ("weight = 60", "weight = 60\nextra_credit = true",
     ":11: categories: there must be one that is not extra"),
    ('category = "homework"', 'category = "homwork"',
     ':16: assignments.lab1.category: there is no category "homwork"'),
    ('category = "homework"', 'category = "homework"\nextra_credit = true',
     ":17: assignments.lab1.extra_credit: category \"homework\" has nothing but extra credit"),
    (DUE, "due = 2026-09-07T09:00:00", ":18: assignments.lab1.due: the deadline is not after"),
    (DUE, "due = 2026-09-20", ":18: assignments.lab1.due: must be a date with a time"),
    (DUE, 'due = "2026-09-20T23:59:00"', ":18: assignments.lab1.due: must be a date with a time"),
    (DUE, "due = 2026-09-20T23:59:00.5", ":18: assignments.lab1.due: must be a whole second"),
    (DUE, "due = 2026-11-01T01:30:00",
     ":18: assignments.lab1.due: the clock shows this time twice then: add the offset, -04:00 or -05:00"),
    (DUE, "due = 2027-03-14T02:30:00",
     ":18: assignments.lab1.due: the clock of America/New_York skips this time"),
    (DUE, "due = 2026-09-20T23:59:00-05:00",
     ":18: assignments.lab1.due: America/New_York is not at this offset then, but at -04:00"),
    (DUE, "due = 9999-12-31T23:59:59", ":18: assignments.lab1.due: is no time of a course"),
    (PER_DAY, "percent_per_day = 1e999999999", ":5: late.percent_per_day:"),
    (PER_DAY, "percent_per_day = " + "9" * 5000, "is not valid TOML"),
    (POINTS, "points = 10\ncloses = 2026-09-19T23:59:00",
     ":20: assignments.lab1.closes: the hard stop lies before the deadline"),
    (DUE, 'counts = "last-before-deadline"', ':18: assignments.lab1.counts: "last-before-deadline" needs'),
    (DUE, "closes = 2026-09-20T23:59:00", ":18: assignments.lab1.closes: a hard stop needs a deadline"),
    (POINTS, "points = 0", ":19: assignments.lab1.points:"),
    (POINTS, 'points = 10\ncounts = "frist"', ":20: assignments.lab1.counts:"),
    (POINTS, "points = 10\nbonus = 3",
     ':20: assignments.lab1.bonus: unknown key "bonus"; known here: basic_part, '),
    (POINTS, "points = 10\nlate.acept_days = 2",
     'assignments.lab1.late.acept_days: unknown key "acept_days"; did you'),
    ("B = 80.5", "B = 95", ':23: letters.B: cut-offs must descend: "B" begins at 95, "A" before it at 90'),
    ("B = 80.5", "B = 90", ":23: letters.B: cut-offs must descend"),
    ("F = 0", "F = 10", ":24: letters.F: the last letter must begin at 0"),
    ('"America/New_York"', '"America/Newyork"', ':1: zone: there is no time zone "America/Newyork"'),
    ('"America/New_York"', '"../zone"', ":1: zone: there is no time zone"),
    ('zone = "America/New_York"\n', "", ':1: the key "zone" is missing'),
    ("F = 0", "F = 0\nF = 0", "is not valid TOML"),
]  # fmt: skip


@pytest.mark.parametrize(("was", "becomes", "message"), WRONG, ids=[f"{b[:40]}" for _, b, _ in WRONG])
def test_a_contradiction_is_an_error_that_names_line_and_key(was: str, becomes: str, message: str) -> None:
    assert was in COURSE
    with pytest.raises(ConfigError) as refused:
        parse_policies(COURSE.replace(was, becomes))
    assert message in str(refused.value)
    assert str(refused.value).startswith("policies.toml:")


def test_every_mistake_is_named_at_once() -> None:
    wrong = COURSE.replace("weight = 60", "wieght = 60").replace("budget = 4", "budget = -4")
    with pytest.raises(ConfigError) as refused:
        parse_policies(wrong, "spring.toml")
    assert [line.split(": ")[0] for line in str(refused.value).splitlines()] == [
        "spring.toml:9", "spring.toml:11", "spring.toml:12",
    ]  # fmt: skip


def test_a_value_of_several_lines_is_named_at_its_first_line() -> None:
    wrong = COURSE.replace("points = 10", "points = [\n  10,\n]\n# a comment")
    with pytest.raises(ConfigError, match=r"policies\.toml:19: assignments\.lab1\.points"):
        parse_policies(wrong)


def test_a_text_without_end_is_refused() -> None:
    with pytest.raises(ConfigError, match="longer than"):
        parse_policies("#" * (LONGEST + 1))
