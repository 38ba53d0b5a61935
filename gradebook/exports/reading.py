"""The table of grades of an offering, read from its gradebook in one consistent state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, DateTime, Select, String, func, select, type_coerce

from autograder.errors import GradebookError
from gradebook import dates_storing, tables
from gradebook.book import Gradebook
from gradebook.campaigns.tables import scores_set_aside
from gradebook.dates_facts import CourseFacts, course_facts, facts_in_parts
from gradebook.exports.from_book import grade_table
from gradebook.exports.table import GradeTable
from gradebook.policies.facts import Standing
from gradebook.policies.file import parse_policies
from gradebook.policies.values import HUNDRED, AssignmentPolicy, Category, Policies
from gradebook.roster import Member
from gradebook.values import Offering
from gradebook.versions import OLDEST_FIRST, versions_set_aside


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """The facts of a class, what people call its assignments, and whether policies are stored."""

    facts: CourseFacts
    titles: Mapping[str, str]
    has_policies: bool

    def graded_students(self) -> Iterator[Member]:
        """Everybody in the class and who left it but has handed in, by student id."""
        return graded_students(self.facts)


def class_facts(book: Gradebook, offering: Offering) -> ClassFacts:
    """Everything that grades follow from, in one consistent state; also where no policies are stored."""
    with book.reading() as db:
        policies, titles, stored = rules(db, offering)
        return ClassFacts(facts=course_facts(db, offering, policies), titles=titles, has_policies=stored)


def graded_students(facts: CourseFacts) -> Iterator[Member]:
    """Everybody in the class and who left it but has handed in, by student id."""
    handed_in = {person for _, person in facts.attempts}
    for _, member in sorted(facts.students.items()):
        if member.enrolled or member.person_id in handed_in:
            yield member


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which grades: of an offering at `now`, of the assignments in `only` or of all.

    `with_course` adds the grade of the whole course in percent, as an item of its own.
    """

    offering: Offering
    now: datetime
    only: tuple[str, ...] = ()
    with_course: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standings:
    """Where a class stands, worked out one by one as it is read. `titles` are of the wanted assignments.

    `students` is how many there are at most: who left and handed in nothing is not among the `standings`.
    """

    titles: Mapping[str, str]
    students: int
    standings: Iterator[tuple[Member, Standing]]


def read_table(
    book: Gradebook,
    offering: Offering,
    *,
    only: Sequence[str] = (),
    with_course: bool = False,
    now: datetime | None = None,
) -> GradeTable:
    """The grades at `now` (the gradebook's time) of the assignments in `only`, or of all.

    `with_course` adds the grade of the whole course in percent, as an item of its own.

    Where no policies are stored, the last attempt counts and nothing is ever late or missing. Everybody in
    the class has a row, and so does who left it but has handed in. GradebookError for unknown assignments.
    """
    wanted = Wanted(offering=offering, now=now or book.now(), only=tuple(only), with_course=with_course)
    with book.reading() as db:
        found = standings(db, wanted)
        return grade_table(found.titles, found.standings, with_course=with_course)


def standings(db: Connection, wanted: Wanted, *, share: tuple[int, int] = (0, 1)) -> Standings:
    """Where the students of a class stand, by their ids; with `share` as in `facts_in_parts`.

    GradebookError for unknown assignments, and for the course's grade where no policies are stored.
    """
    offering, only = wanted.offering, wanted.only
    policies, chosen, stored = rules(db, offering)
    if wanted.with_course and not stored:
        raise GradebookError(
            "without policies nobody knows the grade of the course",
            hint="Store them first: `autograder gradebook policies store FILE`.",
        )
    unknown = [name for name in only if name not in chosen]
    if unknown or not chosen:
        raise GradebookError(
            f"no grades of {', '.join(unknown) or 'any assignment'} in {offering.course}, {offering.term}",
            hint=f"There are: {', '.join(chosen) or 'none'}. --course and --term say which offering.",
        )
    parts = facts_in_parts(db, offering, policies, share=share)
    return Standings(
        titles={name: chosen[name] for name in only or chosen},
        students=parts.students,
        standings=_each(parts.facts, wanted.now),
    )


def _each(parts: Iterable[CourseFacts], now: datetime) -> Iterator[tuple[Member, Standing]]:
    for facts in parts:
        for member in graded_students(facts):
            yield member, facts.standing(member.student, now)


def rules(db: Connection, offering: Offering) -> tuple[Policies, dict[str, str], bool]:
    """The policies, what people call each assignment, and whether policies are stored."""
    titles = _titles(db, offering)
    stored = dates_storing.policies(db, offering)
    policies = parse_policies(stored[-1].text) if stored else without_policies(titles)
    chosen = {name: policy.title or titles.get(name) or name for name, policy in policies.assignments.items()}
    return policies, chosen, bool(stored)


def without_policies(titles: Iterable[str]) -> Policies:
    """Rules for these assignments where there are none: the last attempt counts, nothing is ever late."""
    zone = ZoneInfo("UTC")
    return Policies(
        zone=zone,
        categories={"all": Category(id="all", weight=HUNDRED)},
        assignments={name: AssignmentPolicy(id=name, category="all", zone=zone) for name in titles},
    )


def _titles(db: Connection, offering: Offering) -> dict[str, str]:
    """The title of each assignment's newest version, in the order of ids."""
    kept = tables.assignment_versions.c
    query = (
        select(kept.assignment, kept.title)
        .where(kept.course == offering.course, kept.term == offering.term)
        .where(kept.id.not_in(sorted(versions_set_aside(db, offering))))
        .order_by(kept.assignment, *OLDEST_FIRST)
    )
    return {row.assignment: row.title for row in db.execute(query)}


def changed_at(book: Gradebook, offering: Offering) -> dict[tuple[str, str], datetime]:
    """When a grading, a person or an undone campaign last changed a score, by assignment and submission."""
    found: dict[tuple[str, str], datetime] = {}
    with book.reading() as db:
        # One conversion of a time by SQLAlchemy costs more than everything else about its row.
        text = db.dialect.name == "sqlite"
        kind = String() if text else DateTime(timezone=True)
        recorded, aside = tables.scores.c, scores_set_aside.c
        for moment, number, table in (
            (recorded.recorded_at, recorded.submission_id, tables.scores),
            (tables.score_changes.c.at, tables.score_changes.c.submission_id, tables.score_changes),
            (
                aside.at,
                recorded.submission_id,
                scores_set_aside.join(tables.scores, recorded.id == aside.score_id),
            ),
        ):
            names, kept = tables.submission_names.c, tables.submissions.c
            query: Select[Any] = (
                select(names.assignment, names.submission, type_coerce(func.max(moment), kind))
                .select_from(table)
                .join(tables.submissions, kept.id == number)
                .join(tables.submission_names, names.submission_id == kept.id)
                .where(kept.course == offering.course, kept.term == offering.term)
                .group_by(names.assignment, names.submission)
            )
            for assignment, submission, stored in db.execute(query):
                at = datetime.fromisoformat(stored) if text else stored
                key = (assignment, submission)
                found[key] = max(at, found.get(key, at))
    return found
