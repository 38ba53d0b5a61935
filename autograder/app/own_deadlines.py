"""Who may still hand in on time, extensions included: such students see nothing hidden, whoever published."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.app.decided import own_is_there
from autograder.app.records import offering_of, opened

if TYPE_CHECKING:
    from autograder.model.ids import AssignmentId, StudentId


def still_open(
    url: str | None, course: str, term: str, config: Path | None, assignment: AssignmentId
) -> frozenset[StudentId]:
    """The students whose own deadline for the assignment has not passed yet.

    Nobody where there is no gradebook, or no policies that say when the assignment is due.
    """
    from autograder.model.ids import StudentId
    from autograder.reporting.visibility import Stage, stage_at
    from gradebook.course_book import CourseBook
    from gradebook.policies.effective import effective
    from gradebook.policies.facts import NOTHING

    if url is None and not own_is_there(config):
        return frozenset()
    with opened(url, config) as (book, settings):
        offering = CourseBook(book, offering_of(settings, course, term))
        policies = offering.policies()
        if policies is None or assignment not in policies.assignments:
            return frozenset()
        facts, now = offering.facts(), book.now()
        policy = policies.assignments[assignment]
        if policy.maximum is None:
            policy = replace(policy, maximum=Decimal(1))  # a deadline does not depend on it
        due = {
            StudentId(student): effective(policy, facts.facts(student).get(assignment, NOTHING), now).deadline
            for student in facts.students
        }
    return frozenset(
        student
        for student, deadline in due.items()
        if stage_at(now, due=deadline, publication=now) is Stage.OPEN
    )
