"""Everything the policies ask about students, read at once: attempts, extensions, groups, choices, extras.

It decides nothing: `gradebook.policies` does. Work of a group counts for each of its members.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import NamedTuple

from sqlalchemy import Connection, func, select, type_coerce
from sqlalchemy.types import BigInteger

from autograder.errors import GradebookError
from gradebook import dates_storing as dates
from gradebook import tables
from gradebook.columns import from_micro
from gradebook.dates_attempts import Attempts, attempts
from gradebook.policies.facts import Choice, Extension, Extra, Facts, Group, Standing
from gradebook.policies.granting import Grants
from gradebook.policies.previewing import Preview, preview
from gradebook.policies.standing import standing
from gradebook.policies.values import Policies
from gradebook.roster import Member
from gradebook.roster_storing import members
from gradebook.values import Offering
from gradebook.versions import newest_versions

_STUDENTS_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class CourseFacts:
    """One consistent state of an offering, from which every grade follows.

    `students` are the class and everybody else who has handed in, by student id.
    """

    policies: Policies
    students: Mapping[str, Member]
    grants: Grants
    attempts: Attempts
    teams: Mapping[tuple[str, int], frozenset[int]]
    choices: Mapping[tuple[str, int], Choice]
    extras: Mapping[tuple[str, int], tuple[Extra, ...]]
    maxima: Mapping[str, Decimal]

    def facts(self, student: str) -> dict[str, Facts]:
        """What is known about one student, by assignment. GradebookError for a student nobody knows."""
        one = self.students.get(student)
        if one is None:
            near = get_close_matches(student, self.students, n=3, cutoff=0.6)
            hint = f"Did you mean {', '.join(near)}?" if near else ""
            raise GradebookError(f"there is no student {student!r}", hint=hint)
        sections = (one.section,) if one.section else ()
        found = {}
        nothing_granted = self.grants.nothing_for(student, sections)
        for assignment in self.policies.assignments:
            mine = (assignment, one.person_id)
            team = self.teams.get(mine)
            if team is None:
                made = tuple(self.attempts.get(mine, ()))
            else:
                made = tuple(a for person in team for a in self.attempts.get((assignment, person), ()))
            granted = () if nothing_granted else self.grants.of(student, sections, assignment)
            extras = self._extras(mine, team or ())
            choice = self._choice(mine, team or ())
            if made or granted or extras or choice:
                found[assignment] = Facts(attempts=made, extensions=granted, extras=extras, choice=choice)
        return found

    def standing(self, student: str, now: datetime) -> Standing:
        """Where one student stands: every assignment, the ledger of late days, the course."""
        return standing(self.policies, self.facts(student), now)

    def preview(self, student: str, assignment: str, at: datetime) -> Preview:
        """What handing in `at` would cost this student."""
        return preview(self.policies, self.facts(student), assignment, at)

    def under(self, policies: Policies) -> CourseFacts:
        """The same facts under other policies, to see what they would change."""
        return replace(self, policies=policies.with_maxima(self.maxima))

    def granting(self, extension: Extension) -> CourseFacts:
        """The same facts with one more extension, to see what it would change."""
        return replace(self, grants=self.grants.and_also(extension))

    def _extras(self, mine: tuple[str, int], team: Collection[int]) -> tuple[Extra, ...]:
        """The extras of the work: each title once, the student's own before those of the group."""
        if not team and mine not in self.extras:
            return ()
        assignment, person = mine
        found: dict[str, Extra] = {}
        for number in dict.fromkeys((person, *team)):
            for extra in self.extras.get((assignment, number), ()):
                found.setdefault(extra.title, extra)
        return tuple(found.values())

    def _choice(self, mine: tuple[str, int], team: Collection[int]) -> Choice | None:
        if not team or mine in self.choices:
            return self.choices.get(mine)
        found = (self.choices.get((mine[0], number)) for number in sorted(team))
        return next((choice for choice in found if choice is not None), None)


def course_facts(
    db: Connection,
    offering: Offering,
    policies: Policies,
    *,
    student: str | None = None,
    also: Iterable[str] = (),
) -> CourseFacts:
    """Read the facts of an offering; with `student` only what concerns that student.

    `also` are assignments that other policies name, under which the facts are to be looked at.
    """
    person = None if student is None else _person(db, student)
    shared = _shared(db, offering, policies, person=person)
    people = None if person is None else _with_teams(person, shared.teams)
    students = members(db, offering, people=people)
    made = attempts(db, offering, {*policies.assignments, *also}, people=people)
    _add_others(db, students, {person for _, person in made})
    return replace(shared, students=students, attempts=made)


class Parts(NamedTuple):
    """How many students there are, and their facts, read when they are asked for."""

    students: int
    facts: Iterator[CourseFacts]


