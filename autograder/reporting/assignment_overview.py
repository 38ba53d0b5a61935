"""The overview of one assignment over a whole class: one page for staff, from results or from the gradebook.

It lays out what `statistics`, `class_results` and `accuracies` work out. A results folder knows no deadline
and no policy: there the last attempt of each student counts, and nothing is said about lateness.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from markupsafe import Markup

from autograder.model.assignment import Assignment
from autograder.model.graded import OUR_FAILURES, GradedSubmission, Status, is_older
from autograder.model.ids import SubmissionId
from autograder.reporting import statistics as numbers
from autograder.reporting.accuracies import AccuracyTable, accuracy_tables
from autograder.reporting.assignment_class import AssignmentClass, Piece, StudentGrade
from autograder.reporting.class_results import (
    check_lines,
    failure_lines,
    finding_lines,
    items_of,
    last_of_each,
)
from autograder.reporting.html import PAGE_BYTES, fill
from autograder.reporting.overview_filters import late_words
from autograder.reporting.plots import accuracy_plot, count_plot, score_plot, time_plot

ROWS_AT_MOST: Final = 1_500
_ROWS: Final = (ROWS_AT_MOST, 600, 150, 0)
FEWEST_DRAWN: Final = 5
"""Fewer numbers are read faster than a plot of them, and small batches do without matplotlib."""
LISTED_AT_MOST: Final = 200
FAR: Final = timedelta(days=200)
"""Attempts farther than this from the middle one have a wrong clock and would hide all others in one bar."""
PLOTS_AT_MOST: Final = 8


def render_overview(
    graded: Sequence[GradedSubmission],
    assignment: Assignment,
    *,
    links: Mapping[SubmissionId, str] | None = None,
) -> str:
    """The page from results alone. `links` maps submissions to the relative paths of their reports."""
    found, counted = links or {}, {id(one) for one in last_of_each(graded)}
    pieces = (
        Piece(
            graded=one,
            name=str(one.student),
            counts=id(one) in counted,
            link=found.get(one.submission, ""),
            older=is_older(one.provenance.assignment_version, assignment.version),
        )
        for one in sorted(graded, key=lambda one: (one.student, one.attempt, one.received))
    )
    return render_class(
        AssignmentClass(
            title=assignment.title,
            max_score=assignment.max_score,
            items=items_of(assignment),
            pieces=tuple(pieces),
            origin=assignment.origin.found if assignment.origin else "",
        )
    )


def render_class(found: AssignmentClass) -> str:
    """The page of a class; with very many submissions it lists fewer of them, so that it stays small."""
    counted = [piece for piece in found.pieces if piece.counts]
    tables = accuracy_tables(((piece.graded, piece.name) for piece in counted), found.items)
    values = {
        "c": found,
        "grades_by_name": defaultdict(lambda: None, {one.name: one.points for one in found.grades or ()}),
        "statuses": _statuses(found.pieces),
        "older": sum(piece.older for piece in found.pieces),
        "students": len({piece.name for piece in found.pieces}),
        "counted": len(counted),
        "scores": _scores(found, counted),
        "time": _time(found),
        "late": None if found.grades is None else _late(found.grades),
        "checks": check_lines([piece.graded for piece in counted], found.items),
        "accuracies": [_accuracy(table, place) for place, table in enumerate(tables)],
        "findings": finding_lines(piece.graded for piece in counted),
        "failures": failure_lines((piece.graded, _called(piece)) for piece in found.pieces),
        "stand_ins": sorted({name for piece in found.pieces for name in piece.graded.provenance.stand_ins}),
    }
    made = ""
    for rows in _ROWS:
        made = fill(
            "assignment_overview.html.j2",
            rows=found.pieces[:rows],
            rows_left_out=max(0, len(found.pieces) - rows),
            **values,
        )
        if len(made.encode("utf-8")) <= PAGE_BYTES:
            break
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scores:
    spread: numbers.Spread | None
    bins: tuple[numbers.Bin, ...]
    plot: Markup | None
    unknown: int
    states: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Time:
    line: numbers.Timeline
    plot: Markup
    first: int
    later: int
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Late:
    steps: tuple[numbers.LateStep, ...]
    plot: Markup | None
    on_time: int
    late: tuple[StudentGrade, ...]
    listed: tuple[StudentGrade, ...]
    covered: int
    lost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class _Accuracy:
    table: AccuracyTable
    plot: Markup | None
    listed: bool
    spread: numbers.Spread | None


def _called(piece: Piece) -> str:
    return piece.name if piece.graded.attempt <= 1 else f"{piece.name}, attempt {piece.graded.attempt}"


def _statuses(pieces: Sequence[Piece]) -> list[tuple[Status, int]]:
    """How many submissions stand where; what failed on our side is one thing to a reader."""
    counted = Counter(
        Status.SANDBOX_FAILED if piece.graded.status in OUR_FAILURES else piece.graded.status
        for piece in pieces
    )
    return [(status, counted[status]) for status in Status if counted[status]]


def _scores(found: AssignmentClass, counted: Sequence[Piece]) -> _Scores:
    """Grades after policies where they are known; what is missing is counted and is in no mean."""
    states: tuple[tuple[str, int], ...] = ()
    if found.grades is None:
        points = [piece.total for piece in counted]
    else:
        points = [grade.points for grade in found.grades if grade.state in ("graded", "pending")]
        states = tuple(sorted(Counter(grade.state for grade in found.grades).items()))
    known = [float(value) for value in points if value is not None]
    bins = numbers.bins(known, float(found.max_score))
    plot = None
    if bins and len(known) >= FEWEST_DRAWN:
        title = f"Number of students by points, from 0 to {found.max_score.normalize():f}"
        plot = score_plot("scores-plot", bins, title=title, unit="points")
    return _Scores(
        spread=numbers.spread(known), bins=bins, plot=plot, unknown=len(points) - len(known), states=states
    )


def _time(found: AssignmentClass) -> _Time | None:
    """Attempts over time; None where there are too few to see anything."""
    accepted = [piece for piece in found.pieces if piece.graded.status is not Status.REJECTED]
    earliest: dict[str, datetime] = {}
    for piece in accepted:
        at = piece.graded.received
        earliest[piece.name] = min(at, earliest.get(piece.name, at))
    seen: set[str] = set()
    attempts = []
    for piece in accepted:
        is_first = piece.graded.received == earliest[piece.name] and piece.name not in seen
        if is_first:
            seen.add(piece.name)
        attempts.append((piece.graded.received, is_first))
    middle = sorted(at for at, _ in attempts)[len(attempts) // 2] if attempts else None
    near = [(at, first) for at, first in attempts if middle is not None and abs(at - middle) <= FAR]
    line = numbers.timeline(near, found.zone)
    if line is None or len(near) < FEWEST_DRAWN:
        return None
    firsts = sum(first for _, first in near)
    return _Time(
        line=line,
        plot=time_plot("time-plot", line, title="Attempts by the time they were received", due=found.due),
        first=firsts,
        later=len(near) - firsts,
        left_out=len(attempts) - len(near),
    )


def _late(grades: Sequence[StudentGrade]) -> _Late | None:
    """Lateness of the attempts that count; None where nothing has a deadline."""
    timed = [grade for grade in grades if grade.hours_late is not None]
    if not timed:
        return None
    late = sorted(
        (grade for grade in timed if (grade.hours_late or 0) > 0),
        key=lambda grade: (-(grade.hours_late or 0), grade.name),
    )
    steps = numbers.lateness(grade.hours_late or 0 for grade in late)
    plot = None
    if len(late) >= FEWEST_DRAWN:
        counts = [(late_words(step).replace("over ", ">"), step.number) for step in steps]
        plot = count_plot(
            "late-plot", counts, title="Late students by hours after their deadline", unit="hours late"
        )
    return _Late(
        steps=steps,
        plot=plot,
        on_time=len(timed) - len(late),
        late=tuple(late),
        listed=tuple(late[:LISTED_AT_MOST]),
        covered=sum(grade.covered for grade in grades),
        lost=sum((grade.lost for grade in grades), Decimal(0)),
    )


def _accuracy(table: AccuracyTable, place: int) -> _Accuracy:
    plot = None
    if len(table.measured) >= FEWEST_DRAWN and place < PLOTS_AT_MOST:
        title = f"{table.item.title}: {table.metric} of each submission with its 95 % interval"
        plot = accuracy_plot(f"accuracy-{place}", table, title=title)
    return _Accuracy(
        table=table,
        plot=plot,
        listed=len(table.measured) <= LISTED_AT_MOST,
        spread=numbers.spread(one.value for one in table.measured),
    )
