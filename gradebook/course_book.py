"""One offering of a course: its class, policies, extensions, groups and chosen attempts.

Everything is added with who, when and why, in one transaction with its audit line. What it means for a grade
is asked of `gradebook.policies`; who may call what is decided by the callers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches

from sqlalchemy import Connection, select

from autograder.errors import GradebookError
from gradebook import dates_storing as dates
from gradebook import offering_tables, tables
from gradebook import roster_storing as people
from gradebook.auditing import one_at_a_time
from gradebook.book import Gradebook
from gradebook.dates_facts import CourseFacts, course_facts, unnamed
from gradebook.policies.facts import Extension, Extra, Group, Standing, Target
from gradebook.policies.file import parse_policies
from gradebook.policies.granting import refuse as would_change_nothing
from gradebook.policies.values import Policies
from gradebook.roster import Member, RosterDiff, RosterRow, checked_rows, compared, contradictions, refuse
from gradebook.values import Decision, Offering, checked_key


class CourseBook:
    """The people and dates of one offering in a gradebook."""

    def __init__(self, book: Gradebook, offering: Offering) -> None:
        self.book = book
        self.offering = offering

    def members(self) -> tuple[Member, ...]:
        """Everybody who is or was in the class, by student id."""
        with self.book.reading() as db:
            return tuple(people.members(db, self.offering).values())

    def import_roster(
        self,
        rows: Sequence[RosterRow],
        decision: Decision,
        *,
        columns: Collection[str],
        remove_missing: bool = False,
        dry_run: bool = False,
    ) -> RosterDiff:
        """Bring the class to what a roster file says, and return what that changed.

        `columns` are those the file has: others stay as they are. Who is missing in the file stays, unless
        `remove_missing`; nobody's scores are touched. GradebookError names every wrong row; then, and in a
        dry run, nothing is written.
        """
        checked_rows(rows)
        with self.book.reading() if dry_run else self._deciding() as db:
            known = people.members(db, self.offering)
            if not remove_missing:
                wrong = contradictions(rows, known)
                refuse("the roster cannot be imported; nothing was changed", wrong)
            diff = compared(rows, known, remove_missing=remove_missing, columns=columns)
            if not dry_run:
                people.apply(db, diff, self.offering, decision=decision, now=self.book.now())
        return diff

    def store_policies(self, text: str, decision: Decision) -> tuple[Policies, bool]:
        """Keep a policies.toml as the one that counts from now on; false when it did already.

        GradebookError names the line and key that is wrong; nothing is stored then.
        """
        read = parse_policies(text)
        with self._deciding() as db:
            new = dates.add_policies(db, self.offering, text, decision=decision, now=self.book.now())
        return read, new is not None

    def policies(self) -> Policies | None:
        """The policies that count, None where none were stored."""
        versions = self.policies_history()
        return parse_policies(versions[-1].text) if versions else None

    def policies_history(self) -> tuple[dates.StoredPolicies, ...]:
        """Every version of the policies in full, oldest first."""
        with self.book.reading() as db:
            return dates.policies(db, self.offering)

    def extend(
        self,
        target: Target,
        name: str,
        assignment: str,
        decision: Decision,
        *,
        until: datetime | None = None,
        days: int | None = None,
        excused: bool = False,
        dry_run: bool = False,
    ) -> int:
        """Grant more time, or excuse, and return the extension's number (0 in a dry run).

        `name` is a student or a section, empty for everyone; `assignment` empty for every assignment. Exactly
        one of `until`, `days` and `excused`. GradebookError for whom or what nobody knows. A dry run checks
        everything and writes nothing.
        """
        granted = Extension(
            target=target, name=name, assignment=assignment, until=until, days=days, excused=excused,
            reason=decision.why, who=decision.who,
        )  # fmt: skip
        with self.book.reading() if dry_run else self._deciding() as db:
            self._known_assignment(db, assignment)
            self._makes_sense(db, granted)
            person_id = None
            if target is Target.STUDENT:
                person_id = people.known_person(db, self.offering, name)
            elif target is Target.SECTION:
                self._known_section(db, name)
            if dry_run:
                return 0
            return dates.add_extension(
                db, self.offering, granted, person_id, decision=decision, now=self.book.now()
            )

    def withdraw_extension(self, number: int, decision: Decision) -> None:
        """Take an extension back; it stays in the history."""
        with self._deciding() as db:
            dates.withdraw_extension(db, self.offering, number, decision=decision, now=self.book.now())

    def extensions(self) -> tuple[Extension, ...]:
        """The extensions and excuses that stand."""
        with self.book.reading() as db:
            return dates.extensions(db, self.offering)

    def group(self, assignment: str, name: str, students: Collection[str], decision: Decision) -> int:
        """Make `students` the group of that name for an assignment; returns how many came or left.

        A submission of one counts for all, and so does an extension. Nobody is in two groups.
        """
        checked_key(name, "a group")
        with self._deciding() as db:
            self._known_assignment(db, assignment)
            members = frozenset(people.known_person(db, self.offering, student) for student in students)
            return dates.set_group(
                db, self.offering, assignment, name, members, decision=decision, now=self.book.now()
            )

    def groups(self) -> tuple[tuple[str, Group], ...]:
        """Every group with its name, by assignment and name."""
        with self.book.reading() as db:
            found = dates.groups(db, self.offering)
        return tuple(
            (name, Group(assignment=assignment, members=frozenset(members.values())))
            for (assignment, name), members in sorted(found.items())
        )

    def choose_attempt(
        self, assignment: str, student: str, submission: str | None, decision: Decision
    ) -> None:
        """Let staff's choice of attempt count, or with None take the choice back.

        GradebookError unless the submission is the student's or one of the student's group.
        """
        with self._deciding() as db:
            person_id = people.known_person(db, self.offering, student)
            team = dates.team(db, self.offering, assignment, person_id)
            number = None
            if submission is not None:
                number = self._submission(db, assignment, submission, team, student)
            values = {"assignment": assignment, "person_id": person_id, "submission_id": number}
            dates.add_fact(
                db, offering_tables.attempt_choices, "attempt_chosen", self.offering, values,
                decision=decision, now=self.book.now(),
            )  # fmt: skip

    def award_extra(
        self, assignment: str, student: str, title: str, points: Decimal | None, decision: Decision
    ) -> None:
        """Set the points of an open-ended extra; None takes them back. How many count is a policy."""
        if points is not None:
            Extra(title=title, points=points)
        checked_key(title, "an extra's title")
        with self._deciding() as db:
            self._known_assignment(db, assignment)
            person_id = people.known_person(db, self.offering, student)
            dates.set_extra(
                db, self.offering, assignment, person_id, title, points, decision=decision,
                now=self.book.now(),
            )  # fmt: skip

    def facts(self, *, student: str | None = None) -> CourseFacts:
        """Everything the policies ask about the class, or with `student` about one student.

        GradebookError where no policies are stored.
        """
        with self.book.reading() as db:
            return course_facts(db, self.offering, self._policies(db), student=student)

    def unnamed(self, policies: Policies | None = None) -> dict[str, int]:
        """Assignments that were handed in and that the policies do not name, with their submissions.

        Of other policies than those that count with `policies`.
        """
        with self.book.reading() as db:
            return unnamed(db, self.offering, policies or self._policies(db))

    def standing(self, student: str, *, now: datetime | None = None) -> Standing:
        """Where one student stands, and why: every view asks here."""
        return self.facts(student=student).standing(student, now or self.book.now())

    def _policies(self, db: Connection) -> Policies:
        stored = dates.policies(db, self.offering)
        if not stored:
            raise GradebookError(
                f"{self.offering.course}, {self.offering.term} has no policies yet",
                hint="Write a policies.toml and store it: `autograder gradebook policies store FILE`.",
            )
        return parse_policies(stored[-1].text)

    def _submission(
        self, db: Connection, assignment: str, submission: str, team: Collection[int], student: str
    ) -> int:
        names, kept = tables.submission_names, tables.submissions
        query = (
            select(kept.c.id, kept.c.person_id)
            .join(names, names.c.submission_id == kept.c.id)
            .where(names.c.course == self.offering.course, names.c.term == self.offering.term)
            .where(names.c.assignment == assignment, names.c.submission == submission)
        )
        found = db.execute(query).one_or_none()
        if found is None or found.person_id not in team:
            raise GradebookError(
                f"{submission!r} is no submission of {student} for {assignment}",
                hint=f"`autograder gradebook list {assignment}` and `history` show what was handed in.",
            )
        return int(found.id)

    def _known_assignment(self, db: Connection, assignment: str) -> None:
        if not assignment:
            return
        kept = tables.assignments.c
        query = select(kept.assignment).where(
            kept.course == self.offering.course, kept.term == self.offering.term
        )
        known = set(db.execute(query).scalars())
        stored = dates.policies(db, self.offering)
        if stored:
            known |= set(parse_policies(stored[-1].text).assignments)
        _must_be_known("assignment", assignment, known)

    def _makes_sense(self, db: Connection, granted: Extension) -> None:
        """GradebookError when an extension would change nothing under the policies that count."""
        stored = dates.policies(db, self.offering)
        policy = parse_policies(stored[-1].text).assignments.get(granted.assignment) if stored else None
        if policy is not None:
            would_change_nothing(policy, granted)

    def _known_section(self, db: Connection, section: str) -> None:
        kept = offering_tables.sections.c
        query = select(kept.section).where(
            kept.course == self.offering.course, kept.term == self.offering.term
        )
        _must_be_known("section", section, set(db.execute(query).scalars()))

    @contextmanager
    def _deciding(self) -> Iterator[Connection]:
        """A transaction in which nobody else decides anything about this offering."""
        with self.book.writing() as db:
            one_at_a_time(db, self.offering)
            yield db


def _must_be_known(what: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        near = get_close_matches(name, known, n=3, cutoff=0.5)
        said = f"Did you mean {', '.join(near)}?" if near else f"Known: {', '.join(sorted(known)) or 'none'}."
        raise GradebookError(f"there is no {what} {name!r}", hint=said)
