"""What a campaign changes, worked out before anything is stored. Pure: the policies are asked twice.

The same functions answer for what is drafted and for what was applied.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from statistics import median

from autograder.model.graded import GradedSubmission
from autograder.model.ids import CheckId
from gradebook.campaigns.values import (
    CampaignDiff,
    Candidate,
    CheckDiff,
    CourseGrade,
    Distribution,
    FindingDiff,
    Grade,
    StudentDiff,
    SubmissionDiff,
    Worth,
)
from gradebook.dates_facts import CourseFacts
from gradebook.effective import standing_of
from gradebook.policies.facts import Attempt, Standing
from gradebook.policies.values import Policies
from gradebook.values import Change, ChangeKind

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Facts of a class and the rules they are judged by, as they were written (without known maxima)."""

    facts: CourseFacts
    rules: Policies

    def grades(self, now: datetime) -> dict[str, Standing]:
        """Where each student of the class stands."""
        facts = self.facts.under(self.rules)
        handed_in = {person for _, person in facts.attempts}
        return {
            name: facts.standing(name, now)
            for name, member in facts.students.items()
            if member.enrolled or member.person_id in handed_in
        }

    def after(self, candidates: Iterable[Candidate], maximum: Decimal) -> State:
        """The state in which the candidates that are not left out count; `maximum` is of their version."""
        taken = {str(one.submission): one for one in candidates if not one.left_out}
        if not taken:
            return self
        assignment = next(iter(taken.values())).base.assignment
        attempts = {
            key: [_attempt(one, taken, maximum) for one in found] if key[0] == assignment else found
            for key, found in self.facts.attempts.items()
        }
        maxima = {**self.facts.maxima, str(assignment): maximum}
        return replace(self, facts=replace(self.facts, attempts=attempts, maxima=maxima))


def _attempt(attempt: Attempt, taken: Mapping[str, Candidate], maximum: Decimal) -> Attempt:
    candidate = taken.get(attempt.id)
    if candidate is None:
        return attempt
    score = candidate.after.score
    return attempt._replace(
        points=None if score is None else score.total,
        status=candidate.after.status,
        version=candidate.recorded.provenance.assignment_version,
        maximum=maximum if score is None else score.max_score,
        gate_passed=None if score is None else score.gate_passed,
    )


def compared(
    before: State, after: State, candidates: Sequence[Candidate], assignment: str | None, now: datetime
) -> CampaignDiff:
    """What differs between two states of a class. Without an assignment the course is what is shown."""
    old, new = before.grades(now), after.grades(now)
    students = tuple(
        _student(name, before.facts.students[name].pseudonym, old[name], new[name]) for name in old
    )
    if assignment is None:
        shown = [(one.course.percent, one.course_after.percent) for one in students]
    else:
        shown = [(_of(one.before, assignment), _of(one.after, assignment)) for one in students]
    return CampaignDiff(
        submissions=tuple(map(submission_diff, candidates)),
        students=students,
        before=distribution(then for then, _ in shown),
        after=distribution(now_ for _, now_ in shown),
    )


def without_lowering(
    before: State, candidates: Sequence[Candidate], assignment: str, maximum: Decimal, now: datetime
) -> tuple[list[Candidate], tuple[str, ...]]:
    """Leave out the candidates of every student whose grade would fall; also of who works with that student.

    Returns the candidates, and the students whose grade would fall all the same: then nothing may be applied.
    """
    left = list(candidates)
    teams, students = before.facts.teams, before.facts.students
    while True:
        diff = compared(before, before.after(left, maximum), (), assignment, now)
        lowered = [one.student for one in diff.students if one.lowered]
        people = {
            person: name
            for name in lowered
            for person in teams.get((assignment, students[name].person_id), (students[name].person_id,))
        }
        kept = [_kept(one, people) for one in left]
        if kept == left:
            return left, tuple(lowered)
        left = kept


def _kept(candidate: Candidate, people: Mapping[int, str]) -> Candidate:
    if candidate.left_out or candidate.person_id not in people:
        return candidate
    return replace(candidate, left_out=f"the grade of {people[candidate.person_id]} would fall")


