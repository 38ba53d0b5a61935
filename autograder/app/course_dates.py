"""What the commands on dates and policies do: extensions, excuses, policies, chosen attempts, grades."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from autograder.app.course_people import course_book, decided, decided_unless
from autograder.app.records import points_in
from autograder.errors import UsageError
from autograder.model.graded import is_older

if TYPE_CHECKING:
    from gradebook.dates_facts import CourseFacts
    from gradebook.policies.facts import Effective, Extension, Standing, Target
    from gradebook.policies.values import Policies

MOST_LINES = 40


class Book:
    """Which gradebook and offering a command means, and who decides why."""

    def __init__(
        self, url: str | None, course: str, term: str, config: Path | None, by: str = "", reason: str = ""
    ) -> None:
        self.where = (url, config, course, term)
        self.by, self.reason = by, reason

    def extend(
        self,
        whom: tuple[Target, str],
        assignment: str,
        *,
        until: str,
        days: int | None,
        excused: bool,
        dry_run: bool = False,
    ) -> list[str]:
        """Grant more time or excuse; lines about it. A dry run shows whose grades it would change."""
        from gradebook.policies.facts import Extension

        target, name = whom
        decision = decided_unless(dry_run, self.by, self.reason)
        with course_book(*self.where) as found:
            policies = found.policies()
            at = moment(until, None if policies is None else policies.zone) if until else None
            number = found.extend(
                target, name, assignment, decision, until=at, days=days, excused=excused, dry_run=dry_run
            )
            if not dry_run:
                granted = next(each for each in found.extensions() if each.id == number)
                return [extension_line(granted, policies)]
            granted = Extension(
                target=target, name=name, assignment=assignment, until=at, days=days, excused=excused,
                reason=decision.why, who=decision.who,
            )  # fmt: skip
            changes = []
            if policies is not None:
                facts = found.facts()
                changes = _changed_grades(facts, facts.granting(granted), found.book.now())
        return [extension_line(granted, policies), *changes, "dry run: nothing granted"]

    def withdraw_extension(self, number: int) -> str:
        """Take an extension back; one line about it."""
        with course_book(*self.where) as found:
            found.withdraw_extension(number, decided(self.by, self.reason))
        return f"extension {number} is withdrawn; it stays in the history"

    def extension_lines(self) -> list[str]:
        """One line for each extension and excuse that stands."""
        with course_book(*self.where) as found:
            policies = found.policies()
            lines = [extension_line(each, policies) for each in found.extensions()]
        return lines or ["no extension stands"]

    def store_policies(self, path: Path, *, dry_run: bool) -> list[str]:
        """Store a policies.toml as the one that counts; lines about what that changes, text and grades."""
        from gradebook.policies.file import parse_policies

        try:
            text = path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}: cannot be read as text ({error})", hint="Check the path.") from None
        policies = parse_policies(text, str(path))
        with course_book(*self.where, create=True, dry_run=dry_run) as found:
            history = found.policies_history()
            before = history[-1].text if history else ""
            changes = _text_changes(before, text)
            if history:
                changes += _grade_changes(found.facts(), policies, found.book.now())
            changes += [
                f"{name} has {count} submission{'' if count == 1 else 's'} and is not in these policies"
                for name, count in found.unnamed(policies).items()
            ]
            if dry_run:
                return [*changes, "dry run: nothing stored"]
            _, new = found.store_policies(text, decided(self.by, self.reason))
        return [*changes, f"{path.name} is stored" if new else "these policies count already"]

    def policies_lines(self, *, every: bool) -> list[str]:
        """The policies that count, in full; with `every` who stored which version when and why."""
        with course_book(*self.where) as found:
            history = found.policies_history()
        if not history:
            return ["no policies are stored"]
        if every:
            return [f"{each.at:%Y-%m-%d %H:%M:%SZ}  {each.id}  by {each.who}  {each.why}" for each in history]
        return history[-1].text.splitlines()

    def preview_lines(self, student: str, assignment: str, at: str) -> list[str]:
        """What handing in at a moment (now, when empty) would cost a student, line by line."""
        with course_book(*self.where) as found:
            facts = found.facts(student=student)
            when = moment(at, facts.policies.zone) if at else found.book.now()
            return [line.text for line in facts.preview(student, assignment, when).lines]

    def choose_attempt(self, assignment: str, student: str, submission: str) -> str:
        """Let staff's choice count; an empty submission takes the choice back."""
        with course_book(*self.where) as found:
            found.choose_attempt(assignment, student, submission or None, decided(self.by, self.reason))
        what = f"{submission} counts" if submission else "the policy decides again"
        return f"{student}, {assignment}: {what}"

    def award_extra(self, assignment: str, student: str, title: str, points: str) -> str:
        """Set the points of an open-ended extra; empty points take them back."""
        value = points_in(points) if points else None
        with course_book(*self.where) as found:
            found.award_extra(assignment, student, title, value, decided(self.by, self.reason))
        return f"{student}, {assignment}: {title}: {points or 'withdrawn'}"

    def grade_lines(self, student: str, assignment: str, *, pseudonyms: bool) -> list[str]:
        """One student's grades with their explanation, or one line for each student of the class."""
        from gradebook.versions import newest_in

        with course_book(*self.where) as found:
            facts = found.facts(student=student or None)
            now, newest = found.book.now(), newest_in(found.book, found.offering)
            left_out = unnamed_lines(found.unnamed())
        if assignment and assignment not in facts.policies.assignments:
            raise UsageError(f"the policies have no assignment {assignment!r}")
        if student:
            return [*_explained(facts.standing(student, now), assignment), *left_out]
        lines = []
        for one in facts.students.values():
            standing = facts.standing(one.student, now)
            name = one.pseudonym if pseudonyms else one.student
            left = "" if one.enrolled else "  (left)"
            lines.append((name, f"{name}  {_short(standing, assignment, newest)}{left}"))
        # By what is shown: the order of the ids would tell whose each pseudonym is.
        return [*([line for _, line in sorted(lines)] or ["the class is empty"]), *left_out]


