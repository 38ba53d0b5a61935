"""Everything about one student in one course: each assignment, the ledger of late days, the course's grade.

The one call for views, exports and reports. It asks for all of a student's facts, because the budget of late
days and the course's grade need them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from autograder.errors import GradebookError
from gradebook.policies.course import course_grade
from gradebook.policies.effective import effective
from gradebook.policies.facts import NOTHING, Effective, Facts, Standing
from gradebook.policies.ledger import ledger
from gradebook.policies.values import Policies


def standing(policies: Policies, facts: Mapping[str, Facts], now: datetime) -> Standing:
    """Where one student stands at `now` (aware), with `facts` by assignment.

    An assignment whose maximum nobody knows yet is left out. GradebookError for facts about an assignment
    that the policies do not have.
    """
    if now.tzinfo is None:
        raise GradebookError(f"a time without a zone: {now.isoformat()}")
    for name in facts:
        if name not in policies.assignments:
            raise GradebookError(f"the policies say nothing about assignment {name!r}")
    paid = ledger(policies, facts)
    found: dict[str, Effective] = {}
    for name, policy in policies.assignments.items():
        known = facts.get(name, NOTHING)
        if policy.maximum is None and not known.attempts:
            continue
        found[name] = effective(policy, known, now, late_days=paid.available.get(name, 0))
    return Standing(
        assignments=found,
        ledger=paid.charges,
        late_days_left=None if policies.late_days is None else paid.left,
        course=course_grade(policies, found),
    )
