"""Look at a submission with every guideline of an assignment and make findings of what is there.

One finding per rule with all its places. Only the assignment and the rule together can make a finding firm; a
finding that is not firm costs nothing until a person confirms it. Nothing a student wrote is executed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from autograder.formats.notebook import Notebook
from autograder.guidelines import registry
from autograder.guidelines.reading import read
from autograder.guidelines.rule import Evidence, Hit, Need, Rule, Supplied
from autograder.model.assignment import Assignment, Firmness, RuleSpec
from autograder.model.execution import Execution
from autograder.model.results import Finding, FindingState, Place, Severity
from autograder.model.submission import Submission

MOST_PLACES: Final = 50
_WEIGHT: Final = {Firmness.FIRM: 0, Firmness.PROPOSED: 1, Firmness.HINT: 2}
_SERIOUS: Final = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def inspect(
    submission: Submission,
    released: Mapping[str, Notebook] | None,
    assignment: Assignment,
    *,
    released_files: Mapping[str, str] | None = None,
) -> tuple[Finding, ...]:
    """Return what the guidelines find before the run, the most important first.

    `released` holds the notebooks as they were handed out, `released_files` the SHA-256 of the other files,
    by path: what is unchanged from them is exempt.

    Raises:
        ConfigError: the assignment names a guideline or a setting that does not exist.

    """
    rules = _rules(assignment, after_run=False)
    evidence = _evidence(submission, released, assignment, released_files, code=True)
    return arrange(_findings(evidence, rules))


def inspect_run(
    submission: Submission,
    execution: Execution,
    assignment: Assignment,
    *,
    released: Mapping[str, Notebook] | None = None,
    released_files: Mapping[str, str] | None = None,
    before: Sequence[Finding] = (),
    supplied: Supplied | None = None,
) -> tuple[Finding, ...]:
    """Return what the guidelines find in all: `before`, which `inspect` found, and what the run shows.

    What a rule that reads the code and the run says now takes the place of what it said before the run.
    `supplied` are figures of what the grader gave to the run; without them nothing is compared with them.

    Raises:
        ConfigError: the assignment names a guideline or a setting that does not exist.

    """
    rules = _rules(assignment, after_run=True)
    code = any(Need.SYNTAX in rule.needs for rule, _ in rules)
    evidence = _evidence(submission, released, assignment, released_files, code=code)
    evidence = replace(evidence, execution=execution, supplied=supplied or Supplied(), before=tuple(before))
    again = {rule.id for rule, _ in rules}
    kept = [finding for finding in before if finding.rule not in again]
    return arrange([*kept, *_findings(evidence, rules)])


def arrange(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Put findings in order: the most serious cause first, and behind it what follows from it."""
    listed = list(findings)
    order = {name: rank for rank, name in enumerate(registry.RULES)}
    worst: dict[str, tuple[int, int]] = {}
    for finding in listed:
        key = (_SERIOUS[finding.severity], order.get(finding.rule, len(order)))
        worst[_cause(finding)] = min(worst.get(_cause(finding), key), key)

    def place(finding: Finding) -> tuple[tuple[int, int], str, bool, int]:
        cause = _cause(finding)
        return worst[cause], cause, finding.rule != cause, order.get(finding.rule, len(order))

    return tuple(sorted(listed, key=place))


def _cause(finding: Finding) -> str:
    return finding.cause or finding.rule


def _evidence(
    submission: Submission,
    released: Mapping[str, Notebook] | None,
    assignment: Assignment,
    released_files: Mapping[str, str] | None,
    *,
    code: bool,
) -> Evidence:
    tracked = {*assignment.contract, *(name for point in assignment.checkpoints for name in point.binds)}
    reading = read(submission, released=released, released_files=released_files, tracked=tracked, code=code)
    return Evidence(
        submission=submission,
        assignment=assignment,
        reading=reading,
        released=released or {},
        released_files=frozenset((released_files or {}).values()),
    )


def _rules(assignment: Assignment, *, after_run: bool) -> list[tuple[Rule, RuleSpec]]:
    """Return the rules to look with, before the run or after it, each with what the assignment says."""
    registry.refuse_unknown(assignment)
    specs = {registry.find(spec.id).id: spec for spec in assignment.rules}
    found = []
    for rule in registry.RULES.values():
        spec = specs.get(rule.id) or (RuleSpec(id=rule.id, firmness=Firmness.HINT) if rule.always else None)
        needs_run = Need.EXECUTION in rule.needs
        if spec is not None and (needs_run if after_run else (not needs_run or Need.SYNTAX in rule.needs)):
            found.append((rule, spec))
    return found


def _findings(evidence: Evidence, rules: Iterable[tuple[Rule, RuleSpec]]) -> Iterable[Finding]:
    for rule, spec in rules:
        try:
            hits = list(rule.check(replace(evidence, settings=spec.settings)))
        except Exception as error:  # what stops a rule must not stop the grading: a person is told instead
            hits = [_not_looked_at(rule, error)]
        if hits:
            yield _finding(rule, spec, hits)


def _not_looked_at(rule: Rule, error: Exception) -> Hit:
    return Hit(
        place=Place(file=""),
        message=f'A person has to look: the program failed at "{rule.title}" ({type(error).__name__}).',
        firmness=Firmness.HINT,
        severity=Severity.WARNING,
    )


def _finding(rule: Rule, spec: RuleSpec, hits: Sequence[Hit]) -> Finding:
    ordered = sorted(hits, key=lambda hit: (*_strength(hit), hit.place.file, hit.place.cell, hit.place.line))
    head = ordered[0]
    firmness = max((rule.firmness, spec.firmness, head.firmness), key=lambda each: _WEIGHT[each])
    confirmed = firmness is Firmness.FIRM
    places = _places(ordered)
    more = len(places) - MOST_PLACES
    # Weaker hits, such as the import of what is used, keep their places but need no words of their own.
    messages = dict.fromkeys(hit.message for hit in ordered if _strength(hit) == _strength(head))
    return Finding(
        rule=rule.id,
        severity=head.severity
        if firmness is not Firmness.HINT
        else max(head.severity, Severity.WARNING, key=_rank),
        firmness=firmness,
        state=FindingState.CONFIRMED if confirmed else FindingState.PROPOSED,
        message=" ".join([*list(messages)[:3], *([f"There are {more} more places."] if more > 0 else [])]),
        instead=head.instead,
        places=places[:MOST_PLACES],
        points=Decimal(0) if firmness is Firmness.HINT else spec.points,
        cause=next((hit.cause for hit in ordered if hit.cause), rule.id),
        from_run=any(hit.from_run for hit in ordered),
    )


def _strength(hit: Hit) -> tuple[int, int]:
    return _WEIGHT[hit.firmness], _SERIOUS[hit.severity]


def _rank(severity: Severity) -> int:
    return _SERIOUS[severity]


def _places(hits: Sequence[Hit]) -> tuple[Place, ...]:
    """Return the places of the hits, each line once, the strongest hits first."""
    found: dict[tuple[str, int, int], Place] = {}
    for hit in hits:
        found.setdefault((hit.place.file, hit.place.cell, hit.place.line), hit.place)
    return tuple(found.values())
