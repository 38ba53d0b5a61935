"""Judge whether an assignment grades as its author means it. Pure: everything was run before.

The reference must earn all automatic points, the untouched release none, every sample its expected verdict;
tiers must be above guessing and outside the reference's noise. Passing says nothing about mistakes that no
sample makes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from autograder.authoring.samples import Sample
from autograder.authoring.thresholds import threshold_problems
from autograder.model.assignment import Assignment, CheckKind, CheckSpec
from autograder.model.execution import RunOutcome
from autograder.model.graded import GradedSubmission, Status
from autograder.model.holdout import Holdout
from autograder.model.ids import CheckId
from autograder.model.results import CheckOutcome, CheckResult, FindingState, Severity

REFERENCE = "reference"
UNTOUCHED = "untouched release"
ASSIGNMENT = "assignment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something to correct. `subject` is the assignment, the reference, the release or a sample."""

    subject: str
    message: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """What `verify` found. `notes` need nobody to act; `judged` counts the submissions that were judged."""

    problems: tuple[Problem, ...]
    notes: tuple[str, ...] = ()
    judged: int = 0

    @property
    def passed(self) -> bool:
        """True when nothing must be corrected."""
        return not self.problems

    def lines(self) -> tuple[str, ...]:
        """Give the report as lines of text: problems, notes, and what it comes to."""
        count = len(self.problems)
        verdict = f"{count} problem{'s' if count != 1 else ''}" if count else "passed"
        return (
            *(str(problem) for problem in self.problems),
            *(f"note: {note}" for note in self.notes),
            f"{self.judged} submissions judged: {verdict}",
        )


