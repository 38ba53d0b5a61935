"""Worked examples of policies for the reference page: small courses, what a student did, what follows.

What follows is never written here: it is worked out by the functions that grade, when the page is made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from gradebook.policies.clock import instants
from gradebook.policies.facts import Attempt, Extension, Extra, Facts, GradeState, Standing, Target
from gradebook.policies.file import parse_policies
from gradebook.policies.lines import clock, number
from gradebook.policies.previewing import preview
from gradebook.policies.standing import standing
from gradebook.policies.values import Policies

NOW = datetime(2027, 2, 1, tzinfo=UTC)
HEAD = 'zone = "America/New_York"\n'
HOMEWORK = "\n[categories.homework]\nweight = 100\n"
LAB = '\n[assignments.lab1]\ncategory = "homework"\npoints = 10\ndue = 2026-09-20T23:59:00\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """One submission: when, by the clock of the course, and its points."""

    at: str
    points: str
    assignment: str = "lab1"
    gate_passed: bool | None = None
    lateness: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A course, what one student did, and what to show: each submission alone, or all together."""

    title: str
    about: str
    policies: str
    work: tuple[HandedIn, ...]
    extensions: tuple[Extension, ...] = ()
    extras: tuple[Extra, ...] = ()
    alone: bool = False
    course: bool = False
    asked: HandedIn | None = field(default=None)

    def read(self) -> Policies:
        """The example's policies."""
        return parse_policies(self.policies)

    def facts(self, work: Sequence[HandedIn]) -> dict[str, Facts]:
        """What policies know when this work was handed in."""
        policies = self.read()
        found: dict[str, Facts] = {}
        for name in policies.assignments:
            mine = [one for one in work if one.assignment == name]
            attempts = tuple(
                Attempt(
                    id=f"{name}-{place}",
                    received=moment(one.at, policies),
                    points=Decimal(one.points),
                    number=place,
                    gate_passed=one.gate_passed,
                    lateness=one.lateness,
                )
                for place, one in enumerate(mine, 1)
            )
            granted = tuple(extension for extension in self.extensions if extension.assignment == name)
            found[name] = Facts(attempts=attempts, extensions=granted, extras=self.extras if attempts else ())
        return found

    def together(self) -> Standing:
        """Where the student stands with all of it."""
        return standing(self.read(), self.facts(self.work), NOW)

    def each(self) -> Iterator[tuple[HandedIn, Standing]]:
        """Where the student would stand with one submission alone, for each of them."""
        for one in self.work:
            yield one, standing(self.read(), self.facts([one]), NOW)


def moment(shown: str, policies: Policies) -> datetime:
    """The moment (UTC) at which the course's clock shows this; the first of two."""
    return instants(datetime.fromisoformat(shown), policies.zone)[0]


def _ill(days: int) -> Extension:
    return Extension(
        target=Target.STUDENT, name="student07", assignment="lab1", days=days, reason="A doctor's note."
    )


