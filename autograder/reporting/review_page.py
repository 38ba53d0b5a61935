"""The review page of a submission: notebook on one side, what is to be decided on the other; and the index.

One file each, without a program: what a person decides is typed as a command that the page shows. It decides
nothing about who may see what; blind pages are made from values that were blinded before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from autograder.model.assignment import Assignment, CheckKind, CheckSpec
from autograder.model.execution import Execution
from autograder.model.graded import GradedSubmission, is_older
from autograder.model.ids import CheckId, RuleId
from autograder.model.results import CheckOutcome, Finding, FindingState, Place
from autograder.reporting.anchors import Anchor, Anchors, pointers
from autograder.reporting.evidence_view import EvidenceView, ExchangeRow, evidence_view
from autograder.reporting.feedback import feedback_for
from autograder.reporting.feedback_values import CheckView
from autograder.reporting.html import fill, fitting
from autograder.reporting.notebook_view import notebook_pages
from autograder.reporting.outputs import Budget
from autograder.reporting.review_values import Command, Review, ReviewIndex, ToMark
from autograder.reporting.visibility import Role

CHANGES_AT_MOST: Final = 200
PIECES_AT_MOST: Final = 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Check:
    """One check in the panel: the view, its place on the page and in the notebook, and how to decide it."""

    view: CheckView
    id: str
    cell: Anchor | None
    mark: ToMark | None
    exchanges: tuple[ExchangeRow, ...]
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finding:
    finding: Finding
    id: str
    places: tuple[tuple[Place, Anchor | None], ...]
    undecided: bool
    commands: tuple[Command, ...]


def render_review(
    graded: GradedSubmission,
    execution: Execution | None,
    assignment: Assignment,
    review: Review,
    *,
    stored: Mapping[str, str] | None = None,
) -> str:
    """The page for whoever marks this submission. `execution` and `stored` as for the page for staff."""
    feedback = feedback_for(graded, execution, assignment, role=Role.TA, published=True, zone=review.zone)
    run = feedback.run if feedback.run and feedback.run.cells else None
    anchors = Anchors(run, execution)
    evidence = None if execution is None else evidence_view(execution)
    specs = {anchor_of_check(spec.id): spec for spec in assignment.checks}
    checks = [_check(view, specs, anchors, evidence, review) for view in feedback.checks]
    findings = [_finding(finding, anchors, review) for finding in feedback.findings]
    about = pointers(anchors, specs, {one.id: one.finding.places for one in findings})

    def page(budget: Budget) -> str:
        notebooks = notebook_pages(run, budget, stored=stored) if run else ()
        return fill(
            "review.html.j2",
            feedback=feedback,
            graded=graded,
            older=is_older(graded.provenance.assignment_version, assignment.version),
            review=review,
            to_mark=[one for one in checks if one.mark],
            judged=[one for one in checks if not one.mark],
            findings=findings,
            evidence=evidence,
            of_the_run=[row for row in evidence.exchanges if not row.check] if evidence else [],
            notebooks=notebooks,
            anchors=anchors,
            about=about,
            has_stored=bool(stored),
            budget=budget,
            changes=review.changes[-CHANGES_AT_MOST:],
            stand_ins=graded.provenance.stand_ins,
        )

    return fitting(page, run, stored)


def render_review_index(index: ReviewIndex) -> str:
    """The page that leads to all review pages: question by question, in the order of the queue."""
    return fill(
        "review_index.html.j2",
        index=index,
        at_most=PIECES_AT_MOST,
        waiting=sum(piece.waiting for question in index.questions for piece in question.pieces),
        number=sum(len(question.pieces) for question in index.questions),
        undecided=sum(len(finding.pieces) for finding in index.findings),
        stand_ins=index.stand_ins,
    )


def anchor_of_check(check: CheckId) -> str:
    """The `id` of a check's place on its review page."""
    return "check-" + re.sub(r"[^A-Za-z0-9._-]", "-", check)


def anchor_of_finding(rule: RuleId) -> str:
    """The `id` of a finding's place on its review page."""
    return "finding-" + re.sub(r"[^A-Za-z0-9._-]", "-", rule)


def own_rubric(spec: CheckSpec, earned: Decimal | None) -> ToMark | None:
    """What the assignment itself says about a check that a person marks; None for the others."""
    from autograder.reporting.review_values import RubricLine

    if spec.kind is not CheckKind.MANUAL:
        return None
    lines = tuple(
        RubricLine(id=item.id, text=item.text, points=item.points, comment=item.comment)
        for item in spec.rubric
    )
    return ToMark(rubric=lines, deducts=spec.deducts, waiting=earned is None)


def _check(
    view: CheckView,
    specs: Mapping[str, CheckSpec],
    anchors: Anchors,
    evidence: EvidenceView | None,
    review: Review,
) -> _Check:
    id = anchor_of_check(view.id)
    spec = specs[id]
    mark = review.to_mark.get(view.id)
    if mark is None and (view.kind is CheckKind.MANUAL or view.outcome is CheckOutcome.WAITING):
        mark = own_rubric(spec, view.points) or ToMark()
    return _Check(
        view=view,
        id=id,
        cell=anchors.of_check(spec),
        mark=mark,
        exchanges=tuple(row for row in evidence.exchanges if row.check == view.id) if evidence else (),
        commands=review.check_commands.get(view.id, ()),
    )


def _finding(finding: Finding, anchors: Anchors, review: Review) -> _Finding:
    shown = finding.places[:40]
    return _Finding(
        finding=finding,
        id=anchor_of_finding(finding.rule),
        places=tuple((place, anchors.of_place(place)) for place in shown),
        undecided=finding.state is FindingState.PROPOSED,
        commands=review.finding_commands.get(finding.rule, ()),
    )


def pages_of(pieces: Sequence[str]) -> dict[str, str]:
    """A file name for each of these names, in which no two are equal."""
    used: dict[str, str] = {}
    for piece in pieces:
        plain = re.sub(r"[^A-Za-z0-9._-]", "_", piece).lstrip(".-") or "_"
        name, number = plain, 1
        while f"{name}.html" in used.values() or name == "index":
            number += 1
            name = f"{plain}-{number}"
        used[piece] = f"{name}.html"
    return used