def judge(
    reference: GradedSubmission | None,
    untouched: GradedSubmission,
    samples: Sequence[tuple[Sample, GradedSubmission]],
    assignment: Assignment,
    holdout: Holdout | None = None,
    *,
    repeats: Sequence[GradedSubmission] = (),
    disagreements: Sequence[str] = (),
    places: Mapping[str, str] | None = None,
    raised: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> VerifyReport:
    """Judge an assignment by the gradings of its reference, its release and its samples.

    Without a reference, `notes` say why there is none.

    `repeats` are further trainings of the reference, for its noise; `disagreements` is what
    `agreement.disagreements` found; `places` say by grade_id where a cell stands;
    `raised` which other cells of the reference raised.
    """
    where = {spec.id: (places or {}).get(spec.cell, "") for spec in assignment.checks}
    problems = [
        *(Problem(subject=ASSIGNMENT, message=message) for message in disagreements),
        *(Problem(subject=REFERENCE, message=text) for text in _of_reference(reference, assignment, where)),
        *(Problem(subject=REFERENCE, message=f"a cell raised: {text}") for text in raised),
        *(Problem(subject=REFERENCE, message=text) for text in _tiers(reference, repeats, holdout)),
        *(Problem(subject=UNTOUCHED, message=text) for text in _untouched(untouched, assignment, where)),
        *(
            Problem(subject=f"sample {sample.name}", message=text)
            for sample, graded in samples
            for text in _sample(sample, graded)
        ),
    ]
    told = [*notes, *_notes(reference, untouched, assignment)]
    told += [] if samples else ["there are no samples"]
    judged = (reference is not None) + 1 + len(samples) + len(repeats)
    return VerifyReport(problems=tuple(problems), notes=tuple(told), judged=judged)


def _named(check: CheckId, where: Mapping[CheckId, str]) -> str:
    """Name a check, with the file and the cell of its test where it is one of the notebook's."""
    return f'check "{check}"' + (f" ({where[check]})" if where.get(check) else "")


def _of_reference(
    graded: GradedSubmission | None, assignment: Assignment, where: Mapping[CheckId, str]
) -> Iterator[str]:
    if graded is None:
        return
    yield from _ended(graded)
    results = {result.check_id: result for result in graded.results}
    for spec in _automatic(assignment):
        result = results.get(spec.id)
        if result is None:
            yield f"{_named(spec.id, where)} gave no result"
        elif not _earns_all(result):
            share = (
                f" with {result.fraction:.2f} of its points" if result.outcome is CheckOutcome.PARTIAL else ""
            )
            yield f"{_named(spec.id, where)} must pass, but it is {result.outcome}{share}{_because(result)}"
    for finding in graded.findings:
        if finding.severity is Severity.ERROR and finding.state is not FindingState.WAIVED:
            yield f'breaks the guideline "{finding.rule}": {finding.message}'


def _ended(graded: GradedSubmission) -> Iterator[str]:
    if graded.status not in (Status.GRADED, Status.PENDING):
        yield f"ended as {graded.status}: {graded.reason or 'no reason was given'}"
    if graded.run_outcome is not RunOutcome.COMPLETED:
        yield f"its run ended as {graded.run_outcome}, not as {RunOutcome.COMPLETED}"


def _untouched(
    graded: GradedSubmission, assignment: Assignment, where: Mapping[CheckId, str]
) -> Iterator[str]:
    if graded.status not in (Status.GRADED, Status.PENDING):
        yield f"ended as {graded.status}: {graded.reason or 'no reason was given'}"
    points = {spec.id: spec.points for spec in _automatic(assignment)}
    for result in graded.results:
        if not points.get(result.check_id, Decimal(0)):
            continue
        if result.outcome is CheckOutcome.PASSED or (
            result.outcome is CheckOutcome.PARTIAL and result.fraction > 0
        ):
            named = _named(result.check_id, where)
            yield f"{named} must earn nothing without any work, but it is {result.outcome}"
        elif result.outcome is CheckOutcome.ERRORED:
            yield f'check "{result.check_id}" fails on our side when nothing was answered{_because(result)}'


def _tiers(
    reference: GradedSubmission | None, repeats: Sequence[GradedSubmission], holdout: Holdout | None
) -> Iterator[str]:
    for result in reference.results if reference is not None else ():
        again = [
            other.figures
            for graded in repeats
            for other in graded.results
            if other.check_id == result.check_id
        ]
        for problem in threshold_problems(result.figures, again, holdout):
            yield f'check "{result.check_id}": {problem}'


def _sample(sample: Sample, graded: GradedSubmission) -> Iterator[str]:
    expected = sample.expected
    if graded.status not in expected.statuses:
        reason = f" ({graded.reason})" if graded.reason else ""
        yield f"must end as {_or(expected.statuses)}, but it ended as {graded.status}{reason}"
    if expected.run_outcomes and graded.run_outcome not in expected.run_outcomes:
        yield f"its run must end as {_or(expected.run_outcomes)}, but it ended as {graded.run_outcome}"
    results = {result.check_id: result for result in graded.results}
    for check_id, outcomes in expected.checks.items():
        result = results.get(check_id)
        if result is None:
            yield f'check "{check_id}" must be {_or(outcomes)}, but it gave no result'
        elif result.outcome not in outcomes:
            yield f'check "{check_id}" must be {_or(outcomes)}, but it is {result.outcome}{_because(result)}'
    yield from _score(sample, graded)
    found = {finding.rule for finding in graded.findings if finding.severity is not Severity.INFO}
    for rule in sorted(expected.findings - {finding.rule for finding in graded.findings}):
        yield f'the guideline "{rule}" must be found broken, and it was not'
    for rule in sorted(found - expected.findings - expected.tolerated):
        yield f'the guideline "{rule}" was found broken, and nobody expected that'


def _score(sample: Sample, graded: GradedSubmission) -> Iterator[str]:
    if sample.expected.score is None:
        return
    low, high = sample.expected.score
    total = graded.score.total if graded.score else None
    known = graded.score.earned.values() if graded.score else ()
    if total is None and graded.score is not None:
        # What a person has still to decide is left out: the range then speaks of the automatic points.
        total = sum((points for points in known if points is not None), Decimal(0)) - graded.score.deducted
    if total is None or not low <= total <= high:
        yield f"its score must lie between {low} and {high}, but it is {total}"


def _notes(
    reference: GradedSubmission | None, untouched: GradedSubmission, assignment: Assignment
) -> Iterator[str]:
    for finding in reference.findings if reference is not None else ():
        if finding.severity is not Severity.ERROR:
            yield f'the reference gets a remark of the guideline "{finding.rule}": {finding.message}'
    for suspicion in reference.suspicions if reference is not None else ():
        yield f"the reference is under suspicion: {suspicion}"
    automatic = {spec.id for spec in _automatic(assignment)}
    for result in untouched.results:
        if result.outcome is CheckOutcome.WAITING and result.check_id in automatic:
            yield f'an untouched release leaves the check "{result.check_id}" waiting for a person'


def _automatic(assignment: Assignment) -> tuple[CheckSpec, ...]:
    return tuple(spec for spec in assignment.checks if spec.kind is not CheckKind.MANUAL)


def _earns_all(result: CheckResult) -> bool:
    return result.outcome is CheckOutcome.PASSED or (
        result.outcome is CheckOutcome.PARTIAL and result.fraction == 1
    )


def _because(result: CheckResult) -> str:
    why = (result.staff_message or result.message).strip()
    lines = why.splitlines()
    return f": {lines[-1][:300]}" if lines else ""


def _or(values: frozenset[Status] | frozenset[RunOutcome] | frozenset[CheckOutcome]) -> str:
    return " or ".join(sorted(values))