def unnamed_lines(found: Mapping[str, int]) -> list[str]:
    """What to say about assignments that were handed in and that the policies do not name."""
    return [
        f"{name} has {count} submission{'' if count == 1 else 's'} and no grade: the policies do not name it"
        for name, count in found.items()
    ]


def moment(text: str, zone: ZoneInfo | None) -> datetime:
    """The time that `text` says, by the clock of the course where it names no zone of its own.

    UsageError for what is no time, for one without a zone where the course has none, and for a time that the
    clock shows twice or never.
    """
    from gradebook.policies.clock import instants

    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(
            f"{text!r} is no time", hint="Write it like 2026-10-03T23:59 or 2026-10-03T23:59-04:00."
        ) from None
    if len(text.strip()) <= len("2026-10-03"):
        raise UsageError(f"{text!r} is a day without a time", hint="Write it like 2026-10-03T23:59.")
    if read.tzinfo is not None:
        return read
    if zone is None:
        raise UsageError(f"{text!r} is a time without a zone", hint="Write it like 2026-10-03T23:59-04:00.")
    found = instants(read, zone)
    if len(found) != 1:
        often = "twice" if found else "never"
        raise UsageError(
            f"the clock of {zone.key} shows {text} {often}", hint="Add the offset, such as -04:00."
        )
    return found[0]


def target_of(student: str, section: str, everyone: bool) -> tuple[Target, str]:
    """Whom an extension is for. UsageError unless exactly one was named."""
    from gradebook.policies.facts import Target

    if bool(student) + bool(section) + everyone != 1:
        raise UsageError("say for whom", hint="Give one of --student, --section and --everyone.")
    if student:
        return Target.STUDENT, student
    return (Target.SECTION, section) if section else (Target.EVERYONE, "")


def extension_line(granted: Extension, policies: Policies | None) -> str:
    """One extension in one line, with its number, by the clock of the course where policies name one."""
    from gradebook.policies.lines import clock

    whom = f"{granted.target} {granted.name}".strip()
    what = "excused"
    if granted.until is not None:
        what = f"until {clock(granted.until, policies.zone if policies else ZoneInfo('UTC'))}"
    elif granted.days is not None:
        what = f"{granted.days} more day{'' if granted.days == 1 else 's'}"
    about = granted.assignment or "every assignment"
    number = f"extension {granted.id}" if granted.id else "extension"
    return f"{number}: {whom}, {about}: {what}  by {granted.who}  {granted.reason}"


def _text_changes(before: str, after: str) -> list[str]:
    lines = unified_diff(before.splitlines(), after.splitlines(), "stored", "new", n=1, lineterm="")
    return list(lines) if before else []


def _grade_changes(facts: CourseFacts, policies: Policies, now: datetime) -> list[str]:
    """Each student's course grade and points that other policies would change."""
    return _changed_grades(facts, facts.under(policies), now)


def _changed_grades(facts: CourseFacts, other: CourseFacts, now: datetime) -> list[str]:
    lines = []
    for student in sorted(facts.students):
        old, new = facts.standing(student, now), other.standing(student, now)
        told = [
            f"{name} {_points(old.assignments.get(name))} -> {_points(new.assignments.get(name))}"
            for name in sorted({*old.assignments, *new.assignments})
            if _points(old.assignments.get(name)) != _points(new.assignments.get(name))
        ]
        if _course(old) != _course(new):
            told.append(f"course {_course(old)} -> {_course(new)}")
        if told:
            lines.append(f"{student}: {', '.join(told)}")
    more = [f"and {len(lines) - MOST_LINES} more students"] if len(lines) > MOST_LINES else []
    return [*lines[:MOST_LINES], *more, f"{len(lines)} of {len(facts.students)} students' grades change"]


def _explained(standing: Standing, assignment: str) -> list[str]:
    lines = []
    for name, grade in standing.assignments.items():
        if assignment in ("", name):
            lines.append(f"{name}: {_points(grade)} of {_number(grade.maximum)}, {grade.state}")
            lines += [f"  {line.text}" for line in grade.lines]
    if not assignment:
        if standing.late_days_left is not None:
            lines.append(f"late days left: {standing.late_days_left}")
        lines.append(f"course: {_course(standing)}")
        lines += [f"  {line.text}" for line in standing.course.lines]
    return lines


def _short(standing: Standing, assignment: str, newest: Mapping[str, str]) -> str:
    told = [
        f"{name} {_points(grade)}"
        + ("" if grade.state == "graded" else f" ({grade.state})")
        + (" (older version)" if _is_older(grade, newest.get(name)) else "")
        for name, grade in standing.assignments.items()
        if assignment in ("", name)
    ]
    return "  ".join(told if assignment else [*told, f"course {_course(standing)}"])


def _is_older(grade: Effective, newest: str | None) -> bool:
    return grade.attempt is not None and is_older(grade.attempt.version, newest)


def _points(grade: Effective | None) -> str:
    return "-" if grade is None or grade.points is None else _number(grade.points)


def _course(standing: Standing) -> str:
    percent = standing.course.percent
    return "-" if percent is None else f"{_number(percent)} % {standing.course.letter}".strip()


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"
