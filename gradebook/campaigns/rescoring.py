"""New points for the same results: what a grading is worth under another version of its assignment. Pure.

What was judged stays as it was judged. A check that the grading has no result of cannot be scored: it needs
the evidence (re-judge) or a new run. So does a guideline that was not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from autograder.model.assignment import Assignment, CheckKind, CheckSpec, Firmness, RuleSpec
from autograder.model.graded import OUR_FAILURES, GradedSubmission, Status
from autograder.model.ids import CheckId, RuleId
from autograder.model.results import CheckOutcome, CheckResult, Finding, FindingState, Score
from gradebook.effective import total_of
from gradebook.sheet import Sheet, sheet_of

_WEAKER = {Firmness.FIRM: 0, Firmness.PROPOSED: 1, Firmness.HINT: 2}


def cannot_rescore(recorded: GradedSubmission, assignment: Assignment) -> str:
    """Why a grading cannot be scored anew, or nothing."""
    if recorded.status in OUR_FAILURES or recorded.score is None:
        return "it has no results to score: it failed on our side"
    missing = [spec.id for spec in assignment.checks if _result(recorded, spec) is None]
    if missing:
        return f"never judged: {', '.join(missing)}"
    return ""


def rescored(
    recorded: GradedSubmission, old: Sheet, assignment: Assignment, rules: Mapping[RuleId, RuleSpec]
) -> GradedSubmission:
    """`recorded`, made under `old`, as the assignment is worth now. `rules` are its guidelines by their ids.

    Where nothing that decides points differs, everything but the version stays digit for digit. The run key
    is the caller's matter. ValueError for a grading that `cannot_rescore`.
    """
    why = cannot_rescore(recorded, assignment)
    if why or recorded.score is None:
        raise ValueError(f"{recorded.submission}: {why}")
    sheet = sheet_of(assignment)
    provenance = replace(recorded.provenance, assignment_version=assignment.version)
    findings = repriced(recorded.findings, rules)
    results = tuple(one for spec in assignment.checks if (one := _result(recorded, spec)) is not None)
    if sheet == old and findings == recorded.findings:
        return replace(recorded, provenance=provenance)
    score = _score(recorded.score, old, sheet, results, findings)
    open_things = _open_things(score, sheet, findings)
    status = Status.PENDING if open_things else Status.GRADED
    reason = recorded.reason
    if status is not recorded.status:
        reason = f"A person still has to look at: {', '.join(open_things)}." if open_things else ""
    return replace(
        recorded, results=results, findings=findings, score=score, status=status, reason=reason,
        provenance=provenance,
    )  # fmt: skip


def repriced(findings: Iterable[Finding], rules: Mapping[RuleId, RuleSpec]) -> tuple[Finding, ...]:
    """Findings at the prices of `rules`, the assignment's guidelines by their ids.

    A rule that is not used any more leaves a hint. A rule can become weaker without looking again, but not
    firmer: that depends on what was found.
    """
    return tuple(_finding(finding, rules.get(finding.rule)) for finding in findings)


def _result(recorded: GradedSubmission, spec: CheckSpec) -> CheckResult | None:
    """The result of a check; one that waits where a person decides now; None where nobody judged it."""
    found = next((result for result in recorded.results if result.check_id == spec.id), None)
    if found is not None and found.kind is spec.kind:
        return found
    if spec.kind is not CheckKind.MANUAL:
        return None
    return CheckResult(
        check_id=spec.id, kind=spec.kind, assurance=spec.assurance, outcome=CheckOutcome.WAITING,
        message="A person will look at this.",
    )  # fmt: skip


def _score(
    before: Score, old: Sheet, new: Sheet, results: Iterable[CheckResult], findings: Iterable[Finding]
) -> Score:
    then = {line.id: (line.points, line.kind) for line in old.checks}
    same = {line.id for line in new.checks if then.get(line.id) == (line.points, line.kind)}
    # What a check is worth as before keeps its points digit for digit: a share would be rounded again.
    given = {check: points for check, points in before.earned.items() if points is not None and check in same}
    unknown = [check for check, points in before.earned.items() if points is None]
    return total_of(new, results, findings, given=given, unknown=unknown)


def _finding(finding: Finding, rule: RuleSpec | None) -> Finding:
    if finding.firmness is Firmness.HINT:
        return finding
    if rule is None:
        return replace(finding, firmness=Firmness.HINT, state=FindingState.PROPOSED, points=Decimal(0))
    firmness = max(finding.firmness, rule.firmness, key=lambda each: _WEAKER[each])
    state = finding.state if firmness is finding.firmness else FindingState.PROPOSED
    points = Decimal(0) if firmness is Firmness.HINT else rule.points
    return replace(finding, firmness=firmness, state=state, points=points)


def _open_things(score: Score, sheet: Sheet, findings: Iterable[Finding]) -> list[CheckId | RuleId]:
    """The checks without known points, and the findings that would cost some but are not decided."""
    checks: list[CheckId | RuleId] = [check for check, points in score.earned.items() if points is None]
    costly = [
        finding.rule
        for finding in findings
        if finding.state is FindingState.PROPOSED
        and finding.firmness is not Firmness.HINT
        and min(finding.points, sheet.deduction_cap) > 0
    ]
    return list(dict.fromkeys([*checks, *costly]))
