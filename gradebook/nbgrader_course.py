"""A whole course of nbgrader moves in: students, due dates, scores, extensions. All of it, or nothing.

Names and addresses go where they can be erased, and stand in no reason and no line of the audit log. What
is known or decided here already stays; what differs is listed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, select

from gradebook import dates_storing as dates
from gradebook import offering_tables, reading, roster_storing, tables
from gradebook.auditing import one_at_a_time
from gradebook.book import Gradebook
from gradebook.nbgrader_dates import Dates, dates_out, deadline_of_all, moved_extensions, with_due_dates
from gradebook.nbgrader_import import ArrivingAssignment
from gradebook.nbgrader_moving import Moved, move_in
from gradebook.nbgrader_people import FIELDS, moving_in
from gradebook.nbgrader_values import NO_TIME, WHY, Losses, NbAssignment, NbBook
from gradebook.policies.facts import Extension, Group
from gradebook.policies.file import parse_policies
from gradebook.policies.granting import Grants
from gradebook.policies.values import Policies
from gradebook.roster import Member, RosterDiff
from gradebook.values import Decision, Offering

_AT_ONCE = 500


class _Undone(Exception):
    """Raised to take a dry run back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivingCourse:
    """What moves in. `assignments` are what `sources` became, in the same order.

    `zone` is that of policies that have to be made.
    """

    book: NbBook
    sources: Sequence[NbAssignment]
    assignments: Sequence[ArrivingAssignment]
    zone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseMoved:
    """What was new: of each assignment, in the class, in the policies (lines for people), and extensions."""

    assignments: tuple[Moved, ...] = ()
    people: RosterDiff = field(default_factory=partial(RosterDiff, changes=(), unchanged=0))
    dates: tuple[str, ...] = ()
    extensions: int = 0


def move_course_in(
    book: Gradebook,
    arriving: ArrivingCourse,
    offering: Offering,
    *,
    by: str,
    losses: Losses,
    dry_run: bool = False,
) -> CourseMoved:
    """Record everything that is not there yet; nothing in a dry run. Returns what was new.

    `losses` gets what is not taken over.
    """
    done = CourseMoved()
    with suppress(_Undone), book.writing() as db:
        one_at_a_time(db, offering)
        done = _Moving(db, arriving, offering, Decision(who=by, why=WHY), book.now(), losses).done()
        if dry_run:
            raise _Undone
    return done


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassHere:
    """What nbgrader gets of an offering beside its scores."""

    offering: Offering
    members: Mapping[str, Member]
    policies: Policies | None
    extensions: tuple[Extension, ...]
    groups: tuple[Group, ...]

    @classmethod
    def of(cls, book: Gradebook, offering: Offering) -> ClassHere:
        """One consistent state of the class."""
        with book.reading() as db:
            stored = dates.policies(db, offering)
            return cls(
                offering=offering,
                members=roster_storing.members(db, offering),
                policies=parse_policies(stored[-1].text) if stored else None,
                extensions=dates.extensions(db, offering),
                groups=tuple(_groups(db, offering)),
            )

    def dates(self, assignment: str, handed_in: Sequence[str], losses: Losses) -> Dates:
        """When an assignment is due, and which of those who handed in have more time."""
        if self.policies is not None:
            losses.add("policies, but for due dates", f"{self.offering.course}, {self.offering.term}")
        if any(group.assignment == assignment for group in self.groups):
            losses.add("groups", assignment)
        grants = Grants(self.extensions, self.groups)
        return dates_out(assignment, self.policies, grants, self.extensions, self.members, handed_in, losses)