def facts_in_parts(
    db: Connection, offering: Offering, policies: Policies, *, share: tuple[int, int] = (0, 1)
) -> Parts:
    """The same facts, some students at a time in the order of their ids: memory holds a part of the class.

    Each part has all that concerns its students, work of their groups included. `share` is (number, of how
    many), from 0, and names those students whose facts are wanted.
    """
    shared = _shared(db, offering, policies)
    students = members(db, offering)
    _add_others(db, students, _handed_in(db, offering, policies.assignments))
    number, of = share
    names = sorted(students)
    mine = names[len(names) * number // of : len(names) * (number + 1) // of]
    return Parts(len(mine), _in_parts(db, offering, policies, shared, students, mine))


def _in_parts(
    db: Connection, offering: Offering, policies: Policies, shared: CourseFacts,
    students: Mapping[str, Member], names: Sequence[str],
) -> Iterator[CourseFacts]:  # fmt: skip
    teams: dict[int, set[int]] = {}
    for (_, person), team in shared.teams.items():
        teams.setdefault(person, set()).update(team)
    for at in range(0, len(names), _STUDENTS_AT_ONCE):
        part = {name: students[name] for name in names[at : at + _STUDENTS_AT_ONCE]}
        mine = {one.person_id for one in part.values()}
        people = mine.union(*(teams[person] for person in mine if person in teams))
        made = attempts(db, offering, policies.assignments, people=people)
        yield replace(shared, students=part, attempts=made)


def _shared(
    db: Connection, offering: Offering, policies: Policies, *, person: int | None = None
) -> CourseFacts:
    """Everything but students and attempts; with `person` as far as it concerns this one and the groups."""
    found = dates.groups(db, offering, of=person)
    people = None if person is None else {person}.union(*found.values())
    groups = [
        Group(assignment=assignment, members=frozenset(team.values()))
        for (assignment, _), team in found.items()
    ]
    maxima = _maxima(db, offering)
    return CourseFacts(
        policies=policies.with_maxima(maxima),
        students={},
        grants=Grants(dates.extensions(db, offering, of=people), groups),
        attempts={},
        teams={
            (assignment, number): frozenset(team)
            for (assignment, _), team in found.items()
            for number in team
        },
        choices={key: choice for key, (_, choice) in dates.choices(db, offering, of=people).items()},
        extras=dates.extras(db, offering, of=people),
        maxima=maxima,
    )


def _person(db: Connection, student: str) -> int | None:
    """The number of the person with this id; None, for all, where nobody has it."""
    people = tables.people.c
    query = select(people.id).where((people.student == student) | (people.pseudonym == student))
    found = db.execute(query).scalar()
    return None if found is None else int(found)


def _with_teams(person: int, teams: Mapping[tuple[str, int], frozenset[int]]) -> frozenset[int]:
    """The person and everybody in a group with this person."""
    return frozenset({person}).union(*(team for (_, member), team in teams.items() if member == person))


def _handed_in(db: Connection, offering: Offering, assignments: Iterable[str]) -> set[int]:
    kept = tables.submissions.c
    query = (
        select(kept.person_id)
        .where(kept.course == offering.course, kept.term == offering.term)
        .where(kept.assignment.in_(list(assignments)))
        .distinct()
    )
    return set(db.execute(query).scalars())


def unnamed(db: Connection, offering: Offering, policies: Policies) -> dict[str, int]:
    """Assignments that were handed in and that the policies do not name, with how many submissions each has.

    They have no grade: what they are worth in the course is for the policies to say.
    """
    kept = tables.submissions.c
    query = (
        select(kept.assignment, func.count())
        .where(kept.course == offering.course, kept.term == offering.term)
        .where(kept.assignment.not_in(list(policies.assignments)))
        .group_by(kept.assignment)
        .order_by(kept.assignment)
    )
    return {row[0]: row[1] for row in db.execute(query)}


def _add_others(db: Connection, students: dict[str, Member], handed_in: Collection[int]) -> None:
    """Who handed in but stands in no roster is graded all the same."""
    known = {one.person_id for one in students.values()}
    others = sorted(set(handed_in) - known)
    kept = tables.people.c
    for at in range(0, len(others), 500):
        query = select(kept.id, kept.student, kept.pseudonym).where(kept.id.in_(others[at : at + 500]))
        for number, student, pseudonym in db.execute(query):
            name = student or pseudonym
            students[name] = Member(person_id=number, student=name, pseudonym=pseudonym)


def _maxima(db: Connection, offering: Offering) -> dict[str, Decimal]:
    """What each assignment is worth: the maximum of its newest version."""
    kept = tables.assignment_versions.c
    newest = [version.id for version in newest_versions(db, offering).values()]
    query = select(kept.assignment, type_coerce(kept.max_score, BigInteger())).where(kept.id.in_(newest))
    return {assignment: from_micro(micro) for assignment, micro in db.execute(query)}
