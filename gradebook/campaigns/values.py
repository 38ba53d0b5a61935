"""What a regrade campaign is, and what it would change, as frozen values. No database, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from autograder.model.graded import GradedSubmission, Status
from autograder.model.ids import AssignmentId, CheckId, RuleId, SubmissionId
from autograder.model.results import CheckOutcome
from gradebook.campaigns.selecting import Selection
from gradebook.policies.facts import GradeState
from gradebook.sheet import Sheet
from gradebook.values import Change, Entry

HUNDRED = Decimal(100)


class CampaignKind(StrEnum):
    """What is done anew.

    score: points for the same results. judge: results from the stored evidence. run: the evidence itself.
    policies: what the offering makes of the scores.
    """

    SCORE = "score"
    JUDGE = "judge"
    RUN = "run"
    POLICIES = "policies"


class CampaignState(StrEnum):
    """Where a campaign stands. Nothing counts before it is applied, or after it was undone."""

    DRAFT = "draft"
    APPLIED = "applied"
    CANCELLED = "cancelled"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A new grading of a submission, made from the score that counted then (`base`)."""

    base: int
    graded: GradedSubmission


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A new grading beside the score that counts, which it would replace.

    `after` is the new grading with every human change applied, as in `base`. `left_out` says why it will not
    be applied, and is empty for one that will.
    """

    person_id: int
    base: Entry
    recorded: GradedSubmission
    after: GradedSubmission
    left_out: str = ""

    @property
    def submission(self) -> SubmissionId:
        """The submission's id."""
        return self.base.submission

    @property
    def erased(self) -> bool:
        """Whether the student's name is gone: nothing is recorded for such a student any more."""
        return str(self.base.recorded.student) == self.base.pseudonym


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What became of a campaign: applied, cancelled or undone."""

    event: CampaignState
    who: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One campaign. `results` is the results folder it belongs to and `staging` the folder in it with the
    candidates' files; both are empty where there are no files. `assignment` is None for policies.
    """

    id: int
    kind: CampaignKind
    state: CampaignState
    assignment: AssignmentId | None
    version: str
    sheet: Sheet | None
    policies: str | None
    forbid_lowering: bool
    selection: Selection
    results: str
    staging: str
    who: str
    why: str
    at: datetime
    steps: tuple[Step, ...] = ()


class Worth(NamedTuple):
    """What one submission is worth, human changes included. `points` are None while they are not known."""

    points: Decimal | None
    maximum: Decimal | None
    status: Status


class CheckDiff(NamedTuple):
    """What a campaign changes in one check. `hidden_by` is the human change that decides its points."""

    check: CheckId
    before: CheckOutcome | None
    after: CheckOutcome | None
    earned: Decimal | None
    earned_after: Decimal | None
    hidden_by: Change | None = None


class FindingDiff(NamedTuple):
    """What a campaign changes in the price of a broken guideline. `decided_by` is the decision that stands.

    A price is None where there is no such finding.
    """

    rule: RuleId
    price: Decimal | None
    price_after: Decimal | None
    decided_by: Change | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionDiff:
    """One submission before and after a campaign. `total_by` is the override that decides its total."""

    submission: SubmissionId
    student: str
    pseudonym: str
    attempt: int
    before: Worth
    after: Worth
    checks: tuple[CheckDiff, ...] = ()
    findings: tuple[FindingDiff, ...] = ()
    total_by: Change | None = None
    left_out: str = ""

    @property
    def changed(self) -> bool:
        """Whether points, maximum, status, a check or the price of a finding would differ."""
        return self.before != self.after or bool(self.checks) or bool(self.findings)


class Grade(NamedTuple):
    """A student's grade for an assignment after all policies."""

    points: Decimal | None
    maximum: Decimal
    state: GradeState
    failed: bool = False

    @property
    def percent(self) -> Decimal | None:
        """The grade in percent of what the assignment is worth."""
        return None if self.points is None else self.points * HUNDRED / self.maximum


class CourseGrade(NamedTuple):
    """A student's grade in the course."""

    percent: Decimal | None
    letter: str
    failed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentDiff:
    """One student's grades before and after, by assignment, and the grade in the course."""

    student: str
    pseudonym: str
    before: Mapping[str, Grade]
    after: Mapping[str, Grade]
    course: CourseGrade
    course_after: CourseGrade

    @property
    def changed(self) -> bool:
        """Whether any grade differs."""
        return self.before != self.after or self.course != self.course_after

    @property
    def lowered(self) -> tuple[str, ...]:
        """The assignments whose grade would fall: fewer percent, none at all, or the course failed by it."""
        return tuple(
            name
            for name, then in self.before.items()
            if _fell(then.percent, then.failed, self.after.get(name, then))
        )

    @property
    def course_lowered(self) -> bool:
        """Whether the grade in the course would fall."""
        return _fell(self.course.percent, self.course.failed, self.course_after)


def _fell(percent: Decimal | None, failed: bool, after: Grade | CourseGrade) -> bool:
    if after.failed and not failed:
        return True
    return percent is not None and (after.percent is None or after.percent < percent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """Grades of a class in percent. `tenths` counts those from 0, 10, ... 90 % on; the last goes on.

    `unknown` students have no grade (yet). The figures are None where nobody has one.
    """

    known: int
    unknown: int
    mean: Decimal | None
    median: Decimal | None
    lowest: Decimal | None
    highest: Decimal | None
    tenths: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignDiff:
    """Everything a campaign changes: submissions, students' grades, and the distribution of the class.

    The distribution is of the assignment's grades; for policies of the grades in the course.
    """

    submissions: tuple[SubmissionDiff, ...]
    students: tuple[StudentDiff, ...]
    before: Distribution
    after: Distribution

    @property
    def changed_students(self) -> tuple[StudentDiff, ...]:
        """The students with a grade that differs."""
        return tuple(one for one in self.students if one.changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What applying or undoing a campaign did. `touched` are submissions to which something happened since.

    After applying: those a person changed after the draft. After undoing: those with a later grading, which
    counts on, or a later human change, which stays.
    """

    campaign: Campaign
    diff: CampaignDiff
    touched: tuple[SubmissionId, ...] = field(default=())
