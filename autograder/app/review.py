"""What `review` does: one page per submission for whoever marks, and an index in the order of the queue.

With a gradebook the pages show rubrics, marks and who holds a piece; without one, what the assignment says.
Pages are written; nothing is decided, and nobody is given a piece here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Final

from autograder.app.decided import erased_among, left_out, with_decisions
from autograder.app.reports import load_evidence
from autograder.app.results_folder import ResultsFolder, write_file
from autograder.app.review_folder import make_room
from autograder.app.review_index import index_of
from autograder.app.review_queue import Known, Work, in_order, known_of, named
from autograder.errors import UsageError
from autograder.reporting.review_values import Neighbour, Review, RubricLine, ToMark

if TYPE_CHECKING:
    from rich.progress import Progress

    from autograder.model.assignment import Assignment
    from autograder.model.graded import GradedSubmission
    from autograder.model.ids import CheckId
    from autograder.reporting.blinding import Person
    from gradebook.values import Entry

INDEX: Final = "index.html"


def write_review(
    assignment: Assignment,
    folder: Path,
    submissions: Sequence[str],
    out: Path,
    *,
    blind: bool,
    gradebook: str | None,
    course: str,
    term: str,
    config: Path | None,
    bar: Progress,
    told: Callable[[str], object] = lambda _: None,
    replace_other_kind: bool = False,
) -> list[Path]:
    """Write the review pages of a results folder, of `submissions` or of all, and the index last.

    Results of erased students are left out; `told` gets sentences about them.

    Raises UsageError when the folder holds no results of the assignment, or a submission is not there; and
    when `out` holds pages of the other kind, blind or not, unless `replace_other_kind` removes them.
    """
    from autograder.reporting.review_page import render_review_index

    results = ResultsFolder(folder)
    chosen = _chosen(results, assignment, submissions)
    with known_of(assignment, gradebook, course, term, config, blind=blind) as known:
        make_room(out, blind=blind, replace=replace_other_kind)
        erased = erased_among(known.entries.values())
        for line in left_out(folder, [results.of(one.submission) for one in chosen if erased(one)]):
            told(line)
        decided = [
            with_decisions(one, known.entries.get(one.submission)) for one in chosen if not erased(one)
        ]
        works = named(decided, known, blind=blind)
        pieces = in_order(assignment, works, known)
        written = [
            write_file(out / work.file, _page(results, assignment, work, pieces, known, blind=blind))
            for work in bar.track(list(works.values()), description="pages")
        ]
        index = render_review_index(index_of(assignment, works, pieces, known, blind=blind))
        return [*written, write_file(out / INDEX, index)]


def _chosen(
    results: ResultsFolder, assignment: Assignment, submissions: Sequence[str]
) -> list[GradedSubmission]:
    found = {str(one.submission): one for one in results.all_graded() if one.assignment == assignment.id}
    if not found:
        raise UsageError(
            f"{results.root} holds no results of {assignment.id}",
            hint="Give the folder that `autograder grade --out` wrote.",
        )
    missing = [name for name in submissions if name not in found]
    if missing:
        raise UsageError(
            f"no results of {', '.join(missing)} in {results.root}",
            hint=f"There are: {', '.join(list(found)[:5])}{' ...' if len(found) > 5 else ''}.",
        )
    return [one for name, one in found.items() if not submissions or name in submissions]


def _page(
    results: ResultsFolder,
    assignment: Assignment,
    work: Work,
    pieces: Mapping[CheckId, Sequence[Work]],
    known: Known,
    *,
    blind: bool,
) -> str:
    from autograder.reporting.blinding import blinded
    from autograder.reporting.review_page import render_review
    from autograder.reporting.visibility import Facts, Item, Role, Stage, sees

    graded = work.graded
    execution = load_evidence(results, graded)
    submission = results.submission(graded.submission)
    changes = _changes(known.entries.get(graded.submission), known.zone)
    to_mark = {
        spec.id: mark
        for spec in assignment.checks
        if (mark := _to_mark(spec.id, assignment, work, pieces.get(spec.id, ()), known))
    }
    rules = {finding.rule for finding in graded.findings}
    open_ = known.book is not None and not blind
    finding_commands = {
        rule: known.commands.of_finding(assignment.id, graded.submission, rule) if open_ else ()
        for rule in rules
    }
    check_commands = {
        spec.id: known.commands.of_check(graded.submission, spec.id) if open_ else ()
        for spec in assignment.checks
    }
    if not sees(Item.IDENTITY, Role.TA, Stage.DUE, Facts(blind=blind)):
        hidden = blinded(
            _person(work, known), graded, execution, submission,
            ours=(*assignment.notebooks, *assignment.course_files),
        )  # fmt: skip
        graded, execution, submission = hidden.graded, hidden.execution, hidden.submission
        changes = tuple(hidden.blinder.text(change) for change in changes)
    review = Review(
        name=work.name, blind=blind, index=INDEX, to_mark=to_mark, check_commands=check_commands,
        finding_commands=finding_commands, changes=changes, zone=known.zone,
    )  # fmt: skip
    stored = submission.stored if submission else None
    return render_review(graded, execution, assignment, review, stored=stored)


def _person(work: Work, known: Known) -> Person:
    from autograder.app.blind import person_behind
    from autograder.reporting.blinding import Person

    if known.book is None or known.offering is None:
        return Person(pseudonym=work.name)
    return replace(person_behind(known.book, known.offering, str(work.graded.student)), pseudonym=work.name)


def _to_mark(
    check: CheckId, assignment: Assignment, work: Work, pieces: Sequence[Work], known: Known
) -> ToMark | None:
    """What the gradebook and the queue say about one check of one submission; None for nothing."""
    from autograder.reporting.review_page import own_rubric

    spec = next(spec for spec in assignment.checks if spec.id == check)
    desk = known.every.get((str(work.graded.submission), str(check)))
    score = work.graded.score
    mark = own_rubric(spec, None if score is None else score.earned.get(check))
    if desk is not None:
        given = desk.given
        chosen = given.mark.items if given else ()
        lines = tuple(
            RubricLine(
                id=item.id, text=item.text, points=item.points, comment=item.comment, chosen=item.id in chosen
            )
            for item in desk.rubric.items
        )
        ref = str(desk.piece.ref)
        mark = ToMark(
            rubric=lines,
            deducts=desk.rubric.mark_type.value == "deduct",
            waiting=desk.piece.waiting,
            marked_by=given.who if given else "",
            adjustment=given.mark.adjustment if given else ToMark().adjustment,
            held_by=desk.lease.grader if desk.lease else "",
            commands=known.commands.of_piece(
                ref, [item.id for item in lines], marked=desk.piece.earned is not None
            ),
        )
    if mark is None or work not in pieces:
        return mark
    place = list(pieces).index(work)
    before = pieces[place - 1] if place else None
    after = pieces[place + 1] if place + 1 < len(pieces) else None
    return replace(
        mark,
        place=place + 1,
        of=len(pieces),
        before=_neighbour(before, check),
        after=_neighbour(after, check),
    )


def _neighbour(work: Work | None, check: CheckId) -> Neighbour | None:
    from autograder.reporting.review_page import anchor_of_check

    if work is None:
        return None
    return Neighbour(name=work.name, link=f"{work.file}#{anchor_of_check(check)}")


def _changes(entry: Entry | None, zone: tzinfo) -> tuple[str, ...]:
    """What people changed, oldest first, each as a sentence for staff."""
    from autograder.reporting.overview_filters import local

    lines = []
    for change in entry.changes if entry else ():
        what = [change.kind.value.replace("_", " "), change.subject]
        value = f"{change.points.normalize():f}" if change.points is not None else change.state or ""
        said = f"“{change.comment}”" if change.comment else ""
        parts = [*what, str(value), said, f"({change.why})" if change.why else ""]
        lines.append(f"{local(change.at, zone)}, {change.who}: {' '.join(part for part in parts if part)}")
    return tuple(lines)
