"""What the gradebook adds to a student's page: the own deadline, the grade after policies, people's words.

Deadline and grade are what the policies say, extensions included. What of it is shown, `feedback` decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.app.decided import own_is_there
from autograder.app.records import offering_of, opened
from autograder.model.ids import CheckId
from autograder.reporting.feedback_values import AskedView, CommentView, GradeView

if TYPE_CHECKING:
    from datetime import datetime

    from autograder.model.graded import GradedSubmission
    from autograder.model.ids import AssignmentId
    from gradebook.dates_facts import CourseFacts
    from gradebook.marking.requests import Request
    from gradebook.values import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentSide:
    """For one submission. `due_passed` is false while its student may still hand in on time.

    Its times are shown by the clock of `zone`: the course's where policies are known, as their deadlines are.
    """

    due_passed: bool = True
    grade: GradeView | None = None
    comments: tuple[CommentView, ...] = ()
    asked: Mapping[CheckId, tuple[AskedView, ...]] = field(default_factory=dict)
    zone: tzinfo = UTC


SideOf = Callable[["GradedSubmission"], StudentSide]


def nothing_known(_: GradedSubmission) -> StudentSide:
    """Where there is no gradebook, or it says nothing."""
    return StudentSide()


def student_side(
    url: str | None, course: str, term: str, config: Path | None, assignment: AssignmentId
) -> SideOf:
    """What a gradebook says about each submission; without `url` the machine's own, where there is one.

    Raises:
        GradebookError: the gradebook that was named is not there, or it cannot be read.

    """
    from gradebook.course_book import CourseBook
    from gradebook.marking.marking_book import MarkingBook

    if url is None and not own_is_there(config):
        return nothing_known
    with opened(url, config) as (book, settings):
        offering = CourseBook(book, offering_of(settings, course, term))
        policies = offering.policies()
        facts = None if policies is None or assignment not in policies.assignments else offering.facts()
        entries = {entry.submission: entry for entry in book.scores(offering.offering, assignment)}
        requests = MarkingBook(book, offering.offering).requests(assignment, every=True)
        zone = UTC if policies is None else policies.zone
        now = book.now()

    def side(graded: GradedSubmission) -> StudentSide:
        comments = _comments(entries.get(graded.submission), graded)
        asked = _asked(one for one in requests if one.submission == graded.submission)
        if facts is None or graded.student not in facts.students:
            return StudentSide(comments=comments, asked=asked, zone=zone)
        return StudentSide(
            due_passed=_due_passed(facts, graded, now),
            grade=_grade(facts, graded, now) if graded.submission in entries else None,
            comments=comments,
            asked=asked,
            zone=zone,
        )

    return side


def _due_passed(facts: CourseFacts, graded: GradedSubmission, now: datetime) -> bool:
    from autograder.reporting.visibility import Stage, stage_at
    from gradebook.policies.effective import effective
    from gradebook.policies.facts import NOTHING

    policy = facts.policies.assignments[graded.assignment]
    if policy.maximum is None:
        policy = replace(policy, maximum=Decimal(1))  # a deadline does not depend on it
    known = facts.facts(graded.student).get(graded.assignment, NOTHING)
    due = effective(policy, known, now).deadline
    return stage_at(now, due=due, publication=now) is not Stage.OPEN


def _grade(facts: CourseFacts, graded: GradedSubmission, now: datetime) -> GradeView | None:
    """The grade of the assignment, where this submission is the attempt that counts; else only why not."""
    found = facts.standing(graded.student, now).assignments.get(graded.assignment)
    if found is None:
        return None
    counts = found.attempt is not None and found.attempt.id == graded.submission
    partners = _partners_with_more_time(facts, graded)
    return GradeView(
        counts=counts,
        points=found.points if counts else None,
        maximum=found.maximum,
        lines=tuple(line.without_reason_of(partners).text for line in found.lines) if counts else (),
    )


def _partners_with_more_time(facts: CourseFacts, graded: GradedSubmission) -> set[str]:
    """Other students whose extension this one shares: why they have it is not for this one's eyes."""
    from gradebook.policies.facts import NOTHING, Target

    known = facts.facts(graded.student).get(graded.assignment, NOTHING)
    named = {one.name for one in known.extensions if one.target is Target.STUDENT}
    return named - {graded.student}


def _comments(entry: Entry | None, graded: GradedSubmission) -> tuple[CommentView, ...]:
    """Words that stand about a cell, a notebook or the whole. Those about a check are its message."""
    from gradebook.effective import standing_of
    from gradebook.values import ChangeKind

    if entry is None:
        return ()
    checks = {str(result.check_id) for result in graded.results}
    return tuple(
        CommentView(about=change.subject, words=change.comment)
        for change in standing_of(entry.changes)
        if change.comment
        and (
            (change.kind is ChangeKind.COMMENT and change.subject not in checks)
            or change.kind is ChangeKind.TOTAL
        )
    )


def _asked(requests: Iterable[Request]) -> dict[CheckId, tuple[AskedView, ...]]:
    """Regrade requests of one submission by their checks, in the order in which they were opened."""
    from gradebook.marking.requests import RequestState

    words = {
        RequestState.OPEN: "Not answered yet",
        RequestState.KEPT: "Answered; the points stay",
        RequestState.CHANGED: "Answered; the check was marked again",
        RequestState.WITHDRAWN: "Withdrawn",
    }
    found: dict[CheckId, tuple[AskedView, ...]] = {}
    for one in requests:
        said = one.answer
        view = AskedView(
            question=one.words,
            outcome=words[one.state],
            answer=None if said is None else said.words,
            who="" if said is None else said.who,
        )
        check = CheckId(one.ref.check)
        found[check] = (*found.get(check, ()), view)
    return found
