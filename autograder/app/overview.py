"""Overviews of a class from the gradebook: of one assignment, or of the whole course. For staff.

Grades are what the policies say; this only puts them into the plain values that the pages take.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.app.records import offering_of, opened
from autograder.app.results_folder import write_file
from autograder.errors import GradebookError
from autograder.model.graded import OUR_FAILURES, is_older
from autograder.model.ids import AssignmentId

if TYPE_CHECKING:
    from datetime import datetime

    from rich.progress import Progress

    from autograder.reporting.assignment_class import AssignmentClass, Piece, StudentGrade
    from autograder.reporting.course_class import CourseClass, CourseStudent, GradeLine
    from gradebook.book import Gradebook
    from gradebook.exports.reading import ClassFacts
    from gradebook.policies.facts import Effective, Standing
    from gradebook.roster import Member
    from gradebook.values import Entry, Offering


def write_overview(
    assignment: str,
    out: Path,
    *,
    pseudonyms: bool,
    url: str | None,
    course: str,
    term: str,
    config: Path | None,
    bar: Progress,
) -> Path:
    """Write the page of one assignment, or of the course where `assignment` is empty. Returns its path.

    GradebookError where nothing is recorded, or for an assignment nobody knows.
    """
    from autograder.reporting.assignment_overview import render_class
    from autograder.reporting.course_overview import render_course
    from gradebook.exports.reading import class_facts
    from gradebook.stand_ins import stand_ins

    with opened(url, config) as (book, settings):
        offering = offering_of(settings, course, term)
        found = class_facts(book, offering)
        if not found.titles or (assignment and assignment not in found.titles):
            raise GradebookError(
                f"there is no assignment {assignment or 'at all'} in {offering.course}, {offering.term}",
                hint=f"There are: {', '.join(found.titles) or 'none'}. --course, --term: of which offering.",
            )
        now = book.now()
        members = list(found.graded_students())
        standings = (
            (member, found.facts.standing(member.student, now))
            for member in bar.track(members, description="grades")
        )
        if assignment:
            task = bar.add_task("page", total=1)
            page = render_class(
                _assignment_class(book, offering, assignment, found, standings, now, pseudonyms=pseudonyms)
            )
            bar.advance(task)
        else:
            course_class = _course_class(offering, found, standings, now, pseudonyms=pseudonyms)
            page = render_course(replace(course_class, stand_ins=stand_ins(book, offering)))
    return write_file(out, page)


def _assignment_class(
    book: Gradebook,
    offering: Offering,
    assignment: str,
    found: ClassFacts,
    standings: Iterator[tuple[Member, Standing]],
    now: datetime,
    *,
    pseudonyms: bool,
) -> AssignmentClass:
    from autograder.reporting.assignment_class import AssignmentClass
    from autograder.reporting.class_results import Item

    policy = found.facts.policies.assignments[assignment]
    versions = book.versions(offering, AssignmentId(assignment))
    newest = list(versions)[-1] if versions else None
    sheet = None if newest is None else versions[newest].sheet
    counted: dict[tuple[datetime, int], set[str]] = {}
    grades: list[StudentGrade] = []
    for member, standing in standings:
        one = standing.assignments.get(assignment)
        if one is None:
            continue
        if one.attempt is not None:
            counted.setdefault((one.attempt.received, one.attempt.number), set()).add(one.attempt.id)
        grades.append(_grade(member.pseudonym if pseudonyms else member.student, one))
    entries = book.scores(offering, AssignmentId(assignment))
    maximum = policy.maximum if policy.maximum is not None else (sheet.max_score if sheet else None)
    if maximum is None:
        raise GradebookError(
            f"nobody knows how many points {assignment} has",
            hint="Say it in the policies (`points`), or record a score of it first.",
        )
    return AssignmentClass(
        title=found.titles[assignment],
        max_score=maximum,
        items=tuple(
            Item(
                id=str(line.id), title=line.title or str(line.id), points=line.points, optional=line.optional
            )
            for line in (sheet.checks if sheet else ())
        ),
        pieces=_by_name(_piece(entry, counted, newest, pseudonyms=pseudonyms) for entry in entries),
        grades=tuple(grades),
        zone=found.facts.policies.zone,
        due=policy.due,
        as_of=now,
        pseudonyms=pseudonyms,
    )


def _by_name(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """In the order of what stands on the page: that of the ids would tell whose each pseudonym is."""
    return tuple(sorted(pieces, key=lambda one: (one.name, one.graded.attempt, one.graded.received)))


def _piece(
    entry: Entry, counted: dict[tuple[datetime, int], set[str]], newest: str | None, *, pseudonyms: bool
) -> Piece:
    """A submission; one whose name was erased is known by its time and number."""
    from autograder.reporting.assignment_class import Piece

    graded = entry.graded
    names = counted.get((graded.received, graded.attempt), set())
    return Piece(
        graded=graded,
        name=entry.pseudonym if pseudonyms else str(graded.student),
        counts=graded.submission in names or (not graded.submission and bool(names)),
        says_why=not pseudonyms,
        older=is_older(graded.provenance.assignment_version, newest),
    )


def _grade(name: str, one: Effective) -> StudentGrade:
    from autograder.reporting.assignment_class import StudentGrade

    hours = None
    if one.attempt is not None and one.deadline is not None:
        hours = (one.attempt.received - one.deadline) / timedelta(hours=1)
        if not one.days_late:
            hours = min(hours, 0.0)  # the deadline's whole second, and grace, are on time
    return StudentGrade(
        name=name,
        state=str(one.state),
        points=one.points if one.state == "graded" else None,
        hours_late=hours,
        days_late=one.days_late,
        covered=one.late_days,
        lost=one.lost,
    )


def _course_class(
    offering: Offering,
    found: ClassFacts,
    standings: Iterator[tuple[Member, Standing]],
    now: datetime,
    *,
    pseudonyms: bool,
) -> CourseClass:
    from autograder.reporting.course_class import CourseClass, Cut, Named

    policies, has = found.facts.policies, found.has_policies
    students = (
        _student(member.pseudonym if pseudonyms else member.student, member.section, standing, has)
        for member, standing in standings
    )
    return CourseClass(
        title=f"{offering.course}, {offering.term}",
        students=tuple(sorted(students, key=lambda one: one.name)),
        assignments=tuple(
            Named(name, found.titles[name], policy.due) for name, policy in policies.assignments.items()
        ),
        categories=tuple(Named(name, one.name) for name, one in policies.categories.items()) if has else (),
        letters=tuple(Cut(one.name, float(one.from_percent)) for one in policies.letters),
        budget=None if policies.late_days is None else policies.late_days.budget,
        has_policies=has,
        as_of=now,
        zone=policies.zone,
        pseudonyms=pseudonyms,
    )


def _student(name: str, section: str, standing: Standing, has_policies: bool) -> CourseStudent:
    from autograder.reporting.course_class import CourseStudent

    course = standing.course
    percent = course.percent if has_policies else None
    return CourseStudent(
        name=name,
        section=section,
        percent=None if percent is None else float(percent),
        letter=course.letter,
        final=course.final,
        failed=course.failed,
        categories={
            one.category: None if one.percent is None else float(one.percent) for one in course.categories
        },
        grades={name: _line(one) for name, one in standing.assignments.items()},
        late_days=sum(charge.paid for charge in standing.ledger),
        handed_in=sum(one.attempt is not None for one in standing.assignments.values()),
    )


def _line(one: Effective) -> GradeLine:
    from autograder.reporting.course_class import GradeLine

    graded = one.state == "graded" and one.points is not None and one.maximum > 0
    return GradeLine(
        str(one.state),
        float(one.points * 100 / one.maximum) if graded and one.points is not None else None,
        one.days_late > 0,
        one.attempt is not None and one.attempt.status in OUR_FAILURES,
    )
