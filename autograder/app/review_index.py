"""The index of review pages as values: questions in the queue's order, findings to decide, and the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from autograder.model.assignment import Firmness
from autograder.model.results import FindingState
from autograder.reporting.review_values import (
    IndexFinding,
    IndexPiece,
    IndexQuestion,
    Neighbour,
    ReviewIndex,
)

if TYPE_CHECKING:
    from autograder.app.review_queue import Known, Work
    from autograder.model.assignment import Assignment, CheckSpec
    from autograder.model.ids import CheckId, SubmissionId


def index_of(
    assignment: Assignment,
    works: Mapping[SubmissionId, Work],
    pieces: Mapping[CheckId, Sequence[Work]],
    known: Known,
    *,
    blind: bool,
) -> ReviewIndex:
    """The index of these pages."""
    findings = _findings(assignment, works, known)
    listed = {work.file for some in pieces.values() for work in some}
    listed |= {piece.link.partition("#")[0] for finding in findings for piece in finding.pieces}
    return ReviewIndex(
        title=assignment.title,
        blind=blind,
        questions=tuple(
            _question(spec, assignment, pieces[spec.id], known)
            for spec in assignment.checks
            if spec.id in pieces
        ),
        findings=findings,
        others=tuple(
            Neighbour(name=_name(work), link=work.file) for work in works.values() if work.file not in listed
        ),
        stand_ins=tuple(sorted({one for work in works.values() for one in work.graded.provenance.stand_ins})),
    )


def _question(spec: CheckSpec, assignment: Assignment, some: Sequence[Work], known: Known) -> IndexQuestion:
    from autograder.reporting.review_page import anchor_of_check

    found = []
    for work in some:
        desk = known.every.get((str(work.graded.submission), str(spec.id)))
        score = work.graded.score
        points = score.earned.get(spec.id) if score else None
        found.append(
            IndexPiece(
                name=work.name,
                attempt=work.graded.attempt,
                link=f"{work.file}#{anchor_of_check(spec.id)}",
                waiting=desk.piece.waiting if desk else points is None,
                points=desk.piece.earned if desk else points,
                held_by=desk.lease.grader if desk and desk.lease else "",
            )
        )
    return IndexQuestion(
        check=spec.id,
        title=spec.title or str(spec.id),
        most=spec.points,
        pieces=tuple(found),
        commands=known.commands.of_question(assignment.id, spec.id) if known.book else (),
    )


def _findings(
    assignment: Assignment, works: Mapping[SubmissionId, Work], known: Known
) -> tuple[IndexFinding, ...]:
    """The rules with findings that may cost points and that nobody decided, the most frequent first."""
    from autograder.reporting.review_page import anchor_of_finding

    found: dict[str, IndexFinding] = {}
    for work in works.values():
        for finding in work.graded.findings:
            most = min(finding.points, assignment.deduction_cap)
            if finding.state is not FindingState.PROPOSED or finding.firmness is Firmness.HINT or most <= 0:
                continue
            piece = Neighbour(name=_name(work), link=f"{work.file}#{anchor_of_finding(finding.rule)}")
            before = found.get(finding.rule)
            pieces = before.pieces if before else ()
            found[finding.rule] = IndexFinding(
                rule=finding.rule,
                points=max(most, before.points) if before else most,
                pieces=pieces if piece in pieces else (*pieces, piece),
                commands=known.commands.of_rule(assignment.id, finding.rule) if known.book else (),
            )
    return tuple(sorted(found.values(), key=lambda one: (-len(one.pieces), one.rule)))


def _name(work: Work) -> str:
    return work.name if work.graded.attempt <= 1 else f"{work.name} ({work.graded.attempt})"