def submission_diff(candidate: Candidate) -> SubmissionDiff:
    """One submission before and after its candidate, human changes included."""
    base, after = candidate.base, candidate.after
    standing = standing_of(base.changes)
    by_hand = {change.subject: change for change in standing if change.kind is ChangeKind.CHECK_POINTS}
    decided = {change.subject: change for change in standing if change.kind is ChangeKind.FINDING_STATE}
    return SubmissionDiff(
        submission=base.submission,
        student=str(base.graded.student),
        pseudonym=base.pseudonym,
        attempt=base.graded.attempt,
        before=_worth(base.graded),
        after=_worth(after),
        checks=tuple(_checks(candidate, by_hand)),
        findings=tuple(_findings(candidate, decided)),
        total_by=next((change for change in standing if change.kind is ChangeKind.TOTAL), None),
        left_out=candidate.left_out,
    )


def _worth(graded: GradedSubmission) -> Worth:
    score = graded.score
    return Worth(
        None if score is None else score.total, None if score is None else score.max_score, graded.status
    )


def _checks(candidate: Candidate, by_hand: Mapping[str, Change]) -> Iterable[CheckDiff]:
    """Checks whose outcome or points the grader finds different, and whether a person's points hide that."""
    base, new = candidate.base.recorded, candidate.recorded
    then = {result.check_id: result.outcome for result in base.results}
    now = {result.check_id: result.outcome for result in new.results}
    earned, earned_after = _earned(base), _earned(new)
    for check in dict.fromkeys((*then, *now)):
        differs = (then.get(check), earned.get(check)) != (now.get(check), earned_after.get(check))
        if differs:
            yield CheckDiff(
                check, then.get(check), now.get(check), earned.get(check), earned_after.get(check),
                by_hand.get(check) if check in now else None,
            )  # fmt: skip


def _findings(candidate: Candidate, decided: Mapping[str, Change]) -> Iterable[FindingDiff]:
    """Findings with another price, and whether a person decided about them."""
    then = {finding.rule: finding.points for finding in candidate.base.recorded.findings}
    now = {finding.rule: finding.points for finding in candidate.recorded.findings}
    for rule in dict.fromkeys((*then, *now)):
        if then.get(rule) != now.get(rule):
            yield FindingDiff(rule, then.get(rule), now.get(rule), decided.get(rule))


def _earned(graded: GradedSubmission) -> Mapping[CheckId, Decimal | None]:
    return {} if graded.score is None else graded.score.earned


def _student(name: str, pseudonym: str, before: Standing, after: Standing) -> StudentDiff:
    return StudentDiff(
        student=name,
        pseudonym=pseudonym,
        before=_grades(before),
        after=_grades(after),
        course=_course(before),
        course_after=_course(after),
    )


def _grades(standing: Standing) -> dict[str, Grade]:
    return {
        name: Grade(one.points, one.maximum, one.state, one.failed)
        for name, one in standing.assignments.items()
    }


def _course(standing: Standing) -> CourseGrade:
    return CourseGrade(standing.course.percent, standing.course.letter, standing.course.failed)


def _of(grades: Mapping[str, Grade], assignment: str) -> Decimal | None:
    return grades[assignment].percent if assignment in grades else None


def distribution(percents: Iterable[Decimal | None]) -> Distribution:
    """How percentages are distributed; figures have two decimals."""
    every = list(percents)
    known = sorted(percent for percent in every if percent is not None)
    tenths = [0] * 10
    for percent in known:
        tenths[max(0, min(9, int(percent // 10)))] += 1
    return Distribution(
        known=len(known),
        unknown=len(every) - len(known),
        mean=_rounded(sum(known, Decimal(0)) / len(known)) if known else None,
        median=_rounded(median(known)) if known else None,
        lowest=_rounded(known[0]) if known else None,
        highest=_rounded(known[-1]) if known else None,
        tenths=tuple(tenths),
    )


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_CENT, rounding=ROUND_HALF_UP).normalize() + Decimal(0)
