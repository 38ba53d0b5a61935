"""Confirm or waive the findings of a rule, for some submissions or for a whole class.

Runs inside the caller's transaction. What is touched can be seen before: the same function without writing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches

from sqlalchemy import Connection

from autograder.errors import GradebookError
from autograder.model.ids import AssignmentId
from autograder.model.results import FindingState
from gradebook import reading, writing
from gradebook.effective import effective
from gradebook.sheet import Sheet
from gradebook.values import Change, ChangeKind, Decision, Entry, Offering


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """One rule of an assignment: in how many submissions its findings stand how, and what one may cost."""

    rule: str
    message: str
    points: Decimal
    states: Mapping[FindingState, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """One submission that a decision changes. Totals are None while they are not known."""

    entry: Entry
    states: tuple[FindingState, ...]
    total: Decimal | None


def rules(db: Connection, offering: Offering, assignment: str) -> tuple[RuleLine, ...]:
    """The rules with findings among the scores that count, by id."""
    counts: dict[str, Counter[FindingState]] = {}
    words: dict[str, tuple[str, Decimal]] = {}
    for entry in _entries(db, offering, assignment):
        by_rule: dict[str, set[FindingState]] = {}
        for finding in entry.graded.findings:
            rule = str(finding.rule)
            by_rule.setdefault(rule, set()).add(finding.state)
            before = words.get(rule, (finding.message, Decimal(0)))
            words[rule] = (before[0], max(before[1], finding.points))
        for rule, states in by_rule.items():
            counts.setdefault(rule, Counter()).update(states)
    return tuple(
        RuleLine(rule=rule, message=words[rule][0], points=words[rule][1], states=dict(counts[rule]))
        for rule in sorted(counts)
    )


def touched_by(
    db: Connection,
    offering: Offering,
    assignment: str,
    rule: str,
    state: FindingState,
    *,
    submissions: Collection[str] = (),
    decided_too: bool = False,
    now: datetime,
) -> tuple[Touched, ...]:
    """The submissions whose findings of `rule` a decision would change, with the totals it would give.

    Without `submissions` those of the whole class. Only proposed findings are decided, unless `decided_too`.
    GradebookError for a rule or a submission without such findings.
    """
    entries = _entries(db, offering, assignment)
    sheets = {name: one.sheet for name, one in reading.versions(db, offering, assignment).items()}
    having = [entry for entry in entries if any(f.rule == rule for f in entry.graded.findings)]
    _refuse_unknown(rule, entries, having, submissions)
    chosen = [entry for entry in having if not submissions or entry.submission in submissions]
    found = []
    for entry in chosen:
        states = tuple(f.state for f in entry.graded.findings if f.rule == rule)
        if set(states) == {state} or not (decided_too or FindingState.PROPOSED in states):
            continue
        total = _total(entry, sheets[entry.recorded.provenance.assignment_version], rule, state, now)
        found.append(Touched(entry=entry, states=states, total=total))
    return tuple(found)


def decide(
    db: Connection,
    touched: Iterable[Touched],
    rule: str,
    state: FindingState,
    *,
    decision: Decision,
    now: datetime,
) -> None:
    """Write the decision for all of them."""
    for one in touched:
        row = reading.one_row(db, one.entry.score_id)
        if row is None:
            raise GradebookError(f"there is no score {one.entry.score_id}")
        writing.add_change(
            db, row, kind=ChangeKind.FINDING_STATE, subject=rule, points=None, state=state, comment="",
            decision=decision, now=now,
        )  # fmt: skip


def _entries(db: Connection, offering: Offering, assignment: str) -> list[Entry]:
    found = reading.scores(
        db, course=offering.course, term=offering.term, assignment=str(AssignmentId(assignment))
    )
    return reading.entries(db, reading.latest_of(found))


def _total(entry: Entry, sheet: Sheet, rule: str, state: FindingState, now: datetime) -> Decimal | None:
    change = Change(
        id=0, score_id=entry.score_id, kind=ChangeKind.FINDING_STATE, subject=rule, points=None, state=state,
        comment="", who="", why="", at=now,
    )  # fmt: skip
    score = effective(entry.recorded, sheet, (*entry.changes, change)).score
    return None if score is None else score.total


def _refuse_unknown(
    rule: str, entries: Collection[Entry], having: Collection[Entry], submissions: Collection[str]
) -> None:
    if not having:
        known = sorted({str(f.rule) for entry in entries for f in entry.graded.findings})
        near = get_close_matches(rule, known, n=3, cutoff=0.5)
        hint = f"Did you mean {', '.join(near)}?" if near else f"There are: {', '.join(known) or 'none'}."
        raise GradebookError(f"no submission has findings of the rule {rule!r}", hint=hint)
    missing = sorted(set(submissions) - {str(entry.submission) for entry in having})
    if missing:
        raise GradebookError(
            f"no findings of {rule} in: {', '.join(missing)}", hint="Nothing was changed; check the ids."
        )
