"""Our scores as nbgrader's gradebook would hold them. Pure: values in, values out.

One submission per student is held there: the one received last. nbgrader's totals become ours: what it has no
word for (deductions, a gate, an overridden total) goes into the points of one cell of a notebook of ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from autograder.errors import GradebookError
from autograder.model.assignment import CheckKind
from autograder.model.ids import AssignmentId
from autograder.model.results import CheckOutcome
from gradebook.effective import ZERO, effective, late_penalty, standing_of
from gradebook.layout import CellLine, Layout, NotebookLine
from gradebook.nbgrader_dates import Dates
from gradebook.nbgrader_values import (
    ADJUSTMENT,
    IMPORTED,
    NO_TIME,
    OUR_NOTEBOOK,
    Losses,
    NbAssignment,
    NbBook,
    NbComment,
    NbGrade,
    NbWork,
    Place,
)
from gradebook.reading import Version
from gradebook.sheet import CheckLine, Sheet
from gradebook.values import Change, ChangeKind, Entry

_NOTHING = Decimal("0.0000005")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What is recorded of one assignment: the scores that count and every version of it."""

    assignment: AssignmentId
    entries: Sequence[Entry]
    versions: Mapping[str, Version]
    layout: Layout | None = None
    """Stands in for the layout of versions that were recorded without one."""
    dates: Dates = field(default_factory=Dates)


def as_nbgrader(recorded: Sequence[Recorded], losses: Losses) -> NbBook:
    """The gradebook that nbgrader gets, and in `losses` what it cannot hold.

    GradebookError for a score whose version says nowhere where its cells stand.
    """
    assignments = tuple(_assignment(each, losses) for each in recorded if each.versions)
    students = sorted({work.student for assignment in assignments for work in assignment.works})
    return NbBook(students=tuple(students), assignments=assignments)


def _assignment(recorded: Recorded, losses: Losses) -> NbAssignment:
    chosen: dict[str, Entry] = {}
    for entry in sorted(recorded.entries, key=lambda e: (e.graded.received, e.graded.attempt, e.score_id)):
        student = str(entry.graded.student)
        if student in chosen:
            losses.add("other gradings and earlier attempts", f"{recorded.assignment}, {student}")
        chosen[student] = entry
    called = str(recorded.assignment)
    used = {entry.graded.provenance.assignment_version for entry in chosen.values()}
    used = used or {(*recorded.versions,)[-1]}
    notebooks: dict[str, NotebookLine] = {}
    cells: dict[Place, CellLine] = {}
    worth: dict[Place, float] = {}
    placed: dict[str, Mapping[str, CellLine]] = {}
    own: dict[str, Mapping[Place, float]] = {}
    for number, version in recorded.versions.items():
        if number not in used:
            continue
        layout = version.layout or recorded.layout
        if layout is None:
            raise GradebookError(
                f"{recorded.assignment}: a version was recorded without saying where its cells stand",
                hint="Name the assignment's folder with --folder.",
            )
        placed[number] = _placed(version.sheet, layout)
        lines = [*layout.cells, *(c for c in placed[number].values() if c.notebook == OUR_NOTEBOOK)]
        called = layout.called or called
        notebooks |= {line.name: line for line in layout.notebooks}
        cells |= {(line.notebook, line.name): line for line in lines}
        worth |= {(c.notebook, c.name): 0.0 for c in lines if c.graded or c.task}
        for line in version.sheet.checks:
            _unlike(recorded.assignment, line, placed[number][line.id], losses)
        own[number] = {
            (cell.notebook, cell.name): 0.0 if line.optional else float(line.points)
            for line in version.sheet.checks
            for cell in (placed[number][line.id],)
        }
        worth |= own[number]
    works = tuple(
        _Work(entry, recorded.versions[v].sheet, placed[v], cells, (*notebooks,), losses).made()
        for entry in chosen.values()
        for v in (entry.graded.provenance.assignment_version,)
    )
    for student, entry in chosen.items():
        mine = own[entry.graded.provenance.assignment_version]
        if any(points != mine.get(place, 0.0) for place, points in worth.items()):
            losses.add(
                "graded with an older version: its points stand beside the newer maximum",
                f"{recorded.assignment}, {student}",
            )
    place = (OUR_NOTEBOOK, ADJUSTMENT)
    if any(place in work.grades for work in works):
        cells[place] = CellLine(notebook=place[0], name=place[1], cell_type="markdown", task=True)
        worth[place] = 0.0
        losses.add(
            "deductions, a failed gate or an overridden total: kept as the points of one cell",
            str(recorded.assignment),
        )
    if any(notebook == OUR_NOTEBOOK for notebook, _ in cells):
        notebooks[OUR_NOTEBOOK] = NotebookLine(name=OUR_NOTEBOOK)
    return NbAssignment(
        name=called,
        layout=Layout(notebooks=tuple(notebooks.values()), cells=tuple(cells.values())),
        worth=worth,
        works=tuple(replace(work, extension=recorded.dates.extensions.get(work.student)) for work in works),
        duedate=recorded.dates.due,
    )


