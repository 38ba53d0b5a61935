"""Due dates in nbgrader's UTC and in the policies' text; a deadline that is there is never overridden."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta

import pytest

from gradebook.layout import Layout
from gradebook.nbgrader_dates import DueDates, dates_out, moved_extensions, with_due_dates
from gradebook.nbgrader_values import WHY, Losses, NbAssignment, NbWork
from gradebook.policies.facts import Extension, Group, Target
from gradebook.policies.file import parse_policies
from gradebook.policies.granting import Grants
from gradebook.roster import Member

NEW_YORK = """\
# rules of the syllabus
zone = "America/New_York"
[late]
percent_per_day = 10
[categories.labs]
weight = 1
[assignments.lab1]   # the first one
category = "labs"
points = 10
"""
DUE = datetime(2026, 3, 9, 3, 59, tzinfo=UTC)
"""Sunday 8 March, 23:59 in New York: the first day of daylight saving time."""
HOUR = timedelta(hours=1)


def made(
    text: str | None,
    losses: Losses,
    *,
    name: str = "lab1",
    at: datetime = DUE,
    extensions: tuple[Extension, ...] = (),
) -> DueDates:
    return with_due_dates(text, {name: at}, ["lab1", "lab2"], extensions, "UTC", losses)


def everyone(days: int) -> Extension:
    return Extension(target=Target.EVERYONE, assignment="lab1", days=days, reason="snow")


def test_without_policies_some_are_made_that_cost_nothing() -> None:
    losses = Losses()
    found = made(None, losses)
    assert found.text is not None
    policies = parse_policies(found.text)
    assert (policies.assignments["lab1"].due, policies.assignments["lab2"].due) == (DUE, None)
    assert policies.zone.key == "UTC" and not policies.assignments["lab1"].late.percent_per_day
    assert found.lines[1] == "policies: lab1 is due Mon 2026-03-09 03:59:00 UTC"
    assert losses.lines() == ()
    assert with_due_dates(None, {}, ["lab1"], (), "UTC", losses) == DueDates(text=None)


def test_a_due_date_is_put_into_the_table_and_everything_else_stays() -> None:
    found = made(NEW_YORK, Losses())
    assert found.text is not None
    assert parse_policies(found.text).assignments["lab1"].due == DUE
    line = "due = 2026-03-08T23:59:00-04:00  # from nbgrader's gradebook\n"
    assert found.text.replace(line, "", 1) == NEW_YORK
    assert found.lines == (
        "policies: lab1 is due Sun 2026-03-08 23:59:00 EDT",
        "policies: what they say of lateness holds for lab1 from now on",
    )
    assert made(found.text, Losses()) == DueDates(text=None)


@pytest.mark.parametrize(
    "text",
    [
        NEW_YORK.replace("[assignments.lab1]", "[assignments.'lab1']"),
        NEW_YORK.replace("[assignments.lab1]", ' [ assignments . "lab1" ]'),
        "\ufeff" + NEW_YORK.replace("\n", "\r\n"),
    ],
    ids=["quoted", "spaced", "from Windows"],
)
def test_the_table_is_found_however_its_header_is_written(text: str) -> None:
    found = made(text, Losses())
    assert found.text is not None and parse_policies(found.text).assignments["lab1"].due == DUE


def test_an_assignment_without_a_table_gets_one_in_the_only_category() -> None:
    found = made(NEW_YORK, Losses(), name="week.2")
    assert found.text is not None and found.text.startswith(NEW_YORK)
    assert tomllib.loads(found.text)["assignments"]["week.2"] == {"category": "labs", "due": DUE}


def test_a_deadline_that_is_there_is_never_overridden() -> None:
    losses = Losses()
    text = NEW_YORK + "due = 2026-03-01T12:00:00\n"
    assert made(text, losses) == DueDates(text=None)
    (line,) = losses.lines()
    assert line == (
        "due dates that are otherwise here: kept as they are here: 1 (lab1: 2026-03-01T17:00:00Z here, "
        "2026-03-09T03:59:00Z in nbgrader)"
    )


@pytest.mark.parametrize("days", [0, 2])
def test_the_same_deadline_is_no_difference_also_where_everyone_has_more_time(days: int) -> None:
    losses = Losses()
    text = NEW_YORK + "due = 2026-03-08T23:59:00\n"
    at = datetime(2026, 3, 9 + days, 3, 59, tzinfo=UTC)
    granted = (everyone(days),) if days else ()
    assert made(text, losses, at=at, extensions=granted) == DueDates(text=None)
    assert losses.lines() == ()


@pytest.mark.parametrize(
    "text",
    [
        NEW_YORK + '[categories.project]\nweight = 1\n[assignments.lab2]\ncategory = "project"\n',
        NEW_YORK.split("[assignments")[0] + '[assignments]\nlab9 = { category = "labs" }\n',
    ],
    ids=["two categories", "inline tables"],
)
def test_where_nobody_can_say_where_a_due_date_belongs_it_is_listed(text: str) -> None:
    losses = Losses()
    assert made(text, losses, name="lab9") == DueDates(text=None)
    (line,) = losses.lines()
    assert line.startswith(
        "due dates for which the policies have no place: add them by hand: 1 (lab9: due = 2026-"
    )


def test_what_no_deadline_can_be_is_listed() -> None:
    losses = Losses()
    assert made(NEW_YORK, losses, at=datetime(1, 1, 2, tzinfo=UTC)).text is None
    found = made(NEW_YORK, losses, at=DUE + timedelta(microseconds=5))
    assert found.text is not None and parse_policies(found.text).assignments["lab1"].due == DUE
    assert [line.split(":")[0] for line in losses.lines()] == [
        "due dates that are no time of a course", "parts of a second of due dates",
    ]  # fmt: skip


# ---- extensions

POLICIES = parse_policies(NEW_YORK + "due = 2026-03-08T23:59:00\n")


def arriving(extension: timedelta | None, *, due: datetime | None = DUE) -> NbAssignment:
    work = NbWork(student="anna", extension=extension)
    return NbAssignment(
        name="lab 1", layout=Layout(notebooks=(), cells=()), worth={}, works=(work,), duedate=due
    )


def granted(
    source: NbAssignment, losses: Losses, *there: Extension, text: str | None = "lab1"
) -> list[Extension]:
    policies = POLICIES if text else None
    return moved_extensions(source, "lab1", policies, Grants(there), there, {}, by="ta7", losses=losses)


def of_anna(hours: int) -> Extension:
    return Extension(
        target=Target.STUDENT, name="anna", assignment="lab1", until=DUE + hours * HOUR, reason=WHY, who="ta7"
    )


def test_an_extension_is_granted_once() -> None:
    losses = Losses()
    assert granted(arriving(36 * HOUR), losses) == [of_anna(36)]
    assert granted(arriving(36 * HOUR), losses, of_anna(36)) == []
    assert granted(arriving(None), losses) == []
    assert granted(arriving(24 * HOUR, due=DUE + 48 * HOUR), losses, everyone(2)) == [of_anna(72)]
    assert losses.lines() == ()


@pytest.mark.parametrize(
    ("source", "there", "said"),
    [
        (arriving(24 * HOUR), (of_anna(36),), "extensions that are otherwise here"),
        (arriving(-24 * HOUR), (), "extensions that give no more time"),
        (arriving(24 * HOUR, due=None), (), "extensions of an assignment without a due date here"),
        (arriving(24 * HOUR, due=DUE + HOUR), (), "extensions of an assignment that is due at another time"),
    ],
)
def test_an_extension_that_cannot_be_granted_is_listed(
    source: NbAssignment, there: tuple[Extension, ...], said: str
) -> None:
    losses = Losses()
    assert granted(source, losses, *there) == []
    (line,) = losses.lines()
    assert line.startswith(said) and line.endswith("1 (lab 1, anna)")


def test_what_nbgrader_can_hold_of_dates_goes_out_and_the_rest_is_listed() -> None:
    losses = Losses()
    days = Extension(target=Target.STUDENT, name="anna", assignment="lab1", days=3, reason="ill")
    excused = Extension(target=Target.STUDENT, name="bert", assignment="", excused=True, reason="left")
    absent = Extension(target=Target.STUDENT, name="zoe", assignment="lab1", days=3, reason="ill")
    there = (days, excused, absent, everyone(1))
    grants = Grants(there, [Group(assignment="lab1", members=frozenset({"anna", "carl"}))])
    zoe = {"zoe": Member(person_id=1, student="zoe", pseudonym="p-1")}
    found = dates_out("lab1", POLICIES, grants, there, zoe, ["anna", "bert", "carl", "dora"], losses)
    assert found.due == DUE + 24 * HOUR
    assert found.extensions == {"anna": 48 * HOUR, "carl": 48 * HOUR}
    assert losses.lines() == (
        "extensions for everyone: the due date is the later one: 1 (lab1)",
        "extensions of students who have not handed in: 1 (lab1, zoe)",
        "that students are excused: 1 (lab1, bert)",
        "who extended a deadline, when and why: 2 (lab1, anna; lab1, carl)",
    )