EXAMPLES: Sequence[Example] = (
    Example(
        title="A percentage for each late day",
        about="The whole second of the deadline is on time; grace is forgiven at the end of each day, too. "
        "Each row is a submission of its own that earned 9 points.",
        policies=HEAD
        + "\n[late]\ngrace_minutes = 15\npercent_per_day = 10\naccept_days = 3\n"
        + HOMEWORK
        + LAB,
        work=tuple(
            HandedIn(at=f"2026-09-{at}", points="9")
            for at in (
                "20T23:59:00",
                "21T00:14:00",
                "21T00:14:01",
                "22T00:14:00",
                "23T23:58:00",
                "24T00:14:01",
            )
        ),
        alone=True,
    ),
    Example(
        title="Decay",
        about="Each late day keeps 80 % of what is left, and lateness never takes more than half.",
        policies=HEAD + "\n[late]\nkeeps_percent_per_day = 80\nat_most_percent = 50\n" + HOMEWORK + LAB,
        work=tuple(HandedIn(at=f"2026-09-{day}T12:00:00", points="10") for day in (20, 21, 22, 23, 24, 30)),
        alone=True,
    ),
    Example(
        title="The night in which the clock is put back",
        about="A late day ends when the clock shows the deadline's time again. The one after 31 October "
        "2026, 23:59, has 25 hours in New York: one o'clock comes twice.",
        policies=HEAD
        + "\n[late]\npercent_per_day = 10\n"
        + HOMEWORK
        + LAB.replace("2026-09-20", "2026-10-31"),
        work=tuple(
            HandedIn(at=at, points="10")
            for at in (
                "2026-10-31T23:59:00",
                "2026-11-01T22:59:30",
                "2026-11-01T23:59:00",
                "2026-11-01T23:59:01",
            )
        ),
        alone=True,
    ),
    Example(
        title="The best attempt",
        about="The best is the best after what lateness costs.",
        policies=HEAD + 'counts = "best"\n\n[late]\npercent_per_day = 20\n' + HOMEWORK + LAB,
        work=(
            HandedIn(at="2026-09-20T20:00:00", points="8"),
            HandedIn(at="2026-09-21T09:30:00", points="9.5"),
        ),
    ),
    Example(
        title="A budget of late days",
        about="Days are paid in the order in which work is handed in. What the budget does not cover costs "
        "points. Before a third submission is made, its price can be seen.",
        policies=HEAD
        + "\n[late]\npercent_per_day = 10\n\n[late_days]\nbudget = 4\nper_assignment = 2\n"
        + HOMEWORK
        + LAB
        + LAB.replace("lab1", "lab2").replace("09-20", "10-04")
        + LAB.replace("lab1", "lab3").replace("09-20", "10-18"),
        work=(
            HandedIn(at="2026-09-23T18:00:00", points="10"),
            HandedIn(at="2026-10-05T08:00:00", points="10", assignment="lab2"),
        ),
        asked=HandedIn(at="2026-10-20T10:00:00", points="10", assignment="lab3"),
    ),
    Example(
        title="An extension",
        about="It moves the deadline and the hard stop. Late days count from the new deadline.",
        policies=HEAD + "\n[late]\npercent_per_day = 10\naccept_days = 2\n" + HOMEWORK + LAB,
        work=(HandedIn(at="2026-09-24T10:00:00", points="9"),),
        extensions=(_ill(3),),
    ),
    Example(
        title="An extension that is not used",
        about="An extension is an offer. Here the last attempt before the deadline counts, and with the "
        "extension that would be a worse one.",
        policies=HEAD + 'counts = "last-before-deadline"\n' + HOMEWORK + LAB,
        work=(
            HandedIn(at="2026-09-20T20:00:00", points="9"),
            HandedIn(at="2026-09-22T20:00:00", points="4"),
        ),
        extensions=(_ill(3),),
    ),
    Example(
        title="Lateness that a person decided",
        about="`autograder gradebook late` set the price, or nbgrader's penalty came in. It is in the points "
        "already, so the rule takes nothing on top, and no late days of the budget are used.",
        policies=HEAD + "\n[late]\npercent_per_day = 10\n\n[late_days]\nbudget = 1\n" + HOMEWORK + LAB,
        work=(HandedIn(at="2026-09-22T20:00:00", points="8.5", lateness=Decimal("0.5")),),
    ),
    Example(
        title="A basic part and open-ended extras",
        about="A person gave points for an extra. They count only when the basic part succeeded, and here "
        "the course cannot be passed without it.",
        policies=HEAD
        + HOMEWORK
        + LAB
        + 'basic_part = "fail"\nextras_points = 3\n\n[letters]\nA = 90\nB = 80\nC = 70\nF = 0\n',
        work=(HandedIn(at="2026-09-20T20:00:00", points="7.5", gate_passed=False),),
        extras=(Extra(title="removing the adapters restores the base model", points=Decimal(2)),),
        course=True,
    ),
    Example(
        title="A course",
        about="Two categories, the lowest lab dropped, one lab as extra credit.",
        policies=HEAD
        + '\n[categories.labs]\ntitle = "Labs"\nweight = 60\ndrop_lowest = 1\neach = "equal"\n'
        + '\n[categories.project]\ntitle = "Project"\nweight = 40\n'
        + "".join(
            f'\n[assignments.lab{n}]\ncategory = "labs"\npoints = {points}\ndue = 2026-{due}T23:59:00\n{more}'
            for n, points, due, more in (
                (1, 10, "09-20", ""),
                (2, 10, "10-04", ""),
                (3, 20, "10-18", ""),
                (4, 10, "11-01", "extra_credit = true\n"),
            )
        )
        + '\n[assignments.final]\ncategory = "project"\npoints = 100\ndue = 2026-12-14T23:59:00\n'
        + '\n[letters]\nA = 93\nA- = 90\n"B+" = 87\nB = 83\nC = 70\nF = 0\n',
        work=(
            HandedIn(at="2026-09-20T20:00:00", points="7"),
            HandedIn(at="2026-10-04T20:00:00", points="9", assignment="lab2"),
            HandedIn(at="2026-10-18T20:00:00", points="17", assignment="lab3"),
            HandedIn(at="2026-11-01T20:00:00", points="5", assignment="lab4"),
            HandedIn(at="2026-12-14T20:00:00", points="81", assignment="final"),
        ),
        course=True,
    ),
)


def markdown() -> str:
    """All examples as Markdown sections."""
    return "\n".join(line for example in EXAMPLES for line in _section(example))


def _section(example: Example) -> Iterator[str]:
    yield from (f"### {example.title}", "", example.about, "", "```toml", example.policies.strip(), "```", "")
    policies = example.read()
    if example.alone:
        yield "| received | late days | lateness takes | points |"
        yield "|---|---|---|---|"
        for one, found in example.each():
            grade = found.assignments[one.assignment]
            shown = clock(moment(one.at, policies), policies.zone)
            if grade.state is GradeState.MISSING:
                yield f"| {shown} | | | 0: it came after the last moment |"
            else:
                points = number(grade.points or Decimal(0))
                yield f"| {shown} | {grade.days_late} | {number(grade.lost)} | {points} |"
        yield ""
        return
    for one in example.work:
        shown = clock(moment(one.at, policies), policies.zone)
        yield f"- {one.assignment}, received {shown}: {number(Decimal(one.points))} points"
    yield from (f"- {extension.days} more days: {extension.reason}" for extension in example.extensions)
    yield from ("", "```")
    found = example.together()
    if not example.course or len(policies.assignments) == 1:
        for grade in found.assignments.values():
            if grade.attempt is not None:
                yield f"{grade.assignment}:"
                yield from (f"  {line.text}" for line in grade.lines)
    if example.course:
        yield "the course:"
        yield from (f"  {line.text}" for line in found.course.lines)
    if example.asked is not None:
        one = example.asked
        at = moment(one.at, policies)
        yield f"{one.assignment}, if it is handed in on {clock(at, policies.zone)}:"
        shown_lines = preview(policies, example.facts(example.work), one.assignment, at).lines
        yield from (f"  {line.text}" for line in shown_lines)
    yield from ("```", "")
