"""nbgrader's gradebook as scores and decisions of ours. Pure: values in, values out.

What the autograder gave becomes a recorded score; what a person gave (points, extra credit, comments, late
penalties) becomes a human change on it. Points that cannot be are an error that names student and cell.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from autograder.errors import GradebookError
from autograder.model.assignment import Assignment, Assurance, CheckKind, CheckSpec
from autograder.model.execution import Usage
from autograder.model.graded import GradedSubmission, Provenance, Status
from autograder.model.ids import AssignmentId, CheckId, StudentId, SubmissionId
from autograder.model.results import CheckOutcome, CheckResult, Score
from gradebook.columns import MOST_POINTS, from_micro, to_micro
from gradebook.effective import ZERO
from gradebook.layout import CellLine, Layout, layout_to_json
from gradebook.nbgrader_export import auto_comment
from gradebook.nbgrader_names import Names, check_ids
from gradebook.nbgrader_values import (
    ADJUSTMENT,
    IMPORTED,
    NO_TIME,
    OUR_NOTEBOOK,
    RUN_PREFIX,
    VERSION_PREFIX,
    Losses,
    NbAssignment,
    NbGrade,
    NbWork,
    Place,
)
from gradebook.values import KEY_LENGTH, ChangeKind, checked_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A decision that a person made in nbgrader. `place` is the cell it is about, if it is about one."""

    kind: ChangeKind
    subject: str
    points: Decimal | None = None
    comment: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One submission: what the autograder gave, and what people decided about it."""

    graded: GradedSubmission
    wanted: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivingAssignment:
    """One assignment with all its submissions, ready to be recorded."""

    assignment: Assignment
    layout: Layout
    arrivals: tuple[Arrival, ...]
    names: Names


class Arriving:
    """Turns assignments into what is recorded; `problems` are values that cannot be recorded."""

    def __init__(self, *, names: Names, version: str, now: datetime, losses: Losses) -> None:
        self._names, self._version, self._now, self._losses = names, version, now, losses
        self.problems: list[str] = []

    def assignment(self, source: NbAssignment) -> ArrivingAssignment:
        """One assignment. What cannot be recorded is added to `problems`, and then nothing may be."""
        checks = check_ids(source.layout, self._names)
        real = [c for c in source.layout.cells if (c.notebook, c.name) != (OUR_NOTEBOOK, ADJUSTMENT)]
        layout = Layout(
            notebooks=source.layout.notebooks,
            cells=tuple(replace(cell, check=checks.get((cell.notebook, cell.name), "")) for cell in real),
            called=source.name,
        )
        specs = tuple(self._spec(source, cell) for cell in layout.cells if cell.check)
        worth = [[*place, points] for place, points in sorted(source.worth.items())]
        text = json.dumps([layout_to_json(layout), worth], sort_keys=True)
        assignment = Assignment(
            id=AssignmentId(self._key(self._names.plain(source.name), source.name, "an assignment's name")),
            title=source.name,
            version=f"{VERSION_PREFIX}{hashlib.sha256(text.encode()).hexdigest()}",
            folder=Path(),
            notebooks=tuple(f"{line.name}.ipynb" for line in source.layout.notebooks),
            checks=specs,
        )
        arrivals = tuple(self._arrival(source, work, assignment, layout) for work in source.works)
        return ArrivingAssignment(assignment=assignment, layout=layout, arrivals=arrivals, names=self._names)

    def _spec(self, source: NbAssignment, cell: CellLine) -> CheckSpec:
        by_hand = cell.answer or cell.task or cell.cell_type == "markdown"
        where = f"{source.name}, {cell.notebook}/{cell.name}"
        points = self._points(source.worth[cell.notebook, cell.name], where, "is worth")
        return CheckSpec(
            id=CheckId(self._key(cell.check, where, "a cell's name")),
            kind=CheckKind.MANUAL if by_hand else CheckKind.CELLS,
            points=points or ZERO,
            assurance=Assurance.HUMAN if by_hand else Assurance.SHARED,
            cell=cell.name,
        )

    def _arrival(self, source: NbAssignment, work: NbWork, assignment: Assignment, layout: Layout) -> Arrival:
        called = f"{source.name}, {work.student}"
        notes = [
            auto_comment(place, words.auto)
            for place, words in work.comments.items()
            if words.auto is not None
        ]
        if work.timestamp is None:
            notes.append(NO_TIME)
            self._losses.add("no time of receipt: the deadline or, before it, the import stands in", called)
        for notebook in work.flagged:
            self._losses.add("flags of formgrader", f"{called}, {notebook}")
        cells = {cell.check: cell for cell in layout.cells if cell.check}
        earned = {spec.id: self._earned(called, spec, cells[spec.id], work) for spec in assignment.checks}
        results = tuple(
            self._result(spec, cells[spec.id], work, earned[spec.id]) for spec in assignment.checks
        )
        known = [points for points in earned.values() if points is not None]
        total = sum(known, ZERO) if len(known) == len(earned) else None
        waiting = [str(check) for check, points in earned.items() if points is None]
        time = "nbgrader" if work.timestamp is None else f"{work.timestamp:%Y%m%dT%H%M%S}"
        submission = f"{source.name}-{work.student}-{time}"
        contents = repr([[str(each) for each in earned.items()], sorted(notes)])
        digest = hashlib.sha256(f"nbgrader/{submission}".encode()).hexdigest()
        if len(submission) > KEY_LENGTH:
            submission = f"{source.name[:40]}-{digest[:32]}-{time}"
        graded = GradedSubmission(
            submission=SubmissionId(submission),
            student=StudentId(self._key(work.student, called, "a student's id")),
            attempt=1,
            received=work.timestamp or self._now,
            assignment=assignment.id,
            status=Status.PENDING if waiting else Status.GRADED,
            reason=f"Checks that wait for a person: {', '.join(waiting)}." if waiting else "",
            run_outcome=None,
            score=Score(earned=earned, deducted=ZERO, total=total, max_score=assignment.max_score),
            results=results,
            findings=(),
            usage=Usage(),
            provenance=Provenance(
                run_key=f"{RUN_PREFIX}{hashlib.sha256(contents.encode()).hexdigest()}",
                submission_digest=digest,
                assignment_version=assignment.version,
                image_digest="",
                sandbox=IMPORTED,
                versions={"nbgrader": self._version},
            ),
            notes=tuple(notes),
        )
        return Arrival(graded=graded, wanted=self._wanted(called, work, cells, assignment))

    def _result(self, spec: CheckSpec, cell: CellLine, work: NbWork, earned: Decimal | None) -> CheckResult:
        place = (cell.notebook, cell.name)
        auto = work.grades[place].auto if place in work.grades else None
        share = ZERO
        if earned is None:
            outcome = CheckOutcome.WAITING
        elif auto is None:
            outcome = CheckOutcome.NOT_RUN
        elif earned >= spec.points:
            outcome, share = CheckOutcome.PASSED, Decimal(1)
        elif earned > 0:
            outcome, share = CheckOutcome.PARTIAL, earned / spec.points
        else:
            outcome = CheckOutcome.FAILED
        words = work.comments.get(place)
        return CheckResult(
            check_id=spec.id,
            kind=spec.kind,
            assurance=spec.assurance,
            outcome=outcome,
            fraction=share,
            message=(words.auto or "") if words else "",
        )

    def _earned(self, called: str, spec: CheckSpec, cell: CellLine, work: NbWork) -> Decimal | None:
        """Automatic points; None while a person has to look."""
        grade = work.grades.get((cell.notebook, cell.name))
        if grade is None or grade.auto is not None:
            auto = 0.0 if grade is None else grade.auto
            where = f"{called}, {cell.notebook}/{cell.name}"
            return self._points(auto, where, "automatic points are", most=spec.points)
        nobody_waits = grade.manual is None and not grade.needs_person
        return ZERO if nobody_waits else None

    def _wanted(
        self, called: str, work: NbWork, cells: dict[str, CellLine], assignment: Assignment
    ) -> tuple[Wanted, ...]:
        wanted: list[Wanted] = []
        worth = {spec.id: spec.points for spec in assignment.checks}
        by_place = {(cell.notebook, cell.name): check for check, cell in cells.items()}
        for place, check in by_place.items():
            grade = work.grades.get(place)
            where = f"{called}, {'/'.join(place)}"
            if grade is None:
                self._losses.add("cells without a grade of their own: 0 points", where)
                continue
            self._half_said(where, grade)
            manual = self._rounded(grade.manual, where, "points by hand are", most=worth[CheckId(check)])
            extra = self._rounded(grade.extra, where, "extra credit is")
            if manual is not None:
                wanted.append(Wanted(kind=ChangeKind.CHECK_POINTS, subject=check, points=manual, place=place))
            if extra is not None:
                wanted.append(Wanted(kind=ChangeKind.EXTRA_POINTS, subject=check, points=extra, place=place))
        for place, words in work.comments.items():
            subject = self._key(by_place.get(place) or "/".join(place), called, "the names of a cell")
            if words.manual:
                wanted.append(
                    Wanted(kind=ChangeKind.COMMENT, subject=subject, comment=words.manual, place=place)
                )
        for notebook, penalty in work.penalties.items():
            late = self._rounded(penalty, f"{called}, {notebook}", "the late penalty is")
            if late is not None:
                wanted.append(Wanted(kind=ChangeKind.LATE_PENALTY, subject=notebook, points=late))
        correction = work.grades.get((OUR_NOTEBOOK, ADJUSTMENT))
        if correction is not None and correction.manual is not None:
            wanted += self._corrected(called, work, wanted)
        return tuple(wanted)

    def _corrected(self, called: str, work: NbWork, wanted: list[Wanted]) -> list[Wanted]:
        """The total that an export of ours kept in a cell of its own, as an override."""
        open_cells = [g for g in work.grades.values() if g.auto is None and g.manual is None]
        if any(grade.needs_person for grade in open_cells):
            self._losses.add("deductions of a submission that is not yet graded", called)
            return []
        late = sum((w.points or ZERO for w in wanted if w.kind is ChangeKind.LATE_PENALTY), ZERO)
        scores = (Decimal(repr(grade.score)) for grade in work.grades.values())
        total = from_micro(to_micro(max(ZERO, sum(scores, ZERO) - late)))
        return [Wanted(kind=ChangeKind.TOTAL, subject="", points=total)]

    def _half_said(self, where: str, grade: NbGrade) -> None:
        if grade.needs_person and (grade.auto is not None or grade.manual is not None):
            self._losses.add("marks that points should be looked at again", where)
        if not grade.needs_person and grade.auto is None and grade.manual is None:
            self._losses.add("cells that nobody has to grade: 0 points", where)
            if grade.extra:
                self._losses.add("extra credit on a cell without points: counts here, not there", where)

    def _rounded(
        self, value: float | None, where: str, what: str, *, most: Decimal = MOST_POINTS
    ) -> Decimal | None:
        points = self._points(value, where, what, most=most)
        if points is None:
            return None
        rounded = from_micro(to_micro(points))
        if rounded != points:
            self._losses.add("points beyond the sixth decimal: rounded", where)
        return rounded

    def _points(
        self, value: float | None, where: str, what: str, *, most: Decimal = MOST_POINTS
    ) -> Decimal | None:
        """A float of nbgrader's as points between 0 and `most`."""
        if value is None:
            return None
        if not math.isfinite(value) or value < 0 or Decimal(repr(value)) > most:
            limit = f", the cell has {most}" if most != MOST_POINTS else ""
            self.problems.append(f"{where}: {what} {value}{limit}")
            return ZERO
        return Decimal(repr(float(value)))

    def _key(self, value: str, where: str, what: str) -> str:
        try:
            return checked_key(value, what)
        except GradebookError as error:
            self.problems.append(f"{where}: {error}")
            return "?"