def _unlike(assignment: str, line: CheckLine, cell: CellLine, losses: Losses) -> None:
    if line.optional:
        losses.add("optional checks: extra credit of a cell worth 0 points there", f"{assignment}, {line.id}")
    if cell.notebook == OUR_NOTEBOOK and line.kind is CheckKind.PYTEST:
        losses.add(
            f"checks outside of notebooks: cells of a notebook `{OUR_NOTEBOOK}` that has no file",
            f"{assignment}, {line.id}",
        )


def _placed(sheet: Sheet, layout: Layout) -> dict[str, CellLine]:
    """The cell of every check; one in a notebook of ours for a check that has none."""
    own = {cell.check: cell for cell in layout.cells if cell.check}
    return {
        line.id: own.get(line.id)
        or CellLine(
            notebook=OUR_NOTEBOOK,
            name=str(line.id),
            cell_type="markdown" if line.kind is CheckKind.MANUAL else "code",
            graded=line.kind is not CheckKind.MANUAL,
            task=line.kind is CheckKind.MANUAL,
            check=str(line.id),
        )
        for line in sheet.checks
    }


class _Work:
    """One submission on its way."""

    def __init__(
        self,
        entry: Entry,
        sheet: Sheet,
        placed: Mapping[str, CellLine],
        cells: Mapping[Place, CellLine],
        notebooks: Sequence[str],
        losses: Losses,
    ) -> None:
        self._entry, self._sheet, self._placed, self._cells = entry, sheet, placed, cells
        self._notebooks = notebooks
        self._losses = losses
        self._standing = standing_of(entry.changes)
        self._called = f"{entry.assignment}, {entry.graded.student}"

    def made(self) -> NbWork:
        """The submission as nbgrader would hold it."""
        graded = self._entry.graded
        self._lost()
        return NbWork(
            student=str(graded.student),
            timestamp=None if NO_TIME in graded.notes else graded.received,
            grades=self._grades(),
            comments=self._comments(),
            penalties=self._penalties(),
        )

    def _changed(self, kind: ChangeKind) -> dict[str, Change]:
        return {change.subject: change for change in self._standing if change.kind is kind}

    def _grades(self) -> dict[Place, NbGrade]:
        recorded, now = self._entry.recorded.score, self._entry.graded.score
        manual, extra = self._changed(ChangeKind.CHECK_POINTS), self._changed(ChangeKind.EXTRA_POINTS)
        grades: dict[Place, NbGrade] = {}
        overridden = bool(self._changed(ChangeKind.TOTAL))
        counted = ZERO
        for line in self._sheet.checks:
            cell = self._placed[line.id]
            found = None if recorded is None else recorded.earned.get(line.id, ZERO)
            known = None if now is None else now.earned.get(line.id, ZERO)
            given = manual[line.id].points if line.id in manual else None
            more = extra[line.id].points if line.id in extra else None
            if line.optional and known is not None:
                grade = NbGrade(auto=0.0, extra=float(known + (more or ZERO)))
            else:
                grade = NbGrade(
                    auto=None if found is None or line.optional else float(found),
                    manual=None if given is None else float(given),
                    extra=None if more is None else float(more),
                    needs_person=known is None and not overridden,
                )
            # nbgrader counts extra credit only where there are points to put it on.
            counted += ZERO if known is None else known + (more or ZERO)
            grades[cell.notebook, cell.name] = grade
        correction = self._correction(counted)
        # Extra credit without points is nothing there; here it would count, but for the overridden total.
        idle = overridden and any(g.extra and g.auto is None and g.manual is None for g in grades.values())
        if idle or abs(correction) > _NOTHING:
            grades[OUR_NOTEBOOK, ADJUSTMENT] = NbGrade(manual=float(correction))
        return grades

    def _correction(self, counted: Decimal) -> Decimal:
        """Points to add so that nbgrader's total, lateness not yet taken, is ours."""
        graded = self._entry.graded
        if graded.score is None:
            return ZERO
        if graded.score.total is None:
            return -graded.score.deducted
        if self._changed(ChangeKind.TOTAL):
            return graded.score.total + late_penalty(self._standing) - counted
        punctual = [c for c in self._entry.changes if c.kind is not ChangeKind.LATE_PENALTY]
        score = effective(self._entry.recorded, self._sheet, punctual).score
        return ZERO if score is None or score.total is None else score.total - counted

    def _comments(self) -> dict[Place, NbComment]:
        said, given = self._changed(ChangeKind.COMMENT), self._changed(ChangeKind.CHECK_POINTS)
        results = {result.check_id: result for result in self._entry.recorded.results}
        imported = self._entry.recorded.provenance.sandbox == IMPORTED
        comments: dict[Place, NbComment] = {}
        for place, cell in {
            **self._cells,
            **{(c.notebook, c.name): c for c in self._placed.values()},
        }.items():
            name = "/".join(place)
            change = said.get(name) or said.get(cell.check) or given.get(cell.check)
            manual = change.comment if change else ""
            if not (cell.answer or cell.task):
                if manual:
                    self._losses.add("words on a cell that no student writes", f"{self._called}, {name}")
                continue
            if imported:
                auto = auto_comment_in(self._entry.recorded.notes, place)
            else:
                result = next((results[c] for c in results if c == cell.check), None)
                waits = result is None or result.outcome is CheckOutcome.WAITING
                auto = None if result is None or waits else result.message or None
            comments[place] = NbComment(auto=auto, manual=manual or None)
        return comments

    def _penalties(self) -> dict[str, float | None]:
        first = next(iter(self._notebooks), OUR_NOTEBOOK)
        taken: dict[str, Decimal] = {}
        for subject, change in self._changed(ChangeKind.LATE_PENALTY).items():
            notebook = subject if subject in self._notebooks else first
            taken[notebook] = taken.get(notebook, ZERO) + (change.points or ZERO)
        return {notebook: float(points) for notebook, points in taken.items()}

    def _lost(self) -> None:
        graded = self._entry.graded
        if graded.findings:
            self._losses.add("findings of guidelines", self._called)
        if graded.suspicions:
            self._losses.add("suspicions", self._called)
        if self._entry.changes:
            self._losses.add("who decided, when and why", self._called)
        if graded.score is None:
            self._losses.add("a grading that failed on our side: every cell waits for a person", self._called)


def auto_comment(place: Place, words: str) -> str:
    """The note that keeps nbgrader's own words about a cell."""
    return f"nbgrader said of {'/'.join(place)}: {words}"


def auto_comment_in(notes: Sequence[str], place: Place) -> str | None:
    """The words that `auto_comment` kept for a cell, or None."""
    start = auto_comment(place, "")
    return next((note.removeprefix(start) for note in notes if note.startswith(start)), None)
