"""Bring our results and an assignment of nbgrader's gradebook together. Pure: no database.

Our automatic points replace nbgrader's. What a person decided there stays; where a person decided otherwise
here, neither wins: that is an error which names the places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from autograder.errors import GradebookError
from gradebook.layout import CellLine, Layout
from gradebook.nbgrader_values import Losses, NbAssignment, NbComment, NbGrade, NbWork, Place

T = TypeVar("T")
_MOST_NAMED = 10
_LATER = "nbgrader has a later submission"


def merged(ours: NbAssignment, theirs: NbAssignment | None, losses: Losses) -> NbAssignment:
    """`ours` with what only `theirs` has, every submission with a grade for every graded cell.

    Dates that are there stay; `losses` gets those that differ. GradebookError where people decided otherwise
    here and there, or a newer submission is there.
    """
    conflicts: list[str] = []
    if theirs is None:
        together, there = ours, {}
    else:
        layout = _layouts(ours.layout, theirs.layout)
        _dates_differ(ours, theirs, losses)
        there = {work.student: work for work in theirs.works}
        together = replace(
            ours, layout=layout, worth={**theirs.worth, **ours.worth}, duedate=theirs.duedate or ours.duedate
        )
    mine = {work.student: work for work in ours.works}
    graded = [(c.notebook, c.name) for c in together.layout.cells if c.graded or c.task]
    works = []
    for student in sorted({*mine, *there}):
        called = f"{ours.name}, {student}"
        work = _work(called, mine.get(student), there.get(student), conflicts, losses)
        works.append(replace(work, grades=_filled(work, graded, known=student in mine)))
    if conflicts:
        shown = "\n".join(conflicts[:_MOST_NAMED])
        more = f"\nand {len(conflicts) - _MOST_NAMED} more" if len(conflicts) > _MOST_NAMED else ""
        raise GradebookError(
            f"people decided differently here and in nbgrader:\n{shown}{more}",
            hint=_hint(conflicts),
        )
    return replace(together, works=tuple(works))


def _hint(conflicts: Sequence[str]) -> str:
    """How to make both sides agree. An import keeps what was decided here, so it ends no disagreement."""
    later = sum(_LATER in each for each in conflicts)
    bring = "Bring nbgrader's later submissions here with `autograder gradebook import-nbgrader`."
    agree = (
        "Make both sides agree: set nbgrader's value here (`autograder gradebook award`, `late` or "
        "`comment`; `withdraw` takes one back), or ours in formgrader. An import keeps what was decided here."
    )
    return " ".join([*([bring] if later else []), *([agree] if later < len(conflicts) else [])])


def _dates_differ(ours: NbAssignment, theirs: NbAssignment, losses: Losses) -> None:
    what = "dates that are otherwise there: kept as they are there"
    if None not in (ours.duedate, theirs.duedate) and ours.duedate != theirs.duedate:
        losses.add(what, f"{ours.name}: {ours.duedate} here, {theirs.duedate} in nbgrader")
    there = {work.student: work.extension for work in theirs.works}
    for work in ours.works:
        if there.get(work.student) and there[work.student] != work.extension:
            said = f"{work.extension or 'no extension'} here, {there[work.student]} in nbgrader"
            losses.add(what, f"{ours.name}, {work.student}: {said}")


def _layouts(ours: Layout, theirs: Layout) -> Layout:
    """The notebooks and cells of both; nbgrader's own text of a cell stays."""
    cells = {(cell.notebook, cell.name): cell for cell in theirs.cells}
    for cell in ours.cells:
        old = cells.get((cell.notebook, cell.name))
        cells[cell.notebook, cell.name] = cell if old is None else _cell(cell, old)
    notebooks = {line.name: line for line in (*ours.notebooks, *theirs.notebooks)}
    return Layout(notebooks=tuple(notebooks.values()), cells=tuple(cells.values()))


def _cell(ours: CellLine, theirs: CellLine) -> CellLine:
    """nbgrader's roles of a cell that has points there, else ours."""
    return theirs if theirs.graded or theirs.task else replace(ours, source=theirs.source or ours.source)


def _filled(work: NbWork, graded: list[Place], *, known: bool) -> Mapping[Place, NbGrade]:
    """A grade for every graded cell; one that our version of the assignment lacked earned nothing."""
    missing = NbGrade(auto=0.0) if known else NbGrade(needs_person=True)
    return {place: work.grades.get(place, missing) for place in graded}


def _work(
    called: str, ours: NbWork | None, theirs: NbWork | None, conflicts: list[str], losses: Losses
) -> NbWork:
    if ours is None or theirs is None:
        return ours or theirs or NbWork(student="")
    newer = bool(ours.timestamp and theirs.timestamp and ours.timestamp > theirs.timestamp)
    if ours.timestamp and theirs.timestamp and theirs.timestamp > ours.timestamp:
        conflicts.append(f"{called}: {_LATER}, of {theirs.timestamp:%Y-%m-%d %H:%M:%S}Z")

    def one_of(what: str, mine: T | None, other: T | None) -> T | None:
        if mine is not None and other is not None and mine != other:
            conflicts.append(f"{called}, {what}: {mine!r} here, {other!r} in nbgrader")
        return other if mine is None else mine

    grades = dict(theirs.grades)
    for place, grade in ours.grades.items():
        name, old = "/".join(place), theirs.grades.get(place, NbGrade())
        manual = one_of(f"{name}, points", grade.manual, old.manual)
        grades[place] = NbGrade(
            auto=grade.auto,
            manual=manual,
            extra=one_of(f"{name}, extra credit", grade.extra, old.extra),
            needs_person=grade.needs_person and (manual is None or newer),
        )
        if newer and grade.needs_person and manual is not None:
            what = "points by hand for an earlier submission: kept there, marked to be looked at again"
            losses.add(what, f"{called}, {name}")
    comments = dict(theirs.comments)
    for place, words in ours.comments.items():
        said = theirs.comments.get(place, NbComment())
        comments[place] = NbComment(
            auto=said.auto if words.auto is None else words.auto,
            manual=one_of(f"{'/'.join(place)}, comment", words.manual, said.manual),
        )
    earlier = {} if newer else theirs.penalties
    if newer and any(theirs.penalties.values()):
        losses.add("late penalties for an earlier submission: they end with it", called)
    penalties = {
        name: one_of(f"{name}, late penalty", ours.penalties.get(name), earlier.get(name))
        for name in {**theirs.penalties, **ours.penalties}
    }
    return NbWork(
        student=ours.student,
        timestamp=ours.timestamp or theirs.timestamp,
        grades=grades,
        comments=comments,
        penalties=penalties,
        extension=theirs.extension or ours.extension,
        flagged=theirs.flagged,
    )
