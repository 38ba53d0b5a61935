"""What a class's results say: how each check went, which rules were broken, what failed on our side.

Pure. Absent is never passed: a check without a result counts as not run. Our failures are never a student's:
what failed on our side and what waits for a person are kept apart and count in no rate.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from autograder.model.assignment import Assignment, Firmness
from autograder.model.graded import OUR_FAILURES, GradedSubmission, Status
from autograder.model.ids import CheckId
from autograder.model.results import CheckOutcome, FindingState
from autograder.reporting.statistics import Discrimination, discrimination

JUDGED: Final = (CheckOutcome.PASSED, CheckOutcome.PARTIAL, CheckOutcome.FAILED, CheckOutcome.NOT_RUN)
"""Outcomes that say something about the student's work."""

NAMED: Final = 20
"""How many submissions are named in one line about failures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A check as far as a report over a class needs it. `optional` marks extra credit."""

    id: str
    title: str
    points: Decimal
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """How one check went. `pass_rate` is the share that passed of those that were judged.

    `judged` counts passed, partly, not passed and not run; waiting and our errors are in `outcomes` only.
    `mean_share` is the mean share of its points where points are known.
    """

    item: Item
    outcomes: tuple[tuple[CheckOutcome, int], ...]
    judged: int
    pass_rate: float | None
    mean_share: float | None
    discrimination: Discrimination


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingLine:
    """How many submissions break a rule, by what is decided about it. A hint costs nothing, whoever decides.

    A submission with several findings of a rule counts once: undecided before confirmed before waived before
    hint.
    """

    rule: str
    number: int
    undecided: int
    confirmed: int
    waived: int
    hints: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureLine:
    """Something that failed on our side: what, with which words, how often, and in which submissions.

    `what` is a status (`sandbox_failed`, `grader_failed`) or a check's id. `names` are at most 20.
    """

    what: str
    is_check: bool
    reason: str
    number: int
    names: tuple[str, ...]


def items_of(assignment: Assignment) -> tuple[Item, ...]:
    """The checks of an assignment as items."""
    return tuple(
        Item(id=str(spec.id), title=spec.title or str(spec.id), points=spec.points, optional=spec.optional)
        for spec in assignment.checks
    )


def last_of_each(graded: Iterable[GradedSubmission]) -> tuple[GradedSubmission, ...]:
    """One submission per student, by student: the last one, if possible one that was accepted and graded.

    A failure on our side and work that was not accepted never take the place of an earlier attempt.
    """
    chosen: dict[str, GradedSubmission] = {}
    for one in graded:
        before = chosen.get(one.student)
        if before is None or _rank(one) > _rank(before):
            chosen[one.student] = one
    return tuple(chosen[student] for student in sorted(chosen))


def check_lines(graded: Sequence[GradedSubmission], items: Sequence[Item]) -> tuple[CheckLine, ...]:
    """How each check went in these submissions, one per student. Work that was not accepted is left out."""
    accepted = [one for one in graded if one.status is not Status.REJECTED]
    results = [{result.check_id: result.outcome for result in one.results} for one in accepted]
    earned = [dict(one.score.earned) if one.score is not None else {} for one in accepted]
    apart = _discriminations(earned, items)
    lines = []
    for item in items:
        name = CheckId(item.id)
        found = Counter(
            outcome
            for one, by_id, points in zip(accepted, results, earned, strict=True)
            if (outcome := by_id.get(name) or _absent(one, name in points)) is not None
        )
        judged = sum(found[outcome] for outcome in JUDGED)
        known = [points[name] for points in earned if points.get(name) is not None]
        total = sum((value for value in known if value is not None), Decimal(0))
        lines.append(
            CheckLine(
                item=item,
                outcomes=tuple((outcome, found[outcome]) for outcome in CheckOutcome if found[outcome]),
                judged=judged,
                pass_rate=found[CheckOutcome.PASSED] / judged if judged else None,
                mean_share=float(total / (len(known) * item.points)) if known and item.points else None,
                discrimination=apart[item.id],
            )
        )
    return tuple(lines)


def finding_lines(graded: Iterable[GradedSubmission]) -> tuple[FindingLine, ...]:
    """The rules that were broken, the most frequent first."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in graded:
        states: defaultdict[str, set[str]] = defaultdict(set)
        for finding in one.findings:
            is_hint = finding.firmness is Firmness.HINT
            states[str(finding.rule)].add("hint" if is_hint else finding.state.value)
        for rule, kinds in states.items():
            found[rule][next(state for state in _STATES if state in kinds)] += 1
    lines = (
        FindingLine(
            rule=rule,
            number=counted.total(),
            undecided=counted[FindingState.PROPOSED],
            confirmed=counted[FindingState.CONFIRMED],
            waived=counted[FindingState.WAIVED],
            hints=counted["hint"],
        )
        for rule, counted in found.items()
    )
    return tuple(sorted(lines, key=lambda line: (-line.number, line.rule)))


def failure_lines(pieces: Iterable[tuple[GradedSubmission, str]]) -> tuple[FailureLine, ...]:
    """What failed on our side, the most frequent first. Each piece is a submission and what it is called."""
    found: defaultdict[tuple[bool, str, str], list[str]] = defaultdict(list)
    for one, name in pieces:
        if one.status in OUR_FAILURES:
            found[False, one.status.value, one.reason].append(name)
        for result in one.results:
            if result.outcome is CheckOutcome.ERRORED:
                found[True, str(result.check_id), result.staff_message or result.message].append(name)
    lines = (
        FailureLine(
            what=what, is_check=is_check, reason=reason, number=len(names), names=tuple(names[:NAMED])
        )
        for (is_check, what, reason), names in found.items()
    )
    return tuple(sorted(lines, key=lambda line: (-line.number, line.what, line.reason)))


_STATES: Final = (FindingState.PROPOSED, FindingState.CONFIRMED, FindingState.WAIVED, "hint")


def _rank(one: GradedSubmission) -> tuple[bool, bool, object, int, str]:
    judged = one.status not in OUR_FAILURES
    return one.status is not Status.REJECTED, judged, one.received, one.attempt, one.submission


def _absent(one: GradedSubmission, declared: bool) -> CheckOutcome | None:
    """The outcome of a check without a result; None where the submission's version has no such check."""
    if one.status in OUR_FAILURES:
        return CheckOutcome.ERRORED
    return CheckOutcome.NOT_RUN if declared else None


def _discriminations(
    earned: Sequence[dict[CheckId, Decimal | None]], items: Sequence[Item]
) -> dict[str, Discrimination]:
    """Each item against all the others. Items whose points nobody has yet, and extra credit, are no others.

    Only students count of whom every one of these points is known: sums of different items do not compare.
    """
    known = {item.id for item in items if any(points.get(CheckId(item.id)) is not None for points in earned)}
    base = [CheckId(item.id) for item in items if item.id in known and not item.optional]
    whole = [points for points in earned if all(points.get(name) is not None for name in base)]
    totals = [sum((points[name] or Decimal(0) for name in base), Decimal(0)) for points in whole]
    found = {}
    for item in items:
        name = CheckId(item.id)
        others = len(base) - (name in base)
        if not others:
            found[item.id] = Discrimination(
                value=None, low=None, high=None, number=0, why="there are no other points to compare with"
            )
            continue
        pairs = [
            (float(mine), float(total - mine if name in base else total))
            for points, total in zip(whole, totals, strict=True)
            if (mine := points.get(name)) is not None
        ]
        found[item.id] = discrimination([mine for mine, _ in pairs], [rest for _, rest in pairs])
    return found