class _Moving:
    """One transaction's work."""

    def __init__(
        self,
        db: Connection,
        arriving: ArrivingCourse,
        offering: Offering,
        decision: Decision,
        now: datetime,
        losses: Losses,
    ) -> None:
        gone = _erased(db, arriving.book.students)
        for student in sorted(gone):
            losses.add("students who were erased here", student)
        self._arriving = _without(arriving, gone) if gone else arriving
        self._db, self._offering = db, offering
        self._decision, self._now, self._losses = decision, now, losses

    def done(self) -> CourseMoved:
        """Do it all; scores last but one, since a deadline stands in where nbgrader held no time."""
        people = self._people()
        told = self._dates()
        stored = dates.policies(self._db, self._offering)
        policies = parse_policies(stored[-1].text) if stored else None
        moved = move_in(
            self._db,
            [self._timed(each, policies) for each in self._arriving.assignments],
            self._offering,
            by=self._decision.who,
            now=self._now,
            losses=self._losses,
        )
        return CourseMoved(
            assignments=moved, people=people, dates=told, extensions=self._extensions(policies)
        )

    def _people(self) -> RosterDiff:
        known = _details(self._db, self._arriving.book.students)
        members = roster_storing.members(self._db, self._offering)
        diff = moving_in(self._arriving.book, members, known, self._losses)
        roster_storing.apply(self._db, diff, self._offering, decision=self._decision, now=self._now)
        return diff

    def _dates(self) -> tuple[str, ...]:
        stored = dates.policies(self._db, self._offering)
        here = {str(name) for where, name in reading.assignments(self._db) if where == self._offering}
        due = {str(a.assignment.id): s.duedate for a, s in self._pairs() if s.duedate is not None}
        made = with_due_dates(
            stored[-1].text if stored else None,
            due,
            here | {str(each.assignment.id) for each in self._arriving.assignments},
            dates.extensions(self._db, self._offering),
            self._arriving.zone,
            self._losses,
        )
        if made.text is not None:
            dates.add_policies(self._db, self._offering, made.text, decision=self._decision, now=self._now)
        return made.lines

    def _timed(self, arriving: ArrivingAssignment, policies: Policies | None) -> ArrivingAssignment:
        """Work without a time of receipt is on time, as in nbgrader: at the deadline once that has passed."""
        policy = None if policies is None else policies.assignments.get(str(arriving.assignment.id))
        extensions = dates.extensions(self._db, self._offering)
        due = None if policy is None else deadline_of_all(policy, extensions)
        if due is None or due >= self._now:
            return arriving
        arrivals = tuple(
            replace(each, graded=replace(each.graded, received=due)) if NO_TIME in each.graded.notes else each
            for each in arriving.arrivals
        )
        return replace(arriving, arrivals=arrivals)

    def _extensions(self, policies: Policies | None) -> int:
        standing = dates.extensions(self._db, self._offering)
        grants = Grants(standing, _groups(self._db, self._offering))
        members = roster_storing.members(self._db, self._offering)
        count = 0
        for arriving, source in self._pairs():
            for granted in moved_extensions(
                source, str(arriving.assignment.id), policies, grants, standing, members,
                by=self._decision.who, losses=self._losses,
            ):  # fmt: skip
                person = roster_storing.known_person(self._db, self._offering, granted.name)
                dates.add_extension(
                    self._db, self._offering, granted, person, decision=self._decision, now=self._now
                )
                count += 1
        return count

    def _pairs(self) -> Iterable[tuple[ArrivingAssignment, NbAssignment]]:
        return zip(self._arriving.assignments, self._arriving.sources, strict=True)


def _groups(db: Connection, offering: Offering) -> list[Group]:
    """The groups of an offering, whose members share extensions."""
    return [
        Group(assignment=assignment, members=frozenset(found.values()))
        for (assignment, _), found in dates.groups(db, offering).items()
    ]


def _details(db: Connection, students: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    """What is known of these students, whichever offering they are in."""
    people, kept = tables.people.c, offering_tables.roster_details.c
    query = select(people.student, *(kept[name] for name in FIELDS)).join(
        offering_tables.roster_details, kept.person_id == people.id
    )
    found: dict[str, Mapping[str, str]] = {}
    for at in range(0, len(students), _AT_ONCE):
        some = query.where(people.student.in_(students[at : at + _AT_ONCE]))
        found |= {row.student: {name: getattr(row, name) for name in FIELDS} for row in db.execute(some)}
    return found


def _erased(db: Connection, students: Sequence[str]) -> set[str]:
    """Those of these ids that are pseudonyms of erased persons: an export wrote them."""
    people = tables.people.c
    found: set[str] = set()
    for at in range(0, len(students), _AT_ONCE):
        some = people.pseudonym.in_(students[at : at + _AT_ONCE])
        found |= set(db.execute(select(people.pseudonym).where(some, people.student.is_(None))).scalars())
    return found


def _without(arriving: ArrivingCourse, gone: Collection[str]) -> ArrivingCourse:
    book = arriving.book
    return replace(
        arriving,
        book=replace(book, students=tuple(one for one in book.students if one not in gone)),
        sources=[
            replace(each, works=tuple(work for work in each.works if work.student not in gone))
            for each in arriving.sources
        ],
        assignments=[
            replace(each, arrivals=tuple(a for a in each.arrivals if a.graded.student not in gone))
            for each in arriving.assignments
        ],
    )
